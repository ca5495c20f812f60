/**
 * Each card as Slack shows it: the payloads that the Rust renderer is known to write (its snapshots),
 * drawn in the real page by a renderer that is not ours. Screenshots are among the results, to be looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const SNAPSHOTS = path.resolve(import.meta.dirname, "../../bots/slack/tests/render/snapshots");
const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SESSION = "0190b2a6-0000-7000-8000-000000000000";

interface Control {
  type: string;
  action_id: string;
  value?: string;
  text?: { text: string };
  options?: { value: string; text: { text: string } }[];
  style?: string;
}

interface Golden {
  name: string;
  id: string;
  payload: { text: string; blocks: { type: string; block_id: string; elements?: Control[] }[] };
  controls: Control[];
}

const GOLDENS: Golden[] = readdirSync(SNAPSHOTS)
  .sort()
  .flatMap((file, i) => {
    const [, , json = ""] = readFileSync(path.join(SNAPSHOTS, file), "utf8").split(/^---$/m);
    const found = /"block_id": "card:([^:]+):0"/.exec(json);
    if (found === null) return [];
    const id = `0190b2a6-7c00-7000-8000-${String(i).padStart(12, "0")}`;
    const payload = JSON.parse(json.replaceAll(found[1] ?? "", id)) as Golden["payload"];
    const controls = payload.blocks.flatMap(({ type, elements = [] }) => (type === "actions" ? elements : []));
    return [{ name: file.replace(".snap", ""), id, payload, controls }];
  });

/** What the API says of such a card: enough for its buttons to work. */
function card({ name, id, payload, controls }: Golden): object {
  const actions = controls.flatMap(({ value, text, options }) => [
    ...(value === undefined ? [] : [{ id: value, label: text?.text ?? "" }]),
    ...(options ?? []).map((option) => ({ id: option.value, label: option.text.text })),
  ]);
  return {
    id, body_html: "", plain: payload.text, revision: 1, created_at: 1_795_430_520_000, updated_at: 1_795_430_520_000,
    card: {
      kind: name.split("_")[0], title: name, body: "", fields: [], badge: null,
      actions: actions.map((action) => ({ ...action, style: "default", confirm: null, inputs: [] })),
      state: actions.length > 0 ? { kind: "open" } : { kind: "superseded", by: null },
    },
  };
}

/** Opens a session that has every card there is, as in Slack; answers what is pressed in it. */
async function open(page: Page): Promise<{ console: ConsolePage; pressed: { url: string; body: unknown }[] }> {
  const pressed: { url: string; body: unknown }[] = [];
  const session = {
    id: SESSION, title: "Every card there is", status: "active", status_reason: null, platform: "slack", thread: "C1:1.0", connection_id: null,
    ticket_id: null, ticket: null, owner_id: SESSION, state_version: 1, created_at: 1, updated_at: 1, closed_at: null, thread_url: null,
  };
  const answers: Record<string, unknown> = {
    "": session,
    "/messages": { items: [], next_cursor: null },
    "/facts": { items: [], state_version: 1 },
    "/attachments": { items: [], next_cursor: null },
    "/cards": { items: GOLDENS.map(card), state_version: 1 },
    ...Object.fromEntries(GOLDENS.map(({ id, payload }) => [`/cards/${id}/payload`, { platform: "slack", payload }])),
  };
  await page.route(`**/api/v1/ai-sessions/${SESSION}**`, (route) => {
    const request = route.request();
    const where = new URL(request.url()).pathname.split(SESSION)[1] ?? "";
    if ("if-none-match" in request.headers()) return route.fulfill({ status: 304 });
    if (request.method() === "GET") return where in answers ? route.fulfill({ json: answers[where] }) : route.fulfill({ status: 404, json: {} });
    pressed.push({ url: where, body: request.postDataJSON() });
    return route.fulfill({ json: { state_version: 1, status: "active", reply: null, reply_html: null } });
  });
  const console = new ConsolePage(page);
  await console.open(`/#session/${SESSION}`);
  await page.getByRole("button", { name: "As in Slack" }).click();
  // Each is a request of its own.
  await expect(page.locator(".as-slack")).toHaveCount(GOLDENS.length, { timeout: 60_000 });
  return { console, pressed };
}

const drawn = (page: Page, { name }: Golden): Locator => page.locator(`.as-slack[aria-label$=": ${name}"]`);

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).include(".log").withTags(WCAG_22_AA).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

test("every card has its words and its buttons, and no barriers", async ({ page }, info) => {
  test.slow();
  expect(GOLDENS.length).toBeGreaterThan(30);
  await open(page);
  for (const golden of GOLDENS) {
    const section = drawn(page, golden);
    for (const { type, text, options } of golden.controls) {
      if (type === "button") await expect(section.getByRole("button", { name: text?.text ?? "", exact: true }), golden.name).toHaveCount(1);
      if (type !== "overflow") continue;
      const menu = section.getByRole("button", { name: "More options" });
      await menu.click();
      for (const option of options ?? []) await expect(section.getByText(option.text.text, { exact: true }), golden.name).toBeVisible();
      await section.screenshot({ path: info.outputPath(`${golden.name}-menu.png`) });
      await menu.click();
    }
    await section.screenshot({ path: info.outputPath(`${golden.name}.png`) });
  }
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page), "dark").toEqual([]);
  await page.locator(".log-content").screenshot({ path: info.outputPath("dark.png") });
});

test("at 320 pixels no card sticks out", async ({ page }, info) => {
  await page.setViewportSize({ width: 320, height: 700 });
  const { console } = await open(page);
  expect(await console.overflow()).toBe(0);
  expect(await console.sticksOut()).toEqual([]);
  for (const golden of GOLDENS) await drawn(page, golden).screenshot({ path: info.outputPath(`${golden.name}.png`) });
  const menu = page.getByRole("button", { name: "More options" }).first();
  await menu.click();
  expect(await console.sticksOut(), "an open menu").toEqual([]);
});

test("a button and an entry of a menu do what the card's own buttons do, by keyboard too", async ({ page }) => {
  const { pressed } = await open(page);
  const fix = GOLDENS.find(({ name }) => name === "fix_open");
  const session = GOLDENS.find(({ name }) => name === "session_active");
  if (fix === undefined || session === undefined) throw new Error("these cards are gone");
  await drawn(page, fix).getByRole("button", { name: "Use this fix" }).click();
  await expect.poll(() => pressed).toEqual([{ url: `/cards/${fix.id}/actions`, body: { action: "one_off" } }]);

  await drawn(page, session).getByRole("button", { name: "More options" }).focus();
  await page.keyboard.press("Enter");
  await drawn(page, session).getByText("Pause", { exact: true }).locator("xpath=ancestor-or-self::*[@tabindex][1]").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => pressed.at(-1)).toEqual({ url: `/cards/${session.id}/actions`, body: { action: "pause" } });
});
