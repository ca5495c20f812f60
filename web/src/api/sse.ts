/** From the bytes of an event stream to the events of the console. */
import { createParser } from "eventsource-parser";
import type { Message, ServerEvent, Session, Thread } from "./types";

export interface Received {
  /** The number to resume from, when the server gave one. */
  id: string | null;
  event: ServerEvent;
}

/**
 * Turns chunks of text into events, however the network cut them. `onEvent` is called for each
 * event that this page knows; others are skipped, so that a newer server can add kinds.
 */
export function eventReader(onEvent: (received: Received) => void): (chunk: string) => void {
  const parser = createParser({
    onEvent({ id, event, data }) {
      const known = decode(event ?? "message", data);
      if (known !== null) onEvent({ id: id ?? null, event: known });
    },
  });
  return (chunk) => parser.feed(chunk);
}

function decode(kind: string, data: string): ServerEvent | null {
  if (kind === "reset") return { type: "reset" };
  const body = parse(data);
  if (body === null) return null;
  switch (kind) {
    case "message":
      return { type: "message", thread: body.thread as string, message: body.message as Message };
    case "thread":
      return { type: "thread", thread: body as unknown as Thread };
    case "ticket":
      return { type: "ticket", ticketId: body.ticket_id as string, connectionId: body.connection_id as string | null };
    case "session":
      return { type: "session", session: body as unknown as Session };
    default:
      return null;
  }
}

/** A broken event is one event lost, not the stream. */
function parse(data: string): Record<string, unknown> | null {
  try {
    return JSON.parse(data) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
