/** Every state of the page, at 320 pixels; once in light and once in dark. */
import { expect, test } from "@playwright/test";
import { card, issued, NOW } from "../src/fake";
import { action, posting, problem, Scene, SESSION_CARD, UNBROKEN, working } from "./scene";

test("loading: what is waited for is said", async ({ page }) => {
  const scene = await new Scene(page).on("POST /token", () => "hang").open();
  await scene.says("Asking ConnectWise who you are, for ticket 10424");
  await scene.isInOrder("entering");
});

test("no session yet: one can be started", async ({ page }) => {
  const scene = await new Scene(page).show(null).open();
  await scene.says("No session yet");
  await scene.isInOrder("no session");
  scene.on("POST /sessions", () => {
    scene.show(working());
    return { status: 201 };
  });
  await scene.button("Start a session").click();
  await scene.says("Select the headset as the microphone in Teams");
});

test("at work: ticket, fix, note, facts, checks and actions in this order", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  await scene.says("Fresh, of version 3");
  const headings = scene.pod.getByRole("heading");
  await expect(headings).toContainText([
    "#10424",
    "Select the headset",
    "Resolution note",
    "Problem",
    "What we confirmed",
    "Root cause",
    "Resolution",
    "What we confirmed (6)",
    "Checks (2)",
    "Session",
  ]);
  await expect(scene.button("Use this fix")).toBeVisible();
  await expect(scene.pod.getByText("82 % confident")).toBeVisible();
  await scene.isInOrder("at work");
  await scene.button("Show all 6").click();
  await scene.button("Dismiss").click();
  await scene.pod.getByLabel("Show what each sentence rests on").check();
  await scene.isInOrder("everything open");
});

test("an old note says of which version it is, and is not posted", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  await expect(scene.button("Post note")).toBeVisible();
  scene.on("POST /sessions/s1/resolution-note/preview", () => "hang").show(working({ state_version: 4 }));
  await scene.pass(6_000);
  await scene.says("Cached at version 3, session at 4");
  await expect(scene.button("Post note")).toBeHidden();
  await scene.isInOrder("old note");
});

test("offline: the last state stays, and says from when it is", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  scene.on("GET /state", () => "drop");
  await scene.pass(6_000);
  await scene.says(/Offline since .*What you see is from/);
  await scene.says("Select the headset as the microphone in Teams");
  await expect(scene.button("Use this fix")).toHaveAttribute("aria-disabled", "true");
  await scene.isInOrder("offline");
  scene.show(working());
  // The page tries by itself too, and then there is nothing left to press.
  await expect(async () => {
    if ((await scene.button("Try now").count()) > 0) await scene.button("Try now").click({ timeout: 1_000 });
    await expect(scene.pod.getByText("Offline since")).toBeHidden({ timeout: 1_000 });
  }).toPass();
});

test("a token that has ended: who it is is asked anew, and nothing is lost", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  scene.on("GET /state", () => problem(401, "the pod's token has expired")).on("POST /token", () => "hang");
  await scene.pass(6_000);
  await scene.says("Your pass has ended");
  await scene.says("Select the headset as the microphone in Teams");
  await scene.isInOrder("token ended");
});

test("no access: the reason, and nothing of the ticket", async ({ page }) => {
  const scene = await new Scene(page).on("POST /token", () => problem(403, "ConnectWise shows you no ticket of this number")).open();
  await scene.says("ConnectWise shows you no ticket of this number.");
  await expect(scene.pod.locator("main")).not.toContainText("Birchwood");
  await scene.isInOrder("no access");
});

test("too many tries: wait", async ({ page }) => {
  const scene = await new Scene(page).on("POST /token", () => problem(429, "too many sign-ins that ConnectWise did not confirm; wait a few minutes")).open();
  await scene.says("Wait a moment");
  await scene.isInOrder("too many");
});

