import { describe, expect, it } from "vitest";
import type { Exchange } from "../api/types";
import { grown, merged, open } from "./exchanges";

function exchange(id: string, html: string, ended_at: number | null): Exchange {
  return { id, html, text: html, ended_at, ending: ended_at === null ? null : "", question: "?", member_id: "m", model: null, sources: [], feedback: null, created_at: 0 };
}

describe("the exchanges of a conversation", () => {
  const first = exchange("1", "one", 1);
  const second = exchange("2", "", null);

  it("are in the order in which they were asked, whenever they became known", () => {
    expect(merged([second], [first])).toEqual([first, second]);
  });

  it("take what is newer", () => {
    const ended = exchange("2", "two", 2);
    expect(merged([first, second], [ended])).toEqual([first, ended]);
  });

  it("grow while they are written, and not afterwards", () => {
    expect(grown([first, second], "2", "tw")[1]?.html).toBe("tw");
    expect(grown([first, second], "1", "changed")[0]?.html).toBe("one");
  });

  it("are open until they are answered to their end", () => {
    expect(open([first, second])).toEqual([second]);
  });
});
