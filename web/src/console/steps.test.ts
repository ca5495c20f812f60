import { describe, expect, it } from "vitest";
import type { Card, Message } from "../api/types";
import { steps } from "./steps";

const open = { kind: "open" } as const;
const decided = { kind: "decided", choice: "Apply once", by: "Jonas", at: 1 } as const;

function said(kind: Card["kind"], with_: Partial<Card> = {}): Message {
  const card: Card = { id: kind, kind, title: "", body_html: "", fields: [], badge: null, actions: [], state: open, plain: "", feedback_on: null, ...with_ };
  const author = { kind: "copilot", name: "FlowPilot" } as const;
  return { id: kind, seq: 1, thread: "t", author, html: null, card, private: false, created_at: 1, edited_at: null };
}

const marks = (messages: Message[], facts = 0, started = false) => steps(started, messages, facts).map(({ state }) => state);

describe("the step strip", () => {
  it("starts at Describe", () => {
    expect(marks([])).toEqual(["current", "todo", "todo", "todo"]);
  });

  it("ticks Describe when the session is there", () => {
    expect(marks([said("session")])).toEqual(["done", "current", "todo", "todo"]);
  });

  it("ticks Describe when the session's card is further up than was read", () => {
    expect(marks([], 0, true)).toEqual(["done", "current", "todo", "todo"]);
  });

  it("ticks Confirm with the first fact", () => {
    expect(marks([said("session")], 1)).toEqual(["done", "done", "current", "todo"]);
  });

  it("does not tick Fix for a fix that is only suggested", () => {
    expect(marks([said("session"), said("fix")], 1)).toEqual(["done", "done", "current", "todo"]);
  });

  it("does not tick Fix for a fix that was replaced", () => {
    const replaced = said("fix", { state: { kind: "superseded", by: null } });
    expect(marks([said("session"), replaced], 1)).toEqual(["done", "done", "current", "todo"]);
  });

  it("ticks Fix when it is decided", () => {
    expect(marks([said("session"), said("fix", { state: decided })], 1)).toEqual(["done", "done", "done", "current"]);
  });

  it("does not tick Resolve while the note is on its way", () => {
    const sending = said("posting", { badge: { text: "Sending", tone: "neutral" } });
    expect(marks([said("session"), said("fix", { state: decided }), sending], 1)[3]).toBe("current");
  });

  it("does not tick Resolve when posting failed", () => {
    const failed = said("posting", { badge: { text: "Failed", tone: "bad" } });
    expect(marks([said("session"), said("fix", { state: decided }), failed], 1)[3]).toBe("current");
  });

  it("ticks Resolve when the note is on the ticket", () => {
    const posted = said("posting", { badge: { text: "Posted", tone: "good" } });
    expect(marks([said("session"), said("fix", { state: decided }), posted], 1)[3]).toBe("done");
  });

  it("leaves a skipped step unticked", () => {
    const posted = said("posting", { badge: { text: "Posted", tone: "good" } });
    expect(marks([said("session"), posted], 1)).toEqual(["done", "done", "todo", "done"]);
  });
});
