// The board is a list of numbers, row by row; 0 is an empty square.
const GOAL = 2048;
{{if has "levels"}}
const FIRST_GOAL = 128; // of level 1; that of each further level is twice as high
{{end}}
const ways = ["left", "up", "right", "down"];
const language = document.documentElement.lang;
const board = document.querySelector("#board");
const tileBox = document.querySelector("#tiles");
const go = document.querySelector("#go");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "timer"}}
{{template "duration"}}
{{end}}
{{if has "sound"}}
{{template "beep"}}
{{template "sound"}}
{{end}}
{{if has "share"}}
{{template "toast"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "shortcuts"}}
{{if has "difficulty"}}
let size = load("2048-size", 4);
{{else}}
const size = 4;
{{end}}
let squares = []; // the numbers
let tiles = []; // the element on each square, or nothing
let score = 0;
let state = "playing"; // or "won", "over"
let goesOn = false; // after 2048
{{if has "levels"}}
let level = 1;
{{end}}
{{if has "counter"}}
let moves = 0;
{{end}}
{{if has "timer"}}
let seconds = 0; // since the first move
let clock;
{{end}}
{{if has "undo"}}
let past = []; // what the game was like before each move, and before a new game
{{end}}
{{if has "high-score"}}
let best = load("2048-best", {}); // by the size of the board
{{end}}

// The rules

/** The squares of each row or column, beginning at the side to which the tiles go. */
function lines(way) {
  return Array.from({ length: size }, (_, line) =>
    Array.from({ length: size }, (_, n) => {
      const place = way === "left" || way === "up" ? n : size - 1 - n;
      return way === "left" || way === "right" ? line * size + place : place * size + line;
    }),
  );
}

/** What a move makes of the numbers: each tile takes a step, and two equal ones become one. */
function slid(numbers, way) {
  const next = numbers.map(() => 0);
  const steps = [];
  let gained = 0;
  for (const line of lines(way)) {
    let last; // where a tile lies that can still be joined
    let free = 0;
    for (const from of line.filter((square) => numbers[square])) {
      if (last !== undefined && next[last] === numbers[from]) {
        next[last] *= 2;
        gained += next[last];
        steps.push({ from, to: last, joins: true });
        last = undefined;
      } else {
        last = line[free++];
        next[last] = numbers[from];
        steps.push({ from, to: last, joins: false });
      }
    }
  }
  return { next, steps, gained, moved: steps.some(({ from, to }) => from !== to) };
}

const canMove = () => ways.some((way) => slid(squares, way).moved);
const highest = () => Math.max(...squares);

// Playing

function newGame() {
  {{if has "undo"}}
  if (squares.length === size * size) past.push(game());
  {{end}}
  squares = Array(size * size).fill(0);
  score = 0;
  state = "playing";
  goesOn = false;
  {{if has "levels"}}
  level = 1;
  {{end}}
  {{if has "counter"}}
  moves = 0;
  {{end}}
  {{if has "timer"}}
  seconds = 0;
  clearInterval(clock);
  clock = undefined;
  {{end}}
  addNumber();
  addNumber();
  lay();
  changed();
}

/** Puts a 2, now and then a 4, on an empty square, and returns which. */
function addNumber() {
  const free = squares.flatMap((number, square) => (number ? [] : [square]));
  const square = free[Math.floor(Math.random() * free.length)];
  squares[square] = Math.random() < 0.9 ? 2 : 4;
  return square;
}

function play(way) {
  if (state !== "playing") return;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  const { next, steps, gained, moved } = slid(squares, way);
  if (!moved) return;
  {{if has "undo"}}
  past.push(game());
  past = past.slice(-200);
  {{end}}
  squares = next;
  score += gained;
  {{if has "counter"}}
  moves++;
  {{end}}
  {{if has "timer"}}
  clock ??= setInterval(tick, 1000);
  {{end}}
  slide(steps);
  tiles[addNumber()] = undefined;
  squares.forEach((number, square) => number && !tiles[square] && addTile(square));
  {{if has "sound"}}
  if (gained > 0) beep(330 + 40 * Math.log2(gained), 0.1);
  {{end}}
  judge();
  changed();
}

