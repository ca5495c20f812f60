/** Keeps a `Conversation` in step with the server, and sends what the member says and presses. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { explain } from "../api/problem";
import type { Member } from "../api/types";
import { type Conversation, converse, emptyConversation, type Outgoing, type Sending } from "./conversation";
import { useLive, useServerEvents } from "./live";
import { whyNot } from "./members";

/** A reply that takes longer than this is no longer announced as being on its way. */
const LATE_MS = 30_000;

export interface Talk {
  conversation: Conversation;
  /** Why this member can send nothing; null for those who can. */
  whyNot: string | null;
  /** Starts a thread and answers its id at once; the server may choose another (see `accepted`). */
  open: (ticketId: string | null, text: string | null) => string;
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
  loadMessages: (thread: string) => void;
  loadThreads: () => void;
}

export function useConversation(member: Member): Talk {
  const { client } = useLive();
  const [conversation, change] = useReducer(converse, emptyConversation);
  const timers = useRef(new Set<number>());

  useEffect(() => {
    const pending = timers.current;
    return () => pending.forEach((timer) => clearTimeout(timer));
  }, []);

  const loadThreads = useCallback(() => {
    client.threads().then(
      (threads) => change({ type: "threads-loaded", threads }),
      () => change({ type: "threads-failed" }),
    );
  }, [client]);

  const loadMessages = useCallback(
    (thread: string) => {
      change({ type: "messages-loading", thread });
      client.messages(thread).then(
        (messages) => change({ type: "messages-loaded", thread, messages }),
        () => change({ type: "messages-failed", thread }),
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
        const { ticketId, text } = what;
        opened = await client.openThread({ id, ...(ticketId && { ticket_id: ticketId }), ...(text && { text }) });
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
    else if (event.type === "reset" || event.type === "opened") loadThreads();
  });

  useEffect(loadThreads, [loadThreads]);

  return useMemo(
    () => ({
      conversation,
      whyNot: whyNot(member),
      open(ticketId, text) {
        const id = crypto.randomUUID();
        send(id, id, { kind: "open", ticketId, text });
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
      loadThreads,
    }),
    [conversation, member, send, transmit, loadMessages, loadThreads],
  );
}

