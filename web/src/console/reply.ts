/** An answer that is shown once: words, with at most one fenced block of code. */

export interface Reply {
  before: string;
  code: string | null;
  after: string;
}

/** The code reaches from the first fence to the last that closes it: what is inside may have fences of its own. */
export function parseReply(text: string): Reply {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^`{3,}[^`]*$/.test(line));
  const fence = /^`+/.exec(lines[start] ?? "")?.[0];
  const end = fence === undefined ? -1 : lines.lastIndexOf(fence);
  if (end <= start) return { before: text.trim(), code: null, after: "" };
  const part = (from: number, to?: number): string => lines.slice(from, to).join("\n");
  return { before: part(0, start).trim(), code: part(start + 1, end), after: part(end + 1).trim() };
}
