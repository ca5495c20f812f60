/** What people thought of what the models wrote, newest first. */
import { useCallback } from "react";
import type { Client } from "../api/client";
import type { Opinion } from "../api/types";
import { usePages } from "../connectwise/use-pages";
import { ThumbDownIcon, ThumbUpIcon } from "../console/icons";
import { More } from "../console/more";
import { formatSelection } from "../console/route";
import { Empty, Failed, Loading } from "../console/states";
import { fullTime, noteTime } from "../console/time";

const THUMBS = { up: { Icon: ThumbUpIcon, text: "Helped", tone: "good" }, down: { Icon: ThumbDownIcon, text: "Did not help", tone: "bad" } } as const;
const WRITTEN = { answer: "The answer", note: "The note", ask: "The answer" } as const;

export function Opinions({ client }: { client: Client }) {
  const load = useCallback((cursor: string | null, signal: AbortSignal) => client.opinions(cursor, signal), [client]);
  const list = usePages(load);
  return (
    <section className="spend-section" aria-labelledby="feedback-title">
      <h3 id="feedback-title">Feedback</h3>
      {list.items === null && list.error === null && <Loading what="the feedback" />}
      {list.items === null && list.error !== null && <Failed what="The feedback can't be read." error={list.error} retry={list.reload} />}
      {list.items?.length === 0 && <Empty>Nobody has said yet what they think of an answer or a note.</Empty>}
      <ul className="calls">
        {list.items?.map((opinion) => (
          <OpinionView key={opinion.id} opinion={opinion} />
        ))}
      </ul>
      {list.items !== null && list.more !== null && <More name="Load more feedback" state={list.more} failure="The next feedback can't be read." error={list.error} onMore={list.next} />}
    </section>
  );
}

function OpinionView({ opinion }: { opinion: Opinion }) {
  const { Icon, text, tone } = THUMBS[opinion.thumb];
  return (
    <li className="call">
      <p className="call-head">
        <span className={`badge tone-${tone}`}>
          <Icon /> {text}
        </span>
        <strong>{opinion.member}</strong>
        <time dateTime={new Date(opinion.updated_at).toISOString()} title={fullTime(opinion.updated_at)}>
          {noteTime(opinion.updated_at, Date.now())}
        </time>
        <span>{opinion.model}</span>
      </p>
      {opinion.comment !== null && <p className="opinion-comment">{opinion.comment}</p>}
      <details>
        <summary>{WRITTEN[opinion.purpose]}</summary>
        {opinion.question !== null && (
          <p className="opinion-text">
            <strong>Asked:</strong> {opinion.question}
          </p>
        )}
        <p className="opinion-text">
          <strong>Written:</strong> {opinion.text}
        </p>
      </details>
      {opinion.session_id !== null && (
        <p>
          <a href={formatSelection({ kind: "session", id: opinion.session_id })}>{opinion.session_title ?? "Session"}</a>
        </p>
      )}
    </li>
  );
}
