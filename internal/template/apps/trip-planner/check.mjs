// What a person does with the trip, and sees: it begins with three days in Lisbon. Today is 14 March 2026.

async function add(app, what, others = {}) {
  await app.fill(app.text("what"), what);
  for (const [key, value] of Object.entries(others)) await app.fill(app.text(key), value);
  await app.press(app.text("add"));
}

/** What is planned on a day. */
async function planned(app, n, ...want) {
  await app.advance(0.1);
  const got = await app.frame.locator("#days > section").nth(n - 1).locator(".plan").evaluateAll((all) => all.map((e) => e.firstChild.data));
  if (got.join() !== want.join()) throw new Error(`on day ${n} there is ${got}, not ${want}`);
}

async function total(app, want) {
  const got = await app.value(app.text("total"));
  if (got !== want) throw new Error(`it costs ${got}, not ${want}`);
}

async function begin(app) {
  await app.press(app.text("newTrip"));
  await app.fill(app.text("destination"), "Oslo");
}

export const checks = {
  "shows a sample trip, and says so": async (app) => {
    await app.sees("Lisbon");
    await app.sees(app.text("sampleNote"));
    await app.sees(app.text("dayNumber", { n: 1, date: "Monday, April 13" }));
    await planned(app, 2, "Torre de Belém", "Lunch at the market", "Tram 28");
    await total(app, "$356.10");
  },
  "begins a new trip, and takes that back": async (app) => {
    await begin(app);
    await planned(app, 1);
    await app.hides(app.text("sampleNote"));
    await app.sees(app.text("nothingPlanned"));
    await app.press(app.text("undo"));
    await app.sees("Lisbon");
    await planned(app, 3, "Walk through the old town", "Journey home");
  },
  "plans a day in the order of time": async (app) => {
    await begin(app);
    await add(app, "Dinner", { time: "19:00", place: "Harbour", cost: "30.50" });
    await add(app, "Opera", { time: "14:00", cost: "20" });
    await planned(app, 1, "Opera", "Dinner");
    await app.sees("Harbour");
    await total(app, "$50.50");
  },
  "plans another day": async (app) => {
    await begin(app);
    await app.choose(app.text("day"), app.text("dayNumber", { n: 2, date: "Tuesday, April 14" }));
    await add(app, "Fjord");
    await planned(app, 1);
    await planned(app, 2, "Fjord");
  },
  "says what is wrong": async (app) => {
    await add(app, "");
    await app.sees(app.text("noWhat"));
    await add(app, "Opera", { cost: "much" });
    await app.sees(app.text("badCost"));
    await add(app, "Opera", { cost: "20" });
    await app.hides(app.text("badCost"));
  },
  "has as many days as the dates say": async (app) => {
    await app.fill(app.text("to"), "2026-04-17");
    await app.sees(app.text("days", { n: 5 }));
    if (await app.count("#days > section") !== 5) throw new Error(`there are ${await app.count("#days > section")} days`);
    await app.fill(app.text("to"), "2026-04-10");
    await app.sees(app.text("badDates"));
    await app.fill(app.text("to"), "2026-04-13");
    await app.hides(app.text("badDates"));
    await app.sees(app.text("days", { n: 1 }));
    await total(app, "$320.00");
  },
  "changes a plan": async (app) => {
    await app.press(app.text("editItem", { item: "Tram 28" }));
    if (await app.value(app.text("cost")) !== "3.1") throw new Error("the form is not filled");
    await app.fill(app.text("what"), "Tram 12");
    await app.fill(app.text("time"), "09:00");
    await app.press(app.text("save"));
    await planned(app, 2, "Tram 12", "Torre de Belém", "Lunch at the market");
  },
  "deletes a plan, and takes that back": async (app) => {
    await app.press(app.text("deleteItem", { item: "Tram 28" }));
    await planned(app, 2, "Torre de Belém", "Lunch at the market");
    await total(app, "$353.00");
    await app.press(app.text("undo"));
    await total(app, "$356.10");
  },
  "counts in another currency": async (app) => {
    await app.choose(app.text("currency"), "EUR");
    await total(app, "€356.10");
  },
  "remembers the trip": { needs: ["storage"], run: async (app) => {
    await begin(app);
    await add(app, "Opera");
    await app.reload();
    await app.sees("Oslo");
    await planned(app, 1, "Opera");
  } },
  "counts the days until then": { needs: ["timer"], run: async (app) => {
    if (await app.value(app.text("daysLeft")) !== "30") throw new Error(`there are ${await app.value(app.text("daysLeft"))}`);
  } },
  "counts no days": { without: ["timer"], run: (app) => app.hides(app.text("daysLeft")) },
  "keeps a packing list": { needs: ["checklists"], run: async (app) => {
    await app.fill(app.text("newThing"), "Book");
    await app.key("Enter");
    await app.press("Book");
    await app.sees(app.text("packed", { n: 1, all: 5 }));
    await app.press(app.text("deleteItem", { item: "Book" }));
    await app.sees(app.text("packed", { n: 0, all: 4 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("packed", { n: 1, all: 5 }));
  } },
  "has no packing list": { without: ["checklists"], run: (app) => app.hides(app.text("packing")) },
  "says what kind of plan it is": { needs: ["categories"], run: async (app) => {
    await begin(app);
    await app.choose(app.text("category"), app.text("food"));
    await add(app, "Fish soup");
    if (await app.frame.locator(".chip").innerText() !== app.text("food")) throw new Error("it does not");
  } },
  "knows no kinds": { without: ["categories"], run: (app) => app.hides(app.text("category")) },
  "finds plans": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "alfama");
    if (await app.count(".plan") !== 2 || await app.count("#days > section") !== 2) throw new Error(`there are ${await app.count(".plan")}`);
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "exports the plan": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    await app.sees("2026-04-14,15:30,Tram 28,Alfama,3.1");
  } },
  "shares the plan": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Lisbon\n\nMonday, April 13\n14:00 Arrive and check in (Baixa)")) throw new Error(`it is ${copied}`);
  } },
};
