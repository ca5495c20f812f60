import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";
import { type Model, startModel } from "./model";
import { FLOWPILOT, type Program, start } from "./program";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

/** The page of the spend, as an admin. */
async function open(page: Page, address = "/"): Promise<{ console: ConsolePage; main: Locator }> {
  const console = new ConsolePage(page);
  await console.open(address);
  await console.actAs("Admin");
  await page.getByRole("button", { name: "AI spend", exact: true }).click();
  return { console, main: page.getByRole("main", { name: "AI spend" }) };
}

test("without a model the page says that FlowPilot works guided", async ({ page }) => {
  const { main } = await open(page);
  await expect(main).toBeFocused();
  await expect(page).toHaveURL(/#spend$/);
  await expect(main).toContainText("No AI model is connected: FlowPilot works guided.");
  await expect(main).toContainText("No calls yet.");
  expect(await violations(page)).toEqual([]);
  await main.getByRole("button", { name: "Back to the console" }).click();
  await expect(page.getByRole("navigation", { name: "Queue" })).toBeVisible();
});

test("only admins are led to what the models cost", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open("/#spend");
  for (const role of ["Engineer", "Viewer"] as const) {
    await console.actAs(role);
    await expect(page.getByRole("button", { name: "AI spend" })).toHaveCount(0);
    await expect(page.getByRole("main", { name: "AI spend" })).toHaveCount(0);
  }
});

test("an admin switches AI off and on with the keyboard, and is named", async ({ page }) => {
  const { console, main } = await open(page);
  await console.tabTo(main.getByRole("button", { name: "Switch AI off" }));
  await page.keyboard.press("Enter");
  await expect(console.dialog).toContainText("Every model of the team stops within a second");
  expect(await violations(page), "dialog").toEqual([]);
  await console.tabTo(console.dialog.getByRole("button", { name: "Switch AI off" }));
  await page.keyboard.press("Enter");
  await expect(main).toContainText(/Switched off by .*, Today/);
  await page.reload();
  await expect(main).toContainText("Switched off by");
  await main.getByRole("button", { name: "Switch AI on" }).click();
  await console.dialog.getByRole("button", { name: "Switch AI on" }).click();
  await expect(main).toContainText("The models of the team may be asked.");
});

test("a slow answer and a failure each have words, at 320 pixels, light and dark", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await page.route(/\/api\/v1\/ai\/spend/, (route) => route.abort("connectionfailed"));
  const { console, main } = await open(page);
  await expect(main).toContainText("What the models cost can't be read.");
  expect(await violations(page), "failed").toEqual([]);
  await page.unroute(/\/api\/v1\/ai\/spend/);
  await main.getByRole("button", { name: "Try again" }).click();
  await expect(main).toContainText("No AI model is connected");
  expect(await console.overflow()).toBe(0);
  expect(await console.sticksOut()).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page), "dark").toEqual([]);
});

