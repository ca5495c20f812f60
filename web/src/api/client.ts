/**
 * Every request of the console, acting as one member.
 *
 * The browser's cookie lets it ask for a bearer; the bearer stays in memory, is renewed shortly
 * before it expires, and once more when the server refuses it earlier than announced.
 */
import { partsOf, type TicketKey } from "../console/ticket-key";
import { KeyExpired, problemFrom, Unreachable } from "./problem";
import type {
  Accepted,
  AddedConnection,
  AiCall,
  AiSwitch,
  AssistantConversation,
  Attachment,
  Board,
  Connection,
  Exchange,
  Fact,
  Feedback,
  Hit,
  Interaction,
  Message,
  NewConnection,
  NoteKind,
  NewThread,
  Opinion,
  OwnAccounts,
  Page,
  Payload,
  PodRegistration,
  Purpose,
  Right,
  RosterEntry,
  ServerState,
  Session,
  SessionCard,
  SessionDetail,
  SessionMessage,
  Spending,
  Thread,
  Ticket,
  TicketAround,
  TicketDetail,
  TicketNote,
  Token,
  Turn,
} from "./types";

const TIMEOUT_MS = 30_000;
/** What the ticket system is asked many things for; the server gives up after a minute. */
const SLOW_TIMEOUT_MS = 70_000;
/** An image may be large, and the line slow. */
const IMAGE_TIMEOUT_MS = 120_000;
const RENEW_BEFORE_MS = 30_000;
/** Tickets, and threads, fetched at a time. */
export const PAGE_SIZE = 50;
const MESSAGES_SIZE = 100;
/** The largest page there is. */
const MOST_ITEMS = 200;

interface Options {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  /** Names a write, so that it is done once however often it is sent. */
  key?: string;
  /** Whether it may take a minute. */
  slow?: boolean;
  signal?: AbortSignal | undefined;
}

/** Something that a model wrote: in a session an answer, by its message in the transcript, or a note; or an answer of a conversation. */
export type Judged = { session: string; message: string } | { session: string; note: NoteKind } | { conversation: string; answer: string };

/** Which calls of the models are wanted; what is null does not matter. */
export interface CallFilter {
  purpose: Purpose | null;
  model: string | null;
  failed: boolean;
}

/** What the page needs to know before it can act as anybody. */
export async function fetchState(signal?: AbortSignal): Promise<ServerState> {
  return (await cookieRequest("/console/state", { signal })) as ServerState;
}

export class Client {
  private token: { value: string; renewAt: number } | null = null;
  private renewal: Promise<string> | null = null;
  /** Of each session, the version that was read last. */
  private readonly tags = new Map<string, string>();

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

  notes(ticket: TicketKey, signal?: AbortSignal): Promise<TicketNote[]> {
    return this.items<TicketNote>(ticketPath(ticket, "/notes"), signal);
  }

  async ticket(ticket: TicketKey, signal?: AbortSignal): Promise<TicketDetail> {
    return (await this.json(ticketPath(ticket), { signal })) as TicketDetail;
  }

  /** What is around the ticket of a session. */
  async around(session: string, signal?: AbortSignal): Promise<TicketAround> {
    return (await this.json(`/api/v1/ai-sessions/${encodeURIComponent(session)}/ticket-context`, { signal })) as TicketAround;
  }

  /** Those of a connection, or of the first one. */
  tickets(connection: string | null, query: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Ticket>> {
    const wanted = { limit: PAGE_SIZE, connection_id: connection, query: query === "" ? null : query, cursor };
    return this.page("/api/v1/tickets", wanted, signal);
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

  /** A page of the sessions whose threads are not the console's, newest first. */
  sessionsElsewhere(cursor: string | null, signal?: AbortSignal): Promise<Page<Session>> {
    return this.page("/api/v1/ai-sessions", { not_platform: "console", limit: PAGE_SIZE, cursor }, signal);
  }

  async session(id: string, signal?: AbortSignal): Promise<SessionDetail> {
    const response = await this.authorised((bearer) => request(sessionPath(id), jsonInit({ signal }, bearer)));
    this.tags.set(id, response.headers.get("etag") ?? "");
    return (await bodyOf(response)) as SessionDetail;
  }

  /** What the acting member thinks of the note that a model wrote, without having one written. */
  async noteFeedback(session: string, kind: NoteKind, signal?: AbortSignal): Promise<Feedback | null> {
    const options: Options = { method: "POST", signal };
    return ((await this.json(`${notePath(session, kind)}/preview?write=false`, options)) as { feedback: Feedback | null }).feedback;
  }

  /** Says what the acting member thinks of something that a model wrote; null takes it back. Safe to repeat. */
  async judge(what: Judged, feedback: Feedback | null): Promise<void> {
    await this.json(`${judgedPath(what)}/feedback`, feedback === null ? { method: "DELETE" } : { method: "PUT", body: feedback });
  }

  /** What people thought of what the models wrote, newest first. */
  opinions(cursor: string | null, signal?: AbortSignal): Promise<Page<Opinion>> {
    return this.page("/api/v1/ai/feedback", { limit: PAGE_SIZE, cursor }, signal);
  }

  /** Whether a session has changed since `session` read it last. */
  async sessionMoved(id: string, signal?: AbortSignal): Promise<boolean> {
    const seen = { "if-none-match": this.tags.get(id) ?? "" };
    const response = await this.authorised((bearer) => request(sessionPath(id), jsonInit({ signal }, { ...bearer, ...seen })));
    return response.status !== 304;
  }

  /** All words of a session's thread, oldest first. */
  transcript(id: string, signal?: AbortSignal): Promise<SessionMessage[]> {
    return this.whole(`${sessionPath(id)}/messages`, signal);
  }

  /** All files that were posted in a session's thread, oldest first. */
  attachments(id: string, signal?: AbortSignal): Promise<Attachment[]> {
    return this.whole(`${sessionPath(id)}/attachments`, signal);
  }

  /** An image that is kept, as large as it is. */
  async image(session: string, id: string, signal: AbortSignal): Promise<Blob> {
    const path = `${sessionPath(session)}/attachments/${encodeURIComponent(id)}`;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(IMAGE_TIMEOUT_MS)]);
    const response = await this.authorised((bearer) => request(path, { headers: bearer, signal: inTime }));
    return response.blob().catch((error: unknown) => {
      throw new Unreachable(error);
    });
  }

