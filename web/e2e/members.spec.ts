import { expect, test } from "@playwright/test";
import { ConsolePage } from "./console-page";

test("a viewer reads everything and is refused privately, and stays a viewer after a reload", async ({ page, context }) => {
  const engineer = new ConsolePage(page);
  await engineer.open();
  await engineer.start("Design workstation is running slow");

  const viewer = new ConsolePage(await context.newPage());
  await viewer.open(page.url());
  await viewer.actAs("Viewer");
  await expect(viewer.openCard()).toBeVisible();
  await viewer.openCard().locator(".card-actions .button").first().click();
  await expect(viewer.log.locator(".message-private")).toContainText("Only visible to you");
  await expect(viewer.openCard()).toBeVisible();
  await expect(viewer.facts).toHaveCount(0);

  const chosen = await viewer.members.inputValue();
  await viewer.page.reload();
  await expect(viewer.members).toHaveValue(chosen);
  await expect(viewer.log.locator(".message-private")).toBeVisible();

  await page.reload();
  await expect(engineer.openCard()).toBeVisible();
  await expect(engineer.log.locator(".message-private")).toHaveCount(0);
});
