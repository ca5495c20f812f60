import { describe, expect, it } from "vitest";
import { eventReader, type Received } from "./sse";

function read(...chunks: string[]): Received[] {
  const received: Received[] = [];
  const feed = eventReader((event) => received.push(event));
  chunks.forEach(feed);
  return received;
}

const thread = { id: "t", title: "VPN", ticket_id: null, session_id: null, session_status: null, updated_at: 1 };

describe("the event stream", () => {
  it("gives an event with the number to resume from", () => {
    const received = read(`id: 7\nevent: thread\ndata: ${JSON.stringify(thread)}\n\n`);
    expect(received).toEqual([{ id: "7", event: { type: "thread", thread } }]);
  });

  it("joins an event that the network cut in the middle of a word", () => {
    const received = read("id: 8\neve", 'nt: ticket\ndata: {"tick', 'et_id":"48210"}\n', "\n");
    expect(received).toEqual([{ id: "8", event: { type: "ticket", ticketId: "48210" } }]);
  });

  it("passes over keep-alive comments", () => {
    expect(read(": keep-alive\n\n", ": keep-alive\n\n")).toEqual([]);
  });

  it("says that events were missed", () => {
    expect(read("event: reset\ndata: {}\n\n")).toEqual([{ id: null, event: { type: "reset" } }]);
  });

  it("loses one broken event and not those after it", () => {
    const received = read("event: thread\ndata: {oops\n\n", 'event: ticket\ndata: {"ticket_id":"1"}\n\n');
    expect(received.map(({ event }) => event.type)).toEqual(["ticket"]);
  });

  it("ignores kinds of events that it does not know", () => {
    expect(read('event: weather\ndata: {"rain":true}\n\n')).toEqual([]);
  });
});
