/** What the list of a ticket system's members says, and offers. */
import type { Member, RosterEntry } from "../api/types";

/** Why somebody may be them. */
const REASONS = { said: "said so", email: "has the same e-mail address" } as const;

export interface Offer {
  memberId: string;
  text: string;
}

export function offers({ proposals }: RosterEntry): Offer[] {
  return proposals.map(({ member_id, member, reason }) => ({ memberId: member_id, text: `${member} ${REASONS[reason]}` }));
}

/** Whom an admin can choose for them: everybody who is not proposed anyway, by name. */
export function choices({ proposals }: RosterEntry, members: readonly Member[]): Member[] {
  const proposed = new Set(proposals.map(({ member_id }) => member_id));
  return members.filter(({ id }) => !proposed.has(id)).toSorted((a, b) => a.name.localeCompare(b.name));
}

export function standing({ state, member }: RosterEntry): { tone: "good" | "warn" | "neutral"; text: string } {
  if (state === "confirmed") return { tone: "good", text: `Is ${member ?? "a member"}` };
  return state === "proposed" ? { tone: "warn", text: "To confirm" } : { tone: "neutral", text: "Nobody yet" };
}
