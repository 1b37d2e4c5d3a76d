// What a person does with the recipes, and sees.

const dishes = async (app) => {
  await app.advance(0.1);
  return app.frame.locator(".dish strong").allInnerTexts();
};

async function lists(app, ...wanted) {
  const seen = await dishes(app);
  if (seen.join("|") !== wanted.join("|")) throw new Error(`it lists ${seen.join(", ")}, not ${wanted.join(", ")}`);
}

async function add(app, values) {
  await app.press(app.text("addRecipe"));
  for (const [name, value] of Object.entries(values)) await app.fill(app.text(name), value);
  await app.press(app.text("save"));
}

const toast = { title: "Toast", ingredients: "2 slices of bread\n½ tomato", steps: "Toast it for 3 minutes.\nTop it." };

export const checks = {
  "lists its recipes": (app) => lists(app, "Tomato soup", "Potato omelette", "Lentil salad", "Pancakes", "Apple crumble"),
  "opens a recipe, and goes back": async (app) => {
    await app.press("Tomato soup");
    await app.sees("800 g tomatoes");
    await app.sees("Blend until smooth");
    await app.sees("30 min");
    await app.hides("Pancakes");
    await app.press(app.text("allRecipes"));
    await app.sees("Pancakes");
  },
  "reckons for more and fewer people": async (app) => {
    await app.press("Tomato soup");
    await app.sees(app.text("portions", { n: 4 }));
    await app.press(app.text("more"));
    await app.press(app.text("more"));
    await app.sees(app.text("portions", { n: 6 }));
    await app.sees("1,200 g tomatoes");
    await app.sees("1.5 onion");
    for (let n = 0; n < 5; n++) await app.press(app.text("fewer"));
    await app.sees(app.text("portions", { n: 1 }));
    await app.sees("200 g tomatoes");
    if (!await app.frame.locator("#fewer").isDisabled()) throw new Error("it goes down to nobody");
  },
  "reckons with fractions and ranges": async (app) => {
    await add(app, { ...toast, serves: "2", ingredients: "½ tomato\n1/2 onion\n2–3 eggs\n1,5 l water\nSalt 5" });
    await app.press(app.text("more"));
    await app.press(app.text("more"));
    for (const line of ["1 tomato", "1 onion", "4–6 eggs", "3 l water", "Salt 5"]) await app.sees(line);
  },
  "adds a recipe": async (app) => {
    await add(app, { ...toast, minutes: "75" });
    await app.sees("1 hr 15 min");
    await app.sees("½ tomato");
    if (await app.count("#step-list li") !== 2) throw new Error("there are not two steps");
    await app.press(app.text("allRecipes"));
    if ((await dishes(app))[0] !== "Toast") throw new Error("it is not listed first");
  },
  "says what is missing": async (app) => {
    await add(app, { ...toast, title: "" });
    await app.sees(app.text("noTitle"));
    await app.fill(app.text("title"), "Toast");
    await app.fill(app.text("ingredients"), " ");
    await app.press(app.text("save"));
    await app.sees(app.text("noIngredients"));
    await app.fill(app.text("ingredients"), "Bread");
    await app.fill(app.text("minutes"), "1.5");
    await app.press(app.text("save"));
    await app.sees(app.text("badNumber"));
    await app.press(app.text("cancel"));
    await app.sees("Pancakes");
  },
  "changes a recipe": async (app) => {
    await app.press("Pancakes");
    await app.press(app.text("edit"));
    await app.fill(app.text("title"), "Thin pancakes");
    await app.press(app.text("save"));
    await app.press(app.text("allRecipes"));
    await lists(app, "Tomato soup", "Potato omelette", "Lentil salad", "Thin pancakes", "Apple crumble");
  },
  "deletes a recipe, and brings it back": async (app) => {
    await app.press("Pancakes");
    await app.press(app.text("delete"));
    await lists(app, "Tomato soup", "Potato omelette", "Lentil salad", "Apple crumble");
    await app.press(app.text("undo"));
    await lists(app, "Tomato soup", "Potato omelette", "Lentil salad", "Pancakes", "Apple crumble");
  },
  "is read by the keyboard": async (app) => {
    await app.focus("Apple crumble");
    await app.key("Enter");
    await app.sees("6 apples");
    await app.focus(app.text("allRecipes"));
    await app.key("Enter");
    const focused = await app.frame.evaluate(() => document.activeElement.ariaLabel);
    if (focused !== "Apple crumble") throw new Error(`${focused} has the focus`);
  },
  "keeps recipes": { needs: ["storage"], run: async (app) => {
    await add(app, toast);
    await app.reload();
    await app.sees("Toast");
  } },
  "searches names and ingredients": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "eggs");
    await lists(app, "Potato omelette", "Pancakes");
    await app.fill(app.text("search"), "zzz");
    await app.sees(app.text("none"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "shows a category": { needs: ["categories"], run: async (app) => {
    await app.press("Dessert");
    await lists(app, "Apple crumble");
    await app.press(app.text("all"));
    if ((await dishes(app)).length !== 5) throw new Error("not all are back");
    await add(app, { ...toast, kind: "Snack" });
    await app.press(app.text("allRecipes"));
    await app.press("Snack");
    await lists(app, "Toast");
  } },
  "has no categories": { without: ["categories"], run: (app) => app.hides("Dessert") },
  "ticks ingredients off": { needs: ["checklists"], run: async (app) => {
    await app.press("Tomato soup");
    await app.press("1 onion");
    await app.press(app.text("more"));
    if (await app.value("1.25 onion") !== true) throw new Error("it is not ticked");
    await app.press("1.25 onion");
    await app.press(app.text("allRecipes"));
    await app.press("Tomato soup");
    if (await app.value("1 onion") !== false) throw new Error("it is still ticked");
  } },
  "keeps what is ticked": { needs: ["checklists", "storage"], run: async (app) => {
    await app.press("Tomato soup");
    await app.press("800 g tomatoes");
    await app.reload();
    await app.press("Tomato soup");
    if (await app.value("800 g tomatoes") !== true) throw new Error("it has forgotten");
  } },
  "has nothing to tick": { without: ["checklists"], run: async (app) => {
    await app.press("Tomato soup");
    if (await app.count("#ingredient-list input")) throw new Error("it has");
  } },
  "sorts by name and by time": { needs: ["sort"], run: async (app) => {
    await app.choose(app.text("sortBy"), app.text("byTitle"));
    if ((await dishes(app))[0] !== "Apple crumble") throw new Error("A is not the first");
    await app.choose(app.text("sortBy"), app.text("byTime"));
    if ((await dishes(app))[0] !== "Potato omelette") throw new Error("the quickest is not the first");
  } },
  "cannot be sorted": { without: ["sort"], run: async (app) => {
    if (await app.count("#sort")) throw new Error("it can");
  } },
  "has a timer for the longest step": { needs: ["timer"], run: async (app) => {
    await app.press("Tomato soup");
    await app.sees("20:00");
    await app.press(app.text("start"));
    await app.advance(65);
    await app.sees("18:5");
    await app.press(app.text("pause"));
    await app.advance(60);
    await app.sees("18:5");
    await app.press(app.text("reset"));
    await app.sees("20:00");
  } },
  "rings when the time is up": { needs: ["timer"], run: async (app) => {
    await app.press("Tomato soup");
    await app.listen();
    await app.fill(app.text("timerMinutes"), 1);
    await app.key("Tab");
    await app.press(app.text("start"));
    await app.advance(61);
    await app.sees(app.text("timeUp"));
    await app.sees("01:00");
    if (await app.tones() !== 2) throw new Error("it does not ring");
  } },
  "has no timer": { without: ["timer"], run: async (app) => {
    await app.press("Tomato soup");
    await app.hides("20:00");
  } },
  "prints a recipe": { needs: ["print"], run: async (app) => {
    await app.press("Tomato soup");
    await app.page.emulateMedia({ media: "print" });
    const shown = [await app.count("#ingredient-list"), await app.count("#book")].join();
    await app.page.emulateMedia({ media: null });
    if (shown !== "1,0") throw new Error("it is not the recipe alone");
  } },
  "base: copies what can be shared": { needs: ["share"], run: async (app) => { // here: the recipe that is open
    await app.press("Tomato soup");
    await app.press(app.text("more"));
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    await app.sees(app.text("shared"));
    const text = await app.frame.evaluate(() => globalThis.copied);
    if (!text.startsWith("Tomato soup\n") || !text.includes("- 1,000 g tomatoes") || !text.includes("\n1. Chop")) throw new Error(`it has copied ${text}`);
  } },
  "exports recipes": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes("Tomato soup,Soup,30,4,")) throw new Error("the soup is not in it");
  } },
  "imports recipes, and says which one is wrong": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "title,ingredients\nTea,water\nAir,");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("noIngredients")}`);
    await app.fill(app.text("importText"), '[{"title": "Tea", "ingredients": "water\\ntea", "minutes": 5}]');
    await app.press(app.text("importData"));
    await app.press("Tea");
    await app.sees("5 min");
    if (await app.count("#ingredient-list li") !== 2) throw new Error("there are not two ingredients");
  } },
};
