import { describe, expect, it } from "vitest";
import { retryDelay } from "./feed";

describe("coming back after the connection was lost", () => {
  it("is tried within a second at first", () => {
    expect(retryDelay(0, 1)).toBe(1000);
  });

  it("is tried at least every half minute", () => {
    expect(retryDelay(50, 1)).toBe(30_000);
  });

  it("is spread, so that many windows do not return at the same moment", () => {
    expect(retryDelay(3, 0)).toBe(4000);
    expect(retryDelay(3, 0.5)).toBe(6000);
  });
});
