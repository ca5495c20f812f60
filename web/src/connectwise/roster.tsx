/** The members of a connection's ticket system and who of the team they are: those whom nobody is first. */
import { useCallback, useEffect, useId, useRef, useState } from "react";
import type { Client } from "../api/client";
import { explain } from "../api/problem";
import type { Connection, Member, RosterEntry } from "../api/types";
import { AlertIcon } from "../console/icons";
import { More } from "../console/more";
import { Failed, Loading } from "../console/states";
import { choices, offers, standing } from "./standing";
import { usePages } from "./use-pages";

interface RosterProps {
  client: Client;
  connection: Connection;
  members: Member[];
}

export function Roster({ client, connection, members }: RosterProps) {
  const titleId = useId();
  const load = useCallback((cursor: string | null, signal: AbortSignal) => client.roster(connection.id, cursor, signal), [client, connection.id]);
  const list = usePages(load);
  return (
    <section className="connectwise-section" aria-labelledby={titleId}>
      <h3 id={titleId}>People in {connection.name}</h3>
      <p className="muted">Notes that a member posts carry the name of who they are here.</p>
      {list.items === null && list.error === null && <Loading what="the people" />}
      {list.items === null && list.error !== null && <Failed what="The people can't be read." error={list.error} retry={list.reload} />}
      {list.items?.length === 0 && list.more === null && <p className="empty">ConnectWise knows nobody who can log in.</p>}
      <ul className="roster">
        {list.items?.map((entry) => <Person key={entry.external_id} client={client} connection={connection.id} entry={entry} members={members} onChanged={list.reload} />)}
      </ul>
      {list.items !== null && list.more !== null && (
        <More name="Show more people" state={list.more} failure="The next people can't be read." error={list.error} onMore={list.next} />
      )}
    </section>
  );
}

interface PersonProps {
  client: Client;
  connection: string;
  entry: RosterEntry;
  members: Member[];
  onChanged: () => void;
}

function Person({ client, connection, entry, members, onChanged }: PersonProps) {
  const [chosen, setChosen] = useState("");
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const row = useRef<HTMLLIElement>(null);
  const acted = useRef(false);
  // The button that was pressed went away with the former state.
  useEffect(() => {
    if (acted.current) row.current?.focus();
    acted.current = false;
  }, [entry]);
  const { tone, text } = standing(entry);
  const who = `${entry.name} (${entry.identifier})`;

  const work = (does: () => Promise<void>): void => {
    if (working) return;
    setWorking(true);
    setError(null);
    does()
      .then(() => {
        setChosen("");
        acted.current = true;
        onChanged();
      }, setError)
      .finally(() => setWorking(false));
  };
  const link = (member: string): void => work(() => client.linkMember(connection, entry.external_id, member));

  return (
    <li className="person" ref={row} tabIndex={-1} aria-label={who}>
      <div className="connection-head">
        <span>
          <strong>{entry.name}</strong> <span className="muted">{entry.identifier}</span>
        </span>
        <span className={`badge tone-${tone}`}>{text}</span>
      </div>
      {offers(entry).map((offer) => (
        <div key={offer.memberId} className="person-offer">
          <span>{offer.text}.</span>
          <div className="buttons">
            <button type="button" className="button small primary" aria-disabled={working} onClick={() => link(offer.memberId)}>
              Confirm <span className="visually-hidden">for {who}</span>
            </button>
            <button type="button" className="button small" aria-disabled={working} onClick={() => work(() => client.refuseMember(connection, entry.external_id, offer.memberId))}>
              Refuse <span className="visually-hidden">for {who}</span>
            </button>
          </div>
        </div>
      ))}
      {entry.state === "confirmed" ? (
        <div className="buttons">
          <button type="button" className="button small" aria-disabled={working} onClick={() => work(() => client.unlinkMember(connection, entry.external_id))}>
            Unlink <span className="visually-hidden">{who}</span>
          </button>
        </div>
      ) : (
        <div className="person-choice">
          <select aria-label={`Who ${who} is`} value={chosen} onChange={(event) => setChosen(event.target.value)}>
            <option value="">Somebody else…</option>
            {choices(entry, members).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          <button type="button" className="button small" aria-disabled={working || chosen === ""} onClick={() => chosen !== "" && link(chosen)}>
            Link <span className="visually-hidden">{who}</span>
          </button>
        </div>
      )}
      <div role="alert">
        {error !== null && (
          <p className="refusal">
            <AlertIcon /> {explain(error)}
          </p>
        )}
      </div>
    </li>
  );
}
