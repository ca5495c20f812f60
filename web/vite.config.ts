import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The development server (`npm run dev`) sends API calls to a running `flowpilot demo`. */
const server = process.env.FLOWPILOT_SERVER ?? "http://127.0.0.1:8080";
const proxy = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  plugins: [react()],
  server: { host: "127.0.0.1", proxy: { "/console": proxy, "/api": proxy } },
  build: {
    // `light-dark()` must reach the browser as written: the theme switch changes `color-scheme`.
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // The page's policy allows no inline script and few data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The one chunk that is larger draws Slack's payloads, and is fetched when somebody wants that.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        // React changes rarely: in a file of its own, a change to the console costs little to fetch
        // and little in the repository, where the built files are committed.
        codeSplitting: { groups: [{ name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ }] },
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
