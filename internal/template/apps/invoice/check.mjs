// What a person does with the invoice, and sees. Today is 14 March 2026.

const field = (app, key, n) => app.text("inLine", { field: app.text(key), n });

async function line(app, n, description, quantity, price) {
  await app.fill(field(app, "description", n), description);
  await app.fill(field(app, "quantity", n), quantity);
  await app.fill(field(app, "price", n), price);
}

async function has(app, figures) {
  await app.advance(0.1);
  for (const [name, want] of Object.entries(figures)) {
    const got = await app.frame.locator(`#${name}`).innerText();
    if (got !== want) throw new Error(`${name} is ${got}, not ${want}`);
  }
}

async function lines(app, want) {
  const got = await app.frame.locator("#lines tr").count();
  if (got !== want) throw new Error(`there are ${got} lines, not ${want}`);
}

const isWrong = (app, label) => app.frame.getByLabel(label, { exact: true }).getAttribute("aria-invalid");

export const checks = {
  "begins with a number and dates": async (app) => {
    if ((await app.value(app.text("number"))) !== "2026-001") throw new Error(`the number is ${await app.value(app.text("number"))}`);
    if ((await app.value(app.text("date"))) !== "2026-03-14") throw new Error("it is not of today");
    if ((await app.value(app.text("due"))) !== "2026-03-28") throw new Error("it is not due in 14 days");
    await has(app, { total: "$0.00" });
  },
  "adds up lines": async (app) => {
    await line(app, 1, "Website", "1", "1,200");
    await app.press(app.text("addLine"));
    await line(app, 2, "Photos", "2.5", "60.30");
    await has(app, { subtotal: "$1,350.75", total: "$1,350.75" });
    if ((await app.value(field(app, "amount", 2))) !== "$150.75") throw new Error(`the amount is ${await app.value(field(app, "amount", 2))}`);
  },
  "takes off a discount, and adds the tax": async (app) => {
    await line(app, 1, "Website", "2", "100");
    await app.fill(app.text("discountRate"), "10");
    await app.fill(app.text("taxRate"), "20%");
    await has(app, { subtotal: "$200.00", discount: "-$20.00", tax: "$36.00", total: "$216.00" });
  },
  "says which number cannot be read": async (app) => {
    await line(app, 1, "Website", "two", "100");
    await app.sees(app.text("badNumber"));
    await has(app, { total: "–" });
    if ((await isWrong(app, field(app, "quantity", 1))) !== "true") throw new Error("it is not marked");
    await app.fill(field(app, "quantity", 1), "2");
    await app.hides(app.text("badNumber"));
    await app.fill(app.text("taxRate"), "much");
    await app.sees(app.text("badNumber"));
    if ((await isWrong(app, app.text("taxRate"))) !== "true") throw new Error("the tax is not marked");
  },
  "adds lines by Enter": async (app) => {
    await line(app, 1, "Website", "1", "100");
    await app.key("Enter");
    await lines(app, 2);
    await app.page.keyboard.type("Photos");
    if ((await app.value(field(app, "description", 2))) !== "Photos") throw new Error("the new line has no focus");
  },
  "deletes a line, and takes that back": async (app) => {
    await line(app, 1, "Website", "1", "100");
    await app.press(app.text("addLine"));
    await line(app, 2, "Photos", "1", "50");
    await app.press(app.text("deleteLine", { n: 1 }));
    await has(app, { total: "$50.00" });
    await app.press(app.text("undo"));
    await has(app, { total: "$150.00" });
    if ((await app.value(field(app, "description", 1))) !== "Website") throw new Error("the order is another one");
    for (const n of [2, 1]) await app.press(app.text("deleteLine", { n }));
    await lines(app, 1);
  },
  "begins a new invoice with the next number": async (app) => {
    await app.fill(app.text("from"), "Ada Studio");
    await app.fill(app.text("to"), "Mill Ltd");
    await line(app, 1, "Website", "1", "100");
    await app.fill(app.text("number"), "R-099");
    await app.press(app.text("newInvoice"));
    if ((await app.value(app.text("number"))) !== "R-100") throw new Error(`the number is ${await app.value(app.text("number"))}`);
    if ((await app.value(app.text("from"))) !== "Ada Studio" || (await app.value(app.text("to"))) !== "") throw new Error("it is not from the same, to another");
    await line(app, 1, "Photos", "1", "50");
    await has(app, { outstanding: "$150.00" });
    await app.press(app.text("openInvoice", { number: "R-099" }));
    if ((await app.value(app.text("to"))) !== "Mill Ltd") throw new Error("it does not open");
    await has(app, { total: "$100.00" });
  },
  "says what is paid, open and overdue": async (app) => {
    await line(app, 1, "Website", "1", "100");
    await app.sees(`${app.text("open")} · Mar 28, 2026`);
    await app.fill(app.text("due"), "2026-03-13");
    await app.sees(app.text("overdue"));
    await app.press(app.text("paid"));
    await app.hides(app.text("overdue"));
    await has(app, { outstanding: "$0.00" });
  },
  "deletes an invoice, and takes that back": async (app) => {
    await app.fill(app.text("to"), "Mill Ltd");
    await app.press(app.text("newInvoice"));
    await app.press(app.text("deleteInvoice", { number: "2026-001" }));
    await app.hides("Mill Ltd");
    await app.press(app.text("undo"));
    await app.sees("Mill Ltd");
    await app.press(app.text("deleteInvoice", { number: "2026-002" }));
    if ((await app.value(app.text("to"))) !== "Mill Ltd") throw new Error("the other one is not shown");
  },
  "shows an example, and takes that back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await has(app, { subtotal: "$1,692.00", total: "$1,928.88" });
    await app.press(app.text("undo"));
    await has(app, { total: "$0.00" });
  },
  "writes another currency": async (app) => {
    await line(app, 1, "Website", "1", "100");
    await app.choose(app.text("currency"), "GBP");
    await has(app, { total: "£100.00" });
  },
  "remembers the invoices": { needs: ["storage"], run: async (app) => {
    await app.fill(app.text("to"), "Mill Ltd");
    await line(app, 1, "Website", "2", "100");
    await app.press(app.text("paid"));
    await app.reload();
    await app.sees("Mill Ltd");
    await has(app, { total: "$200.00" });
    if ((await app.value(app.text("paid"))) !== true) throw new Error("it is not paid any more");
  } },
  "prints the invoice alone": { needs: ["print"], run: async (app) => {
    await line(app, 1, "Website", "1", "100");
    await app.fill(app.text("taxRate"), "20");
    await app.page.emulateMedia({ media: "print" });
    const seen = await app.frame.evaluate(() => ["#lines input", "#tax-row", "#discount-row", "#invoices", "#currency"].map((selector) => document.querySelector(selector).checkVisibility()));
    await app.page.emulateMedia({ media: null });
    if (seen.join() !== "true,true,false,false,false") throw new Error(`what is seen on paper is ${seen}`);
  } },
  "shares the invoice as a text": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.fill(app.text("from"), "Ada Studio");
    await app.fill(app.text("to"), "Mill Ltd");
    await line(app, 1, "Website", "2", "100");
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Invoice 2026-001\nAda Studio → Mill Ltd\n2 × Website: $200.00\nTotal: $200.00")) throw new Error(`it is ${copied}`);
  } },
  "exports the list of invoices": { needs: ["export"], run: async (app) => {
    await app.fill(app.text("to"), "Mill, Baker");
    await line(app, 1, "Website", "2", "100");
    await app.press(app.text("export"));
    await app.sees('2026-001,2026-03-14,2026-03-28,"Mill, Baker",200.00,USD,Open');
  } },
};
