import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function violations(page: Page): Promise<string[]> {
  return found(new AxeBuilder({ page }).withTags(WCAG_22_AA));
}

/** What dark changes is colours. */
async function violationsInDark(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: "dark" });
  const violations = await found(new AxeBuilder({ page }).withRules(["color-contrast", "link-in-text-block"]));
  await page.emulateMedia({ colorScheme: "light" });
  return violations;
}

async function found(axe: AxeBuilder): Promise<string[]> {
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, select, input, textarea, [role=option]")]
      .filter((e) => e.checkVisibility({ visibilityProperty: true }) && (e.offsetWidth < 24 || e.offsetHeight < 24))
      .map((e) => e.outerHTML.slice(0, 120)),
  );
}

test("no barriers from the queue to the posted note, light or dark", async ({ page }) => {
  test.slow();
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("Label printer in dispatch does not print");
  expect(await violations(page), "queue, ticket and invitation").toEqual([]);

  await console.workButton().click();
  await console.answerUntil("fix");
  await console.composer.fill("/");
  expect(await violations(page), "suggested fix and commands").toEqual([]);
  expect(await violationsInDark(page), "suggested fix and commands").toEqual([]);
  expect(await smallTargets(page)).toEqual([]);
  await console.composer.fill("");

  await console.answer(console.openCard("fix"));
  await console.openCard("outcome").getByRole("button", { name: "Pending" }).click();
  await console.dialog.locator("button[type=submit]").click();
  await expect(console.dialog.locator(".field-error")).toBeVisible();
  expect(await violations(page), "dialog with an error").toEqual([]);
  expect(await violationsInDark(page), "dialog with an error").toEqual([]);
  await page.keyboard.press("Escape");

  await console.answer(await console.answerUntil("note"));
  await expect(console.ticket.locator(".note-resolution")).toBeVisible();
  await console.composer.fill("/status");
  await console.composer.press("Enter");
  await expect(console.log.locator(".message-private")).toBeVisible();
  expect(await violations(page), "posted note, decided cards, private message").toEqual([]);
  expect(await violationsInDark(page), "posted note, decided cards, private message").toEqual([]);
});

test("no barriers at 320 pixels, and nothing to scroll sideways, to the posted note", async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 320, height: 700 });
  const console = new ConsolePage(page);
  await console.open();
  await console.show("Queue");
  await expect(console.queue.locator(".row").first()).toBeVisible();
  expect(await violations(page), "queue").toEqual([]);

  await console.start("Laptop of the new manager is slow");
  await console.answerUntil("fix");
  expect(await violations(page), "suggested fix").toEqual([]);
  expect(await smallTargets(page)).toEqual([]);

  await console.answer(await console.answerUntil("note"));
  await expect(console.step("Resolve")).toContainText("done");
  expect(await console.sticksOut()).toEqual([]);
  await console.show("Ticket");
  await expect(console.ticket.locator(".note-resolution")).toBeVisible();
  expect(await violations(page), "posted note").toEqual([]);
  expect(await violationsInDark(page), "posted note").toEqual([]);
  expect(await console.overflow()).toBe(0);
});

test("no barriers where something went wrong", async ({ page, context }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  const console = new ConsolePage(page);
  await page.route("**/api/v1/tickets?*", (route) => route.abort("connectionfailed"));
  await page.route("**/console/events", (route) => route.abort("connectionfailed"));
  await console.open();
  await console.show("Queue");
  await expect(page.getByText("The queue can't be read.")).toBeVisible();
  await expect(page.getByText(/Connection lost/)).toBeVisible();
  expect(await violations(page), "queue and connection failed").toEqual([]);

  await context.clearCookies();
  await page.reload();
  await expect(page.getByText("Open the address printed in the terminal.")).toBeVisible();
  expect(await violations(page), "no key").toEqual([]);
});

test("the skip link leads past the queue, the focus can always be seen, and nothing moves against the reader's wish", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const console = new ConsolePage(page);
  await console.open();
  const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  expect(moving).toBe(0);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the thread" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();

  await console.start("Call centre PC takes ages to start up");
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
      return document.activeElement === document.body ? "page" : `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).not.toMatch(/^none| 0px$/);
  }
});
