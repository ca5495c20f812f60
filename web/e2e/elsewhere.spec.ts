/** What is worked in Slack, seen and worked in the console beside it. Real programs, and a Slack look-alike. */
import { expect, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";
import { openWorkplace, type Slack, type SlackMessage, type Workplace } from "./slack";

let work: Workplace;

test.beforeAll(async () => {
  work = await openWorkplace();
});
test.afterAll(() => work.close());
// One browser is let in by the key; the tests follow one another in it.
test.describe.configure({ mode: "serial" });

let page: Page;
let thread: string;
let violations: string[];

test.beforeAll(async ({ browser }) => {
  const baseURL = new URL(work.address).origin;
  page = await (await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } })).newPage();
  violations = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) violations.push(message.text());
  });
});

/** The message in Slack that has this button: it may be there a moment later than here. */
async function message(slack: Slack, button: string): Promise<SlackMessage> {
  let found: SlackMessage | undefined;
  const look = async (): Promise<boolean> => {
    found = (await slack.messages(thread)).find(({ buttons }) => buttons.includes(button));
    return found !== undefined;
  };
  await expect.poll(look, `a message with a button ${button}`).toBe(true);
  return found as unknown as SlackMessage;
}

/** The message as it is now. */
async function now(slack: Slack, { ts }: SlackMessage): Promise<SlackMessage | undefined> {
  return (await slack.messages(thread)).find((one) => one.ts === ts);
}

test("a session begun in Slack appears in the console, and a decision here edits the message there", async () => {
  const { slack } = work;
  const console = new ConsolePage(page);
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  await console.open(work.address);
  await console.queue.getByRole("button", { name: "Elsewhere" }).click();
  await expect(console.queue).toContainText("Nothing is worked on in a chat platform");

  thread = await slack.mention("Ada Lovelace", "printer is not printing");
  const row = console.queue.locator(".row").filter({ hasText: "printer is not printing" });
  await expect(row).toContainText("Slack");
  await row.click();
  await expect(console.log).toContainText("Ada Lovelace");
  await expect(console.log.locator(".card-session")).toBeVisible();
  await expect(console.openCard("question")).toContainText("Who cannot print on this printer?");
  await expect(page.getByRole("link", { name: "Open in Slack" })).toHaveAttribute("href", /^https:\/\/slack\.com\/.*channel=C/);

  const asked = await message(slack, "One user");
  await console.openCard("question").getByRole("button", { name: "One user", exact: true }).click();
  await expect.poll(() => now(slack, asked)).toMatchObject({ buttons: [], edits: 1 });
  expect((await now(slack, asked))?.shown).toContain("✓ One user, by Admin");
  expect(fetched.filter((url) => url.includes("as-slack"))).toEqual([]);
});

test("a decision in Slack is seen here at once", async () => {
  const { slack } = work;
  const console = new ConsolePage(page);
  const answer = "Job is sent but nothing prints";
  await expect(console.openCard("question").getByRole("button", { name: answer })).toBeVisible();
  await slack.click("Ada Lovelace", await message(slack, answer), answer);
  await expect(console.log.locator(".card-decided").filter({ hasText: `${answer} by Ada Lovelace` })).toBeVisible({ timeout: 3_000 });
  await expect(console.openCard("check")).toContainText("name of the print queue");
});

test("words written here are heard, shown in Slack once, and what was confirmed is beside them", async () => {
  const { slack } = work;
  const console = new ConsolePage(page);
  await console.composer.fill("/fact The cable is loose");
  await console.composer.press("Enter");
  await expect(console.facts.filter({ hasText: "The cable is loose" })).toHaveCount(1);
  await expect(console.log.locator(".message-private")).toContainText("Recorded");
  const there = async () => (await slack.messages(thread)).filter(({ shown }) => shown.includes("Admin (from the console): /fact The cable is loose"));
  await expect.poll(async () => (await there()).length).toBe(1);
});

