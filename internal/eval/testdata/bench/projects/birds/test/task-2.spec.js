import { test } from "@playwright/test";
import { expectBirds } from "./birds.js";

test("a bird is added", async ({ page }) => {
  await page.goto("/");
  page.on("dialog", (dialog) => dialog.accept("Kite"));
  await page.locator("#add").click();
  await expectBirds(page, ["Robin", "Wren", "Owl", "Kite"]);
});
