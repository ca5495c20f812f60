/** Left: the tickets to work, and the threads. */
import { useId, useState } from "react";
import type { Thread, Ticket } from "../api/types";
import { SessionChip } from "./chips";
import { type Loading as LoadingState, threadsByTicket } from "./conversation";
import { PlusIcon, SearchIcon } from "./icons";
import { Rows } from "./rows";
import type { Selection } from "./route";
import { Empty, Failed, Loading } from "./states";
import { briefTime, fullTime } from "./time";
import type { Queue } from "./use-queue";
import "./queue.css";

interface QueuePaneProps {
  queue: Queue;
  threads: Record<string, Thread>;
  threadsState: LoadingState;
  selection: Selection | null;
  /** Why this member can start nothing; null for those who can. */
  whyNot: string | null;
  news: (thread: Thread) => boolean;
  onSelect: (selection: Selection) => void;
  onReloadThreads: () => void;
}

export function QueuePane(props: QueuePaneProps) {
  const { queue, threads, selection, whyNot, onSelect } = props;
  const whyNotId = useId();
  const [list, setList] = useState<"tickets" | "threads">(selection?.kind === "thread" ? "threads" : "tickets");
  const unlinked = Object.values(threads).filter(({ ticket_id }) => ticket_id === null);
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
        <div className="segments" role="group" aria-label="Show">
          <button type="button" aria-pressed={list === "tickets"} onClick={() => setList("tickets")}>
            Tickets
          </button>
          <button type="button" aria-pressed={list === "threads"} onClick={() => setList("threads")}>
            Without a ticket{unlinked.length > 0 && ` (${unlinked.length})`}
          </button>
        </div>
      </div>
      <div className="scroll">{list === "tickets" ? <Tickets {...props} /> : <Threads {...props} unlinked={unlinked} />}</div>
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
          const thread = ofTicket.get(ticket.id);
          return {
            id: ticket.id,
            current: selection?.kind === "ticket" ? selection.id === ticket.id : isThread(selection, thread),
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
      {queue.state === "failed" && <Failed what="More tickets can't be read." error={queue.error} retry={queue.more ?? queue.reload} />}
      {queue.state === "ready" && queue.more !== null && (
        <button type="button" className="button load-more" aria-disabled={queue.loadingMore} onClick={queue.more}>
          {queue.loadingMore ? "Loading…" : "Load more"}
        </button>
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

function Threads({ queue, unlinked, threadsState, selection, news, onSelect, onReloadThreads }: QueuePaneProps & { unlinked: Thread[] }) {
  if (threadsState === "failed") return <Failed what="The threads can't be read." retry={onReloadThreads} />;
  if (threadsState === "loading") return <Loading what="the threads" lines={4} />;
  const words = queue.query.trim().toLowerCase();
  const shown = unlinked.filter(({ title }) => title.toLowerCase().includes(words)).sort((a, b) => b.updated_at - a.updated_at);
  if (shown.length === 0) {
    return <Empty>{words === "" ? "Every thread belongs to a ticket. “New thread” starts one that does not." : `No thread matches “${queue.query}”.`}</Empty>;
  }
  return (
    <Rows
      rows={shown.map((thread) => ({
        id: thread.id,
        current: isThread(selection, thread),
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
  );
}

function isThread(selection: Selection | null, thread: Thread | undefined): boolean {
  return selection?.kind === "thread" && selection.id === thread?.id;
}
