/** Questions that belong to no ticket: the member's conversations beside the one that is open. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { AssistantConversation } from "../api/types";
import { usePages } from "../connectwise/use-pages";
import { PlusIcon } from "../console/icons";
import { useLive } from "../console/live";
import { More } from "../console/more";
import { Empty, Failed, Loading } from "../console/states";
import { fullTime, noteTime } from "../console/time";
import { Begin } from "./begin";
import { ConversationView } from "./conversation";
import "./ask.css";

const ADDRESS = "#ask/";

function asked(): string | null {
  return location.hash.startsWith(ADDRESS) ? decodeURIComponent(location.hash.slice(ADDRESS.length)) : null;
}

export function AskPage({ onClose }: { onClose: () => void }) {
  const { client } = useLive();
  const main = useRef<HTMLElement>(null);
  const [open, setOpen] = useState(asked);
  useEffect(() => main.current?.focus(), []);
  useEffect(() => {
    const read = (): void => setOpen(asked());
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
  const load = useCallback((cursor: string | null, signal: AbortSignal) => client.conversations(cursor, signal), [client]);
  const list = usePages(load);

  const show = (id: string | null): void => {
    history.pushState(null, "", id === null ? "#ask" : `${ADDRESS}${encodeURIComponent(id)}`);
    setOpen(id);
  };
  const begun = (conversation: AssistantConversation): void => {
    show(conversation.id);
    list.reload();
  };

  return (
    <main className="pane ask" id="ask" tabIndex={-1} ref={main} aria-labelledby="ask-title">
      <div className="pane-head ask-head">
        <h2 id="ask-title">Ask</h2>
        <button type="button" className="button" onClick={onClose}>
          Back to the console
        </button>
      </div>
      <div className="ask-panes">
        <nav className="ask-list" aria-label="Your conversations">
          <button type="button" className="button" aria-pressed={open === null} onClick={() => show(null)}>
            <PlusIcon /> New question
          </button>
          {list.items === null && list.error === null && <Loading what="your conversations" />}
          {list.items === null && list.error !== null && <Failed what="Your conversations can't be read." error={list.error} retry={list.reload} />}
          {list.items?.length === 0 && <Empty>Your conversations will be listed here. Nobody else sees them.</Empty>}
          <ul>
            {list.items?.map(({ id, title, created_at }) => (
              <li key={id}>
                <button type="button" className="ask-item" aria-current={id === open ? "page" : undefined} onClick={() => show(id)}>
                  <span>{title}</span>
                  <time dateTime={new Date(created_at).toISOString()} title={fullTime(created_at)}>
                    {noteTime(created_at, Date.now())}
                  </time>
                </button>
              </li>
            ))}
          </ul>
          {list.items !== null && list.more !== null && <More name="Load older conversations" state={list.more} failure="Older conversations can't be read." error={list.error} onMore={list.next} />}
        </nav>
        {open === null ? <Begin onBegun={begun} /> : <ConversationView key={open} id={open} />}
      </div>
    </main>
  );
}
