const { expect } = require("@playwright/test");

/** Answers the page's next dialog, and tells what it said. */
exports.nextDialog = (page, answer) => new Promise((said) => {
  page.once("dialog", async (dialog) => {
    await (answer ? dialog.accept() : dialog.dismiss());
    said(dialog.message());
  });
});

exports.expectText = (page, selector, text) => expect(page.locator(selector)).toHaveText(text);
