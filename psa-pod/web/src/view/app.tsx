/** The page: one column, in the order in which somebody at a ticket wants to know. */
import { useEffect, useState } from "preact/hooks";
import { clockTime } from "../../../../web/src/console/time";
import type { Pod } from "../pod";
import type { Phase, Shown } from "../shown";
import { whyNot } from "./actions";
import { Checks } from "./checks";
import { Copy } from "./copy";
import { Facts } from "./facts";
import { Head } from "./head";
import { More } from "./more";
import { Next } from "./next";
import { NotePanel } from "./note";

export function App({ pod }: { pod: Pod }) {
  const [shown, setShown] = useState(pod.get());
  useEffect(() => {
    setShown(pod.get());
    return pod.subscribe(() => setShown(pod.get()));
  }, [pod]);
  const { phase, session } = shown;
  return (
    <main className="pod" aria-busy={shown.busy !== null}>
      <Head shown={shown} />
      <Said pod={pod} shown={shown} />
      {phase.kind === "in" || session !== undefined ? <Body pod={pod} shown={shown} /> : <Outside phase={phase} pod={pod} ticket={shown.ticket} />}
    </main>
  );
}

function Body({ pod, shown }: { pod: Pod; shown: Shown }) {
  const { session, ticket } = shown;
  if (session === undefined) return <Skeleton label={`Looking for a session about ticket ${ticket ?? ""}`} />;
  if (session === null) return <Start pod={pod} shown={shown} />;
  const why = whyNot(shown);
  return (
    <>
      <Next pod={pod} shown={shown} session={session} />
      <NotePanel pod={pod} shown={shown} session={session} />
      <Facts pod={pod} shown={shown} session={session} />
      <Checks pod={pod} shown={shown} session={session} />
      <More pod={pod} shown={shown} session={session} />
      {why !== null && <p className="muted foot">{why}</p>}
    </>
  );
}

function Start({ pod, shown }: { pod: Pod; shown: Shown }) {
  const why = whyNot(shown);
  return (
    <section className="panel" aria-labelledby="start">
      <h2 id="start">No session yet</h2>
      <p>Nobody works on this ticket with FlowPilot. Start here, or in your chat with its number.</p>
      <div className="buttons">
        <button type="button" className="button primary" aria-disabled={why !== null || shown.busy !== null} onClick={() => why === null && void pod.start()}>
          {shown.busy === "start" ? "Starting…" : "Start a session"}
        </button>
      </div>
      {why !== null && <p className="muted">{why}</p>}
    </section>
  );
}

/** What is known about the connection, and what came of the last click. */
function Said({ pod, shown }: { pod: Pod; shown: Shown }) {
  const { offlineSince, seenAt, renewing, told, moved } = shown;
  return (
    <div role="status" className="said">
      {offlineSince !== null && (
        <p className="banner tone-warn">
          Offline since {clockTime(offlineSince)}.{seenAt !== null && <> What you see is from {clockTime(seenAt)}.</>}{" "}
          <button type="button" className="button small" onClick={() => void pod.look()}>
            Try now
          </button>
        </p>
      )}
      {renewing && offlineSince === null && <p className="banner tone-neutral">Your pass has ended; ConnectWise is asked again who you are…</p>}
      {(told !== null || moved.length > 0) && (
        <div className={`banner tone-${told?.tone ?? "warn"}`}>
          {told !== null && <p className="told">{told.text}</p>}
          {moved.length > 0 && (
            <>
              <p>Since you looked:</p>
              <ul>
                {moved.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </>
          )}
          <div className="buttons">
            <button type="button" className="button small" onClick={() => pod.hush()}>
              OK
            </button>
            {/* A script that was filled in is told once, and is to be run somewhere else. */}
            {told?.text.includes("\n") === true && <Copy text={told.text} />}
          </div>
        </div>
      )}
    </div>
  );
}

function Outside({ phase, pod, ticket }: { phase: Phase; pod: Pod; ticket: string | null }) {
  switch (phase.kind) {
    case "alone":
      return (
        <section className="panel">
          <h2>Open this in a ticket</h2>
          <p>This page belongs beside a ticket in ConnectWise. By itself it shows nothing. If it is in one: an admin has to add the address of your ConnectWise to the connection.</p>
        </section>
      );
    case "waiting":
      return <Skeleton label="Waiting for the ticket screen" />;
    case "entering":
    case "in":
      return <Skeleton label={`Asking ConnectWise who you are, for ticket ${ticket ?? ""}`} />;
    case "refused":
      return (
        <section className="panel" role="alert">
          <h2>{phase.status === 429 ? "Wait a moment" : "No access"}</h2>
          <p>{phase.detail}</p>
          <Again pod={pod} />
        </section>
      );
    case "away":
      return (
        <section className="panel" role="alert">
          <h2>Not reachable</h2>
          <p>{phase.detail}</p>
          <p className="muted">Since {clockTime(phase.since)}. It is tried again by itself.</p>
          <Again pod={pod} />
        </section>
      );
  }
}

function Again({ pod }: { pod: Pod }) {
  return (
    <div className="buttons">
      <button type="button" className="button" onClick={() => pod.enterAnew()}>
        Try again
      </button>
    </div>
  );
}

function Skeleton({ label }: { label: string }) {
  return (
    <section className="panel">
      <p className="muted">{label}…</p>
      <div className="skeleton" aria-hidden="true">
        <div className="skeleton-line" />
        <div className="skeleton-line" />
        <div className="skeleton-line" />
      </div>
    </section>
  );
}
