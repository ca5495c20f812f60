/** Left: the tickets to work, and the threads. */
import { useId, useState } from "react";
import type { Thread, Ticket } from "../api/types";
import { SessionList } from "../session/session-list";
import type { Sessions } from "../session/use-sessions";
import { SessionChip } from "./chips";
import { threadsByTicket } from "./conversation";
import { PlusIcon, SearchIcon } from "./icons";
import { More } from "./more";
import { isRead, type Reading } from "./reading";
import { Rows } from "./rows";
import type { Selection } from "./route";
import { Empty, Failed, Loading } from "./states";
import { keyOf } from "./ticket-key";
import { briefTime, fullTime } from "./time";
import type { Queue } from "./use-queue";
import "./queue.css";

interface QueuePaneProps {
  queue: Queue;
  threads: Record<string, Thread>;
  threadsRead: Reading;
  /** Those of other platforms. */
  sessions: Sessions;
  selection: Selection | null;
  /** Why this member can start nothing; null for those who can. */
  whyNot: string | null;
  news: (thread: Thread) => boolean;
  onSelect: (selection: Selection) => void;
  /** The newest threads, or those that `cursor` leads to. */
  onLoadThreads: (cursor: string | null) => void;
}

export function QueuePane(props: QueuePaneProps) {
  const { queue, threads, threadsRead, sessions, selection, whyNot, onSelect } = props;
  const whyNotId = useId();
  const [list, setList] = useState<"tickets" | "threads" | "sessions">(
    selection?.kind === "thread" ? "threads" : selection?.kind === "session" ? "sessions" : "tickets",
  );
  // One that was opened by its address may be older than those that were read.
  const listed = Object.values(threads).filter((thread) => thread.updated_at >= threadsRead.from || isThread(selection, thread.id));
  const unlinked = listed.filter(({ ticket_id }) => ticket_id === null);
  return (
    <>
      <div className="queue-head">
        <div className="pane-head">
          <h2>Queue</h2>
          <button
            type="button"
            className="button small"
            aria-pressed={selection?.kind === "new"}
            aria-disabled={whyNot !== null}
            aria-describedby={whyNot === null ? undefined : whyNotId}
            title={whyNot ?? undefined}
            onClick={whyNot === null ? () => onSelect({ kind: "new" }) : undefined}
          >
            <PlusIcon /> New thread
          </button>
          {whyNot !== null && (
            <span className="visually-hidden" id={whyNotId}>
              {whyNot}
            </span>
          )}
        </div>
        <label className="search">
          <span className="visually-hidden">Search tickets and threads</span>
          <SearchIcon />
          <input type="search" placeholder="Search" value={queue.query} onChange={(event) => queue.setQuery(event.target.value)} />
        </label>
        {list === "tickets" && queue.systems.length > 1 && (
          <label className="of-system">
            <span>Tickets of</span>
            <select value={queue.connection ?? queue.systems[0]?.id} onChange={(event) => queue.setConnection(event.target.value)}>
              {queue.systems.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <div className="segments" role="group" aria-label="Show">
          <button type="button" aria-pressed={list === "tickets"} onClick={() => setList("tickets")}>
            Tickets
          </button>
          <button type="button" aria-pressed={list === "threads"} onClick={() => setList("threads")}>
            Without a ticket{unlinked.length > 0 && ` (${unlinked.length}${threadsRead.next === null ? "" : "+"})`}
          </button>
          <button type="button" aria-pressed={list === "sessions"} onClick={() => setList("sessions")}>
            Elsewhere{sessions.items.length > 0 && ` (${sessions.items.length}${sessions.hasMore ? "+" : ""})`}
          </button>
        </div>
      </div>
      <div className="scroll">
        {list === "tickets" && <Tickets {...props} />}
        {list === "threads" && <Threads {...props} unlinked={unlinked} />}
        {list === "sessions" && (
          <SessionList
            sessions={sessions}
            query={queue.query}
            current={selection?.kind === "session" ? selection.id : null}
            onSelect={(id) => onSelect({ kind: "session", id })}
          />
        )}
      </div>
    </>
  );
}

function Tickets({ queue, threads, selection, news, onSelect }: QueuePaneProps) {
  const unread = <Failed what={queue.query === "" ? "The queue can't be read." : "The search failed."} error={queue.error} retry={queue.reload} />;
  if (queue.state === "stale" && queue.tickets.length === 0) return unread;
  if (queue.state === "loading") return <Loading what="the queue" lines={9} />;
  if (queue.tickets.length === 0) {
    return <Empty>{queue.query === "" ? "No tickets in the queue." : `No ticket matches “${queue.query}”.`}</Empty>;
  }
  const ofTicket = threadsByTicket(threads);
  return (
    <>
      {queue.state === "stale" && unread}
      <Rows
        rows={queue.tickets.map((ticket) => {
          const thread = ofTicket.get(keyOf(ticket));
          return {
            id: keyOf(ticket),
            current: isOpen(selection, ticket, thread?.id),
            over: ticket.closed,
            content: (
              <TicketRow
                ticket={ticket}
                status={thread?.session_status ?? ticket.session?.status ?? null}
                news={thread !== undefined && news(thread)}
              />
            ),
          };
        })}
        onSelect={(id) => onSelect({ kind: "ticket", id })}
      />
      {queue.state !== "stale" && queue.more !== null && (
        <More
          name="Show more tickets"
          state={queue.loadingMore ? "loading" : queue.state}
          failure="More tickets can't be read."
          error={queue.error}
          onMore={queue.more}
        />
      )}
    </>
  );
}

interface TicketRowProps {
  ticket: Ticket;
  status: string | null;
  news: boolean;
}

function TicketRow({ ticket, status, news }: TicketRowProps) {
  return (
    <>
      <span className="row-top">
        <span className="row-id">#{ticket.id}</span>
        {news && <span className="news">Unread</span>}
        <span className="row-status">{ticket.status}</span>
      </span>
      <span className="row-title">{ticket.summary}</span>
      <span className="row-bottom">
        <span className="row-company">{ticket.company ?? "No company"}</span>
        {status !== null && <SessionChip status={status} />}
      </span>
    </>
  );
}

function Threads({ queue, unlinked, threadsRead, selection, news, onSelect, onLoadThreads }: QueuePaneProps & { unlinked: Thread[] }) {
  const unread = <Failed what="The threads can't be read." retry={() => onLoadThreads(null)} />;
  if (threadsRead.state === "failed") return unread;
  if (!isRead(threadsRead)) return <Loading what="the threads" lines={4} />;
  const words = queue.query.trim().toLowerCase();
  const shown = unlinked.filter(({ title }) => title.toLowerCase().includes(words)).sort((a, b) => b.updated_at - a.updated_at);
  const { next, more } = threadsRead;
  return (
    <>
      {threadsRead.state === "stale" && unread}
      {shown.length === 0 && <Empty>{nothingShown(queue.query, next !== null)}</Empty>}
      {shown.length > 0 && (
        <Rows
          rows={shown.map((thread) => ({
            id: thread.id,
            current: isThread(selection, thread.id),
            over: false,
            content: (
              <>
                <span className="row-title">{thread.title}</span>
                <span className="row-bottom">
                  <time dateTime={new Date(thread.updated_at).toISOString()} title={fullTime(thread.updated_at)}>
                    {briefTime(thread.updated_at, Date.now())}
                  </time>
                  {news(thread) && <span className="news">Unread</span>}
                  {thread.session_status !== null && <SessionChip status={thread.session_status} />}
                </span>
              </>
            ),
          }))}
          onSelect={(id) => onSelect({ kind: "thread", id })}
        />
      )}
      {next !== null && (
        <More name="Show more threads" state={more} failure="More threads can't be read." onMore={() => onLoadThreads(next)} />
      )}
    </>
  );
}

function nothingShown(query: string, more: boolean): string {
  if (query.trim() !== "") return more ? `None of the newest threads matches “${query}”.` : `No thread matches “${query}”.`;
  return more ? "The newest threads all belong to a ticket." : "Every thread belongs to a ticket. “New thread” starts one that does not.";
}

function isOpen(selection: Selection | null, ticket: Ticket, thread: string | undefined): boolean {
  if (selection?.kind === "ticket") return selection.id === keyOf(ticket);
  if (selection?.kind === "session") return selection.id === ticket.session?.id;
  return isThread(selection, thread ?? ticket.session?.thread);
}

function isThread(selection: Selection | null, thread: string | undefined): boolean {
  return selection?.kind === "thread" && selection.id === thread;
}
