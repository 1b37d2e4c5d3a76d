// What a person does with the drum machine, and hears.

const step = (app, drum, n) => app.text("step", { drum: app.text(drum), n });

/** The steps of a drum that are set. */
const line = (app, drum) => app.frame.evaluate((drum) => [...document.querySelectorAll(`.step[data-drum="${drum}"]`)].map((e) => (e.ariaPressed === "true" ? "x" : ".")).join(""), drum);

async function isLine(app, drum, want) {
  await app.advance(0.05);
  const got = await line(app, drum);
  if (got !== want) throw new Error(`${drum} is ${got}, not ${want}`);
}

/** Counts from now on all that is played: tones, and noise, which has a start of its own. */
const listen = (app) => app.frame.evaluate(() => {
  globalThis.played = 0;
  for (const { prototype } of [AudioScheduledSourceNode, AudioBufferSourceNode]) {
    const { start } = prototype;
    prototype.start = function (...when) {
      globalThis.played++;
      start.apply(this, when);
    };
  }
});

/** How many sounds are played while something is done. */
async function soundsOf(app, act) {
  const played = () => app.frame.evaluate(() => globalThis.played);
  if (await played() === undefined) await listen(app);
  const before = await played();
  await act();
  return (await played()) - before;
}

/** How many sounds are played in so many seconds. */
const soundsIn = (app, seconds) => soundsOf(app, async () => {
  for (let i = 0; i < seconds * 10; i++) await app.advance(0.1);
});

/** Empties the pattern, and sets a kick at its first step. */
async function oneKick(app) {
  await app.press(app.text("clear"));
  await app.press(step(app, "kick", 1));
}

