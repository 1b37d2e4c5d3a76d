const { test, expect } = require("@playwright/test");

test("the count survives a reload", async ({ page }) => {
  await page.goto("/");
  await page.click("#more");
  await page.reload();
  await expect(page.locator("#count")).toHaveText("1");
});

test("there is help", async ({ page }) => {
  await page.goto("/help.html");
  await expect(page.getByRole("heading")).toHaveText("Help");
  await expect(page).toHaveTitle("Help");
});

test("to help and back", async ({ page }) => {
  await page.goto("/");
  await page.locator("#more").click();
  await page.getByRole("link", { name: "Help" }).click();
  await expect(page.getByRole("heading")).toHaveText("Help");
  await page.goBack();
  await expect(page.locator("#count")).toHaveText("1");
});
