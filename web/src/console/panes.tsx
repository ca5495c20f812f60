/** Three panes, two or one: by the room there is, which is also how much the reader has zoomed in. */
import { useSyncExternalStore } from "react";

export type Pane = "queue" | "thread" | "ticket";
export type Layout = "one" | "two" | "three";

const TWO = "(min-width: 45rem)";
const THREE = "(min-width: 70rem)";
const NAMES: Record<Pane, string> = { queue: "Queue", thread: "Thread", ticket: "Ticket" };

export function useLayout(): Layout {
  const two = useMedia(TWO);
  const three = useMedia(THREE);
  return three ? "three" : two ? "two" : "one";
}

export function PaneTabs({ layout, pane, onPane }: { layout: Layout; pane: Pane; onPane: (pane: Pane) => void }) {
  // With two panes the thread is always there; the tabs choose what is beside it.
  const panes: Pane[] = layout === "one" ? ["queue", "thread", "ticket"] : ["queue", "ticket"];
  const current = layout === "two" && pane === "thread" ? "queue" : pane;
  return (
    <div className="pane-tabs" role="group" aria-label="Panes">
      {panes.map((each) => (
        <button key={each} type="button" aria-pressed={each === current} onClick={() => onPane(each)}>
          {NAMES[each]}
        </button>
      ))}
    </div>
  );
}

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}
