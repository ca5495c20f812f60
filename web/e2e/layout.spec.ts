import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const UNBREAKABLE = [
  "\\\\fs01.corp.example.internal\\Departments\\Accounting$\\Year-End\\2026\\Consolidated-Statements\\Q3\\Final",
  "5f0c2d1e-9a64-4f5a-8a1b-6f2f5c7e1d9a5f0c2d1e-9a64-4f5a-8a1b-6f2f5c7e1d9a",
  "Get-ChildItem|Where-Object{$_.LastWriteTime-lt(Get-Date).AddDays(-30)}|Remove-Item-Recurse-Force-WhatIf",
].join("\n");

test("at 320 pixels every pane fits, whatever is written in it", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Training room PC is running slow");
  await console.composer.fill(UNBREAKABLE);
  await console.composer.press("Enter");
  await expect(console.openCard()).toBeVisible();
  await console.composer.fill(`/fact ${UNBREAKABLE.replaceAll("\n", " ")}`);
  await console.composer.press("Enter");

  for (const pane of ["Queue", "Thread", "Ticket"] as const) {
    await console.show(pane);
    expect(await console.sticksOut(), pane).toEqual([]);
  }
  await expect(console.facts).toHaveCount(1);
  expect(await console.sticksOut()).toEqual([]);
  expect(await console.overflow()).toBe(0);
});

test("at 400 % zoom everything can be reached", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Warehouse has no internet at all");
  await console.workButton().scrollIntoViewIfNeeded();
  await expect(console.workButton()).toBeInViewport();
  await console.composer.scrollIntoViewIfNeeded();
  await expect(console.composer).toBeInViewport();
  expect(await console.overflow()).toBe(0);
});

test("the panes make room for each other as the window narrows, and the chosen theme stays", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await expect(console.queue).toBeVisible();
  await expect(console.ticket).toBeVisible();
  await page.setViewportSize({ width: 900, height: 700 });
  await expect(console.queue).toBeVisible();
  await expect(console.ticket).toBeHidden();
  await page.getByRole("button", { name: "Ticket", exact: true }).click();
  await expect(console.ticket).toBeVisible();
  await expect(page.getByRole("main")).toBeVisible();
  expect(await console.overflow()).toBe(0);

  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: /^Theme: dark/ })).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe("dark");
});

test("an address of a ticket that does not exist says so in every pane", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open("/#ticket/999999");
  await expect(page.getByRole("main")).toContainText("The ticket can't be read. Ticket not found.");
  await expect(console.ticket).toContainText("The ticket can't be read. Ticket not found.");
});

test("Tab passes the queue in one step, the arrow keys move in it, and the buttons of a long note stay in sight", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 620 });
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Strange parcel e-mail, I clicked the link");
  const rows = console.queue.locator(".row");
  const chosen = rows.and(page.locator("[aria-current=true]"));
  await expect(chosen).toBeFocused();
  await expect(console.queue.getByText("↑ and ↓ move")).toBeHidden();
  await page.keyboard.press("ArrowDown");
  await expect(chosen).not.toBeFocused();
  await expect(console.queue.getByText("↑ and ↓ move")).toBeVisible();
  await page.keyboard.press("Home");
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(console.queue.locator(":focus")).toHaveCount(0);

  await console.workButton().click();
  await expect(console.openCard()).toBeVisible();
  for (let i = 0; i < 8; i += 1) {
    await console.composer.fill(`/fact Line ${i} of what makes this note higher than the window`);
    await console.composer.press("Enter");
    await expect(console.facts).toHaveCount(i + 1);
  }
  await console.composer.fill("/resolve");
  await console.composer.press("Enter");
  await expect(console.openCard("note").getByRole("heading").first()).toBeInViewport();
  await expect(console.openCard("note").getByRole("button", { name: "Post to ticket" })).toBeInViewport({ ratio: 1 });
});
