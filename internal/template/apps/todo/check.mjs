// What a person does with the to-do list, and sees.

async function add(app, ...titles) {
  for (const title of titles) {
    await app.fill(app.text("newTask"), title);
    await app.key("Enter");
    await app.sees(title);
  }
}

async function lists(app, ...want) {
  const got = await app.frame.locator("#tasks .words label").allInnerTexts();
  if (got.join("|") !== want.join("|")) throw new Error(`the tasks are ${got.join(", ")}, not ${want.join(", ")}`);
}

const left = (app, n) => app.sees(app.text("left", { n }));

/** The name of the control that has the focus. */
const focused = (app) => app.frame.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.innerText);

export const checks = {
  "says that there is nothing to do yet": async (app) => {
    await app.sees(app.text("empty"));
    await app.hides(app.text("clearDone"));
  },
  "adds tasks with the button and by Enter": async (app) => {
    await app.fill(app.text("newTask"), "Buy milk");
    await app.press(app.text("add"));
    await left(app, 1);
    await add(app, "Call Ada");
    await lists(app, "Buy milk", "Call Ada");
    await left(app, 2);
    if ((await app.value(app.text("newTask"))) !== "") throw new Error("the field still has the task");
  },
  "asks for a task": async (app) => {
    await app.fill(app.text("newTask"), "   ");
    await app.press(app.text("add"));
    await app.sees(app.text("missing"));
    await lists(app);
    await add(app, "Buy milk");
    await app.hides(app.text("missing"));
  },
  "ticks tasks, and counts what is left": async (app) => {
    await add(app, "Buy milk", "Call Ada");
    await app.press("Buy milk");
    await left(app, 1);
    if ((await app.value("Buy milk")) !== true) throw new Error("it is not ticked");
    if ((await focused(app)) !== "Buy milk") throw new Error(`the focus is on ${await focused(app)}`);
    await app.press("Call Ada");
    await app.sees(app.text("allDone"));
    await app.key("Space");
    await left(app, 1);
  },
  "changes a task in place": async (app) => {
    await add(app, "Buy milk", "Call Ada");
    await app.press(app.text("editItem", { item: "Buy milk" }));
    await app.fill(app.text("task"), "Buy oat milk");
    await app.press(app.text("save"));
    await lists(app, "Buy oat milk", "Call Ada");
    await app.press(app.text("editItem", { item: "Call Ada" }));
    await app.fill(app.text("task"), "Write to Ada");
    await app.key("Enter");
    await lists(app, "Buy oat milk", "Write to Ada");
  },
  "leaves a task as it is": async (app) => {
    await add(app, "Buy milk");
    for (const end of [() => app.key("Escape"), () => app.press(app.text("cancel"))]) {
      await app.press(app.text("editItem", { item: "Buy milk" }));
      await app.fill(app.text("task"), "Buy oat milk");
      await end();
      await lists(app, "Buy milk");
    }
  },
  "does not take away the title of a task": async (app) => {
    await add(app, "Buy milk");
    await app.press(app.text("editItem", { item: "Buy milk" }));
    await app.fill(app.text("task"), "");
    await app.key("Enter");
    await app.sees(app.text("missing"));
    await app.key("Escape");
    await lists(app, "Buy milk");
  },
  "deletes a task, and takes that back": async (app) => {
    await add(app, "Buy milk", "Call Ada");
    await app.press("Buy milk");
    await app.press(app.text("deleteItem", { item: "Buy milk" }));
    await lists(app, "Call Ada");
    await app.sees(app.text("deleted"));
    await app.press(app.text("undo"));
    await lists(app, "Buy milk", "Call Ada");
    if ((await app.value("Buy milk")) !== true) throw new Error("it is not ticked any more");
  },
  "clears what is done, and takes that back": async (app) => {
    await add(app, "Buy milk", "Call Ada", "Water the fern");
    await app.press("Buy milk");
    await app.press("Water the fern");
    await app.press(app.text("clearDone"));
    await lists(app, "Call Ada");
    await app.sees(app.text("cleared", { n: 2 }));
    await app.press(app.text("undo"));
    await lists(app, "Buy milk", "Call Ada", "Water the fern");
  },
  "shows markup as text": async (app) => {
    await add(app, "<b>Buy</b> milk");
    await lists(app, "<b>Buy</b> milk");
  },
  "remembers the tasks": { needs: ["storage"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada");
    await app.press("Buy milk");
    await app.reload();
    await app.sees("Call Ada");
    await lists(app, "Buy milk", "Call Ada");
    await left(app, 1);
  } },
  "shows what is open or done": { needs: ["filter"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada", "Water the fern");
    await app.press("Call Ada");
    await app.press(app.text("open"));
    await lists(app, "Buy milk", "Water the fern");
    await app.sees(`${app.text("open")} 2`);
    await app.press("Buy milk");
    await lists(app, "Water the fern");
    await app.press(app.text("done"));
    await lists(app, "Buy milk", "Call Ada");
    await add(app, "Rest");
    await lists(app, "Buy milk", "Call Ada", "Water the fern", "Rest");
    await app.press(app.text("open"));
    await app.press(app.text("all"));
    await lists(app, "Buy milk", "Call Ada", "Water the fern", "Rest");
  } },
  "says why nothing is seen": { needs: ["filter"], run: async (app) => {
    await add(app, "Buy milk");
    await app.press(app.text("done"));
    await app.sees(app.text("noneDone"));
  } },
  "has no filters": { without: ["filter"], run: async (app) => {
    await add(app, "Buy milk");
    if (await app.count(".segments")) throw new Error("there are some");
  } },
  "gives tasks a priority": { needs: ["priorities"], run: async (app) => {
    await app.choose(app.text("priority"), app.text("high"));
    await add(app, "Buy milk");
    await app.choose(app.text("priority"), app.text("low"));
    await add(app, "Call Ada");
    const chips = await app.frame.locator(".chip").allInnerTexts();
    if (chips.join() !== [app.text("high"), app.text("low")].join()) throw new Error(`they are ${chips}`);
    await add(app, "Rest");
    if ((await app.count(".chip")) !== 2) throw new Error("a normal task has a chip");
    await app.press(app.text("editItem", { item: "Buy milk" }));
    const now = await app.frame.locator(".change select[name=priority]").inputValue();
    if (now !== "high") throw new Error(`it is changed from ${now}`);
    await app.frame.locator(".change select[name=priority]").selectOption("normal");
    await app.press(app.text("save"));
    if ((await app.count(".chip")) !== 1) throw new Error("it is still high");
  } },
  "knows no priorities": { without: ["priorities"], run: async (app) => {
    await app.hides(app.text("priority"));
  } },
  "says when tasks are due": { needs: ["due-dates"], run: async (app) => {
    const on = async (date, title) => {
      await app.fill(app.text("due"), date);
      await add(app, title);
    };
    await on("2026-03-12", "Pay the rent");
    await on("2026-03-15", "Buy milk");
    await on("2026-03-20", "Call Ada");
    await app.sees(app.text("overdue", { date: "Thu, Mar 12" }));
    await app.sees("tomorrow");
    await app.sees("Fri, Mar 20");
    await app.press("Pay the rent");
    await app.hides(app.text("overdue", { date: "Thu, Mar 12" }));
  } },
  "asks for no date": { without: ["due-dates"], run: async (app) => {
    if (await app.count("input[type=date]")) throw new Error("it does");
  } },
  "shows the tasks of a category": { needs: ["categories"], run: async (app) => {
    const under = async (category, title) => {
      await app.fill(app.text("category"), category);
      await add(app, title);
    };
    await under("Home", "Buy milk");
    await under("Work", "Call Ada");
    await add(app, "Rest");
    await app.choose(app.text("showCategory"), "Work");
    await lists(app, "Call Ada");
    await app.choose(app.text("showCategory"), app.text("allCategories"));
    await lists(app, "Buy milk", "Call Ada", "Rest");
    await app.choose(app.text("showCategory"), "Work");
    await app.press(app.text("deleteItem", { item: "Call Ada" }));
    await lists(app, "Buy milk", "Rest");
  } },
  "knows no categories": { without: ["categories"], run: async (app) => {
    if (await app.count("#category, input[name=category]")) throw new Error("there are some");
  } },
  "finds tasks": { needs: ["search"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada");
    await app.fill(app.text("search"), "ADA");
    await lists(app, "Call Ada");
    await app.fill(app.text("search"), "bread");
    await app.sees(app.text("nothing"));
    await app.fill(app.text("search"), "");
    await lists(app, "Buy milk", "Call Ada");
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("input[type=search]")) throw new Error("there is one");
  } },
  "sorts tasks": { needs: ["sort"], run: async (app) => {
    await add(app, "Call Ada", "Buy milk");
    await app.choose(app.text("sortBy"), app.text("byTitle"));
    await lists(app, "Buy milk", "Call Ada");
    await app.choose(app.text("sortBy"), app.text("ownOrder"));
    await lists(app, "Call Ada", "Buy milk");
  } },
  "does not sort": { without: ["sort"], run: async (app) => {
    if (await app.count("#sort")) throw new Error("it does");
  } },
  "sorts by priority": { needs: ["sort", "priorities"], run: async (app) => {
    await add(app, "Rest");
    await app.choose(app.text("priority"), app.text("high"));
    await add(app, "Buy milk");
    await app.choose(app.text("sortBy"), app.text("priority"));
    await lists(app, "Buy milk", "Rest");
  } },
  "moves tasks by dragging": { needs: ["drag-and-drop"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada", "Rest");
    const handle = (title) => app.text("moveItem", { item: title });
    await app.drag(handle("Buy milk"), handle("Rest"));
    await lists(app, "Call Ada", "Rest", "Buy milk");
    await app.drag(handle("Buy milk"), app.frame.locator("#add"));
    await lists(app, "Buy milk", "Call Ada", "Rest");
  } },
  "moves tasks by the keyboard": { needs: ["drag-and-drop"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada", "Rest");
    await app.focus(app.text("moveItem", { item: "Rest" }));
    await app.key("ArrowUp");
    await app.key("ArrowUp");
    await app.key("ArrowUp");
    await lists(app, "Rest", "Buy milk", "Call Ada");
    await app.sees(app.text("movedTo", { item: "Rest", place: 1, n: 3 }));
    await app.key("ArrowDown");
    await lists(app, "Buy milk", "Rest", "Call Ada");
  } },
  "moves only what is seen": { needs: ["drag-and-drop", "filter"], run: async (app) => {
    await add(app, "Buy milk", "Call Ada", "Rest");
    await app.press("Call Ada");
    await app.press(app.text("open"));
    await app.focus(app.text("moveItem", { item: "Rest" }));
    await app.key("ArrowUp");
    await app.press(app.text("all"));
    await lists(app, "Rest", "Call Ada", "Buy milk");
  } },
  "has no handles": { without: ["drag-and-drop"], run: async (app) => {
    await add(app, "Buy milk");
    if (await app.count(".handle")) throw new Error("there are some");
  } },
  "exports its tasks": { needs: ["export"], run: async (app) => {
    await add(app, "Buy milk, and bread", "Rest");
    await app.press("Rest");
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (table !== 'Task,Done\n"Buy milk, and bread",false\nRest,true') throw new Error(`the table is ${table}`);
  } },
  "imports tasks": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "title;done\nBuy milk;\nRest;yes");
    await app.press(app.text("importData"));
    await lists(app, "Buy milk", "Rest");
    await app.sees(app.text("left", { n: 1 }));
    await app.press(app.text("undo"));
    await lists(app);
  } },
  "imports a list of titles, but no line without one": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Buy milk\n,true");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 2 })}: ${app.text("missing")}`);
    await app.fill(app.text("importText"), "Buy milk\nRest");
    await app.press(app.text("importData"));
    await lists(app, "Buy milk", "Rest");
  } },
  "shares what is shown": { needs: ["share"], run: async (app) => {
    await add(app, "Buy milk", "Rest");
    await app.press("Rest");
    await app.frame.evaluate(() => addEventListener("copy", (event) => document.body.append(event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    await app.sees("☐ Buy milk ☑ Rest");
  } },
};
