// What a person does with the password generator, and sees.

const password = (app) => app.value(app.text("password"));

/** Whether passwords are as they should be: chance is asked some times. */
async function makes(app, want) {
  for (let i = 0; i < 5; i++) {
    const made = await password(app);
    if (!want.test(made)) throw new Error(`${made} is not as ${want}`);
    await app.press(app.text("generate"));
  }
}

export const checks = {
  "begins with a strong password of 16 characters": async (app) => {
    await makes(app, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{16}$/);
    await app.sees(app.text("veryStrong"));
  },
  "makes another one each time": async (app) => {
    const made = new Set();
    for (let i = 0; i < 10; i++) {
      made.add(await password(app));
      await app.press(app.text("generate"));
    }
    if (made.size !== 10) throw new Error("a password came twice");
  },
  "makes it longer and shorter": async (app) => {
    await app.press(app.text("longer"));
    await makes(app, /^.{17}$/);
    for (let i = 0; i < 5; i++) await app.press(app.text("shorter"));
    await makes(app, /^.{12}$/);
    await app.fill(app.text("length"), "64");
    await makes(app, /^.{64}$/);
    await app.press(app.text("longer"));
    await makes(app, /^.{64}$/);
  },
  "is used by the keyboard": async (app) => {
    await app.focus(app.text("length"));
    await app.key("ArrowRight");
    await makes(app, /^.{17}$/);
    const before = await password(app);
    await app.focus(app.text("generate"));
    await app.key("Enter");
    if ((await password(app)) === before) throw new Error("Enter makes no password");
  },
  "leaves out kinds of characters": async (app) => {
    await app.press(app.text("symbols"));
    await makes(app, /^[a-zA-Z0-9]{16}$/);
    await app.press(app.text("uppercase"));
    await makes(app, /^[a-z0-9]{16}$/);
    await app.press(app.text("lowercase"));
    await makes(app, /^[0-9]{16}$/);
    await app.sees(app.text("fair"));
  },
  "says that something has to be chosen": async (app) => {
    for (const kind of ["uppercase", "lowercase", "numbers", "symbols"]) await app.press(app.text(kind));
    await app.sees(app.text("none"));
    if (await app.frame.locator("#password").textContent()) throw new Error("there is a password");
    await app.press(app.text("lowercase"));
    await app.hides(app.text("none"));
    await makes(app, /^[a-z]{16}$/);
  },
  "avoids what looks alike": async (app) => {
    await app.press(app.text("clear"));
    await app.fill(app.text("length"), "64");
    await makes(app, /^[^Il1|O0o]{64}$/);
  },
  "says how strong it is": async (app) => {
    await app.fill(app.text("length"), "4");
    await app.sees(app.text("weak"));
    await app.sees(app.text("bits", { bits: "26" }));
    await app.fill(app.text("length"), "12");
    await app.sees(app.text("strong"));
  },
  "remembers the settings, not the password": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("symbols"));
      await app.press(app.text("longer"));
      const before = await password(app);
      await app.reload();
      if ((await password(app)) === before) throw new Error("the password is kept");
      await makes(app, /^[a-zA-Z0-9]{17}$/);
    },
  },
  "has memorable passwords and PINs": {
    needs: ["presets"],
    run: async (app) => {
      await app.press(app.text("memorable"));
      await makes(app, /^([a-z]{6}-){3}[a-z]{6}$/);
      await app.hides(app.text("symbols"));
      await app.press(app.text("longer"));
      await makes(app, /^([a-z]{6}-){4}[a-z]{6}$/);
      await app.press(app.text("pin"));
      await makes(app, /^\d{6}$/);
      await app.sees(app.text("weak"));
      await app.press(app.text("random"));
      await makes(app, /^.{16}$/);
    },
  },
  "has one kind of passwords": {
    without: ["presets"],
    run: async (app) => app.hides(app.text("memorable")),
  },
  "copies the password": {
    needs: ["copy"],
    run: async (app) => {
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (copied !== (await password(app))) throw new Error(`it copied ${copied}`);
    },
  },
  "does not copy": {
    without: ["copy", "history"],
    run: async (app) => app.hides(app.text("copy")),
  },
  "hides the password, and shows it": {
    needs: ["show-password"],
    run: async (app) => {
      await app.press(app.text("hide"));
      await makes(app, /^•{16}$/);
      await app.press(app.text("show"));
      await makes(app, /^[^•]{16}$/);
    },
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      const first = await password(app);
      await app.press(app.text("generate"));
      await app.hides(app.text("noHistory"));
      if ((await app.frame.locator("#history code").allInnerTexts()).join() !== first) throw new Error("the first one is not in the history");
      await app.press(app.text("copyItem", { item: first }));
      await app.sees(app.text("copied"));
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("historyCleared"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      await app.hides(app.text("noHistory"));
    },
  },
};
