/**
 * The console: queue, thread and ticket side by side, or one at a time where there is no room.
 * Start reading here; each pane is a file of its own.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ThemeButton } from "../app/theme";
import type { Client } from "../api/client";
import type { Member, ServerState, Ticket } from "../api/types";
import { Banners } from "./banners";
import { completions } from "./commands";
import { type Conversation, threadsByTicket, unseen } from "./conversation";
import { FactsPanel, useFacts } from "./facts";
import { Mark } from "./icons";
import { LiveContext, useFeed } from "./live";
import { MemberSwitch } from "./members";
import { PaneTabs, type Pane, useLayout } from "./panes";
import { QueuePane } from "./queue";
import { isRead } from "./reading";
import { type Selection, useSelection } from "./route";
import { ThreadPane } from "./thread";
import { TicketPane, useTicket } from "./ticket";
import { type Talk, useConversation } from "./use-conversation";
import { type Queue, useQueue } from "./use-queue";
import "./console.css";

export interface ConsoleProps {
  client: Client;
  server: ServerState;
  member: Member;
  expired: boolean;
  onMember: (id: string) => void;
}

export function Console(props: ConsoleProps) {
  const live = useFeed(props.client);
  return (
    <LiveContext value={live}>
      <Panes {...props} />
    </LiveContext>
  );
}

function Panes({ server, member, expired, onMember }: ConsoleProps) {
  const queue = useQueue();
  const [selection, select] = useSelection();
  const talk = useConversation(member);
  const { conversation } = talk;

  usePreselection(queue, selection, select);

  const ticketId = ticketOf(selection, conversation);
  const ticket = useTicket(ticketId);
  const listed = queue.tickets.find(({ id }) => id === ticketId);
  const thread = threadOf(selection, conversation, ticket.detail.value ?? listed);
  useLookup(talk, thread);
  const known = thread === null ? undefined : conversation.threads[thread];
  const session = known?.session_id ?? ticket.detail.value?.session?.id ?? listed?.session?.id ?? null;
  const facts = useFacts(session, thread);
  const commands = useMemo(() => completions(server.commands), [server.commands]);

  const layout = useLayout();
  const [pane, setPane] = useState<Pane>("thread");
  const main = useRef<HTMLElement>(null);
  const shows = (which: Pane): boolean =>
    layout === "three" ||
    (layout === "two" ? which === "thread" || (which === "ticket") === (pane === "ticket") : which === pane);

  const focusThread = useCallback(() => {
    setPane("thread");
    // After the pane is on screen.
    setTimeout(() => main.current?.focus());
  }, []);
  const choose = (next: Selection): void => {
    select(next);
    if (layout === "one") focusThread();
  };

  useEffect(() => {
    document.title = `${known?.title ?? listed?.summary ?? "Console"} · FlowPilot`;
  }, [known?.title, listed?.summary]);

  return (
    <div className="console" data-layout={layout}>
      <a
        className="skip-link"
        href="#thread"
        onClick={(event) => {
          event.preventDefault();
          focusThread();
        }}
      >
        Skip to the thread
      </a>
      <header className="top">
        <Mark />
        <h1 className="product">FlowPilot</h1>
        <span className="team">{server.team.name}</span>
        <div className="top-end">
          <MemberSwitch members={server.members} current={member} onChange={onMember} />
          <ThemeButton />
        </div>
      </header>
      <Banners server={server} expired={expired} />
      {layout !== "three" && <PaneTabs layout={layout} pane={pane} onPane={setPane} />}
      <nav className="pane queue-pane" aria-label="Queue" hidden={!shows("queue")}>
        <QueuePane
          queue={queue}
          threads={conversation.threads}
          threadsRead={conversation.threadsRead}
          selection={selection}
          whyNot={talk.whyNot}
          news={(t) => t.id !== thread && unseen(conversation, t)}
          onSelect={choose}
          onLoadThreads={talk.loadThreads}
        />
      </nav>
      <main className="pane thread-pane" id="thread" tabIndex={-1} ref={main} aria-label="Thread" hidden={!shows("thread")}>
        <ThreadPane
          talk={talk}
          member={member}
          selection={selection}
          thread={thread}
          ticket={ticket.detail.value ?? listed ?? null}
          ticketError={ticket.detail.error}
          onReloadTicket={ticket.detail.reload}
          nothing={queue.state !== "loading" && selection === null}
          factCount={facts.items?.length ?? 0}
          commands={commands}
          onOpened={(id) => {
            if (selection?.kind === "new") select({ kind: "thread", id });
          }}
        />
      </main>
      <aside className="pane ticket-pane" aria-label="Ticket" hidden={!shows("ticket")}>
        <TicketPane ticketId={ticketId} listed={listed ?? null} ticket={ticket} status={known?.session_status ?? null}>
          <FactsPanel facts={facts} />
        </TicketPane>
      </aside>
    </div>
  );
}

/** The first open ticket is selected when nothing else was asked for. */
function usePreselection(queue: Queue, selection: Selection | null, select: (s: Selection, how: "replace") => void): void {
  const first = queue.tickets.find(({ closed }) => !closed);
  useEffect(() => {
    if (selection === null && first !== undefined) select({ kind: "ticket", id: first.id }, "replace");
  });
}

/** The ticket that belongs to what is selected. */
function ticketOf(selection: Selection | null, { threads }: Conversation): string | null {
  if (selection === null || selection.kind === "new") return null;
  return selection.kind === "ticket" ? selection.id : (threads[selection.id]?.ticket_id ?? null);
}

/** The thread that belongs to what is selected: of a ticket, the one it was last worked in. */
function threadOf(selection: Selection | null, { threads, lookups, outgoing }: Conversation, ticket: Ticket | undefined): string | null {
  if (selection === null || selection.kind === "new") return null;
  if (selection.kind === "thread") return selection.id;
  const newest = threadsByTicket(threads).get(selection.id);
  const opening = outgoing.find(({ what }) => what.kind === "open" && what.ticketId === selection.id);
  // The session of a ticket may be in a thread that is none of the console's.
  const older = ticket?.session?.thread;
  return newest?.id ?? opening?.thread ?? (older === undefined || lookups[older] === "absent" ? null : older);
}

/** A thread that is open, and older than those that were read, is looked for by its id. */
function useLookup({ conversation, findThread }: Talk, thread: string | null): void {
  const { threads, threadsRead, lookups, outgoing } = conversation;
  const known = thread === null || thread in threads || thread in lookups || outgoing.some((o) => o.thread === thread);
  const wanted = known || !isRead(threadsRead) ? null : thread;
  useEffect(() => {
    if (wanted !== null) findThread(wanted);
  }, [wanted, findThread]);
}
