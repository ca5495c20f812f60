import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "./client";
import { KeyExpired, Problem, Unreachable } from "./problem";

afterEach(() => vi.unstubAllGlobals());

type Answer = { status: number; body?: unknown } | "no answer";

const token = (name: string): Answer => ({ status: 200, body: { access_token: name, expires_in: 900 } });
const threads: Answer = { status: 200, body: { items: [], next_cursor: null } };

/** Answers the requests one after the other, and keeps what was asked. */
function server(...answers: Answer[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string, { headers }: { headers: Record<string, string> }) => {
    asked.push([path, headers.authorization].filter(Boolean).join(" "));
    const answer = answers[asked.length - 1] ?? "no answer";
    if (answer === "no answer") return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(new Response(JSON.stringify(answer.body ?? null), { status: answer.status }));
  });
  return asked;
}

describe("acting as a member", () => {
  it("uses one bearer for several requests", async () => {
    const asked = server(token("a"), threads, threads);
    const client = new Client("m");
    await client.threads(null);
    await client.threads(null);
    expect(asked).toEqual(["/console/tokens", "/console/threads?limit=50 Bearer a", "/console/threads?limit=50 Bearer a"]);
  });

  it("renews the bearer before it expires", async () => {
    let now = 0;
    const asked = server(token("a"), threads, token("b"), threads);
    const client = new Client("m", undefined, () => now);
    await client.threads(null);
    now = 880_000;
    await client.threads(null);
    expect(asked.at(-1)).toBe("/console/threads?limit=50 Bearer b");
  });

  it("renews a bearer that is refused, and repeats the request", async () => {
    const asked = server(token("a"), { status: 401 }, token("b"), threads);
    await expect(new Client("m").threads(null)).resolves.toEqual({ items: [], next_cursor: null });
    expect(asked.at(-1)).toBe("/console/threads?limit=50 Bearer b");
  });

  it("says so when the browser itself is no longer let in", async () => {
    server({ status: 401, body: { title: "Not signed in", detail: "Open the address printed in the terminal." } });
    const expired = vi.fn();
    await expect(new Client("m", expired).threads(null)).rejects.toThrow(KeyExpired);
    expect(expired).toHaveBeenCalledOnce();
  });
});

describe("lists", () => {
  it("are asked for a page at a time", async () => {
    const asked = server(token("a"), threads, threads, threads, threads, threads);
    const client = new Client("m");
    await client.threads("c+/");
    await client.messages("t/1", null);
    await client.messages("t/1", "c");
    await client.tickets(null, "vpn & mail", null);
    await client.tickets("c", "", null);
    expect(asked.slice(1).map((request) => request.split(" ")[0])).toEqual([
      "/console/threads?limit=50&cursor=c%2B%2F",
      "/console/threads/t%2F1/messages?limit=100",
      "/console/threads/t%2F1/messages?limit=100&cursor=c",
      "/api/v1/tickets?limit=50&query=vpn+%26+mail",
      "/api/v1/tickets?limit=50&connection_id=c",
    ]);
  });
});

describe("words for a session elsewhere", () => {
  it("carry the same key each time they are sent, so that they are said once", async () => {
    const keys: (string | undefined)[] = [];
    vi.stubGlobal("fetch", (path: string, { headers }: { headers: Record<string, string> }) => {
      if (path.endsWith("/messages")) keys.push(headers["idempotency-key"]);
      return Promise.resolve(new Response(JSON.stringify({ access_token: "a", expires_in: 900 })));
    });
    const client = new Client("m");
    await client.sayInSession("s", "one", "it hums");
    await client.sayInSession("s", "one", "it hums");
    await client.sayInSession("s", "two", "it hums");
    expect(keys).toEqual(["one", "one", "two"]);
  });
});

describe("the files of a session", () => {
  it("are read to the last page", async () => {
    const page = (id: string, next_cursor: string | null): Answer => ({ status: 200, body: { items: [{ id }], next_cursor } });
    const asked = server(token("a"), page("1", "c"), page("2", null));
    await expect(new Client("m").attachments("s")).resolves.toEqual([{ id: "1" }, { id: "2" }]);
    expect(asked.at(-1)).toBe("/api/v1/ai-sessions/s/attachments?limit=200&cursor=c Bearer a");
  });

  it("are fetched with the member's bearer, as no address of the page could be", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (path: string, { headers }: { headers: Record<string, string> }) => {
      asked.push(`${path} ${headers.authorization ?? ""}`);
      const body = path === "/console/tokens" ? JSON.stringify({ access_token: "a", expires_in: 900 }) : new Uint8Array([137, 80, 78, 71]);
      return Promise.resolve(new Response(body, { headers: { "content-type": "image/png" } }));
    });
    const image = await new Client("m").image("s/1", "f", new AbortController().signal);
    expect([image.type, image.size]).toEqual(["image/png", 4]);
    expect(asked.at(-1)).toBe("/api/v1/ai-sessions/s%2F1/attachments/f Bearer a");
  });

  it("are told apart from one that is not there", async () => {
    server(token("a"), { status: 404, body: { title: "Not found", detail: "attachment not found" } });
    await expect(new Client("m").image("s", "f", new AbortController().signal)).rejects.toMatchObject({ status: 404 });
  });
});

describe("a thread that is not among those that were read", () => {
  it("is asked for by its id", async () => {
    const asked = server(token("a"), { status: 200, body: { id: "t" } });
    await expect(new Client("m").thread("t")).resolves.toEqual({ id: "t" });
    expect(asked.at(-1)).toBe("/console/threads/t Bearer a");
  });

  it("can be told from one that could not be read", async () => {
    server(token("a"), { status: 404, body: { title: "Not found", detail: "thread not found" } });
    await expect(new Client("m").thread("t")).rejects.toMatchObject({ status: 404 });
  });
});

describe("a request that fails", () => {
  it("names the field and the rule that the server names", async () => {
    const errors = [{ field: "text", rule: "at most 4000 characters" }];
    server(token("a"), { status: 422, body: { title: "Too long", detail: "Shorten it.", errors } });
    const failure: unknown = await new Client("m").say("t", "id", "…").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Problem);
    expect((failure as Problem).message).toBe("Shorten it.");
    expect((failure as Problem).rule("text")).toBe("at most 4000 characters");
  });

  it("is told apart from a server that does not answer", async () => {
    server(token("a"), "no answer");
    await expect(new Client("m").threads(null)).rejects.toThrow(Unreachable);
  });

  it("survives an answer that is not JSON", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
    await expect(new Client("m").threads(null)).rejects.toThrow("Error 502");
  });
});
