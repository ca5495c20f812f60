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

/** The page for questions, as an engineer. */
async function open(page: Page, address = "/"): Promise<{ console: ConsolePage; main: Locator }> {
  const console = new ConsolePage(page);
  await console.open(address);
  await console.actAs("Engineer");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  return { console, main: page.getByRole("main", { name: "Ask" }) };
}

async function ask(main: Locator, question: string): Promise<void> {
  await main.getByLabel("What do you want to know?").fill(question);
  await main.page().keyboard.press("Enter");
}

test("what the library has is shown while a question is typed, and is the answer without a model", async ({ page }) => {
  const { main } = await open(page);
  await expect(main).toContainText("are shown here while you type");
  expect(await violations(page), "empty").toEqual([]);
  await main.getByLabel("What do you want to know?").fill("printer is offline");
  const found = main.getByRole("region", { name: "In your library" });
  await expect(found).toContainText("flow: printer-not-printing");
  await page.keyboard.press("Enter");
  const answer = main.getByRole("article", { name: "printer is offline" });
  await expect(answer).toContainText("No AI model is connected");
  await expect(answer.getByRole("region", { name: "Sources" })).toContainText("[1]");
  await expect(answer).toContainText("From your team's own library.");
  expect(await violations(page), "answered").toEqual([]);
  await page.reload();
  await expect(answer).toContainText("No AI model is connected");
  await expect(main.getByRole("navigation", { name: "Your conversations" })).toContainText("printer is offline");
});

test("a question that did not arrive is kept and can be sent again, at 320 pixels", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  const { console, main } = await open(page);
  await page.route("**/assistant/conversations", (route) => (route.request().method() === "POST" ? route.abort("connectionfailed") : route.fallback()));
  await ask(main, "teapots of the moon");
  await expect(main).toContainText("Your question was not sent.");
  expect(await violations(page)).toEqual([]);
  await page.unroute("**/assistant/conversations");
  await main.getByRole("button", { name: "Try again" }).click();
  await expect(main).toContainText("The library has nothing about it");
  expect(await console.overflow()).toBe(0);
  expect(await console.sticksOut()).toEqual([]);
});

test("a viewer is not led to questions", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open("/#ask");
  await console.actAs("Viewer");
  await expect(page.getByRole("button", { name: "Ask", exact: true })).toHaveCount(0);
});

/** With a model, in a demo of its own. */
test.describe("with a model", () => {
  let model: Model;
  let folder: string;
  let demo: Program;

  test.beforeEach(async () => {
    model = await startModel("Begin with the spooler [1], not with the driver[9].", {});
    folder = await mkdtemp(path.join(tmpdir(), "flowpilot-ask-"));
    demo = await start(FLOWPILOT, ["demo", "--folder", path.join(folder, "demo"), "--listen", "127.0.0.1:0"], { settings: model.settings });
  });

  test.afterEach(async () => {
    await demo.stop();
    await model.stop();
    await rm(folder, { recursive: true });
  });

  test("an answer cites the library, can be asked about further, and be judged", async ({ page }) => {
    const { main } = await open(page, demo.firstLine);
    await ask(main, "printer is offline");
    const first = main.getByRole("article", { name: "printer is offline" });
    await expect(first).toContainText("Begin with the spooler [1], not with the driver.");
    await expect(first.getByRole("region", { name: "Sources" }).getByRole("listitem")).toHaveCount(1);
    await expect(first).toContainText("Written by small, not confirmed by anybody.");
    await first.getByRole("button", { name: "This answer helped" }).click();
    await expect(first.getByRole("button", { name: "This answer helped" })).toHaveAttribute("aria-pressed", "true");
    await main.getByRole("textbox", { name: "Message" }).fill("And on a Mac?");
    await page.keyboard.press("Enter");
    await expect(main.getByRole("article", { name: "And on a Mac?" })).toContainText("Written by small");
    expect(await violations(page)).toEqual([]);
    await main.getByRole("button", { name: "New question" }).click();
    await expect(main.getByLabel("What do you want to know?")).toBeFocused();
  });
});
