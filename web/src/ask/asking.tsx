/** A question on its way to the server, or one that did not arrive. */
import { explain } from "../api/problem";
import { AlertIcon } from "../console/icons";
import type { Asking } from "./use-asking";

export function OnItsWay({ asking }: { asking: Asking }) {
  const { question, error, ask, drop } = asking;
  if (question === null) return null;
  return (
    <article className="exchange">
      <p className="question">{question}</p>
      {error === null ? (
        <p className="muted">Sending…</p>
      ) : (
        <div className="failed" role="alert">
          <p>
            <AlertIcon /> <strong>Your question was not sent.</strong> {explain(error)}
          </p>
          <div className="buttons">
            <button type="button" className="button" onClick={() => ask(question)}>
              Try again
            </button>
            <button type="button" className="button quiet" onClick={drop}>
              Drop it
            </button>
          </div>
        </div>
      )}
    </article>
  );
}
