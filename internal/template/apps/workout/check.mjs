// What a person does with the workout log, and sees. Today is Saturday, 14 March 2026.

const named = (app, key, exercise, n) => app.text("inSet", { field: app.text(key), exercise, n });

async function lists(app, ...want) {
  const got = await app.frame.locator("#exercises h3").allInnerTexts();
  if (got.join() !== want.join()) throw new Error(`the exercises are ${got}, not ${want}`);
}

async function add(app, name, { sets = 2, reps = 5, weight = "" } = {}) {
  await app.fill(app.text("exercise"), name);
  await app.fill(app.text("sets"), sets);
  await app.fill(app.text("reps"), reps);
  await app.fill(app.text("weight"), weight);
  await app.press(app.text("addExercise"));
  await app.sees(name);
}

/** Begins with no exercises. */
const empty = (app) => app.choose(app.text("plan"), app.text("ownPlan"));

const rows = (app) => app.frame.locator("#exercises tbody tr").count();
const full = ["Squat", "Bench press", "Bent-over row", "Plank (seconds)"];

export const checks = {
  "begins with a plan": async (app) => {
    await lists(app, ...full);
    await app.sees(app.text("setsDone", { done: 0, all: 12 }));
    if ((await app.value(named(app, "weight", "Squat", 1))) !== "40") throw new Error("the squat has no weight");
  },
  "offers other plans": async (app) => {
    await app.choose(app.text("plan"), "Legs");
    await lists(app, "Squat", "Deadlift", "Lunge", "Calf raise");
    await app.press(app.text("undo"));
    await lists(app, ...full);
    await empty(app);
    await app.sees(app.text("noExercises"));
  },
  "adds an exercise": async (app) => {
    await empty(app);
    await add(app, "Rope climb", { sets: 3, reps: 2, weight: "7.5" });
    await lists(app, "Rope climb");
    await app.sees(app.text("setsDone", { done: 0, all: 3 }));
    if ((await app.value(named(app, "weight", "Rope climb", 3))) !== "7.5") throw new Error("the third set has another weight");
    if ((await app.value(named(app, "reps", "Rope climb", 1))) !== "2") throw new Error("there are other reps");
  },
  "asks for a name and for sets": async (app) => {
    await app.press(app.text("addExercise"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("exercise"), "squat");
    await app.key("Enter");
    await app.sees(app.text("noName"));
    await app.fill(app.text("exercise"), "Rope climb");
    await app.fill(app.text("sets"), "none");
    await app.press(app.text("addExercise"));
    await app.sees(app.text("noSets"));
    await lists(app, ...full);
  },
  "ticks sets, and counts what was lifted": async (app) => {
    await app.press(named(app, "done", "Squat", 1));
    await app.press(named(app, "done", "Squat", 2));
    await app.sees(app.text("setsDone", { done: 2, all: 12 }));
    await app.sees(app.text("volume", { weight: "640 kg" }));
    await app.fill(named(app, "weight", "Squat", 2), "50");
    await app.sees(app.text("volume", { weight: "720 kg" }));
    await app.press(named(app, "done", "Squat", 1));
    await app.sees(app.text("volume", { weight: "400 kg" }));
  },
  "says which number cannot be read": async (app) => {
    await app.fill(named(app, "reps", "Squat", 1), "many");
    await app.sees(app.text("badNumbers"));
    await app.fill(named(app, "reps", "Squat", 1), "9");
    await app.hides(app.text("badNumbers"));
  },
  "adds and removes sets": async (app) => {
    await app.press(app.text("addSetTo", { exercise: "Squat" }));
    await app.sees(app.text("setsDone", { done: 0, all: 13 }));
    for (let i = 0; i < 3; i++) await app.press(app.text("removeSet", { exercise: "Squat" }));
    if ((await rows(app)) !== 10) throw new Error(`there are ${await rows(app)} sets`);
  },
  "deletes an exercise, and takes that back": async (app) => {
    await app.press(app.text("deleteItem", { item: "Bench press" }));
    await lists(app, "Squat", "Bent-over row", "Plank (seconds)");
    await app.press(app.text("undo"));
    await lists(app, ...full);
  },
  "saves a finished workout, and begins the next one like it": async (app) => {
    await app.press(app.text("finish"));
    await app.sees(app.text("nothingDone"));
    await app.fill(named(app, "weight", "Squat", 1), "60");
    await app.press(named(app, "done", "Squat", 1));
    await app.press(app.text("finish"));
    await app.sees(app.text("finished"));
    await app.sees("Sat, Mar 14 · 1 set · 480 kg");
    await app.sees(app.text("thisWeek", { n: 1 }));
    await app.sees(app.text("setsDone", { done: 0, all: 12 }));
    if ((await app.value(named(app, "weight", "Squat", 1))) !== "60") throw new Error("the weight is forgotten");
    await app.press(app.text("undo"));
    await app.sees(app.text("noHistory"));
    await app.sees(app.text("setsDone", { done: 1, all: 12 }));
  },
  "deletes a workout, and takes that back": async (app) => {
    await app.press(named(app, "done", "Squat", 1));
    await app.press(app.text("finish"));
    await app.press(app.text("deleteItem", { item: "Full body, Mar 14, 2026" }));
    await app.sees(app.text("noHistory"));
    await app.press(app.text("undo"));
    await app.sees(app.text("thisWeek", { n: 1 }));
  },
  "weighs in pounds": async (app) => {
    await app.choose(app.text("unit"), "lb");
    await app.press(named(app, "done", "Squat", 1));
    await app.sees(app.text("volume", { weight: "320 lb" }));
    await app.sees("Weight (lb)");
  },
  "shows an example, and takes that back": async (app) => {
    await app.press(app.text("sample"));
    await app.sees(app.text("sampleShown"));
    if ((await app.frame.locator("#history li").count()) !== 8) throw new Error("there are others than 8 workouts");
    await app.press(app.text("undo"));
    await app.sees(app.text("noHistory"));
  },
  "shows markup as text": async (app) => {
    await empty(app);
    await add(app, "<b>Rope</b>");
    await lists(app, "<b>Rope</b>");
  },
  "remembers the workout and the ones before": { needs: ["storage"], run: async (app) => {
    await app.press(named(app, "done", "Squat", 1));
    await app.press(app.text("finish"));
    await app.choose(app.text("plan"), "Core");
    await app.press(named(app, "done", "Crunch", 1));
    await app.reload();
    await app.sees("Crunch");
    await app.sees(app.text("setsDone", { done: 1, all: 12 }));
    await app.sees(app.text("thisWeek", { n: 1 }));
  } },
  "counts the rest after a set": { needs: ["timer"], run: async (app) => {
    await app.choose(app.text("rest"), app.text("seconds", { n: 30 }));
    await app.press(named(app, "done", "Squat", 1));
    await app.advance(10);
    await app.sees(/00:(19|20)/);
    await app.press(app.text("more"));
    await app.sees(/00:3[345]/);
    await app.advance(36);
    await app.sees(app.text("restOver"));
    await app.press(named(app, "done", "Squat", 2));
    await app.press(app.text("skip"));
    if (await app.count("#resting")) throw new Error("it still counts");
  } },
  "knows no rest": { without: ["timer"], run: async (app) => {
    if (await app.count("#rest")) throw new Error("it does");
  } },
  "rings when the rest is over": { needs: ["sound"], run: async (app) => {
    await app.choose(app.text("rest"), app.text("seconds", { n: 30 }));
    await app.listen();
    await app.press(named(app, "done", "Squat", 1));
    await app.advance(31);
    if ((await app.tones()) === 0) throw new Error("nothing is heard");
  } },
  "is silent": { without: ["sound"], run: async (app) => {
    if (await app.count("#sound")) throw new Error("it has a switch for sound");
  } },
  "draws the progress": { needs: ["charts"], run: async (app) => {
    await app.hides(app.text("progressOf"));
    await app.press(app.text("sample"));
    await app.sees(app.text("best", { best: "55 kg" }));
    if ((await app.count("#chart circle")) !== 8) throw new Error("there are others than 8 workouts");
    await app.frame.locator("#charted").selectOption("Plank (seconds)");
    await app.sees(app.text("best", { best: app.text("count", { n: 45 }) }));
  } },
  "draws nothing": { without: ["charts"], run: async (app) => {
    await app.press(app.text("sample"));
    await app.hides(app.text("progressOf"));
  } },
  "exports each set": { needs: ["export"], run: async (app) => {
    await app.fill(named(app, "weight", "Squat", 1), "42.5");
    await app.press(named(app, "done", "Squat", 1));
    await app.press(app.text("finish"));
    await app.press(app.text("export"));
    await app.sees("2026-03-14,Full body,Squat,1,42.5,8");
  } },
  "shares the plan": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Squat: 8 × 40, 8 × 40, 8 × 40\nBench press:")) throw new Error(`it is ${copied}`);
  } },
  "prints the sets": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const [sets, form] = [await app.count("#exercises tbody tr"), await app.count("#form")];
    await app.page.emulateMedia({ media: null });
    if (sets !== 12 || form) throw new Error(`there are ${sets} sets and ${form} forms on paper`);
  } },
};
