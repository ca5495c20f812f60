/** What the pod's server answers (`psa-pod/src`). Times are milliseconds since 1970 (UTC); ids are opaque. */
import type { components } from "../../../web/src/api/openapi";
import type { Action, CardKind, CardState, Role } from "../../../web/src/api/types";

export type { Action, Input, Tone } from "../../../web/src/api/types";

type Schemas = components["schemas"];
/** The description calls a field that may be null optional. The server always writes it. */
type Sent<T> = T extends readonly (infer Item)[] ? Sent<Item>[] : T extends object ? { [Field in keyof T]-?: Sent<T[Field]> } : T;

export type Ticket = Sent<Schemas["Ticket"]>;
export type Fact = Sent<Schemas["FactView"]>;
export type Check = Sent<Schemas["Check"]>;
export type Fix = Sent<Schemas["SuggestedFix"]>;
export type Posting = Sent<Schemas["Posting"]>;
export type Preview = Sent<Schemas["Preview"]>;
export type Section = Sent<Schemas["Section"]>;
export type NoteKind = Schemas["NoteKind"];

export interface Me {
  name: string;
  role: Role;
  may_work: boolean;
}

export interface Card {
  id: string;
  kind: CardKind;
  title: string;
  body: string;
  /** Sanitised by the server. */
  body_html: string;
  fields: Schemas["CardField"][];
  badge: Schemas["Badge"] | null;
  actions: Action[];
  state: CardState;
}

export type Session = Sent<Schemas["Session"]> & {
  owner_name: string;
  /** The newest suggested fix, with what was decided about it and how it went. */
  fix: Fix | null;
  facts: Fact[];
  checks: Check[];
  /** The session's own card, and those that wait for somebody. */
  cards: Card[];
  open_note: NoteKind | null;
  posting: Posting | null;
  /** Where its thread opens, where it has an address. */
  link: string | null;
};

export interface State {
  me: Me;
  session: Session | null;
}

export interface Issued {
  token: string;
  /** Seconds. */
  expires_in: number;
  me: Me;
  ticket: Ticket;
}
