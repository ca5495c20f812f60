/** A ticket screen with the pod in it, and a program that answers as the test says. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type FrameLocator, type Page, type Route, test } from "@playwright/test";
import { card, issued, NOW, session } from "../src/fake";
import type { Action, Card, Preview, Session } from "../src/types";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Nothing in these has a space to break at. */
export const UNBROKEN = "\\\\fileserver01.birchwood.example.com\\Departments$\\Litigation\\2026\\HKEY_LOCAL_MACHINE_SOFTWARE_Microsoft_Windows_CurrentVersion";

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | "hang" | "drop";

export function problem(status: number, detail: string): Answer {
  return { status, body: { type: "about:blank", title: "Problem", status, detail, errors: [] } };
}

export function action(id: string, label: string, more: Partial<Action> = {}): Action {
  return { id, label, style: "default", confirm: null, inputs: [], ...more };
}

const reason: Action["inputs"][number] = { name: "reason", label: "Why not?", kind: "text", required: false, max_length: 1_000, value: null, options: [] };

export const FIX: Card = card("fix", {
  title: "Select the headset as the microphone in Teams",
  body_html: `<p>The dock offers a microphone of its own.</p><ol><li>Open Settings › Devices in Teams.</li><li>Choose the headset.</li></ol><pre><code>Get-PnpDevice -Class AudioEndpoint | Where-Object Status -eq 'OK' | Format-Table -AutoSize</code></pre><p>${UNBROKEN}</p>`,
  badge: { text: "82 % confident", tone: "good" },
  fields: [{ label: "Why this confidence", value: "It worked in 9 of 11 sessions." }],
  actions: [
    action("one_off", "Use this fix", { style: "primary" }),
    action("draft_template", "Use and keep a draft template"),
    action("build_template", "Use and build a template"),
    action("dismissed", "Dismiss", { inputs: [reason] }),
  ],
});

export const SESSION_CARD: Card = card("session", {
  actions: [
    action("resolve", "Resolve"),
    action("fact", "Add a fact"),
    action("escalate", "Escalate", { inputs: [{ ...reason, label: "What for?" }] }),
    action("pause", "Pause"),
    action("abandon", "Abandon", { style: "danger", confirm: "End this session without a result? It can be resumed.", inputs: [reason] }),
  ],
});

function fact(n: number, text: string, said: boolean): Session["facts"][number] {
  return {
    id: `f${n}`,
    text,
    source: said ? "said" : "flow",
    source_id: null,
    member_id: "m1",
    member_name: "Ada Admin",
    created_at: NOW - 60_000 * n,
    updated_at: NOW - 60_000 * n,
    source_label: `${said ? "said" : "answered"} by Ada Admin`,
    editable: said,
  };
}

/** A session in the middle of its work. */
export function working(more: Partial<Session> = {}): Session {
  return session({
    cards: [SESSION_CARD, FIX],
    facts: [
      fact(1, "The headset is a Jabra Evolve2.", false),
      fact(2, "Nobody hears the customer in any meeting.", true),
      fact(3, `The log is at ${UNBROKEN}.`, true),
      fact(4, "The mute key was not pressed.", true),
      fact(5, "It works on the phone.", false),
      fact(6, "The dock was changed on Friday.", true),
    ],
    checks: [
      { id: "k1", text: "Device list", command: "Get-PnpDevice -Class AudioEndpoint", status: "done", result: "Two microphones", step_id: null, done_by: "m1", done_by_name: "Ada Admin", created_at: NOW, done_at: NOW },
      { id: "k2", text: "Privacy settings", command: null, status: "pending", result: null, step_id: null, done_by: null, done_by_name: null, created_at: NOW, done_at: null },
    ],
    ...more,
  });
}

export function posting(more: Partial<NonNullable<Session["posting"]>> = {}): NonNullable<Session["posting"]> {
  return {
    id: "p1",
    session_id: "s1",
    connection_id: "k1",
    ticket_id: "10424",
    kind: "resolution",
    state_version: 3,
    text: "",
    status: "posted",
    share: "nobody",
    status_change: null,
    ticket_status: null,
    status_error: null,
    external_id: "123",
    error: null,
    member_id: "m1",
    member_name: "Eli Engineer",
    created_at: NOW,
    updated_at: NOW,
    ...more,
  };
}

