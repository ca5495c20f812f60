/**
 * How much of a list has been read, a page at a time from its newest end.
 *
 * Always holds: nothing is missing from `from` to the newest. Where that can no longer be said,
 * because the newest page does not reach what was known, the list begins anew with that page.
 */
import type { Page } from "../api/types";

/** "stale": what is known is that of before, because reading it anew failed. */
export type Loading = "loading" | "ready" | "stale" | "failed";

export interface Reading {
  /** Of the newest page. */
  state: Loading;
  /** The oldest place (`seq`, `updated_at`) that was read; -Infinity where nothing is older. */
  from: number;
  /** Up to here nothing was missed; Infinity while live events bring everything. */
  upTo: number;
  /** Leads to the page before; null where there is none. */
  next: string | null;
  /** Of the page before. */
  more: "ready" | "loading" | "failed";
}

export const unread: Reading = { state: "loading", from: -Infinity, upTo: -Infinity, next: null, more: "ready" };

/** A page is asked for: the newest, where `cursor` is null. `newest` is the newest place that is known. */
export function begun(reading: Reading, cursor: string | null, newest: number): Reading {
  if (cursor !== null) return cursor === reading.next ? { ...reading, more: "loading" } : reading;
  const state = reading.state === "failed" ? "loading" : reading.state === "stale" ? "ready" : reading.state;
  return { ...doubted(reading, newest), state };
}

/** Live events were missed. What comes from now on proves nothing about what came before. */
export function doubted(reading: Reading, newest: number): Reading {
  return { ...reading, upTo: Math.min(reading.upTo, newest) };
}

/** A page is there, of places from `oldest` on. */
export function arrived(reading: Reading, cursor: string | null, page: Page<unknown>, oldest: number): Reading {
  const next = page.next_cursor;
  const begins: Pick<Reading, "from" | "next" | "more"> = { from: next === null ? -Infinity : oldest, next, more: "ready" };
  // A page before another beginning than today's would leave a gap.
  if (cursor !== null) return cursor === reading.next ? { ...reading, ...begins } : reading;
  const joins = next !== null && oldest <= reading.upTo;
  return { ...reading, ...(joins ? {} : begins), state: "ready", upTo: Infinity };
}

export function missing(reading: Reading, cursor: string | null): Reading {
  if (cursor !== null) return cursor === reading.next ? { ...reading, more: "failed" } : reading;
  return { ...reading, state: reading.state === "ready" || reading.state === "stale" ? "stale" : "failed" };
}

export function isRead({ state }: Reading): boolean {
  return state === "ready" || state === "stale";
}
