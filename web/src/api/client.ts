/**
 * Every request of the console, acting as one member.
 *
 * The browser's cookie lets it ask for a bearer; the bearer stays in memory, is renewed shortly
 * before it expires, and once more when the server refuses it earlier than announced.
 */
import { KeyExpired, problemFrom, Unreachable } from "./problem";
import type {
  Accepted,
  Fact,
  Interaction,
  Message,
  NewThread,
  Page,
  ServerState,
  Thread,
  Ticket,
  TicketDetail,
  TicketNote,
  Token,
} from "./types";

const TIMEOUT_MS = 30_000;
const RENEW_BEFORE_MS = 30_000;
/** Tickets, and threads, fetched at a time. */
export const PAGE_SIZE = 50;
const MESSAGES_SIZE = 100;

interface Options {
  method?: "GET" | "POST";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** What the page needs to know before it can act as anybody. */
export async function fetchState(signal?: AbortSignal): Promise<ServerState> {
  return (await cookieRequest("/console/state", { signal })) as ServerState;
}

export class Client {
  private token: { value: string; renewAt: number } | null = null;
  private renewal: Promise<string> | null = null;

  /** `onExpired` is told when the browser's cookie stops being enough to get a bearer. */
  constructor(
    readonly memberId: string,
    private readonly onExpired: () => void = () => undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** A page of the threads, newest first. */
  threads(cursor: string | null, signal?: AbortSignal): Promise<Page<Thread>> {
    return this.page("/console/threads", { limit: PAGE_SIZE, cursor }, signal);
  }

  async thread(id: string, signal?: AbortSignal): Promise<Thread> {
    return (await this.json(`/console/threads/${encodeURIComponent(id)}`, { signal })) as Thread;
  }

  /** The newest messages, or those before: oldest first within a page. */
  messages(thread: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Message>> {
    return this.page(`/console/threads/${encodeURIComponent(thread)}/messages`, { limit: MESSAGES_SIZE, cursor }, signal);
  }

  facts(session: string, signal?: AbortSignal): Promise<Fact[]> {
    return this.items<Fact>(`/api/v1/ai-sessions/${encodeURIComponent(session)}/facts`, signal);
  }

  notes(ticket: string, signal?: AbortSignal): Promise<TicketNote[]> {
    return this.items<TicketNote>(`/api/v1/tickets/${encodeURIComponent(ticket)}/notes`, signal);
  }

  async ticket(id: string, signal?: AbortSignal): Promise<TicketDetail> {
    return (await this.json(`/api/v1/tickets/${encodeURIComponent(id)}`, { signal })) as TicketDetail;
  }

  tickets(query: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Ticket>> {
    return this.page("/api/v1/tickets", { limit: PAGE_SIZE, query: query === "" ? null : query, cursor }, signal);
  }

  /** Starts work. Safe to repeat with the same id; answers the id of the thread. */
  async openThread(thread: NewThread): Promise<string> {
    const answer = (await this.json("/console/threads", { method: "POST", body: thread })) as Accepted;
    return answer.id;
  }

  /** Safe to repeat with the same id. */
  async say(thread: string, id: string, text: string): Promise<void> {
    const path = `/console/threads/${encodeURIComponent(thread)}/messages`;
    await this.json(path, { method: "POST", body: { id, text } });
  }

  /** Safe to repeat with the same id. Answers what only this member is told, when that cannot be in the thread. */
  async press(thread: string, interaction: Interaction): Promise<string | null> {
    const path = `/console/threads/${encodeURIComponent(thread)}/interactions`;
    return ((await this.json(path, { method: "POST", body: interaction })) as Accepted).reply;
  }

  /** An authorised response without a time limit, for the event stream. */
  async stream(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.authorised((bearer) => request(path, { headers: { ...headers, ...bearer }, signal }));
  }

  private async items<T>(path: string, signal?: AbortSignal): Promise<T[]> {
    return ((await this.json(path, { signal })) as { items: T[] }).items;
  }

  /** Leaves out what is null. */
  private async page<T>(path: string, asked: Record<string, string | number | null>, signal?: AbortSignal): Promise<Page<T>> {
    const parameters = Object.entries(asked).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
    return (await this.json(`${path}?${new URLSearchParams(parameters).toString()}`, { signal })) as Page<T>;
  }

  private async json(path: string, options: Options): Promise<unknown> {
    const response = await this.authorised((bearer) => request(path, jsonInit(options, bearer)));
    return bodyOf(response);
  }

  private async authorised(send: (bearer: Record<string, string>) => Promise<Response>): Promise<Response> {
    let response = await send(await this.bearer());
    if (response.status === 401) {
      this.token = null;
      response = await send(await this.bearer());
    }
    if (!response.ok) throw await problemFrom(response);
    return response;
  }

  private async bearer(): Promise<Record<string, string>> {
    const current = this.token;
    const value = current !== null && this.now() < current.renewAt ? current.value : await this.renew();
    return { authorization: `Bearer ${value}` };
  }

  private renew(): Promise<string> {
    this.renewal ??= this.fetchToken().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  private async fetchToken(): Promise<string> {
    const body = { member_id: this.memberId };
    const token = (await cookieRequest("/console/tokens", { method: "POST", body }).catch((error: unknown) => {
      if (error instanceof KeyExpired) this.onExpired();
      throw error;
    })) as Token;
    this.token = { value: token.access_token, renewAt: this.now() + token.expires_in * 1000 - RENEW_BEFORE_MS };
    return token.access_token;
  }
}

async function cookieRequest(path: string, options: Options): Promise<unknown> {
  const response = await request(path, jsonInit(options, {}));
  if (response.ok) return bodyOf(response);
  const problem = await problemFrom(response);
  throw response.status === 401 ? new KeyExpired(401, problem.title, problem.detail) : problem;
}

function jsonInit({ method = "GET", body, signal }: Options, headers: Record<string, string>): RequestInit {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  };
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
}

/** A 202 may come without a body. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw new Unreachable(error);
  });
  return text === "" ? null : JSON.parse(text);
}