/** Ends the game if it is won or lost{{if has "levels"}}, or goes on to the next level{{end}}. */
function judge() {
  {{if has "levels"}}
  while (highest() >= FIRST_GOAL * 2 ** (level - 1)) level++;
  {{end}}
  if (!goesOn && highest() >= GOAL) state = "won";
  else if (!canMove()) state = "over";
  {{if has "sound"}}
  if (state === "won") chime();
  if (state === "over") beep(140, 0.4);
  {{end}}
}

/** All that is needed to go on with the game. */
const game = () => ({ squares, score, goesOn{{if has "levels"}}, level{{end}}{{if has "counter"}}, moves{{end}}{{if has "timer"}}, seconds{{end}} });

/** Goes on with a game that was kept. */
function take(kept) {
  ({ squares, score, goesOn } = kept);
  {{if has "levels"}}
  level = kept.level ?? 1;
  {{end}}
  {{if has "counter"}}
  moves = kept.moves ?? 0;
  {{end}}
  {{if has "timer"}}
  seconds = kept.seconds ?? 0;
  {{end}}
  state = "playing";
  if (!canMove()) state = "over";
  lay();
  changed();
}

function changed() {
  {{if has "high-score"}}
  if (score > (best[size] ?? 0)) {
    best[size] = score;
    save("2048-best", best);
  }
  {{end}}
  save(`2048-${size}`, game());
  show();
}
{{if has "timer"}}

/** Counts a second, unless the game is over or nobody sees the page. */
function tick() {
  if (state !== "playing" || document.hidden) return;
  seconds++;
  document.querySelector("#time").value = duration(seconds);
}
{{end}}
{{if has "hints"}}

/** How good the best move is: it joins much, leaves room and keeps the highest in a corner. */
function outlook(numbers, depth) {
  const values = ways.map((way) => {
    const { next, gained, moved } = slid(numbers, way);
    if (!moved) return -1;
    const room = next.filter((number) => number === 0).length;
    const corner = [0, size - 1, next.length - size, next.length - 1].some((square) => next[square] === Math.max(...next));
    return gained + 16 * room + (corner ? 2 * Math.max(...next) : 0) + (depth > 1 ? Math.max(0, outlook(next, depth - 1).value) : 0);
  });
  const value = Math.max(...values);
  return { value, way: ways[values.indexOf(value)] };
}

document.querySelector("#hint").addEventListener("click", () => {
  const names = { left: {{text "toTheLeft"}}, up: {{text "upwards"}}, right: {{text "toTheRight"}}, down: {{text "down"}} };
  document.querySelector("#goal").textContent = {{text "tryWay" "way" "names[outlook(squares, 3).way]"}};
});
{{end}}

// Showing

/** Lays out the squares, and the tiles on them. */
function lay() {
  document.documentElement.style.setProperty("--size", size);
  const rows = Array.from({ length: size }, () => element("div", { role: "row" }, ...Array.from({ length: size }, () => element("div", { role: "cell" }))));
  board.replaceChildren(...rows);
  tileBox.replaceChildren();
  tiles = Array(squares.length);
  squares.forEach((number, square) => number && addTile(square));
}

function addTile(square) {
  tiles[square] = element("div", { className: "tile" }, element("span", {}));
  placeTile(tiles[square], square);
  write(square);
  tileBox.append(tiles[square]);
}

function placeTile(tile, square) {
  tile.style.setProperty("--row", Math.floor(square / size));
  tile.style.setProperty("--column", square % size);
}

/** Writes the number of a square on its tile. */
function write(square) {
  const tile = tiles[square];
  tile.firstChild.textContent = squares[square];
  tile.style.setProperty("--step", Math.min(Math.log2(squares[square]), 13));
  tile.style.setProperty("--digits", String(squares[square]).length);
}

