// What a person does with the memory game, and sees.

const cards = (app) => app.frame.locator("#board button");

/** Where the two cards of each pair lie, counted from 1. */
async function pairs(app) {
  const names = await app.frame.evaluate(() => window.eval("cards.map(({ face }) => face.name)"));
  return [...new Set(names)].map((name) => [names.indexOf(name) + 1, names.lastIndexOf(name) + 1]);
}

const isOpen = async (app, n) => (await cards(app).nth(n - 1).innerText()) !== "";

/** Finds some pairs without a mistake. */
async function finish(app, places) {
  await app.frame.evaluate((numbers) => {
    const buttons = document.querySelectorAll("#board button");
    for (const n of numbers) buttons[n - 1].click();
  }, places.flat());
  await app.advance(0.2);
}

async function open(app, [one, other]) {
  await app.press(app.text("card", { n: one }));
  await app.press(app.text("card", { n: other }));
}

/** Opens two cards that are no pair, and returns another one. */
async function miss(app) {
  const [[one], [other], [third]] = await pairs(app);
  await open(app, [one, other]);
  return [one, third];
}

export const checks = {
  "begins with all cards face down": async (app) => {
    if ((await cards(app).count()) % 2 !== 0 || (await cards(app).count()) < 8) throw new Error(`${await cards(app).count()} cards`);
    if (await app.frame.evaluate(() => document.querySelector("#board").innerText.trim())) throw new Error("a card is open");
    await app.sees(app.text("ready"));
  },
  "turns a card over": async (app) => {
    await app.press(app.text("card", { n: 1 }));
    if (!(await isOpen(app, 1))) throw new Error("the card is not open");
    if ((await app.count("#board svg")) !== 1) throw new Error("it has no picture");
  },
  "turns two cards back that are no pair": async (app) => {
    const [one] = await miss(app);
    await app.sees(app.text("noPair"));
    if (!(await isOpen(app, one))) throw new Error("they are turned back at once");
    await app.advance(1.5);
    if (await isOpen(app, one)) throw new Error("they stay open");
  },
  "does not wait for two cards to be turned back": async (app) => {
    const [one, third] = await miss(app);
    await app.press(app.text("card", { n: third }));
    if (!(await isOpen(app, third)) || (await isOpen(app, one))) throw new Error("the third card is not the only one that is open");
  },
  "keeps a pair open": async (app) => {
    const [[one, other]] = await pairs(app);
    await open(app, [one, other]);
    await app.sees(/A pair: \w+/);
    await app.advance(3);
    if (!(await isOpen(app, one)) || !(await isOpen(app, other))) throw new Error("the pair was turned back");
  },
  "counts the moves": async (app) => {
    await miss(app);
    await app.advance(1.5);
    await miss(app);
    if (String(await app.value(app.text("moves"))) !== "2") throw new Error(`${await app.value(app.text("moves"))} moves`);
  },
  "one card twice is no pair": async (app) => {
    await app.press(app.text("card", { n: 1 }));
    await app.frame.locator("#board button").first().click();
    if (String(await app.value(app.text("moves"))) !== "0") throw new Error("it counts as a move");
  },
  "is won once all pairs are found, and begins anew": {
    without: ["two-player"],
    run: async (app) => {
      const places = await pairs(app);
      await finish(app, places);
      await app.sees(app.text("finished", { n: places.length, moves: await app.value(app.text("moves")) }));
      await app.press(app.text("newGame"));
      await app.sees(app.text("ready"));
      if (await isOpen(app, 1)) throw new Error("a card is still open");
      if (String(await app.value(app.text("moves"))) !== "0") throw new Error("the moves did not begin anew");
    },
  },
  "mixes the cards": async (app) => {
    const order = JSON.stringify(await pairs(app));
    await app.press(app.text("newGame"));
    if (JSON.stringify(await pairs(app)) === order) throw new Error("they lie as before");
  },
  "is played by the keyboard": async (app) => {
    await app.frame.evaluate(() => document.querySelector("#board button").focus());
    await app.key("ArrowRight");
    await app.key("Enter");
    if (!(await isOpen(app, 2))) throw new Error("the second card is not open");
    await app.key("ArrowDown");
    await app.key(" ");
    if (!(await isOpen(app, 6))) throw new Error("the card below is not open");
  },
  "plays with own words": async (app) => {
    await app.press(app.text("ownCards"));
    await app.fill(app.text("ownHelp"), "Tokyo\nLima");
    await app.press(app.text("play"));
    if ((await cards(app).count()) !== 4) throw new Error(`${await cards(app).count()} cards`);
    await app.press(app.text("card", { n: 1 }));
    await app.sees(/Tokyo|Lima/);
    await app.press(app.text("ownCards"));
    await app.press(app.text("pictures"));
    if ((await cards(app).count()) < 8) throw new Error("the pictures are not back");
  },
  "wants two own words": async (app) => {
    await app.press(app.text("ownCards"));
    await app.fill(app.text("ownHelp"), "Tokyo");
    await app.press(app.text("play"));
    await app.sees(app.text("tooFew"));
    await app.press(app.text("cancel"));
    if ((await cards(app).count()) < 8) throw new Error("the cards are gone");
  },
  "keeps own words": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("ownCards"));
      await app.fill(app.text("ownHelp"), "Tokyo\nLima\nOslo");
      await app.press(app.text("play"));
      await app.reload();
      if ((await cards(app).count()) !== 6) throw new Error(`${await cards(app).count()} cards`);
    },
  },
  "has more cards when it is harder": {
    needs: ["difficulty"],
    run: async (app) => {
      const counts = [];
      for (const key of ["easy", "medium", "hard"]) {
        await app.press(app.text(key));
        counts.push(await cards(app).count());
      }
      if (counts.join() !== "12,16,24") throw new Error(`${counts} cards`);
    },
  },
  "has one size": {
    without: ["difficulty", "levels"],
    run: async (app) => {
      await app.hides(app.text("hard"));
      if ((await cards(app).count()) !== 16) throw new Error(`${await cards(app).count()} cards`);
    },
  },
  "measures the time from the first card on": {
    needs: ["timer"],
    run: async (app) => {
      await app.advance(3);
      if ((await app.value(app.text("time"))) !== "00:00") throw new Error("it runs before the first card");
      await app.press(app.text("card", { n: 1 }));
      await app.advance(5.1);
      if ((await app.value(app.text("time"))) !== "00:05") throw new Error(`it is ${await app.value(app.text("time"))}`);
    },
  },
  "stops the time at the end": {
    needs: ["timer"],
    run: async (app) => {
      await finish(app, await pairs(app));
      const time = await app.value(app.text("time"));
      await app.advance(5);
      if ((await app.value(app.text("time"))) !== time) throw new Error("it still runs");
    },
  },
  "has no clock": { without: ["timer"], run: (app) => app.hides(app.text("time")) },
  "keeps the fewest moves": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await finish(app, await pairs(app));
      const moves = await app.value(app.text("moves"));
      await app.reload();
      if ((await app.value(app.text("best"))) !== moves) throw new Error(`the best is ${await app.value(app.text("best"))}, not ${moves}`);
    },
  },
  "has no best": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "goes on to a level with more cards": {
    needs: ["levels"],
    run: async (app) => {
      const before = await cards(app).count();
      if (before !== 8) throw new Error(`the first level has ${before} cards`);
      await app.hides(app.text("nextLevel"));
      await finish(app, await pairs(app));
      await app.press(app.text("nextLevel"));
      if ((await cards(app).count()) !== 12) throw new Error(`${await cards(app).count()} cards`);
      if (String(await app.value(app.text("level"))) !== "2") throw new Error(`level ${await app.value(app.text("level"))}`);
    },
  },
  "two players take turns, and one wins": {
    needs: ["two-player"],
    run: async (app) => {
      await app.sees(app.text("turn", { n: 1 }));
      await miss(app);
      await app.advance(1.5);
      await app.sees(app.text("turn", { n: 2 }));
      const places = await pairs(app);
      await finish(app, places.slice(0, 2)); // who finds a pair goes on
      await open(app, [places[2][0], places[3][0]]);
      await app.advance(1.5);
      await app.sees(app.text("turn", { n: 1 }));
      await finish(app, places.slice(2));
      const wins = [await app.value(app.text("player", { n: 1 })), await app.value(app.text("player", { n: 2 }))];
      if (wins.join() !== `${places.length - 2},2`) throw new Error(`${wins} pairs`);
      await app.sees(app.text("wins", { n: 1, pairs: places.length - 2 }));
    },
  },
  "shows all cards for a moment": {
    needs: ["hints"],
    run: async (app) => {
      await app.press(app.text("peek", { n: 3 }));
      if ((await app.count("#board .face")) !== (await cards(app).count())) throw new Error("some are hidden");
      await app.advance(2);
      if ((await app.count("#board .face")) !== 0) throw new Error("some are still open");
      await app.sees(app.text("peek", { n: 2 }));
    },
  },
  "sounds at a pair": {
    needs: ["sound"],
    run: async (app) => {
      const [one, other] = await pairs(app);
      await app.listen();
      await open(app, one);
      if ((await app.tones()) !== 2) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await open(app, other);
      if ((await app.tones()) !== 2) throw new Error("it sounds though it should be quiet");
    },
  },
};
