/** What the page shows, as one value: whoever draws it needs nothing else. */
import type { Problem } from "../../../web/src/api/problem";
import type { Me, NoteKind, Preview, Session, Ticket, Tone } from "./types";

export type Phase =
  /** Nobody frames the page who may. */
  | { kind: "alone" }
  /** The ticket screen has not said which ticket it shows. */
  | { kind: "waiting" }
  /** The server asks the ticket system who it is. */
  | { kind: "entering" }
  /** It said no. */
  | { kind: "refused"; status: number; detail: string }
  /** It could not be asked; it is tried again. */
  | { kind: "away"; detail: string; since: number }
  | { kind: "in" };

export interface Note {
  kind: NoteKind;
  /** As it was seen last; of another version of the session than is shown, it is old. */
  preview: Preview | null;
  loading: boolean;
  problem: string | null;
}

export interface Told {
  tone: Tone;
  text: string;
}

export interface Shown {
  phase: Phase;
  /** The ticket's number. */
  ticket: string | null;
  record: Ticket | null;
  me: Me | null;
  /** `undefined`: not looked at yet; `null`: there is none. */
  session: Session | null | undefined;
  /** When the state was last known to be what is shown. */
  seenAt: number | null;
  offlineSince: number | null;
  /** The token has ended, and who it is is asked anew. */
  renewing: boolean;
  /** What is being done, by its key. */
  busy: string | null;
  told: Told | null;
  /** What had changed when a click came too late. */
  moved: string[];
  note: Note;
}

/** What came of doing something. */
export type Outcome = { ok: true; reply: string | null } | { ok: false; problem: Problem | null };

export const NO_NOTE: Note = { kind: "resolution", preview: null, loading: false, problem: null };

/** Nothing of any ticket. */
export function nothing(phase: Phase, ticket: string | null): Shown {
  return {
    phase,
    ticket,
    record: null,
    me: null,
    session: undefined,
    seenAt: null,
    offlineSince: null,
    renewing: false,
    busy: null,
    told: null,
    moved: [],
    note: NO_NOTE,
  };
}
