// What a person does with the pomodoro timer, and sees.

async function shows(app, want) {
  const got = await app.frame.locator("#time").innerText();
  if (got !== want) throw new Error(`the timer shows ${got}, not ${want}`);
}

/** Starts a phase and lets it run to its end: time jumps, as for a device that slept. */
async function run(app, minutes) {
  await app.press(app.text("start"));
  await app.page.clock.fastForward(minutes * 60_000);
  await app.advance(0.5);
}

/** Sets a length or the rounds. */
async function set(app, label, value) {
  if ((await app.count("#settings")) === 0) await app.press(app.text("settings"));
  await app.fill(app.text(label), value);
}

export const checks = {
  "counts down 25 minutes of focus": async (app) => {
    await shows(app, "25:00");
    await app.sees(app.text("round", { n: 1, all: 4 }));
    await app.press(app.text("start"));
    await app.advance(10.3);
    await shows(app, "24:50");
  },
  "pauses and goes on": async (app) => {
    await app.press(app.text("start"));
    await app.advance(60.3);
    await app.press(app.text("pause"));
    await app.advance(60.3);
    await shows(app, "24:00");
    await app.press(app.text("start"));
    await app.advance(60.3);
    await shows(app, "23:00");
  },
  "starts the phase anew": async (app) => {
    await app.press(app.text("start"));
    await app.advance(60.3);
    await app.press(app.text("reset"));
    await shows(app, "25:00");
    await app.advance(5.3);
    await shows(app, "25:00");
  },
  "has a break after focus, and then the next round": async (app) => {
    await app.sees(app.text("today", { n: 0 }));
    await run(app, 25);
    await app.sees(app.text("toShort"));
    await app.sees(app.text("today", { n: 1 }));
    await shows(app, "05:00");
    await run(app, 5);
    await app.sees(app.text("toFocus"));
    await shows(app, "25:00");
    await app.sees(app.text("round", { n: 2, all: 4 }));
  },
  "has a long break after the last round": async (app) => {
    await set(app, "rounds", 2);
    await run(app, 25);
    await app.press(app.text("skip"));
    await run(app, 25);
    await app.sees(app.text("toLong"));
    await shows(app, "15:00");
    await run(app, 15);
    await shows(app, "25:00");
    await app.sees(app.text("round", { n: 1, all: 2 }));
    await app.sees(app.text("today", { n: 2 }));
  },
  "does not count what is skipped": async (app) => {
    await app.press(app.text("start"));
    await app.press(app.text("skip"));
    await shows(app, "05:00");
    await app.sees(app.text("today", { n: 0 }));
    await app.sees(app.text("start"));
  },
  "goes to a phase that is chosen": async (app) => {
    await app.press(app.text("long"));
    await shows(app, "15:00");
    await app.press(app.text("short"));
    await shows(app, "05:00");
    await app.press(app.text("focus"));
    await shows(app, "25:00");
  },
  "takes other lengths": async (app) => {
    await set(app, "focusLength", 50);
    await shows(app, "50:00");
    await set(app, "shortLength", 12);
    await app.press(app.text("short"));
    await shows(app, "12:00");
    await set(app, "longLength", 90);
    await app.press(app.text("long"));
    await shows(app, "1:30:00");
  },
  "lets a phase that runs go on as it began": async (app) => {
    await app.press(app.text("start"));
    await app.advance(60.3);
    await set(app, "focusLength", 50);
    await shows(app, "24:00");
    await app.press(app.text("reset"));
    await shows(app, "50:00");
  },
  "says what is wrong with a length": async (app) => {
    await set(app, "focusLength", 0);
    await app.sees(app.text("wrong"));
    await shows(app, "25:00");
    await set(app, "focusLength", 30);
    await app.hides(app.text("wrong"));
    await shows(app, "30:00");
  },
  "starts the next phase by itself if that is wanted": async (app) => {
    await app.press(app.text("settings"));
    await app.press(app.text("auto"));
    await run(app, 25);
    await app.sees(app.text("toShort"));
    await app.advance(10.3);
    await app.sees(/04:\d\d/);
  },
  "is used by the keyboard": async (app) => {
    await app.key("Space");
    await app.sees(app.text("pause"));
    await app.advance(5.3);
    await app.key("Space");
    await app.advance(5.3);
    await shows(app, "24:55");
  },
  "goes on while the page is closed": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("start"));
      await app.reload();
      await app.sees(app.text("pause"));
      await app.sees(/24:\d\d/);
    },
  },
  "remembers lengths and sessions": {
    needs: ["storage"],
    run: async (app) => {
      await set(app, "focusLength", 10);
      await run(app, 10);
      await app.press(app.text("skip"));
      await app.reload();
      await shows(app, "10:00");
      await app.sees(app.text("round", { n: 2, all: 4 }));
      await app.sees(app.text("today", { n: 1 }));
    },
  },
  "rings at the end of a phase": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await run(app, 25);
      const first = await app.tones();
      if (first === 0) throw new Error("it does not ring");
      await app.advance(5.3);
      await app.press(app.text("sound"));
      const before = await app.tones();
      await run(app, 5);
      if ((await app.tones()) !== before) throw new Error("it rings though the sound is off");
    },
  },
  "has no sound": {
    without: ["sound"],
    run: async (app) => {
      await app.listen();
      await run(app, 25);
      if ((await app.tones()) > 0) throw new Error("it rings");
    },
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noSessions"));
      await run(app, 25);
      await app.hides(app.text("noSessions"));
      const entry = await app.frame.locator("#history li").innerText();
      if (!/10:25[^]*25 min/.test(entry)) throw new Error(`the history is ${entry}`);
      await app.press(/^Delete session of .*10:25/);
      await app.sees(app.text("noSessions"));
      await app.sees(app.text("today", { n: 0 }));
      await app.press(app.text("undo"));
      await app.sees(app.text("today", { n: 1 }));
      if ((await app.count("#history li")) !== 1) throw new Error("the session did not come back");
    },
  },
  "has no history": {
    without: ["history"],
    run: async (app) => {
      await run(app, 25);
      await app.hides("10:25");
    },
  },
  "draws the week": {
    needs: ["charts"],
    run: async (app) => {
      await run(app, 25);
      const days = (await app.frame.locator("#week li").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
      if (days.length !== 7 || days[6] !== "25 Sat" || days[0] !== "0 Sun") throw new Error(`the week is ${days}`);
      const bars = await app.frame.evaluate(() => [...document.querySelectorAll(".bar")].map((bar) => bar.offsetHeight));
      if (!(bars[6] > 20) || bars[5] !== 0) throw new Error(`the bars are ${bars} px high`);
    },
  },
  "has tasks to tick": {
    needs: ["checklists"],
    run: async (app) => {
      await app.sees(app.text("noTasks"));
      await app.fill(app.text("newTask"), "  ");
      await app.key("Enter");
      await app.sees(app.text("noTasks"));
      await app.fill(app.text("newTask"), "Read <one> chapter");
      await app.key("Enter");
      await app.fill(app.text("newTask"), "Write");
      await app.press(app.text("add"));
      await app.press("Write");
      if (!(await app.value("Write"))) throw new Error("the task is not ticked");
      await app.press(app.text("deleteTask", { task: "Read <one> chapter" }));
      await app.sees(app.text("taskDeleted"));
      await app.hides("chapter");
      await app.press(app.text("undo"));
      await app.sees("Read <one> chapter");
      if (!(await app.value("Write"))) throw new Error("the task is not ticked any more");
    },
  },
  "remembers tasks": {
    needs: ["checklists", "storage"],
    run: async (app) => {
      await app.fill(app.text("newTask"), "Write");
      await app.key("Enter");
      await app.press("Write");
      await app.reload();
      if (!(await app.value("Write"))) throw new Error("the task is not ticked any more");
    },
  },
  "is set by a preset": {
    needs: ["presets"],
    run: async (app) => {
      await app.press("50 / 10");
      await shows(app, "50:00");
      await app.press(app.text("short"));
      await shows(app, "10:00");
      await app.press(app.text("settings"));
      if ((await app.value(app.text("longLength"))) !== "30") throw new Error("the long break does not have 30 minutes");
    },
  },
  "moves its ring smoothly": {
    needs: ["animations"],
    run: async (app) => {
      const seconds = await app.frame.evaluate(() => getComputedStyle(document.querySelector(".left")).transitionDuration);
      if (seconds === "0s") throw new Error("the ring jumps");
    },
  },
};
