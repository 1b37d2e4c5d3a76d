// What a person does with the stopwatch, and sees.

const shown = (app) => app.frame.locator("#time").innerText();

/** Fails unless the watch shows a time between two, in seconds. */
async function shows(app, from, to) {
  const text = await shown(app);
  const seconds = text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  if (!(seconds >= from && seconds <= to)) throw new Error(`it shows ${text}, not ${from} to ${to} seconds`);
}

/** The lines of the laps, the newest first. */
const laps = async (app) => (await app.frame.locator("#laps tr").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());

/** Runs for three laps of about 2, 1 and 3 seconds. */
async function threeLaps(app) {
  await app.press(app.text("start"));
  for (const seconds of [2, 1, 3]) {
    await app.advance(seconds);
    await app.press(app.text("lap"));
  }
}

export const checks = {
  "begins at zero": async (app) => {
    if ((await shown(app)) !== "00:00.00") throw new Error(`it shows ${await shown(app)}`);
    await app.advance(2);
    await shows(app, 0, 0);
  },
  "measures time": async (app) => {
    await app.press(app.text("start"));
    await app.advance(3.5);
    await shows(app, 3.45, 3.6);
    await app.press(app.text("stop"));
    const stopped = await shown(app);
    await app.advance(2);
    if ((await shown(app)) !== stopped) throw new Error(`it goes on to ${await shown(app)}`);
  },
  "goes on after a stop": async (app) => {
    await app.press(app.text("start"));
    await app.advance(2);
    await app.press(app.text("stop"));
    await app.advance(5);
    await app.press(app.text("start"));
    await app.advance(2);
    await shows(app, 4, 4.2);
  },
  "shows hours": async (app) => {
    await app.press(app.text("start"));
    await app.page.clock.fastForward(3_661_000);
    await app.advance(0.1);
    if (!/^1:01:01\.\d\d$/.test(await shown(app))) throw new Error(`it shows ${await shown(app)}`);
  },
  "is reset": async (app) => {
    await app.press(app.text("start"));
    await app.advance(2);
    await app.press(app.text("stop"));
    await app.press(app.text("reset"));
    await app.sees(app.text("wasReset"));
    await shows(app, 0, 0);
  },
  "is reset while it runs": async (app) => {
    await app.press(app.text("start"));
    await app.advance(2);
    await app.press(app.text("reset"));
    await app.advance(2);
    await shows(app, 0, 0);
  },
  "takes back a reset": async (app) => {
    await app.press(app.text("start"));
    await app.advance(2);
    await app.press(app.text("stop"));
    const before = await shown(app);
    await app.press(app.text("reset"));
    await app.press(app.text("undo"));
    await app.sees(before);
    await app.press(app.text("start"));
    await app.advance(1);
    await shows(app, 3, 3.2);
  },
  "is used by the keyboard": async (app) => {
    await app.key("Space");
    await app.advance(2);
    await app.key("Space");
    await app.advance(2);
    await shows(app, 1.95, 2.1);
    await app.key("r");
    await shows(app, 0, 0);
  },
  "starts once by the key on the button": async (app) => {
    await app.focus(app.text("start"));
    await app.key("Space");
    await app.advance(1);
    await shows(app, 0.95, 1.1);
  },
  "goes on while the page is closed": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("start"));
      await app.advance(1);
      await app.reload();
      await app.sees(app.text("stop"));
      const before = await shown(app);
      await app.advance(2);
      if ((await shown(app)) <= before) throw new Error(`it stands still at ${before}`);
    },
  },
  "notes laps": {
    needs: ["laps"],
    run: async (app) => {
      await app.sees(app.text("noLaps"));
      await threeLaps(app);
      await app.hides(app.text("noLaps"));
      const [third, second, first] = await laps(app);
      if (!/^3 Slowest 00:03\.\d\d 00:06\.\d\d$/.test(third)) throw new Error(`the third is ${third}`);
      if (!/^2 Fastest 00:01\.\d\d 00:03\.\d\d$/.test(second)) throw new Error(`the second is ${second}`);
      if (!/^1 00:02\.\d\d 00:02\.\d\d$/.test(first)) throw new Error(`the first is ${first}`);
      await app.advance(1);
      await app.sees(/Lap 4: 00:01/);
    },
  },
  "notes laps by the keyboard": {
    needs: ["laps"],
    run: async (app) => {
      await app.key("l");
      if ((await app.count("#laps tr")) > 0) throw new Error("there is a lap before the start");
      await app.key("Space");
      await app.advance(1);
      await app.key("l");
      if ((await app.count("#laps tr")) !== 1) throw new Error("there is no lap");
    },
  },
  "takes laps back with a reset": {
    needs: ["laps"],
    run: async (app) => {
      await threeLaps(app);
      await app.press(app.text("reset"));
      await app.sees(app.text("noLaps"));
      await app.press(app.text("undo"));
      if ((await app.count("#laps tr")) !== 3) throw new Error("the laps did not come back");
    },
  },
  "remembers laps": {
    needs: ["laps", "storage"],
    run: async (app) => {
      await threeLaps(app);
      await app.press(app.text("stop"));
      const before = await laps(app);
      await app.reload();
      const after = await laps(app);
      if (after.join() !== before.join()) throw new Error(`the laps were ${before}, and are ${after}`);
    },
  },
  "has no laps": {
    without: ["laps"],
    run: async (app) => {
      await app.sees(app.text("start"));
      await app.hides(app.text("lap"));
      await app.key("l");
    },
  },
  "draws the laps": {
    needs: ["charts", "laps"],
    run: async (app) => {
      await threeLaps(app);
      const [third, second, first] = await app.frame.evaluate(() => [...document.querySelectorAll(".bar")].map((bar) => bar.offsetWidth));
      if (!(third > first && first > second && second > 5)) throw new Error(`the bars are ${third}, ${second} and ${first} px long`);
    },
  },
  "copies the times": {
    needs: ["copy"],
    run: async (app) => {
      await app.press(app.text("start"));
      await app.advance(2);
      await app.press(app.text("stop"));
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (!copied.startsWith(await shown(app))) throw new Error(`${JSON.stringify(copied)} is copied`);
    },
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await app.press(app.text("start"));
      await app.advance(2);
      await app.press(app.text("reset"));
      await app.hides(app.text("noHistory"));
      const entry = await app.frame.locator("#history li").innerText();
      if (!/00:02\.\d\d[^]*2026/.test(entry)) throw new Error(`the history is ${entry}`);
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      if ((await app.count("#history li")) !== 1) throw new Error("the history did not come back");
    },
  },
  "exports its laps": { needs: ["export", "laps"], run: async (app) => {
    await app.press(app.text("start"));
    await app.advance(2);
    await app.press(app.text("lap"));
    await app.advance(3);
    await app.press(app.text("lap"));
    await app.press(app.text("export"));
    const table = await app.value(app.text("exportText"));
    if (!/^Lap,Time,Total\n1,(00:0[2-3]\.\d\d),\1\n2,00:03\.\d\d,00:05\.\d\d$/.test(table)) throw new Error(`the table is ${table}`);
  } },
};
