/** What the session stands at: the suggested fix, or whatever is asked before there is one. */
import { clockTime } from "../../../../web/src/console/time";
import type { Pod } from "../pod";
import type { Shown } from "../shown";
import type { Card, Fix, Session } from "../types";
import { CardActions } from "./actions";
import { Badge } from "./badge";
import { Html } from "./html";

/** In the order in which they matter. */
const KINDS: readonly Card["kind"][] = ["fix", "outcome", "question", "check", "instruction", "script", "notice"];
const NAMES: Partial<Record<Card["kind"], string>> = {
  fix: "Suggested fix",
  outcome: "Outcome",
  question: "Question",
  check: "Check",
  instruction: "To do",
  script: "Script",
  notice: "FlowPilot says",
};
const DECISIONS = { one_off: "Used", draft_template: "Used, draft template kept", build_template: "Used, template built", dismissed: "Dismissed" };
const OUTCOMES = { worked: "It worked", partly: "It worked partly", failed: "It failed", pending: "Pending" };

export function Next({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  const cards = KINDS.flatMap((kind) => session.cards.filter((card) => card.kind === kind));
  const hasFix = cards.some(({ kind }) => kind === "fix");
  if (cards.length === 0 && session.fix === null) return null;
  return (
    <>
      {!hasFix && session.fix !== null && <Decided fix={session.fix} />}
      {cards.map((card) => (
        <CardPanel key={card.id} card={card} pod={pod} shown={shown} />
      ))}
    </>
  );
}

function CardPanel({ card, pod, shown }: { card: Card; pod: Pod; shown: Shown }) {
  return (
    <section className={`panel panel-${card.kind}`} aria-label={`${NAMES[card.kind] ?? "Card"}: ${card.title}`}>
      <p className="kind">
        {NAMES[card.kind]} {card.badge !== null && <Badge {...card.badge} />}
      </p>
      <h2>{card.title}</h2>
      {card.body_html !== "" && <Html html={card.body_html} />}
      {card.fields.length > 0 && (
        <dl className="pairs">
          {card.fields.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <CardActions card={card} pod={pod} shown={shown} />
    </section>
  );
}

/** The newest fix, once nobody is asked about it any more. */
function Decided({ fix }: { fix: Fix }) {
  const { decision, outcome } = fix;
  return (
    <section className="panel" aria-label={`Fix: ${fix.title}`}>
      <p className="kind">Fix</p>
      <h2>{fix.title}</h2>
      {decision === null && <p className="muted">Superseded.</p>}
      {decision !== null && (
        <p className="muted">
          {DECISIONS[decision.decision]} {clockTime(decision.created_at)} by {decision.member_name}
        </p>
      )}
      {outcome !== null && (
        <p className="muted">
          {OUTCOMES[outcome.outcome]}, says {outcome.member_name}
          {outcome.reason !== null && <>: {outcome.reason}</>}
        </p>
      )}
    </section>
  );
}
