/**
 * The console: queue, thread and ticket side by side, or one at a time where there is no room.
 * Start reading here; each pane is a file of its own.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ThemeButton } from "../app/theme";
import type { Client } from "../api/client";
import type { Member, ServerState, SessionDetail, Ticket } from "../api/types";
import { AskPage } from "../ask/page";
import { ConnectWisePage, mayAdminister } from "../connectwise/page";
import { isChat } from "../session/platform";
import { SessionPane } from "../session/session-pane";
import { useSession } from "../session/use-session";
import { useSessions } from "../session/use-sessions";
import { SpendPage } from "../spend/page";
import { useAround } from "./around";
import { Banners } from "./banners";
import { completions } from "./commands";
import { type Conversation, threadsByTicket, ticketOfThread, unseen } from "./conversation";
import { type Facts, FactsPanel, useFacts } from "./facts";
import { Mark } from "./icons";
import { LiveContext, useFeed } from "./live";
import { MemberSwitch, whyNot } from "./members";
import { PaneTabs, type Pane, useLayout } from "./panes";
import { QueuePane } from "./queue";
import { isRead } from "./reading";
import { type PageName, type Selection, usePage, useSelection } from "./route";
import { ThreadPane } from "./thread";
import { TicketPane, useTicket } from "./ticket";
import { keyOf, partsOf, type TicketKey, ticketKey } from "./ticket-key";
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
  const [selection, select] = useSelection();
  const [asked, showPage] = usePage(selection);
  const page = asked !== null && maySee(asked, member) ? asked : null;
  const queue = useQueue(server.ticket_systems, page === null);
  const talk = useConversation(member);
  const { conversation } = talk;

  usePreselection(queue, selection, page !== null, select);

  const sessions = useSessions();
  const opened = selection?.kind === "session" ? selection.id : null;
  const elsewhere = useSession(opened, member);
  const key = ticketOf(selection, conversation, elsewhere.detail);
  const ticket = useTicket(key);
  const listed = queue.tickets.find((it) => keyOf(it) === key);
  useFullAddress(selection, ticket.detail.value, select);
  const thread = threadOf(selection, conversation, ticket.detail.value ?? listed);
  useLookup(talk, thread);
  useWorkElsewhere(selection, ticket.detail.value ?? listed, conversation, select);
  const known = thread === null ? undefined : conversation.threads[thread];
  const session = opened ?? known?.session_id ?? ticket.detail.value?.session?.id ?? listed?.session?.id ?? null;
  const around = useAround(session, key);
  const facts = useFacts(session, thread);
  useFactsInStep(facts, elsewhere.detail);
  const commands = useMemo(() => completions(server.commands), [server.commands]);

  const layout = useLayout();
  const [pane, setPane] = useState<Pane>("thread");
  const main = useRef<HTMLElement>(null);
  const fits = (which: Pane): boolean =>
    layout === "three" ||
    (layout === "two" ? which === "thread" || (which === "ticket") === (pane === "ticket") : which === pane);
  const shows = (which: Pane): boolean => page === null && fits(which);

  const focusThread = useCallback(() => {
    setPane("thread");
    // After the pane is on screen.
    setTimeout(() => main.current?.focus());
  }, []);
  const choose = (next: Selection): void => {
    select(next);
    if (layout === "one") focusThread();
  };

  const title = page !== null ? PAGE_TITLES[page] : elsewhere.detail?.title ?? known?.title ?? listed?.summary ?? "Console";
  useEffect(() => {
    document.title = `${title} · FlowPilot`;
  }, [title]);

  return (
    <div className="console" data-layout={page !== null ? "page" : layout}>
      <a
        className="skip-link"
        href={`#${page ?? "thread"}`}
        onClick={(event) => {
          event.preventDefault();
          if (page !== null) document.getElementById(page)?.focus();
          else focusThread();
        }}
      >
        {page !== null ? `Skip to ${PAGE_TITLES[page]}` : "Skip to the thread"}
      </a>
      <header className="top">
        <Mark />
        <h1 className="product">FlowPilot</h1>
        <span className="team">{server.team.name}</span>
        <div className="top-end">
          {PAGE_NAMES.filter((name) => maySee(name, member)).map((name) => (
            <button key={name} type="button" className="button quiet small" aria-pressed={page === name} onClick={() => showPage(page === name ? null : name)}>
              {PAGE_TITLES[name]}
            </button>
          ))}
          <MemberSwitch members={server.members} current={member} onChange={onMember} />
          <ThemeButton />
        </div>
      </header>
      <Banners server={server} expired={expired} />
      {layout !== "three" && page === null && <PaneTabs layout={layout} pane={pane} onPane={setPane} />}
      <nav className="pane queue-pane" aria-label="Queue" hidden={!shows("queue")}>
        <QueuePane
          queue={queue}
          threads={conversation.threads}
          threadsRead={conversation.threadsRead}
          sessions={sessions}
          selection={selection}
          whyNot={talk.whyNot}
          news={(t) => t.id !== thread && unseen(conversation, t)}
          onSelect={choose}
          onLoadThreads={talk.loadThreads}
        />
      </nav>
      <main className="pane thread-pane" id="thread" tabIndex={-1} ref={main} aria-label="Thread" hidden={!shows("thread")}>
        {opened !== null ? (
          <SessionPane key={opened} id={opened} session={elsewhere} memberId={member.id} factCount={facts.items?.length ?? 0} commands={commands} />
        ) : (
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
        )}
      </main>
      <aside className="pane ticket-pane" aria-label="Ticket" hidden={!shows("ticket")}>
        <TicketPane ticketKey={key} system={systemOf(queue, key)} listed={listed ?? null} ticket={ticket} status={elsewhere.detail?.status ?? known?.session_status ?? null} around={around.value}>
          <FactsPanel facts={facts} />
        </TicketPane>
      </aside>
      {page === "ask" && <AskPage onClose={() => showPage(null)} />}
      {page === "connectwise" && <ConnectWisePage member={member} members={server.members} onClose={() => showPage(null)} />}
      {page === "spend" && <SpendPage onClose={() => showPage(null)} />}
    </div>
  );
}

const PAGE_TITLES: Record<PageName, string> = { ask: "Ask", connectwise: "ConnectWise", spend: "AI spend" };
const PAGE_NAMES = Object.keys(PAGE_TITLES) as PageName[];

function maySee(page: PageName, member: Member): boolean {
  return page === "spend" ? mayAdminister(member) : whyNot(member) === null;
}

/** The first open ticket is selected when nothing else was asked for. */
function usePreselection(queue: Queue, selection: Selection | null, isElsewhere: boolean, select: (s: Selection, how: "replace") => void): void {
  const first = queue.tickets.find(({ closed }) => !closed);
  useEffect(() => {
    if (selection === null && !isElsewhere && first !== undefined) select({ kind: "ticket", id: keyOf(first) }, "replace");
  });
}

