/** Who the acting member is in ConnectWise; their own to see, and to take back. */
import { type FormEvent, useCallback, useRef, useState } from "react";
import type { Client } from "../api/client";
import { explain, Problem } from "../api/problem";
import type { Input, OwnAccount } from "../api/types";
import { FieldInput } from "../console/field-input";
import { validate } from "../console/fields";
import { Failed, Loading } from "../console/states";
import { useFetched } from "../console/use-fetched";
import "../console/dialog.css";

const LOGIN: Input = { name: "identifier", label: "The name you log in to ConnectWise with", kind: "text", required: true, max_length: 60, value: null, options: [] };

const PLACE: Input = { name: "connection", label: "Connection", kind: "choice", required: true, max_length: 0, value: null, options: [] };

export function OwnAccounts({ client }: { client: Client }) {
  const load = useCallback((signal: AbortSignal) => client.ownAccounts(signal), [client]);
  const { value, error, reload } = useFetched(load);
  const [refusal, setRefusal] = useState<unknown>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const unlink = ({ connection_id, external_id }: OwnAccount): void => {
    setRefusal(null);
    // The button goes away with its account.
    title.current?.focus();
    client.unlinkMember(connection_id, external_id).catch(setRefusal).finally(reload);
  };
  return (
    <section className="connectwise-section" aria-labelledby="own-title">
      <h3 id="own-title" tabIndex={-1} ref={title}>You in ConnectWise</h3>
      {value === null && error === null && <Loading what="your accounts" lines={1} />}
      {error !== null && <Failed what="Your accounts can't be read." error={error} retry={reload} />}
      {value?.items.length === 0 && <p className="muted">Nobody has said who you are there: your notes carry FlowPilot's own name.</p>}
      <ul className="roster">
        {value?.items.map((account) => (
          <li key={account.connection_id} className="person">
            <div className="connection-head">
              <span>
                <strong>{account.name}</strong>{" "}
                <span className="muted">
                  {account.identifier} in {account.connection}
                </span>
              </span>
              <span className={`badge tone-${account.confirmed_at === null ? "warn" : "good"}`}>{account.confirmed_at === null ? "Waits for an admin" : "Confirmed"}</span>
            </div>
            <div className="buttons">
              <button type="button" className="button small" onClick={() => unlink(account)}>
                Unlink <span className="visually-hidden">{account.identifier} in {account.connection}</span>
              </button>
            </div>
          </li>
        ))}
      </ul>
      {value !== null && value.without.length > 0 && <Claim key={value.without.join()} client={client} connections={value.without} isOnly={value.without.length + value.items.length === 1} onClaimed={reload} />}
      <div role="alert">{refusal !== null && <p className="refusal">{explain(refusal)}</p>}</div>
    </section>
  );
}

interface ClaimProps {
  client: Client;
  /** Where one is nobody yet, by name. */
  connections: string[];
  /** Whether there is no other connection: then it needs no name. */
  isOnly: boolean;
  onClaimed: () => void;
}

/** Says who one is: at once where an e-mail address proves it, otherwise it waits for an admin. */
function Claim({ client, connections, isOnly, onClaimed }: ClaimProps) {
  const [identifier, setIdentifier] = useState("");
  const [connection, setConnection] = useState(connections[0] ?? "");
  const [rule, setRule] = useState<string>();
  const [refusal, setRefusal] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (asking) return;
    const wrong = validate([LOGIN], { identifier }).identifier;
    setRule(wrong);
    setRefusal(null);
    if (wrong !== undefined) return;
    setAsking(true);
    try {
      await client.claimAccount(identifier.trim(), connection);
      onClaimed();
    } catch (error) {
      const broken = error instanceof Problem ? error.rule("identifier") : undefined;
      setRule(broken === undefined ? undefined : `The name ${broken}.`);
      setRefusal(broken === undefined ? error : null);
      setAsking(false);
    }
  };

  return (
    <form className="claim" aria-label="Say who you are in ConnectWise" noValidate onSubmit={(event) => void submit(event)}>
      {!isOnly && <FieldInput input={{ ...PLACE, options: connections.map((name) => ({ value: name, label: name })) }} value={connection} error={undefined} onChange={setConnection} />}
      <FieldInput input={LOGIN} value={identifier} error={rule} onChange={setIdentifier} />
      <div className="buttons">
        <button type="submit" className="button small" aria-disabled={asking}>
          {asking ? "Asking ConnectWise…" : "Link"}
        </button>
      </div>
      <div role="alert">{refusal !== null && <p className="refusal">{explain(refusal)}</p>}</div>
    </form>
  );
}
