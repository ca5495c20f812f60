/** The server under test: a demo of its own, in a folder that is thrown away. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FLOWPILOT, start } from "./program";

const TICKETS = path.join(import.meta.dirname, "tickets.csv");

export default async function startDemo(): Promise<() => Promise<void>> {
  if (process.env.FLOWPILOT_URL !== undefined) return () => Promise.resolve();

  const folder = await mkdtemp(path.join(tmpdir(), "flowpilot-e2e-"));
  const options = ["--folder", path.join(folder, "demo"), "--listen", "127.0.0.1:0", "--tickets", TICKETS];
  const demo = await start(FLOWPILOT, ["demo", ...options]);
  process.env.FLOWPILOT_URL = demo.firstLine;
  return async () => {
    await demo.stop();
    await rm(folder, { recursive: true });
  };
}
