/** What the session confirmed so far, each fact with who or what confirmed it. */
import { useEffect, useMemo, useRef } from "react";
import type { Fact, ServerEvent } from "../api/types";
import { useLive, useServerEvents } from "./live";
import { Empty, Failed, Loading } from "./states";
import { fullTime, noteTime } from "./time";
import { useFetched } from "./use-fetched";

/** A turn changes several messages at once: one request is enough for all of them. */
const SETTLE_MS = 150;

export interface Facts {
  /** Null while there is no session, or its facts are on their way. */
  items: Fact[] | null;
  hasSession: boolean;
  error: unknown;
  reload: () => void;
}

export function useFacts(session: string | null, thread: string | null): Facts {
  const { client } = useLive();
  const load = useMemo(() => (session === null ? null : (signal: AbortSignal) => client.facts(session, signal)), [client, session]);
  const { value, error, reload } = useFetched(load);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useServerEvents((event) => {
    if (!concerns(event, session, thread)) return;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(reload, SETTLE_MS);
  });
  return { items: value, hasSession: session !== null, error, reload };
}

/** Whether a session or its thread may have changed. */
function concerns(event: ServerEvent, session: string | null, thread: string | null): boolean {
  if (event.type === "message") return event.thread === thread;
  if (event.type === "thread") return event.thread.id === thread;
  if (event.type === "session") return event.session.id === session;
  return event.type !== "ticket";
}

export function FactsPanel({ facts }: { facts: Facts }) {
  const { items, hasSession, error, reload } = facts;
  return (
    <section className="section" aria-labelledby="facts-title">
      <h3 id="facts-title">
        What we confirmed {items !== null && items.length > 0 && <span className="count">{items.length}</span>}
      </h3>
      {!hasSession ? (
        <Empty>Facts appear here once work has started.</Empty>
      ) : items === null ? (
        error === null ? <Loading what="the facts" lines={2} /> : <Failed what="The facts can't be read." error={error} retry={reload} />
      ) : items.length === 0 ? (
        <Empty>Nothing confirmed yet.</Empty>
      ) : (
        <ul className="facts">
          {items.map((fact) => (
            <li key={fact.id}>
              <p>{fact.text}</p>
              <p className="source">
                {fact.source_label}
                {" · "}
                <time dateTime={new Date(fact.created_at).toISOString()} title={fullTime(fact.created_at)}>
                  {noteTime(fact.created_at, Date.now())}
                </time>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
