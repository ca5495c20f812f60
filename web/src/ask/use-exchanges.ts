/** One conversation on screen: read once, then followed for as long as an answer is being written. */
import { createParser } from "eventsource-parser";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Client } from "../api/client";
import type { Exchange } from "../api/types";
import { grown, merged, open } from "./exchanges";

/** Before the stream is opened again that broke. */
const AGAIN_MS = 2_000;

export interface Exchanges {
  /** Null before the first answer of the server. */
  items: Exchange[] | null;
  error: unknown;
  /** How the page before stands; null where there is none. */
  more: "ready" | "loading" | "failed" | null;
  before: () => void;
  reload: () => void;
}

interface State {
  items: Exchange[] | null;
  error: unknown;
  cursor: string | null;
  loading: boolean;
}

const NOTHING: State = { items: null, error: null, cursor: null, loading: true };

/** Keyed by the conversation: another one begins with nothing. */
export function useExchanges(client: Client, conversation: string): Exchanges {
  const [state, setState] = useState<State>(NOTHING);
  const running = useRef<AbortController | null>(null);

  const read = useCallback(
    (cursor: string | null) => {
      running.current?.abort();
      const request = new AbortController();
      running.current = request;
      setState((before) => ({ ...before, error: null, loading: true }));
      client.exchanges(conversation, cursor, request.signal).then(
        (page) => {
          if (request.signal.aborted) return;
          // The way to older ones is not forgotten when the newest are read again.
          setState((before) => ({ items: merged(before.items ?? [], page.items), error: null, cursor: cursor === null && before.items !== null ? before.cursor : page.next_cursor, loading: false }));
        },
        (error: unknown) => {
          if (!request.signal.aborted) setState((before) => ({ ...before, error, loading: false }));
        },
      );
    },
    [client, conversation],
  );

  useEffect(() => {
    read(null);
    return () => running.current?.abort();
  }, [read]);

  const writes = state.items !== null && open(state.items).length > 0;
  useEffect(() => {
    if (!writes) return undefined;
    const stopped = new AbortController();
    const change = (next: (items: Exchange[]) => Exchange[]): void => setState((before) => ({ ...before, items: next(before.items ?? []) }));
    void follow(client, conversation, change, stopped.signal);
    return () => stopped.abort();
  }, [client, conversation, writes]);

  const { items, error, cursor, loading } = state;
  const more = items === null || cursor === null ? null : loading ? "loading" : error === null ? "ready" : "failed";
  return { items, error, more, before: () => read(cursor), reload: useCallback(() => read(null), [read]) };
}

async function follow(client: Client, conversation: string, change: (next: (items: Exchange[]) => Exchange[]) => void, signal: AbortSignal): Promise<void> {
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === "answer") {
        const exchange = JSON.parse(data) as Exchange;
        change((items) => merged(items, [exchange]));
      } else if (event === "growth") {
        const { answer_id, html } = JSON.parse(data) as { answer_id: string; html: string };
        change((items) => grown(items, answer_id, html));
      }
    },
  });
  while (!signal.aborted) {
    try {
      const response = await client.followConversation(conversation, signal);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) parser.feed(chunk.value);
      parser.reset();
    } catch {
      // Lost: tried again, as long as something is being written here.
      if (signal.aborted) return;
      parser.reset();
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
