/**
 * Threads, their messages, and what this page has sent but not yet seen come back.
 *
 * Always holds: a message appears once, in the order of `seq`, in its newest version, whichever of
 * the event stream and a request brought it first. A sent thing stays in `outgoing` until the
 * thread itself shows it, so that nothing disappears between the two.
 */
import type { Message, Page, Thread } from "../api/types";
import { type TicketKey, ticketKey } from "./ticket-key";
import { arrived, begun, doubted, missing, type Reading, unread } from "./reading";

export type Sending =
  | { kind: "open"; ticket: TicketKey | null; text: string | null }
  | { kind: "text"; text: string }
  | { kind: "press"; cardId: string; action: string; label: string; fields: Record<string, string> | null };

export interface Outgoing {
  /** Made here and kept when trying again, so that the server does the work once. */
  id: string;
  thread: string;
  author: string;
  at: number;
  /** The last `seq` of the thread when this was sent: what follows may be the reply. */
  after: number;
  /** For a press: the version of the card that was pressed. An edit of it is the reply. */
  cardVersion: number;
  status: "sending" | "accepted" | "failed";
  /** Since when the thread shows the words itself: only the copilot's reply is awaited. */
  echoedAt: number | null;
  /** The reply is late: no longer shown as being worked on. */
  late: boolean;
  error: string | null;
  what: Sending;
}

export interface Conversation {
  threads: Record<string, Thread>;
  threadsRead: Reading;
  /** Threads that were looked for by id, as they are not among those that were read. */
  lookups: Record<string, "loading" | "absent" | "failed">;
  /** All that is known: also edits of messages before those that were read (see `inOrder`). */
  messages: Record<string, Message[]>;
  messagesRead: Record<string, Reading>;
  outgoing: Outgoing[];
  /** The newest `updated_at` of each thread that was on screen. */
  seen: Record<string, number>;
}

export const emptyConversation: Conversation = {
  threads: {},
  threadsRead: unread,
  lookups: {},
  messages: {},
  messagesRead: {},
  outgoing: [],
  seen: {},
};

/** `cursor` names the page that is meant; null is the newest. "missed": live events may have been. */
export type Change =
  | { type: "missed" }
  | { type: "threads-loading"; cursor: string | null }
  | { type: "threads-loaded"; cursor: string | null; page: Page<Thread> }
  | { type: "threads-failed"; cursor: string | null }
  | { type: "thread-lookup"; thread: string; state: "loading" | "absent" | "failed" }
  | { type: "thread-found"; thread: Thread }
  | { type: "thread-changed"; thread: Thread }
  | { type: "thread-seen"; thread: string }
  | { type: "messages-loading"; thread: string; cursor: string | null }
  | { type: "messages-loaded"; thread: string; cursor: string | null; page: Page<Message> }
  | { type: "messages-failed"; thread: string; cursor: string | null }
  | { type: "message-arrived"; thread: string; message: Message }
  | { type: "sent"; outgoing: Pick<Outgoing, "id" | "thread" | "author" | "at" | "what"> }
  | { type: "accepted"; id: string; thread: string | null }
  | { type: "failed"; id: string; error: string }
  | { type: "late"; id: string }
  | { type: "discarded"; id: string };

export function converse(state: Conversation, change: Change): Conversation {
  switch (change.type) {
    case "missed":
      return withDoubts(state);
    case "threads-loading":
      return { ...state, threadsRead: begun(state.threadsRead, change.cursor, newestThread(state)) };
    case "threads-loaded":
      return withThreads(state, change.cursor, change.page);
    case "threads-failed":
      return { ...state, threadsRead: missing(state.threadsRead, change.cursor) };
    case "thread-lookup":
      return { ...state, lookups: { ...state.lookups, [change.thread]: change.state } };
    case "thread-found":
      return withFound(state, change.thread);
    case "thread-changed":
      return { ...state, threads: { ...state.threads, [change.thread.id]: change.thread } };
    case "thread-seen":
      return withSeen(state, change.thread);
    case "messages-loading":
      return withReading(state, change.thread, (reading) => begun(reading, change.cursor, newestMessage(state, change.thread)));
    case "messages-loaded":
      return withMessages(state, change.thread, change.cursor, change.page);
    case "messages-failed":
      return withReading(state, change.thread, (reading) => missing(reading, change.cursor));
    case "message-arrived":
      return withMessage(state, change.message);
    case "sent":
      return withSent(state, change.outgoing);
    case "accepted":
      return withAccepted(state, change.id, change.thread);
    case "failed":
      return withFailed(state, change.id, change.error);
    case "late":
      return withLate(state, change.id);
    case "discarded":
      return { ...state, outgoing: state.outgoing.filter(({ id }) => id !== change.id) };
  }
}

