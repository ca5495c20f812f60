import { expect, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const UNBREAKABLE = [
  "\\\\fs01.corp.example.internal\\Departments\\Accounting$\\Year-End\\2026\\Consolidated-Statements\\Q3\\Final",
  "5f0c2d1e-9a64-4f5a-8a1b-6f2f5c7e1d9a5f0c2d1e-9a64-4f5a-8a1b-6f2f5c7e1d9a",
  "Get-ChildItem|Where-Object{$_.LastWriteTime-lt(Get-Date).AddDays(-30)}|Remove-Item-Recurse-Force-WhatIf",
].join("\n");

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Elements that stick out of the window although nothing scrolls them. */
async function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("#app *")]
      .filter((e) => e.closest("pre") === null && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => `${e.tagName}.${e.className}`),
  );
}

test.describe("at 320 pixels", () => {
  test.use({ viewport: { width: 320, height: 700 } });

  test("every pane fits, whatever is written in it", async ({ page }) => {
    const console = new ConsolePage(page);
    await console.open();
    await page.getByRole("button", { name: "Queue", exact: true }).click();
    expect(await sticksOut(page)).toEqual([]);
    await console.chooseFreshTicket();
    await console.composer.fill(UNBREAKABLE);
    await console.composer.press("Enter");
    await expect(console.openCard()).toBeVisible();
    expect(await sticksOut(page)).toEqual([]);

    await page.getByRole("button", { name: "Ticket", exact: true }).click();
    await expect(console.ticket).toBeVisible();
    expect(await sticksOut(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  test("a ticket can be worked to its posted note", async ({ page }) => {
    const console = new ConsolePage(page);
    await console.open();
    await page.getByRole("button", { name: "Queue", exact: true }).click();
    await console.startFreshTicket();
    await console.answer(await console.answerUntil("note"));
    await expect(console.step("Resolve")).toContainText("done");
    await page.getByRole("button", { name: "Ticket", exact: true }).click();
    await expect(console.ticket.locator(".note-resolution")).toBeVisible();
    expect(await overflow(page)).toBe(0);
  });
});

test("the panes make room for each other as the window narrows", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await expect(console.queue.and(console.page.locator(":visible"))).toBeVisible();
  await expect(console.ticket).toBeVisible();
  await page.setViewportSize({ width: 900, height: 700 });
  await expect(console.queue).toBeVisible();
  await expect(console.ticket).toBeHidden();
  await page.getByRole("button", { name: "Ticket", exact: true }).click();
  await expect(console.ticket).toBeVisible();
  await expect(page.getByRole("main")).toBeVisible();
  expect(await overflow(page)).toBe(0);
});

test("at 400 % zoom everything can be reached", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const console = new ConsolePage(page);
  await console.open();
  await page.getByRole("button", { name: "Queue", exact: true }).click();
  await console.chooseFreshTicket();
  await console.workButton().scrollIntoViewIfNeeded();
  await expect(console.workButton()).toBeInViewport();
  await console.composer.scrollIntoViewIfNeeded();
  await expect(console.composer).toBeInViewport();
  expect(await overflow(page)).toBe(0);
});

test("nothing to press is smaller than 24 pixels", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, select, input, textarea, [role=option]")]
      .filter((e) => e.checkVisibility({ visibilityProperty: true }) && (e.offsetWidth < 24 || e.offsetHeight < 24))
      .map((e) => e.outerHTML.slice(0, 120)),
  );
  expect(small).toEqual([]);
});

test("the theme can be chosen, and stays", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: /^Theme: dark/ })).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe("dark");
});

test("the page keeps to a strict content policy", async ({ page }) => {
  const refused: string[] = [];
  page.on("console", (message) => void (/content security policy/i.test(message.text()) && refused.push(message.text())));
  const console = new ConsolePage(page);
  const response = await page.goto("/");
  expect(response?.headers()["content-security-policy"]).toContain("default-src 'none'");
  await expect(console.members).toBeVisible();
  await console.startFreshTicket();
  expect(refused).toEqual([]);
});
