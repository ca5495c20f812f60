import { describe, expect, it } from "vitest";
import type { Member, RosterEntry } from "../api/types";
import { choices, offers, standing } from "./standing";

const entry = (with_: Partial<RosterEntry>): RosterEntry => ({
  external_id: "151",
  identifier: "jnovak",
  name: "Jamie Novak",
  state: "none",
  member_id: null,
  member: null,
  confirmed_at: null,
  proposals: [],
  ...with_,
});

const members: Member[] = [
  { id: "v", name: "Vera", role: "viewer" },
  { id: "e", name: "Eli", role: "engineer" },
];

describe("a member of the ticket system", () => {
  it("says how they stand", () => {
    expect(standing(entry({}))).toEqual({ tone: "neutral", text: "Nobody yet" });
    expect(standing(entry({ state: "proposed" })).text).toBe("To confirm");
    expect(standing(entry({ state: "confirmed", member: "Eli" })).text).toBe("Is Eli");
  });

  it("says why somebody may be them", () => {
    const proposals = [
      { member_id: "e", member: "Eli", reason: "said" as const },
      { member_id: "v", member: "Vera", reason: "email" as const },
    ];
    expect(offers(entry({ proposals })).map(({ text }) => text)).toEqual(["Eli said so", "Vera has the same e-mail address"]);
  });

  it("can be anybody who is not proposed already, by name", () => {
    expect(choices(entry({}), members).map(({ name }) => name)).toEqual(["Eli", "Vera"]);
    const proposals = [{ member_id: "e", member: "Eli", reason: "said" as const }];
    expect(choices(entry({ proposals }), members).map(({ name }) => name)).toEqual(["Vera"]);
  });
});
