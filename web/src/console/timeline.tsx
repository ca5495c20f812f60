/** The notes of a ticket, newest first. One that arrives while the ticket is on screen comes into view. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Placement, TicketNote } from "../api/types";
import { Html } from "./html";
import { Empty } from "./states";
import { fullTime, noteTime } from "./time";

const PLACEMENTS: Record<Placement, string> = {
  discussion: "Discussion",
  internal: "Internal analysis",
  resolution: "Resolution",
};

interface TimelineProps {
  notes: readonly TicketNote[];
  /** Shown above: a note that only repeats it says so instead. */
  description: string | null;
}

export function Timeline({ notes, description }: TimelineProps) {
  const list = useRef<HTMLOListElement>(null);
  const arrived = useArrived(notes);
  useEffect(() => {
    if (arrived.size > 0) list.current?.querySelector(".note-new")?.scrollIntoView({ block: "nearest" });
  }, [arrived.size]);

  if (notes.length === 0) return <Empty>No notes yet.</Empty>;
  const newestFirst = notes.toSorted((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
  return (
    <ol className="timeline" ref={list}>
      {newestFirst.map(({ id, html, text, placement, author, created_at }) => (
        <li key={id} className={`note note-${placement} ${arrived.has(id) ? "note-new" : ""}`}>
          <p className="note-head">
            <span className={`placement placement-${placement}`}>{PLACEMENTS[placement] ?? placement}</span>
            <span>{author ?? "Unknown author"}</span>
            {created_at !== null && (
              <time dateTime={new Date(created_at).toISOString()} title={fullTime(created_at)}>
                {noteTime(created_at, Date.now())}
              </time>
            )}
          </p>
          {text.trim() === description?.trim() ? <p className="muted">The description above.</p> : <Html html={html} />}
        </li>
      ))}
    </ol>
  );
}

/** The notes that were not there when the first ones came. */
function useArrived(notes: readonly TicketNote[]): ReadonlySet<string> {
  const [first] = useState(() => new Set(notes.map(({ id }) => id)));
  return useMemo(() => new Set(notes.map(({ id }) => id).filter((id) => !first.has(id))), [notes, first]);
}
