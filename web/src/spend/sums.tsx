/** The sums: in all, by day, by model and by purpose. */
import { type ReactNode, useId } from "react";
import type { Spending, Tally } from "../api/types";
import { count, rough, seconds, share, usd } from "./amounts";
import { PURPOSES } from "./purposes";

export function Sums({ spending }: { spending: Spending }) {
  const { total } = spending;
  return (
    <>
      <dl className="totals">
        <Total name="Cost" value={`${usd(total.cost_micros)} USD`} />
        <Total name="Calls" value={count(total.calls)} />
        <Total name="Failed" value={count(total.failures)} />
        <Total name="Tokens read" value={rough(total.input_tokens + total.cache_read_tokens + total.cache_write_tokens)} />
        <Total name="Tokens written" value={rough(total.output_tokens)} />
        <Total name="Read from the cache" value={share(total.cache_hit_share)} />
        <Total name="Mean time" value={seconds(total.mean_latency_ms)} />
        <Total name="95 of 100 within" value={seconds(total.p95_latency_ms)} />
      </dl>
      <Table name="By model" first="Model" rows={spending.by_model.map((row) => ({ key: `${row.provider} ${row.model}`, name: row.model, tally: row }))} />
      <Table name="By purpose" first="Purpose" rows={spending.by_purpose.map((row) => ({ key: row.purpose, name: PURPOSES[row.purpose], tally: row }))} />
      <Table name="By day (UTC)" first="Day" rows={spending.by_day.map((row) => ({ key: row.day, name: <time dateTime={row.day}>{row.day}</time>, tally: row }))} />
    </>
  );
}

function Total({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface Row {
  key: string;
  name: ReactNode;
  tally: Tally;
}

/** Wider than a narrow window: it is scrolled in a box of its own. */
function Table({ name, first, rows }: { name: string; first: string; rows: Row[] }) {
  const id = useId();
  return (
    <div className="sums" role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id}>{name}</caption>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            <th scope="col">Cost, USD</th>
            <th scope="col">Calls</th>
            <th scope="col">Failed</th>
            <th scope="col">Tokens in</th>
            <th scope="col">From cache</th>
            <th scope="col">Tokens out</th>
            <th scope="col">Mean</th>
            <th scope="col">95 of 100</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name: label, tally }) => (
            <tr key={key}>
              <th scope="row">{label}</th>
              <td>{usd(tally.cost_micros)}</td>
              <td>{count(tally.calls)}</td>
              <td>{count(tally.failures)}</td>
              <td>{rough(tally.input_tokens + tally.cache_read_tokens + tally.cache_write_tokens)}</td>
              <td>{share(tally.cache_hit_share)}</td>
              <td>{rough(tally.output_tokens)}</td>
              <td>{seconds(tally.mean_latency_ms)}</td>
              <td>{seconds(tally.p95_latency_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
