import { describe, expect, it } from "vitest";
import type { Right } from "../api/types";
import { consequence, verdict } from "./rights";

const right = (with_: Partial<Right>): Right => ({
  entry: "Service Desk > Service Tickets: Add",
  purpose: "post notes",
  optional: false,
  state: "held",
  detail: null,
  ...with_,
});

describe("a check of the security role", () => {
  it("is good when every entry is there", () => {
    expect(verdict([right({})])).toMatchObject({ tone: "good", open: [] });
  });

  it("names what is needed before what is not", () => {
    const pod = right({ entry: "System > Manage Hosted API: Add", purpose: "register the pod", optional: true, state: "missing" });
    const notes = right({ state: "missing" });
    const told = verdict([pod, right({ entry: "x" }), notes]);
    expect(told).toMatchObject({ tone: "bad", text: "The security role lacks one entry that FlowPilot needs." });
    expect(told.open).toEqual([notes, pod]);
  });

  it("only warns of what can be done by hand, or could not be tried", () => {
    const pod = right({ purpose: "register the pod", optional: true, state: "missing" });
    const other = right({ optional: true, state: "untried", detail: "it asks for a pause" });
    expect(verdict([pod, other]).tone).toBe("warn");
    expect(consequence(pod)).toBe("Only needed to register the pod, which can be done by hand.");
    expect(consequence(other)).toBe("It could not be tried: it asks for a pause.");
  });

  it("says what cannot be done without an entry", () => {
    expect(consequence(right({ state: "missing" }))).toBe("Without it FlowPilot cannot post notes.");
  });
});
