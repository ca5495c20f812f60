/** Errors of the API as exceptions: `catch` sites branch on the class, never on a message. */

/** The server answered, and said no (application/problem+json). */
export class Problem extends Error {
  override readonly name: string = "Problem";

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly { field: string; rule: string }[] = [],
  ) {
    super(detail || title);
  }

  /** The rule that `field` breaks, when the server named one. */
  rule(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.rule;
  }
}

/** The browser's cookie is missing or no longer known: only the printed address helps. */
export class KeyExpired extends Problem {
  override readonly name = "KeyExpired";
}

/** No answer: the server is down, the network is, or it took too long. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(cause: unknown) {
    super("FlowPilot does not answer.", { cause });
  }
}

/** Reads the problem out of a failed response, whatever its body turns out to be. */
export async function problemFrom(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = isRecord(body) ? body : {};
  return new Problem(
    response.status,
    text(fields.title) ?? `Error ${response.status}`,
    text(fields.detail) ?? "",
    Array.isArray(fields.errors) ? fields.errors.filter(isFieldError) : [],
  );
}

/** One sentence for the person in front of the screen. */
export function explain(error: unknown): string {
  if (error instanceof Problem || error instanceof Unreachable) return sentence(error.message);
  return "Something went wrong in this page. Reload it, and try again.";
}

/** The server's causes are written to follow others: "ticket not found". */
function sentence(cause: string): string {
  const text = cause.charAt(0).toUpperCase() + cause.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isFieldError(value: unknown): value is { field: string; rule: string } {
  return isRecord(value) && typeof value.field === "string" && typeof value.rule === "string";
}
