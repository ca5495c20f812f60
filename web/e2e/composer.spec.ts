import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("commands are completed with the arrow keys, Esc closes their list, Shift+Enter makes a line", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.composer.fill("/");
  const list = page.getByRole("listbox", { name: "Commands" });
  await expect(list.getByRole("option").first()).toHaveAttribute("aria-selected", "true");

  await page.keyboard.press("ArrowDown");
  const second = list.getByRole("option").nth(1);
  await expect(second).toHaveAttribute("aria-selected", "true");
  await expect(console.composer).toHaveAttribute("aria-activedescendant", (await second.getAttribute("id")) ?? "");
  const word = (await second.locator("code").textContent())?.split(" ")[0] ?? "";
  await page.keyboard.press("Tab");
  await expect(console.composer).toBeFocused();
  await expect(console.composer).toHaveValue(new RegExp(`^${word} ?$`));

  await console.composer.fill("/re");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await expect(console.composer).toHaveValue("/re");

  await console.composer.fill("");
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await expect(console.composer).toHaveValue("one\ntwo");
});

test("the thread stays where the reader is, and says that there is more", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await page.setViewportSize({ width: 1440, height: 450 });
  await console.open();
  await console.start("Printer on the second floor does not print");
  await console.answer(console.openCard());
  await console.log.evaluate((log) => log.scrollTo({ top: 0, behavior: "instant" }));

  const other = new ConsolePage(await context.newPage());
  await other.open(page.url());
  await expect(other.openCard()).toBeVisible();
  await other.answer(other.openCard());

  const pill = page.getByRole("button", { name: /new message/ });
  await expect(pill).toBeVisible();
  expect(await console.log.evaluate((log) => log.scrollTop)).toBe(0);
  await pill.click();
  await expect(pill).toBeHidden();
  await expect(console.openCard().locator(".card-actions")).toBeInViewport();
});