export const checks = {
  "begins with a beat": async (app) => {
    await isLine(app, "kick", "x.....x.x.......");
    await app.sees("112 BPM");
    await app.sees(app.text("beats", { n: 13 }));
  },
  "sets steps, and takes them away": async (app) => {
    await app.press(step(app, "tom", 3));
    await isLine(app, "tom", "..x.............");
    await app.sees(app.text("beats", { n: 14 }));
    await app.press(step(app, "tom", 3));
    await isLine(app, "tom", "................");
  },
  "shows which steps are set": async (app) => {
    await app.advance(0.5); // until no color changes any more
    const colors = await app.frame.locator(".step").evaluateAll((steps) => steps.map((step) => [step.ariaPressed, getComputedStyle(step).backgroundColor]));
    const shown = (pressed) => new Set(colors.filter(([is]) => is === pressed).map(([, color]) => color));
    if (shown("true").size !== 1 || shown("false").has([...shown("true")][0])) throw new Error(`set: ${[...shown("true")]}; not set: ${[...shown("false")]}`);
  },
  "paints several steps": async (app) => {
    await app.drag(step(app, "clap", 2), step(app, "clap", 3));
    await isLine(app, "clap", ".xx.............");
    await app.press(step(app, "clap", 5));
    await isLine(app, "clap", ".xx.x...........");
  },
  "plays and stops": async (app) => {
    await app.press(app.text("play"));
    if (await soundsIn(app, 1) < 3) throw new Error("it is silent");
    if (await app.count(".now") !== 7) throw new Error("it does not show where it is");
    await app.press(app.text("stop"));
    await app.advance(0.2);
    if (await soundsIn(app, 1) !== 0) throw new Error("it goes on");
    if (await app.count(".now")) throw new Error("it still shows a step");
  },
  "plays the pattern at its tempo": async (app) => {
    await oneKick(app);
    await app.fill(app.text("tempo"), 120); // a bar takes 2 seconds
    await app.press(app.text("play"));
    const slow = await soundsIn(app, 3.8);
    if (slow !== 2) throw new Error(`at 120 there are ${slow} kicks in 4 seconds`);
    await app.press(app.text("stop"));
    await app.fill(app.text("tempo"), 60);
    await app.press(app.text("play"));
    const slower = await soundsIn(app, 3.8);
    if (slower !== 1) throw new Error(`at 60 there are ${slower} kicks in 4 seconds`);
  },
  "swings": async (app) => {
    await app.fill(app.text("tempo"), 60);
    const lengths = () => app.frame.evaluate(() => [lengthOf(0), lengthOf(1)].join());
    if (await lengths() !== "250,250") throw new Error(`straight: ${await lengths()}`);
    await app.fill(app.text("swing"), 40);
    await app.sees("40 %");
    if (await lengths() !== "350,150") throw new Error(`with swing: ${await lengths()}`);
  },
  "is silent where it is muted": async (app) => {
    await oneKick(app);
    await app.press(app.text("muteOne", { drum: app.text("kick") }));
    await app.press(app.text("play"));
    if (await soundsIn(app, 1) !== 0) throw new Error("the kick is heard");
    await app.press(app.text("muteOne", { drum: app.text("kick") }));
    if (await soundsIn(app, 3) === 0) throw new Error("it stays silent");
  },
  "has drums to hit": async (app) => {
    for (const drum of ["kick", "snare", "clap", "hihat", "open", "tom", "cowbell"]) {
      const sounds = await soundsOf(app, () => app.press(app.text("hit", { drum: app.text(drum) })));
      if (sounds === 0) throw new Error(`${drum} is not heard`);
    }
    if (await soundsOf(app, () => app.key("1")) !== 1) throw new Error("the key 1 is not heard");
  },
  "has a volume": async (app) => {
    await app.fill(app.text("volume"), 20);
    await app.press(app.text("hit", { drum: app.text("kick") }));
    const gain = await app.frame.evaluate(() => loudness.gain.value);
    if (Math.abs(gain - 0.2) > 0.001) throw new Error(`the gain is ${gain}`);
  },
  "is played by the keyboard": async (app) => {
    await app.key("Space");
    await app.sees(app.text("stop"));
    await app.key("Space");
    await app.sees(app.text("play"));
    await app.focus(step(app, "kick", 1));
    await app.key("ArrowDown");
    await app.key("ArrowRight");
    await app.key("Enter");
    await isLine(app, "snare", ".x..x.......x...");
    await app.key("ArrowUp");
    await app.key("ArrowUp");
    await app.key("Space");
    await isLine(app, "cowbell", ".x..............");
  },
  "clears the pattern, and takes it back": async (app) => {
    await app.press(app.text("clear"));
    await app.sees(app.text("beats", { n: 0 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("beats", { n: 13 }));
  },
  "remembers the pattern and the tempo": { needs: ["storage"], run: async (app) => {
    await oneKick(app);
    await app.fill(app.text("tempo"), 90);
    await app.reload();
    await app.sees("90 BPM");
    await isLine(app, "kick", "x...............");
  } },
  "has beats of several styles": { needs: ["presets"], run: async (app) => {
    await app.press("House");
    await isLine(app, "kick", "x...x...x...x...");
    await isLine(app, "snare", "................");
    await app.sees("124 BPM");
    if (await app.count(`#presets [aria-pressed="true"]`) !== 1) throw new Error("it does not show which");
    await app.press(app.text("undo"));
    await app.sees("112 BPM");
    await isLine(app, "snare", "....x.......x...");
  } },
  "has one beat": { without: ["presets"], run: async (app) => {
    if (await app.count("#presets")) throw new Error("there are more");
  } },
  "makes a beat at random": { needs: ["shuffle"], run: async (app) => {
    const before = await line(app, "hihat");
    await app.press(app.text("random"));
    await app.advance(0.05);
    if (await line(app, "hihat") === before) throw new Error("nothing has changed");
    if ((await line(app, "snare"))[4] !== "x") throw new Error("there is no backbeat");
    await app.press(app.text("undo"));
    await isLine(app, "hihat", before);
  } },
  "makes no beat at random": { without: ["shuffle"], run: async (app) => {
    if (await app.count("#random")) throw new Error("there is a button");
  } },
};
