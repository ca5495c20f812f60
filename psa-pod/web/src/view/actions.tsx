/** Buttons; those that ask for something first open their form below. */
import { useRef, useState } from "preact/hooks";
import type { Pod } from "../pod";
import type { Outcome, Shown } from "../shown";
import type { Action, Card } from "../types";
import { Form } from "./form";

/** What keeps a member from using the buttons, in words; null when nothing does. */
export function whyNot({ me, offlineSince }: Shown): string | null {
  if (me?.may_work === false) return "You can read here. A team admin can make you an engineer.";
  if (offlineSince !== null) return "Buttons work again once FlowPilot answers.";
  return null;
}

interface ActionsProps {
  /** Names them among those of the page. */
  name: string;
  actions: readonly Action[];
  pod: Pod;
  shown: Shown;
  onUse: (action: string, fields: Record<string, string>) => Promise<Outcome>;
}

export function Actions({ name, actions, pod, shown, onUse }: ActionsProps) {
  const [asking, setAsking] = useState<string | null>(null);
  const row = useRef<HTMLDivElement>(null);
  const why = whyNot(shown);
  if (actions.length === 0) return null;
  const open = actions.find(({ id }) => id === asking);
  const use = (action: Action): void => {
    if (why !== null || shown.busy !== null) return;
    if (asksFirst(action)) setAsking(action.id === asking ? null : action.id);
    else void onUse(action.id, {});
  };
  return (
    <div className="actions">
      <div className="buttons" ref={row}>
        {actions.map((action) => (
          <button
            key={action.id}
            type="button"
            className={`button ${action.style === "default" ? "" : action.style}`}
            aria-disabled={why !== null || shown.busy !== null}
            aria-expanded={asksFirst(action) ? action.id === asking : undefined}
            onClick={() => use(action)}
          >
            {action.label}
          </button>
        ))}
      </div>
      {open !== undefined && (
        <Form
          key={open.id}
          name={`${name}/${open.id}`}
          action={open}
          pod={pod}
          busy={shown.busy !== null}
          onSubmit={(fields) => onUse(open.id, fields)}
          onClose={() => {
            const at = actions.indexOf(open);
            setAsking(null);
            row.current?.querySelectorAll<HTMLElement>("button")[at]?.focus();
          }}
        />
      )}
    </div>
  );
}

/** What loses something, or says that it wants to be asked about, is never one click away. */
function asksFirst({ confirm, inputs, style }: Action): boolean {
  return confirm !== null || inputs.length > 0 || style === "danger";
}

/** The buttons of a card. */
export function CardActions({ card, pod, shown, only }: { card: Card; pod: Pod; shown: Shown; only?: (action: Action) => boolean }) {
  const actions = only === undefined ? card.actions : card.actions.filter(only);
  return <Actions name={card.id} actions={actions} pod={pod} shown={shown} onUse={(action, fields) => pod.press(card.id, action, fields)} />;
}
