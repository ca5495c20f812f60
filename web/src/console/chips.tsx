/** Short labels with a tone. The text carries the meaning; the tone repeats it. */
import type { Tone } from "../api/types";

export function Badge({ text, tone }: { text: string; tone: Tone | "now" }) {
  return <span className={`badge tone-${tone}`}>{text}</span>;
}

const SESSION_TONES: Record<string, Tone | "now"> = {
  active: "now",
  waiting: "warn",
  escalated: "warn",
  resolved: "good",
};

export function SessionChip({ status }: { status: string }) {
  return <Badge text={sentence(status)} tone={SESSION_TONES[status] ?? "neutral"} />;
}

/** "waiting_for_client" reads "Waiting for client". */
function sentence(word: string): string {
  const text = word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
