import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("one click starts work on the first open ticket, and clicks lead to the posted note", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await expect(console.queue.locator(".row:not(.row-closed)").first()).toHaveAttribute("aria-current", "true");
  await console.workButton().click();
  await expect(console.step("Describe")).toContainText("done");

  await console.answerUntil("fix");
  await expect(console.step("Confirm")).toContainText("done");
  await console.answer(console.openCard("fix"));
  await expect(console.step("Fix")).toContainText("done");

  await console.answer(await console.answerUntil("note"));
  await expect(console.step("Resolve")).toContainText("done");
  await expect(console.ticket.locator(".note-resolution")).toContainText("Problem");
});
