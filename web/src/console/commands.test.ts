import { describe, expect, it } from "vitest";
import { completions, matching, underway, usable } from "./commands";

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

  it("takes a command that is written out for itself, not for a longer one", () => {
    const both = completions([
      { name: "facts", usage: "/facts", summary: "List the facts" },
      { name: "fact", usage: "/fact TEXT", summary: "Record a fact" },
    ]);
    expect(matching(both, "/fact").map(({ word }) => word)).toEqual(["/fact", "/facts"]);
  });

  it("stays out of ordinary sentences", () => {
    expect(words("see /fact")).toEqual([]);
  });

  it("offers what does something where one is", () => {
    const both = completions([
      { name: "start", usage: "/start #TICKET problem", summary: "Start" },
      { name: "fact", usage: "/fact TEXT", summary: "Record a fact" },
    ]);
    const offered = (where: Parameters<typeof usable>[1]) => usable(both, where).map(({ word }) => word);
    expect(offered("nowhere")).toEqual(["/start"]);
    expect(offered("ticket")).toEqual([]);
    expect(offered("thread")).toEqual(["/fact"]);
  });

  it("ends when the text of a command begins", () => {
    expect(words("/fact it works")).toEqual([]);
    expect(underway(all, "/fact it works")?.usage).toBe("/fact TEXT");
  });

  it("knows which commands take text", () => {
    expect(all.map(({ takesText }) => takesText)).toEqual([false, true, true]);
  });
});
