/** The page and the ticket screen together, in a real frame of another site. */
import { expect, test } from "@playwright/test";
import { issued } from "../src/fake";
import { posting, problem, Scene, working } from "./scene";

test("the screen says who it is, and the token is sent with what is asked: no cookie, no storage", async ({ page, context }) => {
  const scene = await new Scene(page).open();
  await scene.says("Eli Engineer, engineer");
  const [token, state] = scene.asked;
  expect(token?.body).toEqual({ member: "jnovak", hash: "4f1c9a2e==", context: "web", company: "acme", ticket: "10424", origin: process.env.SCREEN_URL });
  expect([token?.authorization, state?.authorization]).toEqual([undefined, "Bearer token-of-10424"]);
  expect(await context.cookies()).toEqual([]);
  const frame = page.frames().find((one) => one.url().includes("/pod/acme"));
  expect(frame?.url()).not.toContain("token");
  const kept = await frame?.evaluate(() => {
    try {
      return localStorage.length + sessionStorage.length;
    } catch {
      return 0;
    }
  });
  expect(kept).toBe(0);
});

test("no rule of the page's policy is broken", async ({ page }) => {
  const broken: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) broken.push(message.text());
  });
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  await scene.says("Fresh, of version 3");
  expect(broken).toEqual([]);
});

test("another site cannot frame the page", async ({ page }) => {
  await page.goto(`${process.env.POD_URL ?? ""}/elsewhere`);
  const frame = page.frames()[1];
  expect(await frame?.evaluate(() => document.querySelector("#app") !== null).catch(() => false)).toBe(false);
});

test("the next ticket in the same frame: nothing of the old one stays", async ({ page }) => {
  const scene = await new Scene(page).open();
  await scene.says("Select the headset as the microphone in Teams");
  scene.show(null).on("POST /token", () => ({ body: { ...issued("10425"), ticket: { ...issued("10425").ticket, summary: "VPN connects but" } } }));
  await page.getByRole("button", { name: "Next ticket" }).click();
  await scene.says("#10425 VPN connects but");
  await scene.says("No session yet");
  await expect(scene.pod.locator("main")).not.toContainText("headset");
  expect(scene.asked.at(-1)?.authorization).toBe("Bearer token-of-10425");
});

test("saving the ticket goes on, unless there is text that was not sent", async ({ page }) => {
  const scene = await new Scene(page).open();
  const said = page.getByRole("status").first();
  await scene.says("What we confirmed");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(said).toHaveText("Saved.");
  await scene.button("Add a fact").first().click();
  await scene.pod.getByLabel("What did you confirm?").fill("The cable was loose.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(said).toContainText("Not saved: FlowPilot: there is text in the pod that was not sent.");
  await scene.button("Not now").click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(said).toHaveText("Saved.");
});

test("a note that was posted here has the screen read the ticket anew, once", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  scene.on("POST /sessions/s1/resolution-note/post", (body) => {
    expect(body).toEqual({ state_version: 3, edition: "edition-3" });
    scene.show(working({ status: "resolved", posting: posting() }));
    return { body: { session: {}, posting: posting() } };
  });
  await scene.button("Post note").click();
  await scene.says("Posts to the resolution of ticket #10424; nobody is e-mailed. It resolves the session.");
  await scene.button("Post note").last().click();
  await scene.says("as note 123");
  await scene.pass(20_000);
  const traffic = await page.evaluate(() => (window as unknown as { podTraffic: { message: { hosted_request?: string } }[] }).podTraffic);
  expect(traffic.filter(({ message }) => message.hosted_request === "refreshScreen")).toHaveLength(1);
  expect(scene.asked.filter(({ path }) => path.endsWith("/post"))).toHaveLength(1);
});

test("a decision by keyboard alone", async ({ page }) => {
  const scene = await new Scene(page).open();
  await scene.says("Select the headset");
  const dismiss = scene.button("Dismiss");
  await dismiss.focus();
  await page.keyboard.press("Enter");
  const why = scene.pod.getByLabel("Why not?");
  await expect(why).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dismiss).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(why).toBeFocused();
  await page.keyboard.type("It is the dock's microphone.");
  scene.on("POST /sessions/s1/cards/card-fix/actions", () => {
    scene.show(working({ state_version: 4, cards: [] }));
    return { body: { state_version: 4, status: "active", reply: null } };
  });
  await page.keyboard.press("Enter");
  await expect(dismiss).toBeHidden();
  const sent = scene.asked.find(({ path }) => path.endsWith("/actions"))?.body;
  expect(sent).toEqual({ action: "dismissed", fields: { reason: "It is the dock's microphone." }, state_version: 3 });
});

test("a script that is told once can be read and copied, and is gone when it was seen", async ({ page }) => {
  const scene = await new Scene(page).enter();
  const script = "Reset\n\n```\nReset-Password -User jane -To 'S3cret!'\n```\nOnly you see this.";
  scene.on("POST /sessions/s1/cards/card-fix/actions", () => ({ body: { state_version: 3, status: "active", reply: script } }));
  await scene.button("Use this fix").click();
  await scene.says("Reset-Password -User jane");
  await expect(scene.pod.getByRole("status").getByRole("button", { name: "Copy" })).toBeVisible();
  await scene.isInOrder("a reply");
  await scene.button("OK").click();
  await expect(scene.pod.locator("main")).not.toContainText("S3cret!");
});

test("every place that takes the focus shows it", async ({ page }) => {
  const scene = await new Scene(page).enter();
  await scene.pass(600);
  await scene.button("Use this fix").focus();
  const frame = page.frames().find((one) => one.url().includes("/pod/acme"));
  for (let i = 0; i < 20; i += 1) {
    const outline = await frame?.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
      return document.activeElement === document.body ? "page" : `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).not.toMatch(/^none| 0px$/);
    await page.keyboard.press("Tab");
  }
});

test("what is wrong is said at its field, and the text stays", async ({ page }) => {
  const scene = await new Scene(page).open();
  await scene.button("Add a fact").first().click();
  await scene.pod.getByRole("form", { name: "Add a fact" }).getByRole("button", { name: "Add a fact" }).click();
  await expect(scene.pod.getByText("Fill this in.")).toBeVisible();
  await scene.pod.getByLabel("What did you confirm?").fill("x");
  const rule = { field: "text", rule: "must be at most 2000 characters" };
  scene.on("POST /sessions/s1/facts", () => ({ status: 422, body: { title: "Unprocessable", status: 422, detail: "text", errors: [rule] } }));
  await scene.pod.getByRole("form", { name: "Add a fact" }).getByRole("button", { name: "Add a fact" }).click();
  await expect(scene.pod.getByText("must be at most 2000 characters")).toBeVisible();
  await expect(scene.pod.getByLabel("What did you confirm?")).toHaveValue("x");
  await scene.isInOrder("a form with an error");
});

test("ten tickets open at once are all shown", async ({ context }) => {
  const scenes = await Promise.all(Array.from({ length: 10 }, async () => new Scene(await context.newPage(), false).open()));
  for (const scene of scenes) await scene.says("Select the headset as the microphone in Teams");
});

test("a session that was started meanwhile is shown instead of a second one", async ({ page }) => {
  const scene = await new Scene(page).show(null).open();
  scene.on("POST /sessions", () => {
    scene.show(working());
    return problem(409, "this ticket has a session already: somebody was faster");
  });
  await scene.button("Start a session").click();
  await scene.says("Somebody has started a session.");
  await scene.says("Select the headset as the microphone in Teams");
});
