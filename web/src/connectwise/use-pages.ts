/** A list of the server, page by page: what was read so far, and the way on. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Page } from "../api/types";

export interface Pages<T> {
  /** Kept while it is read again; null before the first answer. */
  items: T[] | null;
  error: unknown;
  /** How the next page stands; null where there is none. */
  more: "ready" | "loading" | "failed" | null;
  next: () => void;
  reload: () => void;
}

/** `load` must keep its identity for as long as it means the same list. */
export function usePages<T>(load: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>): Pages<T> {
  const [state, setState] = useState<{ items: T[] | null; cursor: string | null; error: unknown; loading: boolean }>({ items: null, cursor: null, error: null, loading: true });
  const running = useRef<AbortController | null>(null);

  const read = useCallback(
    (cursor: string | null) => {
      running.current?.abort();
      const request = new AbortController();
      running.current = request;
      setState((before) => ({ ...before, error: null, loading: true }));
      load(cursor, request.signal).then(
        (page) => {
          if (request.signal.aborted) return;
          setState((before) => ({ items: cursor === null ? page.items : [...(before.items ?? []), ...page.items], cursor: page.next_cursor, error: null, loading: false }));
        },
        (error: unknown) => {
          if (!request.signal.aborted) setState((before) => ({ ...before, error, loading: false }));
        },
      );
    },
    [load],
  );

  useEffect(() => {
    read(null);
    return () => running.current?.abort();
  }, [read]);

  const { items, cursor, error, loading } = state;
  const more = items === null || (cursor === null && error === null) ? null : loading ? "loading" : error === null ? "ready" : "failed";
  return { items, error, more, next: () => read(cursor), reload: useCallback(() => read(null), [read]) };
}
