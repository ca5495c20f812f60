/** One resource of the server on screen: loading, ready or failed, and fetched anew on request. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Fetched<T> {
  /** Kept while a newer one is on its way; null before the first answer. */
  value: T | null;
  error: unknown;
  reload: () => void;
}

/**
 * `load` must keep its identity for as long as it means the same resource; null means nothing to
 * show. An answer that was overtaken by another request is dropped.
 */
export function useFetched<T>(load: ((signal: AbortSignal) => Promise<T>) | null): Fetched<T> {
  const [state, setState] = useState<{ of: unknown; value: T | null; error: unknown }>({ of: null, value: null, error: null });
  const running = useRef<AbortController | null>(null);

  const reload = useCallback(() => {
    running.current?.abort();
    if (load === null) return;
    const request = new AbortController();
    running.current = request;
    load(request.signal).then(
      (value) => {
        if (!request.signal.aborted) setState({ of: load, value, error: null });
      },
      (error: unknown) => {
        if (request.signal.aborted) return;
        setState((previous) => ({ of: load, value: previous.of === load ? previous.value : null, error }));
      },
    );
  }, [load]);

  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload]);

  const mine = state.of === load;
  return { value: mine ? state.value : null, error: mine ? state.error : null, reload };
}
