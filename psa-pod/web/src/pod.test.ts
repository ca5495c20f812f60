import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Api } from "./api";
import { FakeServer, issued, json, NOT_MODIFIED, NOW, problem, session } from "./fake";
import { type Claim, Silent } from "./host";
import { DEBOUNCE_MS, HIDDEN_MS, Pod, STOP_AFTER_MS, VISIBLE_MS } from "./pod";
import type { Session } from "./types";

const CLAIM: Claim = { member: "jnovak", hash: "4f1c9a2e", context: "web", company: "acme" };
const ME = issued("1").me;

let server: FakeServer;
let hidden: boolean;
let seen: () => void;

function preview(version: number, fromCache = false): Response {
  const written = { edition: `edition-${version}`, author: null, being_written: false, remark: null, unsupported: [], left_out: [] };
  return json({ kind: "resolution", session_id: "s1", state_version: version, markdown: "**Problem**", sections: [], from_cache: fromCache, ...written });
}

/** The server shows this session, with a tag by its version. */
function shows(one: Session | null): void {
  const tag = `"${one?.id ?? "none"}.${one?.state_version ?? 0}.${one?.updated_at ?? 0}"`;
  server.on("GET /state", ({ headers }) => (headers["if-none-match"] === tag ? NOT_MODIFIED() : json({ me: ME, session: one }, { etag: tag })));
  if (one !== null) server.on(`POST /sessions/${one.id}/resolution-note/preview?write=false`, () => preview(one.state_version));
}

function pod(claim: () => Promise<Claim> = () => Promise.resolve(CLAIM)) {
  const host = { claim: vi.fn(claim), refresh: vi.fn(), begin: vi.fn(), isFramed: true, screen: "https://na.myconnectwise.net" };
  const made = new Pod(host, new Api("/pod/acme"), { isHidden: () => hidden, onChange: (listener) => void (seen = listener) });
  made.begin();
  return { pod: made, host };
}

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  hidden = false;
  server = new FakeServer();
  vi.stubGlobal("fetch", server.fetch);
  server.on("POST /token", ({ body }) => json(issued((body as { ticket: string }).ticket)));
  shows(session());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("getting in", () => {
  test("a page that nobody frames says so and asks nothing", () => {
    const host = { claim: vi.fn(), refresh: vi.fn(), begin: vi.fn(), isFramed: false, screen: null };
    const alone = new Pod(host, new Api("/pod/acme"), { isHidden: () => false, onChange: () => undefined });
    alone.begin();
    expect(alone.get().phase).toEqual({ kind: "alone" });
    expect(host.begin).not.toHaveBeenCalled();
  });

  test("what the screen says goes to the server, which answers with ticket and token", async () => {
    const { pod: it } = pod();
    expect(it.get().phase.kind).toBe("waiting");
    it.onTicket("10424");
    expect(it.get().phase.kind).toBe("entering");
    await settle();
    expect(server.asked[0]?.body).toEqual({ ...CLAIM, ticket: "10424", origin: "https://na.myconnectwise.net" });
    expect(server.asked[1]?.headers.authorization).toBe("Bearer token-of-10424");
    expect(it.get()).toMatchObject({ phase: { kind: "in" }, record: { id: "10424" }, session: { id: "s1" } });
  });

  test.each([403, 404, 422, 429])("a refusal (%i) is shown with its reason", async (status) => {
    server.on("POST /token", () => problem(status, "ConnectWise does not confirm who you are"));
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    expect(it.get().phase).toEqual({ kind: "refused", status, detail: "ConnectWise does not confirm who you are." });
    await settle(10 * 60_000);
    expect(server.count("POST /token")).toBe(1);
  });

  test("a ticket system that is down is tried again, more and more seldom", async () => {
    server.on("POST /token", () => problem(502, "ticket system: it could not be reached"));
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    expect(it.get().phase).toMatchObject({ kind: "away", since: NOW });
    await settle(5_000);
    expect(server.count("POST /token")).toBe(2);
    await settle(5_000);
    expect(server.count("POST /token")).toBe(2);
    server.on("POST /token", () => json(issued("10424")));
    await settle(5_000);
    expect(it.get()).toMatchObject({ phase: { kind: "in" }, session: { id: "s1" } });
  });

  test("a screen that does not say who it is, is told and asked again", async () => {
    const { pod: it } = pod(() => Promise.reject(new Silent("The ticket screen does not say who is signed in.")));
    it.onTicket("10424");
    await settle();
    expect(it.get().phase).toMatchObject({ kind: "away", detail: "The ticket screen does not say who is signed in." });
  });

  test("the token is renewed before it ends", async () => {
    const { pod: it, host } = pod();
    it.onTicket("10424");
    await settle(480_000);
    expect(host.claim).toHaveBeenCalledTimes(2);
    expect(it.get()).toMatchObject({ phase: { kind: "in" }, session: { id: "s1" } });
  });

  test("a token that ended earlier is replaced, and what was asked is asked again", async () => {
    const { pod: it, host } = pod();
    it.onTicket("10424");
    await settle();
    let ended = true;
    server.on("POST /sessions/s1/facts", () => {
      const answer = ended ? problem(401, "the pod's token has expired") : json({}, {}, 201);
      ended = false;
      return answer;
    });
    const outcome = it.ofSession("fact", "facts", "POST", { text: "x" });
    await settle();
    expect(await outcome).toEqual({ ok: true, reply: null });
    expect([host.claim.mock.calls.length, server.count("POST /sessions/s1/facts")]).toEqual([2, 2]);
  });

  test("who may see the ticket no more sees nothing of it", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("POST /token", () => problem(403, "ConnectWise shows you no ticket of this number"));
    await settle(480_000);
    expect(it.get()).toMatchObject({ phase: { kind: "refused" }, session: undefined, record: null });
  });
});

