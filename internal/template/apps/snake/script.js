// The board has 20 × 20 squares. The snake is a list of squares [x, y], its head first.
const SIZE = 20;
const ways = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };
{{if has "levels"}}
const APPLES_A_LEVEL = 5;

/** The stones of each level, as lines [x, y, to x, to y]. None is on the row where the snake starts. */
const levels = [
  [],
  [[4, 4, 4, 8], [15, 12, 15, 16]],
  [[4, 5, 15, 5], [4, 14, 15, 14]],
  [[3, 3, 3, 7], [16, 3, 16, 7], [3, 12, 3, 16], [16, 12, 16, 16]],
  [[9, 0, 9, 6], [10, 13, 10, 19], [4, 5, 6, 5], [13, 14, 15, 14]],
  [[3, 3, 7, 3], [12, 3, 16, 3], [3, 16, 7, 16], [12, 16, 16, 16], [3, 4, 3, 6], [16, 13, 16, 15]],
];
{{end}}
const go = document.querySelector("#go");
const pauseButton = document.querySelector("#pause");

let state = "ready"; // or "running", "paused", {{if has "levels"}}"between" two levels, {{end}}"over"
let snake, apple, stones, way, turns, score, timer;
{{if has "levels"}}
let level, eaten;
{{end}}

{{if has "high-score" "difficulty" "sound" "dark-toggle"}}
{{template "store"}}
{{end}}
{{template "theme"}}
{{template "shortcuts"}}
{{if has "high-score"}}
let best = load("snake-best", 0);

{{end}}
const same = ([x, y], [otherX, otherY]) => x === otherX && y === otherY;
const among = (squares, square) => squares.some((other) => same(other, square));

// Playing

function newGame() {
  score = 0;
  {{if has "levels"}}
  level = 1;
  {{end}}
  enter();
}

/** Puts the snake where it starts{{if has "levels"}}, among the stones of the level{{end}}. */
function enter() {
  snake = [[6, 10], [5, 10], [4, 10]];
  way = ways.right;
  turns = [];
  stones = [];
  {{if has "levels"}}
  eaten = 0;
  for (const [x, y, toX, toY] of levels[(level - 1) % levels.length]) {
    for (let i = x; i <= toX; i++) for (let j = y; j <= toY; j++) stones.push([i, j]);
  }
  {{end}}
  placeApple();
  draw();
}

function placeApple() {
  const free = [];
  for (let x = 0; x < SIZE; x++) {
    for (let y = 0; y < SIZE; y++) if (!among([...snake, ...stones], [x, y])) free.push([x, y]);
  }
  apple = free[Math.floor(Math.random() * free.length)];
}

/** Milliseconds from one step to the next. */
function pace() {
  {{if has "levels"}}
  const usual = Math.max(70, 170 - 14 * level);
  {{else}}
  const usual = Math.max(70, 160 - 2 * snake.length);
  {{end}}
  return usual{{if says "speed=fast"}} * 0.7{{else if says "speed=slow"}} * 1.4{{end}}{{if has "difficulty"}} * slowness{{end}};
}

function step() {
  way = turns.shift() ?? way;
  const head = [snake[0][0] + way[0], snake[0][1] + way[1]];
  const inside = head.every((n) => n >= 0 && n < SIZE);
  const body = snake.slice(0, -1); // the end of the tail moves on
  if (!inside || among(body, head) || among(stones, head)) return end({{text "gameOver"}});
  snake.unshift(head);
  if (same(head, apple)) eat();
  else snake.pop();
  draw();
  if (state === "running") timer = setTimeout(step, pace());
}

function eat() {
  score += 10;
  {{if has "sound"}}
  beep(660, 0.08);
  {{end}}
  {{if has "high-score"}}
  if (score > best) {
    best = score;
    save("snake-best", best);
  }
  {{end}}
  {{if has "levels"}}
  eaten++;
  if (eaten === APPLES_A_LEVEL) {
    level++;
    enter();
    stop("between", {{text "levelReached" "n" "level"}}, "");
    timer = setTimeout(run, 1200);
    return;
  }
  {{end}}
  placeApple();
  if (!apple) end({{text "won"}});
}

function end(headline) {
  {{if has "sound"}}
  beep(140, 0.4);
  {{end}}
  const detail = {{text "result" "n" "score"}};
  stop("over", headline, {{if has "high-score"}}score > 0 && score === best ? `${detail} ${ {{text "newBest"}} }` : {{end}}detail, {{text "playAgain"}});
}

/** Stops the snake, and says why; `next` is what a button offers. */
function stop(as, headline, detail, next) {
  clearTimeout(timer);
  state = as;
  document.querySelector("#headline").textContent = headline;
  document.querySelector("#detail").textContent = detail;
  go.textContent = next ?? "";
  go.hidden = !next;
  document.querySelector("#cover").hidden = false;
  pauseButton.disabled = true;
}