function preview(version: number, kind: Preview["kind"]): Preview {
  const sentence = (text: string, item: boolean) => ({ text, item, evidence: [{ kind: "fact" as const, id: "f2" }], from: "fact 2" });
  return {
    kind,
    session_id: "s1",
    state_version: version,
    markdown: "**Problem**\n\nNobody can hear me in Teams meetings.",
    sections: [
      { title: "Problem", sentences: [sentence("Nobody can hear me in Teams meetings.", false)] },
      { title: "What we confirmed", sentences: [sentence("Nobody hears the customer in any meeting.", true), sentence(`The log is at \`${UNBROKEN}\`.`, true)] },
      { title: "Root cause", sentences: [sentence("Not established.", false)] },
      { title: "Resolution", sentences: [sentence("Select the headset.", false)] },
    ],
    from_cache: false,
    edition: `edition-${version}`,
    author: null,
    being_written: false,
    remark: null,
    unsupported: [],
    left_out: [],
  };
}

export class Scene {
  readonly asked: { method: string; path: string; body: unknown; authorization: string | undefined }[] = [];
  readonly pod: FrameLocator;
  private answers = new Map<string, (body: unknown) => Answer>();
  private shown: Session | null = null;

  /** Pages of one browser share their clock: only one of them may stop it. */
  constructor(
    readonly page: Page,
    private readonly withClock = true,
  ) {
    this.pod = page.frameLocator("#pod");
    this.on("POST /token", (body) => ({ body: issued((body as { ticket: string }).ticket) }));
    this.show(working());
    for (const [path, kind] of [["resolution-note", "resolution"], ["escalation-package", "escalation"]] as const) {
      this.on(`POST /sessions/s1/${path}/preview`, () => ({ body: preview(this.shown?.state_version ?? 0, kind) }));
    }
  }

  on(what: string, answer: (body: unknown) => Answer): this {
    this.answers.set(what, answer);
    return this;
  }

  /** From the next look on the page shows this session. */
  show(one: Session | null, me = issued("1").me): this {
    this.shown = one;
    return this.on("GET /state", () => ({ body: { me, session: one }, headers: { etag: `"${Math.random()}"` } }));
  }

  /** Opens the screen of a ticket, with the frame at 320 pixels. */
  async open(ticket = "10424"): Promise<this> {
    await this.begin();
    await this.page.goto(`${process.env.SCREEN_URL ?? ""}/v4_6_release/ConnectWise.aspx?routeTo=ServiceFV&recid=${ticket}`);
    await this.page.evaluate(() => {
      const main = document.querySelector("main");
      if (main !== null) main.style.gridTemplateColumns = "minmax(0, 1fr) 322px";
    });
    return this;
  }

  /** Opens it, and waits until the session is shown. */
  async enter(): Promise<this> {
    await this.open();
    await this.says("What we confirmed");
    return this;
  }

  /** Answers what the page asks. */
  async begin(): Promise<void> {
    if (this.withClock) await this.page.clock.install({ time: NOW });
    await this.page.route("**/pod/acme/**", (route) => this.answer(route));
  }

  /** Lets the page look again. */
  async pass(ms: number): Promise<void> {
    await this.page.clock.runFor(ms);
  }

  async says(text: string | RegExp): Promise<void> {
    await expect(this.pod.locator("main")).toContainText(text);
  }

  button(name: string | RegExp) {
    return this.pod.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** No barrier in the colours of this run; nothing to scroll sideways; nothing too small to hit. */
  async isInOrder(what: string): Promise<void> {
    const frame = this.page.frames().find((one) => one.url().includes("/pod/acme"));
    if (frame === undefined) throw new Error("there is no pod");
    const { width, isDark, sideways, small } = await frame.evaluate(() => ({
      width: innerWidth,
      isDark: getComputedStyle(document.documentElement).backgroundColor === "rgb(12, 16, 21)",
      sideways: document.documentElement.scrollWidth - innerWidth,
      small: [...document.querySelectorAll<HTMLElement>("button, select, input, textarea, summary")]
        .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && (one.offsetWidth < 24 || one.offsetHeight < 24))
        .map((one) => one.outerHTML.slice(0, 100)),
    }));
    expect([width, isDark, sideways, small], what).toEqual([320, test.info().project.name === "dark", 0, []]);
    expect(await this.violations(), what).toEqual([]);
  }

  private async violations(): Promise<string[]> {
    const axe = new AxeBuilder({ page: this.page }).include(["#pod", "main"]);
    const { violations } = await axe.withTags(WCAG_22_AA).analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
  }

  private async answer(route: Route): Promise<void> {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace("/pod/acme", "");
    const body: unknown = request.postDataJSON();
    this.asked.push({ method: request.method(), path, body, authorization: request.headers().authorization });
    const answer = this.answers.get(`${request.method()} ${path}`)?.(body) ?? problem(404, "nothing is here");
    if (answer === "hang") return;
    if (answer === "drop") return route.abort("connectionfailed");
    const { status = 200, headers = {} } = answer;
    if (answer.body === undefined) await route.fulfill({ status, headers });
    else await route.fulfill({ status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(answer.body) });
  }
}
