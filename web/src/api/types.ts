/**
 * The shapes the console server speaks, by short names. They come from the server's own
 * description (`npm run types`). Times are milliseconds since 1970 (UTC); ids are opaque.
 */
import type { components } from "./openapi";

type Schemas = components["schemas"];

/** The description calls a field that may be null optional. The server always writes it. */
type Sent<T> = T extends readonly (infer Item)[] ? Sent<Item>[] : T extends object ? { [Field in keyof T]-?: Sent<T[Field]> } : T;

export type Role = Schemas["Role"];
export type Member = Pick<Schemas["Member"], "id" | "name" | "role">;
export type Command = Schemas["CommandSpec"];
export type ServerState = Sent<Schemas["ConsoleState"]>;
export type Token = Schemas["ActingToken"];
/** `reply` is for this member's eyes, once: it is stored nowhere. */
export type Accepted = Sent<Schemas["Accepted"]>;

export type NewThread = Schemas["StartThread"];
export type Interaction = Schemas["Interaction"];
export type Thread = Sent<Schemas["Thread"]>;

export interface Message {
  id: string;
  /** Order within the thread. */
  seq: number;
  thread: string;
  author: Schemas["AuthorView"];
  /** Sanitised by the server. */
  html: string | null;
  card: Card | null;
  /** Only the acting member sees it. */
  private: boolean;
  created_at: number;
  edited_at: number | null;
}

export interface Card {
  id: string;
  kind: CardKind;
  title: string;
  /** Sanitised by the server. */
  body_html: string;
  fields: Schemas["CardField"][];
  badge: Schemas["Badge"] | null;
  actions: Action[];
  state: CardState;
  /** The whole card as plain text. */
  plain: string;
}

export type CardKind = Schemas["CardKind"];
export type CardState = Sent<Schemas["CardState"]>;
export type Tone = Schemas["Tone"];
/** `confirm` and `inputs` are asked for before it is sent. */
export type Action = Sent<Schemas["Action"]>;
export type Input = Sent<Schemas["Input"]>;

/** In a list the server leaves `description` out (null). */
export type Ticket = Sent<Schemas["TicketView"]>;
export type TicketDetail = Ticket;
export type TicketNote = Sent<Schemas["NoteView"]>;
export type Placement = Schemas["Audience"];
export type Fact = Sent<Schemas["FactView"]>;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/**
 * What the event stream carries. `reset` means: events were missed, fetch everything again.
 * `opened` is said once by this page itself, when the stream opens for the first time: what
 * happened since the page's first requests is in no event.
 */
export type ServerEvent =
  | { type: "message"; thread: string; message: Message }
  | { type: "thread"; thread: Thread }
  | { type: "ticket"; ticketId: string }
  | { type: "opened" }
  | { type: "reset" };
