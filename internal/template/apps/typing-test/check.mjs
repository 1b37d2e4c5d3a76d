// What a person does with the typing test, and sees.

const text = (app) => app.frame.locator("#text").innerText();
const shown = async (app, label) => String(await app.value(app.text(label)));

/** Types as a person does; `letters` are all right if they are those of the text. */
async function type(app, letters) {
  await app.focus(app.text("typeHere"));
  await app.page.keyboard.type(letters);
}

const typeRightly = async (app, count) => type(app, (await text(app)).slice(0, count));

/** A text of its own, so that all of it can be typed. */
async function useText(app, own) {
  await app.press(app.text("ownText"));
  await app.fill(app.text("ownHelp"), own);
  await app.press(app.text("save"));
}

export const checks = {
  "waits for the first key": async (app) => {
    await app.advance(5);
    if ((await shown(app, "time")) !== "01:00") throw new Error(`the time is ${await shown(app, "time")}`);
    if ((await text(app)).length < 300) throw new Error("the text is short");
  },
  "the clock starts with the first key": async (app) => {
    await typeRightly(app, 1);
    await app.advance(5.1);
    if ((await shown(app, "time")) !== "00:55") throw new Error(`the time is ${await shown(app, "time")}`);
  },
  "the first key makes no endless speed": async (app) => {
    await typeRightly(app, 1);
    if (!(Number(await shown(app, "wpm")) <= 12)) throw new Error(`it is ${await shown(app, "wpm")}`);
  },
  "measures words per minute": async (app) => {
    await typeRightly(app, 50);
    await app.advance(30.1);
    if ((await shown(app, "wpm")) !== "20") throw new Error(`it is ${await shown(app, "wpm")}`);
    if ((await shown(app, "accuracy")) !== "100%") throw new Error(`it is ${await shown(app, "accuracy")}`);
  },
  "marks and counts mistakes": async (app) => {
    const right = (await text(app)).slice(0, 8);
    await type(app, `${right}~~`);
    if ((await app.count("#text .wrong")) !== 2 || (await app.count("#text .right")) !== 8) throw new Error("they are not marked");
    if ((await shown(app, "mistakes")) !== "2") throw new Error(`${await shown(app, "mistakes")} mistakes`);
    if ((await shown(app, "accuracy")) !== "80%") throw new Error(`it is ${await shown(app, "accuracy")}`);
    await app.key("Backspace");
    await app.key("Backspace");
    if ((await app.count("#text .wrong")) !== 0) throw new Error("they are still marked");
    if ((await shown(app, "mistakes")) !== "2") throw new Error("they are forgotten");
  },
  "ends when the time is up, and says the result": async (app) => {
    await app.hides(app.text("wordsPerMinute"));
    await typeRightly(app, 50);
    await app.advance(61);
    await app.sees(`10 ${app.text("wordsPerMinute")}`);
    await app.sees(app.text("summary", { accuracy: "100%", mistakes: 0 }));
    if (!(await app.frame.locator("#typed").isDisabled())) throw new Error("it still takes keys");
  },
  "ends when the text ends": async (app) => {
    await useText(app, "one  two\nthree");
    if ((await text(app)) !== "one two three") throw new Error(await text(app));
    await type(app, "one two thre");
    await app.advance(6);
    await type(app, "e");
    await app.sees(app.text("summary", { accuracy: "100%", mistakes: 0 }));
    if (!(Number(await shown(app, "wpm")) <= 26)) throw new Error(`it is ${await shown(app, "wpm")}`);
  },
  "starts over with the same text": async (app) => {
    const before = await text(app);
    await typeRightly(app, 20);
    await app.press(app.text("restart"));
    if ((await text(app)) !== before) throw new Error("it is another text");
    if ((await app.value(app.text("typeHere"))) !== "" || (await shown(app, "time")) !== "01:00") throw new Error("it did not start over");
    await typeRightly(app, 5);
    await app.key("Escape");
    await app.advance(3);
    if ((await shown(app, "time")) !== "01:00") throw new Error("Esc does not start over");
  },
  "begins at the button": async (app) => {
    await app.press(app.text("start"));
    await app.page.keyboard.type((await text(app)).slice(0, 10));
    if ((await app.count("#text .right")) !== 10) throw new Error("the field did not have the focus");
  },
  "begins wherever one types": async (app) => {
    await app.page.keyboard.type((await text(app)).slice(0, 10));
    if ((await app.count("#text .right")) !== 10) throw new Error("the keys were not taken");
  },
  "brings another text": async (app) => {
    const before = await text(app);
    await app.press(app.text("newText"));
    if ((await text(app)) === before) throw new Error("it is the same text");
  },
  "has 30 or 120 seconds, too": async (app) => {
    await app.press("30 s");
    if ((await shown(app, "time")) !== "00:30") throw new Error(`the time is ${await shown(app, "time")}`);
    await typeRightly(app, 50);
    await app.advance(31);
    await app.sees(`20 ${app.text("wordsPerMinute")}`);
    await app.press("120 s");
    if ((await shown(app, "time")) !== "02:00") throw new Error(`the time is ${await shown(app, "time")}`);
    await app.hides(app.text("wordsPerMinute"));
  },
  "wants a text of one's own, and goes back to the others": async (app) => {
    await app.press(app.text("ownText"));
    await app.press(app.text("save"));
    await app.sees(app.text("noText"));
    await app.fill(app.text("ownHelp"), "A short text");
    await app.press(app.text("save"));
    await app.sees("A short text");
    await app.press(app.text("ownText"));
    await app.press(app.text("useSamples"));
    if ((await text(app)).length < 300) throw new Error(await text(app));
  },
  "keeps the duration": {
    needs: ["storage"],
    run: async (app) => {
      await app.press("30 s");
      await app.reload();
      if ((await shown(app, "time")) !== "00:30") throw new Error(`the time is ${await shown(app, "time")}`);
    },
  },
  "keeps the best speed": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await app.press("30 s");
      await typeRightly(app, 50);
      await app.advance(31);
      await app.sees(app.text("newBest"));
      await app.press(app.text("restart"));
      await typeRightly(app, 40);
      await app.advance(31);
      await app.hides(app.text("newBest"));
      await app.reload();
      if ((await shown(app, "best")) !== "20") throw new Error(`the best is ${await shown(app, "best")}`);
    },
  },
  "has no best speed": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "lists the results": {
    needs: ["history", "storage"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await app.press("30 s");
      await typeRightly(app, 50);
      await app.advance(31);
      await app.reload();
      await app.sees(app.text("entry", { n: 20, accuracy: "100%", seconds: 30 }));
      await app.press(app.text("clearHistory"));
      await app.hides(app.text("entry", { n: 20, accuracy: "100%", seconds: 30 }));
      await app.press(app.text("undo"));
      await app.sees(app.text("entry", { n: 20, accuracy: "100%", seconds: 30 }));
    },
  },
  "has no history": { without: ["history", "charts"], run: (app) => app.hides(app.text("noHistory")) },
  "draws the results": {
    needs: ["charts"],
    run: async (app) => {
      await app.press("30 s");
      for (const count of [50, 60]) {
        await typeRightly(app, count);
        await app.advance(31);
        await app.press(app.text("restart"));
      }
      if ((await app.count("#chart")) !== 1) throw new Error("there is no chart");
      if (!/^M.+L.+/.test(await app.frame.locator("#curve").getAttribute("d"))) throw new Error("it is empty");
    },
  },
  "is plainer when it is easy, and has numbers when it is hard": {
    needs: ["difficulty"],
    run: async (app) => {
      await app.press(app.text("easy"));
      if (/[A-Z.,0-9]/.test(await text(app))) throw new Error(await text(app));
      await app.press(app.text("hard"));
      if (((await text(app)).match(/\d+/g) ?? []).length < 10) throw new Error(await text(app));
    },
  },
  "sounds at a mistake, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await typeRightly(app, 3);
      await type(app, "~");
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await type(app, "~");
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
  "shares the result": {
    needs: ["share"],
    run: async (app) => {
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press("30 s");
      await typeRightly(app, 50);
      await app.advance(31);
      await app.press(app.text("share"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (!copied.startsWith(app.text("shareText", { n: 20, accuracy: "100%" }))) throw new Error(copied);
    },
  },
  "lists its key": {
    needs: ["shortcuts"],
    run: async (app) => {
      await app.press(app.text("shortcuts"));
      await app.sees(app.text("keyEscape"));
    },
  },
};