test("ConnectWise down at the beginning: since when, and it is tried again", async ({ page }) => {
  const scene = await new Scene(page).on("POST /token", () => problem(502, "ticket system: it could not be reached: no answer in time")).open();
  await scene.says("Ticket system: it could not be reached");
  await scene.isInOrder("ConnectWise down");
  scene.on("POST /token", () => ({ body: issued("10424") }));
  await scene.pass(6_000);
  await scene.says("Select the headset as the microphone in Teams");
});

test("ConnectWise down while posting: the note is kept and queued", async ({ page }) => {
  const waiting = posting({ status: "sending", external_id: null, created_at: NOW - 60_000 });
  const scene = await new Scene(page).show(working({ status: "resolved", posting: waiting })).enter();
  await scene.pass(1_100);
  await scene.says("ConnectWise does not answer. The note is kept, and posted once it does.");
  await scene.isInOrder("queued");
});

test("posted: when, by whom, as which note, and not a second time", async ({ page }) => {
  const scene = await new Scene(page).show(working({ status: "resolved", posting: posting() })).enter();
  await scene.pass(600);
  await scene.says(/Posted .* by Eli Engineer as note 123\./);
  await expect(scene.button("Post note")).toBeHidden();
  await scene.isInOrder("posted");
});

test("refused by ConnectWise: why, and another try", async ({ page }) => {
  const failed = posting({ status: "failed", external_id: null, error: `it refused the request: ${UNBROKEN}` });
  const again = card("posting", { actions: [action("retry", "Try again", { style: "primary" })] });
  const scene = await new Scene(page).show(working({ status: "resolved", posting: failed, cards: [SESSION_CARD, again] })).open();
  await scene.says("Not posted: it refused the request");
  await expect(scene.button("Try again")).toBeVisible();
  await scene.isInOrder("not posted");
});

test("resolved elsewhere: it says so, and can be resumed or begun anew", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  const over = { ...SESSION_CARD, actions: [action("resume", "Resume")] };
  scene.show(working({ status: "resolved", cards: [over], updated_at: NOW + 1 }));
  await scene.pass(6_000);
  await scene.says("This session is resolved");
  await expect(scene.button("Resume")).toBeVisible();
  await expect(scene.button("Start another session")).toBeVisible();
  await expect(scene.button("Add a fact")).toBeHidden();
  await scene.isInOrder("resolved elsewhere");
});

test("a click that comes too late: redrawn, and what has moved", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  scene.on("POST /sessions/s1/cards/card-fix/actions", () => {
    const decision = { id: "d1", fix_id: "x1", decision: "dismissed", reason: null, member_id: "m2", member_name: "Ada Admin", created_at: NOW };
    const fix = { id: "x1", title: "Select the headset as the microphone in Teams", decision, outcome: null };
    scene.show(working({ state_version: 4, cards: [SESSION_CARD], fix: fix as never }));
    return problem(409, "already decided by Ada Admin: Dismiss");
  });
  await scene.button("Use this fix").click();
  await scene.says("Already decided by Ada Admin: Dismiss.");
  await scene.says("Since you looked:");
  await expect(scene.button("Use this fix")).toBeHidden();
  await scene.isInOrder("too late");
});

test("a viewer reads, and is told why the buttons are not theirs", async ({ page }) => {
  const me = { name: "Vera Viewer", role: "viewer" as const, may_work: false };
  const scene = new Scene(page).show(working(), me);
  await scene.on("POST /token", () => ({ body: issued("10424", { me }) })).open();
  await scene.says("You can read here. A team admin can make you an engineer.");
  await expect(scene.button("Use this fix")).toHaveAttribute("aria-disabled", "true");
  await scene.isInOrder("viewer");
});

test("by itself the page shows nothing and asks nothing", async ({ page }) => {
  const scene = new Scene(page);
  await scene.begin();
  await page.goto(`${process.env.POD_URL ?? ""}/pod/acme?id=10424&screen=ticket`);
  await expect(page.getByRole("heading", { name: "Open this in a ticket" })).toBeVisible();
  expect(scene.asked).toEqual([]);
});
