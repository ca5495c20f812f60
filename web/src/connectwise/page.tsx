/** Connecting ConnectWise: the connections with their state, adding one, and whose account is whose. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Client } from "../api/client";
import type { AddedConnection, Connection, Member, Right } from "../api/types";
import { PlusIcon } from "../console/icons";
import { useLive } from "../console/live";
import { More } from "../console/more";
import { Failed, Loading } from "../console/states";
import { ConnectionCard } from "./connection-card";
import { ConnectionForm } from "./connection-form";
import { OwnAccounts } from "./own-accounts";
import { Roster } from "./roster";
import { usePages } from "./use-pages";
import "./connectwise.css";

interface ConnectWisePageProps {
  member: Member;
  members: Member[];
  onClose: () => void;
}

export function mayAdminister({ role }: Member): boolean {
  return role === "super_admin" || role === "team_admin";
}

export function ConnectWisePage({ member, members, onClose }: ConnectWisePageProps) {
  const { client } = useLive();
  const main = useRef<HTMLElement>(null);
  useEffect(() => main.current?.focus(), []);
  return (
    <main className="pane connectwise" id="connectwise" tabIndex={-1} ref={main} aria-labelledby="connectwise-title">
      <div className="scroll" tabIndex={0} role="region" aria-label="ConnectWise">
        <div className="connectwise-page">
          <div className="pane-head">
            <h2 id="connectwise-title">ConnectWise</h2>
            <button type="button" className="button" onClick={onClose}>
              Back to the console
            </button>
          </div>
          <OwnAccounts client={client} />
          {mayAdminister(member) && <Connections client={client} members={members} />}
        </div>
      </div>
    </main>
  );
}

/** What the form is open for: a new connection, or new keys of one. */
type Asked = { kind: "new" } | { kind: "keys"; of: Connection } | null;

function Connections({ client, members }: { client: Client; members: Member[] }) {
  const load = useCallback((cursor: string | null, signal: AbortSignal) => client.connections(cursor, signal), [client]);
  const list = usePages(load);
  const [asked, setAsked] = useState<Asked>(null);
  const [added, setAdded] = useState<{ id: string; rights: Right[] } | null>(null);
  const addButton = useRef<HTMLButtonElement>(null);

  const close = (): void => {
    setAsked(null);
    // After the form is gone and the button is there.
    setTimeout(() => addButton.current?.focus());
  };
  const saved = ({ connection, rights }: AddedConnection): void => {
    setAdded({ id: connection.id, rights });
    list.reload();
    close();
  };

  return (
    <>
      <section className="connectwise-section" aria-labelledby="connections-title">
        <div className="pane-head">
          <h3 id="connections-title">Connections</h3>
          {asked === null && (
            <button type="button" className="button primary" ref={addButton} onClick={() => setAsked({ kind: "new" })}>
              <PlusIcon /> Connect ConnectWise
            </button>
          )}
        </div>
        {asked !== null && (
          <ConnectionForm key={asked.kind === "keys" ? asked.of.id : "new"} client={client} known={asked.kind === "keys" ? asked.of : null} onSaved={saved} onCancel={close} />
        )}
        {list.items === null && list.error === null && <Loading what="the connections" />}
        {list.items === null && list.error !== null && <Failed what="The connections can't be read." error={list.error} retry={list.reload} />}
        {list.items?.length === 0 && (
          <p className="empty">Nothing is connected yet. Sessions work without it; notes then stay in FlowPilot. You need the keys of an API member, and a client id.</p>
        )}
        <ul className="connections">
          {list.items?.map((connection) => (
            <ConnectionCard
              key={`${connection.id} ${connection.updated_at}`}
              client={client}
              connection={connection}
              rights={added?.id === connection.id ? added.rights : null}
              onChecked={list.reload}
              onKeys={() => setAsked({ kind: "keys", of: connection })}
              onRemoved={() => {
                list.reload();
                setTimeout(() => addButton.current?.focus());
              }}
            />
          ))}
        </ul>
        {list.items !== null && list.more !== null && (
          <More name="Show more connections" state={list.more} failure="The next connections can't be read." error={list.error} onMore={list.next} />
        )}
      </section>
      {list.items?.map((connection) => <Roster key={`${connection.id} ${connection.updated_at}`} client={client} connection={connection} members={members} />)}
    </>
  );
}
