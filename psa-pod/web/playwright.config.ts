/**
 * Browser tests of the page in a real frame of another site: `npm run e2e`, after `npm run build`.
 *
 * The frame around it is the sandbox's ticket screen, the page comes with the policy that the program sends; what the
 * page asks the program is answered by the tests, so that every state can be had. The browser is the system's Chromium
 * (CHROMIUM names another); nothing is downloaded.
 */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  outputDir: "node_modules/.e2e/results",
  globalSetup: "./e2e/server.ts",
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env.CI !== undefined,
  // A browser under load is late now and then; a test that passed only the second time is reported as flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  // Generous, for a machine that builds something at the same time.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    viewport: { width: 1000, height: 900 },
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
  // Colours that are changed later do not reach a frame of another site.
  projects: [
    { name: "light", use: { colorScheme: "light" } },
    { name: "dark", testMatch: "states.spec.ts", use: { colorScheme: "dark" } },
  ],
});