  sessionCards(id: string, signal?: AbortSignal): Promise<SessionCard[]> {
    return this.items<SessionCard>(`${sessionPath(id)}/cards`, signal);
  }

  /** What the session's platform is sent to show a card. */
  async payload(session: string, card: string, signal?: AbortSignal): Promise<Payload> {
    return (await this.json(`${sessionPath(session)}/cards/${encodeURIComponent(card)}/payload`, { signal })) as Payload;
  }

  /** Safe to repeat with the same id. */
  async sayInSession(session: string, id: string, text: string): Promise<Turn> {
    return (await this.json(`${sessionPath(session)}/messages`, { method: "POST", body: { text }, key: id })) as Turn;
  }

  async pressInSession(session: string, card: string, action: string, fields: Record<string, string> | null): Promise<Turn> {
    const path = `${sessionPath(session)}/cards/${encodeURIComponent(card)}/actions`;
    return (await this.json(path, { method: "POST", body: { action, ...(fields && { fields }) } })) as Turn;
  }

  connections(cursor: string | null, signal?: AbortSignal): Promise<Page<Connection>> {
    return this.page("/api/v1/psa/connections", { limit: PAGE_SIZE, cursor }, signal);
  }

  /** Tests a connection, and saves it if it answers. Safe to repeat with the same id. */
  async connect(connection: NewConnection, id: string): Promise<AddedConnection> {
    const options: Options = { method: "POST", body: connection, key: id, slow: true };
    return (await this.json("/api/v1/psa/connections", options)) as AddedConnection;
  }

  async checkConnection(id: string): Promise<Right[]> {
    return ((await this.json(`${connectionPath(id)}/check`, { method: "POST", slow: true })) as { rights: Right[] }).rights;
  }

  async installPod(id: string): Promise<PodRegistration> {
    const answer = (await this.json(`${connectionPath(id)}/install-pod`, { method: "POST", slow: true })) as { registration: PodRegistration };
    return answer.registration;
  }

  async boards(connection: string, signal?: AbortSignal): Promise<Board[]> {
    return ((await this.json(`${connectionPath(connection)}/boards`, { signal, slow: true })) as { boards: Board[] }).boards;
  }

  /** Chooses the status that a board's tickets get after this note; without one they keep theirs. Safe to repeat. */
  async chooseStatus(connection: string, board: string, kind: NoteKind, status: string | null): Promise<void> {
    await this.json(`${connectionPath(connection)}/boards`, { method: "PUT", body: { board, kind, status }, slow: true });
  }

  async removeConnection(id: string): Promise<void> {
    await this.json(connectionPath(id), { method: "DELETE" });
  }

  /** Those whom nobody is first. */
  roster(connection: string, cursor: string | null, signal?: AbortSignal): Promise<Page<RosterEntry>> {
    return this.page(`${connectionPath(connection)}/members`, { limit: PAGE_SIZE, cursor }, signal);
  }

  async linkMember(connection: string, externalId: string, member: string): Promise<void> {
    await this.json(rosterPath(connection, externalId), { method: "PUT", body: { member_id: member } });
  }

  async unlinkMember(connection: string, externalId: string): Promise<void> {
    await this.json(rosterPath(connection, externalId), { method: "DELETE" });
  }

  async refuseMember(connection: string, externalId: string, member: string): Promise<void> {
    await this.json(`${rosterPath(connection, externalId)}/refuse`, { method: "POST", body: { member_id: member } });
  }

  async ownAccounts(signal?: AbortSignal): Promise<OwnAccounts> {
    return (await this.json("/api/v1/me/psa-accounts", { signal })) as OwnAccounts;
  }

  /** Says who the acting member is in the connection of this name; safe to repeat. */
  async claimAccount(identifier: string, connection: string): Promise<void> {
    await this.json("/api/v1/me/psa-accounts", { method: "POST", body: { identifier, connection } });
  }

