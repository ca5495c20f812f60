import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LISTED = /\/api\/v1\/psa\/connections\?/;

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

/** The page of ConnectWise, as an admin. */
async function open(page: Page): Promise<{ console: ConsolePage; main: Locator }> {
  const console = new ConsolePage(page);
  await console.open();
  await console.actAs("Admin");
  await page.getByRole("button", { name: "ConnectWise", exact: true }).click();
  return { console, main: page.getByRole("main", { name: "ConnectWise" }) };
}

test("an admin sees how the connection does, and checks it", async ({ page }) => {
  const { main } = await open(page);
  await expect(main).toBeFocused();
  await expect(page).toHaveURL(/#connectwise$/);
  const connection = main.getByRole("listitem", { name: "Configured" });
  await expect(connection).toContainText("demo at http://127.0.0.1:");
  await expect(connection.getByRole("button", { name: "Remove" })).toHaveCount(0);
  await connection.getByRole("button", { name: "Check Configured" }).click();
  await expect(connection).toContainText("its security role has every entry");
  await expect(connection).toContainText("Works");

  await page.reload();
  await expect(main.getByRole("heading", { name: "Connections" })).toBeVisible();
  await main.getByRole("button", { name: "Back to the console" }).click();
  await expect(page.getByRole("navigation", { name: "Queue" })).toBeVisible();
});

test("an admin chooses which status a board's tickets get, and takes it back", async ({ page }) => {
  const { main } = await open(page);
  const connection = main.getByRole("listitem", { name: "Configured" });
  const boards = connection.getByText("Ticket status after a note");
  await boards.click();
  const board = connection.getByRole("listitem", { name: "Help Desk" });
  const resolved = board.getByLabel("When resolved");
  await expect(resolved).toHaveValue("");
  await resolved.selectOption("Resolved");
  await expect(board).toContainText("Saved.");
  expect(await violations(page)).toEqual([]);

  await page.reload();
  await boards.click();
  await expect(resolved).toHaveValue("Resolved");
  await expect(board.getByLabel("When escalated")).toHaveValue("");
  // Other tests post notes to this board.
  await resolved.selectOption("Leave as it is");
  await expect(board).toContainText("Saved.");

  await page.route(/\/psa\/connections\/[^/]+\/boards$/, (route) => route.abort());
  await resolved.selectOption("Resolved");
  await expect(board).toContainText("It was not changed.");
  await expect(resolved).toHaveValue("");
});

test("with a second ticket system, one chooses whose tickets are listed, and a ticket says where it is", async ({ page }) => {
  const ticket = {
    id: "SR9001",
    connection_id: "second",
    summary: "Scanner of the branch office is jammed",
    description: "It takes no paper.",
    status: "New",
    closed: false,
    company: "Branch Ltd",
    contact: null,
    priority: null,
    board: null,
    owner: null,
    updated_at: null,
    url: null,
    session: null,
  };
  await page.route("**/console/state", async (route) => {
    const response = await route.fetch();
    const state = (await response.json()) as { ticket_systems: object[] };
    await route.fulfill({ response, json: { ...state, ticket_systems: [...state.ticket_systems, { id: "second", name: "Branch office" }] } });
  });
  await page.route(/\/api\/v1\/tickets(\/|\?).*connection_id=second/, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname.endsWith("/tickets")) return route.fulfill({ json: { items: [ticket], next_cursor: null } });
    return route.fulfill({ json: pathname.endsWith("/notes") ? { items: [] } : ticket });
  });
  const console = new ConsolePage(page);
  await console.open();
  const systems = console.queue.getByRole("combobox", { name: "Tickets of" });
  await systems.selectOption("Branch office");
  await console.queue.getByRole("button", { name: ticket.summary }).click();
  await expect(page).toHaveURL(/#ticket\/second\/SR9001$/);
  await expect(console.ticket).toContainText("Branch office");
  await expect(console.ticket).toContainText("It takes no paper.");
  expect(await violations(page)).toEqual([]);

  await page.reload();
  await expect(systems).toHaveValue("second");
  await systems.selectOption("Configured");
  await expect(console.queue.getByRole("button", { name: ticket.summary })).toHaveCount(0);
});

test("a missing entry of the security role is named, with what it is needed for", async ({ page }) => {
  await page.route(/\/psa\/connections\/[^/]+\/check$/, (route) =>
    route.fulfill({
      json: {
        rights: [
          { entry: "System > Manage Hosted API: Add", purpose: "register the pod", optional: true, state: "missing", detail: null },
          { entry: "Service Desk > Service Tickets: Add", purpose: "post notes", optional: false, state: "missing", detail: null },
        ],
      },
    }),
  );
  const { main } = await open(page);
  const connection = main.getByRole("listitem", { name: "Configured" });
  await connection.getByRole("button", { name: "Check Configured" }).click();
  await expect(connection).toContainText("The security role lacks one entry that FlowPilot needs.");
  const entries = connection.locator(".rights li");
  await expect(entries.first()).toContainText("Service Desk > Service Tickets: Add");
  await expect(entries.first()).toContainText("Without it FlowPilot cannot post notes.");
  await expect(entries.last()).toContainText("can be done by hand");
  expect(await violations(page)).toEqual([]);
});

