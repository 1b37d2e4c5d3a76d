// What a person does with the timer, and sees.

/** Sets hours, minutes and seconds. */
async function set(app, hours, minutes, seconds) {
  await app.fill(app.text("hours"), hours);
  await app.fill(app.text("minutes"), minutes);
  await app.fill(app.text("seconds"), seconds);
}

async function shows(app, want) {
  const got = await app.frame.locator("#time").innerText();
  if (got !== want) throw new Error(`the timer shows ${got}, not ${want}`);
}

async function runOut(app, seconds = 3) {
  await set(app, 0, 0, seconds);
  await app.press(app.text("start"));
  await app.advance(seconds + 0.5);
}

export const checks = {
  "counts down": async (app) => {
    await set(app, 0, 2, 0);
    await shows(app, "02:00");
    await app.press(app.text("start"));
    await app.advance(10.3);
    await shows(app, "01:50");
  },
  "says when it ends": async (app) => {
    await set(app, 0, 5, 0);
    await app.press(app.text("start"));
    await app.sees(/10:05/);
  },
  "says that the time is up": async (app) => {
    await runOut(app);
    await app.sees(app.text("over"));
    await shows(app, "00:00");
    await app.press(app.text("done"));
    await app.hides(app.text("over"));
    await shows(app, "00:03");
  },
  "pauses and goes on": async (app) => {
    await set(app, 0, 1, 0);
    await app.press(app.text("start"));
    await app.advance(10.3);
    await app.press(app.text("pause"));
    await app.sees(app.text("paused"));
    await app.advance(30.3);
    await shows(app, "00:50");
    await app.press(app.text("start"));
    await app.advance(5.3);
    await shows(app, "00:45");
  },
  "is reset to what was set": async (app) => {
    await set(app, 0, 1, 30);
    await app.press(app.text("start"));
    await app.advance(20.3);
    await app.press(app.text("reset"));
    await shows(app, "01:30");
    await app.advance(5.3);
    await shows(app, "01:30");
  },
  "takes hours": async (app) => {
    await set(app, 1, 0, 5);
    await shows(app, "1:00:05");
    await app.press(app.text("start"));
    await app.advance(10.3);
    await shows(app, "59:55");
  },
  "makes hours of many minutes": async (app) => {
    await set(app, 0, 90, 0);
    await app.press(app.text("start"));
    await app.press(app.text("reset"));
    await shows(app, "1:30:00");
    if ((await app.value(app.text("hours"))) !== "1" || (await app.value(app.text("minutes"))) !== "30") throw new Error("the fields do not say 1 hour and 30 minutes");
  },
  "gets a minute more, before and while it runs": async (app) => {
    await set(app, 0, 1, 0);
    await app.press(app.text("more"));
    await shows(app, "02:00");
    await app.press(app.text("start"));
    await app.advance(10.3);
    await app.press(app.text("more"));
    await app.sees("02:50");
  },
  "goes on for a minute when it is over": async (app) => {
    await runOut(app);
    await app.press(app.text("more"));
    await app.hides(app.text("over"));
    await app.advance(10.3);
    await app.sees("00:50");
  },
  "says what is wrong with a time": async (app) => {
    await set(app, 0, 0, 0);
    await app.press(app.text("start"));
    await app.sees(app.text("nothing"));
    await app.fill(app.text("minutes"), -3);
    await app.press(app.text("start"));
    await app.sees(app.text("wrong"));
    await set(app, 100, 0, 0);
    await app.sees(app.text("tooLong"));
    await set(app, 0, 0, 30);
    await app.hides(app.text("tooLong"));
    await shows(app, "00:30");
  },
  "is used by the keyboard": async (app) => {
    await set(app, 0, 1, 0);
    await app.key("Enter");
    await app.advance(5.3);
    await app.frame.evaluate(() => document.activeElement.blur());
    await app.key("Space");
    await app.sees(app.text("paused"));
    await app.key("Space");
    await app.hides(app.text("paused"));
    await app.key("Escape");
    await shows(app, "01:00");
    await app.sees(app.text("minutes"));
  },
  "shows the time in the title of the page": async (app) => {
    await set(app, 0, 2, 0);
    await app.press(app.text("start"));
    await app.advance(5.3);
    const title = await app.frame.title();
    if (!title.startsWith("01:55")) throw new Error(`the title is ${title}`);
  },
  "goes on while the page is closed": {
    needs: ["storage"],
    run: async (app) => {
      await set(app, 1, 0, 0);
      await app.press(app.text("start"));
      await app.reload();
      await app.sees(app.text("pause"));
      await app.sees(/59:\d\d/);
    },
  },
  "remembers the time that was set": {
    needs: ["storage"],
    run: async (app) => {
      await set(app, 0, 7, 30);
      await app.reload();
      await shows(app, "07:30");
      if ((await app.value(app.text("minutes"))) !== "7") throw new Error("the field of the minutes does not say 7");
    },
  },
  "is set by a preset": {
    needs: ["presets"],
    run: async (app) => {
      await app.press("10 min");
      await shows(app, "10:00");
      await app.press(app.text("start"));
      await app.advance(1.3);
      await shows(app, "09:59");
      await app.hides("15 min");
    },
  },
  "has no presets": {
    without: ["presets"],
    run: async (app) => {
      await app.sees(app.text("minutes"));
      await app.hides("10 min");
    },
  },
  "rings until it is stopped": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await runOut(app);
      const first = await app.tones();
      await app.advance(5.3);
      const second = await app.tones();
      if (first === 0 || second <= first) throw new Error(`${first} tones at the end, ${second} after 5 seconds`);
      await app.press(app.text("done"));
      const last = await app.tones();
      await app.advance(5.3);
      if ((await app.tones()) !== last) throw new Error("it goes on ringing");
    },
  },
  "is silent if that is wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await app.press(app.text("sound"));
      await runOut(app);
      if ((await app.tones()) > 0) throw new Error("it rings");
    },
  },
  "has no sound": {
    without: ["sound"],
    run: async (app) => {
      await app.listen();
      await runOut(app);
      if ((await app.tones()) > 0) throw new Error("it rings");
    },
  },
  "moves its ring smoothly": {
    needs: ["animations"],
    run: async (app) => {
      const seconds = await app.frame.evaluate(() => getComputedStyle(document.querySelector(".left")).transitionDuration);
      if (seconds === "0s") throw new Error("the ring jumps");
    },
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await runOut(app);
      await app.hides(app.text("noHistory"));
      const entry = await app.frame.locator("#history li").innerText();
      if (!/00:03[^]*2026/.test(entry)) throw new Error(`the history is ${entry}`);
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      if ((await app.count("#history li")) !== 1) throw new Error("the history did not come back");
    },
  },
};
