import type { Purpose } from "../api/types";

/** What a call was for, as the page says it. */
export const PURPOSES: Record<Purpose, string> = { answer: "Answers", note: "Notes", ask: "Questions" };
