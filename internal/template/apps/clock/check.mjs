// What a person does with the clock, and sees.

const shown = (app) => app.frame.locator("#time").innerText();

/** What a city's line says, on one line. */
const city = async (app, name) => (await app.frame.locator("#cities li").filter({ hasText: name }).innerText()).replace(/\s+/g, " ");

/** What a clock on the wall shows there when the checks begin. */
const there = (app, timeZone, options) => app.frame.evaluate(([timeZone, options]) => new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone, ...options }).format(new Date("2026-03-14T10:00:00")), [timeZone, options]);

/** Hours later: time jumps, as for a device that slept. */
const later = (app, hours) => app.page.clock.fastForward(hours * 3_600_000);

/** In degrees, how far a hand is turned. */
const turned = (app, hand) => app.frame.evaluate((hand) => Number(document.querySelector(`#${hand}-hand`).style.transform.match(/[\d.]+/)[0]), hand);

async function alarm(app, time, label = "") {
  await app.fill(app.text("alarmTime"), time);
  await app.fill(app.text("label"), label);
  await app.press(app.text("setAlarm"));
}

export const checks = {
  "shows the time and the date": async (app) => {
    await app.sees(/10:00:0\d AM/);
    await app.sees("Saturday, March 14, 2026");
  },
  "goes on": async (app) => {
    await app.advance(75);
    if (!/^10:01:1\d/.test(await shown(app))) throw new Error(`after 75 seconds it shows ${await shown(app)}`);
  },
  "turns its hands": async (app) => {
    await app.advance(1830);
    const [hour, minute, second] = await Promise.all(["hour", "minute", "second"].map((hand) => turned(app, hand)));
    if (Math.abs(hour - 315.25) > 0.2 || Math.abs(minute - 183) > 0.5 || Math.abs((second % 360) - 180) > 7) throw new Error(`the hands are turned by ${hour}, ${minute} and ${second} degrees`);
  },
  "never turns its hands back": async (app) => {
    let before = await turned(app, "second");
    for (let i = 0; i < 5; i++) {
      await app.advance(15);
      const now = await turned(app, "second");
      if (now <= before) throw new Error(`from ${before} to ${now} degrees`);
      before = now;
    }
  },
  "has 12 or 24 hours": async (app) => {
    await later(app, 4);
    await app.sees(/\b2:00:0\d PM/);
    await app.press(app.text("twentyFour"));
    await app.sees(/14:00:0\d/);
    await app.hides("PM");
    await app.press(app.text("twelve"));
    await app.sees("PM");
  },
  "knows what time it is elsewhere": async (app) => {
    await app.press(app.text("twentyFour"));
    const tokyo = await city(app, "Tokyo");
    if (!tokyo.includes(await there(app, "Asia/Tokyo"))) throw new Error(`in Tokyo it is ${tokyo}`);
    const york = await city(app, "New York");
    if (!york.includes(await there(app, "America/New_York"))) throw new Error(`in New York it is ${york}`);
  },
  "says how far away a city is, and that it is another day": async (app) => {
    await app.choose(app.text("city"), "Auckland");
    await app.press(app.text("addCity"));
    await later(app, 6);
    const auckland = await city(app, "Auckland");
    const hours = await app.frame.evaluate(() => 13 + new Date("2026-03-14T10:00:00").getTimezoneOffset() / 60);
    if (!auckland.includes(`${hours} h ahead, tomorrow`)) throw new Error(`it says ${auckland}`);
  },
  "goes on elsewhere": async (app) => {
    await app.press(app.text("twentyFour"));
    await app.advance(61);
    const tokyo = await city(app, "Tokyo");
    if (!/:01/.test(tokyo)) throw new Error(`in Tokyo it is ${tokyo}`);
  },
  "takes a city once": async (app) => {
    await app.choose(app.text("city"), "Paris");
    await app.press(app.text("addCity"));
    await city(app, "Paris");
    await app.press(app.text("addCity"));
    await app.sees(app.text("there", { city: "Paris" }));
    if ((await app.count("#cities li")) !== 4) throw new Error("there are not 4 cities");
  },
  "gives up cities, and takes that back": async (app) => {
    for (const name of ["London", "New York", "Tokyo"]) await app.press(app.text("remove", { what: name }));
    await app.sees(app.text("noCities"));
    await app.press(app.text("undo"));
    await app.hides(app.text("noCities"));
    await city(app, "Tokyo");
  },
  "remembers cities and format": {
    needs: ["storage"],
    run: async (app) => {
      await app.choose(app.text("city"), "Berlin");
      await app.press(app.text("addCity"));
      await app.press(app.text("twentyFour"));
      await app.reload();
      await city(app, "Berlin");
      await app.hides("AM");
    },
  },
  "rings at the time of an alarm": {
    needs: ["sound"],
    run: async (app) => {
      await alarm(app, "10:02", "Tea");
      await app.advance(110);
      if ((await app.count("#ringing")) > 0) throw new Error("it rings too early");
      await app.listen();
      await app.advance(15);
      await app.sees("Tea, 10:02");
      if ((await app.tones()) < 4) throw new Error("nothing is heard");
      await app.press(app.text("stop"));
      await app.hides("Tea, 10:02");
      await app.advance(90);
      if ((await app.count("#ringing")) > 0) throw new Error("it rings again");
    },
  },
  "rings again after a snooze": {
    needs: ["sound"],
    run: async (app) => {
      await alarm(app, "10:01");
      await app.advance(61);
      await app.press(app.text("snooze"));
      await app.sees(/10:06/);
      await app.advance(280);
      if ((await app.count("#ringing")) > 0) throw new Error("it rings too early");
      await app.advance(30);
      await app.sees(app.text("snooze"));
    },
  },
  "does not ring for an alarm that is off or deleted": {
    needs: ["sound"],
    run: async (app) => {
      await alarm(app, "10:01", "Off");
      await alarm(app, "10:02", "Gone");
      await app.press(/^10:01 AM Off$/);
      await app.press(/^Delete 10:02 AM Gone$/);
      await app.sees(app.text("undo"));
      await app.advance(180);
      if ((await app.count("#ringing")) > 0) throw new Error("it rings");
    },
  },
  "asks for the time of an alarm": {
    needs: ["sound"],
    run: async (app) => {
      await app.press(app.text("setAlarm"));
      await app.sees(app.text("noTime"));
      await alarm(app, "07:30", "Work");
      await app.hides(app.text("noTime"));
      await app.sees("7:30 AM Work");
    },
  },
  "remembers alarms": {
    needs: ["sound", "storage"],
    run: async (app) => {
      await alarm(app, "07:30", "Work");
      await app.press(/^7:30 AM Work$/);
      await app.reload();
      await app.sees("7:30 AM Work");
      if (await app.frame.locator("#alarms input").isChecked()) throw new Error("the alarm is on again");
    },
  },
  "has no alarms": {
    without: ["sound"],
    run: async (app) => {
      await app.sees(app.text("world"));
      await app.hides(app.text("alarms"));
    },
  },
  "moves its hand smoothly": {
    needs: ["animations"],
    run: async (app) => {
      const seconds = await app.frame.evaluate(() => getComputedStyle(document.querySelector("#second-hand")).transitionDuration);
      if (seconds === "0s") throw new Error("the hand jumps");
    },
  },
};
