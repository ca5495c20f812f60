/** Middle: one thread, or the way to start one. */
import { useEffect, useId, useState } from "react";
import type { Member, Message, Ticket } from "../api/types";
import { useAnswers } from "../feedback/answers";
import { Thumbs } from "../feedback/thumbs";
import { SessionChip } from "./chips";
import { type Completion, usable } from "./commands";
import { Composer } from "./composer";
import { awaited, inOrder, type Outgoing } from "./conversation";
import { useServerEvents } from "./live";
import { Log } from "./log";
import { NotSent } from "./outgoing";
import { isRead, unread } from "./reading";
import { formatSelection, type Selection } from "./route";
import { Empty, Failed, Loading } from "./states";
import { StepStrip } from "./step-strip";
import type { Talk } from "./use-conversation";
import "./thread.css";

interface ThreadPaneProps {
  talk: Talk;
  member: Member;
  selection: Selection | null;
  thread: string | null;
  ticket: Ticket | null;
  /** Why there is no `ticket`, and how to look again. */
  ticketError: unknown;
  onReloadTicket: () => void;
  /** The queue has nothing to work on. */
  nothing: boolean;
  factCount: number;
  commands: Completion[];
  onOpened: (thread: string) => void;
}

export function ThreadPane({ talk, member, selection, thread, ticket, ticketError, onReloadTicket, nothing, factCount, commands, onOpened }: ThreadPaneProps) {
  const { conversation, loadMessages } = talk;
  const known = thread === null ? undefined : conversation.threads[thread];
  const all = (thread === null ? undefined : conversation.messages[thread]) ?? [];
  const reading = (thread === null ? undefined : conversation.messagesRead[thread]) ?? unread;
  const messages = inOrder(all, reading);
  const outgoing = conversation.outgoing.filter((o) => o.thread === thread);
  // Only where work was started from this page does the reader wait for a first answer.
  const [started, setStarted] = useState<string | null>(null);

  const loadable = known?.id ?? null;
  useEffect(() => {
    if (loadable !== null) loadMessages(loadable, null);
  }, [loadable, loadMessages]);
  useServerEvents((event) => {
    if ((event.type === "reset" || event.type === "opened") && loadable !== null) loadMessages(loadable, null);
  });
  useMarkSeen(talk, loadable, known?.updated_at);
  const session = known?.session_id ?? null;
  const answers = useAnswers(session, messages);
  const below = (message: Message) => session !== null && talk.whyNot === null && <Thumbs session={session} message={message} answers={answers} />;

  const start = (text: string | null): void => {
    const key = selection?.kind === "ticket" ? selection.id : null;
    const id = talk.open(key, text);
    setStarted(formatSelection(key === null ? { kind: "thread", id } : { kind: "ticket", id: key }));
    onOpened(id);
    // The button that was pressed is gone. On a touch screen, writing would bring up the keyboard.
    if (text === null && matchMedia("(pointer: coarse)").matches) document.getElementById("thread")?.focus();
  };
  const say = (text: string): void => (thread === null ? start(text) : talk.say(thread, text));

  if (selection === null) return nothing ? <Empty>No open ticket to start with. Choose one in the queue, or start a thread without a ticket.</Empty> : <Loading what="the thread" />;
  const here = formatSelection(selection);
  const startedHere = started === here;
  const title = known?.title ?? ticket?.summary ?? (selection.kind === "new" ? "New thread" : "Thread");
  const status = known?.session_status ?? null;
  return (
    <>
      <div className="thread-head">
        <div className="thread-title">
          <h2>{title}</h2>
          {status !== null && <SessionChip status={status} />}
        </div>
        <StepStrip started={known !== undefined && known.session_id !== null} messages={all} factCount={factCount} />
      </div>
      {thread === null ? (
        <div className="scroll">
          {selection.kind !== "ticket" ? (
            talk.whyNot === null && <NewThread />
          ) : ticket === null && ticketError !== null ? (
            <Failed what="The ticket can't be read." error={ticketError} retry={onReloadTicket} />
          ) : isRead(conversation.threadsRead) ? (
            <Invitation ticket={ticket} whyNot={talk.whyNot} onStart={() => start(null)} />
          ) : (
            <Threadless talk={talk} />
          )}
        </div>
      ) : messages.length > 0 ? (
        <Log
          key={thread}
          messages={messages}
          reading={reading}
          outgoing={outgoing}
          waiting={awaited(conversation, thread)}
          thread={thread}
          talk={talk}
          below={below}
        />
      ) : (
        <div className="scroll">
          <BeforeMessages talk={talk} thread={thread} known={known !== undefined} outgoing={outgoing} startedHere={startedHere} />
        </div>
      )}
      {talk.whyNot !== null ? (
        <p className="composer why-not" role="note">{talk.whyNot}</p>
      ) : (
        <Composer
          key={here}
          draftKey={`${member.id} ${here}`}
          commands={usable(commands, thread !== null ? "thread" : selection.kind === "ticket" ? "ticket" : "nowhere")}
          placeholder={thread === null ? "Describe what you see…" : "Message, or / for commands"}
          autoFocus={(startedHere && !matchMedia("(pointer: coarse)").matches) || selection.kind === "new"}
          onSend={say}
        />
      )}
    </>
  );
}

