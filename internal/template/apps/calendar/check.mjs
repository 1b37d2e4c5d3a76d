// What a person does with the calendar, and sees. It is Saturday, 14 March 2026.

const day = (date) => new Date(`${date}T00:00`).toLocaleDateString("en", { dateStyle: "full" });
const dayNamed = (date) => new RegExp(`^${day(date)}`);
const inMonth = (app, text) => app.frame.locator(".day .event", { hasText: text }).count();

async function add(app, values) {
  await app.press(app.text("addEvent"));
  for (const [field, value] of Object.entries(values)) {
    if (field === "repeat" || field === "category") await app.choose(app.text(field), app.text(value));
    else await app.fill(app.text(field), value);
  }
  await app.press(app.text("save"));
}

export const checks = {
  "shows the month of today": async (app) => {
    await app.sees("March 2026");
    await app.sees("Saturday, March 14");
    await app.sees(app.text("noEvents"));
    const current = await app.frame.locator("[aria-current=date] .number").innerText();
    if (current !== "14") throw new Error(`today is ${current}`);
  },
  "begins a week on Sunday in English": async (app) => {
    const first = await app.frame.locator("th").first().innerText();
    const cells = await app.frame.locator("td .number").allInnerTexts();
    if (first !== "Sun" || cells[0] !== "1" || cells.length !== 35) throw new Error(`${first} ${cells}`);
  },
  "adds an event": async (app) => {
    await add(app, { title: "Yoga", time: "18:30" });
    await app.sees(/6:30\sPM Yoga/);
    if ((await inMonth(app, "Yoga")) !== 1) throw new Error("the month does not show it");
  },
  "shows an event on the day that it is for": async (app) => {
    await add(app, { title: "Journey", date: "2026-05-02" });
    await app.sees("May 2026");
    await app.sees("Saturday, May 2");
    await app.sees(app.text("allDay"));
  },
  "adds no event without a title": async (app) => {
    await app.press(app.text("addEvent"));
    await app.press(app.text("save"));
    await app.sees(app.text("title"));
    await app.press(app.text("cancel"));
    await app.sees(app.text("noEvents"));
  },
  "shows the events of a day by their time": async (app) => {
    await add(app, { title: "Late", time: "21:00" });
    await add(app, { title: "Early", time: "08:00" });
    await add(app, { title: "Birthday" });
    const got = await app.frame.locator("#events .entry span").allInnerTexts();
    if (got.join() !== "Birthday,Early,Late") throw new Error(`the events are ${got}`);
  },
  "changes an event": async (app) => {
    await app.press(dayNamed("2026-03-15"));
    await app.press(/PM\s*Coffee with Sam$/);
    await app.fill(app.text("title"), "Tea with Sam");
    await app.fill(app.text("notes"), "At the station");
    await app.press(app.text("save"));
    await app.sees("Tea with Sam At the station");
    await app.hides(app.text("coffee"));
  },
  "deletes an event, and takes that back": async (app) => {
    await app.press(dayNamed("2026-03-15"));
    await app.press(app.text("deleteEvent", { title: app.text("coffee") }));
    await app.sees(app.text("noEvents"));
    await app.sees(app.text("deleted"));
    await app.press(app.text("undo"));
    await app.hides(app.text("noEvents"));
  },
  "deletes an event that is open": async (app) => {
    await app.press(dayNamed("2026-03-15"));
    await app.press(/PM\s*Coffee with Sam$/);
    await app.press(app.text("delete"));
    await app.sees(app.text("noEvents"));
  },
  "turns the months, and comes back": async (app) => {
    await app.press(app.text("next"));
    await app.sees("April 2026");
    for (let i = 0; i < 4; i++) await app.press(app.text("previous"));
    await app.sees("December 2025");
    await app.press(app.text("today"));
    await app.sees("March 2026");
  },
  "goes to the last day of a shorter month": async (app) => {
    await app.press(dayNamed("2026-03-31"));
    await app.press(app.text("next"));
    await app.sees("Thursday, April 30");
  },
  "is used by the keyboard": async (app) => {
    await app.focus(dayNamed("2026-03-14"));
    for (const [key, want] of [["ArrowRight", "Sunday, March 15"], ["ArrowDown", "Sunday, March 22"], ["End", "Saturday, March 28"], ["ArrowDown", "Saturday, April 4"], ["PageUp", "Wednesday, March 4"], ["Home", "Sunday, March 1"], ["ArrowLeft", "Saturday, February 28"]]) {
      await app.key(key);
      await app.sees(want);
    }
  },
  "repeats an event every week": async (app) => {
    await add(app, { title: "Choir", date: "2026-03-05", repeat: "weekly" });
    if ((await inMonth(app, "Choir")) !== 5) throw new Error(`it is there ${await inMonth(app, "Choir")} times`);
    await app.press(app.text("previous"));
    if ((await inMonth(app, "Choir")) !== 0) throw new Error("it is there before it began");
  },
  "repeats an event every month, and every year": async (app) => {
    await add(app, { title: "Rent", date: "2026-03-03", repeat: "monthly" });
    await add(app, { title: "Birthday", date: "2025-04-20", repeat: "yearly" });
    await app.press(app.text("today"));
    await app.press(app.text("next"));
    if ((await inMonth(app, "Rent")) !== 1 || (await inMonth(app, "Birthday")) !== 1) throw new Error("one of them is missing");
  },
  "says how many more there are": async (app) => {
    for (const title of ["One", "Two", "Three", "Four"]) await add(app, { title });
    await app.sees(app.text("more", { n: 2 }));
  },
  "remembers the events": {
    needs: ["storage"],
    run: async (app) => {
      await add(app, { title: "Yoga", date: "2026-03-20" });
      await app.reload();
      await app.press(dayNamed("2026-03-20"));
      await app.sees(app.text("allDay"));
      await app.sees("Yoga");
    },
  },
  "finds events": {
    needs: ["search"],
    run: async (app) => {
      await app.fill(app.text("search"), "dent");
      await app.sees(`Mar 18, 2026 ${app.text("dentist")}`);
      await app.fill(app.text("search"), "xyz");
      await app.sees(app.text("noMatch"));
      await app.fill(app.text("search"), "");
      await app.sees("Saturday, March 14");
      await app.sees(app.text("noEvents"));
    },
  },
  "gives an event a category": {
    needs: ["categories"],
    run: async (app) => {
      await add(app, { title: "Meeting", category: "work" });
      if ((await app.count("#events .work")) !== 1) throw new Error("it does not show the category");
    },
  },
  "exports events": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (!table.startsWith(`Title,Date,${app.text("time")},Repeat,Notes\n${app.text("coffee")},2026-03-15,15:00,,\n`)) throw new Error(`the table is ${table}`);
  } },
  "imports events": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "title,date,time,repeat\nSwim,2026-03-14,9:15,weekly\nRun,14/03/2026");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("badDay", { value: "14/03/2026" })}`);
    await app.fill(app.text("importText"), "title,date,time,repeat\nSwim,2026-03-07,9:15,weekly");
    await app.press(app.text("importData"));
    await app.sees("9:15 AM Swim");
    await app.press(app.text("undo"));
    await app.hides("Swim");
  } },
  "prints the month": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const days = await app.count("#days button");
    await app.page.emulateMedia({ media: null });
    if (days < 28) throw new Error(`there are ${days} days on paper`);
  } },
};
