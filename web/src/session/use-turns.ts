/** What this member says and presses in sessions, through the API: the answer to each says that it is done. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Client } from "../api/client";
import { explain, Problem } from "../api/problem";
import type { Member, Turn } from "../api/types";
import type { Outgoing, Sending } from "../console/conversation";
import type { LogTalk } from "../console/log";
import { whyNot } from "../console/members";
import type { Read, Told } from "./transcript";

export interface SessionTalk extends LogTalk {
  say: (session: string, text: string) => void;
}

type Press = Extract<Sending, { kind: "press" }>;

/** `read` is the session that is open, as it was read last. */
export function useTurns(client: Client, member: Member, read: Read | null, reload: () => void) {
  const [outgoing, setOutgoing] = useState<Outgoing[]>([]);
  const [told, setTold] = useState<(Told & { session: string })[]>([]);
  const latest = useRef(read);

  useEffect(() => {
    latest.current = read;
    // What was done is in what was read since.
    setOutgoing((all) => all.filter(({ status }) => status !== "accepted"));
  }, [read]);

  const tell = useCallback((session: string, words: Pick<Told, "html" | "text">): void => {
    setTold((all) => [...all, { session, id: crypto.randomUUID(), at: Date.now(), ...words }]);
  }, []);
  const drop = useCallback((id: string): void => setOutgoing((all) => all.filter((one) => one.id !== id)), []);
  const mark = useCallback((id: string, status: Outgoing["status"], error: string | null = null): void => {
    setOutgoing((all) => all.map((one) => (one.id === id ? { ...one, status, error } : one)));
  }, []);

  const perform = useCallback(
    async (id: string, session: string, what: Sending): Promise<Turn> => {
      const sent = newOutgoing(id, session, member.name, what);
      setOutgoing((all) => [...all.filter((one) => one.id !== id), sent]);
      const turn = await (what.kind === "press"
        ? client.pressInSession(session, what.cardId, what.action, what.fields)
        : client.sayInSession(session, id, what.text ?? ""));
      mark(id, "accepted");
      reload();
      return turn;
    },
    [client, member.name, mark, reload],
  );

  const send = useCallback(
    (id: string, session: string, what: Sending): void => {
      const done = ({ reply_html }: Turn): void => {
        if (reply_html !== null) tell(session, { html: reply_html });
      };
      const refused = (error: unknown): void => {
        if (what.kind !== "press" || !(error instanceof Problem)) return mark(id, "failed", explain(error));
        // Somebody else was first, or the card has changed: it is drawn as it is now.
        drop(id);
        tell(session, { html: null, text: explain(error) });
        reload();
      };
      perform(id, session, what).then(done, refused);
    },
    [perform, tell, drop, mark, reload],
  );

  /** For a form that stays open until the server agrees. Answers what is shown once, and kept nowhere. */
  const submit = useCallback(
    async (id: string, session: string, press: Omit<Press, "kind">): Promise<string | null> => {
      const secret = takesSecret(latest.current, press);
      try {
        const { reply, reply_html } = await perform(id, session, { kind: "press", ...press });
        if (secret || reply_html === null) return reply;
        tell(session, { html: reply_html });
        return null;
      } catch (error) {
        drop(id);
        throw error;
      }
    },
    [perform, tell, drop],
  );

  const talk: SessionTalk = useMemo(
    () => ({
      whyNot: whyNot(member),
      say: (session, text) => send(crypto.randomUUID(), session, { kind: "text", text }),
      press: (session, press) => send(crypto.randomUUID(), session, { kind: "press", ...press }),
      submit,
      tryAgain: ({ id, thread, what }) => send(id, thread, what),
      discard: drop,
      loadMessages: reload,
    }),
    [member, send, submit, drop, reload],
  );
  return { outgoing, told, talk };
}

function takesSecret(read: Read | null, { cardId, action }: Omit<Press, "kind">): boolean {
  const card = read?.cards.find(({ id }) => id === cardId)?.card;
  return card?.actions.some(({ id, inputs }) => id === action && inputs.some(({ kind }) => kind === "secret")) ?? false;
}

function newOutgoing(id: string, thread: string, author: string, what: Sending): Outgoing {
  return { id, thread, author, at: Date.now(), after: 0, cardVersion: 0, status: "sending", echoedAt: null, late: false, error: null, what };
}
