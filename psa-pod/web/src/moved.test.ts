import { expect, test } from "vitest";
import { NOW, session } from "./fake";
import { moved } from "./moved";
import type { Session } from "./types";

type Fact = Session["facts"][number];
const fact = (id: string, text: string): Fact => ({ id, text, member_name: "Ada Admin" }) as Fact;
const fix = (more: object): Session["fix"] => ({ id: "x1", title: "Select the headset", decision: null, outcome: null, ...more }) as Session["fix"];
const by = { id: "d1", member_name: "Ada Admin", created_at: NOW };

test("nothing that is shown has changed", () => {
  expect(moved(session(), session({ updated_at: NOW + 1 }))).toEqual([]);
  expect(moved(session(), null)).toEqual([]);
});

test("a session that begins, and another one", () => {
  expect(moved(null, session())).toEqual(["Somebody has started a session."]);
  expect(moved(session(), session({ id: "s2" }))).toEqual(["Somebody has started another session."]);
});

test("what somebody decided, and how it went", () => {
  const after = session({ fix: fix({ decision: { ...by, decision: "one_off" }, outcome: { ...by, id: "o1", outcome: "worked" } }) });
  expect(moved(session({ fix: fix({}) }), after)).toEqual([
    "Ada Admin decided about “Select the headset”: Use this fix.",
    "Ada Admin said how “Select the headset” went: it worked.",
  ]);
  expect(moved(session(), session({ fix: fix({}) }))).toEqual(["A new fix is suggested: “Select the headset”."]);
});

test("facts that were added, changed and taken back", () => {
  const before = session({ facts: [fact("1", "The cable is in."), fact("2", "The port is dusty.")] });
  const after = session({ facts: [fact("1", "The cable is out."), fact("3", "The dock is new.")] });
  expect(moved(before, after)).toEqual([
    "Ada Admin added a fact: “The dock is new.”.",
    "A fact was changed: “The cable is out.”.",
    "A fact was taken back: “The port is dusty.”.",
  ]);
});

test("checks, notes and where the session stands", () => {
  const check = (status: string, result: string | null) => ({ id: "k1", text: "Device list", status, result }) as Session["checks"][number];
  const after = session({
    status: "resolved",
    checks: [check("done", "two")],
    posting: { id: "p1", member_name: "Ada Admin" } as Session["posting"],
    open_note: "resolution",
  });
  expect(moved(session({ checks: [check("pending", null)] }), after)).toEqual([
    "The session is resolved now.",
    "Check “Device list” is done: two.",
    "Ada Admin posted a note.",
    "Somebody is looking at the note in the thread.",
  ]);
});
