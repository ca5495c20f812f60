import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "./client";
import { KeyExpired, Problem, Unreachable } from "./problem";

afterEach(() => vi.unstubAllGlobals());

type Answer = { status: number; body?: unknown } | "no answer";

const token = (name: string): Answer => ({ status: 200, body: { access_token: name, expires_in: 900 } });
const threads: Answer = { status: 200, body: { items: [] } };

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
    await client.threads();
    await client.threads();
    expect(asked).toEqual(["/console/tokens", "/console/threads Bearer a", "/console/threads Bearer a"]);
  });

  it("renews the bearer before it expires", async () => {
    let now = 0;
    const asked = server(token("a"), threads, token("b"), threads);
    const client = new Client("m", undefined, () => now);
    await client.threads();
    now = 880_000;
    await client.threads();
    expect(asked.at(-1)).toBe("/console/threads Bearer b");
  });

  it("renews a bearer that is refused, and repeats the request", async () => {
    const asked = server(token("a"), { status: 401 }, token("b"), threads);
    await expect(new Client("m").threads()).resolves.toEqual([]);
    expect(asked.at(-1)).toBe("/console/threads Bearer b");
  });

  it("says so when the browser itself is no longer let in", async () => {
    server({ status: 401, body: { title: "Not signed in", detail: "Open the address printed in the terminal." } });
    const expired = vi.fn();
    await expect(new Client("m", expired).threads()).rejects.toThrow(KeyExpired);
    expect(expired).toHaveBeenCalledOnce();
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
    await expect(new Client("m").threads()).rejects.toThrow(Unreachable);
  });

  it("survives an answer that is not JSON", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
    await expect(new Client("m").threads()).rejects.toThrow("Error 502");
  });
});
