const WIDTH = 10;
const HEIGHT = 20;

/** Each kind of piece: the square within which it turns, and its four blocks [x, y]. */
const kinds = {
  I: { size: 4, blocks: [[0, 1], [1, 1], [2, 1], [3, 1]] },
  O: { size: 2, blocks: [[0, 0], [1, 0], [0, 1], [1, 1]] },
  T: { size: 3, blocks: [[1, 0], [0, 1], [1, 1], [2, 1]] },
  S: { size: 3, blocks: [[1, 0], [2, 0], [0, 1], [1, 1]] },
  Z: { size: 3, blocks: [[0, 0], [1, 0], [1, 1], [2, 1]] },
  J: { size: 3, blocks: [[0, 0], [0, 1], [1, 1], [2, 1]] },
  L: { size: 3, blocks: [[2, 0], [0, 1], [1, 1], [2, 1]] },
};
const points = [0, 100, 300, 500, 800]; // for so many lines at once
const RESTS = 400; // ms at least that a piece can still be moved where it has landed
{{if has "levels"}}
const LINES_A_LEVEL = 10;
{{end}}
const language = document.documentElement.lang;
const cover = document.querySelector("#cover");
const go = document.querySelector("#go");
const pauseButton = document.querySelector("#pause");

{{template "shuffled"}}
{{if has "high-score" "difficulty" "sound" "dark-toggle"}}
{{template "store"}}
{{end}}
{{template "theme"}}
{{if has "timer"}}
{{template "duration"}}
{{end}}
{{if has "sound"}}
{{template "beep"}}
{{template "sound"}}
{{end}}
{{template "shortcuts"}}
let state = "ready"; // or "running", "paused", "over"
let stack; // rows of kinds; "" is an empty place
let piece; // { kind, blocks, x, y }: the one that falls
let bag; // the kinds that come next, one at least
let held, canHold;
let score, lines, timer;
{{if has "timer"}}
let seconds, clock;
{{end}}
{{if has "high-score"}}
let best = load("tetris-best", 0);
{{end}}
{{if has "difficulty"}}
let difficulty = load("tetris-difficulty", "medium");
const slowness = { easy: 1.4, medium: 1, hard: 0.6 };
{{end}}
{{if has "levels"}}

const level = () => 1 + Math.floor(lines / LINES_A_LEVEL);
{{end}}

// Pieces

const emptyRow = () => Array(WIDTH).fill("");
const placesOf = ({ blocks, x, y }) => blocks.map(([right, down]) => [x + right, y + down]);
const fits = (one) => placesOf(one).every(([x, y]) => x >= 0 && x < WIDTH && y < HEIGHT && !stack[y]?.[x]);
const moved = (one, right, down) => ({ ...one, x: one.x + right, y: one.y + down });

/** A new piece at the top. */
function made(kind) {
  const { size, blocks } = kinds[kind];
  return { kind, blocks, x: Math.floor((WIDTH - size) / 2), y: kind === "I" ? -1 : 0 };
}

function turned(one, clockwise) {
  const last = kinds[one.kind].size - 1;
  return { ...one, blocks: one.blocks.map(([x, y]) => (clockwise ? [last - y, x] : [y, last - x])) };
}

/** Where the piece would land. */
function landing() {
  let lowest = piece;
  while (fits(moved(lowest, 0, 1))) lowest = moved(lowest, 0, 1);
  return lowest;
}

/** The next kind. Of seven in a row each kind is one. */
function nextKind() {
  const kind = bag.shift();
  if (bag.length === 0) bag = shuffled(Object.keys(kinds));
  return kind;
}

// Playing

function newGame() {
  stack = Array.from({ length: HEIGHT }, emptyRow);
  bag = shuffled(Object.keys(kinds));
  held = undefined;
  score = lines = 0;
  {{if has "timer"}}
  seconds = 0;
  {{end}}
  enter(nextKind());
}

/** Lets a new piece come in; the game is over if there is no room for it. */
function enter(kind) {
  piece = made(kind);
  canHold = true;
  if (!fits(piece)) end();
  draw();
}

/** Puts the piece where it can be, and returns whether it can. */
function attempt(next) {
  if (!fits(next)) return false;
  piece = next;
  draw();
  return true;
}

