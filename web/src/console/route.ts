/** What is open, kept in the address after `#`: it survives a reload and can be linked to. */
import { useEffect, useState } from "react";
import type { TicketKey } from "./ticket-key";

/** A ticket's `id` is its `TicketKey`. */
export type Selection = { kind: "ticket"; id: TicketKey } | { kind: "thread"; id: string } | { kind: "session"; id: string } | { kind: "new" };

/** The pages beside the console, by their address after `#`. */
const PAGES = ["ask", "connectwise", "spend"] as const;

export type PageName = (typeof PAGES)[number];

function parsePage(hash: string): PageName | null {
  return PAGES.find((page) => hash === `#${page}` || hash.startsWith(`#${page}/`)) ?? null;
}

function parseSelection(hash: string): Selection | null {
  const [kind, ...rest] = hash.replace(/^#/, "").split("/");
  const id = rest.map(decodeURIComponent).join("/");
  if (kind === "new") return { kind };
  if ((kind === "ticket" || kind === "thread" || kind === "session") && id) return { kind, id };
  return null;
}

export function formatSelection(selection: Selection): string {
  return selection.kind === "new" ? "#new" : `#${selection.kind}/${selection.id.split("/").map(encodeURIComponent).join("/")}`;
}

export function useSelection(): [Selection | null, (selection: Selection, how?: "push" | "replace") => void] {
  const [selection, setSelection] = useState(() => parseSelection(location.hash));

  useEffect(() => {
    // Whoever goes to another page comes back to what was open.
    const read = (): void => setSelection((before) => (parsePage(location.hash) !== null ? before : parseSelection(location.hash)));
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  const select = (next: Selection, how: "push" | "replace" = "push"): void => {
    const address = formatSelection(next);
    // What the page chooses by itself does not take somebody from another page.
    const isAway = how === "replace" && parsePage(location.hash) !== null;
    if (address !== location.hash && !isAway) history[how === "push" ? "pushState" : "replaceState"](null, "", address);
    setSelection(next);
  };
  return [selection, select];
}

/** Which page is open in the place of the console, and how one is opened and left for what was open before. */
export function usePage(selection: Selection | null): [PageName | null, (page: PageName | null) => void] {
  const [page, setPage] = useState(() => parsePage(location.hash));

  useEffect(() => {
    const read = (): void => setPage(parsePage(location.hash));
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  const show = (next: PageName | null): void => {
    const before = selection === null ? location.pathname : formatSelection(selection);
    history.pushState(null, "", next === null ? before : `#${next}`);
    setPage(next);
  };
  return [page, show];
}
