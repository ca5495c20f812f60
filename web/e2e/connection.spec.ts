import { expect, test } from "@playwright/test";
import { SIGNED_IN } from "../playwright.config";
import { ConsolePage } from "./console-page";

test("a lost connection is said, and what was missed appears when it is back", async ({ page, browser }) => {
  const elsewhere = new ConsolePage(await (await browser.newContext({ storageState: SIGNED_IN })).newPage());
  await elsewhere.open();
  await elsewhere.start("PC of the night shift hangs");

  const console = new ConsolePage(page);
  let answers = false;
  await page.route("**/console/events", (route) => (answers ? route.fallback() : route.abort("connectionfailed")));
  await console.open(elsewhere.page.url());
  await expect(page.getByText(/Connection lost since .+, retrying/)).toBeVisible();
  await expect(console.openCard()).toBeVisible();
  await elsewhere.answer(elsewhere.openCard());
  await expect(elsewhere.openCard("fix")).toBeVisible();
  await expect(console.openCard("fix")).toBeHidden();

  // The page tries by itself too, and then takes the button away: it must be in hand by now.
  const tryNow = await page.getByRole("button", { name: "Try now" }).elementHandle();
  answers = true;
  await tryNow?.dispatchEvent("click");
  await expect(page.getByText(/Connection lost/)).toBeHidden();
  await expect(console.openCard("fix")).toBeVisible();
  await expect(console.facts).toHaveCount(1);
  await elsewhere.page.context().close();
});

test("a network that goes away is noticed at once, and a search that failed is made again when it is back", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await console.open();
  await expect(console.queue.locator(".row").first()).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(/Connection lost since/)).toBeVisible();
  await page.getByRole("searchbox").fill("intranet");
  await expect(console.queue).toContainText("The search failed.");
  await expect(console.queue.locator(".row")).toHaveCount(0);

  await context.setOffline(false);
  await expect(page.getByText(/Connection lost since/)).toBeHidden();
  await expect(console.queue.locator(".row")).toHaveCount(1);
  await expect(console.queue).toContainText("Intranet opens by address but not by name");
});

test("seven tabs are live at once, and stay so when the one that listens is closed", async ({ page, context }) => {
  const first = new ConsolePage(page);
  await first.open();
  await first.start("Payroll PC is slow after lunch");
  const tabs: ConsolePage[] = [];
  for (let i = 0; i < 6; i += 1) tabs.push(new ConsolePage(await context.newPage()));
  for (const tab of tabs) await tab.open(page.url());

  await first.composer.fill("/fact Seen in every tab");
  await first.composer.press("Enter");
  for (const tab of tabs) await expect(tab.facts).toContainText(["Seen in every tab"]);

  await page.close();
  const [second, ...others] = tabs;
  await second?.composer.fill("/fact Heard after the first tab was closed");
  await second?.composer.press("Enter");
  for (const tab of others) await expect(tab.facts).toContainText(["Seen in every tab", "Heard after the first tab was closed"]);
});

test("what could not be sent is kept, and trying again sends the same message", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Loud fan and slow computer in the lab");
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
  await expect(console.facts).toContainText(["The laptop was replaced last week"]);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
});
