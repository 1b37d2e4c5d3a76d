// What a person does with the contacts, and sees. Today is 14 March 2026.

async function add(app, name, others = {}) {
  await app.fill(app.text("fullName"), name);
  for (const [key, value] of Object.entries(others)) await app.fill(app.text(key), value);
  await app.press(app.text("addContact"));
}

async function hasRows(app, ...want) {
  await app.advance(0.1);
  const got = await app.frame.locator("#contacts h4").allInnerTexts();
  if (got.join() !== want.join()) throw new Error(`there are ${got}, not ${want}`);
}

export const checks = {
  "adds a contact": async (app) => {
    await app.sees(app.text("empty"));
    await add(app, "Ada Lovelace", { phone: "+44 20 7946 0000", email: "ada@example.com" });
    await app.sees("Ada Lovelace");
    await app.sees("ada@example.com");
    await app.sees(app.text("count", { n: 1 }));
    await app.hides(app.text("empty"));
    const links = await app.frame.locator("#contacts a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    if (links.join() !== "tel:+442079460000,mailto:ada@example.com") throw new Error(`the links are ${links}`);
    if (await app.value(app.text("fullName")) !== "") throw new Error("the form is not empty");
  },
  "adds by Enter, one after the other": async (app) => {
    await app.focus(app.text("fullName"));
    for (const name of ["Ada", "Grace"]) {
      await app.page.keyboard.type(name);
      await app.key("Enter");
    }
    await hasRows(app, "Ada", "Grace");
  },
  "lists people by letter": async (app) => {
    for (const name of ["Zoe", "Émile", "Ada", "Eve"]) await add(app, name);
    await hasRows(app, "Ada", "Émile", "Eve", "Zoe");
    const letters = await app.frame.locator(".letter").allInnerTexts();
    if (letters.join("") !== "AEZ") throw new Error(`the letters are ${letters}`);
  },
  "asks for a name": async (app) => {
    await app.press(app.text("addContact"));
    await app.sees(app.text("noName"));
    await add(app, "Ada");
    await app.hides(app.text("noName"));
  },
  "says what is wrong with a phone number or an address": async (app) => {
    await add(app, "Ada", { phone: "call me" });
    await app.sees(app.text("badPhone", { value: "call me" }));
    await app.fill(app.text("phone"), "(020) 7946-000");
    await app.fill(app.text("email"), "ada@home");
    await app.press(app.text("addContact"));
    await app.sees(app.text("badEmail", { value: "ada@home" }));
    await app.fill(app.text("email"), "ada@home.example");
    await app.press(app.text("addContact"));
    await hasRows(app, "Ada");
  },
  "changes a contact": async (app) => {
    await add(app, "Ada", { phone: "020 7946" });
    await app.press(app.text("editItem", { item: "Ada" }));
    if (await app.value(app.text("phone")) !== "020 7946") throw new Error("the form is not filled");
    await app.fill(app.text("fullName"), "Ada King");
    await app.press(app.text("save"));
    await hasRows(app, "Ada King");
    await app.sees("020 7946");
  },
  "does not change what is cancelled": async (app) => {
    await add(app, "Ada");
    await app.press(app.text("editItem", { item: "Ada" }));
    await app.fill(app.text("fullName"), "Nobody");
    await app.key("Escape");
    await app.sees(app.text("newContact"));
    await hasRows(app, "Ada");
  },
  "deletes a contact, and takes that back": async (app) => {
    await add(app, "Ada");
    await add(app, "Grace");
    await app.press(app.text("deleteItem", { item: "Ada" }));
    await hasRows(app, "Grace");
    await app.sees(app.text("deleted"));
    await app.press(app.text("undo"));
    await hasRows(app, "Ada", "Grace");
  },
  "tells a birthday that is near": async (app) => {
    await app.press(app.text("more"));
    await app.fill(app.text("birthday"), "1990-03-20");
    await add(app, "Ada");
    await app.sees("Birthday in 6 days");
    await app.press(app.text("more"));
    await app.fill(app.text("birthday"), "1990-02-20");
    await add(app, "Grace");
    await app.sees("Birthday February 20");
  },
  "shows an example, and takes that back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await app.sees("Jonas Weber");
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  },
  "remembers contacts": { needs: ["storage"], run: async (app) => {
    await add(app, "Ada", { email: "ada@example.com" });
    await app.press(app.text("favoriteItem", { item: "Ada" }));
    await app.reload();
    await app.sees("ada@example.com");
    const star = app.frame.getByRole("button", { name: app.text("favoriteItem", { item: "Ada" }) });
    if (await star.getAttribute("aria-pressed") !== "true") throw new Error("it is no favorite any more");
  } },
  "finds people by any of their words": { needs: ["search"], run: async (app) => {
    await add(app, "Émile", { email: "emile@example.com" });
    await add(app, "Grace", { phone: "555 0100" });
    await app.fill(app.text("search"), "emile");
    await hasRows(app, "Émile");
    await app.fill(app.text("search"), "0100");
    await hasRows(app, "Grace");
    await app.fill(app.text("search"), "nobody");
    await app.sees(app.text("nothing"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "shows favorites alone": { needs: ["filter"], run: async (app) => {
    await add(app, "Ada");
    await add(app, "Grace");
    await app.press(app.text("favoriteItem", { item: "Grace" }));
    await app.press(app.text("favorites"));
    await hasRows(app, "Grace");
    await add(app, "Zoe");
    await hasRows(app, "Ada", "Grace", "Zoe");
  } },
  "has no filter": { without: ["filter"], run: async (app) => {
    if (await app.count("#filters")) throw new Error("there is one");
  } },
  "keeps people in groups": { needs: ["categories"], run: async (app) => {
    await add(app, "Ada", { group: "Club" });
    await add(app, "Grace", { group: "Navy" });
    await app.choose(app.text("showGroup"), "Club");
    await hasRows(app, "Ada");
    await app.choose(app.text("showGroup"), app.text("allGroups"));
    await hasRows(app, "Ada", "Grace");
  } },
  "knows no groups": { without: ["categories"], run: (app) => app.hides(app.text("group")) },
  "sorts by company and by time": { needs: ["sort"], run: async (app) => {
    await add(app, "Ada");
    await add(app, "Zoe");
    await add(app, "Grace");
    await app.press(app.text("editItem", { item: "Zoe" }));
    await app.press(app.text("more"));
    await app.fill(app.text("company"), "Acme");
    await app.press(app.text("save"));
    await app.choose(app.text("sortBy"), app.text("company"));
    await hasRows(app, "Zoe", "Ada", "Grace");
    await app.choose(app.text("sortBy"), app.text("newest"));
    await hasRows(app, "Grace", "Zoe", "Ada");
  } },
  "is not sorted": { without: ["sort"], run: (app) => app.hides(app.text("newest")) },
  "exports contacts": { needs: ["export"], run: async (app) => {
    await add(app, "King, Ada", { phone: "020 7946" });
    await app.press(app.text("export"));
    await app.sees('"King, Ada",020 7946,');
  } },
  "says which contact cannot be imported": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Name,Email\nAda,ada@example.com\nGrace,nowhere");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("badEmail", { value: "nowhere" })}`);
    await app.fill(app.text("importText"), "Name,Email\nAda,ada@example.com");
    await app.press(app.text("importData"));
    await hasRows(app, "Ada");
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  } },
};