/** Milliseconds until the piece falls by one row. */
function pace() {
  {{if has "levels"}}
  const usual = 800 * 0.82 ** (level() - 1);
  {{else}}
  const usual = Math.max(200, 800 - 10 * lines);
  {{end}}
  return usual{{if has "difficulty"}} * slowness[difficulty]{{end}};
}

function fall() {
  if (!attempt(moved(piece, 0, 1))) settle();
  wait();
}

/** Waits for the next fall. */
function wait() {
  clearTimeout(timer);
  if (state !== "running") return;
  const lands = !fits(moved(piece, 0, 1));
  timer = setTimeout(fall, lands ? Math.max(RESTS, pace()) : pace());
}

/** Makes the piece part of the stack, and clears full lines. */
function settle() {
  const places = placesOf(piece);
  if (places.some(([, y]) => y < 0)) return end();
  for (const [x, y] of places) stack[y][x] = piece.kind;
  const full = stack.flatMap((row, y) => (row.every(Boolean) ? [y] : []));
  if (full.length > 0) clear(full);
  {{if has "sound"}}
  else beep(180, 0.08);
  {{end}}
  enter(nextKind());
}

function clear(full) {
  {{if has "levels"}}
  const before = level();
  score += points[full.length] * before;
  {{else}}
  score += points[full.length];
  {{end}}
  lines += full.length;
  stack = stack.filter((_, y) => !full.includes(y));
  while (stack.length < HEIGHT) stack.unshift(emptyRow());
  document.querySelector("#cleared").innerHTML = full.map((y) => `<rect y="${y}" width="${WIDTH}" height="1"/>`).join("");
  {{if has "sound"}}
  {{if has "levels"}}
  if (level() > before) return chime();
  {{end}}
  beep(440 + 110 * full.length, 0.25);
  {{end}}
}

function end() {
  {{if has "sound"}}
  beep(120, 0.5);
  {{end}}
  const result = {{text "result" "n" "new Intl.NumberFormat(language).format(score)"}};
  {{if has "high-score"}}
  const isBest = score > best;
  if (isBest) {
    best = score;
    save("tetris-best", best);
  }
  halt("over", {{text "gameOver"}}, isBest ? `${result} ${ {{text "newBest"}} }` : result, {{text "playAgain"}});
  {{else}}
  halt("over", {{text "gameOver"}}, result, {{text "playAgain"}});
  {{end}}
}

/** Stops the game, and says why over the board. */
function halt(as, headline, detail, label) {
  clearTimeout(timer);
  {{if has "timer"}}
  clearInterval(clock);
  {{end}}
  state = as;
  document.querySelector("#headline").textContent = headline;
  document.querySelector("#detail").textContent = detail;
  go.textContent = label;
  cover.hidden = false;
  pauseButton.disabled = true;
}

function run() {
  if (state === "over") newGame();
  state = "running";
  cover.hidden = true;
  pauseButton.disabled = false;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  {{if has "timer"}}
  clearInterval(clock);
  clock = setInterval(tick, 1000);
  {{end}}
  wait();
}
{{if has "timer"}}

/** Counts a second of the game. */
function tick() {
  seconds++;
  document.querySelector("#time").value = duration(seconds);
}
{{end}}

function pause() {
  if (state === "running") halt("paused", {{text "paused"}}, "", {{text "resume"}});
}

/** What can be done with the piece. */
const acts = {
  left: () => attempt(moved(piece, -1, 0)),
  right: () => attempt(moved(piece, 1, 0)),
  turn: () => turn(true),
  turnBack: () => turn(false),
  down: () => {
    if (fits(moved(piece, 0, 1))) score++;
    fall();
  },
  drop: () => {
    const lowest = landing();
    score += 2 * (lowest.y - piece.y);
    piece = lowest;
    settle();
    wait();
  },
  hold: () => {
    if (!canHold) return;
    const other = held ?? nextKind();
    held = piece.kind;
    enter(other);
    canHold = false; // once for each piece
    wait();
  },
};

/** Turns the piece; beside a wall or on the ground it moves out of the way. */
function turn(clockwise) {
  const next = turned(piece, clockwise);
  return [[0, 0], [-1, 0], [1, 0], [0, -1], [-2, 0], [2, 0]].some(([right, down]) => attempt(moved(next, right, down)));
}

