import { test } from "@playwright/test";
import { expectBirds } from "./birds.js";

test.describe("searching", () => {
  test.beforeEach(({ page }) => page.goto("/"));

  test("some are left", async ({ page }) => {
    await page.locator("#search").fill("r");
    await expectBirds(page, ["Robin", "Wren"]);
  });
});
