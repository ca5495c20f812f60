/** The rules of a form that the server describes. */
import type { Input } from "../api/types";

/** What is in the form, by field name; a checkbox holds "true" or "false". */
export type Answers = Record<string, string>;

export function startingAnswers(inputs: readonly Input[]): Answers {
  return Object.fromEntries(inputs.map((input) => [input.name, input.value ?? (input.kind === "boolean" ? "false" : "")]));
}

/** What is wrong, by field name; empty when nothing is. */
export function validate(inputs: readonly Input[], answers: Answers): Record<string, string> {
  const wrong = inputs.map((input) => [input.name, problemOf(input, answers[input.name] ?? "")] as const);
  return Object.fromEntries(wrong.filter((entry): entry is readonly [string, string] => entry[1] !== null));
}

/** What is sent: a field left empty that may be empty is left out. */
export function toFields(inputs: readonly Input[], answers: Answers): Record<string, string> {
  const filled = inputs.map(({ name }) => [name, answers[name] ?? ""] as const);
  return Object.fromEntries(filled.filter(([, value]) => value.trim() !== ""));
}

/** What may be kept of a form that was closed without sending it: everything but secrets. */
export function worthKeeping(inputs: readonly Input[], answers: Answers): Answers {
  const secret = new Set(inputs.flatMap(({ kind, name }) => (kind === "secret" ? [name] : [])));
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !secret.has(name)));
}

/** Length as the server counts it: in characters, not in UTF-16 units. */
export function characters(text: string): number {
  return Array.from(text).length;
}

function problemOf({ kind, required, max_length }: Input, value: string): string | null {
  if (value.trim() === "" && required) return kind === "choice" ? "Choose one." : "Fill this in.";
  if (kind === "number" && !Number.isFinite(Number(value))) return "Enter a number.";
  if (max_length !== null && max_length > 0 && characters(value) > max_length) {
    return `At most ${max_length} characters; this has ${characters(value)}.`;
  }
  return null;
}