  /** What the models cost within the last days. */
  async spending(days: number, signal?: AbortSignal): Promise<Spending> {
    return (await this.json(`/api/v1/ai/spend?days=${days}`, { signal })) as Spending;
  }

  /** The calls of the models, newest first. */
  aiCalls(filter: CallFilter, cursor: string | null, signal?: AbortSignal): Promise<Page<AiCall>> {
    const { purpose, model, failed } = filter;
    return this.page("/api/v1/ai/calls", { purpose, model, failed: failed ? "true" : null, limit: PAGE_SIZE, cursor }, signal);
  }

  async aiSwitch(signal?: AbortSignal): Promise<AiSwitch> {
    return (await this.json("/api/v1/ai/switch", { signal })) as AiSwitch;
  }

  /** Safe to repeat. */
  async setAiSwitch(on: boolean): Promise<AiSwitch> {
    return (await this.json("/api/v1/ai/switch", { method: "PUT", body: { on } })) as AiSwitch;
  }

  /** What the library has about some words. */
  async search(words: string, signal?: AbortSignal): Promise<Hit[]> {
    return this.items<Hit>(`/api/v1/search?${new URLSearchParams({ query: words }).toString()}`, signal);
  }

  /** The acting member's conversations, newest first. */
  conversations(cursor: string | null, signal?: AbortSignal): Promise<Page<AssistantConversation>> {
    return this.page("/api/v1/assistant/conversations", { limit: PAGE_SIZE, cursor }, signal);
  }

  /** The newest exchanges, or those before: oldest first within a page. */
  exchanges(conversation: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Exchange>> {
    return this.page(`${conversationPath(conversation)}/answers`, { limit: PAGE_SIZE, cursor }, signal);
  }

  /** Asks, in this conversation or in a new one; answers with it. Safe to repeat with the same id. */
  async ask(conversation: string | null, question: string, id: string): Promise<AssistantConversation> {
    const path = conversation === null ? "/api/v1/assistant/conversations" : `${conversationPath(conversation)}/answers`;
    return ((await this.json(path, { method: "POST", body: { question }, key: id })) as { conversation: AssistantConversation }).conversation;
  }

  async stopAnswer(conversation: string): Promise<void> {
    await this.json(`${conversationPath(conversation)}/stop`, { method: "POST" });
  }

  /** What is being written in a conversation, as a stream of events. It ends once nothing is. */
  followConversation(conversation: string, signal: AbortSignal): Promise<Response> {
    return this.stream(`${conversationPath(conversation)}/events`, { accept: "text/event-stream" }, signal);
  }

  /** An authorised response without a time limit, for the event stream. */
  async stream(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.authorised((bearer) => request(path, { headers: { ...headers, ...bearer }, signal }));
  }

  private async items<T>(path: string, signal?: AbortSignal): Promise<T[]> {
    return ((await this.json(path, { signal })) as { items: T[] }).items;
  }

  /** Every page of a list. */
  private async whole<T>(path: string, signal?: AbortSignal): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<T> = await this.page(path, { limit: MOST_ITEMS, cursor }, signal);
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return all;
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
    // 304 is said only to who asked for it.
    if (!response.ok && response.status !== 304) throw await problemFrom(response);
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

function ticketPath(ticket: TicketKey, rest = ""): string {
  const { connection, id } = partsOf(ticket);
  const which = connection === null ? "" : `?connection_id=${encodeURIComponent(connection)}`;
  return `/api/v1/tickets/${encodeURIComponent(id)}${rest}${which}`;
}

function sessionPath(id: string): string {
  return `/api/v1/ai-sessions/${encodeURIComponent(id)}`;
}

function notePath(session: string, kind: NoteKind): string {
  return `${sessionPath(session)}/${kind === "resolution" ? "resolution-note" : "escalation-package"}`;
}

function judgedPath(what: Judged): string {
  if ("answer" in what) return `${conversationPath(what.conversation)}/answers/${encodeURIComponent(what.answer)}`;
  return "message" in what ? `${sessionPath(what.session)}/messages/${encodeURIComponent(what.message)}` : notePath(what.session, what.note);
}

function conversationPath(id: string): string {
  return `/api/v1/assistant/conversations/${encodeURIComponent(id)}`;
}

function connectionPath(id: string): string {
  return `/api/v1/psa/connections/${encodeURIComponent(id)}`;
}

function rosterPath(connection: string, externalId: string): string {
  return `${connectionPath(connection)}/members/${encodeURIComponent(externalId)}`;
}

async function cookieRequest(path: string, options: Options): Promise<unknown> {
  const response = await request(path, jsonInit(options, {}));
  if (response.ok) return bodyOf(response);
  const problem = await problemFrom(response);
  throw response.status === 401 ? new KeyExpired(401, problem.title, problem.detail) : problem;
}

function jsonInit({ method = "GET", body, key, slow, signal }: Options, headers: Record<string, string>): RequestInit {
  const timeout = AbortSignal.timeout(slow === true ? SLOW_TIMEOUT_MS : TIMEOUT_MS);
  return {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...headers,
    },
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
