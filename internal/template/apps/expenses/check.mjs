// What a person does with the expenses, and sees.

async function add(app, description, amount, category = "food", date = "") {
  await app.fill(app.text("description"), description);
  await app.fill(app.text("amount"), amount);
  await app.choose(app.text("category"), app.text(category));
  if (date) await app.fill(app.text("date"), date);
  await app.press(app.text("add"));
}

/** The expenses that are listed, by their descriptions. */
async function lists(app, ...want) {
  await app.sees(app.text("expenses", { n: want.length }));
  const seen = await app.frame.locator("#expenses .what").evaluateAll((all) => all.map((e) => e.firstChild.textContent));
  if (seen.join() !== want.join()) throw new Error(`it lists ${seen}, not ${want}`);
}

async function totals(app, want) {
  await app.sees(want);
  const total = await app.value(app.text("total"));
  if (total !== want) throw new Error(`the total is ${total}, not ${want}`);
}

export const checks = {
  "begins empty, in this month": async (app) => {
    await app.sees("March 2026");
    await app.sees(app.text("empty"));
    await totals(app, "$0.00");
    if ((await app.value(app.text("date"))) !== "2026-03-14") throw new Error("the date is not today");
  },
  "adds expenses, and sums them": async (app) => {
    await add(app, "Bread", "3.20");
    await add(app, "Bus", "2.80", "transport");
    await lists(app, "Bus", "Bread");
    await totals(app, "$6.00");
    await app.hides(app.text("empty"));
  },
  "adds with the Enter key": async (app) => {
    await app.fill(app.text("description"), "Bread");
    await app.fill(app.text("amount"), "3");
    await app.focus(app.text("amount"));
    await app.key("Enter");
    await lists(app, "Bread");
    if (await app.value(app.text("description"))) throw new Error("the form is not empty");
  },
  "reads amounts as people write them": async (app) => {
    await add(app, "Sofa", "1,234.50");
    await totals(app, "$1,234.50");
    await add(app, "Lamp", "12,5");
    await totals(app, "$1,247.00");
    await add(app, "Desk", "$ 100");
    await totals(app, "$1,347.00");
  },
  "says what is missing": async (app) => {
    await app.press(app.text("add"));
    await app.sees(app.text("noDescription"));
    await app.fill(app.text("description"), "Bread");
    for (const amount of ["", "0", "-3", "much"]) {
      await app.fill(app.text("amount"), amount);
      await app.press(app.text("add"));
      await app.sees(app.text("noAmount"));
    }
    await app.fill(app.text("amount"), "3");
    await app.fill(app.text("date"), "");
    await app.press(app.text("add"));
    await app.sees(app.text("noDate"));
    await app.fill(app.text("date"), "2026-03-01");
    await app.press(app.text("add"));
    await lists(app, "Bread");
    await app.hides(app.text("noDate"));
  },
  "sums by category": async (app) => {
    await add(app, "Bread", "30");
    await add(app, "Tea", "45");
    await add(app, "Bus", "25", "transport");
    await app.sees(/Food 75% \$75\.00.*Transport 25% \$25\.00/);
  },
  "edits an expense": async (app) => {
    await add(app, "Bread", "3");
    await add(app, "Tea", "4.5");
    await app.press(app.text("editItem", { item: "Bread" }));
    await app.sees(app.text("editExpense"));
    if ((await app.value(app.text("amount"))) !== "3") throw new Error("the amount is not in the form");
    await app.fill(app.text("description"), "Rye bread");
    await app.fill(app.text("amount"), "5");
    await app.press(app.text("save"));
    await lists(app, "Tea", "Rye bread");
    await totals(app, "$9.50");
    await app.sees(app.text("addExpense"));
  },
  "leaves an expense as it was": async (app) => {
    await add(app, "Bread", "3");
    await app.press(app.text("editItem", { item: "Bread" }));
    await app.fill(app.text("description"), "Cake");
    await app.press(app.text("cancel"));
    await lists(app, "Bread");
    await app.press(app.text("editItem", { item: "Bread" }));
    await app.key("Escape");
    await app.sees(app.text("addExpense"));
  },
  "deletes an expense, and takes that back": async (app) => {
    await add(app, "Bread", "3");
    await add(app, "Tea", "4");
    await app.press(app.text("deleteItem", { item: "Bread" }));
    await app.sees(app.text("deleted"));
    await lists(app, "Tea");
    await app.press(app.text("undo"));
    await lists(app, "Tea", "Bread");
    await totals(app, "$7.00");
  },
  "turns the months, and compares them": async (app) => {
    await add(app, "Rent", "500", "home", "2026-02-10");
    await app.sees("February 2026");
    await app.press(app.text("nextMonth"));
    await app.sees(app.text("empty"));
    await add(app, "Rent", "520", "home", "2026-03-10");
    await app.sees(app.text("moreThanBefore", { amount: "$20.00" }));
    await app.press(app.text("previousMonth"));
    await totals(app, "$500.00");
    await app.press(app.text("previousMonth"));
    await app.press(app.text("previousMonth"));
    await app.sees("December 2025");
  },
  "takes another currency": async (app) => {
    await add(app, "Bread", "3");
    await app.choose(app.text("currency"), "EUR");
    await totals(app, "€3.00");
  },
  "shows an example, and takes it back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await app.sees(app.text("expenses", { n: 8 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  },
  "writes what is typed as text": async (app) => {
    await add(app, "<b>x</b> & \"y\"", "3");
    await lists(app, "<b>x</b> & \"y\"");
  },
  "remembers all": {
    needs: ["storage"],
    run: async (app) => {
      await add(app, "Bread", "3");
      await app.choose(app.text("currency"), "EUR");
      await app.reload();
      await lists(app, "Bread");
      await totals(app, "€3.00");
    },
  },
  "draws a ring": {
    needs: ["charts"],
    run: async (app) => {
      const parts = () => app.count("#chart [data-category]");
      if (await parts()) throw new Error("the ring is not empty");
      await add(app, "Bread", "30");
      await add(app, "Bus", "10", "transport");
      const arcs = await app.frame.locator("#chart [data-category]").evaluateAll((all) => all.map((e) => `${e.dataset.category} ${Math.round(parseFloat(e.getAttribute("stroke-dasharray")))}`));
      if (arcs.join() !== "food 74,transport 24") throw new Error(`the ring has ${arcs}`);
    },
  },
  "has no ring": {
    without: ["charts"],
    run: async (app) => {
      if (await app.count("#chart")) throw new Error("there is a chart");
      await app.sees(app.text("spent"));
    },
  },
  "filters by category": {
    needs: ["filter"],
    run: async (app) => {
      await add(app, "Bread", "3");
      await add(app, "Bus", "2", "transport");
      await app.choose(app.text("show"), app.text("food"));
      await lists(app, "Bread");
      await app.choose(app.text("show"), app.text("health"));
      await app.sees(app.text("nothingFound"));
      await add(app, "Tram", "2", "transport");
      await lists(app, "Tram", "Bus", "Bread");
    },
  },
  "finds by words": {
    needs: ["search"],
    run: async (app) => {
      await add(app, "Rye bread", "3");
      await add(app, "Bus", "2", "transport");
      await app.fill(app.text("search"), "BREAD");
      await lists(app, "Rye bread");
      await app.fill(app.text("search"), "transp");
      await lists(app, "Bus");
      await app.fill(app.text("search"), "gold");
      await app.sees(app.text("nothingFound"));
    },
  },
  "sorts": {
    needs: ["sort"],
    run: async (app) => {
      await add(app, "Bread", "3", "food", "2026-03-10");
      await add(app, "Bus", "2", "transport", "2026-03-12");
      await add(app, "Book", "9", "leisure", "2026-03-11");
      await lists(app, "Bus", "Book", "Bread");
      await app.choose(app.text("sortBy"), app.text("oldest"));
      await lists(app, "Bread", "Book", "Bus");
      await app.choose(app.text("sortBy"), app.text("largest"));
      await lists(app, "Book", "Bread", "Bus");
      await app.choose(app.text("sortBy"), app.text("smallest"));
      await lists(app, "Bus", "Bread", "Book");
    },
  },
  "exports a table": {
    needs: ["export"],
    run: async (app) => {
      await add(app, "Bread, \"rye\"", "3");
      await app.press(app.text("export"));
      await app.sees('2026-03-14,"Bread, ""rye""",Food,3,USD');
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
    },
  },
  "imports expenses": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Date,Description,Category,Amount\n2026-03-02,Bread,food,3.20\n2026-03-03,Bus,Transport,nothing");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("noAmount")}`);
    await app.fill(app.text("importText"), 'Date;Description;Category;Amount\n2026-03-02;Bread;food;"$3.20"\n2026-03-03;Bus;Transport;1,234.5\n');
    await app.press(app.text("importData"));
    await lists(app, "Bus", "Bread");
    await totals(app, "$1,237.70");
    await app.sees("Transport");
    await app.press(app.text("undo"));
    await totals(app, "$0.00");
  } },
  "imports no day that is none": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "soon,Bread,food,3.20");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 1 })}: ${app.text("badDay", { value: "soon" })}`);
  } },
};
