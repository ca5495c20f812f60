/** The ticket queue: searched on the server, a page at a time. */
import { useCallback, useEffect, useRef, useState } from "react";
import { PAGE_SIZE } from "../api/client";
import type { Ticket } from "../api/types";
import { useLive, useServerEvents } from "./live";

const TYPING_MS = 250;

export interface Queue {
  tickets: Ticket[];
  /** "stale": `tickets` are those of before, because reading them anew failed; "failed": what comes after them could not be read. */
  state: "loading" | "ready" | "stale" | "failed";
  error: unknown;
  query: string;
  setQuery: (query: string) => void;
  more: (() => void) | null;
  loadingMore: boolean;
  reload: () => void;
}

interface Pages {
  tickets: Ticket[];
  /** What they were searched by. */
  query: string;
  next: string | null;
  state: Queue["state"];
  error: unknown;
}

export function useQueue(): Queue {
  const { client } = useLive();
  const [query, setQuery] = useState("");
  const [pages, setPages] = useState<Pages>({ tickets: [], query: "", next: null, state: "loading", error: null });
  const [loadingMore, setLoadingMore] = useState(false);
  const running = useRef<AbortController | null>(null);

  const load = useCallback(
    async (cursor: string | null) => {
      running.current?.abort();
      const request = new AbortController();
      running.current = request;
      setLoadingMore(cursor !== null);
      try {
        const page = await client.tickets(query.trim(), cursor, request.signal);
        if (request.signal.aborted) return;
        setPages((before) => ({
          tickets: cursor === null ? page.items : merged(before.tickets, page.items),
          query,
          next: page.next_cursor,
          state: "ready",
          error: null,
        }));
      } catch (error) {
        if (request.signal.aborted) return;
        setPages((before) => {
          // What another search found is no answer to this one.
          const same = before.query === query;
          return { tickets: same ? before.tickets : [], query, next: same ? before.next : null, state: cursor === null ? "stale" : "failed", error };
        });
      }
      setLoadingMore(false);
    },
    [client, query],
  );

  const first = useRef(true);
  useEffect(() => {
    const timer = setTimeout(() => void load(null), first.current ? 0 : TYPING_MS);
    first.current = false;
    return () => clearTimeout(timer);
  }, [load]);

  useServerEvents((event) => {
    // Someone who has gone through several pages keeps them.
    if (event.type === "reset" && (pages.state !== "ready" || pages.tickets.length <= PAGE_SIZE)) void load(null);
    if (event.type !== "ticket" || !pages.tickets.some(({ id }) => id === event.ticketId)) return;
    client.ticket(event.ticketId).then(
      (ticket) => setPages((before) => ({ ...before, tickets: before.tickets.map((t) => (t.id === ticket.id ? ticket : t)) })),
      () => undefined,
    );
  });

  const { next } = pages;
  return {
    tickets: pages.tickets,
    state: pages.state,
    error: pages.error,
    query,
    setQuery,
    more: next === null || pages.query !== query ? null : () => void load(next),
    loadingMore,
    reload: () => void load(null),
  };
}

/** A ticket that moved between two pages is shown once. */
function merged(before: Ticket[], page: Ticket[]): Ticket[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...page.filter(({ id }) => !known.has(id))];
}
