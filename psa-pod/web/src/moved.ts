/** What has changed between two looks, in words: for somebody whose click came too late. */
import type { Session } from "./types";

const DECISIONS = { one_off: "Use this fix", draft_template: "Use and keep a draft", build_template: "Use and build a template", dismissed: "Dismissed" };
const OUTCOMES = { worked: "it worked", partly: "it worked partly", failed: "it failed", pending: "it is pending" };
const STATUSES = { active: "active", paused: "paused", waiting: "waiting", escalated: "escalated", resolved: "resolved", abandoned: "abandoned" };

/** Each change in a sentence; empty when nothing is different that is shown. */
export function moved(before: Session | null, after: Session | null): string[] {
  if (after === null) return [];
  if (before === null) return ["Somebody has started a session."];
  if (before.id !== after.id) return ["Somebody has started another session."];
  const told: string[] = [];
  if (before.status !== after.status) told.push(`The session is ${STATUSES[after.status]} now.`);
  told.push(...ofFix(before, after), ...ofFacts(before, after));
  const done = after.checks.filter(({ id, status }) => status !== "pending" && before.checks.find((check) => check.id === id)?.status === "pending");
  for (const check of done) told.push(`Check “${check.text}” is ${check.status}${check.result === null ? "" : `: ${check.result}`}.`);
  if (after.posting !== null && before.posting?.id !== after.posting.id) told.push(`${after.posting.member_name} posted a note.`);
  if (before.open_note !== after.open_note && after.open_note !== null) told.push("Somebody is looking at the note in the thread.");
  return told;
}

function ofFix({ fix: was }: Session, { fix: is }: Session): string[] {
  if (is === null) return [];
  if (was?.id !== is.id) return [`A new fix is suggested: “${is.title}”.`];
  const told: string[] = [];
  if (is.decision !== null && was.decision?.id !== is.decision.id) {
    told.push(`${is.decision.member_name} decided about “${is.title}”: ${DECISIONS[is.decision.decision]}.`);
  }
  if (is.outcome !== null && was.outcome?.id !== is.outcome.id) {
    told.push(`${is.outcome.member_name} said how “${is.title}” went: ${OUTCOMES[is.outcome.outcome]}.`);
  }
  return told;
}

function ofFacts(before: Session, after: Session): string[] {
  const was = new Map(before.facts.map((fact) => [fact.id, fact.text]));
  const is = new Set(after.facts.map(({ id }) => id));
  return [
    ...after.facts.filter(({ id }) => !was.has(id)).map(({ text, member_name }) => `${member_name} added a fact: “${text}”.`),
    ...after.facts.filter(({ id, text }) => was.has(id) && was.get(id) !== text).map(({ text }) => `A fact was changed: “${text}”.`),
    ...before.facts.filter(({ id }) => !is.has(id)).map(({ text }) => `A fact was taken back: “${text}”.`),
  ];
}
