import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("a viewer reads everything and is refused privately", async ({ page, context }) => {
  const engineer = new ConsolePage(page);
  await engineer.open();
  await engineer.startFreshTicket();

  const viewer = new ConsolePage(await context.newPage());
  await viewer.open(page.url());
  await viewer.actAs("Viewer");
  await viewer.openCard().locator(".card-actions .button:not([aria-haspopup])").first().click();
  await expect(viewer.log.locator(".message-private")).toContainText("Only visible to you");
  await expect(viewer.openCard()).toBeVisible();

  await page.reload();
  await expect(engineer.openCard()).toBeVisible();
  await expect(engineer.log.locator(".message-private")).toHaveCount(0);
});

test("the member one acts as survives a reload", async ({ page }) => {
  const console = new ConsolePage(page);
  await console.open();
  await console.actAs("Viewer");
  const chosen = await console.members.inputValue();
  await page.reload();
  await expect(console.members).toHaveValue(chosen);
});
