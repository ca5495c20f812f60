import { describe, expect, it } from "vitest";
import type { Card, Message, Thread } from "../api/types";
import { awaited, type Change, type Conversation, converse, emptyConversation, inOrder, type Outgoing, type Sending, threadsByTicket, unseen } from "./conversation";
import { unread } from "./reading";

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
  feedback_on: null,
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
const loading = (cursor: string | null = null): Change => ({ type: "messages-loading", thread: "t", cursor });
const loaded = (messages: Message[], next: string | null = null, cursor: string | null = null): Change => ({
  type: "messages-loaded",
  thread: "t",
  cursor,
  page: { items: messages, next_cursor: next },
});
const failed = (cursor: string | null = null): Change => ({ type: "messages-failed", thread: "t", cursor });
const shown = (state: Conversation) => inOrder(state.messages.t ?? [], state.messagesRead.t ?? unread).map(({ seq }) => seq);
const statuses = (outgoing: Outgoing[]) => outgoing.map(({ status, echoedAt }) => (echoedAt === null ? status : "echoed"));

describe("messages of a thread", () => {
  it("are in the order of the thread, not of arrival", () => {
    const state = after(arrived(message(2)), arrived(message(1)));
    expect(state.messages.t?.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("appear once when the stream and a request both bring them", () => {
    const state = after(arrived(message(1)), loaded([message(1)]));
    expect(state.messages.t).toHaveLength(1);
  });

  it("keep the newest version when an older one comes late", () => {
    const edited = message(1, { html: "<p>New</p>", edited_at: 9000 });
    const state = after(arrived(edited), loaded([message(1)]));
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
      loading(),
      loaded([message(1)]),
      loading(),
      failed(),
    );
    expect(shown(state)).toEqual([1]);
    expect(state.messagesRead.t?.state).toBe("stale");
  });
});

describe("messages read a page at a time", () => {
  const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
  const newest = [loading(), loaded(numbered(8, 9), "before 8")];

  it("begin with the newest, and go on with those before", () => {
    const state = after(...newest, loading("before 8"), loaded(numbered(6, 7), "before 6", "before 8"));
    expect(shown(state)).toEqual([6, 7, 8, 9]);
    expect(state.messagesRead.t).toMatchObject({ next: "before 6", more: "ready" });
  });

  it("end with the first page of the thread", () => {
    const state = after(...newest, loading("before 8"), loaded(numbered(1, 7), null, "before 8"));
    expect(shown(state)).toHaveLength(9);
    expect(state.messagesRead.t?.next).toBeNull();
  });

  it("can be tried again where those before could not be read", () => {
    const state = after(...newest, loading("before 8"), failed("before 8"));
    expect(state.messagesRead.t).toMatchObject({ state: "ready", more: "failed", next: "before 8" });
    expect(converse(state, loading("before 8")).messagesRead.t?.more).toBe("loading");
  });

  it("keep earlier pages when the newest is read again", () => {
    const earlier = [loading("before 8"), loaded(numbered(4, 7), "before 4", "before 8")];
    const state = after(...newest, ...earlier, loading(), loaded(numbered(9, 11), "before 9"));
    expect(shown(state)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(state.messagesRead.t?.next).toBe("before 4");
  });

  it("begin anew where the newest page does not reach what was known", () => {
    const state = after(...newest, loading(), loaded(numbered(21, 22), "before 21"));
    expect(shown(state)).toEqual([21, 22]);
    expect(state.messagesRead.t?.next).toBe("before 21");
    const back = [loading("before 21"), loaded(numbered(8, 20), "before 8", "before 21")];
    expect(shown(back.reduce(converse, state))).toEqual(numbered(8, 22).map(({ seq }) => seq));
  });

  it("do not take a live message for proof that nothing was missed", () => {
    const state = after(...newest, loading(), arrived(message(23)), loaded(numbered(21, 22), "before 21"));
    expect(shown(state)).toEqual([21, 22, 23]);
    const tried = after(...newest, loading(), failed(), arrived(message(23)), loading(), loaded(numbered(22, 23), "before 22"));
    expect(shown(tried)).toEqual([22, 23]);
  });

  it("have no gap in a thread that was not open while something was missed", () => {
    const state = after(...newest, { type: "missed" }, arrived(message(23)), loading(), loaded(numbered(22, 23), "before 22"));
    expect(shown(state)).toEqual([22, 23]);
  });

  it("have no gap where live messages came before the first page", () => {
    const state = after(arrived(message(2)), arrived(message(9)), loading(), loaded(numbered(8, 9), "before 8"));
    expect(shown(state)).toEqual([8, 9]);
  });

  it("leave out an edit of one that was not read, until its page comes", () => {
    const edited = message(2, { html: "<p>New</p>", edited_at: 9000 });
    const state = after(...newest, loading("before 8"), arrived(edited));
    expect(shown(state)).toEqual([8, 9]);
    const whole = converse(state, loaded(numbered(1, 7), null, "before 8"));
    expect(shown(whole)).toHaveLength(9);
    expect(whole.messages.t?.[1]?.html).toBe("<p>New</p>");
  });

  it("are not mixed with a page before another beginning", () => {
    const state = after(...newest, loading("before 8"), loading(), loaded(numbered(21, 22), "before 21"), loaded(numbered(6, 7), "before 6", "before 8"));
    expect(shown(state)).toEqual([21, 22]);
    expect(state.messagesRead.t).toMatchObject({ next: "before 21", more: "ready" });
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
    const both = loaded([session, echo]);
    expect(after(arrived(message(1)), sent(text("/fact It prints")), accepted, both).outgoing).toEqual([]);
  });

  it("is answered by a card that is further up than was read", () => {
    const read = [loading(), loaded([message(8)], "before 8")];
    const session = arrived(message(1, { card: card({ kind: "open" }), edited_at: 2000 }));
    const state = after(...read, sent(text("/fact It prints")), accepted, arrived(message(9, { id: "x", author: member })), session);
    expect(state.outgoing).toEqual([]);
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
  const thread: Thread = { id: "t", title: "VPN", ticket_id: null, connection_id: null, session_id: null, session_status: null, updated_at: 10 };

  const loadedThreads = (items: Thread[], next: string | null = null, cursor: string | null = null): Change => ({
    type: "threads-loaded",
    cursor,
    page: { items, next_cursor: next },
  });

  it("has no news when the page opens", () => {
    const state = after(loadedThreads([thread]));
    expect(unseen(state, thread)).toBe(false);
  });

  it("has news when it changed since it was on screen", () => {
    const changed = { ...thread, updated_at: 20 };
    const state = after(loadedThreads([thread]), { type: "thread-changed", thread: changed });
    expect(unseen(state, changed)).toBe(true);
    expect(unseen(converse(state, { type: "thread-seen", thread: "t" }), changed)).toBe(false);
  });

  it("started from this page takes the id that the server chose", () => {
    const opening: Sending = { kind: "open", ticket: "c/48210", text: null };
    const state = after(sent(opening), { type: "accepted", id: "x", thread: "other" });
    expect(state.outgoing[0]?.thread).toBe("other");
  });

  describe("of a long list", () => {
    const at = (updated_at: number, ticket_id: string | null = null): Thread => ({ ...thread, id: `t${updated_at}`, ticket_id, connection_id: "c", updated_at });
    const reads: Change = { type: "threads-loading", cursor: null };
    const newest = [reads, loadedThreads([at(9), at(8)], "before 8")];
    const ids = (state: Conversation) => Object.keys(state.threads).sort();

    it("comes with the page that it is on", () => {
      const state = after(...newest, loadedThreads([at(7)], null, "before 8"));
      expect(ids(state)).toEqual(["t7", "t8", "t9"]);
      expect(state.threadsRead.next).toBeNull();
      expect(unseen(state, at(7))).toBe(false);
    });

    it("stays when the newest are read again", () => {
      const state = after(...newest, loadedThreads([at(7)], "before 7", "before 8"), reads, loadedThreads([at(10), at(9)], "before 9"));
      expect(ids(state)).toEqual(["t10", "t7", "t8", "t9"]);
      expect(state.threadsRead.next).toBe("before 7");
    });

    it("goes away when the newest do not reach what was known, as it may have changed", () => {
      const live: Change = { type: "thread-changed", thread: at(40) };
      const state = after(...newest, reads, live, loadedThreads([at(31), at(30)], "before 30"));
      expect(ids(state)).toEqual(["t30", "t31", "t40"]);
      expect(state.threadsRead).toMatchObject({ next: "before 30", from: 30 });
    });

    it("keeps its place when those after it can't be read", () => {
      const state = after(...newest, { type: "threads-loading", cursor: "before 8" }, { type: "threads-failed", cursor: "before 8" });
      expect(ids(state)).toEqual(["t8", "t9"]);
      expect(state.threadsRead).toMatchObject({ state: "ready", more: "failed", next: "before 8" });
    });

    it("is found by its id, and then by its ticket", () => {
      const lookup: Change = { type: "thread-lookup", thread: "t1", state: "loading" };
      const state = after(...newest, lookup, { type: "thread-found", thread: at(1, "48210") });
      expect(state.lookups).toEqual({});
      expect(threadsByTicket(state.threads).get("c/48210")?.id).toBe("t1");
      expect(threadsByTicket(state.threads).get("other/48210")).toBeUndefined();
      // Not listed: between it and the others there may be more.
      expect(at(1).updated_at).toBeLessThan(state.threadsRead.from);
    });

    it("is looked for again after a reload, unless it does not exist", () => {
      const failed: Change = { type: "thread-lookup", thread: "t1", state: "failed" };
      const absent: Change = { type: "thread-lookup", thread: "t2", state: "absent" };
      expect(after(...newest, failed, absent, reads, loadedThreads([at(9), at(8)], "before 8")).lookups).toEqual({ t2: "absent" });
    });
  });
});
