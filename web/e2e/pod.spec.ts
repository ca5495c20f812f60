/** The pod beside a ticket, in the demo: the same session as in the thread. */
import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("a session of the thread is seen live beside the ticket, decided there, previewed, and posted once", async ({ page, context }) => {
  test.slow();
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Laptop never reaches the office Wi-Fi");
  const address = await console.ticket.getByRole("link", { name: "Open in PSA" }).getAttribute("href");

  const screen = await context.newPage();
  await screen.goto(address ?? "");
  const pod = screen.frameLocator("#pod").getByRole("main");
  await expect(pod).toContainText("Laptop never reaches the office Wi-Fi");
  await expect(pod).toContainText("Eli Engineer, engineer");

  await console.answerUntil("fix");
  const use = pod.getByRole("button", { name: "Use this fix" });
  await expect(use).toBeVisible();
  await use.click();
  await expect(console.openCard("outcome")).toBeVisible();
  await pod.getByRole("button", { name: "It worked" }).click();
  await expect(console.openCard("outcome")).toBeHidden();

  await expect(pod).toContainText(/Fresh, of version \d+/);
  await pod.getByRole("button", { name: "Regenerate" }).click();
  await expect(pod).toContainText(/Cached, of version \d+/);
  await pod.getByRole("button", { name: "Post note" }).click();
  await pod.getByRole("form", { name: "Post note" }).getByRole("button", { name: "Post note" }).click();
  await expect(pod).toContainText(/Posted .* by Eli Engineer as note \d+\./);
  await expect(screen.locator("[data-placement=resolution]")).toHaveCount(1);
  await expect(screen.locator("[data-placement=resolution]")).toContainText("Ref FP");
});

test("ten tabs with one ticket follow its session, and of those that post at once one does", async ({ page, context }) => {
  test.slow();
  const console = new ConsolePage(page);
  await console.open();
  await console.start("New phone and the authenticator does not work");
  const address = (await console.ticket.getByRole("link", { name: "Open in PSA" }).getAttribute("href")) ?? "";
  const screens = await Promise.all(Array.from({ length: 10 }, () => context.newPage()));
  await Promise.all(screens.map((screen) => screen.goto(address)));
  const pods = screens.map((screen) => screen.frameLocator("#pod").getByRole("main"));
  for (const pod of pods) await expect(pod).toContainText("Eli Engineer, engineer");

  await console.answerUntil("fix");
  for (const pod of pods) await expect(pod.getByRole("button", { name: "Use this fix" })).toBeVisible();
  await pods[0]?.getByRole("button", { name: "Use this fix" }).click();
  for (const pod of pods) await expect(pod.getByRole("button", { name: "It worked" })).toBeVisible();
  await pods[1]?.getByRole("button", { name: "It worked" }).click();

  for (const pod of pods) await expect(pod).toContainText(/(Fresh|Cached), of version \d+/);
  const posting = pods.slice(2, 5);
  for (const pod of posting) await pod.getByRole("button", { name: "Post note" }).click();
  await Promise.all(posting.map((pod) => pod.getByRole("form", { name: "Post note" }).getByRole("button", { name: "Post note" }).click({ timeout: 5_000 }).catch(() => undefined)));
  for (const pod of pods) await expect(pod).toContainText(/Posted .* by Eli Engineer as note \d+\./);
  await page.goto(address);
  await expect(page.locator("[data-placement=resolution]")).toHaveCount(1);
});
