// What a person does with the bricks, and sees.

/** Where the ball and the middle of the paddle are. */
const look = (app) =>
  app.frame.evaluate(() => {
    const number = (selector, name) => Number(document.querySelector(selector).getAttribute(name));
    return { x: number("#ball", "cx"), y: number("#ball", "cy"), paddle: number("#paddle", "x") + number("#paddle", "width") / 2, width: number("#paddle", "width") };
  });

const number = async (app, label) => Number(await app.value(app.text(label)));
const bricks = (app) => app.frame.locator("#bricks rect:not(.hits-0)").count();
const start = (app) => app.press(app.text("start"));
const run = (app, code) => app.frame.evaluate((code) => window.eval(code), code);

/** Plays as a person does who looks where the ball is, until something is so. */
async function play(app, until, seconds = 60) {
  const board = await app.frame.locator("#board").boundingBox();
  for (let i = 0; i < seconds * 10; i++) {
    const { x } = await look(app);
    await app.page.mouse.move(board.x + ((x + 2) / 80) * board.width, board.y + board.height / 2);
    await app.advance(0.1);
    if (await until()) return;
  }
  throw new Error("it takes too long");
}

/** Leaves one brick, which the ball is about to hit. */
const leaveOne = (app) => run(app, "bricks.slice(1).forEach((brick) => { brick.hits = 0; brick.rect.setAttribute('class', 'hits-0') }); bricks[0].hits = 1; ball = { x: 4, y: 30, right: 0, down: -60 }");

/** Lets the ball fall. */
const miss = async (app) => {
  await run(app, "movePaddle(0); ball = { x: 70, y: 80, right: 0, down: 60 }");
  await app.advance(0.4);
};