/** What was sent to `thread` and is still being worked on. */
export function awaited(state: Conversation, thread: string): boolean {
  return state.outgoing.some((o) => o.thread === thread && !o.late && (o.status === "accepted" || o.echoedAt !== null));
}

/** Of all messages that are known of a thread, those that follow one another without a gap. */
export function inOrder(messages: readonly Message[], { from }: Reading): Message[] {
  return messages.filter((message) => message.seq >= from);
}

/** Something happened in `thread` that was not on screen since. */
export function unseen(state: Conversation, thread: Thread): boolean {
  return thread.updated_at > (state.seen[thread.id] ?? Infinity);
}

/** The thread that each ticket was last worked in. */
export function threadsByTicket(threads: Conversation["threads"]): Map<TicketKey, Thread> {
  const oldestFirst = Object.values(threads).sort((a, b) => a.updated_at - b.updated_at);
  return new Map(
    oldestFirst.flatMap((thread) => {
      const key = ticketOfThread(thread);
      return key === null ? [] : [[key, thread]];
    }),
  );
}

export function ticketOfThread({ ticket_id, connection_id }: Thread): TicketKey | null {
  return ticket_id === null ? null : ticketKey(connection_id, ticket_id);
}

/** Of every thread: those that are not open now are read again when they are. */
function withDoubts(state: Conversation): Conversation {
  const messagesRead = Object.entries(state.messagesRead).map(([id, reading]) => [id, doubted(reading, newestMessage(state, id))] as const);
  return { ...state, threadsRead: doubted(state.threadsRead, newestThread(state)), messagesRead: Object.fromEntries(messagesRead) };
}

function withThreads(state: Conversation, cursor: string | null, page: Page<Thread>): Conversation {
  const threadsRead = arrived(state.threadsRead, cursor, page, oldestOf(page.items, updatedAt));
  // After a gap, what is older may have changed unnoticed. Whoever has it open looks for it again.
  const { from } = threadsRead;
  const kept = Object.values(state.threads).filter((thread) => from <= state.threadsRead.from || thread.updated_at >= from);
  const threads = Object.fromEntries(kept.map((thread) => [thread.id, thread]));
  for (const thread of page.items) {
    const known = threads[thread.id];
    if (known === undefined || known.updated_at <= thread.updated_at) threads[thread.id] = thread;
  }
  // What is not there stays so; what could not be read is looked for again.
  const lookups = Object.fromEntries(Object.entries(state.lookups).filter(([, lookup]) => lookup === "absent"));
  return { ...state, threads, threadsRead, lookups, seen: withoutNews(state.seen, page.items) };
}

function withFound(state: Conversation, thread: Thread): Conversation {
  const { [thread.id]: _, ...lookups } = state.lookups;
  const known = state.threads[thread.id];
  const newest = known === undefined || known.updated_at <= thread.updated_at ? thread : known;
  return { ...state, threads: { ...state.threads, [thread.id]: newest }, lookups, seen: withoutNews(state.seen, [thread]) };
}

/** What was there when this page first read it is not news. */
function withoutNews(seen: Conversation["seen"], read: Thread[]): Conversation["seen"] {
  return { ...Object.fromEntries(read.map((thread) => [thread.id, thread.updated_at])), ...seen };
}

const seq = (message: Message): number => message.seq;
const updatedAt = (thread: Thread): number => thread.updated_at;

function newestThread({ threads }: Conversation): number {
  return Object.values(threads).reduce((newest, thread) => Math.max(newest, thread.updated_at), -Infinity);
}

function newestMessage({ messages }: Conversation, thread: string): number {
  return messages[thread]?.at(-1)?.seq ?? -Infinity;
}

function oldestOf<T>(items: readonly T[], place: (item: T) => number): number {
  return items.reduce((oldest, item) => Math.min(oldest, place(item)), Infinity);
}

function withSeen(state: Conversation, id: string): Conversation {
  const updatedAt = state.threads[id]?.updated_at;
  if (updatedAt === undefined || state.seen[id] === updatedAt) return state;
  return { ...state, seen: { ...state.seen, [id]: updatedAt } };
}

function withReading(state: Conversation, thread: string, change: (reading: Reading) => Reading): Conversation {
  return { ...state, messagesRead: { ...state.messagesRead, [thread]: change(state.messagesRead[thread] ?? unread) } };
}

function withMessages(state: Conversation, thread: string, cursor: string | null, page: Page<Message>): Conversation {
  const read = withReading(state, thread, (reading) => arrived(reading, cursor, page, oldestOf(page.items, seq)));
  return page.items.reduce(withMessage, read);
}

