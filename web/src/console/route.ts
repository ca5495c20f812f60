/** What is open, kept in the address after `#`: it survives a reload and can be linked to. */
import { useEffect, useState } from "react";

export type Selection = { kind: "ticket"; id: string } | { kind: "thread"; id: string } | { kind: "new" };

function parseSelection(hash: string): Selection | null {
  const [kind, id] = hash.replace(/^#/, "").split("/", 2);
  if (kind === "new") return { kind };
  if ((kind === "ticket" || kind === "thread") && id) return { kind, id: decodeURIComponent(id) };
  return null;
}

export function formatSelection(selection: Selection): string {
  return selection.kind === "new" ? "#new" : `#${selection.kind}/${encodeURIComponent(selection.id)}`;
}

export function useSelection(): [Selection | null, (selection: Selection, how?: "push" | "replace") => void] {
  const [selection, setSelection] = useState(() => parseSelection(location.hash));

  useEffect(() => {
    const read = (): void => setSelection(parseSelection(location.hash));
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  const select = (next: Selection, how: "push" | "replace" = "push"): void => {
    const address = formatSelection(next);
    if (address !== location.hash) history[how === "push" ? "pushState" : "replaceState"](null, "", address);
    setSelection(next);
  };
  return [selection, select];
}
