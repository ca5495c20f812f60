/** What an answer cites: each with its number, and the way to it. */
import type { Source } from "../api/types";
import { ExternalIcon } from "../console/icons";
import { formatSelection } from "../console/route";

const KINDS = { flow: "Flow", session: "Session", ticket: "Ticket" } as const;

export function Sources({ sources }: { sources: Source[] }) {
  if (sources.length === 0) return null;
  return (
    <section aria-label="Sources">
      <ul className="sources">
        {sources.map((source) => (
          <li key={source.number}>
            <span className="source-number">[{source.number}]</span> <SourceLine source={source} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function SourceLine({ source }: { source: Source }) {
  const { kind, reference, ticket_id } = source;
  const number = kind === "ticket" ? reference : (ticket_id ?? null);
  return (
    <>
      <span className="badge tone-neutral">{KINDS[kind]}</span> <Title source={source} />
      {number !== null && <span className="muted"> #{number}</span>}
      {kind === "flow" && (
        <span className="muted">
          {" "}
          <code>flow: {reference}</code>
        </span>
      )}
    </>
  );
}

function Title({ source: { kind, title, reference, url } }: { source: Source }) {
  if (kind === "session") return <a href={formatSelection({ kind: "session", id: reference })}>{title}</a>;
  if (kind === "ticket" && url)
    return (
      <a href={url} target="_blank" rel="noopener noreferrer">
        {title} <ExternalIcon />
      </a>
    );
  return <strong>{title}</strong>;
}
