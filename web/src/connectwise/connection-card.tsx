/** One connection: how it does, and what can be done with it. */
import { type ReactNode, useId, useState } from "react";
import type { Client } from "../api/client";
import { explain } from "../api/problem";
import type { Action, Connection, PodRegistration, Right } from "../api/types";
import { ActionDialog } from "../console/action-dialog";
import { AlertIcon, CheckIcon } from "../console/icons";
import { noteTime } from "../console/time";
import { BoardStatuses } from "./board-statuses";
import { consequence, verdict } from "./rights";

interface ConnectionCardProps {
  client: Client;
  connection: Connection;
  /** What was found when it was added just now. */
  rights: Right[] | null;
  onChecked: () => void;
  onKeys: () => void;
  onRemoved: () => void;
}

const STATES = {
  working: { tone: "good", text: "Works" },
  failing: { tone: "bad", text: "Fails" },
  unknown: { tone: "neutral", text: "Not looked at yet" },
} as const;

const INSTALLED: Record<PodRegistration, string> = {
  added: "The pod is registered for the ticket screen.",
  changed: "The pod was registered before; its address is up to date now.",
  unchanged: "The pod is registered already; nothing was changed.",
};

const REMOVE: Action = {
  id: "remove",
  label: "Remove",
  style: "danger",
  confirm: "Its keys are forgotten. Sessions keep what they know of their tickets; notes that wait are not posted any more.",
  inputs: [],
};

/** What is being done, or came of it. */
type Did = { kind: "check" | "pod" } | { kind: "failed"; what: string; error: unknown } | { kind: "rights"; rights: Right[] } | { kind: "installed"; how: PodRegistration } | null;

export function ConnectionCard({ client, connection, rights, onChecked, onKeys, onRemoved }: ConnectionCardProps) {
  const titleId = useId();
  const [did, setDid] = useState<Did>(rights === null ? null : { kind: "rights", rights });
  const [removing, setRemoving] = useState(false);
  const busy = did?.kind === "check" || did?.kind === "pod";

  const check = (): void => {
    setDid({ kind: "check" });
    client
      .checkConnection(connection.id)
      .then(
        (found) => setDid({ kind: "rights", rights: found }),
        (error: unknown) => setDid({ kind: "failed", what: "The connection does not work.", error }),
      )
      .finally(onChecked);
  };
  const install = (): void => {
    setDid({ kind: "pod" });
    client.installPod(connection.id).then(
      (how) => setDid({ kind: "installed", how }),
      (error: unknown) => setDid({ kind: "failed", what: "The pod was not registered.", error }),
    );
  };

  const state = STATES[connection.state];
  return (
    <li className="connection" aria-labelledby={titleId}>
      <div className="connection-head">
        <h4 id={titleId}>{connection.name}</h4>
        <span className={`badge tone-${state.tone}`}>{state.text}</span>
      </div>
      <p>
        {connection.company} at {connection.site}
      </p>
      {connection.failure !== null && (
        <p className="connection-failure">
          <AlertIcon /> {connection.failure}
        </p>
      )}
      <p className="muted">
        The pod may be framed by {connection.ui_origins.join(", ") || "nobody"}.
        {connection.seen_at !== null && ` Last looked at: ${noteTime(connection.seen_at, Date.now())}.`}
        {connection.configured && " It comes from the configuration of the server, and is changed there."}
      </p>
      <div className="buttons">
        <Doing does={busy ? undefined : check} name={connection.name}>
          {did?.kind === "check" ? "Checking…" : "Check"}
        </Doing>
        <Doing does={busy ? undefined : install} name={connection.name}>
          {did?.kind === "pod" ? "Installing…" : "Install the pod"}
        </Doing>
        {!connection.configured && (
          <>
            <Doing does={busy ? undefined : onKeys} name={connection.name}>
              Replace keys
            </Doing>
            <button type="button" className="button danger" aria-haspopup="dialog" aria-disabled={busy} onClick={busy ? undefined : () => setRemoving(true)}>
              Remove <span className="visually-hidden">{connection.name}</span>
            </button>
          </>
        )}
      </div>
      <div role="status">
        {busy && <p className="muted">ConnectWise is asked. This can take a minute…</p>}
        {did?.kind === "rights" && <Rights rights={did.rights} />}
        {did?.kind === "installed" && <Installed how={did.how} />}
        {did?.kind === "failed" && (
          <p className="refusal">
            <AlertIcon /> <strong>{did.what}</strong> {explain(did.error)}
          </p>
        )}
      </div>
      <BoardStatuses client={client} connection={connection} />
      {removing && (
        <ActionDialog
          action={REMOVE}
          about={connection.name}
          draft={undefined}
          onClose={() => setRemoving(false)}
          onSubmit={async () => {
            await client.removeConnection(connection.id);
            onRemoved();
          }}
        />
      )}
    </li>
  );
}

/** A button of one connection; heard with its name, as there may be several. */
function Doing({ does, name, children }: { does: (() => void) | undefined; name: string; children: ReactNode }) {
  return (
    <button type="button" className="button" aria-disabled={does === undefined} onClick={does}>
      {children} <span className="visually-hidden">{name}</span>
    </button>
  );
}

function Rights({ rights }: { rights: Right[] }) {
  const { tone, text, open } = verdict(rights);
  return (
    <div className={`rights tone-${tone}`}>
      <p>
        {tone === "good" ? <CheckIcon /> : <AlertIcon />} <strong>{text}</strong>
      </p>
      {open.length > 0 && (
        <>
          <ul>
            {open.map((right) => (
              <li key={right.entry}>
                <strong>{right.entry}</strong>
                <br />
                {consequence(right)}
              </li>
            ))}
          </ul>
          <p>Add what is missing in ConnectWise, under System &gt; Security Roles, to the role of the API member; then check again.</p>
        </>
      )}
    </div>
  );
}

function Installed({ how }: { how: PodRegistration }) {
  return (
    <div className="rights tone-good">
      <p>
        <CheckIcon /> <strong>{INSTALLED[how]}</strong>
      </p>
      <p>Each person shows it once: in a ticket, “+” on the panel at the right, move FlowPilot to Displayed, save.</p>
    </div>
  );
}
