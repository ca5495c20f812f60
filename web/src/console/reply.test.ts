import { describe, expect, it } from "vitest";
import { parseReply } from "./reply";

describe("an answer that is shown once", () => {
  it("is words around the code", () => {
    const reply = "Reset a password\n\n```\nSet-ADAccountPassword\n```\nOnly you see this.";
    expect(parseReply(reply)).toEqual({ before: "Reset a password", code: "Set-ADAccountPassword", after: "Only you see this." });
  });

  it("keeps the code as it is, indented or with fences of its own", () => {
    expect(parseReply("A\n```\n  one\n\n```\ntwo\n```\nB").code).toBe("  one\n\n```\ntwo");
  });

  it("may have no code", () => {
    expect(parseReply("Done.")).toEqual({ before: "Done.", code: null, after: "" });
    expect(parseReply("Done.\n```").code).toBeNull();
  });
});
