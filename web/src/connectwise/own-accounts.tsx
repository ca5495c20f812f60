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
      {value?.length === 0 && (
        <>
          <p className="muted">Nobody has said who you are there: your notes carry FlowPilot's own name.</p>
          <Claim client={client} onClaimed={reload} />
        </>
      )}
      <ul className="roster">
        {value?.map((account) => (
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
      <div role="alert">{refusal !== null && <p className="refusal">{explain(refusal)}</p>}</div>
    </section>
  );
}

/** Says who one is: at once where an e-mail address proves it, otherwise it waits for an admin. */
function Claim({ client, onClaimed }: { client: Client; onClaimed: () => void }) {
  const [identifier, setIdentifier] = useState("");
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
      await client.claimAccount(identifier.trim());
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
