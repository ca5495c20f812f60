import { type APIRequestContext, expect, test } from "@playwright/test";
import { actingAs, ANSWER, ConsolePage } from "./console-page";

test("a decision changes its card in place, in every window", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("PC in the meeting room is very slow");
  await console.answerUntil("fix");
  const other = new ConsolePage(await context.newPage());
  await other.open(page.url());
  await expect(other.openCard("fix")).toBeVisible();

  await console.answer(console.openCard("fix"));
  for (const { log } of [console, other]) {
    const fix = log.locator(".card-fix");
    await expect(fix).toHaveClass(/card-decided/);
    await expect(fix).toContainText(/Use once by Eli Engineer at \d/);
    await expect(fix.locator(".card-actions")).toHaveCount(0);
    await expect(fix).toHaveCount(1);
  }
  await expect(other.openCard("outcome")).toContainText("How did it go?");
});

test("a fix that failed is followed by the next question, and the failure is a fact", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Laptop freezes all the time since Friday");
  await console.answer(await console.answerUntil("fix"));
  await console.openCard("outcome").getByRole("button", { name: "It failed" }).click();
  await console.dialog.getByRole("textbox").fill("Just as slow after the restart");
  await console.completeDialog();
  await expect(console.log.locator(".card-outcome")).toHaveClass(/card-decided/);
  await expect(console.facts.last()).toContainText("Just as slow after the restart");
  await expect(console.openCard("question")).toBeVisible();
});

test("a form says at the field what is missing, and Esc sends nothing", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Reception computer takes ages to start up");
  await console.answer(await console.answerUntil("fix"));
  const sent: string[] = [];
  page.on("request", (request) => void (request.url().includes("/interactions") && sent.push(request.url())));

  const pending = console.openCard("outcome").getByRole("button", { name: "Pending" });
  await pending.click();
  const field = console.dialog.getByRole("textbox", { name: "What does it wait for?" });
  await console.dialog.locator("button[type=submit]").click();
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(console.dialog.locator(".field-error")).toHaveText("Fill this in.");

  await page.keyboard.press("Escape");
  await expect(console.dialog).toBeHidden();
  await expect(pending).toBeFocused();
  expect(sent).toEqual([]);

  // What was written and not sent is still there.
  await pending.click();
  await field.fill("The user restarts");
  await page.keyboard.press("Escape");
  await pending.click();
  await expect(field).toHaveValue("The user restarts");
  expect(sent).toEqual([]);

  await field.fill("");
  await console.completeDialog("The user restarts at noon");
  await expect(console.openCard("outcome")).toContainText("The user restarts at noon");
  expect(sent).toHaveLength(1);
});

test("a script with a secret is shown once, and nowhere else", async ({ page, context }) => {
  const secret = "hidden-5f0c2d1e";
  await offerTemplateWithSecret(context.request);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const console = new ConsolePage(page);
  await console.open();
  await console.start("S drive is missing on the reception PC");
  const fix = await console.answerUntil("fix");

  await fix.getByRole("button", { name: /^Fill in/ }).click();
  await expect(console.dialog.locator("input")).toHaveAttribute("type", "password");
  await console.completeDialog(secret);
  const told = page.getByRole("dialog", { name: "Shown only once" });
  await expect(told).toContainText(secret);
  await told.getByRole("button", { name: "Copy" }).click();
  await expect(told).toContainText("Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(secret);
  expect(copied).not.toContain("```");

  await page.keyboard.press("Escape");
  await expect(told).toBeHidden();
  await expect(console.log.locator(".card-script")).toContainText("I ran it");
  // The closed dialog leaves the page a moment later.
  await expect(async () => expect(await page.content()).not.toContain(secret)).toPass();
  await page.reload();
  await expect(console.log.locator(".card-script")).toBeVisible();
  expect(await page.content()).not.toContain(secret);
});

/** An accepted template that fits the script of the flow for missing drives; it takes the drive for a secret. */
async function offerTemplateWithSecret(request: APIRequestContext): Promise<void> {
  const headers = await actingAs(request, "team_admin");

  const flow = (await (await request.get("/api/v1/flows/shared-drive-missing", { headers })).json()) as {
    nodes: Record<string, { script?: { language: string; body: string } }>;
  };
  const { language, body = "" } = flow.nodes.remap?.script ?? {};
  const template = {
    title: "Map a drive",
    language,
    body: body.replace("'S:'", "{{ drive }}").replace("{{ share }}", ANSWER),
    parameters: { type: "object", required: ["drive"], properties: { drive: { type: "string", sensitive: true } } },
  };
  const created = await request.post("/api/v1/scripts/templates", { headers, data: template });
  const { id } = (await created.json()) as { id: string };
  const accepted = await request.post(`/api/v1/scripts/templates/${id}/accept`, { headers });
  expect(accepted.ok(), await accepted.text()).toBe(true);
}
