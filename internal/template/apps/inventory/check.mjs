// What a person does with the inventory, and sees.

async function add(app, name, quantity, others = {}) {
  await app.fill(app.text("item"), name);
  await app.fill(app.text("quantity"), quantity);
  for (const [key, value] of Object.entries(others)) await app.fill(app.text(key), value);
  await app.press(app.text("addItem"));
}

async function hasRows(app, ...want) {
  await app.advance(0.1);
  const got = await app.frame.locator("#rows .what").evaluateAll((all) => all.map((e) => e.firstChild.data));
  if (got.join() !== want.join()) throw new Error(`there are ${got}, not ${want}`);
}

async function figures(app, want) {
  await app.advance(0.1);
  for (const [key, value] of Object.entries(want)) {
    const got = await app.value(app.text(key));
    if (got !== value) throw new Error(`${key} is ${got}, not ${value}`);
  }
}

const quantity = (app, item) => app.value(app.text("quantityOf", { item }));

export const checks = {
  "adds items, and counts them": async (app) => {
    await app.sees(app.text("empty"));
    await add(app, "Screws", "200", { price: "0.05", location: "Garage" });
    await add(app, "Hammer", "1", { price: "24.90" });
    await hasRows(app, "Hammer", "Screws");
    await app.sees("Garage");
    await figures(app, { items: "2", pieces: "201", totalValue: "$34.90", low: "0" });
  },
  "counts one more and one less": async (app) => {
    await add(app, "Hammer", "1");
    await app.press(app.text("oneMore", { item: "Hammer" }));
    await app.press(app.text("oneMore", { item: "Hammer" }));
    if (await quantity(app, "Hammer") !== "3") throw new Error(`there are ${await quantity(app, "Hammer")}`);
    for (let i = 0; i < 3; i++) await app.press(app.text("oneLess", { item: "Hammer" }));
    if (await quantity(app, "Hammer") !== "0") throw new Error(`there are ${await quantity(app, "Hammer")}`);
    if (await app.frame.getByRole("button", { name: app.text("oneLess", { item: "Hammer" }) }).isEnabled()) throw new Error("it goes below 0");
    await figures(app, { pieces: "0" });
  },
  "is changed by the keyboard alone": async (app) => {
    await add(app, "Hammer", "1");
    await app.focus(app.text("oneMore", { item: "Hammer" }));
    await app.key("Enter");
    await app.key("Enter");
    if (await quantity(app, "Hammer") !== "3") throw new Error(`there are ${await quantity(app, "Hammer")}`);
  },
  "takes another quantity": async (app) => {
    await add(app, "Screws", "10");
    await app.fill(app.text("quantityOf", { item: "Screws" }), "1,250");
    await app.key("Enter");
    await figures(app, { pieces: "1,250" });
    await app.fill(app.text("quantityOf", { item: "Screws" }), "many");
    await app.key("Enter");
    await figures(app, { pieces: "1,250" });
    if (await app.count('.stepper [aria-invalid="true"]') !== 1) throw new Error("it is not marked");
  },
  "warns of what runs low": async (app) => {
    await add(app, "Screws", "5", { minimum: "5" });
    await figures(app, { low: "0" });
    await app.press(app.text("oneLess", { item: "Screws" }));
    await figures(app, { low: "1" });
    if (await app.frame.locator(".chip").innerText() !== app.text("low")) throw new Error("the row does not say so");
    await app.fill(app.text("quantityOf", { item: "Screws" }), "0");
    await app.key("Enter");
    if (await app.frame.locator(".chip").innerText() !== app.text("out")) throw new Error("it does not say that there is none");
  },
  "says what is wrong": async (app) => {
    await app.press(app.text("addItem"));
    await app.sees(app.text("noItem"));
    await add(app, "Screws", "-3");
    await app.sees(app.text("badCount"));
    await add(app, "Screws", "1.5");
    await app.sees(app.text("badCount"));
    await add(app, "Screws", "1", { price: "cheap" });
    await app.sees(app.text("badPrice"));
    await app.fill(app.text("price"), "$1.50");
    await app.press(app.text("addItem"));
    await app.hides(app.text("badPrice"));
    await figures(app, { totalValue: "$1.50" });
  },
  "has nothing twice": async (app) => {
    await add(app, "Screws", "1");
    await add(app, "screws", "2");
    await app.sees(app.text("known", { item: "Screws" }));
    await hasRows(app, "Screws");
  },
  "changes an item": async (app) => {
    await add(app, "Screws", "200", { price: "0.05" });
    await app.press(app.text("editItem", { item: "Screws" }));
    if (await app.value(app.text("price")) !== "0.05") throw new Error("the form is not filled");
    await app.fill(app.text("item"), "Nails");
    await app.fill(app.text("quantity"), "100");
    await app.press(app.text("save"));
    await hasRows(app, "Nails");
    await figures(app, { totalValue: "$5.00" });
    await app.sees(app.text("newItem"));
  },
  "deletes an item, and takes that back": async (app) => {
    await add(app, "Screws", "1");
    await add(app, "Nails", "1");
    await app.press(app.text("deleteItem", { item: "Screws" }));
    await hasRows(app, "Nails");
    await app.press(app.text("undo"));
    await hasRows(app, "Nails", "Screws");
  },
  "shows an example in another currency": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await figures(app, { items: "5", low: "2", totalValue: "$56.40" });
    await app.choose(app.text("currency"), "EUR");
    await figures(app, { totalValue: "€56.40" });
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  },
  "remembers the stock": { needs: ["storage"], run: async (app) => {
    await add(app, "Screws", "3");
    await app.press(app.text("oneMore", { item: "Screws" }));
    await app.reload();
    if (await quantity(app, "Screws") !== "4") throw new Error(`there are ${await quantity(app, "Screws")}`);
  } },
  "finds items by name and location": { needs: ["search"], run: async (app) => {
    await add(app, "Screws", "1", { location: "Garage" });
    await add(app, "Coffee", "1");
    await app.fill(app.text("search"), "garage");
    await hasRows(app, "Screws");
    await app.fill(app.text("search"), "tea");
    await app.sees(app.text("nothing"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "shows what runs low alone": { needs: ["filter"], run: async (app) => {
    await app.press(app.text("sample"));
    await app.press(app.text("low"));
    await hasRows(app, "Coffee", "Light bulbs");
    await app.press(app.text("out"));
    await hasRows(app, "Coffee");
  } },
  "has no filter": { without: ["filter"], run: async (app) => {
    if (await app.count("#filters")) throw new Error("there is one");
  } },
  "keeps items in categories": { needs: ["categories"], run: async (app) => {
    await add(app, "Screws", "1", { category: "Tools" });
    await add(app, "Coffee", "1", { category: "Food" });
    await app.choose(app.text("showCategory"), "Food");
    await hasRows(app, "Coffee");
  } },
  "knows no categories": { without: ["categories"], run: (app) => app.hides(app.text("category")) },
  "sorts by quantity and value": { needs: ["sort"], run: async (app) => {
    await add(app, "Apples", "5", { price: "1" });
    await add(app, "Bikes", "2", { price: "300" });
    await app.choose(app.text("sortBy"), app.text("fewest"));
    await hasRows(app, "Bikes", "Apples");
    await app.choose(app.text("sortBy"), app.text("byName"));
    await hasRows(app, "Apples", "Bikes");
    await app.choose(app.text("sortBy"), app.text("worthiest"));
    await hasRows(app, "Bikes", "Apples");
  } },
  "is not sorted": { without: ["sort"], run: (app) => app.hides(app.text("fewest")) },
  "notes what changes": { needs: ["history"], run: async (app) => {
    await app.sees(app.text("noHistory"));
    await add(app, "Screws", "3");
    await app.sees("Screws: +3 → 3");
    await app.advance(61);
    await app.press(app.text("oneLess", { item: "Screws" }));
    await app.press(app.text("oneLess", { item: "Screws" }));
    await app.sees("Screws: -2 → 1");
  } },
  "has no history": { without: ["history"], run: (app) => app.hides(app.text("noHistory")) },
  "exports the stock": { needs: ["export"], run: async (app) => {
    await add(app, "Screws, long", "3", { price: "0.05" });
    await app.press(app.text("export"));
    await app.sees('"Screws, long",3,0,0.05,');
  } },
  "imports items in place of those with the same name": { needs: ["import"], run: async (app) => {
    await add(app, "Screws", "3");
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Item;Quantity\nscrews;7\nNails;some");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("badCount")}`);
    await app.fill(app.text("importText"), "Item;Quantity\nscrews;7\nNails;2");
    await app.press(app.text("importData"));
    await hasRows(app, "Nails", "screws");
    await figures(app, { pieces: "9" });
    await app.press(app.text("undo"));
    await figures(app, { pieces: "3" });
  } },
};
