/**
 * Everything that the page knows and does, without how it looks.
 *
 * One ticket at a time: what was asked for another one is cut off, and its late answers are nobody's. The state is
 * looked at every five seconds while somebody may be watching, seldom while the page is hidden, and at once after
 * whatever was done here.
 */
import { explain, Problem, Unreachable } from "../../../web/src/api/problem";
import type { Api } from "./api";
import { type Host, Silent } from "./host";
import { moved } from "./moved";
import { NO_NOTE, nothing, type Outcome, type Shown, type Told } from "./shown";
import type { NoteKind, Posting, Preview } from "./types";

/** Whether anybody can see the page. */
export interface Sight {
  isHidden: () => boolean;
  onChange: (listener: () => void) => void;
}

export const VISIBLE_MS = 5_000;
export const HIDDEN_MS = 30_000;
export const STOP_AFTER_MS = 10 * 60_000;
export const DEBOUNCE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

const NOTE_PATHS: Record<NoteKind, string> = { resolution: "resolution-note", escalation: "escalation-package" };
const UNSENT = "FlowPilot: there is text in the pod that was not sent. Send it or discard it, then save.";

export class Pod {
  private shown = nothing({ kind: "waiting" }, null);
  private listeners = new Set<() => void>();
  /** Ends with the ticket that is shown. */
  private visit = new AbortController();
  private entering: Promise<void> | null = null;
  private looking: Promise<void> | null = null;
  private nextLook: ReturnType<typeof setTimeout> | undefined;
  private nextEntry: ReturnType<typeof setTimeout> | undefined;
  private nextNote: ReturnType<typeof setTimeout> | undefined;
  /** Looks, or entries, in a row that came to nothing. */
  private failures = 0;
  private hiddenSince: number | null = null;
  /** Forms with text in them. */
  private drafts = new Set<string>();
  /** Of a note that was posted here, and is not in the ticket yet. */
  private expected: string | null = null;

  constructor(
    private readonly host: Pick<Host, "claim" | "refresh" | "screen" | "isFramed" | "begin">,
    private readonly api: Api,
    private readonly sight: Sight,
  ) {}

  begin(): void {
    if (!this.host.isFramed) {
      this.change({ phase: { kind: "alone" } });
      return;
    }
    if (this.sight.isHidden()) this.hiddenSince = Date.now();
    this.sight.onChange(() => this.seen());
    this.host.begin();
  }

  readonly get = (): Shown => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The screen shows a ticket: another one, or the same again. */
  readonly onTicket = (ticket: string): void => {
    if (ticket === this.shown.ticket) {
      // Somebody saved or refreshed it: its status may be another one.
      if (this.shown.phase.kind === "in") void this.renew();
      else this.enterAnew();
      return;
    }
    this.leave();
    this.shown = nothing({ kind: "entering" }, ticket);
    this.change({});
    this.enterAnew();
  };

  /** What keeps the ticket from being saved: saving reads the screen anew, and would take unsent text away. */
  readonly beforeSave = (): string[] => (this.drafts.size > 0 ? [UNSENT] : []);

  /** Says whether a form has text in it that was not sent. */
  draft(form: string, isDirty: boolean): void {
    if (isDirty) this.drafts.add(form);
    else this.drafts.delete(form);
  }

  /** Tries again to get in. */
  enterAnew(): void {
    clearTimeout(this.nextEntry);
    this.failures = 0;
    this.change({ phase: { kind: "entering" } });
    void this.enter().then(
      () => this.look(),
      () => undefined,
    );
  }

  /** Looks now. */
  look(): Promise<void> {
    clearTimeout(this.nextLook);
    const { signal } = this.visit;
    this.looking ??= this.lookOnce().finally(() => {
      if (signal.aborted) return;
      this.looking = null;
      this.plan();
    });
    return this.looking;
  }

  /** Starts a session about the ticket. */
  start(): Promise<Outcome> {
    return this.act("start", "/sessions", "POST", {});
  }

  /** Does something with the session, as long as it is the one that is shown. */
  ofSession(key: string, path: string, method: "POST" | "PATCH" | "DELETE", body?: Record<string, unknown>): Promise<Outcome> {
    const { session } = this.shown;
    if (session === null || session === undefined) return Promise.resolve({ ok: false, problem: null });
    const whole = `/sessions/${session.id}/${path}`;
    if (body === undefined) return this.act(key, `${whole}?state_version=${session.state_version}`, method, undefined);
    return this.act(key, whole, method, { state_version: session.state_version, ...body });
  }

  /** Uses a button of a card. */
  press(card: string, action: string, fields: Record<string, string>): Promise<Outcome> {
    return this.ofSession(`${card}/${action}`, `cards/${card}/actions`, "POST", { action, fields });
  }

