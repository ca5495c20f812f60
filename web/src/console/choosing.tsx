/** What a press on a card's button leads to: first a question or a form, where it asks for one. */
import { type ReactNode, useState } from "react";
import type { Action, Card } from "../api/types";
import { ActionDialog } from "./action-dialog";
import type { Outgoing } from "./conversation";
import { type Answers, worthKeeping } from "./fields";
import type { Talk } from "./use-conversation";

/** What a card does in its thread. */
export type CardTalk = Pick<Talk, "whyNot" | "press" | "submit" | "tryAgain" | "discard">;

export interface Choosing {
  choose: (action: Action) => void;
  /** It was pressed, and its answer is awaited. */
  isChosen: (action: Action) => boolean;
  busy: boolean;
  /** The question or form, while it is open. */
  dialog: ReactNode;
}

interface Place {
  card: Card;
  pressed: Outgoing | null;
  thread: string;
  talk: CardTalk;
  /** What only this member is told. */
  onReply: (reply: string | null) => void;
}

export function useChoosing({ card, pressed, thread, talk, onReply }: Place): Choosing {
  const [asking, setAsking] = useState<Action | null>(null);
  // What was written into a form that was closed without sending it, by action.
  const [drafts, setDrafts] = useState<Record<string, Answers>>({});
  const busy = pressed !== null && pressed.status !== "failed";
  return {
    busy,
    isChosen: ({ id }) => busy && pressed.what.kind === "press" && pressed.what.action === id,
    choose(action) {
      if (busy || talk.whyNot !== null) return;
      if (pressed !== null) talk.discard(pressed.id);
      if (asksFirst(action)) setAsking(action);
      else talk.press(thread, { cardId: card.id, action: action.id, label: action.label, fields: null });
    },
    dialog: asking !== null && (
      <ActionDialog
        action={asking}
        about={card.title}
        draft={drafts[asking.id]}
        onClose={(answers) => {
          setDrafts((before) => ({ ...before, [asking.id]: worthKeeping(asking.inputs, answers) }));
          setAsking(null);
        }}
        onSubmit={async (id, fields) => onReply(await talk.submit(id, thread, { cardId: card.id, action: asking.id, label: asking.label, fields }))}
      />
    ),
  };
}

/** What loses something is never one click away. */
export function asksFirst({ confirm, inputs, style }: Action): boolean {
  return confirm !== null || inputs.length > 0 || style === "danger";
}
