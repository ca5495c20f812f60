/**
 * The live events of one member, for as long as the page is open.
 *
 * One tab of a browser holds the stream and passes what it hears to the others, because a browser
 * opens at most six connections to a server: the sixth tab with a stream of its own would hang.
 * `follow` is the stream itself; `startFeed` decides which tab runs it.
 */
import type { Client } from "./client";
import { KeyExpired, Unreachable } from "./problem";
import { eventReader, type Received } from "./sse";
import type { ServerEvent } from "./types";

/** The server sends something at least every 15 s. */
const SILENCE_MS = 40_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface FeedListener {
  onEvent: (event: ServerEvent) => void;
  /** When the connection was lost; null while it holds. */
  onStatus: (lostSince: number | null) => void;
}

export interface Feed {
  retry: () => void;
  stop: () => void;
}

type Told =
  | ({ kind: "event" } & Received)
  | { kind: "status"; lostSince: number | null }
  | { kind: "hello" }
  | { kind: "retry" };

/** How long to wait before attempt `n` (from 0), spread so that many tabs do not come back at once. */
export function retryDelay(n: number, random: number): number {
  const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** n);
  return ceiling / 2 + (ceiling / 2) * random;
}

export function startFeed(client: Client, listener: FeedListener): Feed {
  const name = `flowpilot:events:${client.memberId}`;
  const channel = new BroadcastChannel(name);
  const stopped = new AbortController();
  const wake = new EventTarget();
  let lastId: string | null = null;
  let leads = false;
  let lostSince: number | null = null;

  const apply = (told: Told): void => {
    if (told.kind === "event") {
      lastId = told.id ?? lastId;
      listener.onEvent(told.event);
    } else if (told.kind === "status") {
      lostSince = told.lostSince;
      listener.onStatus(lostSince);
    }
  };
  const tell = (told: Told): void => {
    if (stopped.signal.aborted) return;
    apply(told);
    channel.postMessage(told);
  };
  const retry = (): void => void wake.dispatchEvent(new Event("retry"));

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === "hello") {
      if (leads) channel.postMessage({ kind: "status", lostSince } satisfies Told);
    } else if (data.kind === "retry") retry();
    else apply(data);
  };
  channel.postMessage({ kind: "hello" } satisfies Told);

  const lead = async (): Promise<void> => {
    leads = true;
    await follow(client, { lastId: () => lastId, tell, wake, signal: stopped.signal });
  };
  navigator.locks.request(name, { signal: stopped.signal }, lead).catch(() => undefined);

  addEventListener("online", retry, { signal: stopped.signal });
  // A stream on a network that went away stays silent for long before it breaks.
  addEventListener("offline", () => wake.dispatchEvent(new Event("drop")), { signal: stopped.signal });
  return {
    retry() {
      retry();
      channel.postMessage({ kind: "retry" } satisfies Told);
    },
    stop() {
      stopped.abort();
      channel.close();
    },
  };
}

interface FollowOptions {
  lastId: () => string | null;
  tell: (told: Told) => void;
  /** "retry" cuts the wait before the next attempt short, "drop" ends a connection that may be dead. */
  wake: EventTarget;
  signal: AbortSignal;
}

/** Holds the stream open, again and again, until `signal` says stop or the key is no longer known. */
async function follow(client: Client, { lastId, tell, wake, signal }: FollowOptions): Promise<void> {
  let lostSince: number | null = null;
  let attempt = 0;
  const opened = (): void => {
    const first = lostSince === null && lastId() === null;
    attempt = 0;
    lostSince = null;
    tell({ kind: "status", lostSince });
    // Back after a loss, requests may have failed too: no event makes up for those.
    tell({ kind: "event", id: null, event: { type: first ? "opened" : "reset" } });
  };
  while (!signal.aborted) {
    try {
      await listen({ client, lastId: lastId(), opened, onEvent: (received) => tell({ kind: "event", ...received }), wake, signal });
    } catch (error) {
      if (signal.aborted || error instanceof KeyExpired) return;
    }
    if (lostSince === null) {
      lostSince = Date.now();
      tell({ kind: "status", lostSince });
    }
    await pause(retryDelay(attempt++, Math.random()), wake, signal);
  }
}

interface Connection {
  client: Client;
  lastId: string | null;
  opened: () => void;
  onEvent: (received: Received) => void;
  wake: EventTarget;
  signal: AbortSignal;
}

/** One connection, from its opening to its end. */
async function listen({ client, lastId, opened, onEvent, wake, signal }: Connection): Promise<void> {
  const dead = new AbortController();
  const drop = (): void => dead.abort();
  const headers = { accept: "text/event-stream", ...(lastId === null ? {} : { "last-event-id": lastId }) };
  let timer = setTimeout(drop, SILENCE_MS);
  wake.addEventListener("drop", drop);
  try {
    const response = await client.stream("/console/events", headers, AbortSignal.any([signal, dead.signal]));
    if (response.body === null) throw new Unreachable("no body");
    const feed = eventReader(onEvent);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    opened();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(drop, SILENCE_MS);
      feed(chunk.value);
    }
  } finally {
    clearTimeout(timer);
    wake.removeEventListener("drop", drop);
  }
}

function pause(ms: number, wake: EventTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const finish = (): void => {
      clearTimeout(timer);
      done.abort();
      resolve();
    };
    const timer = setTimeout(finish, ms);
    wake.addEventListener("retry", finish, { signal: done.signal });
    signal.addEventListener("abort", finish, { signal: done.signal });
  });
}
