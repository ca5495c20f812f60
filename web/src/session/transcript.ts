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

/** `before` is what this made of the session when it was read last. */
export function transcript(session: string, { words, cards }: Read, told: readonly Told[], before: readonly Message[]): Message[] {
  const known = new Map(before.map((message) => [message.id, message]));
  // What the copilot said is there as a card. Ids of words and cards sort in the order in which they were made.
  const people = words.filter(({ author }) => author !== "copilot");
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

function fromWords({ id, author_name, text, created_at }: SessionMessage): Unplaced {
  const author = { kind: "member", name: author_name ?? "Somebody" } as const;
  return { id, author, html: null, text, card: null, private: false, created_at, edited_at: null };
}

function fromCard({ id, card, body_html, plain, revision, created_at, updated_at }: SessionCard): Unplaced {
  const { kind, title, fields, badge, actions, state } = card;
  const view = { id, kind, title, body_html, fields, badge, actions, state, plain };
  return { id, author: COPILOT, html: null, card: view, private: false, created_at, edited_at: revision > 1 ? updated_at : null };
}

function fromTold({ id, at, html, text }: Told): Unplaced {
  return { id, author: COPILOT, html, ...(text !== undefined && { text }), card: null, private: true, created_at: at, edited_at: null };
}

/** Changes with everything that is shown of a message. */
function version({ edited_at, text, author }: Message): string {
  return `${edited_at ?? 0} ${author.name} ${text ?? ""}`;
}