/** With a model, in a demo of its own. */
test.describe("with a model", () => {
  let model: Model;
  let folder: string;
  let demo: Program;

  test.beforeEach(async () => {
    model = await startModel("Which pump is it?", { what_we_confirmed: [{ text: "The cable was loose.", evidence: ["F1"] }] });
    folder = await mkdtemp(path.join(tmpdir(), "flowpilot-spend-"));
    demo = await start(FLOWPILOT, ["demo", "--folder", path.join(folder, "demo"), "--listen", "127.0.0.1:0"], { settings: model.settings });
  });

  test.afterEach(async () => {
    await demo.stop();
    await model.stop();
    await rm(folder, { recursive: true });
  });

  /** A thread in which the model has answered. */
  async function answered(page: Page): Promise<ConsolePage> {
    const console = new ConsolePage(page);
    await console.open(demo.firstLine);
    await console.actAs("Engineer");
    await page.getByRole("button", { name: "New thread" }).click();
    await console.composer.fill("The aquarium bubbles twice");
    await page.keyboard.press("Enter");
    await expect(console.log).toContainText("Which pump is it?");
    return console;
  }

  test("a thumb below an answer is read by admins, with the answer and its question", async ({ page }) => {
    const console = await answered(page);
    const down = console.log.getByRole("button", { name: "This answer did not help" });
    await down.click();
    await expect(down).toHaveAttribute("aria-pressed", "true");
    await console.log.getByLabel(/^Why\?/).fill("It asks too much.");
    expect(await violations(page), "asked why").toEqual([]);
    await console.log.getByRole("button", { name: "Send" }).click();
    await expect(console.log).toContainText("You said: It asks too much.");
    await expect(console.log.getByRole("status").filter({ hasText: "Kept." })).toBeAttached();
    await page.reload();
    await expect(down).toHaveAttribute("aria-pressed", "true");

    await console.actAs("Admin");
    await page.getByRole("button", { name: "AI spend", exact: true }).click();
    const opinion = page.getByRole("main", { name: "AI spend" }).getByRole("listitem").filter({ hasText: "It asks too much." });
    await expect(opinion).toContainText("Did not help");
    await opinion.getByText("The answer", { exact: true }).click();
    await expect(opinion).toContainText("Asked: The aquarium bubbles twice");
    await expect(opinion).toContainText("Written: Which pump is it?");
    expect(await violations(page), "read by admins").toEqual([]);
  });

  test("a note that a model wrote can be judged below its preview", async ({ page }) => {
    const console = await answered(page);
    for (const words of ["/fact The cable was loose.", "/resolve"]) {
      await console.composer.fill(words);
      await page.keyboard.press("Enter");
    }
    await expect(console.log).toContainText("small, checked against the record");
    const up = console.log.getByRole("button", { name: "This note is good" });
    await up.click();
    await expect(up).toHaveAttribute("aria-pressed", "true");
    await expect(console.log.getByRole("status").filter({ hasText: "Kept." })).toBeAttached();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await expect(up).toHaveAttribute("aria-pressed", "true");
  });

  test("a thumb is taken back by pressing it again", async ({ page }) => {
    const console = await answered(page);
    const up = console.log.getByRole("button", { name: "This answer helped" });
    await console.tabTo(up);
    await page.keyboard.press("Enter");
    await expect(up).toHaveAttribute("aria-pressed", "true");
    await expect(console.log.getByRole("button", { name: "Say why" })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(up).toHaveAttribute("aria-pressed", "false");
    await expect(console.log.getByRole("status").filter({ hasText: "Taken back." })).toBeAttached();
    await page.reload();
    await expect(up).toHaveAttribute("aria-pressed", "false");
  });

  test("an admin sees what each model cost, and each call", async ({ page }) => {
    const console = await answered(page);
    await console.actAs("Admin");
    await page.getByRole("button", { name: "AI spend", exact: true }).click();
    const main = page.getByRole("main", { name: "AI spend" });
    await expect(main.getByRole("meter", { name: "Tokens of the budget" })).toHaveAttribute("aria-valuetext", "2.1K of 50M tokens in 24 h");
    const models = main.getByRole("region", { name: "By model" });
    await expect(models.getByRole("row", { name: /^small / })).toContainText("75%");
    await main.getByRole("button", { name: "30 days" }).click();
    await expect(main.getByRole("button", { name: "30 days" })).toHaveAttribute("aria-pressed", "true");
    await expect(models.getByRole("row", { name: /^small / })).toBeVisible();
    const call = main.getByRole("listitem").filter({ hasText: "500 in, 1,500 from the cache" });
    await expect(call.getByRole("link", { name: "The aquarium bubbles twice" })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violations(page), "dark").toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await console.overflow()).toBe(0);

    await main.getByRole("checkbox", { name: "Only those that failed" }).check();
    await expect(main).toContainText("No such calls.");
  });
});