function run() {
  if (state === "over") newGame();
  clearTimeout(timer);
  state = "running";
  document.querySelector("#cover").hidden = true;
  pauseButton.disabled = false;
  timer = setTimeout(step, pace());
}

function pause() {
  if (state === "running") stop("paused", {{text "paused"}}, "", {{text "resume"}});
}

/** Turns at the next step; up to three turns wait. The snake cannot turn back. */
function turn(name) {
  const next = ways[name];
  const last = turns.at(-1) ?? way;
  const back = last[0] + next[0] === 0 && last[1] + next[1] === 0;
  if (state === "over"{{if has "levels"}} || state === "between"{{end}}) return;
  if (!back && next !== last && turns.length < 3) turns.push(next);
  if (state !== "running") run();
}

// Drawing

const place = ([x, y]) => `${x + 0.5} ${y + 0.5}`;

function draw() {
  document.querySelector("#snake").setAttribute("d", `M${snake.map(place).join("L")}`);
  const angle = (Math.atan2(way[1], way[0]) * 180) / Math.PI;
  document.querySelector("#eyes").setAttribute("transform", `translate(${place(snake[0])}) rotate(${angle})`);
  if (apple) document.querySelector("#apple").setAttribute("transform", `translate(${place(apple)})`);
  document.querySelector("#score").value = score;
  {{if has "high-score"}}
  document.querySelector("#best").value = best;
  {{end}}
  {{if has "levels"}}
  document.querySelector("#stones").innerHTML = stones.map(([x, y]) => `<rect x="${x + 0.06}" y="${y + 0.06}" width="0.88" height="0.88" rx="0.2"/>`).join("");
  document.querySelector("#level").value = level;
  document.querySelector("#next-level").textContent = {{text "levelHelp" "n" "APPLES_A_LEVEL - eaten"}};
  {{end}}
}

// Controls

const keys = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", w: "up", s: "down", a: "left", d: "right" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const name = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (name) {
    event.preventDefault();
    return turn(name);
  }
  if ((event.key !== " " && event.key !== "Enter") || event.target.closest("button")) return;
  event.preventDefault();
  if (state === "running") pause();
  else {{if has "levels"}}if (state !== "between") {{end}}run();
});

for (const button of document.querySelectorAll("[data-way]")) {
  button.addEventListener("pointerdown", () => turn(button.dataset.way));
  button.addEventListener("click", (event) => event.detail === 0 && turn(button.dataset.way)); // by keyboard
}

go.addEventListener("click", run);
pauseButton.addEventListener("click", pause);
document.querySelector("#new").addEventListener("click", () => {
  newGame();
  run();
});

// After a click of the mouse the space bar still pauses.
document.querySelector("main").addEventListener("click", (event) => event.detail > 0 && document.activeElement.blur());

const board = document.querySelector("#board");
let touched; // where a finger was put down
board.addEventListener("pointerdown", (event) => (touched = [event.clientX, event.clientY]));
board.addEventListener("pointermove", (event) => {
  if (!touched) return;
  const [x, y] = [event.clientX - touched[0], event.clientY - touched[1]];
  if (Math.max(Math.abs(x), Math.abs(y)) < 24) return;
  touched = [event.clientX, event.clientY];
  if (Math.abs(x) > Math.abs(y)) turn(x > 0 ? "right" : "left");
  else turn(y > 0 ? "down" : "up");
});
addEventListener("pointerup", () => (touched = undefined));
document.addEventListener("visibilitychange", () => document.hidden && pause());
{{if has "difficulty"}}

let slowness = load("snake-slowness", 1);
const paces = document.querySelectorAll("#difficulty button");

function showDifficulty() {
  for (const button of paces) button.setAttribute("aria-pressed", Number(button.dataset.pace) === slowness);
}

for (const button of paces) {
  button.addEventListener("click", () => {
    slowness = Number(button.dataset.pace);
    save("snake-slowness", slowness);
    showDifficulty();
  });
}
showDifficulty();
{{end}}
{{if has "sound"}}

const soundButton = document.querySelector("#sound");
let audio; // browsers allow it once something was pressed
soundButton.setAttribute("aria-pressed", load("snake-sound", true));
soundButton.addEventListener("click", () => {
  const on = soundButton.getAttribute("aria-pressed") === "false";
  soundButton.setAttribute("aria-pressed", on);
  save("snake-sound", on);
});

function beep(frequency, seconds) {
  if (soundButton.getAttribute("aria-pressed") === "false") return;
  audio ??= new AudioContext();
  const tone = new OscillatorNode(audio, { type: "triangle", frequency });
  const volume = new GainNode(audio, { gain: 0.15 });
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + seconds);
}
{{end}}

newGame();
