// What a person does with Tetris, and sees.

/** Where blocks lie: [x, y] of each, sorted by rows. */
const blocks = (app, part) =>
  app.frame.locator(`#${part} rect`).evaluateAll((all) => all.map((rect) => ["x", "y"].map((name) => Math.floor(rect.getAttribute(name)))).sort(([x, y], [otherX, otherY]) => y - otherY || x - otherX));

const lefts = async (app, part = "piece") => Math.min(...(await blocks(app, part)).map(([x]) => x));
const tops = async (app, part = "piece") => Math.min(...(await blocks(app, part)).map(([, y]) => y));
const number = async (app, label) => Number(String(await app.value(app.text(label))).replace(/\D/g, ""));

/** Fills the lowest rows but for a gap on the right, and lets a long piece stand over it. */
async function prepare(app, rows) {
  await app.frame.evaluate((rows) => window.eval(`for (let i = 1; i <= ${rows}; i++) stack[HEIGHT - i] = [...Array(9).fill("J"), ""]; enter("I"); acts.turn(); while (acts.right());`), rows);
}

const start = (app) => app.press(app.text("start"));

export const checks = {
  "waits for a start": async (app) => {
    const before = await blocks(app, "piece");
    await app.advance(3);
    if (String(await blocks(app, "piece")) !== String(before)) throw new Error("a piece falls before the game has started");
    await app.sees(app.text("ready"));
  },
  "starts by a button, and a piece falls": async (app) => {
    const before = await tops(app);
    await start(app);
    await app.advance(2);
    if (!((await tops(app)) > before)) throw new Error("no piece falls");
    await app.hides(app.text("ready"));
  },
  "starts by a key": async (app) => {
    const before = await tops(app);
    await app.key("Enter");
    await app.advance(2);
    if (!((await tops(app)) > before)) throw new Error("no piece falls");
  },
  "moves by the arrow keys": async (app) => {
    await start(app);
    const before = await lefts(app);
    await app.key("ArrowLeft");
    if ((await lefts(app)) !== before - 1) throw new Error("it does not move to the left");
    for (let i = 0; i < 12; i++) await app.key("ArrowRight");
    const right = Math.max(...(await blocks(app, "piece")).map(([x]) => x));
    if (right !== 9) throw new Error(`it ends at column ${right}`);
  },
  "moves, turns and drops by the buttons": async (app) => {
    await start(app);
    await app.frame.evaluate(() => window.eval('enter("T")'));
    const before = await lefts(app);
    await app.press(app.text("toTheRight"));
    if ((await lefts(app)) !== before + 1) throw new Error("it does not move to the right");
    await app.press(app.text("toTheLeft"));
    const shape = String(await blocks(app, "piece"));
    await app.press(app.text("rotate"));
    if (String(await blocks(app, "piece")) === shape) throw new Error("it does not turn");
    await app.press(app.text("down"));
    await app.press(app.text("drop"));
    if ((await app.count("#stack rect")) !== 4) throw new Error("it did not drop");
  },
  "turns fully around in four turns": async (app) => {
    await start(app);
    for (const kind of ["I", "T", "S", "L"]) {
      await app.frame.evaluate((kind) => window.eval(`enter("${kind}"); attempt(moved(piece, 0, 5))`), kind);
      const before = String(await blocks(app, "piece"));
      await app.key("ArrowUp");
      if (String(await blocks(app, "piece")) === before) throw new Error(`${kind} does not turn`);
      await app.key("z");
      if (String(await blocks(app, "piece")) !== before) throw new Error(`${kind} does not turn back`);
      for (let i = 0; i < 4; i++) await app.key("ArrowUp");
      if (String(await blocks(app, "piece")) !== before) throw new Error(`${kind} is not as it was`);
    }
  },
  "turns beside a wall": async (app) => {
    await start(app);
    await app.frame.evaluate(() => window.eval('enter("I"); acts.turn(); while (acts.left());'));
    await app.key("ArrowUp");
    const wide = new Set((await blocks(app, "piece")).map(([x]) => x)).size;
    if (wide !== 4) throw new Error(`it is ${wide} wide`);
  },
  "drops by the space bar, where its shadow is": async (app) => {
    await start(app);
    const ghost = String(await blocks(app, "ghost"));
    await app.key(" ");
    if (String(await blocks(app, "stack")) !== ghost) throw new Error("it is not where its shadow was");
    if ((await number(app, "score")) === 0) throw new Error("there are no points for it");
  },
  "clears a full line for points": async (app) => {
    await start(app);
    await prepare(app, 1);
    await app.key(" ");
    await app.advance(0.1);
    if ((await number(app, "lines")) !== 1) throw new Error(`${await number(app, "lines")} lines`);
    if ((await app.count("#stack rect")) !== 3) throw new Error("the line is still there");
    if (!((await number(app, "score")) >= 100)) throw new Error(`the score is ${await number(app, "score")}`);
  },
  "four lines at once are worth more than four": async (app) => {
    await start(app);
    await prepare(app, 4);
    await app.key(" ");
    if ((await number(app, "lines")) !== 4) throw new Error(`${await number(app, "lines")} lines`);
    if (!((await number(app, "score")) >= 800)) throw new Error(`the score is ${await number(app, "score")}`);
  },
  "is over when the stack reaches the top, says the score, and plays again": async (app) => {
    await start(app);
    for (let i = 0; i < 15; i++) await app.key(" ");
    await app.sees(app.text("gameOver"));
    await app.sees(app.text("result", { n: await app.value(app.text("score")) }));
    await app.press(app.text("playAgain"));
    await app.hides(app.text("gameOver"));
    if ((await number(app, "score")) !== 0 || (await app.count("#stack rect")) !== 0) throw new Error("it did not begin anew");
  },
  "pauses, and goes on": async (app) => {
    await start(app);
    await app.key("p");
    await app.sees(app.text("paused"));
    const before = await tops(app);
    await app.advance(3);
    await app.key("ArrowDown");
    if ((await tops(app)) !== before) throw new Error("it falls while it is paused");
    await app.press(app.text("resume"));
    await app.advance(2);
    if (!((await tops(app)) > before)) throw new Error("it does not go on");
    await app.press(app.text("pause"));
    await app.sees(app.text("paused"));
  },
  "begins a new game": async (app) => {
    await start(app);
    for (let i = 0; i < 3; i++) await app.key(" ");
    await app.press(app.text("newGame"));
    if ((await number(app, "score")) !== 0 || (await app.count("#stack rect")) !== 0) throw new Error("it did not begin anew");
  },
  "holds a piece for later": async (app) => {
    await start(app);
    await app.key("c");
    if ((await app.count("#held rect")) !== 4) throw new Error("it holds none");
    const kind = await app.frame.locator("#held rect").first().getAttribute("class");
    await app.key("c"); // once for each piece
    if ((await app.frame.locator("#held rect").first().getAttribute("class")) !== kind) throw new Error("it holds another one");
    await app.key(" ");
    await app.press(app.text("hold"));
    if ((await app.frame.locator("#piece rect").first().getAttribute("class")) !== kind) throw new Error("the piece does not come back");
  },
  "moves with a finger": async (app) => {
    await start(app);
    const before = await lefts(app);
    const board = await app.frame.locator("#board").boundingBox();
    await app.page.mouse.move(board.x + 100, board.y + 100);
    await app.page.mouse.down();
    await app.page.mouse.move(board.x + 100 + board.width / 9, board.y + 100, { steps: 2 });
    await app.page.mouse.up();
    if ((await lefts(app)) !== before + 1) throw new Error("it does not move to the right");
  },
  "reaches the next level after ten lines, and is faster": {
    needs: ["levels"],
    run: async (app) => {
      await start(app);
      const before = await app.frame.evaluate(() => window.eval("pace()"));
      for (const rows of [4, 4, 2]) {
        await prepare(app, rows);
        await app.key(" ");
        await app.frame.evaluate(() => window.eval("stack = stack.map(emptyRow)"));
      }
      if ((await number(app, "level")) !== 2) throw new Error(`level ${await number(app, "level")}`);
      if (!((await app.frame.evaluate(() => window.eval("pace()"))) < before)) throw new Error("it is not faster");
    },
  },
  "has no levels": { without: ["levels"], run: (app) => app.hides(app.text("level")) },
  "keeps the best score": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await start(app);
      for (let i = 0; i < 15; i++) await app.key(" ");
      await app.sees(app.text("newBest"));
      const score = await number(app, "score");
      await app.reload();
      if ((await number(app, "best")) !== score) throw new Error(`the best score is ${await number(app, "best")}, not ${score}`);
    },
  },
  "has no best score": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "shows which piece comes next": {
    needs: ["preview"],
    run: async (app) => {
      await start(app);
      for (let i = 0; i < 9; i++) {
        const next = await app.frame.locator("#next rect").first().getAttribute("class");
        await app.key(" ");
        const came = await app.frame.locator("#piece rect").first().getAttribute("class");
        if (came !== next) throw new Error(`${came} came, not ${next}`);
      }
    },
  },
  "does not show which piece comes next": { without: ["preview"], run: (app) => app.hides(app.text("next")) },
  "is slower when it is easy": {
    needs: ["difficulty"],
    run: async (app) => {
      const falls = async (difficulty) => {
        await app.press(app.text(difficulty));
        await app.press(app.text("newGame"));
        const before = await tops(app);
        await app.advance(4);
        return (await tops(app)) - before;
      };
      const [easy, hard] = [await falls("easy"), await falls("hard")];
      if (!(hard > easy)) throw new Error(`it falls ${easy} rows when it is easy, ${hard} when it is hard`);
    },
  },
  "measures the time of the game": {
    needs: ["timer"],
    run: async (app) => {
      const time = () => app.value(app.text("time"));
      await app.advance(3);
      await start(app);
      await app.advance(5.1);
      if ((await time()) !== "00:05") throw new Error(`it is ${await time()}`);
      await app.key("p");
      await app.advance(5);
      if ((await time()) !== "00:05") throw new Error("it runs while the game is paused");
      await app.press(app.text("newGame"));
      if ((await time()) !== "00:00") throw new Error("it did not begin anew");
    },
  },
  "sounds, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await start(app);
      await app.key(" ");
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await app.key(" ");
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
  "begins anew by a key": {
    needs: ["shortcuts"],
    run: async (app) => {
      await start(app);
      await app.key(" ");
      await app.key("n");
      if ((await app.count("#stack rect")) !== 0) throw new Error("it did not begin anew");
    },
  },
};
