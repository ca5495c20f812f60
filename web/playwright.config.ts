/**
 * Browser tests against a running `flowpilot demo`:
 *
 *   FLOWPILOT_URL='http://127.0.0.1:8080/?k=…' npm run e2e
 *
 * FLOWPILOT_URL is the printed address. The browser is the system's Chromium (CHROMIUM names
 * another); nothing is downloaded.
 */
import { defineConfig } from "@playwright/test";

const address = process.env.FLOWPILOT_URL;
if (address === undefined) throw new Error("FLOWPILOT_URL is not set: give the address that `flowpilot demo` prints.");

/** Where the setup leaves the cookie that the one-time key was traded for. */
export const SIGNED_IN = "node_modules/.e2e/signed-in.json";

export default defineConfig({
  testDir: "e2e",
  outputDir: "node_modules/.e2e/results",
  // The tests share one demo with one queue of tickets.
  workers: 1,
  forbidOnly: process.env.CI !== undefined,
  // Generous, for a machine that builds something at the same time.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    baseURL: new URL(address).origin,
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "sign-in", testMatch: "sign-in.setup.ts" },
    // While the queue is as a newcomer finds it.
    { name: "first-visit", testMatch: "first-visit.spec.ts", dependencies: ["sign-in"], use: { storageState: SIGNED_IN } },
    { name: "console", testIgnore: "first-visit.spec.ts", dependencies: ["sign-in"], use: { storageState: SIGNED_IN } },
  ],
});
