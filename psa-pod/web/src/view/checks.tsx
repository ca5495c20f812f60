/** The checks: done, skipped, or still to do. A flow's own check is answered above, where the flow asks for it. */
import type { Pod } from "../pod";
import type { Shown } from "../shown";
import type { Action, Check, Session } from "../types";
import { Actions } from "./actions";

const WORDS: Record<Check["status"], string> = { pending: "To do", done: "Done", skipped: "Skipped" };

const ACTIONS: Action[] = [
  {
    id: "result",
    label: "Record result",
    style: "default",
    confirm: null,
    inputs: [{ name: "result", label: "What came out?", kind: "text", required: true, max_length: 2_000, value: null, options: [] }],
  },
  { id: "skip", label: "Skip", style: "default", confirm: null, inputs: [] },
];

export function Checks({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  if (session.checks.length === 0) return null;
  const isOpen = session.status !== "resolved" && session.status !== "abandoned";
  return (
    <section className="panel" aria-labelledby="checks">
      <h2 id="checks">Checks ({session.checks.length})</h2>
      <ul className="list">
        {session.checks.map((check) => (
          <li key={check.id}>
            <p>{check.text}</p>
            {check.command !== null && <pre tabIndex={0} role="group" aria-label="Command">{check.command}</pre>}
            <p className="muted">
              {WORDS[check.status]}
              {check.result !== null && <>: {check.result}</>}
              {check.done_by_name !== null && <> ({check.done_by_name})</>}
            </p>
            {isOpen && check.status === "pending" && check.step_id === null && (
              <Actions
                name={check.id}
                actions={ACTIONS}
                pod={pod}
                shown={shown}
                onUse={(action, fields) =>
                  action === "result"
                    ? pod.ofSession(`result/${check.id}`, `checks/${check.id}/result`, "POST", { result: fields.result ?? "" })
                    : pod.ofSession(`skip/${check.id}`, `checks/${check.id}/skip`, "POST")
                }
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
