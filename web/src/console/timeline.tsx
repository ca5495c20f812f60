/** The notes of a ticket, newest first: a note that was just posted is seen without scrolling. */
import type { Placement, TicketNote } from "../api/types";
import { Html } from "./html";
import { Empty } from "./states";
import { fullTime, noteTime } from "./time";

const PLACEMENTS: Record<Placement, string> = {
  discussion: "Discussion",
  internal: "Internal analysis",
  resolution: "Resolution",
};

export function Timeline({ notes }: { notes: readonly TicketNote[] }) {
  if (notes.length === 0) return <Empty>No notes yet.</Empty>;
  const newestFirst = notes.toSorted((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
  return (
    <ol className="timeline">
      {newestFirst.map(({ id, html, placement, author, created_at }) => (
        <li key={id} className={`note note-${placement}`}>
          <p className="note-head">
            <span className={`placement placement-${placement}`}>{PLACEMENTS[placement] ?? placement}</span>
            <span>{author ?? "Unknown author"}</span>
            {created_at !== null && (
              <time dateTime={new Date(created_at).toISOString()} title={fullTime(created_at)}>
                {noteTime(created_at, Date.now())}
              </time>
            )}
          </p>
          <Html html={html} />
        </li>
      ))}
    </ol>
  );
}
