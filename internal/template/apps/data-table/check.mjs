// What a person does with the table, and sees: in English it begins with twelve employees.

/** The texts of a column. */
const column = async (app, n) => {
  await app.advance(0.1);
  return app.frame.locator(`#rows td:nth-child(${n})`).allInnerTexts();
};

async function begins(app, n, ...want) {
  const got = (await column(app, n)).slice(0, want.length);
  if (got.join() !== want.join()) throw new Error(`column ${n} begins with ${got}, not ${want}`);
}

const values = { Name: "Zoe Zimmer", Department: "Sales", City: "Rome", "Start year": "2025", Salary: "50,000" };

async function fill(app, others = {}) {
  for (const [name, value] of Object.entries({ ...values, ...others })) await app.fill(name, value);
  await app.press(app.text("save"));
}

export const checks = {
  "shows sample data, and says so": async (app) => {
    await app.sees(app.text("sampleNote"));
    await begins(app, 1, "Ana García", "Ben Carter");
    await begins(app, 4, "2019");
    await begins(app, 5, "41,000");
  },
  "adds a row": async (app) => {
    await app.press(app.text("addRow"));
    await fill(app);
    await app.sees("Zoe Zimmer");
    await app.sees("50,000");
    await app.sees("13");
    await app.hides(app.text("sampleNote"));
  },
  "says what is missing, and what is no number": async (app) => {
    await app.press(app.text("addRow"));
    await fill(app, { City: "" });
    await app.sees(app.text("missing", { column: "City" }));
    await fill(app, { Salary: "much" });
    await app.sees(app.text("badNumber", { value: "much" }));
    await fill(app);
    await app.hides("much");
    await app.sees("Zoe Zimmer");
  },
  "changes a row": async (app) => {
    await app.press(app.text("editItem", { item: "Ben Carter" }));
    if (await app.value("Salary") !== "58000") throw new Error("the form is not filled");
    await app.fill("Name", "Benjamin");
    await app.key("Enter");
    await begins(app, 1, "Ana García", "Benjamin");
  },
  "does not change what is cancelled": async (app) => {
    await app.press(app.text("editItem", { item: "Ben Carter" }));
    await app.fill("Name", "Nobody");
    await app.press(app.text("cancel"));
    await app.hides("Nobody");
  },
  "deletes a row, and takes that back": async (app) => {
    await app.press(app.text("deleteItem", { item: "Ana García" }));
    await begins(app, 1, "Ben Carter");
    await app.sees("11");
    await app.press(app.text("undo"));
    await begins(app, 1, "Ana García", "Ben Carter");
  },
  "is emptied, and shows the sample again": async (app) => {
    await app.press(app.text("clear"));
    await app.sees(app.text("empty"));
    await app.press(app.text("undo"));
    await begins(app, 1, "Ana García");
    await app.press(app.text("clear"));
    await app.press(app.text("sample"));
    await begins(app, 1, "Ana García");
  },
  "gives columns other names": async (app) => {
    await app.press(app.text("columns"));
    await app.fill(app.text("columnNumber", { n: 3 }), "Department");
    await app.press(app.text("save"));
    await app.sees(app.text("badColumns"));
    await app.fill(app.text("columnNumber", { n: 3 }), "Hometown");
    await app.press(app.text("save"));
    await app.press(app.text("addRow"));
    await app.fill("Hometown", "Rome");
  },
  "remembers the table": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("deleteItem", { item: "Ana García" }));
    await app.press(app.text("columns"));
    await app.fill(app.text("columnNumber", { n: 1 }), "Colleague");
    await app.press(app.text("save"));
    await app.reload();
    await app.sees("Colleague");
    await begins(app, 1, "Ben Carter");
  } },
  "sorts by a column, both ways": { needs: ["sort"], run: async (app) => {
    await app.press("Salary");
    await begins(app, 5, "31,500", "33,000");
    await app.press("Salary");
    await begins(app, 5, "67,500", "63,000");
    const sorted = await app.frame.locator("th[aria-sort]").evaluateAll((all) => all.map((th) => `${th.innerText} ${th.ariaSort}`));
    if (sorted.join() !== "Salary descending") throw new Error(`it says ${sorted}`);
    await app.press("Name");
    await begins(app, 1, "Ana García");
  } },
  "does not sort": { without: ["sort"], run: async (app) => {
    if (await app.count("th button")) throw new Error("it has buttons");
  } },
  "finds rows": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "engineering lond");
    await begins(app, 1, "Ben Carter", "Grace Okoro");
    if (await app.count("#rows tr") !== 2) throw new Error("there are others");
    await app.fill(app.text("search"), "nobody");
    await app.sees(app.text("nothing"));
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "turns pages": { needs: ["pagination"], run: async (app) => {
    await app.sees(app.text("page", { at: 1, all: 2 }));
    await app.sees(app.text("showing", { from: 1, to: 10, all: 12 }));
    await app.press(app.text("next"));
    await begins(app, 1, "Karin Lund");
    await app.sees(app.text("showing", { from: 11, to: 12, all: 12 }));
    if (await app.frame.locator("#next").isEnabled()) throw new Error("there is a next page");
    await app.press(app.text("previous"));
    await begins(app, 1, "Ana García");
    await app.choose(app.text("perPage"), "5");
    await app.sees(app.text("page", { at: 1, all: 3 }));
    if (await app.count("#rows tr") !== 5) throw new Error("there are not five rows");
  } },
  "shows the page of a new row": { needs: ["pagination"], run: async (app) => {
    await app.press(app.text("addRow"));
    await fill(app);
    await app.sees(app.text("page", { at: 2, all: 2 }));
  } },
  "shows all rows at once": { without: ["pagination"], run: async (app) => {
    if (await app.count("#rows tr") !== 12) throw new Error("it does not");
    await app.sees(app.text("rows", { n: 12 }));
  } },
  "shows the rows with one value": { needs: ["filter"], run: async (app) => {
    await app.choose(app.text("filterBy", { column: "Department" }), "Design");
    if ((await column(app, 1)).join() !== "Chloé Martin,Inês Costa") throw new Error(`it shows ${await column(app, 1)}`);
  } },
  "does not filter": { without: ["filter"], run: async (app) => {
    if (await app.count("#filter")) throw new Error("it does");
  } },
  "exports the rows": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    await app.sees("Name,Department,City,Start year,Salary");
    await app.sees("Ana García,Sales,Madrid,2019,41000");
  } },
  "says which row cannot be imported": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Zoe,Sales,Rome,2025,50000\nYan,Sales,Rome,2025,none");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 2 })}: ${app.text("badNumber", { value: "none" })}`);
  } },
};