function withMessage(state: Conversation, message: Message): Conversation {
  const known = state.messages[message.thread] ?? [];
  const at = known.findIndex(({ id }) => id === message.id);
  const previous = known[at];
  if (previous !== undefined && version(previous) > version(message)) return state;
  const messages =
    previous === undefined
      ? [...known, message].sort((a, b) => a.seq - b.seq)
      : known.map((m) => (m.id === message.id ? message : m));
  return {
    ...state,
    messages: { ...state.messages, [message.thread]: messages },
    outgoing: state.outgoing.flatMap((o) => (o.thread === message.thread ? settled(o, messages) : [o])),
  };
}

function version(message: Message): number {
  return message.edited_at ?? message.created_at;
}

/** What is left of `sent` now that its thread has `messages`: itself, itself echoed, or nothing. */
function settled(sent: Outgoing, messages: readonly Message[]): Outgoing[] {
  const { what } = sent;
  if (sent.status === "failed") return [sent];
  if (what.kind === "press") {
    const edited = (message: Message): boolean => message.card?.id === what.cardId && version(message) > sent.cardVersion;
    return messages.some((message) => edited(message) || isReply(sent, message)) ? [] : [sent];
  }
  const echo = sent.echoedAt === null ? messages.find((message) => isEcho(sent, message)) : undefined;
  const shown = echo === undefined ? sent : { ...sent, echoedAt: echo.created_at, late: false };
  const answerable = shown.echoedAt !== null || shown.status === "accepted";
  return answerable && messages.some((message) => isReply(shown, message)) ? [] : [shown];
}

/** What the copilot said, or changed, since: `/fact` is answered by the session's card alone. */
function isReply({ after, echoedAt }: Outgoing, { author, seq, edited_at }: Message): boolean {
  return author.kind !== "member" && (seq > after || (echoedAt !== null && (edited_at ?? 0) >= echoedAt));
}

function isEcho(sent: Outgoing, message: Message): boolean {
  if (message.id === sent.id) return true;
  const words = sent.what.kind === "press" ? null : sent.what.text;
  if (words === null || message.author.name !== sent.author || message.seq <= sent.after) return false;
  return message.html !== null && normalised(plainText(message.html)) === normalised(words);
}

function plainText(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };
  return html.replace(/<[^>]*>/g, " ").replace(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all);
}

/** Markdown marks may be gone after rendering, so only letters and digits are compared. */
function normalised(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
}

function withSent(state: Conversation, sent: Pick<Outgoing, "id" | "thread" | "author" | "at" | "what">): Conversation {
  const again = state.outgoing.find(({ id }) => id === sent.id);
  if (again !== undefined) {
    return replace(state, { ...again, status: "sending", error: null, late: false });
  }
  const messages = state.messages[sent.thread] ?? [];
  const { what } = sent;
  const pressed = what.kind === "press" ? messages.find(({ card }) => card?.id === what.cardId) : undefined;
  const outgoing: Outgoing = {
    ...sent,
    after: messages.at(-1)?.seq ?? -1,
    cardVersion: pressed === undefined ? 0 : version(pressed),
    status: "sending",
    echoedAt: null,
    late: false,
    error: null,
  };
  return { ...state, outgoing: [...state.outgoing, outgoing] };
}

function withAccepted(state: Conversation, id: string, thread: string | null): Conversation {
  const sent = state.outgoing.find((o) => o.id === id);
  if (sent === undefined) return state;
  const accepted: Outgoing = { ...sent, thread: thread ?? sent.thread, status: "accepted" };
  // The answer can be here before the acknowledgement of what it answers.
  const [left] = settled(accepted, state.messages[accepted.thread] ?? []);
  return left === undefined ? converse(state, { type: "discarded", id }) : replace(state, left);
}

function withFailed(state: Conversation, id: string, error: string): Conversation {
  const sent = state.outgoing.find((o) => o.id === id);
  if (sent === undefined) return state;
  // The connection broke after the server had it: the thread shows it, so it did not fail.
  if (sent.echoedAt !== null) return replace(state, { ...sent, status: "accepted" });
  return replace(state, { ...sent, status: "failed", error });
}

function withLate(state: Conversation, id: string): Conversation {
  const sent = state.outgoing.find((o) => o.id === id);
  if (sent?.status !== "accepted") return state;
  const onlyHere = sent.what.kind !== "press" && sent.echoedAt === null && (sent.what.kind === "text" || !(sent.thread in state.messages));
  return onlyHere ? replace(state, { ...sent, late: true }) : converse(state, { type: "discarded", id });
}

function replace(state: Conversation, sent: Outgoing): Conversation {
  return { ...state, outgoing: state.outgoing.map((o) => (o.id === sent.id ? sent : o)) };
}
