import { describe, expect, it } from "vitest";
import { partsOf, ticketKey } from "./ticket-key";

describe("the same number in two ticket systems", () => {
  it("is two tickets", () => {
    expect(ticketKey("a", "7")).not.toBe(ticketKey("b", "7"));
  });

  it("is taken apart again, also where no system is named", () => {
    expect(partsOf(ticketKey("a", "7"))).toEqual({ connection: "a", id: "7" });
    expect(partsOf(ticketKey(null, "7"))).toEqual({ connection: null, id: "7" });
  });
});
