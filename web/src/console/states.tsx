/** What a pane shows when it has nothing to show: loading, empty, failed. */
import type { ReactNode } from "react";
import { explain } from "../api/problem";
import { AlertIcon, RetryIcon } from "./icons";

export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">Loading {what}…</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

export function Failed({ what, error, retry }: { what: string; error?: unknown; retry: () => void }) {
  return (
    <div className="failed" role="alert">
      <p>
        <AlertIcon /> <strong>{what}</strong> {error === undefined ? null : explain(error)}
      </p>
      <button type="button" className="button" onClick={retry}>
        <RetryIcon /> Try again
      </button>
    </div>
  );
}
