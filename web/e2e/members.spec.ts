import { expect, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const WHY_NOT = "You act as a viewer: you can read everything, but not work tickets.";

test("a viewer reads everything, can press nothing and reads why, and stays a viewer after a reload", async ({ page, context }) => {
  const engineer = new ConsolePage(page);
  await engineer.open();
  await engineer.start("Design workstation is running slow");

  const viewer = new ConsolePage(await context.newPage());
  await viewer.open(page.url());
  await viewer.actAs("Viewer");
  await expect(viewer.members).toBeFocused();
  await expect(viewer.openCard()).toBeVisible();
  const sent: string[] = [];
  viewer.page.on("request", (request) => void (request.method() === "POST" && sent.push(request.url())));
  for (const button of await viewer.log.locator(".card-actions .button").all()) {
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription(WHY_NOT);
    await button.dispatchEvent("click");
    await expect(viewer.dialog).toBeHidden();
  }
  await expect(viewer.openCard()).toContainText(WHY_NOT);
  await expect(viewer.composer).toHaveCount(0);
  expect(sent).toEqual([]);

  // Whoever asks the server all the same is refused, and told so alone.
  const press = await pressAsViewer(viewer.page);
  expect(press).toBe(202);
  await expect(viewer.log.locator(".message-private")).toContainText("Only visible to you");
  await expect(viewer.openCard()).toBeVisible();
  await expect(viewer.facts).toHaveCount(0);

  const chosen = await viewer.members.inputValue();
  await viewer.page.reload();
  await expect(viewer.members).toHaveValue(chosen);
  await expect(viewer.log.locator(".message-private")).toBeVisible();

  await page.reload();
  await expect(engineer.openCard()).toBeVisible();
  await expect(engineer.log.locator(".message-private")).toHaveCount(0);
});

test("a viewer cannot start work, and reads why", async ({ page }) => {
  const viewer = new ConsolePage(page);
  await viewer.open();
  await viewer.actAs("Viewer");
  await viewer.choose("Nobody can hear me in Teams calls");
  for (const button of [viewer.workButton(), page.getByRole("button", { name: "New thread" })]) {
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription(WHY_NOT);
    await button.dispatchEvent("click");
  }
  await expect(page.getByRole("main")).toContainText(WHY_NOT);
  await expect(viewer.workButton()).toBeVisible();
  await expect(viewer.log).toHaveCount(0);
});

/** The first button of the newest open card, as a page would press it that does not know about viewers. */
function pressAsViewer(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const json = { "content-type": "application/json" };
    const member_id = document.querySelector<HTMLSelectElement>("#act-as")?.value;
    const token = await fetch("/console/tokens", { method: "POST", headers: json, body: JSON.stringify({ member_id }) });
    const { access_token } = (await token.json()) as { access_token: string };
    const headers = { ...json, authorization: `Bearer ${access_token}` };
    const ticket = decodeURIComponent(location.hash.split("/").at(-1) ?? "");
    const threads = (await (await fetch("/console/threads", { headers })).json()) as { items: { id: string; ticket_id: string | null }[] };
    const thread = `/console/threads/${threads.items.find(({ ticket_id }) => ticket_id === ticket)?.id ?? ""}`;
    type Message = { card: { id: string; kind: string; actions: { id: string }[] } | null };
    const { items } = (await (await fetch(`${thread}/messages`, { headers })).json()) as { items: Message[] };
    const card = items.map((message) => message.card).findLast((each) => each !== null && each.kind !== "session" && each.actions.length > 0);
    const body = JSON.stringify({ id: crypto.randomUUID(), card_id: card?.id, action: card?.actions[0]?.id });
    return (await fetch(`${thread}/interactions`, { method: "POST", headers, body })).status;
  });
}
