import { expect, test } from "@playwright/test";
import { ANSWER, ConsolePage } from "./console-page";

test("commands are completed with the arrow keys, Esc closes their list, Shift+Enter makes a line", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("VPN error 809 from the hotel");
  await console.composer.fill("/");
  const list = page.getByRole("listbox", { name: "Commands" });
  await expect(list.getByRole("option").first()).toHaveAttribute("aria-selected", "true");

  await page.keyboard.press("ArrowDown");
  const second = list.getByRole("option").nth(1);
  await expect(second).toHaveAttribute("aria-selected", "true");
  await expect(console.composer).toHaveAttribute("aria-activedescendant", (await second.getAttribute("id")) ?? "");
  const word = (await second.locator("code").textContent())?.split(" ")[0] ?? "";
  await page.keyboard.press("Tab");
  await expect(console.composer).toBeFocused();
  await expect(console.composer).toHaveValue(new RegExp(`^${word} ?$`));

  await console.composer.fill("/re");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await expect(console.composer).toHaveValue("/re");

  await console.composer.fill("");
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await expect(console.composer).toHaveValue("one\ntwo");
});

test("a word that was written becomes the text of a command, and the page waits for no words in return", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Account locked out after the holidays");
  await console.composer.fill("It prints from the other PC");
  const commands = page.getByRole("button", { name: "Commands" });
  await commands.click();
  const list = page.getByRole("listbox", { name: "Commands" });
  await expect(list.getByRole("option", { name: "/status" })).toHaveCount(0);
  await commands.click();
  await expect(list).toBeHidden();
  await expect(console.composer).toHaveValue("It prints from the other PC");

  await commands.click();
  await list.getByRole("option", { name: "/fact" }).click();
  await expect(console.composer).toHaveValue("/fact It prints from the other PC");
  await page.keyboard.press("Enter");
  await expect(console.facts).toContainText(["It prints from the other PC"]);
  await expect(console.log.locator(".waiting")).toBeHidden();
});

test("every command of the list can be chosen and does something", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.start("Outlook keeps asking for my password");
  await console.composer.fill("/");
  const options = page.getByRole("listbox", { name: "Commands" }).getByRole("option");
  const words = (await options.locator("code").allTextContents()).map((usage) => usage.split(" ")[0] ?? "");
  expect(words.length).toBeGreaterThan(20);
  // What ends the work comes last.
  const last = ["/abandon", "/resume", "/resolve", "/post"];
  // The tests share their members: who one is in ConnectWise is kept.
  const kept = [...last, "/unlink"];
  for (const word of [...words.filter((each) => !kept.includes(each)), ...last]) {
    await console.composer.fill(word);
    await page.keyboard.press("Tab");
    await expect(console.composer).toHaveValue(new RegExp(`^${word} ?$`));
    if ((await console.composer.inputValue()).endsWith(" ")) await page.keyboard.type(ANSWER);
    await page.keyboard.press("Enter");
    await expect(console.log.locator(".message-body").filter({ hasText: word }).last()).toBeVisible();
    // An open check of one's own is recorded, or skipped, without a word: it shows in /status and in the note.
    if (word !== "/check" && word !== "/skip") await expect(console.log.locator(".waiting"), word).toBeHidden();
    await expect(console.log.locator(".message").last(), word).not.toContainText("is not known");
  }
  await expect(console.ticket.locator(".note-resolution")).toHaveCount(1);
});

test("before work has started no command is offered that needs it", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.choose("New starter is not in the right teams");
  await console.composer.fill("/");
  await expect(page.getByRole("listbox", { name: "Commands" })).toBeHidden();
  await page.getByRole("button", { name: "New thread" }).click();
  await console.composer.fill("/");
  await expect(page.getByRole("listbox", { name: "Commands" }).getByRole("option")).toHaveText([/^\/start/]);
});

test("the thread stays where the reader is, and says that there is more", async ({ page, context }) => {
  const console = new ConsolePage(page);
  await page.setViewportSize({ width: 1440, height: 450 });
  await console.open();
  await console.start("Printer on the second floor does not print");
  await console.answer(console.openCard());
  await expect(console.openCard()).toBeVisible();
  // What arrives while one scrolls may still be followed: as a reader would, scroll once more.
  await expect(async () => {
    await console.log.evaluate((log) => log.scrollTo({ top: 0, behavior: "instant" }));
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    expect(await console.log.evaluate((log) => log.scrollTop)).toBe(0);
  }).toPass();

  const other = new ConsolePage(await context.newPage());
  await other.open(page.url());
  await expect(other.openCard()).toBeVisible();
  await other.answer(other.openCard());

  const pill = page.getByRole("button", { name: /new message/ });
  await expect(pill).toBeVisible();
  expect(await console.log.evaluate((log) => log.scrollTop)).toBe(0);
  await pill.click();
  await expect(pill).toBeHidden();
  await expect(console.openCard().locator(".card-actions")).toBeInViewport();
});
