/** Keeps a `Conversation` in step with the server, and sends what the member says and presses. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { explain, Problem } from "../api/problem";
import type { Member, NewThread } from "../api/types";
import { type Conversation, converse, emptyConversation, type Outgoing, type Sending } from "./conversation";
import { useLive, useServerEvents } from "./live";
import { whyNot } from "./members";
import { partsOf, type TicketKey } from "./ticket-key";

/** A reply that takes longer than this is no longer announced as being on its way. */
const LATE_MS = 30_000;

export interface Talk {
  conversation: Conversation;
  /** Why this member can send nothing; null for those who can. */
  whyNot: string | null;
  /** Starts a thread and answers its id at once; the server may choose another (see `accepted`). */
  open: (ticket: TicketKey | null, text: string | null) => string;
  say: (thread: string, text: string) => void;
  press: (thread: string, press: Omit<Extract<Sending, { kind: "press" }>, "kind">) => void;
  /**
   * As `press`, for a form that stays open until the server agrees: errors are thrown. Answers what
   * only this member is told, where the form took a secret.
   */
  submit: (id: string, thread: string, press: Omit<Extract<Sending, { kind: "press" }>, "kind">) => Promise<string | null>;
  tryAgain: (outgoing: Outgoing) => void;
  discard: (id: string) => void;
  markSeen: (thread: string) => void;
  /** The newest messages, or the page that `cursor` leads to. */
  loadMessages: (thread: string, cursor: string | null) => void;
  /** The newest threads, or those that `cursor` leads to. */
  loadThreads: (cursor: string | null) => void;
  /** Looks for one that is not among those that were read. */
  findThread: (thread: string) => void;
}

export function useConversation(member: Member): Talk {
  const { client } = useLive();
  const [conversation, change] = useReducer(converse, emptyConversation);
  const timers = useRef(new Set<number>());

  useEffect(() => {
    const pending = timers.current;
    return () => pending.forEach((timer) => clearTimeout(timer));
  }, []);

  const newestThreads = useLatest();
  const newestMessages = useLatest();

  const loadThreads = useCallback(
    async (cursor: string | null): Promise<void> => {
      const signal = cursor === null ? newestThreads() : undefined;
      change({ type: "threads-loading", cursor });
      try {
        const page = await client.threads(cursor, signal);
        if (signal?.aborted) return;
        change({ type: "threads-loaded", cursor, page });
        // Who asked for more sees those without a ticket: on to the first.
        const more = cursor === null || page.items.some(({ ticket_id }) => ticket_id === null) ? null : page.next_cursor;
        if (more !== null) await loadThreads(more);
      } catch {
        if (!signal?.aborted) change({ type: "threads-failed", cursor });
      }
    },
    [client, newestThreads],
  );

  const loadMessages = useCallback(
    (thread: string, cursor: string | null) => {
      const signal = cursor === null ? newestMessages() : undefined;
      change({ type: "messages-loading", thread, cursor });
      client.messages(thread, cursor, signal).then(
        (page) => signal?.aborted || change({ type: "messages-loaded", thread, cursor, page }),
        () => signal?.aborted || change({ type: "messages-failed", thread, cursor }),
      );
    },
    [client, newestMessages],
  );

  const findThread = useCallback(
    (thread: string) => {
      change({ type: "thread-lookup", thread, state: "loading" });
      client.thread(thread).then(
        (found) => change({ type: "thread-found", thread: found }),
        (error: unknown) => {
          const absent = error instanceof Problem && error.status === 404;
          change({ type: "thread-lookup", thread, state: absent ? "absent" : "failed" });
        },
      );
    },
    [client],
  );

  const transmit = useCallback(
    async (id: string, thread: string, what: Sending): Promise<string | null> => {
      change({ type: "sent", outgoing: { id, thread, author: member.name, at: Date.now(), what } });
      let opened: string | null = null;
      let reply: string | null = null;
      if (what.kind === "open") {
        opened = await client.openThread({ id, ...(what.ticket !== null && ticketFields(what.ticket)), ...(what.text && { text: what.text }) });
      } else if (what.kind === "text") {
        await client.say(thread, id, what.text);
      } else {
        const { cardId, action, fields } = what;
        reply = await client.press(thread, { id, card_id: cardId, action, ...(fields && { fields }) });
      }
      // A reply says that it is done, not only accepted.
      if (reply !== null) {
        change({ type: "discarded", id });
        return reply;
      }
      change({ type: "accepted", id, thread: opened });
      timers.current.add(window.setTimeout(() => change({ type: "late", id }), LATE_MS));
      return null;
    },
    [client, member.name],
  );

  const send = useCallback(
    (id: string, thread: string, what: Sending) => {
      transmit(id, thread, what).catch((error: unknown) => change({ type: "failed", id, error: explain(error) }));
    },
    [transmit],
  );

  useServerEvents((event) => {
    if (event.type === "message") change({ type: "message-arrived", thread: event.thread, message: event.message });
    else if (event.type === "thread") change({ type: "thread-changed", thread: event.thread });
    else if (event.type === "reset" || event.type === "opened") {
      change({ type: "missed" });
      void loadThreads(null);
    }
  });

  useEffect(() => void loadThreads(null), [loadThreads]);

  return useMemo(
    () => ({
      conversation,
      whyNot: whyNot(member),
      open(ticket, text) {
        const id = crypto.randomUUID();
        send(id, id, { kind: "open", ticket, text });
        return id;
      },
      say: (thread, text) => send(crypto.randomUUID(), thread, { kind: "text", text }),
      press: (thread, press) => send(crypto.randomUUID(), thread, { kind: "press", ...press }),
      async submit(id, thread, press) {
        try {
          return await transmit(id, thread, { kind: "press", ...press });
        } catch (error) {
          change({ type: "discarded", id });
          throw error;
        }
      },
      tryAgain: ({ id, thread, what }) => send(id, thread, what),
      discard: (id) => change({ type: "discarded", id }),
      markSeen: (thread) => change({ type: "thread-seen", thread }),
      loadMessages,
      loadThreads: (cursor) => void loadThreads(cursor),
      findThread,
    }),
    [conversation, member, send, transmit, loadMessages, loadThreads, findThread],
  );
}

function ticketFields(ticket: TicketKey): Pick<NewThread, "ticket_id" | "connection_id"> {
  const { connection, id } = partsOf(ticket);
  return { ticket_id: id, ...(connection !== null && { connection_id: connection }) };
}

/** For requests of which only the latest counts: starting one ends the one before. */
function useLatest(): () => AbortSignal {
  const running = useRef<AbortController | null>(null);
  return useCallback(() => {
    running.current?.abort();
    running.current = new AbortController();
    return running.current.signal;
  }, []);
}

