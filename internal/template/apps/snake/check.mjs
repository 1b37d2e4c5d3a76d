// What a person does with the snake, and sees.

/** Where the snake's head and the apple are, in squares, and where it is heading. */
const look = (app) =>
  app.frame.evaluate(() => {
    const numbers = (text) => text.match(/-?[\d.]+/g).map(Number);
    const [x, y, nextX, nextY] = numbers(document.querySelector("#snake").getAttribute("d"));
    const [appleX, appleY] = numbers(document.querySelector("#apple").getAttribute("transform"));
    return { x, y, heading: { x: Math.sign(x - nextX), y: Math.sign(y - nextY) }, appleX, appleY };
  });

const score = (app) => app.frame.evaluate(() => Number(document.querySelector("#score").value));

/** Steers to the apple as a person does who looks where it is, and eats it. */
async function eat(app) {
  const before = await score(app);
  for (let i = 0; i < 60; i++) {
    const { x, y, heading, appleX, appleY } = await look(app);
    const [right, down] = [appleX - x, appleY - y];
    let key = "";
    if (right && heading.x !== -Math.sign(right)) key = right > 0 ? "ArrowRight" : "ArrowLeft";
    else if (down && heading.y !== -Math.sign(down)) key = down > 0 ? "ArrowDown" : "ArrowUp";
    else if (heading.x) key = y < 10 ? "ArrowDown" : "ArrowUp";
    else key = x < 10 ? "ArrowRight" : "ArrowLeft";
    const way = /Left|Right/.test(key) ? right : down;
    await app.page.keyboard.press(key);
    await app.advance(0.12 * Math.max(1, Math.abs(way)));
    if ((await score(app)) > before) return;
  }
  throw new Error("the snake did not reach the apple");
}

export const checks = {
  "waits for a start": async (app) => {
    const before = await look(app);
    await app.advance(2);
    const after = await look(app);
    if (before.x !== after.x) throw new Error("the snake moves before the game has started");
    await app.sees(app.text("ready"));
  },
  "starts by a button, and runs": async (app) => {
    const before = await look(app);
    await app.press(app.text("start"));
    await app.advance(0.5);
    const after = await look(app);
    if (!(after.x > before.x)) throw new Error("the snake does not run");
    await app.hides(app.text("ready"));
  },
  "starts by an arrow key, and turns": async (app) => {
    const before = await look(app);
    await app.key("ArrowDown");
    await app.advance(0.5);
    const after = await look(app);
    if (!(after.y > before.y)) throw new Error("the snake does not turn down");
  },
  "turns by the buttons": async (app) => {
    const before = await look(app);
    await app.press(app.text("upwards"));
    await app.advance(0.5);
    await app.press(app.text("toTheLeft"));
    await app.advance(0.5);
    const after = await look(app);
    if (!(after.y < before.y)) throw new Error("the snake does not turn up");
  },
  "turns by a swipe": async (app) => {
    const before = await look(app);
    const board = await app.frame.locator("#board").boundingBox();
    await app.press(app.text("start"));
    await app.page.mouse.move(board.x + 100, board.y + 200);
    await app.page.mouse.down();
    await app.page.mouse.move(board.x + 100, board.y + 100, { steps: 4 });
    await app.page.mouse.up();
    await app.advance(0.5);
    const after = await look(app);
    if (!(after.y < before.y)) throw new Error("the snake does not turn up");
  },
  "does not turn back into itself": async (app) => {
    await app.press(app.text("start"));
    await app.key("ArrowLeft");
    await app.advance(0.5);
    await app.hides(app.text("gameOver"));
  },
  "eats apples for points": async (app) => {
    await app.press(app.text("start"));
    await eat(app);
    if ((await score(app)) !== 10) throw new Error(`the score is ${await score(app)}`);
  },
  "is over at the wall, says the score, and plays again": async (app) => {
    await app.press(app.text("start"));
    await app.advance(5);
    await app.sees(app.text("gameOver"));
    await app.sees(app.text("result", { n: await score(app) }));
    await app.press(app.text("playAgain"));
    await app.advance(0.3);
    await app.hides(app.text("gameOver"));
    if ((await score(app)) !== 0) throw new Error("the score did not begin anew");
  },
  "pauses, and goes on": async (app) => {
    await app.press(app.text("start"));
    await app.key(" ");
    await app.sees(app.text("paused"));
    const before = await look(app);
    await app.advance(2);
    if ((await look(app)).x !== before.x) throw new Error("the snake moves while it is paused");
    await app.press(app.text("resume"));
    await app.hides(app.text("paused"));
    await app.press(app.text("pause"));
    await app.sees(app.text("paused"));
  },
  "begins a new game": async (app) => {
    await app.press(app.text("start"));
    await eat(app);
    await app.press(app.text("newGame"));
    if ((await score(app)) !== 0) throw new Error("the score did not begin anew");
  },
  "reaches the next level after five apples": {
    needs: ["levels"],
    run: async (app) => {
      await app.press(app.text("start"));
      for (let i = 0; i < 5; i++) await eat(app);
      await app.sees(app.text("levelReached", { n: 2 }));
      if ((await app.count("#stones rect")) === 0) throw new Error("the second level has no stones");
      await app.advance(1.4);
      const { x } = await look(app);
      await app.advance(0.3);
      if ((await look(app)).x === x) throw new Error("the second level does not begin");
    },
  },
  "grows on and on": {
    without: ["levels"],
    run: async (app) => {
      await app.press(app.text("start"));
      for (let i = 0; i < 3; i++) await eat(app);
      await app.hides(app.text("level"));
    },
  },
  "keeps the best score": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await app.press(app.text("start"));
      await eat(app);
      await app.reload();
      if (String(await app.value(app.text("best"))) !== "10") throw new Error(`the best score is ${await app.value(app.text("best"))}`);
    },
  },
  "has no best score": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "is slower when it is easy": {
    needs: ["difficulty"],
    run: async (app) => {
      const run = async (difficulty) => {
        await app.press(app.text(difficulty));
        await app.press(app.text("newGame"));
        const { x } = await look(app);
        await app.advance(1);
        return (await look(app)).x - x;
      };
      const [easy, hard] = [await run("easy"), await run("hard")];
      if (!(hard > easy)) throw new Error(`it runs ${easy} squares a second when it is easy, ${hard} when it is hard`);
    },
  },
  "has one speed": { without: ["difficulty"], run: (app) => app.hides(app.text("hard")) },
  "sounds, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await app.press(app.text("start"));
      await app.advance(5);
      await app.sees(app.text("gameOver"));
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await app.press(app.text("playAgain"));
      await app.advance(5);
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
};
