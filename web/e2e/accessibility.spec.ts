import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 320, height: 700 }]) {
    test.describe(`${colorScheme}, ${viewport.width} pixels wide`, () => {
      test.use({ colorScheme, viewport });

      test("no barriers from the first screen to the posted note", async ({ page }) => {
        const console = new ConsolePage(page);
        const narrow = viewport.width < 700;
        await console.open();
        if (narrow) await page.getByRole("button", { name: "Queue", exact: true }).click();
        await expect(console.queue.locator(".row").first()).toBeVisible();
        expect(await violations(page), "queue").toEqual([]);

        await console.chooseFreshTicket();
        expect(await violations(page), "before work").toEqual([]);
        await console.workButton().click();
        await console.answerUntil("fix");
        expect(await violations(page), "suggested fix").toEqual([]);

        await console.composer.fill("/");
        expect(await violations(page), "commands").toEqual([]);
        await console.composer.fill("");

        await console.answer(console.openCard("fix"));
        const note = await console.answerUntil("note");
        await note.locator("[aria-haspopup=dialog]").first().click();
        await expect(console.dialog).toBeVisible();
        expect(await violations(page), "dialog").toEqual([]);
        await page.keyboard.press("Escape");

        await console.answer(note);
        if (narrow) await page.getByRole("button", { name: "Ticket", exact: true }).click();
        await expect(console.ticket.locator(".note-resolution")).toBeVisible();
        expect(await violations(page), "posted").toEqual([]);
      });

      test("no barriers where something went wrong", async ({ page, context }) => {
        const console = new ConsolePage(page);
        await page.route("**/api/v1/tickets?*", (route) => route.abort("connectionfailed"));
        await console.open();
        if (viewport.width < 700) await page.getByRole("button", { name: "Queue", exact: true }).click();
        await expect(page.getByText("The queue can't be read.")).toBeVisible();
        expect(await violations(page), "queue failed").toEqual([]);

        await context.clearCookies();
        await page.reload();
        await expect(page.getByText("Open the address printed in the terminal.")).toBeVisible();
        expect(await violations(page), "no key").toEqual([]);
      });
    });
  }
}

test("where the focus is can always be seen", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
      return document.activeElement === document.body ? "page" : `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).not.toMatch(/^none| 0px$/);
  }
});

test("the skip link leads past the queue", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the thread" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("nothing moves for those who asked for that", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const console = new ConsolePage(page);
  await console.open();
  const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  expect(moving).toBe(0);
});
