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
