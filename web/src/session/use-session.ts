/** One session of another platform: read, and kept in step with the server. */
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Client } from "../api/client";
import type { Attachment, Member, Message, SessionDetail } from "../api/types";
import type { Outgoing } from "../console/conversation";
import { useLive, useServerEvents } from "../console/live";
import { useFetched } from "../console/use-fetched";
import { byMessage } from "./attachment";
import { isChat } from "./platform";
import { type Read, transcript } from "./transcript";
import { type Answers, answersIn } from "../feedback/answers";
import { type SessionTalk, useTurns } from "./use-turns";

/** A turn makes several changes: one request is enough for all of them. */
const SETTLE_MS = 60;
/** Another process of the server may change it, of which no event tells. */
const LOOK_MS = 2_000;

export interface SessionOnScreen {
  /** Null while it is being read. */
  detail: SessionDetail | null;
  messages: Message[];
  /** By the message that they came with. */
  files: Map<string, Attachment[]>;
  /** The answers of a model, by their id. */
  answers: Answers;
  outgoing: Outgoing[];
  error: unknown;
  reload: () => void;
  talk: SessionTalk;
}

interface Whole extends Read {
  detail: SessionDetail;
  files: Map<string, Attachment[]>;
}

const NO_FILES = new Map<string, Attachment[]>();

/** `id` null: none is open. */
export function useSession(id: string | null, member: Member): SessionOnScreen {
  const { client } = useLive();
  const load = useMemo(() => (id === null ? null : (signal: AbortSignal) => readAll(client, id, signal)), [client, id]);
  const { value, error, reload } = useFetched(load);
  useChanges(client, id, reload);
  const { outgoing, told, talk } = useTurns(client, member, value, reload);

  const drawn = useRef<readonly Message[]>([]);
  const messages = useMemo(
    () => (id === null || value === null ? [] : transcript(id, value, told.filter(({ session }) => session === id), drawn.current, isChat(value.detail.platform))),
    [id, value, told],
  );
  useEffect(() => {
    drawn.current = messages;
  }, [messages]);
  const answers = useMemo(() => answersIn(value?.words ?? []), [value]);
  return { detail: value?.detail ?? null, messages, answers, files: value?.files ?? NO_FILES, outgoing: outgoing.filter(({ thread }) => thread === id), error, reload, talk };
}

async function readAll(client: Client, id: string, signal: AbortSignal): Promise<Whole> {
  // First: what changes meanwhile is then seen as a change.
  const detail = await client.session(id, signal);
  const [words, cards, files] = await Promise.all([client.transcript(id, signal), client.sessionCards(id, signal), client.attachments(id, signal)]);
  return { detail, words, cards, files: byMessage(files) };
}

/** Reads the session anew when it changed, whoever says so. */
function useChanges(client: Client, id: string | null, reload: () => void): void {
  const timer = useRef<number | undefined>(undefined);
  const soon = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(reload, SETTLE_MS);
  }, [reload]);
  useEffect(() => () => clearTimeout(timer.current), [id]);
  useServerEvents((event) => {
    if (event.type === "reset" || event.type === "opened" || (event.type === "session" && event.session.id === id)) soon();
  });
  useEffect(() => {
    if (id === null) return undefined;
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      client.sessionMoved(id).then(
        (moved) => moved && soon(),
        () => undefined,
      );
    };
    const every = setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(every);
      document.removeEventListener("visibilitychange", look);
    };
  }, [client, id, soon]);
}
