import type { Ticket } from "../api/types";

/**
 * Names a ticket on this page: its connection and its number, because the same number elsewhere is another ticket.
 * Without a connection it is the ticket of that number, in whichever system has it.
 */
export type TicketKey = string;

export function ticketKey(connection: string | null, id: string): TicketKey {
  return connection === null ? id : `${connection}/${id}`;
}

export function keyOf(ticket: Ticket): TicketKey {
  return ticketKey(ticket.connection_id, ticket.id);
}

export function partsOf(key: TicketKey): { connection: string | null; id: string } {
  const end = key.indexOf("/");
  return end < 0 ? { connection: null, id: key } : { connection: key.slice(0, end), id: key.slice(end + 1) };
}
