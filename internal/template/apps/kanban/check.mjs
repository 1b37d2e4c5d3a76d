// What a person does with the board, and sees.

const columnOf = (app, title) => app.frame.locator(".column", { has: app.frame.locator(".card", { hasText: title }) }).locator("h2").innerText();

async function isIn(app, title, column) {
  await app.sees(title);
  const got = await columnOf(app, title);
  if (got !== column) throw new Error(`${title} is in ${got}, not in ${column}`);
}

async function add(app, column, title) {
  await app.fill(app.text("newCardIn", { column }), title);
  await app.key("Enter");
}

const titles = (app, column) => app.frame.locator(".column", { has: app.frame.locator("h2", { hasText: column }) }).locator(".card .title").allInnerTexts();

export const checks = {
  "adds a card": async (app) => {
    await add(app, app.text("doing"), "Buy paint");
    await isIn(app, "Buy paint", app.text("doing"));
  },
  "adds one after the other": async (app) => {
    await add(app, app.text("done"), "First");
    await app.page.keyboard.type("Second");
    await app.key("Enter");
    await isIn(app, "Second", app.text("done"));
    await app.sees(`${app.text("done")} 3`);
  },
  "adds no card without a title": async (app) => {
    await add(app, app.text("toDo"), "  ");
    await app.sees(`${app.text("toDo")} 2`);
  },
  "drags a card to another column": async (app) => {
    await app.drag(app.text("example1"), app.text("example4"));
    await isIn(app, app.text("example1"), app.text("done"));
    if (await app.count("dialog")) throw new Error("the card was opened");
  },
  "opens a card after one was dragged": async (app) => {
    await app.drag(app.text("example1"), app.text("example4"));
    await app.press(app.text("example1"));
    await app.sees(app.text("editCard"));
  },
  "drags a card within its column": async (app) => {
    await app.drag(app.frame.locator(".card").nth(1).locator(".title"), app.frame.locator("h2").first());
    const got = await titles(app, app.text("toDo"));
    if (got[0] !== app.text("example2")) throw new Error(`the cards are ${got}`);
  },
  "drags a card into an empty column": async (app) => {
    await app.press(app.text("deleteCard", { card: app.text("example3") }));
    await app.sees(app.text("empty"));
    await app.drag(app.text("example1"), app.text("empty"));
    await isIn(app, app.text("example1"), app.text("doing"));
    await app.hides(app.text("empty"));
  },
  "lets go of a card by Escape": async (app) => {
    const { x, y } = await app.frame.locator(".card .title").first().boundingBox();
    await app.page.mouse.move(x + 20, y + 10);
    await app.page.mouse.down();
    await app.page.mouse.move(700, 300, { steps: 3 });
    await app.key("Escape");
    await app.page.mouse.up();
    await isIn(app, app.text("example1"), app.text("toDo"));
  },
  "moves a card by a button": async (app) => {
    const to = (column) => app.text("moveTo", { card: app.text("example1"), column: app.text(column) });
    await app.press(to("doing"));
    await isIn(app, app.text("example1"), app.text("doing"));
    await app.press(to("done"));
    await isIn(app, app.text("example1"), app.text("done"));
  },
  "moves a card by the keyboard": async (app) => {
    await app.focus(app.text("example1"));
    await app.key("ArrowRight");
    await isIn(app, app.text("example1"), app.text("doing"));
    await app.key("ArrowDown");
    await app.sees(app.text("moved", { card: app.text("example1"), column: app.text("doing"), at: 2, all: 2 }));
    await app.key("ArrowLeft");
    await isIn(app, app.text("example1"), app.text("toDo"));
  },
  "changes a card": async (app) => {
    await app.press(app.text("example1"));
    await app.fill(app.text("title"), "Paint the door");
    await app.fill(app.text("notes"), "In blue");
    await app.choose(app.text("column"), app.text("done"));
    await app.press(app.text("save"));
    await isIn(app, "Paint the door", app.text("done"));
    await app.sees("In blue");
  },
  "changes nothing where it is cancelled": async (app) => {
    await app.press(app.text("example1"));
    await app.fill(app.text("title"), "Paint the door");
    await app.press(app.text("cancel"));
    await app.hides("Paint the door");
  },
  "deletes a card, and takes that back": async (app) => {
    await app.press(app.text("deleteCard", { card: app.text("example1") }));
    await app.sees(app.text("deleted"));
    await app.sees(`${app.text("toDo")} 1`);
    await app.press(app.text("undo"));
    const got = await titles(app, app.text("toDo"));
    if (got[0] !== app.text("example1")) throw new Error(`the cards are ${got}`);
  },
  "adds and renames columns": async (app) => {
    await app.press(app.text("addColumn"));
    await app.fill(app.text("columnName"), "Review");
    await app.press(app.text("save"));
    await add(app, "Review", "Look at it");
    await app.press(app.text("editColumn", { column: "Review" }));
    await app.fill(app.text("columnName"), "Testing");
    await app.key("Enter");
    await isIn(app, "Look at it", "Testing");
  },
  "deletes a column, and takes that back": async (app) => {
    await app.press(app.text("editColumn", { column: app.text("doing") }));
    await app.press(app.text("deleteColumn"));
    await app.hides(app.text("example3"));
    await app.press(app.text("undo"));
    await isIn(app, app.text("example3"), app.text("doing"));
  },
  "remembers the board": {
    needs: ["storage"],
    run: async (app) => {
      await add(app, app.text("doing"), "Buy paint");
      await app.reload();
      await isIn(app, "Buy paint", app.text("doing"));
    },
  },
  "finds cards": {
    needs: ["search"],
    run: async (app) => {
      await app.fill(app.text("search"), "NOTES");
      await app.sees(app.text("example3"));
      await app.hides(app.text("example1"));
      await app.fill(app.text("search"), "xyz");
      await app.sees(app.text("noMatch", { words: "xyz" }));
    },
  },
  "has no search": { without: ["search"], run: async (app) => app.hides(app.text("search")) },
  "says what is overdue": {
    needs: ["due-dates"],
    run: async (app) => {
      const due = async (card, date) => {
        await app.press(card);
        await app.fill(app.text("due"), date);
        await app.press(app.text("save"));
      };
      await due(app.text("example1"), "2026-03-13");
      await app.sees(`${app.text("overdue")}: Fri, Mar 13`);
      await due(app.text("example2"), "2026-03-14");
      await app.sees(/[^:] Sat, Mar 14/);
      await app.press(app.text("moveTo", { card: app.text("example1"), column: app.text("doing") }));
      await app.press(app.text("moveTo", { card: app.text("example1"), column: app.text("done") }));
      await app.hides(app.text("overdue"));
    },
  },
  "gives a card a priority": {
    needs: ["priorities"],
    run: async (app) => {
      await app.press(app.text("example1"));
      await app.choose(app.text("priority"), app.text("high"));
      await app.press(app.text("save"));
      await app.sees(app.text("high"));
    },
  },
  "gives a card a label": {
    needs: ["categories"],
    run: async (app) => {
      await app.press(app.text("example1"));
      await app.fill(app.text("label"), "Garden");
      await app.press(app.text("save"));
      await app.sees("Garden");
    },
  },
  "ticks off the steps of a card": {
    needs: ["checklists"],
    run: async (app) => {
      await app.press(app.text("example1"));
      await app.fill(app.text("steps"), "Sand it\nPaint it");
      await app.press(app.text("save"));
      await app.press("Sand it");
      await app.press(app.text("example1"));
      await app.press(app.text("save"));
      if (!(await app.value("Sand it")) || (await app.value("Paint it"))) throw new Error("the ticks are lost");
    },
  },
  "exports cards": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (!table.startsWith(`Column,Title,Notes\nTo do,${app.text("example1")},\n`)) throw new Error(`the table is ${table}`);
  } },
  "imports cards into their columns": { needs: ["import"], run: async (app) => {
    const columns = () => app.frame.locator(".column h2").allInnerTexts();
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Title,Column\nPaint,done\nSand,\nVarnish,Later");
    await app.press(app.text("importData"));
    await app.sees(app.text("imported", { n: 3 }));
    if ((await columns()).join() !== "To do,In progress,Done,Later") throw new Error(`the columns are ${await columns()}`);
    const inDone = await app.frame.locator(".column").nth(2).innerText();
    if (!inDone.includes("Paint")) throw new Error(`in Done there is ${inDone}`);
    await app.press(app.text("undo"));
    await app.hides("Varnish");
    if ((await columns()).length !== 3) throw new Error("the new column is still there");
  } },
  "keeps all of a card in an export": { needs: ["export", "import", "checklists", "priorities", "due-dates", "categories"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), 'column,title,due,priority,label,steps\nDone,Paint,2026-03-20,high,home,"[x] buy\n[ ] stir"');
    await app.press(app.text("importData"));
    await app.press(app.text("export"));
    await app.sees('Done,Paint,,2026-03-20,High,home,"[x] buy [ ] stir"');
  } },
  "prints the cards": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const cards = await app.count(".card .title");
    await app.page.emulateMedia({ media: null });
    if (cards !== 4) throw new Error(`there are ${cards} cards on paper`);
  } },
};
