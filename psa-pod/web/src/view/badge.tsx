import type { Tone } from "../types";

/** The tone says nothing that the words do not. */
export function Badge({ text, tone }: { text: string; tone: Tone }) {
  return <span className={`badge tone-${tone}`}>{text}</span>;
}
