// What a person does with the word, and sees.

const start = (app, word, category = "") => app.frame.evaluate(([word, category]) => window.eval(`begin({ word: ${JSON.stringify(word)}, category: ${JSON.stringify(category)} })`), [word, category]);
const shown = async (app) => (await app.frame.locator("#word").innerText()).replace(/\s+/g, "");
const lives = async (app) => Number(await app.value(app.text("lives")));
const drawn = (app) => app.frame.locator(".drawing .drawn").count();

async function type(app, letters) {
  for (const letter of letters) await app.key(letter);
}

export const checks = {
  "begins with blanks": async (app) => {
    await app.press(app.text("newGame"));
    if (!/^[_\W]{3,}$/.test(await shown(app))) throw new Error(`it shows ${await shown(app)}`);
    await app.sees(app.text("ready"));
    if ((await app.count("#man .drawn")) !== 0) throw new Error("the man hangs already");
  },
  "shows a letter wherever it is": async (app) => {
    await start(app, "Banana");
    await app.press("A");
    if ((await shown(app)) !== "_A_A_A") throw new Error(`it shows ${await shown(app)}`);
    await app.sees(app.text("isThere", { letter: "A" }));
    if ((await lives(app)) !== 6) throw new Error(`${await lives(app)} lives`);
  },
  "a wrong letter costs a life, and draws": async (app) => {
    await start(app, "Banana");
    const before = await drawn(app);
    await app.press("X");
    await app.sees(app.text("isNot", { letter: "X" }));
    if ((await lives(app)) !== 5) throw new Error(`${await lives(app)} lives`);
    if ((await drawn(app)) !== before + 1) throw new Error("nothing is drawn");
  },
  "the same letter twice costs nothing": async (app) => {
    await start(app, "Banana");
    await type(app, "xxaa");
    if ((await lives(app)) !== 5) throw new Error(`${await lives(app)} lives`);
    if (!(await app.frame.getByRole("button", { name: "X", exact: true }).isDisabled())) throw new Error("it can be pressed again");
  },
  "is won once the word is there": async (app) => {
    await start(app, "Banana");
    await type(app, "ban");
    await app.sees(app.text("won", { word: "Banana" }));
    await type(app, "x");
    if ((await lives(app)) !== 6) throw new Error("it still goes on");
  },
  "is over after six wrong letters, and tells the word": async (app) => {
    await start(app, "Banana");
    await type(app, "xyzqwe");
    await app.sees(app.text("lost", { word: "Banana" }));
    if ((await shown(app)) !== "BANANA") throw new Error(`it shows ${await shown(app)}`);
    if ((await lives(app)) !== 0) throw new Error(`${await lives(app)} lives`);
  },
  "is played again": {
    without: ["two-player"],
    run: async (app) => {
      await start(app, "Banana");
      await type(app, "xyzqwe");
      await app.key("Enter");
      await app.sees(app.text("ready"));
      if ((await lives(app)) !== 6) throw new Error(`${await lives(app)} lives`);
      await app.press("E");
      await app.press(app.text("newGame"));
      await app.sees(app.text("ready"));
    },
  },
  "accents and signs are no trouble": async (app) => {
    await start(app, "Crème brûlée 2");
    await type(app, "cremblu");
    await app.sees(app.text("won", { word: "Crème brûlée 2" }));
  },
  "tells the category and the length": async (app) => {
    await start(app, "Ice cream", "Food");
    await app.sees(`Food · ${app.text("length", { n: 8 })}`);
  },
  "has longer words at each level": {
    needs: ["levels"],
    run: async (app) => {
      const length = () => app.frame.evaluate(() => window.eval("secret.word.length"));
      const first = await length();
      for (let level = 1; level < 5; level++) {
        if (String(await app.value(app.text("level"))) !== String(level)) throw new Error(`level ${await app.value(app.text("level"))}, not ${level}`);
        await start(app, "Otto");
        await type(app, "ot");
        await app.press(app.text("newGame"));
      }
      if (!((await length()) > first)) throw new Error(`${first} letters, then ${await length()}`);
      await start(app, "Otto");
      await type(app, "abcdef");
      if (String(await app.value(app.text("level"))) !== "1") throw new Error("a lost game does not go back to the first level");
    },
  },
  "asks no word twice": {
    without: ["two-player", "levels"],
    run: async (app) => {
      const words = await app.frame.evaluate(() => window.eval("coming = []; Array.from({ length: 30 }, () => nextWord().word)"));
      if (new Set(words).size !== 30) throw new Error(`${words}`);
    },
  },
  "plays with own words": {
    without: ["two-player"],
    run: async (app) => {
      await app.press(app.text("ownWords"));
      await app.press(app.text("save"));
      await app.sees(app.text("noWord"));
      await app.fill(app.text("ownHelp"), "Otto");
      await app.press(app.text("save"));
      await type(app, "ot");
      await app.sees(app.text("won", { word: "Otto" }));
    },
  },
  "keeps own words": {
    needs: ["storage"],
    without: ["two-player"],
    run: async (app) => {
      await app.press(app.text("ownWords"));
      await app.fill(app.text("ownHelp"), "Otto\nAnna");
      await app.press(app.text("save"));
      await app.reload();
      await app.sees(app.text("length", { n: 4 }));
    },
  },
  "chooses a category": {
    needs: ["categories"],
    run: async (app) => {
      for (const category of ["Films", "Animals"]) {
        await app.choose(app.text("category"), category);
        await app.sees(new RegExp(`${category} · \\d+ letters`));
        await app.press(app.text("newGame"));
        await app.sees(new RegExp(`${category} · \\d+ letters`));
      }
      await app.choose(app.text("category"), "Films");
      await app.key("x");
      await app.sees(/No X in it|there is X/);
      await app.sees(/Films · \d+ letters/);
    },
  },
  "has all categories": { without: ["categories"], run: (app) => app.hides(app.text("category")) },
  "counts games": {
    needs: ["score", "storage"],
    run: async (app) => {
      await start(app, "Otto");
      await type(app, "ot");
      await start(app, "Otto");
      await type(app, "abcdef");
      await app.reload();
      const [wins, losses] = [await app.value(app.text("wins")), await app.value(app.text("losses"))];
      if (`${wins},${losses}` !== "1,1") throw new Error(`${wins} won, ${losses} lost`);
    },
  },
  "counts no games": { without: ["score"], run: (app) => app.hides(app.text("losses")) },
  "allows more when it is easy": {
    needs: ["difficulty"],
    run: async (app) => {
      const all = [];
      for (const key of ["easy", "medium", "hard"]) {
        await app.press(app.text(key));
        all.push(await lives(app));
      }
      if (all.join() !== "10,6,4") throw new Error(`${all} lives`);
      await start(app, "Otto");
      await type(app, "abcd");
      await app.sees(app.text("lost", { word: "Otto" }));
    },
  },
  "gives a hint for a life": {
    needs: ["hints"],
    run: async (app) => {
      await start(app, "Otto");
      await app.press(app.text("hint"));
      await app.sees(/Hint: [OT]/);
      if ((await lives(app)) !== 5) throw new Error(`${await lives(app)} lives`);
      if ((await shown(app)).replaceAll("_", "").length !== 2) throw new Error(`it shows ${await shown(app)}`);
    },
  },
  "counts words in a row": {
    needs: ["streaks"],
    run: async (app) => {
      for (let i = 0; i < 2; i++) {
        await start(app, "Otto");
        await type(app, "ot");
      }
      if (String(await app.value(app.text("inARow"))) !== "2") throw new Error(await app.value(app.text("inARow")));
      await start(app, "Otto");
      await type(app, "abcdef");
      if (String(await app.value(app.text("inARow"))) !== "0") throw new Error(await app.value(app.text("inARow")));
    },
  },
  "keeps the best row": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      for (const letters of ["ot", "ot", "abcdef", "ot"]) {
        await start(app, "Otto");
        await type(app, letters);
      }
      await app.reload();
      if (String(await app.value(app.text("best"))) !== "2") throw new Error(await app.value(app.text("best")));
    },
  },
  "gives 90 seconds": {
    needs: ["timer"],
    run: async (app) => {
      await start(app, "Otto");
      await app.advance(30.1);
      if ((await app.value(app.text("time"))) !== "01:00") throw new Error(await app.value(app.text("time")));
      await app.advance(60);
      await app.sees(app.text("lost", { word: "Otto" }));
    },
  },
  "one player writes the word, the other guesses": {
    needs: ["two-player"],
    run: async (app) => {
      await app.press(app.text("start"));
      await app.sees(app.text("noWord"));
      await app.fill(app.text("wordToGuess"), "Otto");
      await app.press(app.text("start"));
      await app.hides("Otto");
      await type(app, "ot");
      await app.sees(app.text("won", { word: "Otto" }));
      await app.press(app.text("newGame"));
      await app.sees(app.text("lookAway"));
      if ((await app.value(app.text("wordToGuess"))) !== "") throw new Error("the word is still there");
      await app.press(app.text("randomWord"));
      await app.sees(app.text("ready"));
    },
  },
  "asks for no secret word": { without: ["two-player"], run: (app) => app.hides(app.text("lookAway")) },
  "sounds, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await start(app, "Otto");
      await app.key("o");
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await app.key("t");
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
};
