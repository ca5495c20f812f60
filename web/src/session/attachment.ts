/** What is said of a file that somebody posted in a session's thread. */
import type { Attachment } from "../api/types";

/** Kinds of images that a page shows: whatever else a file says to be, it is not shown. */
const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Whether there is a picture to look at. */
export function isImage({ state, media_type }: Attachment): boolean {
  return state === "kept" && media_type !== null && SHOWN.includes(media_type);
}

/** What a reader who does not see the picture is told. */
export function altText({ name }: Attachment, author: string): string {
  return `${name}, posted by ${author}`;
}

/** Why there is no picture, or what becomes of it; null where there is one. */
export function whyNoImage(file: Attachment): string | null {
  if (isImage(file)) return null;
  switch (file.state) {
    case "wanted":
      return file.reason === null ? "is being fetched…" : `could not be fetched: ${file.reason}`;
    case "too_large":
      return file.reason === null || file.reason === "it is larger than what is kept" ? `not kept: too large${sizeOf(file)}` : `not kept: ${file.reason}`;
    case "gone":
      return "not kept: it was deleted before it could be fetched";
    case "kept":
    case "not_allowed":
      return `not kept: ${file.reason ?? "only images are kept"}`;
  }
}

function sizeOf({ bytes }: Attachment): string {
  return bytes === null ? "" : ` (${size(bytes)})`;
}

/** A size as people say it. */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kB"] : [bytes / 1_000_000, "MB"];
  const digits = value < 10 && unit === "MB" ? 1 : 0;
  return `${Math.max(value, digits === 0 ? 1 : 0.1).toFixed(digits)} ${unit}`;
}

/** The files of each message, in the order in which they were posted. */
export function byMessage(files: readonly Attachment[]): Map<string, Attachment[]> {
  const all = new Map<string, Attachment[]>();
  for (const file of files) all.set(file.message_id, [...(all.get(file.message_id) ?? []), file]);
  return all;
}
