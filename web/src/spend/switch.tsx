/** The switch that stops every model of the team. */
import { useCallback, useState } from "react";
import type { Client } from "../api/client";
import type { Action, AiSwitch } from "../api/types";
import { ActionDialog } from "../console/action-dialog";
import { Failed, Loading } from "../console/states";
import { noteTime } from "../console/time";
import { useFetched } from "../console/use-fetched";

const OFF: Action = {
  id: "off",
  label: "Switch AI off",
  style: "danger",
  confirm: "Every model of the team stops within a second, also in the middle of an answer. The guided copilot goes on.",
  inputs: [],
};

const ON: Action = {
  id: "on",
  label: "Switch AI on",
  style: "primary",
  confirm: "Models may answer and write notes again, within the budget.",
  inputs: [],
};

export function AiSwitchSection({ client }: { client: Client }) {
  const load = useCallback((signal: AbortSignal) => client.aiSwitch(signal), [client]);
  const { value, error, reload } = useFetched(load);
  const [set, setSet] = useState<AiSwitch | null>(null);
  const [asking, setAsking] = useState(false);
  const now = set ?? value;
  if (now === null) {
    return error === null ? <Loading what="the switch" lines={1} /> : <Failed what="Whether AI is switched off can't be read." error={error} retry={reload} />;
  }
  const action = now.on ? OFF : ON;
  return (
    <section className="spend-section" aria-labelledby="switch-title">
      <h3 id="switch-title">Switch</h3>
      <div className="switch">
        <p role="status">
          {now.on ? (
            <>
              <span className="badge tone-good">On</span> The models of the team may be asked.
            </>
          ) : (
            <>
              <span className="badge tone-bad">Off</span> Switched off by {now.off_by}
              {now.off_since !== null && `, ${noteTime(now.off_since, Date.now())}`}.
            </>
          )}
        </p>
        <button type="button" className={`button ${now.on ? "danger" : "primary"}`} aria-haspopup="dialog" onClick={() => setAsking(true)}>
          {action.label}
        </button>
      </div>
      {asking && (
        <ActionDialog
          action={action}
          about="All models of this team"
          draft={undefined}
          onClose={() => setAsking(false)}
          onSubmit={async () => setSet(await client.setAiSwitch(!now.on))}
        />
      )}
    </section>
  );
}
