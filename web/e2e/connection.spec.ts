import { expect, test } from "@playwright/test";
import { SIGNED_IN } from "../playwright.config";
import { ConsolePage } from "./console-page";

test.describe("without the key", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("the page says where to find the way in", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByText("Open the address printed in the terminal.")).toBeVisible();
  });
});

test("a lost connection is said, and what was missed appears when it is back", async ({ page, browser }) => {
  const elsewhere = new ConsolePage(await (await browser.newContext({ storageState: SIGNED_IN })).newPage());
  await elsewhere.open();
  await elsewhere.startFreshTicket();

  const console = new ConsolePage(page);
  await page.route("**/console/events", (route) => route.abort("connectionfailed"));
  await console.open(elsewhere.page.url());
  await expect(page.getByText(/Connection lost since .+, retrying/)).toBeVisible();
  await expect(console.openCard()).toBeVisible();
  await elsewhere.composer.fill("/fact Said while the other window was cut off");
  await elsewhere.composer.press("Enter");
  await expect(elsewhere.ticket.locator(".facts")).toContainText("cut off");
  await expect(console.log).not.toContainText("cut off");

  await page.unroute("**/console/events");
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(page.getByText(/Connection lost/)).toBeHidden();
  await expect(console.log).toContainText("cut off");
  await elsewhere.page.context().close();
});

test("seven tabs are live at once", async ({ page, context }) => {
  const first = new ConsolePage(page);
  await first.open();
  await first.startFreshTicket();
  const tabs = [];
  for (let i = 0; i < 6; i += 1) tabs.push(new ConsolePage(await context.newPage()));
  for (const tab of tabs) await tab.open(page.url());

  await first.composer.fill("/fact Seen in every tab");
  await page.keyboard.press("Enter");
  for (const tab of tabs) await expect(tab.ticket.locator(".facts")).toContainText("Seen in every tab");
});

test("when the tab that listens is closed, another takes over", async ({ page, context }) => {
  const leader = new ConsolePage(page);
  await leader.open();
  await leader.startFreshTicket();
  const second = new ConsolePage(await context.newPage());
  const third = new ConsolePage(await context.newPage());
  await second.open(page.url());
  await third.open(page.url());
  await page.close();

  await second.composer.fill("/fact Heard after the first tab was closed");
  await second.page.keyboard.press("Enter");
  await expect(third.ticket.locator(".facts")).toContainText("Heard after the first tab was closed");
});