test("what is wrong with a new connection stands at its field, and nothing is saved", async ({ page }) => {
  const { main } = await open(page);
  await main.getByRole("button", { name: "Connect ConnectWise" }).click();
  const form = main.getByRole("form", { name: "Connect ConnectWise" });
  const site = form.getByLabel(/^Site/);
  await expect(site).toBeFocused();
  await form.getByRole("button", { name: "Test and save" }).click();
  await expect(site).toHaveAccessibleDescription("Fill this in.");
  await expect(site).toBeFocused();

  await site.fill("https://10.1.2.3");
  await form.getByLabel("Company that logs in").fill("demo");
  for (const name of ["Public key of the API member", "Private key of the API member", /^Client id/]) {
    await form.getByLabel(name).fill("nonsense");
  }
  await form.getByLabel("Name", { exact: true }).fill("Second");
  await form.getByRole("button", { name: "Test and save" }).click();
  await expect(site).toHaveAccessibleDescription(/The site is at the private address 10\.1\.2\.3/);
  expect(await violations(page)).toEqual([]);

  const where = await main.getByRole("listitem", { name: "Configured" }).getByText("demo at").textContent();
  await site.fill(/http:\S+/.exec(where ?? "")?.[0] ?? "");
  await form.getByRole("button", { name: "Test and save" }).click();
  await expect(form.getByRole("alert")).toContainText("Nothing was saved.");
  await expect(form.getByRole("alert")).not.toContainText("nonsense");
  await form.getByRole("button", { name: "Cancel" }).click();
  await expect(main.getByRole("button", { name: "Connect ConnectWise" })).toBeFocused();
  await expect(main.getByRole("listitem", { name: "Second" })).toHaveCount(0);
});

test("an admin unlinks a person and links them again", async ({ page }) => {
  const { main } = await open(page);
  const vera = main.getByRole("listitem", { name: "Vera Viewer (vera)" });
  await expect(vera).toContainText("Is Vera Viewer");
  await vera.getByRole("button", { name: "Unlink" }).click();
  // The address is the same, and nobody has confirmed it.
  await expect(vera).toContainText("Vera Viewer has the same e-mail address.");
  await expect(vera).toBeFocused();
  await vera.getByRole("button", { name: "Confirm" }).click();
  await expect(vera).toContainText("Is Vera Viewer");
});

test("an engineer sees only who they are, a viewer nothing", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.actAs("Engineer");
  await page.getByRole("button", { name: "ConnectWise", exact: true }).click();
  const main = page.getByRole("main", { name: "ConnectWise" });
  await expect(main).toContainText("Eli Engineer");
  await expect(main.getByRole("heading", { name: "Connections" })).toHaveCount(0);
  await console.actAs("Viewer");
  await expect(page.getByRole("button", { name: "ConnectWise", exact: true })).toHaveCount(0);
});

test("nothing connected, a slow answer and a failure each have words, at 320 pixels, light and dark", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  let answer: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(LISTED, async (route) => {
    await slow;
    await route.fulfill({ json: { items: [], next_cursor: null } });
  });
  const { console, main } = await open(page);
  await expect(main.getByText("Loading the connections…")).toBeAttached();
  answer();
  await expect(main).toContainText("Nothing is connected yet.");
  await main.getByRole("button", { name: "Connect ConnectWise" }).click();
  expect(await console.overflow()).toBe(0);
  expect(await console.sticksOut()).toEqual([]);
  expect(await violations(page), "form").toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page), "form in dark").toEqual([]);

  await page.route(LISTED, (route) => route.abort("connectionfailed"));
  await page.reload();
  await expect(main).toContainText("The connections can't be read.");
  expect(await violations(page), "failed").toEqual([]);
});

test("the page is worked with the keyboard alone", async ({ page }) => {
  const { console, main } = await open(page);
  const button = main.getByRole("button", { name: "Connect ConnectWise" });
  await console.tabTo(button);
  await page.keyboard.press("Enter");
  await expect(main.getByLabel(/^Site/)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(main.getByLabel(/^Site/)).toHaveAccessibleDescription("Fill this in.");
  await console.tabTo(main.getByRole("button", { name: "Cancel" }));
  await page.keyboard.press("Enter");
  await expect(button).toBeFocused();
});
