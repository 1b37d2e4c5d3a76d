import { expect, test } from "@playwright/test";
import { expectBirds } from "./birds.js";

test.use({ viewport: { width: 400, height: 600 } });

test("three birds", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading")).toHaveText("Birds");
  await expectBirds(page, ["Robin", "Wren", "Owl"]);
  expect(await page.evaluate(() => innerWidth)).toBe(400);
});
