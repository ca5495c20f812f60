import { expect, test } from "@playwright/test";
import { SIGNED_IN } from "../playwright.config";

test("the printed address lets this browser in, once", async ({ page, browser }) => {
  const address = process.env.FLOWPILOT_URL ?? "";
  await page.goto(address);
  await expect(page.getByRole("heading", { name: "FlowPilot", level: 1 })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Queue" })).toBeVisible();
  expect(new URL(page.url()).searchParams.has("k")).toBe(false);
  await page.context().storageState({ path: SIGNED_IN });

  const another = await (await browser.newContext()).newPage();
  await another.goto(address);
  await expect(another.getByRole("navigation", { name: "Queue" })).toBeHidden();
  await another.context().close();
});
