/**
 * The messages of a thread, newest last. Follows the newest only while the reader is there; one that
 * is higher than the window is shown from its beginning.
 */
import { type ComponentType, Fragment, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Message } from "../api/types";
import { type CardProps, CardView } from "./card";
import type { Outgoing } from "./conversation";
import { DownIcon } from "./icons";
import { KeepPlace } from "./keep-place";
import { MessageView } from "./message";
import { More } from "./more";
import { OutgoingMessage } from "./outgoing";
import type { Reading } from "./reading";
import { Failed } from "./states";
import { dayName, sameDay } from "./time";
import type { Talk } from "./use-conversation";

/** This close to the end (in CSS pixels) counts as being there. */
const NEAR = 64;
/** Above a message that is shown from its beginning. */
const AIR = 8;
const SAME_BREATH_MS = 5 * 60_000;
/** Long enough for a screen reader to take up how many messages appeared. */
const SAID_MS = 2_000;

interface LogProps {
  messages: Message[];
  /** How far back `messages` go. */
  reading: Reading;
  outgoing: Outgoing[];
  waiting: boolean;
  thread: string;
  talk: LogTalk;
  /** Draws cards otherwise than usual. */
  card?: ComponentType<CardProps> | undefined;
  /** What stands below a message. */
  below?: (message: Message) => ReactNode;
}

/** What is done in the thread, and reading it anew. */
export type LogTalk = CardProps["talk"] & Pick<Talk, "loadMessages">;

export function Log({ messages, reading, outgoing, waiting, thread, talk, card = CardView, below }: LogProps) {
  const { scroller, content, fresh, toEnd } = useFollow(
    messages.at(-1)?.seq ?? 0,
    outgoing.filter(({ what }) => what.kind !== "press").length,
  );
  const above = useAppearedAbove(messages, reading.from);
  const now = Date.now();
  return (
    <div className="log-frame">
      {/* Earlier messages are no news: how many there are is said below, and nothing is read out. */}
      <div
        className="scroll log"
        ref={scroller}
        role="log"
        aria-label="Messages"
        aria-live={above > 0 || reading.more === "loading" ? "off" : "polite"}
        tabIndex={0}
      >
        <KeepPlace box={scroller} from={reading.from}>
          <div className="log-content" ref={content}>
            <Earlier reading={reading} thread={thread} talk={talk} />
            {messages.map((message, i) => {
              const before = messages[i - 1];
              const newDay = before === undefined || !sameDay(before.created_at, message.created_at);
              return (
                <Fragment key={message.id}>
                  {newDay && <p className="day">{dayName(message.created_at, now)}</p>}
                  <MessageView
                    message={message}
                    continues={!newDay && before !== undefined && continues(before, message)}
                    pressed={outgoing.find(({ what }) => what.kind === "press" && what.cardId === message.card?.id) ?? null}
                    thread={thread}
                    talk={talk}
                    card={card}
                    below={below?.(message)}
                  />
                </Fragment>
              );
            })}
            {reading.state === "stale" && <Failed what="The thread can't be read anew." retry={() => talk.loadMessages(thread, null)} />}
            {outgoing.filter(({ echoedAt }) => echoedAt === null).map((o) => (
              <OutgoingMessage key={o.id} outgoing={o} talk={talk} />
            ))}
            {waiting && (
              <p className="waiting">
                <span className="dots" aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
                FlowPilot is on it
              </p>
            )}
          </div>
        </KeepPlace>
      </div>
      <p className="visually-hidden" role="status">
        {above > 0 && (above === 1 ? "1 earlier message above" : `${above} earlier messages above`)}
      </p>
      {fresh > 0 && (
        <button type="button" className="button pill" onClick={toEnd}>
          <DownIcon /> {fresh === 1 ? "1 new message" : `${fresh} new messages`}
        </button>
      )}
    </div>
  );
}

function Earlier({ reading, thread, talk }: Pick<LogProps, "reading" | "thread" | "talk">) {
  const { state, next, more } = reading;
  if (state === "failed") return <Failed what="The messages before these can't be read." retry={() => talk.loadMessages(thread, null)} />;
  if (next === null) return null;
  return (
    <div className="earlier">
      <More name="Show earlier messages" state={more} failure="Earlier messages can't be read." onMore={() => talk.loadMessages(thread, next)} />
    </div>
  );
}

/** How many earlier messages have just appeared. */
function useAppearedAbove(messages: Message[], from: number): number {
  const [shown, setShown] = useState({ from, above: 0 });
  if (shown.from !== from) setShown({ from, above: messages.filter(({ seq }) => seq < shown.from).length });
  useEffect(() => {
    if (shown.above === 0) return undefined;
    const timer = setTimeout(() => setShown({ ...shown, above: 0 }), SAID_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return shown.above;
}

function continues(before: Message, message: Message): boolean {
  return (
    before.author.kind === message.author.kind &&
    before.author.name === message.author.name &&
    before.private === message.private &&
    message.created_at - before.created_at < SAME_BREATH_MS
  );
}

/** `fresh` counts the messages that came while the reader was further up. */
function useFollow(lastSeq: number, sent: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const [arrived, setArrived] = useState({ lastSeq, count: 0 });
  const sentBefore = useRef(sent);

  if (arrived.lastSeq !== lastSeq || (atEnd && arrived.count > 0)) {
    setArrived({ lastSeq, count: atEnd ? 0 : arrived.count + (lastSeq > arrived.lastSeq ? 1 : 0) });
  }

  // One's own words are always worth seeing.
  useLayoutEffect(() => {
    if (sent > sentBefore.current) jump(scroller.current, "instant");
    sentBefore.current = sent;
  }, [sent]);

  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (box === null || inner === null) return undefined;
    let last = { top: box.scrollTop, height: box.scrollHeight };
    const onScroll = (): void => {
      // Scrolling up is a reason to stop following. What grows below the reader is not, nor what
      // shrinks and so moves the reader up.
      const wentUp = box.scrollTop < last.top && box.scrollHeight === last.height;
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      last = { top: box.scrollTop, height: box.scrollHeight };
      if (near || wentUp) following.current = near;
      setAtEnd(following.current);
    };
    const sizes = new ResizeObserver(() => {
      // Never back up: someone may be halfway through a long card.
      if (following.current) box.scrollTo({ top: Math.max(box.scrollTop, newest(box)), behavior: "instant" });
      last = { top: box.scrollTop, height: box.scrollHeight };
    });
    box.addEventListener("scroll", onScroll, { passive: true });
    sizes.observe(box);
    sizes.observe(inner);
    return () => {
      box.removeEventListener("scroll", onScroll);
      sizes.disconnect();
    };
  }, []);

  const toEnd = (): void => {
    jump(scroller.current, matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
    // The button goes away; what it led to takes the focus.
    scroller.current?.focus({ preventScroll: true });
  };
  return { scroller, content, fresh: arrived.count, toEnd };
}

function jump(box: HTMLElement | null, behavior: ScrollBehavior): void {
  if (box !== null) box.scrollTo({ top: newest(box), behavior });
}

/** Where the newest message is seen: at the end, or where it begins if it does not fit. */
function newest(box: HTMLElement): number {
  const last = Array.from(box.querySelectorAll(".message")).at(-1);
  const top = last === undefined ? Infinity : last.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop - AIR;
  return Math.min(top, box.scrollHeight - box.clientHeight);
}
