/** How much of the 24-hour budget is used. */
import type { Spending } from "../api/types";
import { count, rough, usd, used } from "./amounts";

interface BudgetProps {
  budget: NonNullable<Spending["budget"]>;
  used: Spending["last_24_hours"];
}

export function Budget({ budget, used: spent }: BudgetProps) {
  return (
    <section className="spend-section" aria-labelledby="budget-title">
      <h3 id="budget-title">Budget</h3>
      <Meter name="Money" text={`${usd(spent.cost_micros)} of ${usd(budget.team_micros_per_day)} USD in 24 h`} part={used(spent.cost_micros, budget.team_micros_per_day)} />
      <Meter name="Tokens" text={`${rough(spent.tokens)} of ${rough(budget.team_tokens_per_day)} tokens in 24 h`} part={used(spent.tokens, budget.team_tokens_per_day)} />
      <p className="muted">
        One session may use {usd(budget.session_micros)} USD and {count(budget.session_tokens)} tokens. A call that could go past a limit is not made; a call that runs counts with the most that it may cost.
      </p>
    </section>
  );
}

function Meter({ name, text, part }: { name: string; text: string; part: number }) {
  const level = part >= 1 ? "full" : part >= 0.8 ? "high" : "fine";
  return (
    <div className="meter">
      <p>
        {text}
        {level === "full" && <strong> · used up</strong>}
      </p>
      <div className={`meter-bar meter-${level}`} role="meter" aria-label={`${name} of the budget`} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100} aria-valuetext={text}>
        <span style={{ width: `${part * 100}%` }} />
      </div>
    </div>
  );
}
