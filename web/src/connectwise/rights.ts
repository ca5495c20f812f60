/** What a check of the security role says, in the order in which it has to be read. */
import type { Right } from "../api/types";

export interface Verdict {
  tone: "good" | "warn" | "bad";
  text: string;
  /** What is missing or could not be tried, what is needed first. */
  open: Right[];
}

export function verdict(rights: readonly Right[]): Verdict {
  const needed = rights.filter(({ state, optional }) => state === "missing" && !optional);
  const optional = rights.filter(({ state, optional }) => state === "missing" && optional);
  const untried = rights.filter(({ state }) => state === "untried");
  const open = [...needed, ...optional, ...untried];
  if (needed.length > 0) return { tone: "bad", text: `The security role lacks ${entries(needed.length)} that FlowPilot needs.`, open };
  if (open.length > 0) return { tone: "warn", text: "Everything that FlowPilot needs is there. This is not:", open };
  return { tone: "good", text: "The connection works, and its security role has every entry.", open };
}

/** What follows from one entry that is not there. */
export function consequence({ state, optional, purpose, detail }: Right): string {
  if (state === "untried") return `It could not be tried${detail === null ? "" : `: ${detail}`}.`;
  return optional ? `Only needed to ${purpose}, which can be done by hand.` : `Without it FlowPilot cannot ${purpose}.`;
}

function entries(count: number): string {
  return count === 1 ? "one entry" : `${count} entries`;
}