/** The ticket that belongs to what is selected. `session` is the one that is open. */
function ticketOf(selection: Selection | null, { threads }: Conversation, session: SessionDetail | null): TicketKey | null {
  if (selection === null || selection.kind === "new") return null;
  if (selection.kind === "session") return session === null || session.ticket_id === null ? null : ticketKey(session.connection_id, session.ticket_id);
  const thread = threads[selection.id];
  return selection.kind === "ticket" ? selection.id : thread === undefined ? null : ticketOfThread(thread);
}

/** Said only where there is a choice. */
function systemOf({ systems }: Queue, key: TicketKey | null): string | null {
  if (key === null || systems.length < 2) return null;
  return systems.find(({ id }) => id === partsOf(key).connection)?.name ?? null;
}

/** Whoever came with a number alone goes on with the ticket that was found. */
function useFullAddress(selection: Selection | null, ticket: Ticket | null, select: (s: Selection, how: "replace") => void): void {
  const number = selection?.kind === "ticket" && partsOf(selection.id).connection === null ? selection.id : null;
  const found = number !== null && ticket?.id === number ? keyOf(ticket) : null;
  useEffect(() => {
    if (found !== null) select({ kind: "ticket", id: found }, "replace");
  });
}

/** Where no event told of a session's change, its facts are read with it. */
function useFactsInStep({ reload }: Facts, session: SessionDetail | null): void {
  const version = session?.state_version;
  useEffect(() => {
    if (version !== undefined) reload();
  }, [version, reload]);
}

/** A ticket that is being worked in a chat platform, and in no thread of the console, is shown as it is worked there. */
function useWorkElsewhere(selection: Selection | null, ticket: Ticket | undefined, { threads, threadsRead, outgoing }: Conversation, select: (s: Selection, how: "replace") => void): void {
  const session = ticket?.session ?? null;
  const isHere = selection?.kind !== "ticket" || ticket === undefined || selection.id !== keyOf(ticket) || threadsByTicket(threads).has(selection.id) || outgoing.some(({ what }) => what.kind === "open" && what.ticket === selection.id);
  const there = session !== null && isChat(session.platform) && isRead(threadsRead) && !isHere ? session.id : null;
  useEffect(() => {
    if (there !== null) select({ kind: "session", id: there }, "replace");
  });
}

/** The thread that belongs to what is selected: of a ticket, the one it was last worked in. */
function threadOf(selection: Selection | null, { threads, lookups, outgoing }: Conversation, ticket: Ticket | undefined): string | null {
  if (selection === null || selection.kind === "new" || selection.kind === "session") return null;
  if (selection.kind === "thread") return selection.id;
  const newest = threadsByTicket(threads).get(selection.id);
  const opening = outgoing.find(({ what }) => what.kind === "open" && what.ticket === selection.id);
  // The session of a ticket may be in a thread that is none of the console's.
  const older = ticket?.session?.platform === "console" ? ticket.session.thread : undefined;
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
