/** In the queue: the sessions whose threads are elsewhere. */
import { SessionChip } from "../console/chips";
import { More } from "../console/more";
import { Rows } from "../console/rows";
import { Empty, Failed, Loading } from "../console/states";
import { briefTime, fullTime } from "../console/time";
import { PlatformChip } from "./platform";
import type { Sessions } from "./use-sessions";

interface SessionListProps {
  sessions: Sessions;
  /** Words of the titles that are wanted. */
  query: string;
  current: string | null;
  onSelect: (id: string) => void;
}

export function SessionList({ sessions, query, current, onSelect }: SessionListProps) {
  const unread = <Failed what="The sessions can't be read." error={sessions.error} retry={sessions.reload} />;
  if (sessions.state === "failed") return unread;
  if (sessions.state === "loading") return <Loading what="the sessions" lines={4} />;
  const words = query.trim().toLowerCase();
  const shown = sessions.items.filter(({ title, ticket_id }) => `${title} #${ticket_id ?? ""}`.toLowerCase().includes(words));
  return (
    <>
      {sessions.state === "stale" && unread}
      {shown.length === 0 && <Empty>{nothingShown(query, sessions.hasMore)}</Empty>}
      {shown.length > 0 && (
        <Rows
          rows={shown.map((session) => ({
            id: session.id,
            current: session.id === current,
            over: session.closed_at !== null,
            content: (
              <>
                <span className="row-top">
                  <PlatformChip platform={session.platform} />
                  {session.ticket_id !== null && <span className="row-id">#{session.ticket_id}</span>}
                </span>
                <span className="row-title">{session.title}</span>
                <span className="row-bottom">
                  <time dateTime={new Date(session.created_at).toISOString()} title={fullTime(session.created_at)}>
                    {briefTime(session.created_at, Date.now())}
                  </time>
                  <SessionChip status={session.status} />
                </span>
              </>
            ),
          }))}
          onSelect={onSelect}
        />
      )}
      {sessions.hasMore && (
        <More name="Show more sessions" state={sessions.more.state} failure="More sessions can't be read." error={sessions.more.error} onMore={sessions.loadMore} />
      )}
    </>
  );
}

function nothingShown(query: string, more: boolean): string {
  if (query.trim() !== "") return more ? `None of the newest sessions matches “${query}”.` : `No session matches “${query}”.`;
  return "Nothing is worked on in a chat platform. What your team begins there, in Slack for one, is shown here live.";
}
