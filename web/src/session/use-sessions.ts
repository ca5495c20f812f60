/** The sessions whose threads are elsewhere: a page at a time, newest first, and live. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Page, Session } from "../api/types";
import { useLive, useServerEvents } from "../console/live";

export interface Sessions {
  items: Session[];
  /** "stale": `items` are those of before, because reading them anew failed. */
  state: "loading" | "ready" | "stale" | "failed";
  error: unknown;
  /** Whether there are more than these. */
  hasMore: boolean;
  /** Of what comes after them. */
  more: { state: "ready" | "loading" | "failed"; error: unknown };
  loadMore: () => void;
  reload: () => void;
}

type State = Pick<Sessions, "items" | "state" | "error" | "more"> & { next: string | null };

const NOTHING: State = { items: [], state: "loading", error: null, more: { state: "ready", error: null }, next: null };

export function useSessions(): Sessions {
  const { client } = useLive();
  const [state, setState] = useState(NOTHING);
  const running = useRef<AbortController | null>(null);

  const load = useCallback(
    async (cursor: string | null) => {
      running.current?.abort();
      const request = new AbortController();
      running.current = request;
      if (cursor !== null) setState((before) => ({ ...before, more: { state: "loading", error: null } }));
      try {
        const page = await client.sessionsElsewhere(cursor, request.signal);
        if (!request.signal.aborted) setState((before) => (cursor === null ? first(before, page) : { ...before, items: merged(before.items, page.items), next: page.next_cursor, more: NOTHING.more }));
      } catch (error) {
        if (request.signal.aborted) return;
        setState((before) => {
          if (cursor !== null) return { ...before, more: { state: "failed", error } };
          return { ...before, state: before.items.length > 0 ? "stale" : "failed", error };
        });
      }
    },
    [client],
  );

  useEffect(() => {
    void load(null);
    return () => running.current?.abort();
  }, [load]);
  useServerEvents((event) => {
    if (event.type === "reset" || event.type === "opened") void load(null);
    else if (event.type === "session") setState((before) => changed(before, event.session));
  });

  const { items, error, more, next } = state;
  return { items, state: state.state, error, hasMore: next !== null, more, loadMore: () => void load(next), reload: () => void load(null) };
}

/** The newest page. Where it reaches what was known, what follows stays. */
function first(before: State, page: Page<Session>): State {
  const oldest = page.items.at(-1)?.id;
  const joins = page.next_cursor !== null && oldest !== undefined && before.items.some(({ id }) => id >= oldest) && before.next !== null;
  const items = joins ? merged(before.items, page.items) : page.items;
  return { items, state: "ready", error: null, next: joins ? before.next : page.next_cursor, more: NOTHING.more };
}

/** A session that is older than those that were read comes with its page. */
function changed(before: State, session: Session): State {
  const oldest = before.items.at(-1)?.id;
  const isListed = before.next === null || (oldest !== undefined && session.id >= oldest);
  return isListed ? { ...before, items: merged(before.items, [session]) } : before;
}

/** Ids sort in the order in which sessions began. */
function merged(before: readonly Session[], newer: readonly Session[]): Session[] {
  const all = new Map([...before, ...newer].map((session) => [session.id, session]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}