/** Moves the tiles. One that joins another is gone once it has arrived. */
function slide(steps) {
  const moved = Array(squares.length);
  for (const { from, to, joins } of steps) {
    const tile = tiles[from];
    placeTile(tile, to);
    if (!joins) {
      moved[to] = tile;
      continue;
    }
    tile.classList.add("joins");
    setTimeout(() => tile.remove(), 120);
    moved[to].classList.remove("grows");
    requestAnimationFrame(() => moved[to].classList.add("grows"));
  }
  tiles = moved;
  for (const { to, joins } of steps) if (joins) write(to);
}

function show() {
  const number = new Intl.NumberFormat(language);
  document.querySelector("#score").value = number.format(score);
  {{if has "high-score"}}
  document.querySelector("#best").value = number.format(best[size] ?? 0);
  {{end}}
  {{if has "levels"}}
  document.querySelector("#level").value = level;
  document.querySelector("#goal").textContent = {{text "goal" "n" "FIRST_GOAL * 2 ** (level - 1)"}};
  {{else if has "hints"}}
  document.querySelector("#goal").textContent = {{text "goal" "n" "GOAL"}};
  {{end}}
  {{if has "counter"}}
  document.querySelector("#moves").value = moves;
  {{end}}
  {{if has "timer"}}
  document.querySelector("#time").value = duration(seconds);
  {{end}}
  {{if has "undo"}}
  document.querySelector("#undo").disabled = past.length === 0;
  {{end}}
  {{if has "hints"}}
  document.querySelector("#hint").disabled = state !== "playing";
  {{end}}
  {{if has "difficulty"}}
  for (const button of sizeButtons) button.setAttribute("aria-pressed", Number(button.dataset.size) === size);
  {{end}}
  board.querySelectorAll("[role=cell]").forEach((cell, square) => cell.setAttribute("aria-label", squares[square] || {{text "empty"}}));
  document.querySelector("#cover").hidden = state === "playing";
  document.querySelector("#headline").textContent = { won: {{text "won"}}, over: {{text "gameOver"}} }[state] ?? "";
  document.querySelector("#detail").textContent = state === "playing" ? "" : {{text "result" "n" "number.format(score)"}};
  go.textContent = state === "won" ? {{text "keepGoing"}} : {{text "playAgain"}};
}

// Controls

const keys = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", w: "up", s: "down", a: "left", d: "right" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (keys[key]) {
    event.preventDefault();
    play(keys[key]);
  } else if (key === "n") newGame();
  {{if has "undo"}}
  else if (key === "u") undo();
  {{end}}
});

for (const button of document.querySelectorAll("[data-way]")) button.addEventListener("click", () => play(button.dataset.way));

const field = document.querySelector(".game");
let touched; // where a finger was put down
field.addEventListener("pointerdown", (event) => (touched = [event.clientX, event.clientY]));
field.addEventListener("pointermove", (event) => {
  if (!touched) return;
  const [x, y] = [event.clientX - touched[0], event.clientY - touched[1]];
  if (Math.max(Math.abs(x), Math.abs(y)) < 24) return;
  touched = undefined; // one move for one swipe
  if (Math.abs(x) > Math.abs(y)) play(x > 0 ? "right" : "left");
  else play(y > 0 ? "down" : "up");
});
addEventListener("pointerup", () => (touched = undefined));

document.querySelector("#new").addEventListener("click", newGame);
go.addEventListener("click", () => {
  if (state === "over") return newGame();
  goesOn = true;
  state = "playing";
  changed();
});
{{if has "undo"}}

function undo() {
  if (past.length > 0) take(past.pop());
}

document.querySelector("#undo").addEventListener("click", undo);
{{end}}
{{if has "share"}}

offerShare(() => {{text "shareText" "n" "new Intl.NumberFormat(language).format(score)" "highest" "highest()"}});
{{end}}
{{if has "difficulty"}}

const sizeButtons = document.querySelectorAll("#difficulty button");

for (const button of sizeButtons) {
  button.addEventListener("click", () => {
    size = Number(button.dataset.size);
    save("2048-size", size);
    {{if has "undo"}}
    past = [];
    {{end}}
    begin();
  });
}
{{end}}

/** Goes on with the last game, or begins the first one. */
function begin() {
  const kept = load(`2048-${size}`, null);
  if (kept?.squares?.length === size * size) take(kept);
  else newGame();
}

begin();
