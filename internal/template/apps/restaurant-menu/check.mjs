// What a person does with the menu, and sees.

/** The dishes that are shown, by their names. */
const shown = (app) => app.frame.locator(".dish h4").allInnerTexts();

async function shows(app, names) {
  if ((await shown(app)).join() !== names) throw new Error(`it shows ${await shown(app)}`);
}

async function write(app, { name, section = "Starters", price }) {
  await app.fill(app.text("dish"), name);
  await app.fill(app.text("section"), section);
  await app.fill(app.text("price"), price);
  await app.press(app.text("save"));
}

async function book(app, { name, phone, date, time }) {
  await app.fill(app.text("yourName"), name);
  await app.fill(app.text("phone"), phone);
  await app.fill(app.text("date"), date);
  await app.fill(app.text("time"), time);
  await app.press(app.text("book"));
}

export const checks = {
  "has dishes in sections, with what is in them and what they cost": async (app) => {
    await app.sees(app.text("dishes", { n: 10 }));
    if ((await app.frame.locator("#menu h3").allInnerTexts()).join() !== "Starters,Mains,Desserts,Drinks") throw new Error("it has other sections");
    await app.sees("Mushroom risotto");
    await app.sees("Wild mushrooms, thyme");
    await app.sees("$17.50");
  },
  "says what a dish is free of": async (app) => {
    const tags = await app.frame.locator(".dish", { hasText: "Chickpea curry" }).locator(".tags").innerText();
    if (!tags.includes(app.text("vegan")) || !tags.includes(app.text("spicy"))) throw new Error(`it says ${tags}`);
  },
  "has a special of the day": async (app) => {
    await app.frame.locator(".dish", { hasText: app.text("special") }).getByText("Braised beef").waitFor({ timeout: 2000 });
  },
  "goes to a section": async (app) => {
    await app.page.emulateMedia({ reducedMotion: "reduce" });
    await app.press("Desserts");
    const top = await app.frame.getByRole("heading", { name: "Desserts" }).evaluate((e) => e.getBoundingClientRect().top);
    if (top < 0 || top > 700) throw new Error(`it is at ${top} px`);
  },
  "knows when it is open": async (app) => {
    await app.sees(app.text("closedNow"));
    await app.advance(2 * 3600 + 60);
    await app.sees(/Open now, until 11:00.PM/);
    await app.sees("Saturday");
  },
  "says where it is, and that all is a sample": async (app) => {
    await app.sees(app.text("address"));
    await app.sees(app.text("sample"));
  },
  "takes a new dish, in a section of its own": async (app) => {
    await app.press(app.text("editMenu"));
    await app.press(app.text("addDish"));
    await write(app, { name: "Cheese plate", section: "Cheese", price: "9.5" });
    await app.sees(app.text("dishes", { n: 11 }));
    await app.sees("$9.50");
    if ((await app.frame.locator("#menu h3").allInnerTexts()).at(-1) !== "Cheese") throw new Error("there is no new section");
  },
  "changes a dish": async (app) => {
    await app.press(app.text("editMenu"));
    await app.press(app.text("editItem", { item: "Tomato soup" }));
    await app.press(app.text("spicy"));
    await write(app, { name: "Hot tomato soup", price: "8" });
    if ((await shown(app))[0] !== "Hot tomato soup") throw new Error("it is not in its place");
    const text = await app.frame.locator(".dish").first().innerText();
    if (!text.includes("$8.00") || !text.includes(app.text("spicy"))) throw new Error(`it is ${text}`);
  },
  "says what a dish lacks": async (app) => {
    await app.press(app.text("editMenu"));
    await app.press(app.text("addDish"));
    await write(app, { name: " ", price: "5" });
    await app.sees(app.text("noDish"));
    await write(app, { name: "Soup", section: "", price: "5" });
    await app.sees(app.text("noSection", { section: "Starters" }));
    await write(app, { name: "Soup", price: "cheap" });
    await app.sees(app.text("noPrice"));
    await app.press(app.text("cancel"));
    await app.sees(app.text("dishes", { n: 10 }));
  },
  "deletes a dish, and takes it back": async (app) => {
    await app.press(app.text("editMenu"));
    await app.press(app.text("deleteItem", { item: "Tomato soup" }));
    await app.sees(app.text("dishes", { n: 9 }));
    await app.press(app.text("undo"));
    if ((await shown(app))[0] !== "Tomato soup") throw new Error("it is not back in its place");
  },
  "shows no buttons to guests": async (app) => {
    if (await app.count(".manage")) throw new Error("dishes can be changed at once");
  },
  "has prices in another currency": async (app) => {
    await app.press(app.text("editMenu"));
    await app.choose(app.text("currency"), "EUR");
    await app.sees("€17.50");
  },
  "keeps the menu": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("editMenu"));
    await app.press(app.text("editItem", { item: "Tomato soup" }));
    await write(app, { name: "Hot tomato soup", price: "8" });
    await app.reload();
    await app.sees("Hot tomato soup");
  } },
  "shows what suits a diet": { needs: ["filter"], run: async (app) => {
    await app.press(app.text("vegan"));
    await shows(app, "Tomato soup,Chickpea curry,Lemon sorbet,House lemonade,Glass of red wine");
    await app.press(app.text("spicy"));
    await shows(app, "Chickpea curry");
    await app.press(app.text("vegan"));
    await app.press(app.text("spicy"));
    await app.sees(app.text("dishes", { n: 10 }));
  } },
  "shows all dishes": { without: ["filter"], run: async (app) => {
    if (await app.count(".segments")) throw new Error("there is a filter");
  } },
  "finds a dish": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "honey");
    await shows(app, "Goat’s cheese salad");
    await app.fill(app.text("search"), "tractor");
    await app.sees(app.text("nothingFound"));
  } },
  "finds nothing": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is a search");
  } },
  "takes an order": { needs: ["cart"], run: async (app) => {
    await app.sees(app.text("nothingOrdered"));
    await app.press(app.text("addToOrder", { item: "Tomato soup" }));
    await app.press(app.text("addToOrder", { item: "Lemon sorbet" }));
    await app.press(app.text("addToOrder", { item: "Tomato soup" }));
    await app.sees("2 × Tomato soup");
    if (await app.value(app.text("total")) !== "$20.90") throw new Error(`the total is ${await app.value(app.text("total"))}`);
    await app.press(app.text("oneLess", { item: "Lemon sorbet" }));
    if (await app.value(app.text("total")) !== "$15.00") throw new Error("it is still paid");
    await app.press(app.text("clearOrder"));
    await app.sees(app.text("cleared"));
    await app.press(app.text("undo"));
    await app.sees("2 × Tomato soup");
  } },
  "keeps the order": { needs: ["cart", "storage"], run: async (app) => {
    await app.press(app.text("addToOrder", { item: "Tomato soup" }));
    await app.reload();
    await app.sees("1 × Tomato soup");
  } },
  "takes no order": { without: ["cart"], run: async (app) => {
    if (await app.count("#order, .dish .icon")) throw new Error("it takes one");
  } },
  "books a table": { needs: ["contact-form"], run: async (app) => {
    await book(app, { name: "Ana", phone: "555 0101", date: "2026-03-15", time: "19:30" });
    await app.sees(/Thank you, Ana! A table for 2 on Sunday, March 15, 2026/);
  } },
  "says why a table cannot be booked": { needs: ["contact-form"], run: async (app) => {
    await book(app, { name: "", phone: "555 0101", date: "2026-03-15", time: "19:30" });
    await app.sees(app.text("noName"));
    await book(app, { name: "Ana", phone: "1", date: "2026-03-15", time: "19:30" });
    await app.sees(app.text("noPhone"));
    await book(app, { name: "Ana", phone: "555 0101", date: "2026-03-01", time: "19:30" });
    await app.sees(app.text("noDate"));
    await book(app, { name: "Ana", phone: "555 0101", date: "2026-03-16", time: "19:30" });
    await app.sees(app.text("notOpen")); // a Monday
    await book(app, { name: "Ana", phone: "555 0101", date: "2026-03-15", time: "23:30" });
    await app.sees(app.text("notOpen"));
  } },
  "books no tables": { without: ["contact-form"], run: async (app) => {
    if (await app.count("#booking")) throw new Error("it does");
  } },
  "exports the dishes": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes('Mains,Mushroom risotto,"Wild mushrooms, thyme, aged cheese",17.5,"Vegetarian, Gluten-free"')) throw new Error("the risotto is not in it");
  } },
  "imports dishes": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Soups,Leek soup,,dear,Vegan");
    await app.press(app.text("importData"));
    await app.sees(app.text("noPrice"));
    await app.fill(app.text("importText"), "Soups,Leek soup,With potatoes,6.50,Vegan");
    await app.press(app.text("importData"));
    await app.sees("$6.50");
    await app.sees("Leek soup");
  } },
};
