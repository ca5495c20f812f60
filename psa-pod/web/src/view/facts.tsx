/** What was confirmed, and by whom. */
import { useState } from "preact/hooks";
import type { Pod } from "../pod";
import type { Shown } from "../shown";
import type { Action, Fact, Input, Session } from "../types";
import { Actions } from "./actions";

/** Shown without being asked for. */
const FEW = 5;

function input(value: string | null): Input {
  return { name: "text", label: "What did you confirm?", kind: "multiline", required: true, max_length: 2_000, value, options: [] };
}

const ADD: Action = { id: "add", label: "Add a fact", style: "default", confirm: null, inputs: [input(null)] };

export function Facts({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  const [all, setAll] = useState(false);
  const { facts } = session;
  const visible = all ? facts : facts.slice(-FEW);
  const isOpen = session.status !== "resolved" && session.status !== "abandoned";
  return (
    <section className="panel" aria-labelledby="facts">
      <h2 id="facts">What we confirmed ({facts.length})</h2>
      {facts.length === 0 && <p className="muted">Nothing yet.</p>}
      {facts.length > FEW && (
        <button type="button" className="button small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show the newest" : `Show all ${facts.length}`}
        </button>
      )}
      <ul className="list">
        {visible.map((fact) => (
          <FactRow key={fact.id} fact={fact} pod={pod} shown={shown} isOpen={isOpen} />
        ))}
      </ul>
      {isOpen && (
        <Actions name="facts" actions={[ADD]} pod={pod} shown={shown} onUse={(_, fields) => pod.ofSession("fact", "facts", "POST", { text: fields.text ?? "" })} />
      )}
    </section>
  );
}

function FactRow({ fact, pod, shown, isOpen }: { fact: Fact; pod: Pod; shown: Shown; isOpen: boolean }) {
  const actions: Action[] = [
    { id: "edit", label: "Edit", style: "default", confirm: null, inputs: [input(fact.text)] },
    { id: "remove", label: "Remove", style: "default", confirm: "Take this fact back? The note no longer mentions it.", inputs: [] },
  ];
  return (
    <li>
      <p>{fact.text}</p>
      <p className="muted">{fact.source_label}</p>
      {fact.editable && isOpen && (
        <Actions
          name={fact.id}
          actions={actions}
          pod={pod}
          shown={shown}
          onUse={(action, fields) =>
            action === "edit"
              ? pod.ofSession(`edit/${fact.id}`, `facts/${fact.id}`, "PATCH", { text: fields.text ?? "" })
              : pod.ofSession(`remove/${fact.id}`, `facts/${fact.id}`, "DELETE")
          }
        />
      )}
    </li>
  );
}
