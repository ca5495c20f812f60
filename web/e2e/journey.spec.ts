import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("one click starts work on the first open ticket, and clicks lead to the posted note", async ({ page }) => {
  const refused: string[] = [];
  page.on("console", (message) => void (/content security policy/i.test(message.text()) && refused.push(message.text())));
  const console = new ConsolePage(page);
  const response = await page.goto("/");
  expect(response?.headers()["content-security-policy"]).toContain("default-src 'none'");

  const first = console.queue.locator(".row:not(.row-closed)").first();
  await expect(first).toHaveAttribute("aria-current", "true");
  await expect(first).toContainText("Printer in accounts does not print");
  await console.workButton().click();
  await expect(console.step("Describe")).toContainText("done");
  await expect(console.log.locator(".card-session")).toContainText("Flow: Printer does not print, because");

  await expect(console.openCard("question")).toBeVisible();
  await console.answer(console.openCard("question"));
  await expect(console.facts).toHaveText([/^Nobody can print on the affected printer\..*answered by Eli Engineer/]);
  await expect(console.step("Confirm")).toContainText("done");

  const fix = await console.answerUntil("fix");
  await expect(fix.locator(".badge")).toHaveText(/^\d+ % confident$/);
  await expect(fix).toContainText("Why this confidence");
  await console.answer(fix);
  await expect(console.step("Fix")).toContainText("done");

  const note = await console.answerUntil("note");
  for (const heading of ["Problem", "What we confirmed", "Root cause", "Resolution"]) await expect(note).toContainText(heading);
  await expect(note).toContainText("Nobody can print on the affected printer.");
  await expect(console.ticket.locator(".note-resolution")).toHaveCount(0);
  await console.answer(note);

  await expect(console.step("Resolve")).toContainText("done");
  await expect(console.log.locator(".card-posting")).toContainText(/Posted to ticket #\d+ as note \d+ by Eli Engineer/);
  await expect(console.log.locator(".card-posting")).toBeInViewport();
  const posted = console.ticket.locator(".note-resolution");
  await expect(posted).toHaveCount(1);
  await expect(posted).toBeInViewport();
  await expect(posted).toContainText("Nobody can print on the affected printer.");
  await expect(first).toContainText("Resolved");
  expect(refused).toEqual([]);
});

test("a ticket can be worked by keyboard alone, typing every answer", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Invoice printer does not print");
  await page.reload();

  await console.tabTo(console.workButton());
  await page.keyboard.press("Enter");
  const fix = await console.typeUntil("fix");
  await expect(fix).toContainText("% confident");
  await console.type("/apply");
  await expect(console.step("Fix")).toContainText("done");
  await expect(console.openCard("outcome")).toBeVisible();
  await console.type("worked");
  await expect(console.facts.last()).toContainText("solved the problem");

  await console.type("/resolve");
  await expect(console.openCard("note")).toBeVisible();
  await console.tabTo(console.openCard("note").getByRole("button", { name: "Post to ticket" }));
  await page.keyboard.press("Enter");
  await expect(console.dialog).toBeVisible();
  await console.tabTo(console.dialog.getByRole("button", { name: "Post to ticket" }));
  await page.keyboard.press("Enter");
  await expect(console.step("Resolve")).toContainText("done");
  await expect(console.ticket.locator(".note-resolution")).toHaveCount(1);
});

test("work can be started by describing the problem in other words", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Old till computer very slow in the morning");
  await console.composer.fill("There is not enough space on drive C:");
  await page.keyboard.press("Enter");
  await expect(console.log).toContainText("There is not enough space on drive C:");
  await expect(console.openCard()).toContainText("Disk is full");
});

test("a thread can be started without a ticket, and resolved", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await page.getByRole("button", { name: "New thread" }).click();
  await console.type("The laptop is very slow and the fan is loud");
  await expect(console.log.locator(".card-session")).toBeVisible();
  await console.queue.getByRole("button", { name: /Without a ticket/ }).click();
  await expect(console.queue.locator(".row[aria-current=true]")).toContainText("The laptop is very slow");
  await expect(console.ticket).toContainText("belongs to no ticket");

  const note = await console.answerUntil("note");
  await expect(note).toContainText("it has no ticket");
  await console.answer(note);
  await expect(console.queue.locator(".row[aria-current=true]")).toContainText("Resolved");
});