function useMarkSeen({ markSeen }: Talk, thread: string | null, updatedAt: number | undefined): void {
  useEffect(() => {
    if (thread !== null && updatedAt !== undefined) markSeen(thread);
  });
}

function Invitation({ ticket, whyNot, onStart }: { ticket: Ticket | null; whyNot: string | null; onStart: () => void }) {
  const whyNotId = useId();
  if (ticket === null) return <Loading what="the ticket" />;
  return (
    <div className="invitation">
      <p className="invitation-kicker">
        Ticket #{ticket.id}
        {ticket.company !== null && ` · ${ticket.company}`}
      </p>
      <p className="invitation-summary">{ticket.summary}</p>
      <button
        type="button"
        className="button primary large"
        aria-disabled={whyNot !== null}
        aria-describedby={whyNot === null ? undefined : whyNotId}
        onClick={whyNot === null ? onStart : undefined}
      >
        Work this ticket
      </button>
      {whyNot !== null && (
        <p className="why-not" id={whyNotId}>
          {whyNot}
        </p>
      )}
      <p className="muted">
        The copilot reads the ticket, asks what it needs, suggests a fix and writes the resolution note. Nothing reaches the ticket before{" "}
        {whyNot === null ? "you say" : "an engineer says"} so.
      </p>
      {ticket.closed && <p className="muted">This ticket is closed.</p>}
    </div>
  );
}

function NewThread() {
  return (
    <div className="invitation">
      <p className="invitation-summary">What is the problem?</p>
      <p className="muted">Describe it below. The copilot looks for the guided flow that fits best. The thread belongs to no ticket.</p>
    </div>
  );
}

interface BeforeMessagesProps {
  talk: Talk;
  thread: string;
  known: boolean;
  outgoing: Outgoing[];
  startedHere: boolean;
}

function BeforeMessages({ talk, thread, known, outgoing, startedHere }: BeforeMessagesProps) {
  const { conversation } = talk;
  const failed = outgoing.find(({ status }) => status === "failed");
  if (failed !== undefined) return <NotSent outgoing={failed} talk={talk} />;
  if (startedHere || outgoing.length > 0) return <Loading what="the copilot's first answer" lines={4} />;
  const reading = conversation.messagesRead[thread] ?? unread;
  if (reading.state === "failed" || reading.state === "stale") {
    return <Failed what="The thread can't be read." retry={() => talk.loadMessages(thread, null)} />;
  }
  if (known) {
    return reading.state === "ready" ? <Empty>Nothing has been said in this thread yet.</Empty> : <Loading what="the thread" lines={4} />;
  }
  const lookup = conversation.lookups[thread];
  if (lookup === "absent") return <Empty>This thread does not exist, or is not yours to see.</Empty>;
  if (lookup === "failed") return <Failed what="The thread can't be read." retry={() => talk.findThread(thread)} />;
  return <Threadless talk={talk} />;
}

/** Whether there is a thread is not known yet. */
function Threadless({ talk }: { talk: Talk }) {
  const failed = talk.conversation.threadsRead.state === "failed";
  return failed ? <Failed what="The threads can't be read." retry={() => talk.loadThreads(null)} /> : <Loading what="the thread" lines={4} />;
}
