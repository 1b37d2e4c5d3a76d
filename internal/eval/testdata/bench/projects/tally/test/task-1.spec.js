const { test, expect } = require("@playwright/test");
const { expectText } = require("@bench/util");

test.beforeEach(({ page }) => page.goto("/index.html"));

test("the button counts", async ({ page }) => {
  const count = page.locator("#count");
  await expect(count).toHaveText("0");
  await page.click("#more");
  await page.locator("#more").focus();
  await page.keyboard.press("Enter");
  await expect(count).toHaveText("2");
  await page.reload();
  await expect(count).toHaveText(/^[02]$/); // a later task keeps it
});

test("the count is a number", async ({ page }) => {
  await expectText(page, "#count", /^\d+$/);
  expect(await page.evaluate(() => Number(document.querySelector("#count").textContent))).toBe(0);
});
