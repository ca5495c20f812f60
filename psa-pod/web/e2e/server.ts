/** Serves the ticket screen (127.0.0.1) and the page in it (localhost): two sites to a browser, one port. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

const HERE = import.meta.dirname;
const SCREEN = path.join(HERE, "../../../sandbox/src/screen");
const DIST = path.join(HERE, "../dist");
const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };

export const TICKETS: Record<string, string> = { "10424": "Nobody can hear me in Teams meetings", "10425": "VPN connects but cannot reach the file server" };

export default async function serve(): Promise<() => Promise<void>> {
  const policy = await pagePolicy();
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", `http://${request.headers.host ?? ""}`)).then(
      ({ status = 200, headers = {}, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  process.env.SCREEN_URL = `http://127.0.0.1:${port}`;
  process.env.POD_URL = `http://localhost:${port}`;

  async function answer({ pathname }: URL): Promise<{ status?: number; headers?: Record<string, string>; body: string | Buffer }> {
    if (pathname.endsWith("/ConnectWise.aspx")) return { headers: { "content-type": TYPES[".html"] ?? "" }, body: await readFile(path.join(SCREEN, "screen.html")) };
    if (pathname === "/_sandbox/screen.js" || pathname === "/_sandbox/screen.css") return file(SCREEN, path.basename(pathname));
    const ticket = /^\/_sandbox\/screen\/(\d+)$/.exec(pathname)?.[1];
    if (ticket !== undefined) return json(screenOf(ticket, port));
    if (pathname.endsWith("/sign-in")) return json({ site: "x", companyid: "acme", memberid: "jnovak", memberHash: "4f1c9a2e==", memberContext: "web", codeBase: "v2026_1/" });
    if (pathname === "/pod/acme") {
      const page = await readFile(path.join(DIST, "index.html"), "utf8");
      const origin = process.env.SCREEN_URL ?? "";
      const headers = { "content-type": TYPES[".html"] ?? "", "content-security-policy": `${policy}; frame-ancestors ${origin}` };
      return { headers, body: page.replace("{{origins}}", origin) };
    }
    if (pathname.startsWith("/pod/_/assets/")) return file(path.join(DIST, "assets"), path.basename(pathname));
    // A frame that may not hold the page.
    if (pathname === "/elsewhere") return { headers: { "content-type": TYPES[".html"] ?? "" }, body: `<iframe src="http://127.0.0.1:${port}/pod/acme"></iframe>` };
    return { status: 404, body: "not found" };
  }

  return () => new Promise((resolve) => void server.close(() => resolve()));
}

function screenOf(ticket: string, port: number): unknown {
  return {
    ticket: { id: Number(ticket), summary: TICKETS[ticket], company: { name: "Birchwood Legal LLP" }, status: { name: "New" } },
    notes: [],
    tickets: Object.keys(TICKETS).map(Number),
    members: [{ identifier: "jnovak", name: "Jamie Novak" }],
    pod: `http://localhost:${port}/pod/acme?id=[cw_id]&screen=[cw_screen]`,
  };
}

async function file(folder: string, name: string): Promise<{ headers: Record<string, string>; body: Buffer }> {
  return { headers: { "content-type": TYPES[path.extname(name)] ?? "application/octet-stream" }, body: await readFile(path.join(folder, name)) };
}

function json(body: unknown): { headers: Record<string, string>; body: string } {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The policy as the program sends it. */
async function pagePolicy(): Promise<string> {
  const source = await readFile(path.join(HERE, "../../src/page.rs"), "utf8");
  const found = /const POLICY: &str = "([^"]*)";/.exec(source)?.[1];
  if (found === undefined) throw new Error("psa-pod/src/page.rs has no POLICY");
  return found.replace(/\\\n\s*/g, "");
}
