/** Which status a ticket gets after its note, for each board of a connection. */
import { useCallback, useEffect, useId, useState } from "react";
import type { Client } from "../api/client";
import { explain } from "../api/problem";
import type { Board, Connection, NoteKind } from "../api/types";
import { AlertIcon } from "../console/icons";
import { Failed, Loading } from "../console/states";

interface BoardStatusesProps {
  client: Client;
  connection: Connection;
}

const KINDS = [
  { kind: "resolution", label: "When resolved" },
  { kind: "escalation", label: "When escalated" },
] as const;

/** Closed at first: only whoever opens it has the ticket system asked. */
export function BoardStatuses({ client, connection }: BoardStatusesProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="boards" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Ticket status after a note <span className="visually-hidden">of {connection.name}</span>
      </summary>
      {open && <Boards client={client} connection={connection} />}
    </details>
  );
}

function Boards({ client, connection }: BoardStatusesProps) {
  const [boards, setBoards] = useState<Board[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    setError(null);
    client.boards(connection.id, gone.signal).then(setBoards, (error: unknown) => {
      if (!gone.signal.aborted) setError(error);
    });
    return () => gone.abort();
  }, [client, connection.id, attempt]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  if (error !== null) return <Failed what="The boards can't be read." error={error} retry={retry} />;
  if (boards === null) return <Loading what="the boards" />;
  return (
    <>
      <p className="muted">What a ticket is set to in ConnectWise once its note is posted there. Without a choice it keeps the status that it has.</p>
      {boards.length === 0 && <p className="empty">ConnectWise has no service board in use that the API member may see.</p>}
      <ul className="boards-list">
        {boards.map((board) => (
          <BoardRow key={board.board} client={client} connection={connection} board={board} />
        ))}
      </ul>
    </>
  );
}

/** What became of the last choice. */
type Saved = { kind: "saving" } | { kind: "saved" } | { kind: "failed"; error: unknown } | null;

function BoardRow({ client, connection, board }: BoardStatusesProps & { board: Board }) {
  const id = useId();
  const [chosen, setChosen] = useState({ resolution: board.resolution, escalation: board.escalation });
  const [saved, setSaved] = useState<Saved>(null);

  const choose = (kind: NoteKind, status: string | null): void => {
    const before = chosen[kind];
    setChosen((all) => ({ ...all, [kind]: status }));
    setSaved({ kind: "saving" });
    client.chooseStatus(connection.id, board.board, kind, status).then(
      () => setSaved({ kind: "saved" }),
      (error: unknown) => {
        setChosen((all) => ({ ...all, [kind]: before }));
        setSaved({ kind: "failed", error });
      },
    );
  };

  return (
    <li className="board" aria-labelledby={`${id}-name`}>
      <strong id={`${id}-name`}>{board.board}</strong>
      {board.statuses.length === 0 && <p className="muted">Not in use any more.</p>}
      <div className="board-choices">
        {KINDS.map(({ kind, label }) => (
          <label key={kind}>
            {label}
            <select aria-describedby={`${id}-name`} value={chosen[kind] ?? ""} disabled={saved?.kind === "saving"} onChange={(event) => choose(kind, event.target.value || null)}>
              <option value="">Leave as it is</option>
              {choices(board, chosen[kind]).map(({ status, text }) => (
                <option key={status} value={status}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <div role="status">
        {saved?.kind === "saving" && <p className="muted">Saving…</p>}
        {saved?.kind === "saved" && <p className="muted">Saved.</p>}
        {saved?.kind === "failed" && (
          <p className="refusal">
            <AlertIcon /> <strong>It was not changed.</strong> {explain(saved.error)}
          </p>
        )}
      </div>
    </li>
  );
}

/** The statuses to choose from; one that was chosen and is gone stays to be seen. */
function choices({ statuses }: Pick<Board, "statuses">, chosen: string | null): { status: string; text: string }[] {
  const listed = statuses.map((status) => ({ status, text: status }));
  if (chosen === null || statuses.includes(chosen)) return listed;
  return [...listed, { status: chosen, text: `${chosen} (not in use any more)` }];
}
