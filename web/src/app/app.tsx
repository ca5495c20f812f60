/** From a blank page to the console: asks the server who may act here, then acts as one of them. */
import { useCallback, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { Client, fetchState } from "../api/client";
import { explain, KeyExpired } from "../api/problem";
import type { Member, ServerState } from "../api/types";
import { Console } from "../console/console";
import { Mark, RetryIcon } from "../console/icons";
import { MEMBER_SWITCH, rememberMember, startingMember } from "../console/members";
import { Loading } from "../console/states";

type Boot = { kind: "loading" } | { kind: "failed"; error: unknown } | { kind: "ready"; server: ServerState };

export function App() {
  const [boot, setBoot] = useState<Boot>({ kind: "loading" });

  const load = useCallback(() => {
    setBoot({ kind: "loading" });
    fetchState().then(
      (server) => setBoot({ kind: "ready", server }),
      (error: unknown) => setBoot({ kind: "failed", error }),
    );
  }, []);
  useEffect(load, [load]);

  if (boot.kind === "ready") return <Acting server={boot.server} />;
  return (
    <main className="boot">
      <Mark />
      <h1>FlowPilot</h1>
      {boot.kind === "loading" ? <Loading what="the console" /> : <NotReady error={boot.error} retry={load} />}
    </main>
  );
}

function NotReady({ error, retry }: { error: unknown; retry: () => void }) {
  const expired = error instanceof KeyExpired;
  return (
    <div role="alert">
      <p className="boot-cause">{expired ? "Open the address printed in the terminal." : explain(error)}</p>
      <p className="muted">
        {expired
          ? "It carries a one-time key that lets this browser in. A new key is printed each time FlowPilot starts."
          : "Check that it is still running in the terminal."}
      </p>
      <button type="button" className="button primary" onClick={retry}>
        <RetryIcon /> Try again
      </button>
    </div>
  );
}

function Acting({ server }: { server: ServerState }) {
  const [member, setMember] = useState(() => startingMember(server.members));
  if (member === undefined) {
    return (
      <main className="boot">
        <Mark />
        <h1>FlowPilot</h1>
        <p className="boot-cause">{server.team.name} has no members yet.</p>
      </main>
    );
  }
  const change = (id: string): void => {
    rememberMember(id);
    flushSync(() => setMember(server.members.find((m) => m.id === id)));
    // The list that was used went away with the former member's page.
    document.getElementById(MEMBER_SWITCH)?.focus();
  };
  return <As key={member.id} server={server} member={member} onMember={change} />;
}

/** Keyed by member: another member starts from nothing, so that nobody sees another's private messages. */
function As({ server, member, onMember }: { server: ServerState; member: Member; onMember: (id: string) => void }) {
  const [expired, setExpired] = useState(false);
  const [client] = useState(() => new Client(member.id, () => setExpired(true)));
  return <Console client={client} server={server} member={member} expired={expired} onMember={onMember} />;
}
