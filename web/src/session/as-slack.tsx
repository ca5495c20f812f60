/**
 * A card as Slack shows it: the very payload that Slack was sent, drawn by a renderer that is not ours.
 * Its buttons do what the plain card's do. Fetched when it is wanted: the renderer is larger than the page.
 */
import { Component, type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Message as SlackMessage } from "slack-blocks-to-jsx";
import "slack-blocks-to-jsx/dist/style.css";
import { Problem } from "../api/problem";
import type { Payload } from "../api/types";
import { type CardProps, CardView, KIND_NAMES, useKeepFocus } from "../console/card";
import { useChoosing } from "../console/choosing";
import { useLive } from "../console/live";
import { NotSent } from "../console/outgoing";
import { ReplyDialog } from "../console/reply-dialog";
import { Failed, Loading } from "../console/states";
import { useFetched } from "../console/use-fetched";
import { type Drawing, drawing, pressed as pressedAction } from "./slack-payload";
import "./as-slack.css";

export function SlackCard(props: CardProps) {
  const { card, thread } = props;
  const { client } = useLive();
  // Another object is another state of the card.
  const load = useMemo(() => (signal: AbortSignal) => client.payload(thread, card.id, signal), [client, thread, card]);
  const { value, error, reload } = useFetched(load);
  const shown = useLast(value);
  if (error instanceof Problem && error.status === 404) return <CardView {...props} />;
  if (shown === null) {
    return error === null ? <Loading what="the card" /> : <Failed what="The card can't be read as Slack has it." error={error} retry={reload} />;
  }
  return (
    <InsteadOfBroken of={shown} instead={<CardView {...props} />}>
      <Drawn {...props} payload={shown.payload} />
    </InsteadOfBroken>
  );
}

function Drawn({ card, pressed, thread, talk, payload }: CardProps & { payload: Payload["payload"] }) {
  const element = useRef<HTMLElement>(null);
  const [told, setTold] = useState<string | null>(null);
  const whyNotId = useId();
  const theme = useTheme();
  const drawn = useMemo(() => drawing(payload, card.id), [payload, card.id]);
  const { choose, busy, dialog } = useChoosing({ card, pressed, thread, talk, onReply: setTold });
  useKeepFocus(element, payload);

  const press = (target: EventTarget): void => {
    const id = target instanceof Element ? pressedAction(target, drawn) : undefined;
    const action = card.actions.find((one) => one.id === id);
    if (action !== undefined) choose(action);
  };
  const kind = KIND_NAMES[card.kind] ?? "Card";
  return (
    <section className="as-slack" data-kind={card.kind} data-state={card.state.kind} ref={element} tabIndex={-1} aria-label={`${kind}: ${card.title}`} aria-busy={busy}>
      {/* One listener for all: the renderer tells nobody what was pressed. */}
      <div onClick={({ target }) => press(target)} onKeyDown={onMenuKey}>
        <SlackMessage blocks={drawn.blocks} name="FlowPilot" logo="" withoutWrapper {...(theme !== null && { theme })} />
      </div>
      {busy && <p className="message-note">{pressed?.status === "sending" ? "Sending…" : "Sent"}</p>}
      {talk.whyNot !== null && hasControls(drawn) && (
        <p className="why-not" id={whyNotId}>
          {talk.whyNot}
        </p>
      )}
      {pressed?.status === "failed" && <NotSent outgoing={pressed} talk={talk} />}
      {dialog}
      {told !== null && <ReplyDialog reply={told} onClose={() => setTold(null)} />}
    </section>
  );
}

function hasControls({ buttons, menus }: Drawing): boolean {
  return buttons.size > 0 || menus.size > 0;
}

/** The renderer's menus can be reached by keyboard, but not used. */
function onMenuKey(event: KeyboardEvent): void {
  const { target, key } = event;
  if (!(target instanceof HTMLElement) || target.tagName === "BUTTON" || target.tabIndex !== 0) return;
  if (key === "Enter" || key === " ") {
    event.preventDefault();
    target.click();
  } else if (key === "Escape") {
    // It closes on a press outside of it.
    document.dispatchEvent(new MouseEvent("mousedown"));
  }
}

/** What was there stays until the next is. */
function useLast<T>(value: T | null): T | null {
  const last = useRef<T | null>(null);
  useEffect(() => {
    if (value !== null) last.current = value;
  }, [value]);
  return value ?? last.current;
}

/** Null: as the system says. */
function useTheme(): "light" | "dark" | null {
  const theme = useSyncExternalStore(
    (changed) => {
      const observer = new MutationObserver(changed);
      observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      return () => observer.disconnect();
    },
    () => document.documentElement.dataset.theme,
  );
  return theme === "light" || theme === "dark" ? theme : null;
}

/** A payload that the renderer stumbles over is shown as the plain card. */
class InsteadOfBroken extends Component<{ of: Payload; instead: ReactNode; children: ReactNode }, { of: Payload | null; broken: boolean }> {
  override state = { of: null, broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  /** The next payload gets its chance. */
  static getDerivedStateFromProps({ of }: { of: Payload }, before: { of: Payload | null }): { of: Payload; broken: boolean } | null {
    return of === before.of ? null : { of, broken: false };
  }

  override render(): ReactNode {
    return this.state.broken ? this.props.instead : this.props.children;
  }
}
