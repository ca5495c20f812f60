/** For tests: a server that answers as it is told, and a session to show. */
import type { Card, Issued, Session } from "./types";

export const NOW = Date.UTC(2026, 10, 23, 10, 42);

/** What the server is asked, and how it answers: by method and path below the page's address. */
export class FakeServer {
  readonly asked: { method: string; path: string; body: unknown; headers: Record<string, string> }[] = [];
  private answers = new Map<string, (asked: { body: unknown; headers: Record<string, string> }) => Response | Promise<Response>>();

  on(what: string, answer: (asked: { body: unknown; headers: Record<string, string> }) => Response | Promise<Response>): this {
    this.answers.set(what, answer);
    return this;
  }

  count(what: string): number {
    return this.asked.filter(({ method, path }) => `${method} ${path}` === what).length;
  }

  readonly fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? "GET";
    const path = String(url).replace("/pod/acme", "");
    const headers = init.headers as Record<string, string>;
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    this.asked.push({ method, path, body, headers });
    const answer = this.answers.get(`${method} ${path}`);
    if (answer === undefined) return problem(404, "nothing is here");
    const response = await answer({ body, headers });
    init.signal?.throwIfAborted();
    return response;
  };
}

export function json(body: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

export function problem(status: number, detail: string, errors: { field: string; rule: string }[] = []): Response {
  return json({ type: "about:blank", title: "Problem", status, detail, errors }, {}, status);
}

export const NOT_MODIFIED = (): Response => new Response(null, { status: 304 });

export function issued(ticket: string, more: Partial<Issued> = {}): Issued {
  return {
    token: `token-of-${ticket}`,
    expires_in: 600,
    me: { name: "Eli Engineer", role: "engineer", may_work: true },
    ticket: {
      id: ticket,
      summary: "Nobody can hear me in Teams meetings",
      description: null,
      status: "New",
      closed: false,
      company: "Birchwood Legal LLP",
      contact: "Imogen Clarke",
      priority: "Priority 3 - Medium",
      board: "Help Desk",
      owner: null,
      updated_at: NOW,
      url: null,
      gone: false,
    },
    ...more,
  };
}

export function card(kind: Card["kind"], more: Partial<Card> = {}): Card {
  return { id: `card-${kind}`, kind, title: kind, body: "", body_html: "", fields: [], badge: null, actions: [], state: { kind: "open" }, ...more };
}

export function session(more: Partial<Session> = {}): Session {
  return {
    id: "s1",
    title: "Nobody can hear me in Teams meetings",
    status: "active",
    status_reason: null,
    platform: "slack",
    thread: "C1:1",
    connection_id: "k1",
    ticket_id: "10424",
    ticket: null,
    owner_id: "m1",
    state_version: 3,
    created_at: NOW - 600_000,
    updated_at: NOW,
    closed_at: null,
    owner_name: "Ada Admin",
    fix: null,
    facts: [],
    checks: [],
    cards: [card("session")],
    open_note: null,
    posting: null,
    ...more,
  } as Session;
}
