// What a person does with the collection, and sees.

async function add(app, title, details = "") {
  await app.fill(app.text("title"), title);
  if (details) await app.fill(app.text("details"), details);
  await app.press(app.text("add"));
  await app.sees(title);
}

const titles = async (app) => app.frame.locator("#entries h3").allInnerTexts();

async function lists(app, ...want) {
  const got = await titles(app);
  if (got.join("|") !== want.join("|")) throw new Error(`the entries are ${got.join(", ")}, not ${want.join(", ")}`);
}

export const checks = {
  "says that there is nothing yet": async (app) => {
    await app.sees(app.text("empty"));
  },
  "adds entries, the newest first": async (app) => {
    await add(app, "Fern", "Water it on Mondays");
    await add(app, "Cactus");
    await lists(app, "Cactus", "Fern");
    await app.sees("Water it on Mondays");
    await app.sees(app.text("count", { n: 2 }));
  },
  "adds by Enter": async (app) => {
    await app.fill(app.text("title"), "Fern");
    await app.key("Enter");
    await lists(app, "Fern");
  },
  "asks for a title": async (app) => {
    await app.press(app.text("add"));
    await app.sees(app.text("missing"));
    await lists(app);
  },
  "changes an entry": async (app) => {
    await add(app, "Fern");
    await app.press(app.text("editItem", { item: "Fern" }));
    await app.fill(app.text("title"), "Palm");
    await app.press(app.text("save"));
    await lists(app, "Palm");
  },
  "leaves an entry as it is": async (app) => {
    await add(app, "Fern");
    await app.press(app.text("editItem", { item: "Fern" }));
    await app.fill(app.text("title"), "Palm");
    await app.press(app.text("cancel"));
    await lists(app, "Fern");
  },
  "deletes an entry, and takes that back": async (app) => {
    await add(app, "Fern");
    await app.press(app.text("deleteItem", { item: "Fern" }));
    await app.sees(app.text("empty"));
    await app.press(app.text("undo"));
    await lists(app, "Fern");
  },
  "shows markup as text": async (app) => {
    await add(app, "<b>Fern</b>");
    await lists(app, "<b>Fern</b>");
  },
  "finds entries": { needs: ["search"], run: async (app) => {
    await add(app, "Fern", "green");
    await add(app, "Rose", "red");
    await app.fill(app.text("search"), "GREEN");
    await app.hides("Rose");
    await lists(app, "Fern");
    await app.fill(app.text("search"), "blue");
    await app.sees(app.text("nothing"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("input[type=search]")) throw new Error("there is one");
  } },
  "sorts by title": { needs: ["sort"], run: async (app) => {
    await add(app, "Anemone");
    await add(app, "Zinnia");
    await lists(app, "Zinnia", "Anemone");
    await app.choose(app.text("sortBy"), app.text("byTitle"));
    await lists(app, "Anemone", "Zinnia");
  } },
  "exports its entries": { needs: ["export"], run: async (app) => {
    await add(app, "Fern", 'says "hello", always');
    await app.press(app.text("export"));
    await app.sees('Title,Details Fern,"says ""hello"", always"');
    await app.press("JSON");
    await app.sees('"title": "Fern"');
  } },
  "imports a table": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), 'Details;Title\n"in two\nlines";Fern\n;Rose\n');
    await app.press(app.text("importData"));
    await app.sees("in two lines");
    await lists(app, "Rose", "Fern");
    await app.press(app.text("undo"));
    await lists(app);
  } },
  "imports a list without heads, and JSON": { needs: ["import"], run: async (app) => {
    for (const text of ["Fern\nRose", '["Fern", "Rose"]', '{"plants": [{"TITLE": "Fern", "id": 1}, {"title": "Rose", "details": null}]}']) {
      await app.press(app.text("import"));
      await app.fill(app.text("importText"), text);
      await app.press(app.text("importData"));
      await lists(app, "Rose", "Fern");
      await app.press(app.text("undo"));
    }
  } },
  "says which line cannot be imported": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), 'title,details\n"Fern","of\ntwo lines"\n,red\n');
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 4 })}: ${app.text("missing")}`);
    await lists(app);
  } },
  "shares what is shown": { needs: ["share"], run: async (app) => {
    await add(app, "Fern", "green");
    await app.frame.evaluate(() => addEventListener("copy", (event) => document.body.append(event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    await app.sees("My collection Fern: green");
  } },
  "keeps its entries": { needs: ["storage"], run: async (app) => {
    await add(app, "Fern");
    await app.reload();
    await app.sees("Fern");
  } },
};
