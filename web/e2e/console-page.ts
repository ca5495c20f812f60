/**
 * The console as the tests handle it. What the copilot asks depends on the ticket and the flow, so
 * the journeys follow whatever card is open instead of a fixed script.
 */
import { expect, type Locator, type Page } from "@playwright/test";

/** No guided flow is longer than this. */
const MOST_TURNS = 40;

/** A safe answer to any form: long enough to mean something, short enough for every field. */
const ANSWER = "Confirmed by test";

type Kind = "question" | "check" | "instruction" | "fix" | "note";

export class ConsolePage {
  readonly log: Locator;
  readonly composer: Locator;
  readonly queue: Locator;
  readonly ticket: Locator;
  readonly dialog: Locator;
  readonly members: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole("log", { name: "Messages" });
    this.composer = page.getByRole("textbox", { name: "Message" });
    this.queue = page.getByRole("navigation", { name: "Queue" });
    this.ticket = page.getByRole("complementary", { name: "Ticket" });
    this.dialog = page.getByRole("dialog");
    this.members = page.getByRole("combobox", { name: "Act as" });
  }

  async open(address = "/"): Promise<void> {
    await this.page.goto(address);
    await expect(this.members).toBeVisible();
  }

  async actAs(role: "Admin" | "Engineer" | "Viewer"): Promise<void> {
    const label = await this.members.getByRole("option").filter({ hasText: role }).first().textContent();
    await this.members.selectOption({ label: label ?? "" });
  }

  /** A ticket that nobody has worked yet. */
  async chooseFreshTicket(): Promise<void> {
    await this.queue.locator(".row:not(.row-closed):not(:has(.badge))").first().click();
    await expect(this.workButton()).toBeVisible();
  }

  async startFreshTicket(): Promise<void> {
    await this.chooseFreshTicket();
    await this.workButton().click();
    await expect(this.openCard()).toBeVisible();
  }

  workButton(): Locator {
    return this.page.getByRole("button", { name: "Work this ticket" });
  }

  step(name: string): Locator {
    return this.page.getByRole("list", { name: "Progress" }).getByRole("listitem").filter({ hasText: name });
  }

  /** The card that waits for an answer: the newest one, the session's own card aside. */
  openCard(kind?: Kind): Locator {
    const of = kind === undefined ? "" : `.card-${kind}`;
    return this.log.locator(`.card-open${of}:not(.card-session):has(.card-actions)`).last();
  }

  /** Answers card after card, by clicks, until one of `kind` waits for an answer. */
  async answerUntil(kind: Kind): Promise<Locator> {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      await expect(this.openCard()).toBeVisible();
      if (await this.openCard().and(this.page.locator(`.card-${kind}`)).isVisible()) return this.openCard(kind);
      await this.answer(this.openCard());
    }
    throw new Error(`No ${kind} card after ${MOST_TURNS} answers`);
  }

  /** Presses the card's main button, fills its form if there is one, and waits for the reply. */
  async answer(card: Locator): Promise<void> {
    const before = await this.shown();
    const main = card.locator(".card-actions .button.primary");
    const button = (await main.count()) > 0 ? main.first() : card.locator(".card-actions .button").first();
    const asks = (await button.getAttribute("aria-haspopup")) === "dialog";
    await button.click();
    if (asks) await this.completeDialog();
    await expect.poll(() => this.shown()).not.toBe(before);
  }

  async completeDialog(): Promise<void> {
    for (const field of await this.dialog.locator("[aria-required=true]").all()) await fill(field);
    await this.dialog.locator("button[type=submit]").click();
    await expect(this.dialog).toBeHidden();
  }

  /** Types what the card's main button says, and waits for the reply. */
  async typeAnswer(card: Locator): Promise<void> {
    const before = await this.shown();
    const plain = card.locator(".card-actions .button:not([aria-haspopup])");
    const choices = (await plain.count()) > 0 ? plain : card.locator(".card-actions .button");
    await this.type((await choices.first().textContent()) ?? "");
    await expect.poll(() => this.shown()).not.toBe(before);
  }

  /** With the keyboard only: the composer must already have the focus. */
  async type(text: string): Promise<void> {
    await expect(this.composer).toBeFocused();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
    await expect(this.log).toContainText(text);
  }

  /** Tab until `target` has the focus, as someone without a mouse does. */
  async tabTo(target: Locator): Promise<void> {
    for (let presses = 0; presses < 150; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${target}`);
  }

  /** What is asked and how it stands; changes with every reply of the copilot. */
  private async shown(): Promise<string> {
    const cards = await this.log.locator(".card").evaluateAll((all) => all.map(({ className }) => className));
    const others = await this.log.locator(".message:not(:has(.avatar)):not(.message-own)").count();
    return `${cards.join()} ${others}`;
  }
}

async function fill(field: Locator): Promise<void> {
  const tag = await field.evaluate((element) => element.tagName);
  if (tag === "SELECT") await field.selectOption({ index: 1 });
  else if ((await field.getAttribute("inputmode")) === "decimal") await field.fill("5");
  else if ((await field.inputValue()) === "") await field.fill(ANSWER);
}
