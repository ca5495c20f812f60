/**
 * Browser tests against the real server: `npm run e2e`.
 *
 * FLOWPILOT_BIN names the program; its demo is started with the tickets of e2e/tickets.csv and ends
 * with the tests. FLOWPILOT_URL uses a demo that runs already instead: the address that it printed,
 * not opened yet. The browser is the system's Chromium (CHROMIUM names another); nothing is
 * downloaded.
 */
import { defineConfig } from "@playwright/test";

/** Where the setup leaves the cookie that the one-time key was traded for. */
export const SIGNED_IN = "node_modules/.e2e/signed-in.json";

// Known once e2e/demo.ts has started the demo, and so in each worker.
const address = process.env.FLOWPILOT_URL;

export default defineConfig({
  testDir: "e2e",
  outputDir: "node_modules/.e2e/results",
  globalSetup: "./e2e/demo.ts",
  // All tests share one demo. Each works tickets that no other one touches.
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env.CI !== undefined,
  // A browser under load is late now and then; a test that passed only the second time is reported as flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  // Generous, for a machine that builds something at the same time.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    ...(address !== undefined && { baseURL: new URL(address).origin }),
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
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
    { name: "console", dependencies: ["sign-in"], use: { storageState: SIGNED_IN } },
  ],
});