export const checks = {
  "waits for a start": async (app) => {
    const before = await look(app);
    await app.advance(2);
    if ((await look(app)).y !== before.y) throw new Error("the ball moves before the game has started");
    await app.sees(app.text("ready"));
  },
  "starts by a button, and the ball flies": async (app) => {
    const before = await look(app);
    await start(app);
    await app.advance(0.5);
    if (!((await look(app)).y < before.y)) throw new Error("the ball does not fly");
    await app.hides(app.text("ready"));
  },
  "starts by a key": async (app) => {
    const before = await look(app);
    await app.key(" ");
    await app.advance(0.5);
    if (!((await look(app)).y < before.y)) throw new Error("the ball does not fly");
  },
  "breaks bricks for points": async (app) => {
    await start(app);
    const before = await bricks(app);
    await play(app, async () => (await number(app, "score")) >= 20);
    if (!((await bricks(app)) < before)) throw new Error("all bricks are still there");
  },
  "the paddle follows the mouse, not over the edge": async (app) => {
    await start(app);
    const board = await app.frame.locator("#board").boundingBox();
    await app.page.mouse.move(board.x + board.width * 0.7, board.y + 50);
    await app.advance(0.1);
    if (Math.abs((await look(app)).paddle - 56) > 1) throw new Error(`it is at ${(await look(app)).paddle}`);
    await app.page.mouse.move(board.x + 1, board.y + 50);
    await app.advance(0.1);
    const { paddle, width } = await look(app);
    if (Math.abs(paddle - width / 2) > 0.01) throw new Error(`it is at ${paddle}`);
  },
  "the paddle moves by keys as long as they are held": async (app) => {
    await start(app);
    const before = await look(app);
    await app.page.keyboard.down("ArrowLeft");
    await app.advance(0.3);
    await app.page.keyboard.up("ArrowLeft");
    const after = await look(app);
    if (!(after.paddle < before.paddle - 10)) throw new Error(`from ${before.paddle} to ${after.paddle}`);
    await app.advance(0.3);
    if ((await look(app)).paddle !== after.paddle) throw new Error("it moves on");
  },
  "the paddle moves by buttons": async (app) => {
    await start(app);
    const before = await look(app);
    await app.press(app.text("toTheRight"));
    await app.advance(0.05);
    if (!((await look(app)).paddle > before.paddle)) throw new Error("it does not move");
  },
  "the ball comes back from the paddle, to the side that was hit": async (app) => {
    await start(app);
    await run(app, "paddle.x = 40; ball = { x: 44, y: 78, right: 0, down: 50 }");
    await app.advance(0.3);
    const { x, y } = await look(app);
    if (!(y < 83 && x > 44)) throw new Error(`it is at ${x}, ${y}`);
  },
  "the ball comes back from the walls": async (app) => {
    await start(app);
    await run(app, "bricks = []; ball = { x: 5, y: 50, right: -50, down: -1 }");
    await app.advance(0.5);
    const { x } = await look(app);
    if (!(x > 1.2 && x < 30)) throw new Error(`it is at ${x}`);
    await run(app, "ball = { x: 40, y: 5, right: 1, down: -50 }");
    await app.advance(0.5);
    if (!((await look(app)).y > 5)) throw new Error("it does not come back from the top");
  },
  "a lost ball costs a life, and the next one comes": async (app) => {
    await start(app);
    await miss(app);
    await app.sees(app.text("livesLeft", { n: 2 }));
    if ((await number(app, "lives")) !== 2) throw new Error(`${await number(app, "lives")} lives`);
    const { y } = await look(app);
    await app.advance(2);
    if (!((await look(app)).y < y)) throw new Error("no ball comes");
  },
  "is over after the last life, says the score, and plays again": async (app) => {
    await start(app);
    for (let i = 0; i < 3; i++) {
      await miss(app);
      await app.advance(1.5);
    }
    await app.sees(app.text("gameOver"));
    await app.sees(app.text("result", { n: await number(app, "score") }));
    await app.press(app.text("playAgain"));
    await app.hides(app.text("gameOver"));
    if ((await number(app, "lives")) !== 3 || (await number(app, "score")) !== 0) throw new Error("it did not begin anew");
  },
  "pauses, and goes on": async (app) => {
    await start(app);
    await app.key(" ");
    await app.sees(app.text("paused"));
    const before = await look(app);
    await app.advance(2);
    if ((await look(app)).y !== before.y) throw new Error("the ball moves while it is paused");
    await app.press(app.text("resume"));
    await app.advance(0.2);
    if ((await look(app)).y === before.y) throw new Error("it does not go on");
    await app.press(app.text("pause"));
    await app.sees(app.text("paused"));
  },
  "begins a new game": async (app) => {
    await start(app);
    const all = await bricks(app);
    await play(app, async () => (await number(app, "score")) > 0);
    await app.press(app.text("newGame"));
    if ((await number(app, "score")) !== 0 || (await bricks(app)) !== all) throw new Error("it did not begin anew");
  },
  "a strong brick takes two hits": async (app) => {
    await start(app);
    await run(app, "bricks[0].hits = 2; ball = { x: 4, y: 30, right: 0, down: -60 }; bricks.slice(1).forEach((brick) => { brick.hits = 9 }); bricks.length = 2");
    await app.advance(0.4);
    const hits = await run(app, "bricks[0].hits");
    if (hits !== 1) throw new Error(`${hits} hits are left`);
  },
  "goes on to the next level": {
    needs: ["levels"],
    run: async (app) => {
      await start(app);
      await leaveOne(app);
      await app.advance(0.8);
      await app.sees(app.text("levelReached", { n: 2 }));
      if ((await number(app, "level")) !== 2 || (await bricks(app)) < 10) throw new Error("there are no bricks");
      await app.advance(1);
      const { y } = await look(app);
      await app.advance(0.2);
      if ((await look(app)).y === y) throw new Error("no ball comes");
    },
  },
  "is won after the last level": {
    needs: ["levels"],
    run: async (app) => {
      await start(app);
      await run(app, "level = levels.length");
      await leaveOne(app);
      await app.advance(0.8);
      await app.sees(app.text("won"));
    },
  },
  "is won without bricks": {
    without: ["levels"],
    run: async (app) => {
      await app.hides(app.text("level"));
      await start(app);
      await leaveOne(app);
      await app.advance(0.8);
      await app.sees(app.text("won"));
    },
  },
  "keeps the best score": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await start(app);
      await app.advance(3);
      const score = await number(app, "score");
      if (score === 0) throw new Error("nothing was hit");
      await app.reload();
      if ((await number(app, "best")) < score) throw new Error(`the best score is ${await number(app, "best")}, not ${score}`);
    },
  },
  "has no best score": { without: ["high-score"], run: (app) => app.hides(app.text("best")) },
  "is slower, with a wider paddle, when it is easy": {
    needs: ["difficulty"],
    run: async (app) => {
      const measure = async (difficulty) => {
        await app.press(app.text(difficulty));
        await app.press(app.text("newGame"));
        const { y, width } = await look(app);
        await app.advance(0.4);
        return { width, flown: y - (await look(app)).y };
      };
      const [easy, hard] = [await measure("easy"), await measure("hard")];
      if (!(hard.flown > easy.flown && hard.width < easy.width)) throw new Error(JSON.stringify({ easy, hard }));
    },
  },
  "measures the time of the game": {
    needs: ["timer"],
    run: async (app) => {
      const time = () => app.value(app.text("time"));
      await start(app);
      await run(app, "bricks = []; ball = { x: 1, y: 50, right: 0, down: 0 }");
      await app.advance(4.5);
      if ((await time()) !== "00:04") throw new Error(`it is ${await time()}`);
      await app.key(" ");
      await app.advance(5);
      if ((await time()) !== "00:04") throw new Error("it runs while the game is paused");
    },
  },
  "sounds, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await start(app);
      await run(app, "paddle.x = 40; ball = { x: 40, y: 78, right: 0, down: 50 }");
      await app.advance(0.2);
      if ((await app.tones()) !== 1) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await run(app, "paddle.x = 40; ball = { x: 40, y: 78, right: 0, down: 50 }");
      await app.advance(0.2);
      if ((await app.tones()) !== 1) throw new Error("it sounds though it should be quiet");
    },
  },
  "begins anew by a key": {
    needs: ["shortcuts"],
    run: async (app) => {
      await start(app);
      await miss(app);
      await app.key("n");
      if ((await number(app, "lives")) !== 3) throw new Error("it did not begin anew");
    },
  },
};
