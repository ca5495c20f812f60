/**
 * The console as the tests handle it. What the copilot asks depends on the ticket and the flow, so
 * the journeys follow whatever card is open instead of a fixed script. Every test works tickets of
 * its own (tickets.csv), named by their summary.
 */
import { type APIRequestContext, expect, type Locator, type Page } from "@playwright/test";

/** No guided flow is longer than this. */
const MOST_TURNS = 40;

/** A safe answer to any form: long enough to mean something, short enough for every field. */
export const ANSWER = "Confirmed by test";

type Kind = "question" | "check" | "instruction" | "fix" | "outcome" | "notice" | "note" | "posting";

export class ConsolePage {
  readonly log: Locator;
  readonly composer: Locator;
  readonly queue: Locator;
  readonly ticket: Locator;
  readonly facts: Locator;
  readonly dialog: Locator;
  readonly members: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole("log", { name: "Messages" });
    this.composer = page.getByRole("textbox", { name: "Message" });
    this.queue = page.getByRole("navigation", { name: "Queue" });
    this.ticket = page.getByRole("complementary", { name: "Ticket" });
    this.facts = this.ticket.locator(".facts > li");
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

  /** Where only one pane fits, its tab. */
  async show(pane: "Queue" | "Thread" | "Ticket"): Promise<void> {
    const tab = this.page.getByRole("button", { name: pane, exact: true });
    if (await tab.isVisible()) await tab.click();
  }

  async choose(summary: string): Promise<void> {
    await this.show("Queue");
    await this.queue.getByRole("button", { name: summary }).click();
    await expect(this.workButton()).toBeVisible();
  }

  async start(summary: string): Promise<void> {
    await this.choose(summary);
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
    return this.until(kind, (card) => this.answer(card));
  }

  /** As `answerUntil`, with the keyboard only. */
  async typeUntil(kind: Kind): Promise<Locator> {
    return this.until(kind, (card) => this.typeAnswer(card));
  }

  /** Presses the card's main button, fills its form if there is one, and waits for the reply. */
  async answer(card: Locator): Promise<void> {
    const before = await this.shown();
    const button = await mainButton(card);
    const asks = await opensDialog(button);
    await button.click();
    if (asks) await this.completeDialog();
    await expect.poll(() => this.shown()).not.toBe(before);
  }

  async completeDialog(answer = ANSWER): Promise<void> {
    for (const field of await this.dialog.locator("[aria-required=true]").all()) {
      if ((await field.inputValue()) === "") await field.fill(answer);
    }
    const submit = this.dialog.locator("button[type=submit]");
    await submit.click();
    await expect(submit).toBeHidden();
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

  /** Elements that stick out of the window although nothing scrolls them. */
  async sticksOut(): Promise<string[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("#app *")]
        .filter((e) => e.closest("pre") === null && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => `${e.tagName}.${e.className}`),
    );
  }

  /** How far the page can be scrolled sideways. */
  async overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  private async until(kind: Kind, answer: (card: Locator) => Promise<void>): Promise<Locator> {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      await expect(this.openCard()).toBeVisible();
      if (await this.openCard().and(this.page.locator(`.card-${kind}`)).isVisible()) return this.openCard(kind);
      await answer(this.openCard());
    }
    throw new Error(`No ${kind} card after ${MOST_TURNS} answers`);
  }

  /** Types what the card's main button says, or the value that it asks for, and waits for the reply. */
  private async typeAnswer(card: Locator): Promise<void> {
    const before = await this.shown();
    const button = await mainButton(card);
    await this.type((await opensDialog(button)) ? ANSWER : ((await button.textContent()) ?? ""));
    await expect.poll(() => this.shown()).not.toBe(before);
  }

  /** What is asked and how it stands; changes with every reply of the copilot. */
  private async shown(): Promise<string> {
    const cards = await this.log.locator(".card").evaluateAll((all) => all.map(({ className }) => className));
    const others = await this.log.locator(".message:not(:has(.avatar)):not(.message-own)").count();
    return `${cards.join()} ${others}`;
  }
}

/** What makes a request that of a member. */
export async function actingAs(request: APIRequestContext, role: "team_admin" | "engineer"): Promise<Record<string, string>> {
  const { members } = (await (await request.get("/console/state")).json()) as { members: { id: string; role: string }[] };
  const member_id = members.find((member) => member.role === role)?.id;
  const origin = new URL(process.env.FLOWPILOT_URL ?? "").origin;
  const token = await request.post("/console/tokens", { headers: { origin }, data: { member_id } });
  const { access_token } = (await token.json()) as { access_token: string };
  return { authorization: `Bearer ${access_token}`, origin };
}

async function mainButton(card: Locator): Promise<Locator> {
  const primary = card.locator(".card-actions .button.primary");
  return (await primary.count()) > 0 ? primary.first() : card.locator(".card-actions .button").first();
}

async function opensDialog(button: Locator): Promise<boolean> {
  return (await button.getAttribute("aria-haspopup")) === "dialog";
}
