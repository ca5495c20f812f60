/** What can be done with the session as a whole. */
import type { Pod } from "../pod";
import type { Shown } from "../shown";
import type { Action, Session } from "../types";
import { Actions, CardActions } from "./actions";

/** Always in sight; the rest is one click away. */
const FIRST = new Set(["resume", "resolve", "escalate"]);
/** Has a place of its own above. */
const ELSEWHERE = new Set(["fact"]);

const START: Action = { id: "start", label: "Start another session", style: "default", confirm: null, inputs: [] };

/** Its card has a place of its own, and nothing is entered before somebody uses it. */
const TIME: Action = { id: "time", label: "Draft time", style: "default", confirm: null, inputs: [] };

export function More({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  const card = session.cards.find(({ kind }) => kind === "session");
  const isOver = session.status === "resolved" || session.status === "abandoned";
  const isFirst = ({ id }: Action): boolean => FIRST.has(id);
  const isRest = ({ id }: Action): boolean => !FIRST.has(id) && !ELSEWHERE.has(id);
  return (
    <section className="panel" aria-labelledby="more">
      <h2 id="more">Session</h2>
      {isOver && <p className="muted">This session is {session.status}. Resume it to go on, or start another one.</p>}
      {card !== undefined && <CardActions card={card} pod={pod} shown={shown} only={isFirst} />}
      {isOver && <Actions name="again" actions={[START]} pod={pod} shown={shown} onUse={() => pod.start()} />}
      {session.ticket_id !== null && <Time pod={pod} shown={shown} session={session} />}
      {card !== undefined && card.actions.some(isRest) && (
        <details>
          <summary>More</summary>
          <CardActions card={card} pod={pod} shown={shown} only={isRest} />
        </details>
      )}
    </section>
  );
}

/** The time worked on the ticket: a draft with its buttons, or the one that makes a draft. */
function Time({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  const card = session.cards.find(({ actions }) => actions.some(({ id }) => id === "time_post"));
  if (card === undefined) return <Actions name="time" actions={[TIME]} pod={pod} shown={shown} onUse={() => pod.draftTime()} />;
  return (
    <div className="banner tone-neutral">
      <p>
        {card.title}
        {card.badge !== null && <> ({card.badge.text})</>}
      </p>
      {card.fields.map(({ label, value }) => (
        <p key={label} className="muted">
          {label}: {value}
        </p>
      ))}
      <CardActions card={card} pod={pod} shown={shown} />
    </div>
  );
}
