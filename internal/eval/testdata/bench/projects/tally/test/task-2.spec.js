const { test, expect } = require("@playwright/test");
const { nextDialog } = require("@bench/util");

for (const [answer, left] of [[true, "0"], [false, "1"]]) {
  test(`start again: ${answer}`, async ({ page }) => {
    await page.goto("/");
    await page.click("#more");
    const said = nextDialog(page, answer);
    await page.click("#again");
    expect(await said).not.toBe("");
    await expect(page.locator("#count")).toHaveText(left);
  });
}
