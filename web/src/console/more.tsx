/** The way on where a list goes on. One button, whatever happens, so that the focus stays on it. */
import { explain } from "../api/problem";
import { AlertIcon } from "./icons";

interface MoreProps {
  /** What the button does. */
  name: string;
  state: "ready" | "loading" | "failed";
  /** What could not be read, and why. */
  failure: string;
  error?: unknown;
  onMore: () => void;
}

export function More({ name, state, failure, error, onMore }: MoreProps) {
  const failed = state === "failed";
  return (
    <div className={failed ? "failed" : "more"}>
      {failed && (
        <p role="alert">
          <AlertIcon /> <strong>{failure}</strong> {error === undefined ? null : explain(error)}
        </p>
      )}
      <button type="button" className="button" aria-disabled={state === "loading"} onClick={state === "loading" ? undefined : onMore}>
        {state === "loading" ? "Loading…" : failed ? "Try again" : name}
      </button>
    </div>
  );
}
