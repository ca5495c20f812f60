/** Long lists, in pages so short that a few entries fill several. */
import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { SIGNED_IN } from "../playwright.config";
import { actingAs, ConsolePage } from "./console-page";

test("earlier messages appear above what is being read, which stays where it is", async ({ page }) => {
  const console = new ConsolePage(page);
  await page.setViewportSize({ width: 1440, height: 450 });
  await console.open();
  await console.start("Outlook hangs on loading profile");
  await confirm(console, 0, 11);

  await shortPages(page, "messages", 5);
  await page.reload();
  await expect(console.log).toContainText("Number 11 of many");
  await expect(console.step("Describe")).toContainText("done");

  // The session's card is further up: its changes are no reason to show it, but they are an answer.
  await confirm(console, 12, 12);
  await expect(console.log.locator(".waiting")).toBeHidden();
  await expect(console.log.locator(".card-session")).toHaveCount(0);
  const [oldest = 0] = await numbers(console);
  expect(oldest).toBeGreaterThan(5);

  await console.log.evaluate((log) => log.scrollTo({ top: 0, behavior: "instant" }));
  const more = console.log.getByRole("button", { name: "Show earlier messages" });
  await more.focus();
  const first = await console.log.locator(".message").first().elementHandle();
  const bottom = (): Promise<number> => first?.evaluate((message) => message.getBoundingClientRect().bottom) ?? Promise.resolve(NaN);
  const before = await bottom();
  await page.keyboard.press("Enter");
  await expect(page.getByText("5 earlier messages above")).toBeAttached();
  expect(Math.abs((await bottom()) - before)).toBeLessThan(2);
  expect(await first?.evaluate((message) => message === document.activeElement)).toBe(true);
  const [older = 12] = await numbers(console);
  expect(older).toBeLessThan(oldest);

  let fails = true;
  await page.route(/\/messages\?.*cursor=/, (route) => (fails ? route.abort("connectionfailed") : route.fallback()));
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(console.log.getByRole("alert")).toHaveText("Earlier messages can't be read.");
  await expect(console.log.getByRole("button", { name: "Try again" })).toBeFocused();
  fails = false;
  await page.keyboard.press("Enter");
  await expect(console.log.getByRole("alert")).toHaveCount(0);
  await showAll(console);
  expect(await numbers(console)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  await expect(console.log.locator(".card-session")).toHaveCount(1);
});

test("what was missed leaves no gap, however much it was", async ({ page, context, browser }) => {
  const elsewhere = new ConsolePage(await (await browser.newContext({ storageState: SIGNED_IN })).newPage());
  await elsewhere.open();
  await elsewhere.start("Laptop wants a 48 digit recovery key");
  await confirm(elsewhere, 0, 3);

  const console = new ConsolePage(page);
  await shortPages(page, "messages", 4);
  await console.open(elsewhere.page.url());
  await expect(console.log).toContainText("Number 3 of many");
  await context.setOffline(true);
  await expect(page.getByText(/Connection lost since/)).toBeVisible();
  await confirm(elsewhere, 4, 8);
  await context.setOffline(false);

  await expect(console.log).toContainText("Number 8 of many");
  await expect(console.log).not.toContainText("Number 3 of many");
  await showAll(console);
  expect(await numbers(console)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await elsewhere.page.context().close();
});

test("more threads are shown on request, and an older one is opened by its address", async ({ page, context }) => {
  const words = ["The scanner of the archive beeps", "The scanner of the archive blinks", "The scanner of the archive hums"];
  const [oldest = ""] = await startThreads(context.request, words);

  const console = new ConsolePage(page);
  await shortPages(page, "threads", 1);
  await console.open();
  await console.queue.getByRole("button", { name: /Without a ticket/ }).click();
  const row = console.queue.locator(".row").filter({ hasText: words[0] ?? "" });
  const more = console.queue.getByRole("button", { name: "Show more threads" });
  await expect(more).toBeVisible();
  await expect(row).toHaveCount(0);
  // Other tests have threads too.
  await expect(async () => {
    if ((await row.count()) === 0) await more.click({ timeout: 1_000 });
    await expect(row).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await row.click();
  await expect(console.log).toContainText(words[0] ?? "");

  await page.reload();
  await expect(console.log).toContainText(words[0] ?? "");
  expect(page.url()).toContain(oldest);
  await expect(console.queue.locator(".row[aria-current=true]")).toContainText(words[0] ?? "");

  await page.goto("/#thread/00000000-0000-4000-8000-000000000000");
  await page.reload();
  await expect(page.getByRole("main")).toContainText("This thread does not exist");
});

test("a ticket leads to its thread, also to one that is older than the threads that were read", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("OneDrive shows processing changes since yesterday");
  await startThreads(context.request, ["The scanner of the archive clicks"]);

  await shortPages(page, "threads", 1);
  await page.reload();
  await expect(console.openCard()).toBeVisible();
  await expect(console.workButton()).toBeHidden();
});

/** Types facts with the numbers from `first` to `last`: messages that are answered at once. */
async function confirm(console: ConsolePage, first: number, last: number): Promise<void> {
  for (let i = first; i <= last; i += 1) {
    await console.composer.fill(`/fact Number ${i} of many`);
    await console.composer.press("Enter");
    await expect(console.facts).toHaveCount(i + 1);
  }
}

/** Of the facts that were typed, those whose messages are in the log. */
async function numbers(console: ConsolePage): Promise<number[]> {
  const texts = await console.log.locator(".message").allTextContents();
  return texts.flatMap((text) => /\/fact Number (\d+)/.exec(text)?.[1] ?? []).map(Number);
}

async function showAll(console: ConsolePage): Promise<void> {
  const more = console.log.getByRole("button", { name: /^(Show earlier messages|Loading…)$/ });
  await expect(async () => {
    if (await more.isVisible()) await more.click({ timeout: 1_000 });
    await expect(more).toHaveCount(0, { timeout: 1_000 });
  }).toPass();
}

async function shortPages(page: Page, list: "threads" | "messages", limit: number): Promise<void> {
  await page.route(new RegExp(`/${list}\\?limit=`), (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set("limit", String(limit));
    return route.continue({ url: url.href });
  });
}

/** Threads without a ticket, the oldest first; answers their ids once the copilot is done with them. */
async function startThreads(request: APIRequestContext, words: string[]): Promise<string[]> {
  const headers = await actingAs(request, "engineer");
  const ids: string[] = [];
  for (const text of words) {
    const id = crypto.randomUUID();
    await request.post("/console/threads", { headers, data: { id, text } });
    const answered = async (): Promise<number> => {
      const { items } = (await (await request.get(`/console/threads/${id}/messages`, { headers })).json()) as { items: unknown[] };
      return items.length;
    };
    await expect.poll(answered).toBeGreaterThan(2);
    ids.push(id);
  }
  return ids;
}
