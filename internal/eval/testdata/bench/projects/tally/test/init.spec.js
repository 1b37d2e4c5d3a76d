const { test, expect } = require("@playwright/test");

test.beforeEach(({ page }) => page.goto("/index.html"));

test("there is a root", async ({ page }) => {
  await expect(page.locator(".root")).toBeAttached();
  await expect(page).toHaveTitle("Tally");
});
