import { defineConfig } from "vitest/config";

export default defineConfig({
  // The page is at /pod/{team}, its files where no team can be.
  base: "/pod/_/",
  build: {
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // The page's policy allows no inline script and few data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
