/** What the models cost, for admins: the switch that stops them, the budget, the sums, and each call. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Client } from "../api/client";
import type { Spending } from "../api/types";
import { useLive } from "../console/live";
import { Empty, Failed, Loading } from "../console/states";
import { useFetched } from "../console/use-fetched";
import { Budget } from "./budget";
import { Calls } from "./calls";
import { Opinions } from "./opinions";
import { Sums } from "./sums";
import { AiSwitchSection } from "./switch";
import "./spend.css";

/** How far the sums may look back. */
const WINDOWS = [
  { days: 1, name: "24 hours" },
  { days: 7, name: "7 days" },
  { days: 30, name: "30 days" },
] as const;

export function SpendPage({ onClose }: { onClose: () => void }) {
  const { client } = useLive();
  const main = useRef<HTMLElement>(null);
  useEffect(() => main.current?.focus(), []);
  return (
    <main className="pane spend" id="spend" tabIndex={-1} ref={main} aria-labelledby="spend-title">
      <div className="scroll" tabIndex={0} role="region" aria-label="AI spend">
        <div className="spend-page">
          <div className="pane-head">
            <h2 id="spend-title">AI spend</h2>
            <button type="button" className="button" onClick={onClose}>
              Back to the console
            </button>
          </div>
          <AiSwitchSection client={client} />
          <Spent client={client} />
          <Opinions client={client} />
        </div>
      </div>
    </main>
  );
}

function Spent({ client }: { client: Client }) {
  const [days, setDays] = useState<number>(1);
  const load = useCallback((signal: AbortSignal) => client.spending(days, signal), [client, days]);
  const { value, error, reload } = useFetched(load);
  // What was read of another time stays until this one is there, so that nothing jumps.
  const [shown, setShown] = useState<Spending | null>(null);
  if (value !== null && value !== shown) setShown(value);
  const spending = value ?? shown;

  if (spending === null) {
    return error === null ? <Loading what="what the models cost" lines={4} /> : <Failed what="What the models cost can't be read." error={error} retry={reload} />;
  }
  const models = spending.by_model.map(({ model }) => model);
  return (
    <>
      {spending.budget === null ? (
        <Empty>No AI model is connected: FlowPilot works guided. Models are connected in the configuration of the server, under [ai].</Empty>
      ) : (
        <Budget budget={spending.budget} used={spending.last_24_hours} />
      )}
      <section className="spend-section" aria-labelledby="sums-title">
        <div className="pane-head">
          <h3 id="sums-title">Cost</h3>
          <div className="buttons" role="group" aria-label="How far back">
            {WINDOWS.map((window) => (
              <button key={window.days} type="button" className="button small" aria-pressed={window.days === days} onClick={() => setDays(window.days)}>
                {window.name}
              </button>
            ))}
            <button type="button" className="button small quiet" onClick={reload}>
              Refresh
            </button>
          </div>
        </div>
        {error !== null && <Failed what="What the models cost can't be read anew." error={error} retry={reload} />}
        {spending.total.calls === 0 ? <Empty>No calls yet.</Empty> : <Sums spending={spending} />}
      </section>
      <Calls client={client} models={models} />
    </>
  );
}
