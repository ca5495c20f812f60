/**
 * The shapes the console server speaks. Times are milliseconds since 1970 (UTC); ids are opaque.
 */

export type Role = "super_admin" | "team_admin" | "engineer" | "viewer";

export interface Member {
  id: string;
  name: string;
  role: Role;
}

export interface Command {
  name: string;
  usage: string;
  summary: string;
}

export interface ServerState {
  version: string;
  demo: boolean;
  team: { id: string; name: string };
  members: Member[];
  psa: { provider: string; name: string; sandbox: boolean } | null;
  commands: Command[];
}

export interface Token {
  access_token: string;
  /** Seconds from now. */
  expires_in: number;
}

export interface Thread {
  id: string;
  title: string;
  ticket_id: string | null;
  session_id: string | null;
  session_status: string | null;
  updated_at: number;
}

export interface Message {
  id: string;
  /** Order within the thread. */
  seq: number;
  thread: string;
  author: { kind: "member" | "copilot" | "system"; name: string };
  /** Sanitised by the server. */
  html: string | null;
  card: Card | null;
  /** Only the acting member sees it. */
  private: boolean;
  created_at: number;
  edited_at: number | null;
}

export type CardKind =
  | "session"
  | "question"
  | "check"
  | "instruction"
  | "fix"
  | "note"
  | "posting"
  | "escalation"
  | "script"
  | "notice";

export type Tone = "good" | "warn" | "bad" | "neutral";

export type CardState =
  | { kind: "open" }
  | { kind: "decided"; choice: string; by: string; at: number }
  | { kind: "superseded"; by: string | null };

export interface Card {
  id: string;
  kind: CardKind;
  title: string;
  /** Sanitised by the server. */
  body_html: string;
  fields: { label: string; value: string }[];
  badge: { text: string; tone: Tone } | null;
  actions: Action[];
  state: CardState;
  /** The whole card as plain text. */
  plain: string;
}

export interface Action {
  id: string;
  label: string;
  style: "primary" | "default" | "danger";
  /** Asked before the action is sent. */
  confirm: string | null;
  /** Asked for before the action is sent; answered in `fields`. */
  inputs: Input[];
}

export interface Input {
  name: string;
  label: string;
  kind: "text" | "multiline" | "choice" | "secret" | "number" | "boolean";
  required: boolean;
  /** Characters; null when the server names no limit. */
  max_length: number | null;
  value: string | null;
  options: { value: string; label: string }[];
}

export interface Ticket {
  id: string;
  summary: string;
  status: string;
  company: string | null;
  contact: string | null;
  priority: string | null;
  board: string | null;
  closed: boolean;
  updated_at: number | null;
  session: { id: string; status: string; thread: string | null } | null;
}

export interface TicketDetail extends Ticket {
  description: string | null;
  /** Where the ticket is in the PSA itself. */
  url: string | null;
}

export type Placement = "discussion" | "internal" | "resolution";

export interface TicketNote {
  id: string;
  /** Sanitised by the server. */
  html: string;
  text: string;
  placement: Placement;
  author: string | null;
  created_at: number | null;
}

export interface Fact {
  id: string;
  text: string;
  source: { kind: string; label: string };
  editable: boolean;
  created_at: number;
}

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
