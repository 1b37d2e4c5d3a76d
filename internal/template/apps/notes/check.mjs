// What a person does with the notes, and sees.

const entry = (title) => new RegExp(`^${title}`);
const order = (app) => app.frame.locator(".note strong").allInnerTexts();

async function write(app, title, text) {
  await app.press(app.text("newNote"));
  await app.fill(app.text("title"), title);
  await app.fill(app.text("note"), text);
}

async function holds(app, label, want) {
  const got = await app.value(app.text(label));
  if (got !== want) throw new Error(`${label} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
}

async function isOrder(app, ...want) {
  const got = await order(app);
  if (got.join() !== want.join()) throw new Error(`the notes are ${got}`);
}

export const checks = {
  "writes a note": async (app) => {
    await write(app, "Plants", "Water the ferns");
    await app.press(app.text("save"));
    await app.sees(app.text("saved"));
    await app.sees("Water the ferns");
    await holds(app, "note", "");
  },
  "begins a note where someone just writes": async (app) => {
    await app.fill(app.text("note"), "Just a thought\nand another");
    const [, first] = await order(app);
    if (first !== "Just a thought") throw new Error(`the notes are ${await order(app)}`);
  },
  "writes one after the other": async (app) => {
    await write(app, "One", "1");
    await app.press(app.text("save"));
    await app.fill(app.text("title"), "Two");
    await app.press(app.text("save"));
    await isOrder(app, app.text("welcome"), "Two", "One", app.text("weekend"));
  },
  "opens a note and changes it": async (app) => {
    await app.press(entry(app.text("weekend")));
    await holds(app, "title", app.text("weekend"));
    await app.fill(app.text("title"), "For Sunday");
    await app.sees("For Sunday");
    await isOrder(app, app.text("welcome"), "For Sunday");
  },
  "keeps notes apart": async (app) => {
    await write(app, "Plants", "Water the ferns");
    await app.press(entry(app.text("weekend")));
    await holds(app, "note", app.text("weekendText"));
    await app.press(entry("Plants"));
    await holds(app, "note", "Water the ferns");
  },
  "pins a note, and lets it go": async (app) => {
    await app.press(entry(app.text("welcome")));
    await app.press(app.text("pin"));
    await app.hides(app.text("pinned"));
    await app.press(entry(app.text("weekend")));
    await app.press(app.text("pin"));
    await isOrder(app, app.text("weekend"), app.text("welcome"));
    await app.sees(app.text("pinned"));
  },
  "deletes a note, and takes that back": async (app) => {
    await app.press(entry(app.text("weekend")));
    await app.press(app.text("delete"));
    await isOrder(app, app.text("welcome"));
    await app.sees(app.text("deleted"));
    await app.press(app.text("undo"));
    await isOrder(app, app.text("welcome"), app.text("weekend"));
    await holds(app, "note", app.text("weekendText"));
  },
  "says that there are no notes": async (app) => {
    for (const title of ["welcome", "weekend"]) {
      await app.press(entry(app.text(title)));
      await app.press(app.text("delete"));
    }
    await app.sees(app.text("noNotes"));
  },
  "is used by the keyboard": async (app) => {
    await app.focus(app.text("newNote"));
    await app.key("Enter");
    await app.page.keyboard.type("Plants");
    await app.key("Enter");
    await app.page.keyboard.type("Ferns");
    await holds(app, "title", "Plants");
    await holds(app, "note", "Ferns");
  },
  "shows the list or a note on a phone": async (app) => {
    await app.page.setViewportSize({ width: 360, height: 700 });
    try {
      await app.press(entry(app.text("weekend")));
      if (await app.count(".notes")) throw new Error("the list is there beside the note");
      await app.press(app.text("back"));
      await app.sees(app.text("weekend"));
      if (await app.count(".editor")) throw new Error("the note is there beside the list");
    } finally {
      await app.page.setViewportSize({ width: 1280, height: 800 });
    }
  },
  "remembers what was written": {
    needs: ["storage"],
    run: async (app) => {
      await write(app, "Plants", "Water the ferns");
      await app.reload();
      await app.press(entry("Plants"));
      await holds(app, "note", "Water the ferns");
    },
  },
  "finds notes": {
    needs: ["search"],
    run: async (app) => {
      await app.fill(app.text("search"), "BREAD");
      await isOrder(app, app.text("weekend"));
      await app.fill(app.text("search"), "xyz");
      await app.sees(app.text("noMatch"));
    },
  },
  "has no search": { without: ["search"], run: async (app) => app.hides(app.text("search")) },
  "tells when a note was changed": {
    needs: ["timestamps"],
    run: async (app) => {
      await write(app, "Plants", "Ferns");
      await app.sees(/Edited 10:00\sAM/);
      await app.advance(120);
      await app.fill(app.text("note"), "Ferns and moss");
      await app.sees(/Edited 10:02\sAM/);
      await app.advance(24 * 3600);
      await app.fill(app.text("title"), "Moss");
      await app.press(entry(app.text("weekend")));
      await app.sees("Edited Mar 14, 2026");
    },
  },
  "tells no time": { without: ["timestamps"], run: async (app) => app.hides(/\d:\d\d/) },
  "sorts notes by title": {
    needs: ["sort"],
    run: async (app) => {
      await write(app, "Ants", "");
      await app.press(app.text("save"));
      await app.choose(app.text("sort"), app.text("byTitle"));
      await isOrder(app, app.text("welcome"), "Ants", app.text("weekend"));
      await app.choose(app.text("sort"), app.text("oldest"));
      await isOrder(app, app.text("welcome"), app.text("weekend"), "Ants");
    },
  },
  "counts words": {
    needs: ["counter"],
    run: async (app) => {
      await app.fill(app.text("note"), "one");
      await app.sees(app.text("words", { n: 1 }));
      await app.fill(app.text("note"), "one two\nthree");
      await app.sees(app.text("words", { n: 3 }));
    },
  },
  "copies a note": {
    needs: ["copy"],
    run: async (app) => {
      await app.press(entry(app.text("weekend")));
      await app.frame.evaluate(() => addEventListener("copy", (event) => (document.title = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => document.title);
      if (!copied.startsWith(app.text("weekend"))) throw new Error(`${copied} was copied`);
    },
  },
  "shows the notes of a category": {
    needs: ["categories"],
    run: async (app) => {
      await write(app, "Plants", "Ferns");
      await app.fill(app.text("category"), "Garden");
      await app.key("Tab");
      await app.press("Garden");
      await isOrder(app, "Plants");
      await app.press(app.text("all"));
      await app.sees(app.text("weekend"));
    },
  },
  "exports its notes": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (!table.startsWith(`Title,Note\n${app.text("welcome")},`)) throw new Error(`the table is ${table}`);
  } },
  "imports notes": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), '[{"title": "Milk", "text": "two\\nlitres"}, {"title": "", "text": ""}]');
    await app.press(app.text("importData"));
    await app.sees(`${app.text("entryNumber", { n: 2 })}: ${app.text("somethingMissing")}`);
    await app.fill(app.text("importText"), "title;text\nMilk;two litres");
    await app.press(app.text("importData"));
    await app.sees("two litres");
    await app.press(app.text("undo"));
    await app.hides("two litres");
    await app.sees(app.text("welcome"));
  } },
  "shares the note that is open": { needs: ["share"], run: async (app) => {
    await app.press(app.text("newNote"));
    await app.fill(app.text("title"), "Milk");
    await app.fill(app.text("note"), "two litres");
    await app.frame.evaluate(() => addEventListener("copy", (event) => document.body.append(event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    await app.sees("Milk two litres");
  } },
  "prints only the note that is open": { needs: ["print"], run: async (app) => {
    await app.press(app.text("newNote"));
    await app.fill(app.text("title"), "Milk");
    await app.page.emulateMedia({ media: "print" });
    await app.sees("Milk");
    const list = await app.count("#notes");
    await app.page.emulateMedia({ media: null });
    if (list) throw new Error("the list is on paper");
  } },
};
