// What a person does with tic-tac-toe, and sees.

/** The name of a free square; squares have the numbers 1 to 9, row by row. */
const square = (app, n) => app.text("square", { row: Math.ceil(n / 3), column: ((n - 1) % 3) + 1 });

async function mark(app, ...numbers) {
  for (const n of numbers) await app.press(square(app, n));
}

/** The board as a text, such as "X..O....." */
const look = (app) => app.frame.evaluate(() => [...document.querySelectorAll("#board button")].map((b) => b.innerText.trim() || ".").join(""));

async function shows(app, want) {
  const got = await look(app);
  if (got !== want) throw new Error(`the board is ${got}, not ${want}`);
}

/** Plays with a friend, if one has to say so. */
async function withFriend(app) {
  if (await app.count("#opponent")) await app.press(app.text("friend"));
}

/** Waits until the computer has made its move, and returns the board. */
async function answered(app) {
  await app.advance(0.6);
  const board = await look(app);
  if (board.replace(/[^X]/g, "").length !== board.replace(/[^O]/g, "").length) throw new Error(`the computer has not moved: ${board}`);
  return board;
}

async function scored(app, want) {
  const got = [];
  for (const label of ["X", app.text("draws"), "O"]) got.push(await app.value(label));
  if (got.join() !== want) throw new Error(`the score is ${got}, not ${want}`);
}

