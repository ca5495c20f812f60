/** The exchanges of a conversation as the page keeps them: merged from lists and events, oldest first. */
import type { Exchange } from "../api/types";

/** Ids sort by time. */
const byAge = (a: Exchange, b: Exchange): number => (a.id < b.id ? -1 : 1);

/** Newer knowledge of an exchange takes the place of older. */
export function merged(known: readonly Exchange[], news: readonly Exchange[]): Exchange[] {
  const fresh = new Map(news.map((exchange) => [exchange.id, exchange]));
  const kept = known.filter(({ id }) => !fresh.has(id));
  return [...kept, ...fresh.values()].sort(byAge);
}

/** What grew of one that is being written. */
export function grown(known: readonly Exchange[], answer: string, html: string): Exchange[] {
  return known.map((exchange) => (exchange.id === answer && exchange.ended_at === null ? { ...exchange, html } : exchange));
}

/** Those that are not answered to their end, the one that is written first. */
export function open(known: readonly Exchange[]): Exchange[] {
  return known.filter(({ ended_at }) => ended_at === null);
}
