/** The ticket, where the session stands, and who looks. */
import type { Shown } from "../shown";
import type { Session, Ticket, Tone } from "../types";
import { Badge } from "./badge";

const STATUSES: Record<Session["status"], [string, Tone]> = {
  active: ["Active", "neutral"],
  paused: ["Paused", "warn"],
  waiting: ["Waiting", "warn"],
  escalated: ["Escalated", "bad"],
  resolved: ["Resolved", "good"],
  abandoned: ["Abandoned", "neutral"],
};
const ROLES = { super_admin: "super admin", team_admin: "team admin", engineer: "engineer", viewer: "viewer" };
const PLACES: Record<Session["platform"], string> = { slack: "Slack", teams: "Teams", discord: "Discord", console: "the console", api: "" };

export function Head({ shown }: { shown: Shown }) {
  const { ticket, record, session, me } = shown;
  const number = record?.id ?? ticket;
  const status = standing(record, session?.ticket ?? null);
  return (
    <header className="head">
      <h1>{number === null ? "FlowPilot" : `#${number}${record === null ? "" : ` ${record.summary}`}`}</h1>
      {record !== null && (
        <p className="muted">
          {[record.company, record.contact, status, record.priority].filter((part) => part !== null && part !== "").join(" · ")}
        </p>
      )}
      {session != null && <Standing session={session} />}
      {me !== null && (
        <p className="muted me">
          {me.name}, {ROLES[me.role]}
        </p>
      )}
    </header>
  );
}

/** Where the ticket stands: the session hears of changes that came after the page was let in. */
function standing(record: Ticket | null, ofSession: Ticket | null): string | null {
  if (record === null || ofSession === null || record.id !== ofSession.id) return record?.status ?? null;
  return (ofSession.updated_at ?? 0) > (record.updated_at ?? 0) ? ofSession.status : record.status;
}

function Standing({ session }: { session: Session }) {
  const [word, tone] = STATUSES[session.status];
  const place = PLACES[session.platform];
  return (
    <p className="standing">
      <Badge text={session.status_reason === null ? word : `${word}: ${session.status_reason}`} tone={tone} />{" "}
      <span className="muted">
        {session.owner_name} · version {session.state_version}
        {place !== "" && <> · in {place}</>}
      </span>
      {session.link != null && (
        <>
          {" "}
          <a href={session.link} target="_blank" rel="noopener noreferrer">
            Open the thread
          </a>
        </>
      )}
    </p>
  );
}
