// What a person does with the countdown, and sees. It is Saturday, 14 March 2026, 10:00.

async function add(app, name, date, { time, yearly } = {}) {
  await app.fill(app.text("event"), name);
  await app.fill(app.text("date"), date);
  if (time) await app.fill(app.text("time"), time);
  if (yearly) await app.press(app.text("yearly"));
  await app.press(app.text("add"));
  await app.sees(name);
}

/** The time that is left is that until the moment. */
async function counts(app, until) {
  await app.advance(0.1);
  const { left, now } = await app.frame.evaluate(() => ({ left: ["days", "hours", "minutes", "seconds"].map((id) => Number(document.getElementById(id).textContent)), now: Date.now() }));
  const [days, hours, minutes, seconds] = left;
  const got = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  const want = (new Date(until) - now) / 1000;
  if (Math.abs(got - want) > 1.5) throw new Error(`there are ${left}, ${got - want} seconds too many`);
}

async function lists(app, ...want) {
  const got = await app.frame.locator("#events strong").allInnerTexts();
  if (got.join() !== want.join()) throw new Error(`the events are ${got}, not ${want}`);
}

export const checks = {
  "counts down to New Year at first": async (app) => {
    await app.sees("New Year");
    await app.sees("Friday, January 1, 2027");
    await counts(app, "2027-01-01T00:00");
    await app.sees("in 293 days");
  },
  "counts second by second": async (app) => {
    await add(app, "Train", "2026-03-14", { time: "10:05" });
    await counts(app, "2026-03-14T10:05");
    const before = Number(await app.frame.locator("#seconds").innerText());
    await app.advance(3);
    const after = Number(await app.frame.locator("#seconds").innerText());
    if ((before - after + 60) % 60 !== 3) throw new Error(`it was ${before}, then ${after}`);
  },
  "adds an event, and counts down to it": async (app) => {
    await add(app, "Wedding", "2026-06-22", { time: "15:30" });
    await counts(app, "2026-06-22T15:30");
    await app.sees("Monday, June 22, 2026 at 3:30 PM");
    await app.sees(`${app.text("weeks", { n: 14 })} and ${app.text("restDays", { n: 2 })}`);
    await lists(app, "Wedding", "New Year");
    if ((await app.value(app.text("event"))) !== "") throw new Error("the form still has it");
  },
  "asks what is missing": async (app) => {
    await app.press(app.text("add"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("event"), "Wedding");
    await app.key("Enter");
    await app.sees(app.text("noDate"));
    await lists(app, "New Year");
  },
  "says that it is today": async (app) => {
    await add(app, "Moving house", "2026-03-14");
    await app.sees(app.text("now"));
    await app.sees("today");
    if (await app.count("#left")) throw new Error("it still counts");
  },
  "says that it is there when the time has come": async (app) => {
    await add(app, "Train", "2026-03-14", { time: "10:01" });
    await app.hides(app.text("now"));
    await app.advance(62);
    await app.sees(app.text("now"));
  },
  "says how long ago it was": async (app) => {
    await add(app, "Moving house", "2026-03-01");
    await app.sees("13 days ago");
    await lists(app, "New Year", "Moving house");
  },
  "comes again each year": async (app) => {
    await add(app, "Birthday", "1990-03-12", { yearly: true });
    await app.sees("Friday, March 12, 2027");
    await add(app, "Name day", "1990-03-14", { yearly: true });
    await app.sees(app.text("now"));
  },
  "shows another event": async (app) => {
    await add(app, "Wedding", "2026-06-20");
    await app.press(/^New Year/);
    await counts(app, "2027-01-01T00:00");
    await app.press(/^Wedding/);
    await counts(app, "2026-06-20T00:00");
  },
  "changes an event": async (app) => {
    await add(app, "Wedding", "2026-06-20");
    await app.press(app.text("editItem", { item: "Wedding" }));
    await app.fill(app.text("date"), "2026-06-27");
    await app.press(app.text("save"));
    await counts(app, "2026-06-27T00:00");
    await lists(app, "Wedding", "New Year");
    await app.press(app.text("editItem", { item: "Wedding" }));
    await app.press(app.text("cancel"));
    if ((await app.value(app.text("event"))) !== "") throw new Error("the form still has it");
  },
  "deletes an event, and takes that back": async (app) => {
    await app.press(app.text("deleteItem", { item: "New Year" }));
    await app.sees(app.text("nothing"));
    await app.press(app.text("undo"));
    await lists(app, "New Year");
    await app.hides(app.text("nothing"));
  },
  "shows markup as text": async (app) => {
    await add(app, "<b>Party</b>", "2026-06-20");
    await lists(app, "<b>Party</b>", "New Year");
  },
  "remembers the events": { needs: ["storage"], run: async (app) => {
    await add(app, "Wedding", "2026-06-20", { time: "15:30", yearly: true });
    await app.reload();
    await app.sees("Wedding");
    await lists(app, "Wedding", "New Year");
    await counts(app, "2026-06-20T15:30");
  } },
  "throws confetti when the time has come": { needs: ["animations"], run: async (app) => {
    await add(app, "Train", "2026-03-14", { time: "10:01" });
    await app.advance(30);
    if (await app.frame.locator(".confetti").count()) throw new Error("it comes too early");
    await app.frame.evaluate(() => { Element.prototype.animate = () => ({}); }); // it lies where it is thrown
    await app.advance(32);
    if (!(await app.frame.locator(".confetti").count())) throw new Error("there is none");
  } },
  "throws no confetti": { without: ["animations"], run: async (app) => {
    await add(app, "Train", "2026-03-14", { time: "10:01" });
    await app.advance(62);
    if (await app.frame.locator(".confetti").count()) throw new Error("it does");
  } },
  "rings when the time has come": { needs: ["sound"], run: async (app) => {
    await add(app, "Train", "2026-03-14", { time: "10:01" });
    await app.listen();
    await app.advance(62);
    if ((await app.tones()) === 0) throw new Error("nothing is heard");
  } },
  "is silent": { without: ["sound"], run: async (app) => {
    if (await app.count("#sound")) throw new Error("it has a switch for sound");
  } },
  "shares what is shown": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await add(app, "Wedding", "2026-06-20");
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Wedding: in 98 days (June 20, 2026)")) throw new Error(`it is ${copied}`);
  } },
  "exports the events": { needs: ["export"], run: async (app) => {
    await add(app, "Wedding, at last", "2026-06-20", { time: "15:30" });
    await app.press(app.text("export"));
    await app.sees('"Wedding, at last",2026-06-20,15:30,false');
  } },
  "imports events": { needs: ["import"], run: async (app) => {
    const text = async (lines) => {
      await app.fill(app.text("importText"), lines);
      await app.press(app.text("importData"));
    };
    await app.press(app.text("import"));
    await text("Wedding,20 June");
    await app.sees(app.text("noDate"));
    await text(",2026-06-20");
    await app.sees(app.text("noName"));
    await text("Wedding,2026-06-20\nBirthday,1990-05-02,,true");
    await lists(app, "Birthday", "Wedding", "New Year");
    await app.press(app.text("undo"));
    await lists(app, "New Year");
  } },
};
