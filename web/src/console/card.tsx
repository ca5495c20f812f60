/** A card: what the copilot shows and asks. Open it has buttons; decided or replaced it says so. */
import { type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import type { Card, CardKind } from "../api/types";
import { Badge } from "./chips";
import { asksFirst, type CardTalk, useChoosing } from "./choosing";
import type { Outgoing } from "./conversation";
import { Html } from "./html";
import { CheckIcon } from "./icons";
import { NotSent } from "./outgoing";
import { ReplyDialog } from "./reply-dialog";
import { clockTime, fullTime } from "./time";
import "./card.css";

export const KIND_NAMES: Record<CardKind, string> = {
  session: "Session",
  question: "Question",
  check: "Check",
  instruction: "Instruction",
  fix: "Suggested fix",
  outcome: "Outcome",
  note: "Note",
  posting: "Posting",
  escalation: "Escalation",
  script: "Script",
  notice: "Notice",
};

export interface CardProps {
  card: Card;
  pressed: Outgoing | null;
  /** The thread or session that it is in. */
  thread: string;
  talk: CardTalk;
}

export function CardView({ card, pressed, thread, talk }: CardProps) {
  const { kind, title, body_html, fields, badge, state } = card;
  const element = useRef<HTMLElement>(null);
  // Here and not beside the buttons, which the answer may take away.
  const [told, setTold] = useState<string | null>(null);
  useKeepFocus(element, card);
  return (
    <section className={`card card-${kind} card-${state.kind}`} ref={element} tabIndex={-1} aria-label={`${KIND_NAMES[kind] ?? "Card"}: ${title}`}>
      <header className="card-head">
        <p className="card-kind">{KIND_NAMES[kind] ?? kind}</p>
        {badge !== null && <Badge {...badge} />}
      </header>
      <h3 className="card-title">{title}</h3>
      {body_html !== "" && <Html html={body_html} />}
      {fields.length > 0 && (
        <dl className="fields">
          {fields.map(({ label, value }, i) => (
            <div key={i}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {state.kind === "open" ? <Actions card={card} pressed={pressed} thread={thread} talk={talk} onReply={setTold} /> : <Result state={state} />}
      {told !== null && <ReplyDialog reply={told} onClose={() => setTold(null)} />}
    </section>
  );
}

function Result({ state }: { state: Exclude<Card["state"], { kind: "open" }> }) {
  if (state.kind === "superseded") {
    return <p className="card-result">Superseded{state.by !== null && state.by !== "" && <> · {state.by}</>}</p>;
  }
  return (
    <p className="card-result">
      <CheckIcon />
      <span>
        <strong>{state.choice}</strong> by {state.by} at{" "}
        <time dateTime={new Date(state.at).toISOString()} title={fullTime(state.at)}>
          {clockTime(state.at)}
        </time>
      </span>
    </p>
  );
}

function Actions({ card, pressed, thread, talk, onReply }: CardProps & { onReply: (reply: string | null) => void }) {
  const { choose, isChosen, busy, dialog } = useChoosing({ card, pressed, thread, talk, onReply });
  const whyNotId = useId();
  if (card.actions.length === 0) return null;
  return (
    <div className="card-actions">
      <div className="buttons">
        {card.actions.map((action) => (
          <button
            key={action.id}
            type="button"
            className={`button ${action.style === "default" ? "" : action.style}`}
            // Not `disabled`: the focus stays here until the answer takes the buttons away.
            aria-disabled={busy || talk.whyNot !== null}
            aria-describedby={talk.whyNot === null ? undefined : whyNotId}
            data-chosen={isChosen(action) || undefined}
            aria-haspopup={asksFirst(action) ? "dialog" : undefined}
            onClick={() => choose(action)}
          >
            {action.label}
            {isChosen(action) && <span className="button-state">{pressed?.status === "sending" ? "sending…" : "sent"}</span>}
          </button>
        ))}
      </div>
      {talk.whyNot !== null && (
        <p className="why-not" id={whyNotId}>
          {talk.whyNot}
        </p>
      )}
      {pressed?.status === "failed" && <NotSent outgoing={pressed} talk={talk} />}
      {dialog}
    </div>
  );
}

/** When the answer takes the pressed button away, the card itself keeps the reader's place. `shown` is what is drawn. */
export function useKeepFocus(element: RefObject<HTMLElement | null>, shown: unknown): void {
  const hadFocus = useRef(false);
  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const enter = (): void => void (hadFocus.current = true);
    const leave = (event: FocusEvent): void => {
      // A removed button leaves without saying where to.
      if (event.relatedTarget !== null) hadFocus.current = false;
    };
    box.addEventListener("focusin", enter);
    box.addEventListener("focusout", leave);
    return () => {
      box.removeEventListener("focusin", enter);
      box.removeEventListener("focusout", leave);
    };
  }, [element]);
  useLayoutEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (hadFocus.current && lost) element.current?.focus({ preventScroll: true });
  }, [element, shown]);
}
