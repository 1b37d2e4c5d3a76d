// What a person does with the cards, and sees.

import { readFile } from "node:fs/promises";

const { banks } = JSON.parse(await readFile(new URL("app.json", import.meta.url), "utf8"));
const [first, second, third] = banks[0].items.en;
const all = banks[0].items.en.length;

/** Leaves one new card in the deck. */
async function oneCard(app) {
  await app.frame.evaluate((all) => {
    for (let i = 0; i < all; i++) document.querySelector("#list .danger").click();
  }, all);
  await app.press(app.text("cards"));
  await add(app, "der Baum", "the tree");
  await app.press(app.text("study"));
}

async function add(app, front, back) {
  await app.fill(app.text("front"), front);
  await app.fill(app.text("back"), back);
  await app.press(app.text("addCard"));
}

const known = (app, n, of = all) => app.sees(app.text("known", { n, all: of }));

export const checks = {
  "turns a card": async (app) => {
    await app.sees(first.front);
    await app.hides(first.back);
    await app.press(app.text("show"));
    await app.sees(first.back);
    await app.hides(first.front);
    await app.frame.locator("#card").click();
    await app.sees(first.front);
  },
  "puts away what is known": async (app) => {
    await app.press(app.text("show"));
    await app.press(app.text("know"));
    await known(app, 1);
    await app.sees(second.front);
    await app.hides(second.back);
  },
  "asks again what is not known": async (app) => {
    await oneCard(app);
    await app.press(app.text("show"));
    await app.press(app.text("learning"));
    await known(app, 0, 1);
    await app.sees("der Baum");
    await app.press(app.text("show"));
    await app.press(app.text("know"));
    await app.sees(app.text("finished"));
    await app.sees(app.text("firstTry", { n: 0, all: 1 }));
  },
  "is done once all are known": async (app) => {
    await oneCard(app);
    await app.press(app.text("show"));
    await app.press(app.text("know"));
    await app.sees(app.text("firstTry", { n: 1, all: 1 }));
    await app.press(app.text("again"));
    await known(app, 0, 1);
    await app.sees("der Baum");
  },
  "is used by the keyboard": async (app) => {
    await app.frame.locator("h1").click();
    await app.key("Space");
    await app.sees(first.back);
    await app.key("ArrowRight");
    await known(app, 1);
    await app.key("Space");
    await app.sees(second.back);
    await app.key("ArrowLeft");
    await known(app, 1);
    await app.sees(third.front);
  },
  "adds a card": async (app) => {
    await app.press(app.text("cards"));
    await add(app, "der Baum", "the tree");
    await app.sees("der Baum the tree");
    await app.press(app.text("study"));
    await known(app, 0, all + 1);
    await app.sees("der Baum");
  },
  "adds no card with an empty side": async (app) => {
    await app.press(app.text("cards"));
    await app.fill(app.text("front"), "der Baum");
    await app.press(app.text("addCard"));
    if ((await app.count("#list li")) !== all) throw new Error("a card was added");
  },
  "changes a card": async (app) => {
    await app.press(app.text("cards"));
    await app.press(app.text("editCard", { front: second.front }));
    await app.fill(app.text("back"), "somewhere");
    await app.press(app.text("save"));
    await app.sees(`${second.front} somewhere`);
    await app.sees(app.text("newCard"));
  },
  "leaves a card as it is": async (app) => {
    await app.press(app.text("cards"));
    await app.press(app.text("editCard", { front: second.front }));
    await app.fill(app.text("back"), "somewhere");
    await app.press(app.text("cancel"));
    await app.hides("somewhere");
  },
  "deletes a card, and takes that back": async (app) => {
    await app.press(app.text("cards"));
    await app.press(app.text("deleteCard", { front: first.front }));
    await app.sees(app.text("deleted"));
    if ((await app.count("#list li")) !== all - 1) throw new Error("it is still there");
    await app.press(app.text("undo"));
    if ((await app.count("#list li")) !== all) throw new Error("it did not come back");
  },
  "says that there are no cards": async (app) => {
    await oneCard(app);
    await app.press(app.text("cards"));
    await app.press(app.text("deleteCard", { front: "der Baum" }));
    await app.sees(app.text("noCards"));
    await app.press(app.text("study"));
    await app.sees(app.text("noCards"));
  },
  "changes tabs by arrow keys": async (app) => {
    await app.focus(app.text("study"));
    await app.key("ArrowRight");
    await app.sees(app.text("newCard"));
    await app.key("ArrowLeft");
    await app.sees(app.text("show"));
  },
  "remembers the cards": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("cards"));
      await add(app, "der Baum", "the tree");
      await app.reload();
      await known(app, 0, all + 1);
    },
  },
  "shuffles": {
    needs: ["shuffle"],
    run: async (app) => {
      const seen = new Set();
      for (let i = 0; i < 5; i++) {
        await app.press(app.text("shuffle"));
        seen.add(await app.frame.locator("#card span").innerText());
      }
      if (seen.size < 2) throw new Error(`it always shows ${[...seen]}`);
      await known(app, 0);
    },
  },
  "keeps its order": { without: ["shuffle"], run: async (app) => app.hides(app.text("shuffle")) },
  "finds cards": {
    needs: ["search"],
    run: async (app) => {
      await app.press(app.text("cards"));
      await app.fill(app.text("search"), third.back.toUpperCase());
      await app.sees(third.front);
      if ((await app.count("#list li")) !== 1) throw new Error("it shows more");
      await app.fill(app.text("search"), "xyz");
      await app.sees(app.text("noMatch"));
    },
  },
  "gives a hint": {
    needs: ["hints"],
    run: async (app) => {
      await app.press(app.text("hint"));
      await app.sees(`${first.back.slice(0, 2)}…`);
      await app.hides(first.back);
    },
  },
  "imports cards": {
    needs: ["import"],
    run: async (app) => {
      await app.press(app.text("cards"));
      await app.press(app.text("import"));
      await app.fill(app.text("importText"), "der Baum; the tree\nno card\nder Wald; the forest");
      await app.press(app.text("importData"));
      await app.sees(`${app.text("lineNumber", { n: 2 })}: ${app.text("somethingMissing")}`);
      await app.fill(app.text("importText"), "der Baum; the tree\n\nder Wald; the forest");
      await app.press(app.text("importData"));
      await app.sees(app.text("imported", { n: 2 }));
      await app.sees("der Wald the forest");
      await app.press(app.text("undo"));
      await app.hides("der Wald");
    },
  },
  "exports cards": { needs: ["export"], run: async (app) => {
    await app.press(app.text("cards"));
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (!table.startsWith(`Front,Back\n${first.front},${first.back}\n`)) throw new Error(`the table is ${table}`);
  } },
};
