const { test, expect } = require("@playwright/test");
const fs = require("node:fs");
const path = require("node:path");

test("the form counts", async ({ page }) => {
  await page.goto("index.html");
  await page.locator("#by").fill("5");
  await page.keyboard.press("Enter");
  await expect(page.locator("#count")).toHaveText("5");
});

test("the files are there, too", () => {
  expect(fs.readFileSync(path.join(__dirname, "../src/index.html"), "utf8")).toContain("<form");
});