describe("another ticket in the same frame", () => {
  test("the old one's data goes at once, and its late answers are nobody's", async () => {
    let late: (response: Response) => void = () => undefined;
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("GET /state", () => new Promise((resolve) => (late = resolve)));
    const looking = it.look();
    server.on("GET /state", () => json({ me: ME, session: session({ id: "s2", ticket_id: "10425" }) }, { etag: '"s2"' }));
    it.onTicket("10425");
    expect(it.get()).toMatchObject({ ticket: "10425", session: undefined, record: null });
    late(json({ me: ME, session: session({ id: "old" }) }));
    await looking;
    await settle();
    expect(it.get()).toMatchObject({ ticket: "10425", session: { id: "s2" } });
    expect(server.asked.at(-1)?.headers.authorization).toBe("Bearer token-of-10425");
  });

  test("what was told about the old one is not told beside the new one", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("POST /sessions/s1/cards/c1/actions", () => {
      server.on("GET /state", () => new Promise(() => undefined));
      return json({ state_version: 3, status: "active", reply: "Reset-Password -To 'S3cret!'" });
    });
    const pressed = it.press("c1", "script", {});
    await settle();
    shows(session({ id: "s2" }));
    it.onTicket("10425");
    await settle();
    expect(it.get()).toMatchObject({ ticket: "10425", session: { id: "s2" }, told: null, busy: null });
    void pressed;
  });

  test("an answer about who it is, for the ticket before, lets into no other", async () => {
    const claims: ((claim: Claim) => void)[] = [];
    const { pod: it } = pod(() => new Promise((resolve) => claims.push(resolve)));
    it.onTicket("10424");
    it.onTicket("10425");
    for (const answer of claims) answer(CLAIM);
    await settle();
    expect(server.asked.filter(({ path }) => path === "/token").map(({ body }) => (body as { ticket: string }).ticket)).toEqual(["10425"]);
  });

  test("the same ticket again keeps what is shown, and reads the ticket anew", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("POST /token", () => json(issued("10424", { ticket: { ...issued("10424").ticket, status: "In Progress" } })));
    it.onTicket("10424");
    expect(it.get().session).toMatchObject({ id: "s1" });
    await settle();
    expect(it.get().record?.status).toBe("In Progress");
  });
});

