// What a person does with the shop, and sees.

/** The products that are shown, by their names. */
const shown = (app) => app.frame.locator("#products h3").allInnerTexts();

/** Puts a product into the cart. */
const add = (app, item) => app.press(app.text("addItem", { item }));

async function is(app, selector, wanted) {
  const text = await app.frame.locator(selector).innerText();
  if (text !== wanted) throw new Error(`${selector} has ${text}, not ${wanted}`);
}

/** Opens the editor for a product, or for a new one. */
async function write(app, open, { title, price, category = "" }) {
  await app.press(open);
  await app.fill(app.text("product"), title);
  await app.fill(app.text("price"), price);
  await app.fill(app.text("category"), category);
  await app.press(app.text("save"));
}

export const checks = {
  "shows what is for sale, and for how much": async (app) => {
    await app.sees(app.text("products", { n: 8 }));
    await app.sees("Stoneware mug");
    await app.sees("$18.00");
    await app.sees("Thrown by hand");
    if (await app.count("#products .tile svg") !== 8) throw new Error("a product has no picture");
  },
  "says that it is a sample": (app) => app.sees(app.text("sample")),
  "shows how to edit the products only to who wants it": async (app) => {
    if (await app.count(".manage")) throw new Error("they can be edited at once");
    await app.press(app.text("editProducts"));
    if (await app.count(".manage") !== 8) throw new Error("not all can be edited");
    await app.press(app.text("editProducts"));
    if (await app.count(".manage")) throw new Error("they can still be edited");
  },
  "takes a new product": async (app) => {
    await app.press(app.text("editProducts"));
    await write(app, app.text("addProduct"), { title: "Wooden spoon", price: "1,234.5" });
    await app.sees(app.text("products", { n: 9 }));
    await app.sees("Wooden spoon");
    await app.sees("$1,234.50");
  },
  "changes a product": async (app) => {
    await app.press(app.text("editProducts"));
    await write(app, app.text("editItem", { item: "Canvas bag" }), { title: "Large canvas bag", price: "30" });
    await app.sees("Large canvas bag");
    await app.sees("$30.00");
    await app.sees(app.text("products", { n: 8 }));
  },
  "says what a product lacks": async (app) => {
    await app.press(app.text("editProducts"));
    await write(app, app.text("addProduct"), { title: " ", price: "5" });
    await app.sees(app.text("noTitle"));
    await app.fill(app.text("product"), "Spoon");
    await app.fill(app.text("price"), "much");
    await app.press(app.text("save"));
    await app.sees(app.text("noPrice"));
    await app.press(app.text("cancel"));
    await app.sees(app.text("products", { n: 8 }));
  },
  "deletes a product, and takes it back": async (app) => {
    await app.press(app.text("editProducts"));
    await app.press(app.text("deleteItem", { item: "Storage jar" }));
    await app.sees(app.text("products", { n: 7 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("products", { n: 8 }));
    if ((await shown(app)).at(-1) !== "Storage jar") throw new Error("it is not back in its place");
  },
  "has prices in another currency": async (app) => {
    await app.press(app.text("editProducts"));
    await app.choose(app.text("currency"), "EUR");
    await app.sees("€18.00");
  },
  "keeps its products": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("editProducts"));
    await write(app, app.text("editItem", { item: "Canvas bag" }), { title: "Large canvas bag", price: "30" });
    await app.reload();
    await app.sees("Large canvas bag");
  } },
  "fills the cart": { needs: ["cart"], run: async (app) => {
    await app.sees(app.text("cartEmpty"));
    await add(app, "Stoneware mug");
    await app.sees(app.text("added", { item: "Stoneware mug" }));
    await app.sees(app.text("cartWith", { n: 1 }));
    await add(app, "Beeswax candle");
    await add(app, "Beeswax candle");
    await is(app, "#total", "$47.00");
    await app.sees(app.text("cartWith", { n: 3 }));
    await app.hides(app.text("cartEmpty"));
  } },
  "changes quantities": { needs: ["cart"], run: async (app) => {
    await add(app, "Reading lamp");
    await app.press(app.text("more", { item: "Reading lamp" }));
    await is(app, "#total", "$118.00");
    await app.press(app.text("less", { item: "Reading lamp" }));
    await is(app, "#total", "$59.00");
    await app.press(app.text("less", { item: "Reading lamp" }));
    await app.sees(app.text("cartEmpty"));
  } },
  "takes something out of the cart, and puts it back": { needs: ["cart"], run: async (app) => {
    await add(app, "Canvas bag");
    await app.press(app.text("more", { item: "Canvas bag" }));
    await app.press(app.text("removeItem", { item: "Canvas bag" }));
    await app.sees(app.text("cartEmpty"));
    await app.press(app.text("undo"));
    await is(app, "#total", "$48.00");
  } },
  "has a new price in the cart, too": { needs: ["cart"], run: async (app) => {
    await add(app, "Canvas bag");
    await app.press(app.text("editProducts"));
    await write(app, app.text("editItem", { item: "Canvas bag" }), { title: "Canvas bag", price: "30" });
    await is(app, "#total", "$30.00");
  } },
  "keeps the cart": { needs: ["cart", "storage"], run: async (app) => {
    await add(app, "Reading lamp");
    await app.reload();
    await is(app, "#total", "$59.00");
  } },
  "is a catalogue": { without: ["cart"], run: async (app) => {
    if (await app.count("#cart, .buy button")) throw new Error("there is a cart");
  } },
  "takes an order": { needs: ["cart", "checkout"], run: async (app) => {
    await add(app, "Reading lamp");
    await app.press(app.text("checkout"));
    await app.fill(app.text("yourName"), "Ana");
    await app.fill(app.text("yourEmail"), "ana@example.com");
    await app.fill(app.text("address"), "1 Main Street");
    await app.press(app.text("order"));
    await app.sees(app.text("thanks", { name: "Ana" }));
    await app.sees(app.text("ordered", { number: 1001, total: "$59.00" }));
    await app.press(app.text("close"));
    await app.sees(app.text("cartEmpty"));
  } },
  "says what an order lacks": { needs: ["cart", "checkout"], run: async (app) => {
    await add(app, "Reading lamp");
    await app.press(app.text("checkout"));
    await app.press(app.text("order"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("yourName"), "Ana");
    await app.fill(app.text("yourEmail"), "ana");
    await app.press(app.text("order"));
    await app.sees(app.text("noEmail"));
    await app.fill(app.text("yourEmail"), "ana@example.com");
    await app.press(app.text("order"));
    await app.sees(app.text("noAddress"));
    await app.press(app.text("cancel"));
    await is(app, "#total", "$59.00");
  } },
  "takes no orders": { without: ["checkout"], run: async (app) => {
    if (await app.count("#checkout")) throw new Error("there is a checkout");
  } },
  "shows one category": { needs: ["filter"], run: async (app) => {
    await app.press("Textiles");
    if ((await shown(app)).join() !== "Canvas bag,Linen cushion") throw new Error(`it shows ${await shown(app)}`);
    await app.press(app.text("all"));
    await app.sees(app.text("products", { n: 8 }));
  } },
  "has a category for a new product": { needs: ["filter"], run: async (app) => {
    await app.press(app.text("editProducts"));
    await write(app, app.text("addProduct"), { title: "Spoon", price: "5", category: "Kitchen" });
    await app.press("Kitchen");
    if ((await shown(app)).join() !== "Spoon") throw new Error(`it shows ${await shown(app)}`);
  } },
  "shows all categories": { without: ["filter"], run: async (app) => {
    if (await app.count(".segments")) throw new Error("there is a filter");
  } },
  "finds a product": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "LINEN");
    if ((await shown(app)).join() !== "Reading lamp,Linen cushion") throw new Error(`it shows ${await shown(app)}`);
    await app.fill(app.text("search"), "tractor");
    await app.sees(app.text("nothingFound"));
  } },
  "finds nothing": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is a search");
  } },
  "sorts by price and name": { needs: ["sort"], run: async (app) => {
    await app.choose(app.text("sortBy"), app.text("cheapest"));
    if ((await shown(app))[0] !== "Dotted notebook") throw new Error(`it begins with ${(await shown(app))[0]}`);
    await app.choose(app.text("sortBy"), app.text("dearest"));
    if ((await shown(app))[0] !== "Reading lamp") throw new Error(`it begins with ${(await shown(app))[0]}`);
    await app.choose(app.text("sortBy"), app.text("byName"));
    if ((await shown(app))[0] !== "Beeswax candle") throw new Error(`it begins with ${(await shown(app))[0]}`);
  } },
  "does not sort": { without: ["sort"], run: async (app) => {
    if (await app.count("#sort")) throw new Error("it can be sorted");
  } },
  "shows the details of a product": { needs: ["lightbox"], run: async (app) => {
    await app.press(app.text("details", { item: "Linen cushion" }));
    await app.frame.locator("#viewer-text", { hasText: "filled with feathers" }).waitFor({ timeout: 2000 });
    await app.press(app.text("close"));
    await app.hides(app.text("close"));
  } },
  "shows all at once": { without: ["lightbox"], run: async (app) => {
    if (await app.count("#products h3 button")) throw new Error("a product can be opened");
  } },
  "exports the products": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes("\nCanvas bag,24,Textiles,")) throw new Error("the bag is not in it");
  } },
  "says what cannot be imported": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Spoon,cheap,Kitchen");
    await app.press(app.text("importData"));
    await app.sees(app.text("noPrice"));
  } },
};
