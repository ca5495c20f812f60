import { describe, expect, it } from "vitest";
import type { Card, Message, Thread } from "../api/types";
import { awaited, type Change, converse, emptyConversation, type Outgoing, type Sending, unseen } from "./conversation";

const after = (...changes: Change[]) => changes.reduce(converse, emptyConversation);

const message = (seq: number, with_: Partial<Message> = {}): Message => ({
  id: `m${seq}`,
  seq,
  thread: "t",
  author: { kind: "copilot", name: "FlowPilot" },
  html: "<p>Hello</p>",
  card: null,
  private: false,
  created_at: 1000 + seq,
  edited_at: null,
  ...with_,
});

const card = (state: Card["state"]): Card => ({
  id: "c",
  kind: "question",
  title: "Does it sign in?",
  body_html: "",
  fields: [],
  badge: null,
  actions: [],
  state,
  plain: "",
});

const member = { kind: "member", name: "Jonas" } as const;
const arrived = (m: Message): Change => ({ type: "message-arrived", thread: m.thread, message: m });
const sent = (what: Sending, id = "x"): Change => ({
  type: "sent",
  outgoing: { id, thread: "t", author: "Jonas", at: 5, what },
});
const text = (words: string): Sending => ({ kind: "text", text: words });
const press: Sending = { kind: "press", cardId: "c", action: "yes", label: "Yes", fields: null };
const accepted: Change = { type: "accepted", id: "x", thread: null };
const statuses = (outgoing: Outgoing[]) => outgoing.map(({ status, echoedAt }) => (echoedAt === null ? status : "echoed"));

