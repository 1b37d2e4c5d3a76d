// What a person does with the habit tracker, and sees. Today is Saturday, 14 March 2026.

async function add(app, ...names) {
  for (const name of names) {
    await app.fill(app.text("newHabit"), name);
    await app.press(app.text("add"));
    await app.sees(name);
  }
}

const day = (app, habit, date) => app.text("cell", { habit, day: date });
const names = (app) => app.frame.locator("#habits label").allInnerTexts();

async function lists(app, ...want) {
  const got = await names(app);
  if (got.join() !== want.join()) throw new Error(`the habits are ${got}, not ${want}`);
}

async function isPressed(app, name, want) {
  const got = await app.frame.getByRole("button", { name, exact: true }).getAttribute("aria-pressed");
  if (got !== String(want)) throw new Error(`${name} is ${got}`);
}

export const checks = {
  "begins with a suggestion": async (app) => {
    await app.sees(app.text("empty"));
    await app.press("Meditate");
    await lists(app, "Meditate");
    await app.hides(app.text("empty"));
  },
  "adds habits with the button and by Enter": async (app) => {
    await add(app, "Stretch");
    await app.fill(app.text("newHabit"), "Play the piano");
    await app.key("Enter");
    await app.sees(app.text("doneToday", { done: 0, all: 2 }));
    await lists(app, "Stretch", "Play the piano");
    if ((await app.value(app.text("newHabit"))) !== "") throw new Error("the field still has the habit");
  },
  "asks for a name that is new": async (app) => {
    await app.press(app.text("add"));
    await app.sees(app.text("missing"));
    await add(app, "Stretch");
    await app.hides(app.text("missing"));
    await app.fill(app.text("newHabit"), " stretch ");
    await app.press(app.text("add"));
    await app.sees(app.text("twice"));
    await lists(app, "Stretch");
  },
  "ticks what is done today, and takes that back": async (app) => {
    await add(app, "Stretch", "Play the piano");
    await app.press("Stretch");
    await app.sees(app.text("doneToday", { done: 1, all: 2 }));
    await isPressed(app, day(app, "Stretch", "Saturday, March 14"), true);
    await app.press("Play the piano");
    await app.sees(app.text("allDone"));
    await app.key("Space");
    await app.sees(app.text("doneToday", { done: 1, all: 2 }));
  },
  "ticks a day of the week": async (app) => {
    await add(app, "Stretch");
    const friday = day(app, "Stretch", "Friday, March 13");
    await app.press(friday);
    await isPressed(app, friday, true);
    await app.sees(app.text("doneToday", { done: 0, all: 1 }));
    await app.press(friday);
    await isPressed(app, friday, false);
    await app.press(day(app, "Stretch", "Saturday, March 14"));
    if ((await app.value("Stretch")) !== true) throw new Error("today is not ticked");
  },
  "turns to other weeks": async (app) => {
    await add(app, "Stretch");
    await app.sees("Mar 8 – 14");
    await app.press(app.text("previousWeek"));
    await app.sees("Mar 1 – 7");
    const monday = day(app, "Stretch", "Monday, March 2");
    await app.press(monday);
    await app.press(app.text("previousWeek"));
    await app.sees("Feb 22 – 28");
    await app.press(app.text("nextWeek"));
    await isPressed(app, monday, true);
    await app.press(app.text("thisWeek"));
    await app.sees("Mar 8 – 14");
    if (!(await app.frame.locator("#next").isDisabled())) throw new Error("it turns to a week that is to come");
  },
  "changes the name and the goal": async (app) => {
    await add(app, "Stretch", "Rest");
    await app.press("Stretch");
    await app.press(app.text("editOne", { habit: "Stretch" }));
    await app.fill(app.text("habitName"), "rest");
    await app.press(app.text("save"));
    await app.sees(app.text("twice"));
    await app.fill(app.text("habitName"), "Yoga");
    await app.frame.locator("#edit-goal").selectOption({ label: app.text("daysAWeek", { n: 3 }) });
    await app.press(app.text("save"));
    await lists(app, "Yoga", "Rest");
    await app.sees(app.text("thisWeekOf", { done: 1, goal: 3 }));
    await app.press(app.text("editOne", { habit: "Yoga" }));
    await app.fill(app.text("habitName"), "Judo");
    await app.press(app.text("cancel"));
    await lists(app, "Yoga", "Rest");
  },
  "deletes a habit, and takes that back": async (app) => {
    await add(app, "Stretch", "Rest");
    await app.press("Stretch");
    await app.press(app.text("deleteOne", { habit: "Stretch" }));
    await lists(app, "Rest");
    await app.sees(app.text("deleted"));
    await app.press(app.text("undo"));
    await lists(app, "Stretch", "Rest");
    if ((await app.value("Stretch")) !== true) throw new Error("it is not ticked any more");
  },
  "shows an example, and takes that back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    await lists(app, "Drink enough water", "Read ten pages", "Exercise", "Meditate");
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  },
  "shows markup as text": async (app) => {
    await add(app, "<b>Stretch</b>");
    await lists(app, "<b>Stretch</b>");
  },
  "remembers the habits": { needs: ["storage"], run: async (app) => {
    await add(app, "Stretch", "Rest");
    await app.press("Rest");
    await app.reload();
    await app.sees("Stretch");
    await lists(app, "Stretch", "Rest");
    if ((await app.value("Rest")) !== true) throw new Error("it is not ticked any more");
  } },
  "counts days in a row": { needs: ["streaks"], run: async (app) => {
    await add(app, "Stretch");
    await app.sees(app.text("streakDays", { n: 0 }));
    for (const date of ["Tuesday, March 10", "Wednesday, March 11", "Friday, March 13"]) await app.press(day(app, "Stretch", date));
    await app.sees(`${app.text("streakDays", { n: 1 })} · ${app.text("best", { best: 2 })}`);
    await app.press(day(app, "Stretch", "Thursday, March 12"));
    await app.sees(app.text("streakDays", { n: 4 }));
    await app.press("Stretch");
    await app.sees(app.text("streakDays", { n: 5 }));
  } },
  "counts weeks in a row": { needs: ["streaks"], run: async (app) => {
    await app.choose(app.text("goal"), app.text("daysAWeek", { n: 2 }));
    await add(app, "Stretch");
    await app.press(day(app, "Stretch", "Monday, March 9"));
    await app.press(app.text("previousWeek"));
    for (const date of ["Monday, March 2", "Friday, March 6"]) await app.press(day(app, "Stretch", date));
    await app.sees(`${app.text("thisWeekOf", { done: 1, goal: 2 })} · ${app.text("streakWeeks", { n: 1 })}`);
    await app.press("Stretch");
    await app.sees(app.text("streakWeeks", { n: 2 }));
  } },
  "counts no streaks": { without: ["streaks"], run: async (app) => {
    await add(app, "Stretch");
    await app.hides(app.text("streakDays", { n: 0 }));
    await app.sees(app.text("thisWeekOf", { done: 0, goal: 7 }));
  } },
  "draws the last months": { needs: ["charts"], run: async (app) => {
    await add(app, "Stretch", "Rest");
    await app.press("Stretch");
    await app.sees(app.text("times", { n: 1 }));
    if ((await app.count("#chart .part-2")) !== 1) throw new Error("today is not half full");
    await app.press("Rest");
    await app.sees(app.text("times", { n: 2 }));
    if ((await app.count("#chart .part-4")) !== 1) throw new Error("today is not full");
  } },
  "has no chart": { without: ["charts"], run: async (app) => {
    await add(app, "Stretch");
    await app.hides(app.text("lastMonths"));
  } },
  "throws confetti when all is done": { needs: ["animations"], run: async (app) => {
    await add(app, "Stretch", "Rest");
    await app.press("Stretch");
    if (await app.count(".confetti")) throw new Error("it comes too early");
    await app.press("Rest");
    if (!(await app.frame.locator(".confetti").count())) throw new Error("there is none");
  } },
  "rings for each tick": { needs: ["sound"], run: async (app) => {
    await add(app, "Stretch");
    await app.listen();
    await app.press("Stretch");
    if ((await app.tones()) === 0) throw new Error("nothing is heard");
    await app.press("Stretch");
    await app.press(app.text("sound"));
    const before = await app.tones();
    await app.press("Stretch");
    if ((await app.tones()) !== before) throw new Error("it is not silent");
  } },
  "is silent": { without: ["sound"], run: async (app) => {
    if (await app.count("#sound")) throw new Error("it has a switch for sound");
  } },
  "exports the days of each habit": { needs: ["export"], run: async (app) => {
    await add(app, "Stretch, and breathe");
    await app.press(day(app, "Stretch, and breathe", "Friday, March 13"));
    await app.press("Stretch, and breathe");
    await app.press(app.text("export"));
    await app.sees('"Stretch, and breathe",7,2026-03-13 2026-03-14');
  } },
  "imports habits": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Stretch;3;2026-03-13 2026-03-14\nRest;9;");
    await app.press(app.text("importData"));
    await app.sees(app.text("badGoal"));
    await app.fill(app.text("importText"), "Stretch;3;2026-03-13 14 March\nRest;7;");
    await app.press(app.text("importData"));
    await app.sees(app.text("badDays"));
    await app.fill(app.text("importText"), "Stretch;3;2026-03-13 2026-03-14\nRest;7;");
    await app.press(app.text("importData"));
    await app.sees(app.text("doneToday", { done: 1, all: 2 }));
    await app.sees(app.text("thisWeekOf", { done: 2, goal: 3 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("empty"));
  } },
  "prints the week": { needs: ["print"], run: async (app) => {
    await add(app, "Stretch");
    await app.page.emulateMedia({ media: "print" });
    const [names, form] = [await app.count("#habits .what"), await app.count("#form")];
    await app.page.emulateMedia({ media: null });
    if (names !== 1 || form) throw new Error(`there are ${names} habits and ${form} forms on paper`);
  } },
};
