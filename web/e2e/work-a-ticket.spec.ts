import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("a ticket can be worked by keyboard alone, typing every answer", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.chooseFreshTicket();
  await page.reload();

  await console.tabTo(console.workButton());
  await page.keyboard.press("Enter");
  for (let turn = 0; turn < 20 && (await console.openCard("fix").count()) === 0; turn += 1) {
    await expect(console.openCard()).toBeVisible();
    await console.typeAnswer(console.openCard());
  }
  await console.typeAnswer(console.openCard("fix"));
  await expect(console.step("Fix")).toContainText("done");

  await console.type("/resolve");
  await expect(console.openCard("note")).toBeVisible();
  const post = console.openCard("note").locator(".button.primary");
  await console.tabTo(post);
  await page.keyboard.press("Enter");
  if (await console.dialog.isVisible()) {
    await console.tabTo(console.dialog.locator("button[type=submit]"));
    await page.keyboard.press("Enter");
  }
  await expect(console.step("Resolve")).toContainText("done");
  await expect(console.ticket.locator(".note-resolution")).toBeVisible();
});

test("work can be started by describing the problem", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.chooseFreshTicket();
  await console.composer.fill("The user is asked for the password every few minutes");
  await page.keyboard.press("Enter");
  await expect(console.log).toContainText("asked for the password every few minutes");
  await expect(console.openCard()).toBeVisible();
});

test("a thread can be started without a ticket", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await page.getByRole("button", { name: "New thread" }).click();
  await console.type("The VPN connects but no internal name resolves");
  await expect(console.log.locator(".card").first()).toBeVisible();
  await console.queue.getByRole("button", { name: /Without a ticket/ }).click();
  await expect(console.queue.locator(".row[aria-current=true]")).toBeVisible();
});

test("a decision changes its card in place", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  await console.answerUntil("fix");
  const fixes = console.log.locator(".card-fix");
  const before = await fixes.count();

  await console.answer(console.openCard("fix"));
  const decided = fixes.nth(before - 1);
  await expect(decided).toHaveClass(/card-decided/);
  await expect(decided).toContainText(/ by .+ at /);
  await expect(decided.locator(".card-actions")).toHaveCount(0);
});

test("a second window sees what the first one does", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  const other = new ConsolePage(await context.newPage());
  await other.open(page.url());
  await expect(other.openCard()).toBeVisible();

  const title = (await console.openCard().locator(".card-title").textContent()) ?? "";
  await console.answer(console.openCard());
  await expect(other.log.locator(".card-decided").filter({ hasText: title })).toBeVisible();
});

test("a form says at the field what is missing, and Esc sends nothing", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  await console.answerUntil("note");
  const edit = console.openCard("note").locator("[aria-haspopup=dialog]:not(.primary)").first();
  const sent: string[] = [];
  page.on("request", (request) => void (request.url().includes("/interactions") && sent.push(request.url())));

  await edit.click();
  const field = console.dialog.locator("[aria-required=true]").first();
  await field.fill("");
  await console.dialog.locator("button[type=submit]").click();
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(console.dialog.locator(".field-error").first()).toBeVisible();

  await page.keyboard.press("Escape");
  await expect(console.dialog).toBeHidden();
  await expect(edit).toBeFocused();
  expect(sent).toEqual([]);
});
