import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("commands are completed with the arrow keys", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.composer.fill("/");
  const options = page.getByRole("listbox", { name: "Commands" }).getByRole("option");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");

  await page.keyboard.press("ArrowDown");
  const second = options.nth(1);
  await expect(second).toHaveAttribute("aria-selected", "true");
  await expect(console.composer).toHaveAttribute("aria-activedescendant", (await second.getAttribute("id")) ?? "");

  const word = (await second.locator("code").textContent())?.split(" ")[0] ?? "";
  await page.keyboard.press("Tab");
  await expect(console.composer).toBeFocused();
  await expect(console.composer).toHaveValue(new RegExp(`^${word} ?$`));
});

test("Esc closes the list of commands and keeps the text", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.composer.fill("/re");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("listbox", { name: "Commands" })).toBeHidden();
  await expect(console.composer).toHaveValue("/re");
});

test("Shift+Enter makes a line and sends nothing", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.composer.click();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await expect(console.composer).toHaveValue("one\ntwo");
});

test("what could not be sent is kept, and trying again sends the same message", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.startFreshTicket();
  const ids: string[] = [];
  await page.route("**/console/threads/*/messages", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    ids.push((route.request().postDataJSON() as { id: string }).id);
    return ids.length === 1 ? route.abort("connectionfailed") : route.fallback();
  });

  await console.composer.fill("/fact The laptop was replaced last week");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Not sent.")).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Not sent.")).toBeHidden();
  await expect(console.ticket.locator(".facts")).toContainText("The laptop was replaced last week");
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
});

test("the thread stays where the reader is, and says that there is more", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await page.setViewportSize({ width: 1440, height: 420 });
  await console.open();
  await console.startFreshTicket();
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
