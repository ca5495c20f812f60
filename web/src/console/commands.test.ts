import { describe, expect, it } from "vitest";
import { completions, matching, underway } from "./commands";

const all = completions([
  { name: "resolve", usage: "/resolve", summary: "Show the note" },
  { name: "fact", usage: "/fact TEXT", summary: "Record a fact" },
  { name: "/flow", usage: "flow [NAME]", summary: "Switch flow" },
]);
const words = (text: string) => matching(all, text).map(({ word }) => word);

describe("command completion", () => {
  it("offers every command after a slash", () => {
    expect(words("/")).toEqual(["/resolve", "/fact", "/flow"]);
  });

  it("narrows as one types, whatever the case", () => {
    expect(words("/F")).toEqual(["/fact", "/flow"]);
  });

  it("stays out of ordinary sentences", () => {
    expect(words("see /fact")).toEqual([]);
  });

  it("ends when the text of a command begins", () => {
    expect(words("/fact it works")).toEqual([]);
    expect(underway(all, "/fact it works")?.usage).toBe("/fact TEXT");
  });

  it("knows which commands take text", () => {
    expect(all.map(({ takesText }) => takesText)).toEqual([false, true, true]);
  });
});