function act(name) {
  if (state === "ready") run();
  else if (state === "running") acts[name]();
}

// Drawing

const block = ([x, y], kind) => `<rect class="${kind}" x="${x + 0.04}" y="${y + 0.04}" width="0.92" height="0.92" rx="0.16"/>`;

function draw() {
  document.querySelector("#stack").innerHTML = stack.flatMap((row, y) => row.map((kind, x) => kind && block([x, y], kind))).join("");
  document.querySelector("#piece").innerHTML = placesOf(piece).map((place) => block(place, piece.kind)).join("");
  document.querySelector("#ghost").innerHTML = placesOf(landing()).map((place) => block(place, piece.kind)).join("");
  const number = new Intl.NumberFormat(language);
  document.querySelector("#score").value = number.format(score);
  document.querySelector("#lines").value = lines;
  {{if has "timer"}}
  document.querySelector("#time").value = duration(seconds);
  {{end}}
  {{if has "high-score"}}
  document.querySelector("#best").value = number.format(Math.max(best, score));
  {{end}}
  {{if has "levels"}}
  document.querySelector("#level").value = level();
  {{end}}
  {{if has "preview"}}
  drawSmall("#next", bag[0]);
  {{end}}
  drawSmall("#held", held);
}

/** Draws a kind of piece in the middle of a small box. */
function drawSmall(selector, kind) {
  const { size, blocks } = kinds[kind] ?? { size: 0, blocks: [] };
  const down = kind === "I" ? -0.5 : 0;
  document.querySelector(selector).innerHTML = blocks.map(([x, y]) => block([x + (4 - size) / 2, y + down], kind)).join("");
}

// Controls

const keys = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "down", ArrowUp: "turn", a: "left", d: "right", s: "down", w: "turn", x: "turn", z: "turnBack", c: "hold", " ": "drop" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((key === " " || key === "Enter") && event.target.closest("button")) return; // which does what it says
  const starts = (key === "Enter" || key === "p") && state !== "running";
  if (keys[key] || starts) event.preventDefault();
  if (starts) run();
  else if (key === "p") pause();
  else if (key === "n") begin();
  else if (keys[key]) act(keys[key]);
});

// A button that is held does it again and again.
for (const button of document.querySelectorAll("[data-act]")) {
  const name = button.dataset.act;
  let repeat;
  const release = () => clearTimeout(repeat);
  const press = (after) => {
    act(name);
    if (["left", "right", "down"].includes(name)) repeat = setTimeout(press, after, 60);
  };
  button.addEventListener("pointerdown", () => press(250));
  for (const type of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(type, release);
  button.addEventListener("click", (event) => event.detail === 0 && act(name)); // by keyboard
}

function begin() {
  newGame();
  run();
}

go.addEventListener("click", run);
pauseButton.addEventListener("click", pause);
document.querySelector("#new").addEventListener("click", begin);
document.addEventListener("visibilitychange", () => document.hidden && pause());

// After a click of the mouse the space bar still drops the piece.
document.querySelector("main").addEventListener("click", (event) => event.detail > 0 && document.activeElement.blur());

// A finger moves the piece with it; a tap turns it.
const board = document.querySelector("#board");
let finger; // where it was last, and whether it has moved
board.addEventListener("pointerdown", (event) => (finger = { x: event.clientX, y: event.clientY, moved: false }));
board.addEventListener("pointermove", (event) => {
  if (!finger) return;
  const width = board.clientWidth / WIDTH;
  const [right, down] = [event.clientX - finger.x, event.clientY - finger.y];
  if (Math.max(Math.abs(right), down) < width) return;
  act(Math.abs(right) < down ? "down" : right > 0 ? "right" : "left");
  finger = { x: event.clientX, y: event.clientY, moved: true };
});
addEventListener("pointerup", () => {
  if (finger && !finger.moved) act("turn");
  finger = undefined;
});
{{if has "difficulty"}}

const difficulties = document.querySelectorAll("#difficulty button");

function showDifficulty() {
  for (const button of difficulties) button.setAttribute("aria-pressed", button.dataset.difficulty === difficulty);
}

for (const button of difficulties) {
  button.addEventListener("click", () => {
    difficulty = button.dataset.difficulty;
    save("tetris-difficulty", difficulty);
    showDifficulty();
  });
}
showDifficulty();
{{end}}

newGame();
