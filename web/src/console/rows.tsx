/**
 * Rows to choose one of. The list is one stop for Tab, as a queue has more rows than anyone wants to
 * tab through; the arrow keys move inside of it, and say so while the focus is there.
 */
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";

export interface Row {
  id: string;
  current: boolean;
  /** Steps back: there is nothing left to do. */
  over: boolean;
  content: ReactNode;
}

export function Rows({ rows, onSelect }: { rows: readonly Row[]; onSelect: (id: string) => void }) {
  const hintId = useId();
  const [focused, setFocused] = useState<string | null>(null);
  const stop = rows.find(({ id }) => id === focused) ?? rows.find(({ current }) => current) ?? rows[0];
  return (
    <>
      <ul className="rows" aria-describedby={hintId} onKeyDown={moveBetweenRows}>
        {rows.map(({ id, current, over, content }) => (
          <li key={id}>
            <button
              type="button"
              className={over ? "row row-closed" : "row"}
              aria-current={current || undefined}
              tabIndex={id === stop?.id ? 0 : -1}
              onFocus={() => setFocused(id)}
              onClick={() => onSelect(id)}
            >
              {content}
            </button>
          </li>
        ))}
      </ul>
      <p className="rows-hint" id={hintId}>
        ↑ and ↓ move, Enter opens, Tab leaves the list
      </p>
    </>
  );
}

function moveBetweenRows(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>(".row")];
  const at = rows.findIndex((row) => row === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  rows[to]?.focus();
}
