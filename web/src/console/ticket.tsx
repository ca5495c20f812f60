/** Right: the ticket as the PSA has it, and what the session knows. */
import { type ReactNode, useMemo, useState } from "react";
import type { Ticket, TicketAround, TicketDetail, TicketNote } from "../api/types";
import { Around } from "./around";
import { SessionChip } from "./chips";
import { ExternalIcon } from "./icons";
import { useLive, useServerEvents } from "./live";
import { Empty, Failed, Loading } from "./states";
import { partsOf, type TicketKey, ticketKey } from "./ticket-key";
import { Timeline } from "./timeline";
import { type Fetched, useFetched } from "./use-fetched";
import "./ticket.css";

const FOLD_CHARACTERS = 320;
const FOLD_LINES = 6;

export interface TicketOnScreen {
  detail: Fetched<TicketDetail>;
  notes: Fetched<TicketNote[]>;
}

export function useTicket(key: TicketKey | null): TicketOnScreen {
  const { client } = useLive();
  const loadDetail = useMemo(() => (key === null ? null : (signal: AbortSignal) => client.ticket(key, signal)), [client, key]);
  const loadNotes = useMemo(() => (key === null ? null : (signal: AbortSignal) => client.notes(key, signal)), [client, key]);
  const detail = useFetched(loadDetail);
  const notes = useFetched(loadNotes);
  useServerEvents((event) => {
    if (event.type !== "reset" && !(event.type === "ticket" && ticketKey(event.connectionId, event.ticketId) === key)) return;
    detail.reload();
    notes.reload();
  });
  return { detail, notes };
}

interface TicketPaneProps {
  ticketKey: TicketKey | null;
  /** The name of its ticket system, where there are several. */
  system: string | null;
  /** What the queue already knows, until the whole ticket is here. */
  listed: Ticket | null;
  ticket: TicketOnScreen;
  /** The session's status. */
  status: string | null;
  /** What helps with it, where a session is about it. */
  around: TicketAround | null;
  /** The session's facts. */
  children: ReactNode;
}

export function TicketPane({ ticketKey: key, system, listed, ticket, status, around, children }: TicketPaneProps) {
  const { detail, notes } = ticket;
  const shown = detail.value ?? listed;
  if (key === null) {
    return (
      <div className="scroll ticket">
        <div className="pane-head">
          <h2>Ticket</h2>
        </div>
        <Empty>This thread belongs to no ticket.</Empty>
        {children}
      </div>
    );
  }
  return (
    <div className="scroll ticket" tabIndex={0} role="group" aria-label="Ticket details">
      <div className="pane-head">
        <h2>Ticket #{partsOf(key).id}</h2>
        {detail.value?.url && (
          <a className="button small quiet" href={detail.value.url} target="_blank" rel="noopener noreferrer">
            Open in PSA <ExternalIcon />
          </a>
        )}
      </div>
      {shown === null ? (
        detail.error === null ? <Loading what="the ticket" /> : <Failed what="The ticket can't be read." error={detail.error} retry={detail.reload} />
      ) : (
        <>
          <p className="ticket-summary">{shown.summary}</p>
          <Details ticket={shown} system={system} status={status ?? shown.session?.status ?? null} />
          {detail.value?.description && <Description key={key} text={detail.value.description} />}
          {detail.error !== null && <Failed what="The ticket can't be read anew." error={detail.error} retry={detail.reload} />}
        </>
      )}
      {children}
      {around?.context != null && <Around context={around.context} />}
      <section className="section" aria-labelledby="notes-title">
        <h3 id="notes-title">
          Notes {notes.value !== null && notes.value.length > 0 && <span className="count">{notes.value.length}</span>}
        </h3>
        {notes.value !== null && <Timeline key={key} notes={notes.value} description={detail.value?.description ?? null} />}
        {notes.value === null && notes.error === null && <Loading what="the notes" />}
        {notes.error !== null && <Failed what="The notes can't be read." error={notes.error} retry={notes.reload} />}
      </section>
    </div>
  );
}

/** Long ones start folded: facts and notes are what one comes here for. */
function Description({ text }: { text: string }) {
  const long = text.length > FOLD_CHARACTERS || text.split("\n").length > FOLD_LINES;
  const [open, setOpen] = useState(false);
  return (
    <div className="description">
      <p className={long && !open ? "description-folded" : undefined}>{text}</p>
      {long && (
        <button type="button" className="button small quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Show less" : "Show all"}
        </button>
      )}
    </div>
  );
}

function Details({ ticket, system, status }: { ticket: Ticket; system: string | null; status: string | null }) {
  const rows: [string, ReactNode][] = [
    ["System", system],
    ["Status", ticket.closed ? `${ticket.status} (closed)` : ticket.status],
    ["Priority", ticket.priority],
    ["Company", ticket.company],
    ["Contact", ticket.contact],
    ["Board", ticket.board],
    ["Assigned to", ticket.owner],
    ["Session", status === null ? null : <SessionChip status={status} />],
  ];
  return (
    <dl className="details">
      {rows.map(([label, value]) =>
        value === null ? null : (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
