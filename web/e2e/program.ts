/** The programs under test, as processes: each says on its first line where it listens. */
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

export const FLOWPILOT = path.resolve(process.env.FLOWPILOT_BIN ?? "../target/debug/flowpilot");
/** The Slack look-alike, built beside it. */
export const FAKE_SLACK = path.join(path.dirname(FLOWPILOT), "fake-slack");

export interface Program {
  firstLine: string;
  stop: () => Promise<void>;
}

interface Surroundings {
  cwd?: string;
  /** Settings of the program. */
  settings?: Record<string, string>;
}

export async function start(program: string, options: string[], { cwd, settings }: Surroundings = {}): Promise<Program> {
  const env = { ...withoutSettings(), ...settings };
  const child = spawn(program, options, { env, stdio: ["ignore", "pipe", "inherit"], ...(cwd !== undefined && { cwd }) });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
  const line = await Promise.race([firstLine(child.stdout), ended]);
  if (line === undefined) throw new Error(`${program} ended before it said where it listens`);
  return {
    firstLine: line,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** FlowPilot takes every FLOWPILOT_ variable for a setting of its own, and refuses FLOWPILOT_BIN. */
function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLOWPILOT_")));
}

function firstLine(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => createInterface(output).once("line", resolve));
}
