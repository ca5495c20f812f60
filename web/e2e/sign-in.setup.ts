import { expect, test } from "@playwright/test";
import { SIGNED_IN } from "../playwright.config";

test("the printed address lets this browser in", async ({ page }) => {
  await page.goto(process.env.FLOWPILOT_URL ?? "");
  await expect(page.getByRole("heading", { name: "FlowPilot", level: 1 })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Queue" })).toBeVisible();
  expect(new URL(page.url()).searchParams.has("k")).toBe(false);
  await page.context().storageState({ path: SIGNED_IN });
});
