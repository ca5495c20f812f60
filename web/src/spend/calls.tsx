/** The calls one by one, newest first. */
import { useCallback, useState } from "react";
import type { CallFilter, Client } from "../api/client";
import type { AiCall, Purpose } from "../api/types";
import { More } from "../console/more";
import { formatSelection } from "../console/route";
import { Empty, Failed, Loading } from "../console/states";
import { fullTime, noteTime } from "../console/time";
import { usePages } from "../connectwise/use-pages";
import { count, seconds, usd } from "./amounts";
import { PURPOSES } from "./purposes";

/** How a call can have ended, and whether that is well. */
const ENDS: Record<string, { tone: "good" | "bad" | "neutral"; text: string }> = {
  end: { tone: "good", text: "Whole" },
  tool_use: { tone: "good", text: "Whole" },
  pause: { tone: "good", text: "Whole" },
  other: { tone: "good", text: "Whole" },
  stopped: { tone: "neutral", text: "Stopped" },
  error: { tone: "bad", text: "Failed" },
  refusal: { tone: "bad", text: "Refused" },
  max_tokens: { tone: "bad", text: "Too long" },
  context_full: { tone: "bad", text: "Too much to read" },
};
const UNENDED = { tone: "neutral", text: "Not ended" } as const;

const EVERY: CallFilter = { purpose: null, model: null, failed: false };

export function Calls({ client, models }: { client: Client; models: string[] }) {
  const [filter, setFilter] = useState(EVERY);
  const load = useCallback((cursor: string | null, signal: AbortSignal) => client.aiCalls(filter, cursor, signal), [client, filter]);
  const list = usePages(load);
  const isFiltered = filter.purpose !== null || filter.model !== null || filter.failed;
  // What is chosen stays choosable, even where the sums do not know it.
  const choosable = [...new Set([...models, ...(filter.model === null ? [] : [filter.model])])];
  return (
    <section className="spend-section" aria-labelledby="calls-title">
      <h3 id="calls-title">Calls</h3>
      <div className="filters">
        <label>
          For
          <select value={filter.purpose ?? ""} onChange={(event) => setFilter({ ...filter, purpose: (event.target.value || null) as Purpose | null })}>
            <option value="">Everything</option>
            {Object.entries(PURPOSES).map(([purpose, name]) => (
              <option key={purpose} value={purpose}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Model
          <select value={filter.model ?? ""} onChange={(event) => setFilter({ ...filter, model: event.target.value || null })}>
            <option value="">All</option>
            {choosable.map((model) => (
              <option key={model}>{model}</option>
            ))}
          </select>
        </label>
        <label className="filter-check">
          <input type="checkbox" checked={filter.failed} onChange={(event) => setFilter({ ...filter, failed: event.target.checked })} />
          Only those that failed
        </label>
      </div>
      {list.items === null && list.error === null && <Loading what="the calls" />}
      {list.items === null && list.error !== null && <Failed what="The calls can't be read." error={list.error} retry={list.reload} />}
      {list.items?.length === 0 && <Empty>{isFiltered ? "No such calls." : "No calls yet."}</Empty>}
      <ul className="calls">
        {list.items?.map((call) => (
          <Call key={call.id} call={call} />
        ))}
      </ul>
      {list.items !== null && list.more !== null && <More name="Load more" state={list.more} failure="The next calls can't be read." error={list.error} onMore={list.next} />}
    </section>
  );
}

function Call({ call }: { call: AiCall }) {
  const end = call.stop === null ? UNENDED : (ENDS[call.stop] ?? { tone: "neutral", text: call.stop });
  return (
    <li className="call">
      <p className="call-head">
        <time dateTime={new Date(call.created_at).toISOString()} title={fullTime(call.created_at)}>
          {noteTime(call.created_at, Date.now())}
        </time>
        <strong>{call.model}</strong>
        <span>{PURPOSES[call.purpose]}</span>
        <span className={`badge tone-${end.tone}`}>{end.text}</span>
        <span className="call-cost">
          {call.estimated && "about "}
          {usd(call.cost_micros)} USD
        </span>
      </p>
      <p className="muted">
        {count(call.input_tokens)} in, {count(call.cache_read_tokens)} from the cache, {count(call.cache_write_tokens)} to the cache, {count(call.output_tokens)} out · {seconds(call.latency_ms)}
        {call.retries > 0 && ` · sent again ${call.retries === 1 ? "once" : `${call.retries} times`}`}
      </p>
      {call.session_id !== null && (
        <p>
          <a href={formatSelection({ kind: "session", id: call.session_id })}>{call.session_title ?? "Session"}</a>
          {call.member !== null && <span className="muted"> · {call.member}</span>}
        </p>
      )}
      {call.error !== null && <p className="call-error">{call.error}</p>}
    </li>
  );
}
