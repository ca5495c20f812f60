import { describe, expect, it } from "vitest";
import type { Attachment } from "../api/types";
import { altText, byMessage, isImage, size, whyNoImage } from "./attachment";

function file(more: Partial<Attachment>): Attachment {
  const kept: Attachment = { id: "a", message_id: "m", name: "error.png", state: "kept", reason: null, media_type: "image/png", bytes: 1_500, sha256: "0", created_at: 1 };
  return { ...kept, ...more };
}

const absent = (state: Attachment["state"], more: Partial<Attachment> = {}): Attachment => file({ state, media_type: null, sha256: null, ...more });

describe("a file of a thread", () => {
  it("is a picture once it is kept", () => {
    expect(isImage(file({}))).toBe(true);
    expect(whyNoImage(file({}))).toBeNull();
  });

  it("is described for who does not see it", () => {
    expect(altText(file({}), "Ada Lovelace")).toBe("error.png, posted by Ada Lovelace");
  });

  it("is not shown as a picture when it is another kind of file", () => {
    expect(isImage(file({ media_type: "image/svg+xml" }))).toBe(false);
    expect(isImage(file({ media_type: "text/html" }))).toBe(false);
  });

  it("says that it comes, and why it does not", () => {
    expect(whyNoImage(absent("wanted"))).toBe("is being fetched…");
    expect(whyNoImage(absent("wanted", { reason: "a sign-in page came instead" }))).toBe("could not be fetched: a sign-in page came instead");
  });

  it("says that it is too large, and how large", () => {
    expect(whyNoImage(absent("too_large", { reason: "it is larger than what is kept", bytes: 12_340_000 }))).toBe("not kept: too large (12 MB)");
    expect(whyNoImage(absent("too_large", { bytes: null }))).toBe("not kept: too large");
    expect(whyNoImage(absent("too_large", { reason: "the session has as many files as are kept" }))).toBe("not kept: the session has as many files as are kept");
  });

  it("says that it is no image, or gone", () => {
    expect(whyNoImage(absent("not_allowed", { reason: "it is no PNG, JPEG, GIF or WebP image" }))).toBe("not kept: it is no PNG, JPEG, GIF or WebP image");
    expect(whyNoImage(absent("gone"))).toBe("not kept: it was deleted before it could be fetched");
  });
});

describe("sizes", () => {
  it("are said in round numbers", () => {
    expect([1, 999, 1_500, 250_000, 1_250_000, 9_960_000, 45_000_000].map(size)).toEqual(["1 kB", "1 kB", "2 kB", "250 kB", "1.3 MB", "10.0 MB", "45 MB"]);
  });
});

describe("the files of a thread", () => {
  it("stand with the message that they came with", () => {
    const files = [file({ id: "a" }), file({ id: "b", message_id: "n" }), file({ id: "c" })];
    const placed = byMessage(files);
    expect([...placed].map(([message, of]) => [message, of.map(({ id }) => id)])).toEqual([["m", ["a", "c"]], ["n", ["b"]]]);
  });
});