describe("looking", () => {
  test("every five seconds, with the tag of what was seen", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle(DEBOUNCE_MS);
    const before = server.count("GET /state");
    await settle(4 * VISIBLE_MS);
    expect(server.count("GET /state")).toBe(before + 4);
    expect(server.asked.at(-1)?.headers["if-none-match"]).toMatch(/^"s1\.3\./);
  });

  test("a decision in the thread is here within one look", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    shows(session({ state_version: 4, status: "escalated" }));
    await settle(VISIBLE_MS);
    expect(it.get().session).toMatchObject({ state_version: 4, status: "escalated" });
  });

  test("every thirty seconds while hidden, not at all when hidden for long, and at once when seen again", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    hidden = true;
    seen();
    let before = server.count("GET /state");
    await settle(2 * HIDDEN_MS);
    expect(server.count("GET /state")).toBe(before + 2);
    await settle(STOP_AFTER_MS);
    before = server.count("GET /state");
    const claims = server.count("POST /token");
    await settle(60 * 60_000);
    expect([server.count("GET /state"), server.count("POST /token")]).toEqual([before, claims]);
    hidden = false;
    seen();
    await settle();
    expect(server.count("GET /state")).toBe(before + 1);
    expect(it.get().phase.kind).toBe("in");
  });

  test("a page that nobody has seen yet stops as well", async () => {
    hidden = true;
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle(STOP_AFTER_MS + HIDDEN_MS);
    const before = server.asked.length;
    await settle(60 * 60_000);
    expect([it.get().phase.kind, server.asked.length]).toEqual(["in", before]);
  });

  test("offline keeps what was seen, says since when, and looks more seldom", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("GET /state", () => Promise.reject(new TypeError("Failed to fetch")));
    await settle(VISIBLE_MS);
    expect(it.get()).toMatchObject({ session: { id: "s1" }, offlineSince: NOW + VISIBLE_MS, seenAt: NOW });
    const before = server.count("GET /state");
    await settle(30_000);
    expect(server.count("GET /state") - before).toBeLessThanOrEqual(3);
    shows(session());
    await settle(60_000);
    expect(it.get().offlineSince).toBeNull();
  });
});

describe("doing", () => {
  async function inside() {
    const made = pod();
    made.pod.onTicket("10424");
    await settle(DEBOUNCE_MS);
    return made;
  }

  test("a button sends the version that was seen, and its effect is looked at at once", async () => {
    const { pod: it } = await inside();
    server.on("POST /sessions/s1/cards/c1/actions", () => {
      shows(session({ state_version: 4 }));
      return json({ state_version: 4, status: "active", reply: null });
    });
    const pressed = it.press("c1", "one_off", { reason: "why" });
    await settle();
    expect(await pressed).toEqual({ ok: true, reply: null });
    expect(server.asked.find(({ path }) => path.endsWith("/actions"))?.body).toEqual({ action: "one_off", fields: { reason: "why" }, state_version: 3 });
    expect(it.get().session).toMatchObject({ state_version: 4 });
  });

  test("a click that came too late redraws, and says what has moved", async () => {
    const { pod: it } = await inside();
    server.on("POST /sessions/s1/cards/c1/actions", () => {
      const fact = { id: "f1", text: "The mute key was down.", member_name: "Ada Admin" };
      shows(session({ state_version: 4, facts: [fact as Session["facts"][number]] }));
      return problem(409, "the session has moved on");
    });
    const pressed = it.press("c1", "one_off", {});
    await settle();
    expect(await pressed).toMatchObject({ ok: false });
    expect(it.get()).toMatchObject({
      session: { state_version: 4 },
      told: { tone: "warn", text: "The session has moved on." },
      moved: ["Ada Admin added a fact: “The mute key was down.”."],
    });
  });

  test("what is wrong with a field is for the form to say", async () => {
    const { pod: it } = await inside();
    server.on("POST /sessions/s1/facts", () => problem(422, "text: is required", [{ field: "text", rule: "is required" }]));
    const outcome = it.ofSession("fact", "facts", "POST", { text: "" });
    await settle();
    expect(await outcome).toMatchObject({ ok: false, problem: { status: 422 } });
    expect(it.get().told).toBeNull();
  });

  test("of two clicks the second does nothing while the first is on its way", async () => {
    const { pod: it } = await inside();
    server.on("POST /sessions/s1/facts", () => json({}, {}, 201));
    const [, second] = [it.ofSession("fact", "facts", "POST", { text: "x" }), it.ofSession("fact", "facts", "POST", { text: "x" })];
    expect(await second).toEqual({ ok: false, problem: null });
    await settle();
    expect(server.count("POST /sessions/s1/facts")).toBe(1);
  });

  test("somebody who started a session faster is no error: it is shown", async () => {
    shows(null);
    const { pod: it } = await inside();
    expect(it.get().session).toBeNull();
    server.on("POST /sessions", () => {
      shows(session());
      return problem(409, "this ticket has a session already: somebody was faster");
    });
    void it.start();
    await settle();
    expect(it.get()).toMatchObject({ session: { id: "s1" }, moved: ["Somebody has started a session."] });
  });

  test("unsent text keeps the ticket from being saved until it is sent or put away", async () => {
    const { pod: it } = await inside();
    expect(it.beforeSave()).toEqual([]);
    it.draft("facts/add", true);
    expect(it.beforeSave()).toHaveLength(1);
    it.draft("facts/add", false);
    expect(it.beforeSave()).toEqual([]);
  });
});

