import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Host, Silent, type Surroundings } from "./host";

const SCREEN = "https://na.myconnectwise.net";
const OTHER = "https://cw.example.com";

/** A ticket screen around the page. */
function frame(origins: readonly string[] = [SCREEN, OTHER]) {
  const sent: { origin: string; message: Record<string, unknown> }[] = [];
  let listener: (event: MessageEvent) => void = () => undefined;
  const parent = { postMessage: (text: string, origin: string) => void sent.push({ origin, message: JSON.parse(text) as Record<string, unknown> }) };
  const around: Surroundings = { parent, addEventListener: (_, heard) => void (listener = heard) };
  const tickets: string[] = [];
  const unsent: string[] = [];
  const host = new Host(around, origins, { onTicket: (id) => tickets.push(id), beforeSave: () => unsent });
  const hear = (data: unknown, origin = SCREEN, source: unknown = parent): void => listener({ data, origin, source } as unknown as MessageEvent);
  const say = (message: unknown, origin = SCREEN): void => hear(JSON.stringify(message), origin);
  return { host, sent, tickets, unsent, hear, say };
}

const onLoad = (id: unknown, screen = "ticket") => ({ event: "onLoad", _id: "e1", data: { screenObject: { id, screen, hostedAs: "pod" } } });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the first words", () => {
  test("the page says that it is ready to those who may frame it, and to nobody else", () => {
    const { host, sent } = frame();
    host.begin();
    expect(sent).toEqual([SCREEN, OTHER].map((origin) => ({ origin, message: { message: "ready" } })));
  });

  test("a screen that was not listening yet is called again, one that answered is not", () => {
    const { host, sent, say } = frame([SCREEN]);
    host.begin();
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(2);
    say({ MessageFrameID: "f1" });
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(2);
  });

  test("the frame's name is in every later message", () => {
    const { host, sent, say } = frame();
    host.begin();
    say({ MessageFrameID: "f1" });
    say(onLoad(4242));
    expect(sent.at(-1)).toEqual({ origin: SCREEN, message: { event: "onLoad", _id: "e1", result: "success", frameID: "f1" } });
  });

  test("a page that nobody frames, or nobody may, is alone", () => {
    const around = { addEventListener: () => undefined } as unknown as { parent: unknown };
    around.parent = around;
    const handlers = { onTicket: () => undefined, beforeSave: () => [] };
    expect(new Host(around as Surroundings, [SCREEN], handlers).isFramed).toBe(false);
    expect(frame([]).host.isFramed).toBe(false);
    expect(frame().host.isFramed).toBe(true);
  });
});

describe("who is heard", () => {
  test.each([
    ["another origin", "https://evil.example"],
    ["an origin that begins alike", "https://na.myconnectwise.net.evil.example"],
    ["no origin", "null"],
  ])("not %s", (_, origin) => {
    const { host, sent, tickets, say } = frame();
    host.begin();
    const before = sent.length;
    say(onLoad(1), origin);
    expect([tickets, sent.length]).toEqual([[], before]);
  });

  test("not another window of the right origin", () => {
    const { host, tickets, hear } = frame();
    host.begin();
    hear(JSON.stringify(onLoad(1)), SCREEN, {});
    expect(tickets).toEqual([]);
  });

  test("not a second origin, once one has spoken", () => {
    const { host, tickets, say } = frame();
    host.begin();
    say(onLoad(1));
    say(onLoad(2), OTHER);
    expect(tickets).toEqual(["1"]);
  });

  test.each(["", "{", "null", "[]", "7", '"ready"', " ".repeat(200_000)])("nonsense is no message: %j", (text) => {
    const { host, sent, hear } = frame();
    host.begin();
    const before = sent.length;
    hear(text);
    hear({ event: "onLoad" });
    expect(sent.length).toBe(before);
  });
});

describe("events", () => {
  test("each is answered, those too that are not known", () => {
    const { host, sent, say } = frame();
    host.begin();
    say({ MessageFrameID: 7 });
    for (const event of ["onLoad", "beforeSave", "onSomethingNew"]) {
      say({ event, _id: event, data: {} });
      expect(sent.at(-1)?.message).toEqual({ event, _id: event, result: "success", frameID: "7" });
    }
  });

  test("the ticket is told, and told again when the screen shows it anew", () => {
    const { host, tickets, say } = frame();
    host.begin();
    say(onLoad(4242));
    say(onLoad("4243"));
    say(onLoad(4243));
    expect(tickets).toEqual(["4242", "4243", "4243"]);
  });

  test.each([0, -1, 1.5, "x", null, "1; drop", 12345678901])("%j is no ticket", (id) => {
    const { host, tickets, say } = frame();
    host.begin();
    say(onLoad(id));
    expect(tickets).toEqual([]);
  });

  test("another screen than a ticket's shows no ticket", () => {
    const { host, tickets, say } = frame();
    host.begin();
    say(onLoad(7, "company"));
    expect(tickets).toEqual([]);
  });

  test("unsent text keeps the ticket from being saved, and says why", () => {
    const { host, sent, unsent, say } = frame();
    host.begin();
    unsent.push("There is unsent text.");
    say({ event: "beforeSave", _id: "e9", data: {} });
    expect(sent.at(-1)?.message).toEqual({ event: "beforeSave", _id: "e9", result: "failure", errors: ["There is unsent text."] });
  });

  test("keys are read whatever their case", () => {
    const { host, tickets, say } = frame();
    host.begin();
    say({ Event: "ONLOAD", _ID: "e1", Data: { ScreenObject: { ID: 5, Screen: "Ticket" } } });
    expect(tickets).toEqual(["5"]);
  });
});

describe("who is signed in", () => {
  function begun() {
    const around = frame();
    around.host.begin();
    around.say({ MessageFrameID: "f1" });
    return around;
  }

  test("is asked under the key that the screen hears, and told with irregular names", async () => {
    const { host, sent, say } = begun();
    const claim = host.claim();
    expect(sent.at(-1)?.message).toEqual({ hosted_request: "getMemberAuthentication", frameID: "f1" });
    const data = { site: "x", companyid: "acme", memberid: "jnovak", memberHash: "4f1c9a2e", memberContext: "web", codeBase: "v2026_1/" };
    say({ response: "getmemberauthentication", data });
    await expect(claim).resolves.toEqual({ member: "jnovak", hash: "4f1c9a2e", context: "web", company: "acme" });
  });

  test("is asked once for all who want to know", async () => {
    const { host, sent, say } = begun();
    const before = sent.length;
    const both = Promise.all([host.claim(), host.claim()]);
    expect(sent.length).toBe(before + 1);
    say({ Response: "GetMemberAuthentication", Data: { MemberID: "a", MEMBERHASH: "12345678" } });
    expect((await both).map(({ member, context }) => [member, context])).toEqual([["a", null], ["a", null]]);
  });

  test("a screen that says nothing is silent after a while", async () => {
    const { host } = begun();
    const claim = expect(host.claim()).rejects.toBeInstanceOf(Silent);
    await vi.advanceTimersByTimeAsync(10_000);
    await claim;
  });

  test("an answer without a name is none", async () => {
    const { host, say } = begun();
    const claim = expect(host.claim()).rejects.toBeInstanceOf(Silent);
    say({ response: "getmemberauthentication", data: null });
    await claim;
  });

  test("an answer to a question of somebody else's is let pass", () => {
    const { say } = begun();
    expect(() => say({ response: "somethingelse", data: {} })).not.toThrow();
  });
});
