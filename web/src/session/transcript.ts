/**
 * A session's words and cards as one thread, in the order in which they came.
 *
 * Always holds: a message that did not change is the same object as before, so that only what
 * changed is drawn again.
 */
import type { Message, SessionCard, SessionMessage } from "../api/types";

/** What only this member was told, by this page: the server keeps it nowhere. */
export interface Told {
  id: string;
  at: number;
  /** Sanitised by the server. */
  html: string | null;
  /** Where there is no HTML. */
  text?: string;
}

export interface Read {
  words: readonly SessionMessage[];
  cards: readonly SessionCard[];
}

const COPILOT: Message["author"] = { kind: "copilot", name: "FlowPilot" };

/**
 * `before` is what this made of the session when it was read last. `answers`: whether the answers of a
 * model are words of the thread there, and not cards.
 */
export function transcript(session: string, { words, cards }: Read, told: readonly Told[], before: readonly Message[], answers = false): Message[] {
  const known = new Map(before.map((message) => [message.id, message]));
  // What the copilot said is there as a card. Ids of words and cards sort in the order in which they were made.
  const people = words.filter(({ author, by_ai }) => author !== "copilot" || (answers && by_ai !== null));
  const thread = [...people.map(fromWords), ...cards.map(fromCard)].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const one of told) {
    const later = thread.findIndex(({ created_at }) => created_at > one.at);
    thread.splice(later < 0 ? thread.length : later, 0, fromTold(one));
  }
  return thread.map((message, i) => {
    const now = { ...message, thread: session, seq: i + 1 };
    const then = known.get(now.id);
    if (then === undefined || version(then) !== version(now)) return now;
    return then.seq === now.seq ? then : { ...then, seq: now.seq };
  });
}

type Unplaced = Omit<Message, "thread" | "seq">;

function fromWords({ id, author, author_name, text, html, created_at, by_ai }: SessionMessage): Unplaced {
  const who = author === "copilot" ? COPILOT : ({ kind: "member", name: author_name ?? "Somebody" } as const);
  return { id, author: who, html, ...(html === null && { text }), card: null, answer: by_ai?.answer_id ?? null, private: false, created_at, edited_at: null };
}

function fromCard({ id, card, body_html, plain, revision, created_at, updated_at }: SessionCard): Unplaced {
  const { kind, title, fields, badge, actions, state, feedback_on = null } = card;
  const view = { id, kind, title, body_html, fields, badge, actions, state, plain, feedback_on };
  return { id, author: COPILOT, html: null, card: view, private: false, created_at, edited_at: revision > 1 ? updated_at : null };
}

function fromTold({ id, at, html, text }: Told): Unplaced {
  return { id, author: COPILOT, html, ...(text !== undefined && { text }), card: null, private: true, created_at: at, edited_at: null };
}

/** Changes with everything that is shown of a message. */
function version({ edited_at, text, author }: Message): string {
  return `${edited_at ?? 0} ${author.name} ${text ?? ""}`;
}
