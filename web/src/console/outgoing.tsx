/** What was sent from here and is not in the thread yet. */
import { RetryIcon } from "./icons";
import type { Outgoing } from "./conversation";
import type { CardTalk } from "./choosing";

export function OutgoingMessage({ outgoing, talk }: { outgoing: Outgoing; talk: CardTalk }) {
  if (outgoing.what.kind === "press" || outgoing.what.text === null) return null;
  return (
    <div className={`message message-own message-${outgoing.status}`}>
      <div className="message-body">
        <p className="outgoing-text">{outgoing.what.text}</p>
        {outgoing.status === "failed" ? (
          <NotSent outgoing={outgoing} talk={talk} />
        ) : (
          <p className="message-note">{outgoing.status === "sending" ? "Sending…" : outgoing.late ? "Sent. No answer yet." : "Sent"}</p>
        )}
      </div>
    </div>
  );
}

/** Why it was not sent, and the ways on. Trying again sends the same id: the server does the work once. */
export function NotSent({ outgoing, talk }: { outgoing: Outgoing; talk: CardTalk }) {
  return (
    <div className="not-sent" role="alert">
      <p>
        <strong>Not sent.</strong> {outgoing.error}
      </p>
      <div className="buttons">
        <button type="button" className="button small" onClick={() => talk.tryAgain(outgoing)}>
          <RetryIcon /> Try again
        </button>
        <button type="button" className="button small quiet" onClick={() => talk.discard(outgoing.id)}>
          Discard
        </button>
      </div>
    </div>
  );
}
