/** The ticket queue: searched on the server, a page at a time. */
import { useCallback, useEffect, useRef, useState } from "react";
import { fetchState, PAGE_SIZE } from "../api/client";
import type { Ticket, TicketSystem } from "../api/types";
import { useLive, useServerEvents } from "./live";
import { keyOf, ticketKey } from "./ticket-key";

const TYPING_MS = 250;
/** Where the browser keeps whose tickets were listed last. */
const CHOSEN = "flowpilot.connection";

export interface Queue {
  tickets: Ticket[];
  /** "stale": `tickets` are those of before, because reading them anew failed; "failed": what comes after them could not be read. */
  state: "loading" | "ready" | "stale" | "failed";
  error: unknown;
  query: string;
  setQuery: (query: string) => void;
  /** The ticket systems to choose from. */
  systems: TicketSystem[];
  /** The one whose tickets are listed; null is the first one. */
  connection: string | null;
  setConnection: (id: string) => void;
  more: (() => void) | null;
  loadingMore: boolean;
  reload: () => void;
}

interface Pages {
  tickets: Ticket[];
  /** What they were searched by. */
  query: string;
  /** The connection that they are of. */
  connection: string | null;
  next: string | null;
  state: Queue["state"];
  error: unknown;
}

/** `known` are the ticket systems when the page began; once it is shown again they may be others. */
export function useQueue(known: TicketSystem[], isShown: boolean): Queue {
  const { client } = useLive();
  const [query, setQuery] = useState("");
  const [systems, connection, setConnection] = useSystems(known, isShown);
  const [pages, setPages] = useState<Pages>({ tickets: [], query: "", connection, next: null, state: "loading", error: null });
  const [loadingMore, setLoadingMore] = useState(false);
  const running = useRef<AbortController | null>(null);

  const load = useCallback(
    async (cursor: string | null) => {
      running.current?.abort();
      const request = new AbortController();
      running.current = request;
      setLoadingMore(cursor !== null);
      try {
        const page = await client.tickets(connection, query.trim(), cursor, request.signal);
        if (request.signal.aborted) return;
        setPages((before) => ({
          tickets: cursor === null ? page.items : merged(before.tickets, page.items),
          query,
          connection,
          next: page.next_cursor,
          state: "ready",
          error: null,
        }));
      } catch (error) {
        if (request.signal.aborted) return;
        setPages((before) => {
          // What another search found is no answer to this one.
          const same = before.query === query && before.connection === connection;
          return { tickets: same ? before.tickets : [], query, connection, next: same ? before.next : null, state: cursor === null ? "stale" : "failed", error };
        });
      }
      setLoadingMore(false);
    },
    [client, query, connection],
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
    if (event.type !== "ticket") return;
    const changed = ticketKey(event.connectionId, event.ticketId);
    if (!pages.tickets.some((ticket) => keyOf(ticket) === changed)) return;
    client.ticket(changed).then(
      (ticket) => setPages((before) => ({ ...before, tickets: before.tickets.map((t) => (keyOf(t) === keyOf(ticket) ? ticket : t)) })),
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
    systems,
    connection,
    setConnection,
    more: next === null || pages.query !== query || pages.connection !== connection ? null : () => void load(next),
    loadingMore,
    reload: () => void load(null),
  };
}

/** The team's ticket systems, and the one that was chosen in this browser for as long as it is there. */
function useSystems(known: TicketSystem[], isShown: boolean): [TicketSystem[], string | null, (id: string) => void] {
  const [systems, setSystems] = useState(known);
  const [chosen, setChosen] = useState(() => localStorage.getItem(CHOSEN));
  const wasShown = useRef(isShown);

  useEffect(() => {
    const isBack = isShown && !wasShown.current;
    wasShown.current = isShown;
    if (!isBack) return;
    const request = new AbortController();
    fetchState(request.signal).then(
      (state) => setSystems(state.ticket_systems),
      () => undefined,
    );
    return () => request.abort();
  }, [isShown]);

  const choose = (id: string): void => {
    localStorage.setItem(CHOSEN, id);
    setChosen(id);
  };
  return [systems, systems.some(({ id }) => id === chosen) ? chosen : null, choose];
}

/** A ticket that moved between two pages is shown once. */
function merged(before: Ticket[], page: Ticket[]): Ticket[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...page.filter(({ id }) => !known.has(id))];
}
