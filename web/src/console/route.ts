/** What is open, kept in the address after `#`: it survives a reload and can be linked to. */
import { useEffect, useState } from "react";
import type { TicketKey } from "./ticket-key";

/** A ticket's `id` is its `TicketKey`. */
export type Selection = { kind: "ticket"; id: TicketKey } | { kind: "thread"; id: string } | { kind: "session"; id: string } | { kind: "new" };

/** The address of the page where ConnectWise is connected. */
const CONNECTWISE = "#connectwise";

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
    const read = (): void => setSelection((before) => (location.hash === CONNECTWISE ? before : parseSelection(location.hash)));
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  const select = (next: Selection, how: "push" | "replace" = "push"): void => {
    const address = formatSelection(next);
    // What the page chooses by itself does not take somebody from another page.
    const isAway = how === "replace" && location.hash === CONNECTWISE;
    if (address !== location.hash && !isAway) history[how === "push" ? "pushState" : "replaceState"](null, "", address);
    setSelection(next);
  };
  return [selection, select];
}

/** Whether the page of ConnectWise is open, and how it is opened and left for what was open before. */
export function useConnectWise(selection: Selection | null): [boolean, (open: boolean) => void] {
  const [isOpen, setIsOpen] = useState(() => location.hash === CONNECTWISE);

  useEffect(() => {
    const read = (): void => setIsOpen(location.hash === CONNECTWISE);
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  const show = (open: boolean): void => {
    const before = selection === null ? location.pathname : formatSelection(selection);
    history.pushState(null, "", open ? CONNECTWISE : before);
    setIsOpen(open);
  };
  return [isOpen, show];
}
