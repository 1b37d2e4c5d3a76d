import { expect, test } from "@playwright/test";

test("another page", async ({ page }) => {
  await page.goto("/about.html");
  await expect(page.getByRole("heading")).toHaveText("About");
});