export const checks = {
  "X and O take turns": async (app) => {
    await withFriend(app);
    await app.sees(app.text("turn", { player: "X" }));
    await mark(app, 1);
    await app.sees(app.text("turn", { player: "O" }));
    await mark(app, 5);
    await app.sees(app.text("turn", { player: "X" }));
    await shows(app, "X...O....");
  },
  "a row wins": async (app) => {
    await withFriend(app);
    await mark(app, 1, 4, 2, 5, 3);
    await app.sees(app.text("wins", { player: "X" }));
    if ((await app.count("#board .won")) !== 3) throw new Error("the row is not marked");
  },
  "a column wins": async (app) => {
    await withFriend(app);
    await mark(app, 1, 2, 3, 5, 4, 8);
    await app.sees(app.text("wins", { player: "O" }));
  },
  "both diagonals win": async (app) => {
    await withFriend(app);
    await mark(app, 1, 2, 5, 3, 9);
    await app.sees(app.text("wins", { player: "X" }));
    await app.press(app.text("newGame"));
    await mark(app, 3, 1, 5, 2, 7);
    await app.sees(app.text("wins", { player: "X" }));
  },
  "a full board is a draw": async (app) => {
    await withFriend(app);
    await mark(app, 1, 2, 3, 5, 4, 6, 8, 7, 9);
    await app.sees(app.text("draw"));
    if (await app.count("#board .won")) throw new Error("a row is marked");
  },
  "a square is marked once, and none after the end": async (app) => {
    await withFriend(app);
    const click = (n) => app.frame.locator("#board button").nth(n - 1).click({ force: true });
    await mark(app, 1);
    await click(1);
    await shows(app, "X........");
    await mark(app, 4, 2, 5, 3);
    await click(9);
    await shows(app, "XXXOO....");
  },
  "begins a new game": async (app) => {
    await withFriend(app);
    await mark(app, 1, 4, 2, 5, 3);
    await app.press(app.text("newGame"));
    await shows(app, ".........");
    await app.sees(app.text("turn", { player: "X" }));
  },
  "is played with the keyboard": async (app) => {
    await withFriend(app);
    await app.focus(square(app, 1));
    await app.key("ArrowRight");
    await app.key("ArrowDown");
    await app.key("Enter");
    await app.key("ArrowUp");
    await app.key("ArrowUp");
    await app.key("Space");
    await shows(app, "....X..O.");
  },
  "remembers the game": {
    needs: ["storage"],
    run: async (app) => {
      await withFriend(app);
      await mark(app, 1, 5);
      await app.reload();
      await shows(app, "X...O....");
    },
  },
  "keeps the score": {
    needs: ["score"],
    run: async (app) => {
      await withFriend(app);
      await mark(app, 1, 4, 2, 5, 3);
      await scored(app, "1,0,0");
      await app.press(app.text("newGame"));
      await mark(app, 1, 2, 3, 5, 4, 8);
      await app.press(app.text("newGame"));
      await mark(app, 1, 2, 3, 5, 4, 6, 8, 7, 9);
      await scored(app, "1,1,1");
      await app.press(app.text("resetScore"));
      await scored(app, "0,0,0");
    },
  },
  "keeps no score": { without: ["score"], run: (app) => app.hides(app.text("draws")) },
  "the computer answers, and is never beaten": {
    needs: ["ai-opponent"],
    without: ["difficulty"],
    run: async (app) => {
      await app.sees(app.text("yourTurn"));
      for (const first of [1, 2, 5, 9]) {
        await app.press(app.text("newGame"));
        await mark(app, first);
        for (let board = await answered(app); board.includes("."); ) {
          await mark(app, board.indexOf(".") + 1);
          await app.advance(0.6);
          board = await look(app);
          if (await app.count("#board .won")) break;
        }
        await app.hides(app.text("youWin"));
        await app.sees(new RegExp(`${app.text("youLose")}|${app.text("draw")}`));
      }
    },
  },
  "two people play where there is no computer": {
    without: ["ai-opponent", "difficulty"],
    run: async (app) => {
      await app.hides(app.text("computer"));
      await mark(app, 1);
      await app.advance(2);
      await shows(app, "X........");
    },
  },
  "is as hard as wanted": {
    needs: ["difficulty"],
    run: async (app) => {
      await app.press(app.text("hard"));
      await mark(app, 1);
      if ((await answered(app)) !== "X...O....") throw new Error("it does not take the centre");
      await app.press(app.text("medium"));
      await shows(app, ".........");
      await mark(app, 1);
      const board = await answered(app);
      const own = board[1] === "." && board[2] === "." ? [2, 3] : [4, 7];
      await mark(app, own[0]);
      await answered(app);
      if ((await look(app))[own[1] - 1] !== "O") throw new Error("it does not stand in the way");
      await app.press(app.text("easy"));
      await mark(app, 1);
      await answered(app);
    },
  },
  "is of one strength": { without: ["difficulty"], run: (app) => app.hides(app.text("hard")) },
  "takes a move back": {
    needs: ["undo"],
    run: async (app) => {
      await withFriend(app);
      await mark(app, 1, 4, 2, 5, 3);
      await app.press(app.text("undo"));
      await shows(app, "XX.OO....");
      await app.sees(app.text("turn", { player: "X" }));
      if (await app.count("#wins-x")) await scored(app, "0,0,0");
    },
  },
  "takes nothing back": { without: ["undo"], run: (app) => app.hides(app.text("undo")) },
  "gives a hint": {
    needs: ["hints"],
    run: async (app) => {
      await withFriend(app);
      await mark(app, 1, 4, 2, 5);
      await app.press(app.text("hint"));
      await app.sees(app.text("try", { row: 1, column: 3 }));
      await mark(app, 3);
      await app.sees(app.text("wins", { player: "X" }));
    },
  },
  "gives no hints": { without: ["hints"], run: (app) => app.hides(app.text("hint")) },
  "sounds at the end, and is quiet if wanted": {
    needs: ["sound"],
    run: async (app) => {
      await app.listen();
      await withFriend(app);
      await mark(app, 1, 4, 2, 5, 3);
      if ((await app.tones()) !== 2) throw new Error(`${await app.tones()} tones`);
      await app.press(app.text("sound"));
      await app.press(app.text("newGame"));
      await mark(app, 1, 4, 2, 5, 3);
      if ((await app.tones()) !== 2) throw new Error("it sounds though it should be quiet");
    },
  },
};
