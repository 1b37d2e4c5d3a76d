// What a person does with 2048, and sees.

/** The numbers on the board, row by row; 0 where there is none. */
const numbers = (app) => app.frame.locator("#board [role=cell]").evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("aria-label")) || 0));

/** Shows the board with other numbers, as if a game had come to that. */
const lay = (app, squares, score = 0) => app.frame.evaluate(([squares, score]) => window.eval(`take({ squares: ${JSON.stringify(squares)}, score: ${score}, goesOn: false })`), [squares, score]);

const score = async (app) => Number(String(await app.value(app.text("score"))).replace(/\D/g, ""));
const row = (...first) => [...first, ...Array(16 - first.length).fill(0)];
const full = [16, 32, 16, 32, 32, 16, 32, 16, 16, 32, 16, 32, 64, 128, 64, 0]; // no move is left once the last row has gone right

export const checks = {
  "begins with two tiles": async (app) => {
    const tiles = (await numbers(app)).filter(Boolean);
    if (tiles.length !== 2 || tiles.some((n) => ![2, 4].includes(n))) throw new Error(`there are ${tiles}`);
    if ((await app.count(".tile")) !== 2) throw new Error("they are not to be seen");
    await app.sees(app.text("goal", { n: 2048 }));
  },
  "moves all tiles, and adds one": async (app) => {
    await lay(app, row(0, 2, 0, 4));
    await app.key("ArrowLeft");
    const now = await numbers(app);
    if (now[0] !== 2 || now[1] !== 4) throw new Error(`it is ${now}`);
    if (now.filter(Boolean).length !== 3) throw new Error("there is no new tile");
  },
  "joins equal tiles for points": async (app) => {
    await lay(app, row(2, 2, 4, 4));
    await app.key("ArrowRight");
    const now = await numbers(app);
    if (now[2] !== 4 || now[3] !== 8) throw new Error(`it is ${now}`);
    if ((await score(app)) !== 12) throw new Error(`the score is ${await score(app)}`);
  },
  "joins a tile once in a move": async (app) => {
    await lay(app, row(4, 2, 2, 0));
    await app.key("ArrowLeft");
    const now = await numbers(app);
    if (now[0] !== 4 || now[1] !== 4) throw new Error(`it is ${now}`);
    await lay(app, row(2, 2, 4, 0));
    await app.key("ArrowLeft");
    const joined = await numbers(app);
    if (joined[0] !== 4 || joined[1] !== 4) throw new Error(`it is ${joined}`);
    await lay(app, row(2, 2, 2, 0));
    await app.key("ArrowLeft");
    const then = await numbers(app);
    if (then[0] !== 4 || then[1] !== 2) throw new Error(`it is ${then}`);
  },
  "a move that moves nothing adds nothing": async (app) => {
    await lay(app, row(2, 4));
    await app.key("ArrowLeft");
    if ((await numbers(app)).filter(Boolean).length !== 2) throw new Error("there is a new tile");
  },
  "moves by the buttons": async (app) => {
    await lay(app, row(0, 2));
    await app.press(app.text("down"));
    if ((await numbers(app))[13] !== 2) throw new Error(`it is ${await numbers(app)}`);
    await lay(app, row(0, 2));
    await app.press(app.text("toTheRight"));
    if ((await numbers(app))[3] !== 2) throw new Error(`it is ${await numbers(app)}`);
  },
  "moves by a swipe": async (app) => {
    await lay(app, row(0, 0, 2));
    const board = await app.frame.locator("#board").boundingBox();
    await app.page.mouse.move(board.x + 200, board.y + 100);
    await app.page.mouse.down();
    await app.page.mouse.move(board.x + 60, board.y + 110, { steps: 4 });
    await app.page.mouse.up();
    if ((await numbers(app))[0] !== 2) throw new Error(`it is ${await numbers(app)}`);
  },
  "shows as many tiles as there are": async (app) => {
    await lay(app, row(2, 2, 4, 8));
    for (const key of ["ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp", "w", "a", "s", "d"]) {
      await app.key(key);
      await app.advance(0.3);
      const shown = await app.frame.locator(".tile").allInnerTexts();
      const there = (await numbers(app)).filter(Boolean);
      if (shown.map(Number).sort().join() !== there.sort().join()) throw new Error(`${shown} are shown, ${there} are there`);
    }
  },
  "is over when nothing moves, says the score, and plays again": async (app) => {
    await lay(app, full, 100);
    await app.key("ArrowRight");
    await app.sees(app.text("gameOver"));
    await app.sees(app.text("result", { n: 100 }));
    await app.press(app.text("playAgain"));
    await app.hides(app.text("gameOver"));
    if ((await score(app)) !== 0) throw new Error("the score did not begin anew");
  },
  "is won at 2048, and goes on": async (app) => {
    await lay(app, row(1024, 1024));
    await app.key("ArrowLeft");
    await app.sees(app.text("won"));
    await app.key("ArrowRight");
    if ((await numbers(app))[0] !== 2048) throw new Error("it still moves");
    await app.press(app.text("keepGoing"));
    await app.hides(app.text("won"));
    await app.key("ArrowRight");
    if ((await numbers(app))[0] === 2048) throw new Error("it does not go on");
    await app.hides(app.text("won"));
  },
  "begins a new game": async (app) => {
    await lay(app, row(2, 2, 4, 4), 50);
    await app.press(app.text("newGame"));
    if ((await score(app)) !== 0 || (await numbers(app)).filter(Boolean).length !== 2) throw new Error("it did not begin anew");
  },
  "keeps the game": {
    needs: ["storage"],
    run: async (app) => {
      await lay(app, row(16, 32, 64, 128), 500);
      await app.reload();
      if ((await numbers(app)).join() !== row(16, 32, 64, 128).join() || (await score(app)) !== 500) throw new Error(`it is ${await numbers(app)}`);
    },
  },
  "keeps the best score": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await lay(app, row(8, 8));
      await app.key("ArrowLeft");
      await app.press(app.text("newGame"));
      await app.reload();
      if (String(await app.value(app.text("best"))) !== "16") throw new Error(`the best score is ${await app.value(app.text("best"))}`);
    },
  },
  "has no best score": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "takes moves back": {
    needs: ["undo"],
    run: async (app) => {
      await lay(app, row(2, 2, 4, 4));
      await app.key("ArrowLeft");
      const once = await numbers(app);
      await app.key("ArrowDown");
      await app.press(app.text("undo"));
      if ((await numbers(app)).join() !== once.join()) throw new Error(`it is ${await numbers(app)}, not ${once}`);
      await app.key("u");
      if ((await numbers(app)).join() !== row(2, 2, 4, 4).join() || (await score(app)) !== 0) throw new Error(`it is ${await numbers(app)}`);
    },
  },
  "takes the last move of a lost game back": {
    needs: ["undo"],
    run: async (app) => {
      await lay(app, full);
      await app.key("ArrowRight");
      await app.sees(app.text("gameOver"));
      await app.press(app.text("undo"));
      await app.hides(app.text("gameOver"));
    },
  },
  "takes a new game back": {
    needs: ["undo"],
    run: async (app) => {
      await lay(app, row(2, 64, 128), 700);
      await app.press(app.text("newGame"));
      await app.press(app.text("undo"));
      if ((await numbers(app)).join() !== row(2, 64, 128).join() || (await score(app)) !== 700) throw new Error(`it is ${await numbers(app)}`);
    },
  },
  "takes nothing back": { without: ["undo"], run: (app) => app.hides(app.text("undo")) },
  "has a higher goal at each level": {
    needs: ["levels"],
    run: async (app) => {
      await app.sees(app.text("goal", { n: 128 }));
      await lay(app, row(64, 64));
      await app.key("ArrowLeft");
      await app.sees(app.text("goal", { n: 256 }));
      if (String(await app.value(app.text("level"))) !== "2") throw new Error(`level ${await app.value(app.text("level"))}`);
    },
  },
  "has one goal": { without: ["levels"], run: (app) => app.hides(app.text("level")) },
  "has a larger board when it is easy": {
    needs: ["difficulty"],
    run: async (app) => {
      const sizes = [];
      for (const key of ["easy", "hard", "medium"]) {
        await app.press(app.text(key));
        sizes.push((await numbers(app)).length);
      }
      if (sizes.join() !== "25,9,16") throw new Error(`${sizes} squares`);
    },
  },
  "counts moves": {
    needs: ["counter"],
    run: async (app) => {
      await app.press(app.text("newGame"));
      await lay(app, row(2, 4, 8));
      await app.key("ArrowLeft"); // nothing moves
      await app.key("ArrowRight");
      await app.key("ArrowLeft");
      if (String(await app.value(app.text("moves"))) !== "2") throw new Error(`${await app.value(app.text("moves"))} moves`);
    },
  },
  "measures the time from the first move on": {
    needs: ["timer"],
    run: async (app) => {
      await app.advance(3);
      await lay(app, row(0, 2));
      await app.key("ArrowLeft");
      await app.advance(65.1);
      if ((await app.value(app.text("time"))) !== "01:05") throw new Error(`it is ${await app.value(app.text("time"))}`);
      await app.press(app.text("newGame"));
      if ((await app.value(app.text("time"))) !== "00:00") throw new Error("it did not begin anew");
    },
  },
  "gives a hint": {
    needs: ["hints"],
    run: async (app) => {
      await lay(app, row(512, 0, 0, 0, 512));
      await app.press(app.text("hint"));
      await app.sees(new RegExp(["upwards", "down"].map((way) => app.text("tryWay", { way: app.text(way) })).join("|")));
      await app.key("ArrowUp");
      await app.hides(/Try:/);
    },
  },
  "sounds when tiles join": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await lay(app, row(2, 2));
      await app.key("ArrowLeft");
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await lay(app, row(2, 2));
      await app.key("ArrowLeft");
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
  "shares the score": {
    needs: ["share"],
    run: async (app) => {
      await lay(app, row(2, 64), 300);
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("share"));
      const text = await app.frame.evaluate(() => globalThis.copied);
      if (!text.startsWith(app.text("shareText", { n: 300, highest: 64 }))) throw new Error(text);
    },
  },
  "begins anew by a key": {
    needs: ["shortcuts"],
    run: async (app) => {
      await lay(app, row(2, 64), 300);
      await app.key("n");
      if ((await score(app)) !== 0) throw new Error("it did not begin anew");
    },
  },
};