test("as in Slack, the buttons do the same", async () => {
  const { slack } = work;
  const console = new ConsolePage(page);
  await page.getByRole("button", { name: "As in Slack" }).click();
  const open = console.log.locator(".as-slack[data-state=open]:not([data-kind=session])");
  // A button that asks for values opens our own form.
  await open.getByRole("button", { name: /^Enter/ }).click();
  await console.completeDialog("HQ-2F-Kyocera");
  await expect(console.facts.filter({ hasText: "HQ-2F-Kyocera" })).toHaveCount(1);

  const asked = await message(slack, "Ready or asleep");
  await open.getByRole("button", { name: "Ready or asleep", exact: true }).click();
  await expect.poll(() => now(slack, asked)).toMatchObject({ buttons: [] });
  await expect(console.log.locator(".as-slack[data-state=decided]").filter({ hasText: "✓ Ready or asleep, by Admin" })).toBeVisible();
  expect(violations).toEqual([]);
  expect(await slack.invalid()).toEqual([]);
});

test("where no events come, changes are looked for", async () => {
  const { slack } = work;
  const console = new ConsolePage(page);
  await page.route("**/console/events", (route) => route.abort("connectionfailed"));
  await page.reload();
  await expect(page.getByText(/Connection lost/)).toBeVisible();
  await slack.reply("Bob Byte", thread, "fact: It hums");
  await expect(console.facts.filter({ hasText: "It hums" })).toHaveCount(1, { timeout: 5_000 });
  await page.unroute("**/console/events");
});

test("a screenshot is shown with its message, and what is not kept says why", async () => {
  const console = new ConsolePage(page);
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");
  let tell: (message: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (tell = resolve));
  const [words, files, file] = [/\/ai-sessions\/[^/]+\/messages\?/, /\/attachments\?/, /\/attachments\/[^?]+$/];
  await page.route(words, async (route) => {
    const response = await route.fetch();
    tell(((await response.json()) as { items: { id: string }[] }).items[0]?.id ?? "");
    await route.fulfill({ response });
  });
  await page.route(files, async (route) => {
    const posted = { message_id: await first, reason: null, sha256: null, created_at: Date.now() };
    const kept = { ...posted, id: "0190b2a6-7c00-7000-8000-000000000001", name: "error.png", state: "kept", media_type: "image/png", bytes: png.length };
    const large = { ...posted, id: "0190b2a6-7c00-7000-8000-000000000002", name: "dump.zip", state: "too_large", media_type: null, bytes: 45_000_000 };
    await route.fulfill({ json: { items: [kept, large], next_cursor: null } });
  });
  await page.route(file, (route) => route.fulfill({ contentType: "image/png", body: png }));
  await page.reload();
  await console.log.locator(".attachment-absent").scrollIntoViewIfNeeded();
  await expect(console.log).toContainText("dump.zip not kept: too large (45 MB)");
  const picture = console.log.getByRole("img", { name: "error.png, posted by Ada Lovelace" });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1);
  expect(violations).toEqual([]);
  for (const route of [words, files, file]) await page.unroute(route);
});

test("a session that cannot be read says so, and one that does not exist", async () => {
  const console = new ConsolePage(page);
  await page.goto("/#session/0190b2a6-7c00-7000-8000-00000000abcd");
  await expect(page.getByRole("main")).toContainText("This session does not exist, or is not yours to see.");
  await page.route("**/api/v1/ai-sessions?*", (route) => route.abort("connectionfailed"));
  await page.reload();
  await expect(console.queue).toContainText("The sessions can't be read.");
  await page.unroute("**/api/v1/ai-sessions?*");
  const again = console.queue.getByRole("button", { name: "Try again" });
  const session = console.queue.locator(".row").filter({ hasText: "printer is not printing" });
  // What happens meanwhile makes the page look again by itself: then there is nothing left to press.
  await expect(async () => {
    if ((await again.count()) > 0) await again.last().click({ timeout: 1_000 });
    await expect(session).toBeVisible({ timeout: 1_000 });
  }).toPass();
});