  /** Shows the other note. */
  showNote(kind: NoteKind): void {
    if (kind === this.shown.note.kind) return;
    this.change({ note: { ...NO_NOTE, kind } });
    void this.loadNote();
  }

  /** Has the note written of what is known now. */
  regenerate(): Promise<void> {
    return this.loadNote(true);
  }

  /** Posts the note that is shown; refused when the session has moved on since. */
  async postNote(): Promise<Outcome> {
    const { kind, preview } = this.shown.note;
    if (preview === null) return { ok: false, problem: null };
    const body = { state_version: preview.state_version, edition: preview.edition };
    return this.ofSession("post", `${NOTE_PATHS[kind]}/post`, "POST", body);
  }

  /** Drafts the time that the session took; it is shown as a card and posted from there. */
  async draftTime(): Promise<Outcome> {
    return this.ofSession("time", "time-entries", "POST", {});
  }

  /** Puts away what was said. */
  hush(): void {
    this.change({ told: null, moved: [] });
  }

  // --- getting in ---------------------------------------------------------------------------------------------

  private leave(): void {
    this.visit.abort();
    this.visit = new AbortController();
    for (const timer of [this.nextLook, this.nextEntry, this.nextNote]) clearTimeout(timer);
    this.api.forget();
    this.entering = null;
    this.looking = null;
    this.failures = 0;
    this.drafts.clear();
    this.expected = null;
  }

  /** Gets a token, once for all who ask at the same time. */
  private enter(): Promise<void> {
    const { signal } = this.visit;
    this.entering ??= this.enterOnce(signal).finally(() => {
      if (!signal.aborted) this.entering = null;
    });
    return this.entering;
  }

  private async enterOnce(signal: AbortSignal): Promise<void> {
    const { ticket } = this.shown;
    if (ticket === null) return;
    try {
      const claim = await this.host.claim();
      signal.throwIfAborted();
      const { me, ticket: record, expires_in } = await this.api.enter(claim, ticket, this.host.screen, signal);
      this.failures = 0;
      this.change({ phase: { kind: "in" }, me, record, renewing: false });
      this.enterAfter(expires_in * 800);
    } catch (error) {
      if (!signal.aborted) this.keptOut(error);
      throw error;
    }
  }

  private keptOut(error: unknown): void {
    const detail = explainEntry(error);
    if (error instanceof Problem && error.status < 500) {
      // They may see it no more: what was shown goes away with the right to see it.
      const { ticket } = this.shown;
      this.leave();
      this.shown = nothing({ kind: "refused", status: error.status, detail }, ticket);
      this.change({});
      return;
    }
    this.failures += 1;
    const since = this.shown.phase.kind === "away" ? this.shown.phase.since : Date.now();
    if (this.shown.session === undefined) this.change({ phase: { kind: "away", detail, since } });
    this.enterAfter(pause(this.failures));
  }

  private enterAfter(after: number): void {
    clearTimeout(this.nextEntry);
    this.nextEntry = setTimeout(() => {
      // Whoever looks again gets in again.
      if (!this.isResting()) void this.renew();
    }, after);
  }

  private async renew(): Promise<void> {
    await this.enter().then(
      () => this.look(),
      () => undefined,
    );
  }

