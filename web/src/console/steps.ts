/** The four steps of a ticket, ticked off from what happened in its thread. */
import type { Card, Message } from "../api/types";

export const STEP_NAMES = ["Describe", "Confirm", "Fix", "Resolve"] as const;

export interface Step {
  name: (typeof STEP_NAMES)[number];
  state: "done" | "current" | "todo";
}

/**
 * `current` is the first step after the last one done; a step that was skipped stays unticked.
 * `started`: there is a session, whether or not its card is among `messages`.
 */
export function steps(started: boolean, messages: readonly Message[], facts: number): Step[] {
  const cards = messages.flatMap(({ card }) => (card === null ? [] : [card]));
  const done = [
    started || cards.some(({ kind }) => kind === "session"),
    facts > 0,
    cards.some(({ kind, state }) => kind === "fix" && state.kind === "decided"),
    cards.some(isPosted),
  ];
  const current = done.lastIndexOf(true) + 1;
  return STEP_NAMES.map((name, i) => ({ name, state: done[i] ? "done" : i === current ? "current" : "todo" }));
}

function isPosted({ kind, state, badge }: Card): boolean {
  if (kind !== "posting" || state.kind === "superseded") return false;
  return state.kind === "decided" ? badge?.tone !== "bad" : badge?.tone === "good";
}
