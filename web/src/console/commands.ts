/** Completion of `/` commands while typing. */
import type { Command } from "../api/types";

export interface Completion {
  /** How the command is typed, with its slash. */
  word: string;
  usage: string;
  summary: string;
  takesText: boolean;
}

export function completions(commands: readonly Command[]): Completion[] {
  return commands.map(({ name, usage, summary }) => {
    const word = slashed(name);
    const full = usage === "" ? word : slashed(usage);
    return { word, usage: full, summary, takesText: full.trim() !== word };
  });
}

/** The commands that do something here: one of them starts work, the others need work that was started. */
export function usable(all: readonly Completion[], where: "ticket" | "thread" | "nowhere"): Completion[] {
  if (where === "ticket") return [];
  return all.filter(({ word }) => (word === "/start") === (where === "nowhere"));
}

/** The commands that `text` may become, while it is still one word that begins with a slash: what it is already comes first. */
export function matching(all: readonly Completion[], text: string): Completion[] {
  if (!/^\/\S*$/.test(text)) return [];
  const written = text.toLowerCase();
  const found = all.filter(({ word }) => word.startsWith(written));
  return [...found.filter(({ word }) => word === written), ...found.filter(({ word }) => word !== written)];
}

/** The command whose text is being written. */
export function underway(all: readonly Completion[], text: string): Completion | undefined {
  return all.find(({ word, takesText }) => takesText && text.toLowerCase().startsWith(`${word} `));
}

function slashed(text: string): string {
  return text.startsWith("/") ? text : `/${text}`;
}