  /** Does what needs a token; when it has ended, once more with a new one. */
  private async withToken<T>(does: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.visit;
    try {
      return await does(signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem) || error.status !== 401) throw error;
      this.change({ renewing: true });
      await this.enter();
      signal.throwIfAborted();
      return await does(signal);
    }
  }

  // --- looking ------------------------------------------------------------------------------------------------

  private async lookOnce(): Promise<void> {
    const { signal } = this.visit;
    if (this.shown.phase.kind !== "in") return;
    try {
      const look = await this.withToken((one) => this.api.look(one));
      this.failures = 0;
      const seen = { seenAt: Date.now(), offlineSince: null, renewing: false };
      if (!look.changed) this.change(seen);
      else this.take({ ...seen, me: look.state.me, session: look.state.session });
    } catch (error) {
      if (signal.aborted || this.shown.phase.kind !== "in") return;
      this.failures += 1;
      if (error instanceof Problem && error.status === 403) this.keptOut(error);
      else this.change({ offlineSince: this.shown.offlineSince ?? Date.now() });
    }
  }

  private take(news: Partial<Shown>): void {
    const before = this.shown.session ?? null;
    this.change(news);
    const session = this.shown.session ?? null;
    if (session === null) return;
    if (before?.id !== session.id) this.change({ note: NO_NOTE });
    // Whoever asked for a note in the thread means that one.
    if (session.open_note !== null && session.open_note !== before?.open_note) this.change({ note: { ...NO_NOTE, kind: session.open_note } });
    if (session.posting !== null && session.posting.id === this.expected && session.posting.status === "posted") {
      this.expected = null;
      this.host.refresh();
    }
    const { preview } = this.shown.note;
    if (preview?.state_version !== session.state_version || preview.being_written) this.loadNoteSoon();
  }

  private isResting(): boolean {
    return this.hiddenSince !== null && Date.now() - this.hiddenSince >= STOP_AFTER_MS;
  }

  private plan(): void {
    clearTimeout(this.nextLook);
    if (this.shown.phase.kind !== "in" || this.isResting()) return;
    const usual = this.sight.isHidden() ? HIDDEN_MS : VISIBLE_MS;
    const after = this.failures > 0 ? Math.max(usual, pause(this.failures)) : usual;
    // Ten pages that were opened together need not ask together.
    this.nextLook = setTimeout(() => void this.look(), after * (0.9 + 0.2 * Math.random()));
  }

  private seen(): void {
    if (this.sight.isHidden()) {
      this.hiddenSince ??= Date.now();
      this.plan();
      return;
    }
    this.hiddenSince = null;
    if (this.shown.phase.kind === "in") void this.look();
    else if (this.shown.phase.kind === "away") this.enterAnew();
  }

  // --- doing --------------------------------------------------------------------------------------------------

  private async act(key: string, path: string, method: string, body: unknown): Promise<Outcome> {
    if (this.shown.busy !== null) return { ok: false, problem: null };
    const { signal } = this.visit;
    const before = this.shown.session ?? null;
    this.change({ busy: key, told: null, moved: [] });
    try {
      const answer = await this.withToken((one) => this.api.ask(path, method, body, one));
      const { reply, posting } = (answer ?? {}) as { reply?: string | null; posting?: Posting | null };
      if (posting) this.expected = posting.id;
      await this.lookAfter();
      // What is told is for the ticket that it was done at.
      if (signal.aborted) return { ok: false, problem: null };
      this.change({ busy: null, told: reply ? { tone: "good", text: reply } : null });
      return { ok: true, reply: reply ?? null };
    } catch (error) {
      if (signal.aborted) return { ok: false, problem: null };
      const problem = error instanceof Problem ? error : null;
      if (problem?.status === 409) {
        await this.lookAfter();
        if (signal.aborted) return { ok: false, problem: null };
        this.change({ moved: moved(before, this.shown.session ?? null) });
      }
      const isOfAField = problem !== null && problem.errors.length > 0;
      const told: Told | null = isOfAField ? null : { tone: problem?.status === 409 ? "warn" : "bad", text: explain(error) };
      this.change({ busy: null, told });
      return { ok: false, problem };
    }
  }

  /** A look that began before what was done may not show it. */
  private async lookAfter(): Promise<void> {
    const { signal } = this.visit;
    if (this.looking !== null) await this.looking;
    if (!signal.aborted) await this.look();
  }

  // --- the note -----------------------------------------------------------------------------------------------

  private loadNoteSoon(): void {
    clearTimeout(this.nextNote);
    this.nextNote = setTimeout(() => void this.loadNote(), DEBOUNCE_MS);
  }

  /** By itself the page shows what is there; only a click has a model write. */
  private async loadNote(writes = false): Promise<void> {
    clearTimeout(this.nextNote);
    const { session, note } = this.shown;
    if (session === null || session === undefined) return;
    const { kind } = note;
    const { signal } = this.visit;
    const isWanted = (): boolean => !signal.aborted && this.shown.session?.id === session.id && this.shown.note.kind === kind;
    this.change({ note: { ...note, loading: true, problem: null } });
    try {
      const path = `/sessions/${session.id}/${NOTE_PATHS[kind]}/preview${writes ? "" : "?write=false"}`;
      const preview = (await this.withToken((one) => this.api.ask(path, "POST", {}, one))) as Preview;
      if (!isWanted()) return;
      this.change({ note: { kind, preview, loading: false, problem: null } });
      // It is newer than what is shown around it.
      if (preview.state_version > (this.shown.session?.state_version ?? 0)) void this.look();
    } catch (error) {
      if (isWanted()) this.change({ note: { ...this.shown.note, loading: false, problem: explain(error) } });
    }
  }

  private change(news: Partial<Shown>): void {
    this.shown = { ...this.shown, ...news };
    for (const listener of this.listeners) listener();
  }
}

/** Longer with each failure, up to a minute. */
function pause(failures: number): number {
  return Math.min(VISIBLE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

function explainEntry(error: unknown): string {
  if (error instanceof Silent) return error.message;
  if (error instanceof Unreachable) return "FlowPilot does not answer.";
  return explain(error);
}
