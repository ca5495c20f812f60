/** The server under test: a demo of its own, in a folder that is thrown away. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env.FLOWPILOT_BIN ?? "../target/debug/flowpilot";
const TICKETS = path.join(import.meta.dirname, "tickets.csv");

export default async function startDemo(): Promise<() => Promise<void>> {
  if (process.env.FLOWPILOT_URL !== undefined) return () => Promise.resolve();

  const folder = await mkdtemp(path.join(tmpdir(), "flowpilot-e2e-"));
  const options = ["--folder", path.join(folder, "demo"), "--listen", "127.0.0.1:0", "--tickets", TICKETS];
  const demo = spawn(path.resolve(BINARY), ["demo", ...options], { env: withoutSettings(), stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve, reject) => {
    demo.once("error", reject);
    demo.once("exit", () => resolve());
  });

  const address = await Promise.race([firstLine(demo.stdout), ended]);
  if (address === undefined) throw new Error(`${BINARY} ended before it printed its address`);
  process.env.FLOWPILOT_URL = address;
  return async () => {
    demo.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
}

/** The program takes every FLOWPILOT_ variable for a setting of its own, and refuses FLOWPILOT_BIN. */
function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLOWPILOT_")));
}

function firstLine(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => createInterface(output).once("line", resolve));
}