describe("the note", () => {
  test("is written anew half a second after the last change", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    expect(it.get().note.preview).toBeNull();
    await settle(DEBOUNCE_MS);
    expect(it.get().note.preview?.state_version).toBe(3);
    shows(session({ state_version: 4 }));
    await settle(VISIBLE_MS - DEBOUNCE_MS);
    expect(it.get().note.preview?.state_version, "the old one is still shown, and known to be old").toBe(3);
    await settle(DEBOUNCE_MS);
    expect(it.get().note.preview?.state_version).toBe(4);
    expect(server.count("POST /sessions/s1/resolution-note/preview?write=false")).toBe(2);
    expect(server.count("POST /sessions/s1/resolution-note/preview"), "nobody asked for it to be written").toBe(0);
  });

  test("a look at an unchanged one says that it was kept", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle(DEBOUNCE_MS);
    server.on("POST /sessions/s1/resolution-note/preview", () => preview(3, true));
    await it.regenerate();
    expect(it.get().note.preview?.from_cache).toBe(true);
  });

  test("is posted as it was seen, and the screen reads the ticket anew once it is there", async () => {
    const { pod: it, host } = pod();
    it.onTicket("10424");
    await settle(DEBOUNCE_MS);
    const posting = (status: string) => ({ id: "p1", kind: "resolution", state_version: 3, status }) as unknown as NonNullable<Session["posting"]>;
    server.on("POST /sessions/s1/resolution-note/post", () => {
      shows(session({ status: "resolved", updated_at: NOW + 1, posting: posting("sending") }));
      return json({ session: {}, posting: posting("sending") });
    });
    void it.postNote();
    await settle();
    expect(server.asked.find(({ path }) => path.endsWith("/post"))?.body).toEqual({ state_version: 3, edition: "edition-3" });
    expect(host.refresh).not.toHaveBeenCalled();
    shows(session({ status: "resolved", updated_at: NOW + 2, posting: posting("posted") }));
    await settle(2 * VISIBLE_MS);
    expect(host.refresh).toHaveBeenCalledTimes(1);
  });

  test("one that another member posted does not make this screen read anything", async () => {
    const { pod: it, host } = pod();
    it.onTicket("10424");
    await settle();
    shows(session({ status: "resolved", updated_at: NOW + 1, posting: { id: "p9", status: "posted" } as NonNullable<Session["posting"]> }));
    await settle(VISIBLE_MS);
    expect(host.refresh).not.toHaveBeenCalled();
  });

  test("the one that somebody opens in the thread is shown here too", async () => {
    const { pod: it } = pod();
    it.onTicket("10424");
    await settle();
    server.on("POST /sessions/s1/escalation-package/preview?write=false", () => json({ kind: "escalation", state_version: 3, sections: [], markdown: "" }));
    shows(session({ open_note: "escalation", updated_at: NOW + 1 }));
    await settle(VISIBLE_MS + DEBOUNCE_MS);
    expect(it.get().note).toMatchObject({ kind: "escalation", preview: { state_version: 3 } });
  });
});
