/** The feed as React sees it: one per acting member, any number of components listening. */
import { createContext, useCallback, useContext, useEffect, useEffectEvent, useMemo, useState } from "react";
import type { Client } from "../api/client";
import { startFeed } from "../api/feed";
import type { ServerEvent } from "../api/types";

export interface Live {
  client: Client;
  lostSince: number | null;
  retry: () => void;
  subscribe: (listener: (event: ServerEvent) => void) => () => void;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("useLive outside of the console");
  return live;
}

export function useFeed(client: Client): Live {
  const [lostSince, setLostSince] = useState<number | null>(null);
  const [listeners] = useState(() => new Set<(event: ServerEvent) => void>());
  const [retryNow, setRetryNow] = useState<() => void>(() => () => undefined);

  useEffect(() => {
    const onEvent = (event: ServerEvent): void => listeners.forEach((listener) => listener(event));
    const feed = startFeed(client, { onEvent, onStatus: setLostSince });
    setRetryNow(() => feed.retry);
    return feed.stop;
  }, [client, listeners]);

  const subscribe = useCallback(
    (listener: (event: ServerEvent) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [listeners],
  );
  return useMemo(() => ({ client, lostSince, retry: retryNow, subscribe }), [client, lostSince, retryNow, subscribe]);
}

/** Calls `listener` for every event while the component is on screen. */
export function useServerEvents(listener: (event: ServerEvent) => void): void {
  const { subscribe } = useLive();
  const onEvent = useEffectEvent(listener);
  useEffect(() => subscribe((event) => onEvent(event)), [subscribe]);
}
