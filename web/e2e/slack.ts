/** A Slack look-alike, and FlowPilot connected to it, for one test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FAKE_SLACK, FLOWPILOT, start } from "./program";

/** A message as the people of the channel see it. */
export interface SlackMessage {
  ts: string;
  /** The first message of its thread. */
  thread: string;
  user: string;
  shown: string;
  buttons: string[];
  menu: string[];
  edits: number;
}

export class Slack {
  /** User ids by name. */
  readonly people: Record<string, string> = {};

  constructor(
    private readonly page: string,
    private readonly channel: string,
  ) {}

  /** Somebody calls the bot; answers the id of the thread. */
  async mention(name: string, text: string): Promise<string> {
    return this.write(name, { text, mention: true });
  }

  async reply(name: string, thread: string, text: string): Promise<void> {
    await this.write(name, { thread, text });
  }

  async click(name: string, { ts }: SlackMessage, button: string): Promise<void> {
    const done = await this.post("/clicks", { user: this.people[name], channel: this.channel, ts, button });
    if (done.acked !== true) throw new Error(`${button} was not there, or not acknowledged`);
  }

  async messages(thread: string): Promise<SlackMessage[]> {
    const found = await this.get(`/messages?channel=${this.channel}&thread=${thread}`);
    return found.items as SlackMessage[];
  }

  /** What Slack would have refused. */
  async invalid(): Promise<unknown> {
    return (await this.get("/invalid")).items;
  }

  private async write(name: string, words: object): Promise<string> {
    const done = await this.post("/messages", { user: this.people[name], channel: this.channel, ...words });
    if (done.acked !== true) throw new Error("FlowPilot did not acknowledge");
    return String(done.ts);
  }

  async get(where: string): Promise<Record<string, unknown>> {
    return (await (await fetch(this.page + where)).json()) as Record<string, unknown>;
  }

  async post(where: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(this.page + where, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const text = await response.text();
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }
}

export interface Workplace {
  slack: Slack;
  /** The console's address with its one-time key. */
  address: string;
  close: () => Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowpilot-slack-"));
  const fake = await start(FAKE_SLACK, ["--listen", "127.0.0.1:0"]);
  const told = JSON.parse(fake.firstLine) as { page: string; api_url: string; signing_secret: string; bot_token: string };
  const settings = {
    FLOWPILOT_CONSOLE: "true",
    FLOWPILOT_LISTEN: "127.0.0.1:0",
    FLOWPILOT_SLACK__API_URL: told.api_url,
    FLOWPILOT_SLACK__SIGNING_SECRET: told.signing_secret,
    FLOWPILOT_SLACK__BOT_TOKEN: told.bot_token,
    FLOWPILOT_LOG__FILTER: "warn",
  };
  const server = await start(FLOWPILOT, ["serve"], { cwd: folder, settings });
  const world = (await (await fetch(`${told.page}/world`)).json()) as Record<"people" | "channels", { id: string; name: string }[]>;
  const slack = new Slack(told.page, world.channels[0]?.id ?? "");
  for (const { id, name } of world.people) slack.people[name] = id;
  await slack.post("/connect", { url: new URL(server.firstLine).origin });
  return {
    slack,
    address: server.firstLine,
    async close() {
      await server.stop();
      await fake.stop();
      await rm(folder, { recursive: true });
    },
  };
}
