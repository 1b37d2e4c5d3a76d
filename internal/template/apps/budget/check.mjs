// What a person does with the budget, and sees. Today is 14 March 2026.

async function add(app, kind, description, amount, { category, date, repeat } = {}) {
  await app.press(app.text(kind));
  await app.fill(app.text("description"), description);
  await app.fill(app.text("amount"), amount);
  if (category) await app.choose(app.text("category"), category);
  if (date) await app.fill(app.text("date"), date);
  if (repeat) await app.press(app.text("everyMonth"));
  await app.press(app.text("add"));
  await app.sees(description);
}

async function has(app, figures) {
  await app.advance(0.1);
  for (const [key, want] of Object.entries(figures)) {
    const got = await app.value(app.text(key));
    if (got !== want) throw new Error(`${key} is ${got}, not ${want}`);
  }
}

async function limit(app, category, amount) {
  await app.press(app.text("editItem", { item: category }));
  await app.fill(app.text("limit"), amount);
  await app.press(app.text("save"));
}

/** What is said of a category. */
const envelope = (app, name) => app.frame.locator("#categories li", { hasText: name }).innerText().then((text) => text.replace(/\s+/g, " "));

async function says(app, name, want) {
  const got = await envelope(app, name);
  if (!got.includes(want)) throw new Error(`of ${name} it says ${got}, not ${want}`);
}

async function lists(app, ...want) {
  const got = await app.frame.locator("#entries .what").evaluateAll((all) => all.map((e) => e.firstChild.data));
  if (got.join() !== want.join()) throw new Error(`the entries are ${got}, not ${want}`);
}

