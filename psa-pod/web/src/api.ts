/** Every request of the page. The token is kept here and nowhere else: no cookie, no storage. */
import { problemFrom, Unreachable } from "../../../web/src/api/problem";
import type { Claim } from "./host";
import type { Issued, State } from "./types";

const TIMEOUT_MS = 30_000;

/** What a look at the state comes to. */
export type Look = { changed: false } | { changed: true; state: State };

export class Api {
  private token: string | null = null;
  private tag: string | null = null;

  /** `base`: the address of the page, `/pod/acme`. */
  constructor(private readonly base: string) {}

  /** Forgets the token, and what was seen. */
  forget(): void {
    this.token = null;
    this.tag = null;
  }

  /** A token for this ticket; the server asks the ticket system whether the claim is true. */
  async enter(claim: Claim, ticket: string, origin: string | null, signal: AbortSignal): Promise<Issued> {
    const body = { ...claim, ticket, origin };
    const issued = (await (await this.send("/token", "POST", body, {}, signal)).json()) as Issued;
    signal.throwIfAborted();
    this.token = issued.token;
    return issued;
  }

  /** The state, where it is another one than was seen last. */
  async look(signal: AbortSignal): Promise<Look> {
    const headers: Record<string, string> = this.tag === null ? {} : { "if-none-match": this.tag };
    const response = await this.send("/state", "GET", undefined, headers, signal);
    if (response.status === 304) return { changed: false };
    const state = (await response.json()) as State;
    signal.throwIfAborted();
    this.tag = response.headers.get("etag");
    return { changed: true, state };
  }

  /** Asks for something; answers what came back, null when nothing did. */
  async ask(path: string, method: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const response = await this.send(path, method, body, {}, signal);
    const text = await response.text();
    signal.throwIfAborted();
    return text === "" ? null : JSON.parse(text);
  }

  private async send(
    path: string,
    method: string,
    body: unknown,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    const sent = { accept: "application/json", ...headers };
    let response: Response;
    try {
      response = await fetch(this.base + path, {
        method,
        headers: {
          ...sent,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Unreachable(error);
    }
    if (!response.ok && response.status !== 304) throw await problemFrom(response);
    return response;
  }
}