describe("messages of a thread", () => {
  it("are in the order of the thread, not of arrival", () => {
    const state = after(arrived(message(2)), arrived(message(1)));
    expect(state.messages.t?.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("appear once when the stream and a request both bring them", () => {
    const state = after(arrived(message(1)), { type: "messages-loaded", thread: "t", messages: [message(1)] });
    expect(state.messages.t).toHaveLength(1);
  });

  it("keep the newest version when an older one comes late", () => {
    const edited = message(1, { html: "<p>New</p>", edited_at: 9000 });
    const state = after(arrived(edited), { type: "messages-loaded", thread: "t", messages: [message(1)] });
    expect(state.messages.t?.[0]?.html).toBe("<p>New</p>");
  });

  it("are edited in place", () => {
    const decided = { kind: "decided", choice: "Yes", by: "Jonas", at: 3 } as const;
    const open = message(1, { card: card({ kind: "open" }) });
    const state = after(arrived(open), arrived(message(2)), arrived({ ...open, card: card(decided), edited_at: 9000 }));
    expect(state.messages.t?.map((m) => m.card?.state.kind)).toEqual(["decided", undefined]);
  });

  it("stay on screen when reading them again fails", () => {
    const state = after(
      { type: "messages-loaded", thread: "t", messages: [message(1)] },
      { type: "messages-loading", thread: "t" },
      { type: "messages-failed", thread: "t" },
    );
    expect(state.messagesState.t).toBe("ready");
  });
});

describe("a message just sent", () => {
  it("is shown until the thread shows it", () => {
    const state = after(sent(text("It works")), accepted);
    expect(statuses(state.outgoing)).toEqual(["accepted"]);
  });

  it("is not shown twice when the thread has it under the same id", () => {
    const state = after(sent(text("It works")), arrived(message(1, { id: "x", author: member })));
    expect(statuses(state.outgoing)).toEqual(["echoed"]);
  });

  it("is not shown twice when the thread has the same words under another id", () => {
    const echo = message(1, { author: member, html: "<p>It <code>works</code> &amp; prints</p>" });
    const state = after(sent(text("It `works` & prints")), accepted, arrived(echo));
    expect(statuses(state.outgoing)).toEqual(["echoed"]);
  });

  it("is not mistaken for an earlier message with the same words", () => {
    const earlier = message(1, { author: member, html: "<p>yes</p>" });
    const state = after(arrived(earlier), sent(text("yes")), accepted, arrived(earlier));
    expect(statuses(state.outgoing)).toEqual(["accepted"]);
  });

  it("is awaited until the copilot replies", () => {
    const waiting = after(sent(text("yes")), accepted, arrived(message(1, { id: "x", author: member })));
    expect(awaited(waiting, "t")).toBe(true);
    expect(awaited(converse(waiting, arrived(message(2))), "t")).toBe(false);
  });

  it("is answered by a card that was only edited, in whichever order the two arrive", () => {
    const echo = message(2, { id: "x", author: member });
    const session = message(1, { card: card({ kind: "open" }), edited_at: 2000 });
    const live = after(arrived(message(1)), sent(text("/fact It prints")), accepted, arrived(echo), arrived(session));
    expect(live.outgoing).toEqual([]);
    const loaded: Change = { type: "messages-loaded", thread: "t", messages: [session, echo] };
    expect(after(arrived(message(1)), sent(text("/fact It prints")), accepted, loaded).outgoing).toEqual([]);
  });

  it("is not answered by a card that was edited before", () => {
    const before = message(1, { card: card({ kind: "open" }), edited_at: 1001 });
    const state = after(arrived(before), sent(text("yes")), accepted, arrived(message(2, { id: "x", author: member })));
    expect(awaited(state, "t")).toBe(true);
  });

  it("is done when the reply arrives before the acknowledgement", () => {
    const state = after(sent(text("yes")), arrived(message(1)), accepted);
    expect(state.outgoing).toEqual([]);
  });

  it("can be tried again under the same id after it failed", () => {
    const failed = after(sent(text("yes")), { type: "failed", id: "x", error: "The database is busy." });
    expect(failed.outgoing[0]).toMatchObject({ status: "failed", error: "The database is busy." });
    const again = converse(failed, sent(text("yes")));
    expect(again.outgoing).toMatchObject([{ id: "x", status: "sending", error: null }]);
  });

  it("did not fail when the thread shows it, even if the answer was lost", () => {
    const echo = arrived(message(1, { id: "x", author: member }));
    const state = after(sent(text("yes")), echo, { type: "failed", id: "x", error: "no answer" });
    expect(statuses(state.outgoing)).toEqual(["echoed"]);
  });

  it("stays on screen when the thread never shows it", () => {
    const state = after(sent(text("yes")), accepted, { type: "late", id: "x" });
    expect(state.outgoing).toMatchObject([{ id: "x", late: true }]);
    expect(awaited(state, "t")).toBe(false);
  });
});

describe("a button just pressed", () => {
  const open = arrived(message(1, { card: card({ kind: "open" }) }));

  it("is done when its card is edited", () => {
    const decided = card({ kind: "decided", choice: "Yes", by: "Jonas", at: 3 });
    const state = after(open, sent(press), arrived(message(1, { card: decided, edited_at: 9000 })));
    expect(state.outgoing).toEqual([]);
  });

  it("is done when it is refused privately", () => {
    const state = after(open, sent(press), accepted, arrived(message(2, { private: true })));
    expect(state.outgoing).toEqual([]);
  });

  it("stays pending while the same card only arrives again", () => {
    const state = after(open, sent(press), accepted, open);
    expect(statuses(state.outgoing)).toEqual(["accepted"]);
  });

  it("can be pressed again when nothing comes back", () => {
    const state = after(open, sent(press), accepted, { type: "late", id: "x" });
    expect(state.outgoing).toEqual([]);
  });
});

describe("a thread", () => {
  const thread: Thread = { id: "t", title: "VPN", ticket_id: null, session_id: null, session_status: null, updated_at: 10 };

  it("has no news when the page opens", () => {
    const state = after({ type: "threads-loaded", threads: [thread] });
    expect(unseen(state, thread)).toBe(false);
  });

  it("has news when it changed since it was on screen", () => {
    const changed = { ...thread, updated_at: 20 };
    const state = after({ type: "threads-loaded", threads: [thread] }, { type: "thread-changed", thread: changed });
    expect(unseen(state, changed)).toBe(true);
    expect(unseen(converse(state, { type: "thread-seen", thread: "t" }), changed)).toBe(false);
  });

  it("started from this page takes the id that the server chose", () => {
    const opening: Sending = { kind: "open", ticketId: "48210", text: null };
    const state = after(sent(opening), { type: "accepted", id: "x", thread: "other" });
    expect(state.outgoing[0]?.thread).toBe("other");
  });
});