export const checks = {
  "says that there is nothing yet": async (app) => {
    await app.sees(app.text("empty"));
    await app.sees(app.text("noIncome"));
    await app.sees("March 2026");
  },
  "says what is left of the income": async (app) => {
    await add(app, "income", "Salary", "2,000");
    await add(app, "expense", "Groceries", "500.50");
    await has(app, { income: "$2,000.00", spent: "$500.50", left: "$1,499.50" });
    await app.sees(app.text("keeps", { percent: "75%" }));
    await add(app, "expense", "Rent", "1600");
    await has(app, { left: "-$100.50" });
    await app.sees(app.text("tooMuch", { amount: "$100.50" }));
  },
  "asks what is missing": async (app) => {
    await app.press(app.text("add"));
    await app.sees(app.text("noDescription"));
    await app.fill(app.text("description"), "Rent");
    for (const amount of ["", "much", "0", "-5"]) {
      await app.fill(app.text("amount"), amount);
      await app.press(app.text("add"));
      await app.sees(app.text("noAmount"));
    }
    await app.fill(app.text("amount"), "5");
    await app.fill(app.text("date"), "");
    await app.key("Enter");
    await app.sees(app.text("noDate"));
    await lists(app);
  },
  "asks for no category of income": async (app) => {
    await app.press(app.text("income"));
    if (await app.count("#category")) throw new Error("it does");
    await app.press(app.text("expense"));
    if (!(await app.count("#category"))) throw new Error("it does not of an expense");
  },
  "says what is left of a category's limit": async (app) => {
    await limit(app, app.text("food"), "300");
    await add(app, "expense", "Groceries", "120", { category: app.text("food") });
    await says(app, app.text("food"), app.text("spentOf", { spent: "$120.00", limit: "$300.00" }));
    await says(app, app.text("food"), app.text("amountLeft", { amount: "$180.00" }));
    await add(app, "expense", "Restaurant", "200", { category: app.text("food") });
    await says(app, app.text("food"), app.text("amountOver", { amount: "$20.00" }));
    await says(app, app.text("leisure"), app.text("noLimit"));
  },
  "says how much is planned": async (app) => {
    await add(app, "income", "Salary", "1000");
    await limit(app, app.text("housing"), "700");
    await app.sees(`${app.text("planned", { amount: "$700.00" })} · ${app.text("notPlanned", { amount: "$300.00" })}`);
    await limit(app, app.text("food"), "400");
    await app.sees(app.text("overPlanned", { amount: "$100.00" }));
  },
  "adds and renames categories": async (app) => {
    await app.press(app.text("addCategory"));
    await app.press(app.text("save"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("categoryName"), "Pets");
    await app.fill(app.text("limit"), "x");
    await app.press(app.text("save"));
    await app.sees(app.text("badLimit"));
    await app.fill(app.text("limit"), "80");
    await app.press(app.text("save"));
    await add(app, "expense", "Hay", "30", { category: "Pets" });
    await app.press(app.text("editItem", { item: "Pets" }));
    await app.fill(app.text("categoryName"), "Rabbits");
    await app.press(app.text("save"));
    await says(app, "Rabbits", app.text("spentOf", { spent: "$30.00", limit: "$80.00" }));
  },
  "deletes a category, and takes that back": async (app) => {
    const item = app.text("transport");
    await app.press(app.text("deleteItem", { item }));
    await app.sees(app.text("deleted", { item }));
    if ((await app.frame.locator("#categories li").count()) !== 5) throw new Error("it is still there");
    await app.press(app.text("undo"));
    await says(app, item, app.text("noLimit"));
  },
  "changes an entry": async (app) => {
    await add(app, "expense", "Groceries", "120.50", { category: app.text("food") });
    await app.press(app.text("editItem", { item: "Groceries" }));
    if ((await app.value(app.text("amount"))) !== "120.5") throw new Error(`the amount is ${await app.value(app.text("amount"))}`);
    await app.fill(app.text("amount"), "99");
    await app.press(app.text("save"));
    await has(app, { spent: "$99.00" });
    await lists(app, "Groceries");
    await app.press(app.text("editItem", { item: "Groceries" }));
    await app.press(app.text("cancel"));
    if ((await app.value(app.text("description"))) !== "") throw new Error("the form still has it");
  },
  "deletes an entry, and takes that back": async (app) => {
    await add(app, "expense", "Groceries", "120");
    await app.press(app.text("deleteItem", { item: "Groceries" }));
    await lists(app);
    await has(app, { spent: "$0.00" });
    await app.press(app.text("undo"));
    await lists(app, "Groceries");
  },
  "turns to other months": async (app) => {
    await add(app, "expense", "Skis", "200", { date: "2026-02-03" });
    await app.sees("February 2026");
    await app.press(app.text("nextMonth"));
    await app.sees("March 2026");
    await lists(app);
    await app.press(app.text("previousMonth"));
    await lists(app, "Skis");
  },
  "repeats what comes every month": async (app) => {
    await add(app, "income", "Salary", "1000", { date: "2026-02-01", repeat: true });
    await app.press(app.text("nextMonth"));
    await lists(app, "Salary");
    await has(app, { income: "$1,000.00" });
    await app.press(app.text("previousMonth"));
    await app.press(app.text("previousMonth"));
    await lists(app);
  },
  "shows an example, and takes that back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await has(app, { income: "$2,450.00", spent: "$1,649.40" });
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  },
  "writes another currency": async (app) => {
    await add(app, "income", "Salary", "1000");
    await app.choose(app.text("currency"), "GBP");
    await has(app, { income: "£1,000.00" });
  },
  "shows markup as text": async (app) => {
    await add(app, "expense", "<b>Rent</b>", "5");
    await lists(app, "<b>Rent</b>");
  },
  "remembers the budget": { needs: ["storage"], run: async (app) => {
    await limit(app, app.text("food"), "300");
    await add(app, "expense", "Groceries", "120", { category: app.text("food") });
    await app.choose(app.text("currency"), "EUR");
    await app.reload();
    await app.sees("Groceries");
    await says(app, app.text("food"), app.text("spentOf", { spent: "€120.00", limit: "€300.00" }));
  } },
  "draws six months": { needs: ["charts"], run: async (app) => {
    await add(app, "income", "Salary", "1000");
    await add(app, "expense", "Groceries", "500", { date: "2026-03-02" });
    const heights = await app.frame.locator("#chart rect").evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("height"))));
    if (heights.length !== 12 || heights[10] !== 140 || heights[11] !== 70) throw new Error(`the bars are ${heights}`);
  } },
  "has no chart": { without: ["charts"], run: async (app) => {
    await app.hides(app.text("lastMonths"));
  } },
  "finds entries": { needs: ["search"], run: async (app) => {
    await add(app, "income", "Salary", "1000");
    await add(app, "expense", "Groceries", "50", { category: app.text("food") });
    await app.fill(app.text("search"), "FOOD");
    await lists(app, "Groceries");
    await app.fill(app.text("search"), "yacht");
    await app.sees(app.text("nothingFound"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "exports the entries": { needs: ["export"], run: async (app) => {
    await add(app, "expense", "Tea, milk", "5.5", { category: app.text("food") });
    await app.press(app.text("export"));
    await app.sees('expense,"Tea, milk",5.5,Food,2026-03-14,false');
  } },
  "imports entries": { needs: ["import"], run: async (app) => {
    const text = async (lines) => {
      await app.fill(app.text("importText"), lines);
      await app.press(app.text("importData"));
    };
    await app.press(app.text("import"));
    await text("gift,Tea,5,,2026-03-02");
    await app.sees(app.text("badKind"));
    await text("expense,Tea,none,,2026-03-02");
    await app.sees(app.text("noAmount"));
    await text("expense,Tea,5,,2 March");
    await app.sees(app.text("noDate"));
    await text("Expense,Tea,5,Pantry,2026-03-02\nIncome,Salary,100,,2026-03-01,true");
    await lists(app, "Tea", "Salary");
    await says(app, "Pantry", "$5.00");
    await has(app, { income: "$100.00", left: "$95.00" });
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  } },
  "prints the plan and no form": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const [plan, form] = [await app.count("#categories li"), await app.count("#form")];
    await app.page.emulateMedia({ media: null });
    if (plan !== 6 || form) throw new Error(`there are ${plan} categories and ${form} forms on paper`);
  } },
};
