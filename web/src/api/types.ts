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
export type TicketSystem = Schemas["TicketSystem"];
export type Token = Schemas["ActingToken"];
/** `reply` is for this member's eyes, once: it is stored nowhere. */
export type Accepted = Sent<Schemas["Accepted"]>;

export type NewThread = Schemas["StartThread"];
export type Interaction = Schemas["Interaction"];
export type Thread = Sent<Schemas["Thread"]>;

export type Platform = Schemas["Platform"];
export type Session = Sent<Schemas["Session"]>;
export type SessionDetail = Sent<Schemas["SessionDetail"]>;
/** Words of a session's thread. */
export type SessionMessage = Sent<Schemas["MessageView"]>;
export type SessionCard = Sent<Schemas["CardView"]>;
/** A file that was posted in a session's thread. */
export type Attachment = Sent<Schemas["Attachment"]>;
/** What came of saying or pressing something in a session. */
export type Turn = Sent<Schemas["TurnView"]>;
export type Payload = Schemas["PayloadView"];

export interface Message {
  id: string;
  /** Order within the thread. */
  seq: number;
  thread: string;
  author: Schemas["AuthorView"];
  /** Sanitised by the server. */
  html: string | null;
  /** Words as they were typed, where there is no `html`. */
  text?: string;
  card: Card | null;
  /** The answer of a model that it is, where it is one. */
  answer?: string | null;
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
  /** The note that it shows, where a model wrote it. */
  feedback_on: NoteKind | null;
}

export type CardKind = Schemas["CardKind"];
export type CardState = Sent<Schemas["CardState"]>;
export type Tone = Schemas["Tone"];
/** `confirm` and `inputs` are asked for before it is sent. */
export type Action = Sent<Schemas["Action"]>;
export type Input = Sent<Schemas["Input"]>;

/** A connection to a ticket system; its keys are never read. */
export type Connection = Sent<Schemas["ConnectionView"]>;
export type NewConnection = Required<Schemas["NewConnection"]>;
export type NoteKind = Schemas["NoteKind"];
/** A board, with the statuses that its tickets can get after a note. */
export type Board = Sent<Schemas["BoardChoices"]>;
/** An entry of the security role that FlowPilot needs. */
export type Right = Sent<Schemas["RightView"]>;
export type AddedConnection = Sent<Schemas["AddedConnection"]>;
export type PodRegistration = Schemas["PodRegistration"];
/** Somebody who works in the ticket system, and who of the team they are. */
export type RosterEntry = Sent<Schemas["RosterEntry"]>;
export type OwnAccount = Sent<Schemas["OwnAccount"]>;
export type OwnAccounts = Sent<Schemas["OwnAccounts"]>;

/** What the models cost within some days; money in millionths of a US dollar. */
export type Spending = Sent<Schemas["Spending"]>;
export type Tally = Sent<Schemas["Tally"]>;
export type Purpose = Schemas["Purpose"];
export type AiCall = Sent<Schemas["AiCall"]>;
/** What a member thinks of something that a model wrote. */
export type Feedback = Sent<Schemas["Feedback"]>;
export type Thumb = Schemas["Thumb"];
/** The same, as admins read it. */
export type Opinion = Sent<Schemas["Opinion"]>;
export type AiSwitch = Sent<Schemas["Switch"]>;

/** Questions and answers that belong to no session. */
export type AssistantConversation = Sent<Schemas["Conversation"]>;
/** A question, with its answer as far as that is written. */
export type Exchange = Sent<Schemas["ExchangeView"]>;
/** What an answer cites, by its number. */
export type Source = Sent<Schemas["Source"]>;
/** Something of the library that is about some words. */
export type Hit = Sent<Schemas["Hit"]>;

/** In a list the server leaves `description` out (null). */
export type Ticket = Sent<Schemas["TicketView"]>;
export type TicketDetail = Ticket;
export type TicketNote = Sent<Schemas["NoteView"]>;
/** What is around the ticket of a session; `null` while it was not read yet. */
export type TicketAround = Sent<Schemas["ContextView"]>;
export type TicketContext = Sent<Schemas["TicketContext"]>;
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
  | { type: "ticket"; ticketId: string; connectionId: string | null }
  | { type: "session"; session: Session }
  | { type: "opened" }
  | { type: "reset" };
