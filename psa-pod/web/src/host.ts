/**
 * The talk with the ticket screen around this page. All messages are JSON strings, both ways.
 *
 * What is heard must come from the window that frames this page, and from an origin that the server names: anything
 * else is nobody's. Every event is answered, those too that are not known here, or the screen waits for ever.
 */

/** What the screen tells about who sits before it. Nothing of it is believed here: the server asks. */
export interface Claim {
  member: string;
  hash: string;
  context: string | null;
  company: string | null;
}

interface Handlers {
  /** A ticket is shown, for the first time or again. */
  onTicket: (id: string) => void;
  /** What keeps the ticket from being saved; empty when nothing does. */
  beforeSave: () => string[];
}

/** The part of a window that is needed. */
export interface Surroundings {
  readonly parent: { postMessage: (message: string, origin: string) => void };
  addEventListener: (type: "message", listener: (event: MessageEvent) => void) => void;
}

/** How long the screen may take to say who is signed in. */
const PATIENCE_MS = 10_000;
/** A screen that has not heard the first call is called again. */
const CALL_AGAIN_MS = [1_000, 3_000, 6_000];
/** Longer messages are none of the screen's. */
const LONGEST = 100_000;

export class Silent extends Error {
  override readonly name = "Silent";
}

export class Host {
  /** The origin that answered; from then on the only one that is spoken to. */
  private origin: string | null = null;
  private frameId: string | undefined;
  private waiting: { resolve: (claim: Claim) => void; reject: (error: Error) => void; timer: ReturnType<typeof setTimeout> }[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly origins: readonly string[],
    private readonly handlers: Handlers,
  ) {}

  /** Whether somebody who may frames this page. */
  get isFramed(): boolean {
    return (this.around.parent as unknown) !== this.around && this.origins.length > 0;
  }

  /** The origin of the screen, once it has spoken. */
  get screen(): string | null {
    return this.origin;
  }

  /** Tells the screen that this page listens. */
  begin(): void {
    this.around.addEventListener("message", (event) => this.hear(event));
    this.call();
    for (const after of CALL_AGAIN_MS) setTimeout(() => this.origin === null && this.call(), after);
  }

  /** Asks who is signed in. Rejects with {@link Silent} when nobody says. */
  claim(): Promise<Claim> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((one) => one.timer !== timer);
        reject(new Silent("The ticket screen does not say who is signed in."));
      }, PATIENCE_MS);
      this.waiting.push({ resolve, reject, timer });
      // One question is enough for all who wait.
      if (this.waiting.length === 1) this.request("getMemberAuthentication");
    });
  }

  /** Has the screen read the ticket anew. */
  refresh(): void {
    this.request("refreshScreen");
  }

  private call(): void {
    // Nobody has said yet which of the origins it is; the others do not get it.
    for (const origin of this.origins) this.around.parent.postMessage(JSON.stringify({ message: "ready" }), origin);
  }

  private request(name: string): void {
    this.say({ hosted_request: name });
  }

  private say(message: Record<string, unknown>): void {
    if (this.origin === null) return;
    const text = JSON.stringify(this.frameId === undefined ? message : { ...message, frameID: this.frameId });
    this.around.parent.postMessage(text, this.origin);
  }

  private hear(event: MessageEvent): void {
    if ((event.source as unknown) !== this.around.parent || !this.origins.includes(event.origin)) return;
    if (this.origin !== null && event.origin !== this.origin) return;
    const message = read(event.data);
    if (message === null) return;
    this.origin = event.origin;
    const frame = message.get("messageframeid");
    if (typeof frame === "string" || typeof frame === "number") this.frameId = String(frame);
    const name = message.get("event");
    if (typeof name === "string") this.onEvent(name, message);
    const response = message.get("response");
    if (typeof response === "string") this.onResponse(response, lowered(message.get("data")));
  }

  private onEvent(name: string, message: Map<string, unknown>): void {
    const lower = name.toLowerCase();
    const errors = lower === "beforesave" ? this.handlers.beforeSave() : [];
    const answer = { event: name, _id: message.get("_id") };
    this.say(errors.length === 0 ? { ...answer, result: "success" } : { ...answer, result: "failure", errors });
    if (lower !== "onload") return;
    const screen = lowered(lowered(message.get("data"))?.get("screenobject"));
    const id = screen?.get("id");
    const isTicket = screen?.get("screen") === undefined || String(screen.get("screen")).toLowerCase() === "ticket";
    // A ticket that is being entered has no number yet.
    if (isTicket && /^[1-9]\d{0,9}$/.test(String(id))) this.handlers.onTicket(String(id));
  }

  private onResponse(name: string, data: Map<string, unknown> | null): void {
    if (name.toLowerCase() !== "getmemberauthentication") return;
    const text = (key: string): string | null => {
      const value = data?.get(key);
      return typeof value === "string" && value !== "" ? value : null;
    };
    const [member, hash] = [text("memberid"), text("memberhash")];
    const waiting = this.waiting;
    this.waiting = [];
    for (const { resolve, reject, timer } of waiting) {
      clearTimeout(timer);
      if (member === null || hash === null) reject(new Silent("The ticket screen does not say who is signed in."));
      else resolve({ member, hash, context: text("membercontext"), company: text("companyid") });
    }
  }
}

/** A message with its keys in lower case: the screens write them one way and another. */
function read(data: unknown): Map<string, unknown> | null {
  if (typeof data !== "string" || data.length > LONGEST) return null;
  try {
    return lowered(JSON.parse(data));
  } catch {
    return null;
  }
}

function lowered(value: unknown): Map<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]));
}
