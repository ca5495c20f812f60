/** Middle: a session whose thread is on another platform, to read, and to work as well as from there. */
import { type ComponentType, useEffect, useState } from "react";
import { Problem } from "../api/problem";
import type { Message, Platform, SessionDetail } from "../api/types";
import type { CardProps } from "../console/card";
import { SessionChip } from "../console/chips";
import { type Completion, usable } from "../console/commands";
import { Composer } from "../console/composer";
import { ExternalIcon } from "../console/icons";
import { Log } from "../console/log";
import type { Reading } from "../console/reading";
import { Empty, Failed, Loading } from "../console/states";
import { StepStrip } from "../console/step-strip";
import { Thumbs } from "../feedback/thumbs";
import { Attachments } from "./attachments";
import { isChat, PLATFORM_NAMES, PlatformChip } from "./platform";
import type { SessionOnScreen } from "./use-session";
import "./session.css";

/** All of it was read. */
const WHOLE: Reading = { state: "ready", from: -Infinity, upTo: Infinity, next: null, more: "ready" };

/** What draws a card from what its platform is sent: large, so fetched when it is wanted. */
const DRAWINGS: Partial<Record<Platform, () => Promise<ComponentType<CardProps>>>> = {
  slack: async () => (await import("./as-slack")).SlackCard,
};

interface SessionPaneProps {
  id: string;
  session: SessionOnScreen;
  /** Keeps what is written, and not sent, apart from another member's. */
  memberId: string;
  factCount: number;
  commands: Completion[];
}

export function SessionPane({ id, session, memberId, factCount, commands }: SessionPaneProps) {
  const { detail, messages, files, answers, outgoing, error, reload, talk } = session;
  const drawing = useDrawing(detail?.platform ?? null);
  if (detail === null) {
    const absent = error instanceof Problem && error.status === 404;
    return (
      <div className="scroll">
        {absent ? (
          <Empty>This session does not exist, or is not yours to see.</Empty>
        ) : error !== null ? (
          <Failed what="The session can't be read." error={error} retry={reload} />
        ) : (
          <Loading what="the session" lines={4} />
        )}
      </div>
    );
  }
  const reading: Reading = error === null ? WHOLE : { ...WHOLE, state: "stale" };
  const here = PLATFORM_NAMES[detail.platform];
  const below = (message: Message) => {
    const posted = files.get(message.id);
    return (
      <>
        {posted !== undefined && <Attachments session={id} author={message.author.name} files={posted} />}
        {talk.whyNot === null && <Thumbs session={id} message={message} answers={answers} />}
      </>
    );
  };
  return (
    <>
      <div className="thread-head">
        <div className="thread-title">
          <h2>{detail.title}</h2>
          <span className="session-chips">
            <PlatformChip platform={detail.platform} />
            <SessionChip status={detail.status} />
          </span>
        </div>
        <div className="session-tools">
          {drawing.toggle}
          <ThreadLink detail={detail} />
        </div>
        <StepStrip started messages={messages} factCount={factCount} />
      </div>
      {drawing.failed && <Failed what={`Cards can't be drawn as in ${here}.`} retry={drawing.retry} />}
      {messages.length === 0 && outgoing.length === 0 ? (
        <div className="scroll">
          <Empty>Nothing has been said in this session yet.</Empty>
        </div>
      ) : (
        <Log messages={messages} reading={reading} outgoing={outgoing} waiting={false} thread={id} talk={talk} card={drawing.card} below={below} />
      )}
      {talk.whyNot !== null ? (
        <p className="composer why-not" role="note">{talk.whyNot}</p>
      ) : (
        <Composer
          draftKey={`${memberId} session/${id}`}
          commands={usable(commands, "thread")}
          placeholder={isChat(detail.platform) ? `Shown in ${here} with your name; / for commands` : "Message, or / for commands"}
          autoFocus={false}
          onSend={(text) => talk.say(id, text)}
        />
      )}
    </>
  );
}

function ThreadLink({ detail: { thread_url, platform } }: { detail: SessionDetail }) {
  if (thread_url === null || !thread_url.startsWith("https://")) return null;
  return (
    <a className="button small quiet" href={thread_url} target="_blank" rel="noopener noreferrer">
      Open in {PLATFORM_NAMES[platform]} <ExternalIcon />
    </a>
  );
}

/** Whether cards are drawn as on their platform: for as long as the page is open. */
let wanted = false;

function useDrawing(platform: Platform | null) {
  const [on, setOn] = useState(wanted);
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<{ platform: Platform; card: ComponentType<CardProps> | null } | null>(null);
  const fetchDrawing = platform === null ? undefined : DRAWINGS[platform];

  useEffect(() => {
    if (!on || platform === null || fetchDrawing === undefined) return undefined;
    let left = false;
    fetchDrawing().then(
      (card) => left || setLoaded({ platform, card }),
      () => left || setLoaded({ platform, card: null }),
    );
    return () => void (left = true);
  }, [on, platform, fetchDrawing, attempt]);

  const mine = on && loaded !== null && loaded.platform === platform ? loaded : null;
  return {
    card: mine?.card ?? undefined,
    failed: mine !== null && mine.card === null,
    retry: () => {
      setLoaded(null);
      setAttempt(attempt + 1);
    },
    toggle: platform !== null && fetchDrawing !== undefined && (
      <button
        type="button"
        className="button small"
        aria-pressed={on}
        onClick={() => {
          wanted = !on;
          setOn(wanted);
        }}
      >
        As in {PLATFORM_NAMES[platform]}
      </button>
    ),
  };
}
