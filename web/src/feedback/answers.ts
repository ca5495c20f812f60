/** The answers of a model in a session, with what the acting member thinks of each. */
import { useCallback, useEffect } from "react";
import type { Feedback, Message, SessionMessage } from "../api/types";
import { useLive } from "../console/live";
import { useFetched } from "../console/use-fetched";

/** By the answer's id; one that is still being written is not there. */
export type Answers = ReadonlyMap<string, { message: string; feedback: Feedback | null }>;

/** An answer is in the transcript a moment after its last word is in the thread. */
const SETTLE_MS = 500;
const NONE: Answers = new Map();

export function answersIn(words: readonly SessionMessage[]): Answers {
  return new Map(words.flatMap(({ id, by_ai }) => (by_ai === null ? [] : [[by_ai.answer_id, { message: id, feedback: by_ai.feedback }] as const])));
}

/** Reads the transcript of a console's session, where its thread shows answers: only that knows their messages. */
export function useAnswers(session: string | null, messages: readonly Message[]): Answers {
  const { client } = useLive();
  const shown = messages.filter(({ answer }) => (answer ?? null) !== null);
  // Changes with each answer that is added or grows.
  const version = shown.map(({ id, edited_at }) => `${id} ${edited_at ?? 0}`).join();
  const any = shown.length > 0;
  const load = useCallback(async (signal: AbortSignal) => answersIn(session === null ? [] : await client.transcript(session, signal)), [client, session]);
  const { value, reload } = useFetched(session !== null && any ? load : null);
  useEffect(() => {
    if (version === "") return undefined;
    const timer = setTimeout(reload, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [version, reload]);
  return value ?? NONE;
}
