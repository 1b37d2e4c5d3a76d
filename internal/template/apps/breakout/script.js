// The board is 80 wide and 90 high; what moves is measured in these units and in seconds.
const WIDTH = 80;
const HEIGHT = 90;
const PADDLE_Y = 83;
const PADDLE_SPEED = 75;
const RADIUS = 1.3; // of the ball
const BRICK = { width: 8, height: 3.5, top: 8 }; // ten in a row
const LIVES = 3;
const PAUSE = 1200; // ms before the ball comes
{{if has "levels"}}

/** The bricks of each level: how many hits one takes, or "." for none. */
const levels = [
  ["1111111111", "1111111111", "1111111111", "1111111111", "1111111111"],
  ["1.1.1.1.1.", ".1.1.1.1.1", "1.1.1.1.1.", ".1.1.1.1.1", "2222222222"],
  ["....11....", "...1111...", "..112211..", ".11222211.", "1122222211"],
  ["1111111111", "1........1", "1.222222.1", "1.2....2.1", "1.222222.1", "1111111111"],
  ["22..22..22", "22..22..22", "..11..11..", "..11..11..", "22..22..22"],
  ["1.......1.", ".1.....1..", "..22222...", ".22.2.22..", "222222222.", "2.22222.2.", "...2.2...."],
  ["3333333333", "1111111111", "..........", "2222222222", "1111111111"],
  ["1..2..2..1", "11.2..2.11", "1..2..2..1", "11.2..2.11", "1..2..2..1", "3333..3333"],
  ["..333333..", ".3......3.", "3.11..11.3", "3........3", "3.1....1.3", ".3.1111.3.", "..333333.."],
  ["3232323232", "2323232323", "1111111111", "3232323232", "2323232323", "1111111111"],
];
{{else}}
const wall = ["2222222222", "1111111111", "1111111111", "1111111111", "1111111111"];
{{end}}
const game = document.querySelector("#game");
const cover = document.querySelector("#cover");
const go = document.querySelector("#go");
const pauseButton = document.querySelector("#pause");
const paddleBar = document.querySelector("#paddle");
const ballDot = document.querySelector("#ball");

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
let state = "ready"; // or "waiting" for the ball, "running", "paused", "over"
let bricks = []; // { x, y, hits, rect }
let paddle = { x: WIDTH / 2, width: 14 }; // x is its middle
let ball = {}; // { x, y, right, down }: where it is, and how far it goes in a second
let score, lives, waiting;
let way = 0; // of the paddle by keys or buttons: -1, 0 or 1
{{if has "timer"}}
let played = 0; // seconds of this game
{{end}}
let last; // when the last frame was drawn
{{if has "levels"}}
let level;
{{end}}
{{if has "high-score"}}
let best = load("breakout-best", 0);
{{end}}
{{if has "difficulty"}}
let difficulty = load("breakout-difficulty", "medium");
const difficulties = { easy: { pace: 0.75, width: 18 }, medium: { pace: 1, width: 14 }, hard: { pace: 1.3, width: 11 } };
{{end}}

// Playing

function newGame() {
  score = 0;
  lives = LIVES;
  {{if has "timer"}}
  played = 0;
  {{end}}
  {{if has "levels"}}
  level = 1;
  {{end}}
  build();
}

/** Builds the wall{{if has "levels"}} of the level{{end}}. */
function build() {
  const rows = {{if has "levels"}}levels[level - 1]{{else}}wall{{end}};
  bricks = rows.flatMap((row, y) =>
    [...row].flatMap((hits, x) => (hits === "." ? [] : [{ x: x * BRICK.width, y: BRICK.top + y * BRICK.height, hits: Number(hits), row: y }])),
  );
  const group = document.querySelector("#bricks");
  group.innerHTML = bricks.map(({ x, y, hits, row }) => `<rect class="hits-${hits}" style="--row: ${row}" x="${x + 0.3}" y="${y + 0.3}" width="${BRICK.width - 0.6}" height="${BRICK.height - 0.6}" rx="0.7"/>`).join("");
  bricks.forEach((brick, i) => (brick.rect = group.children[i]));
  serve();
}

/** Lays the ball on the paddle. */
function serve() {
  {{if has "difficulty"}}
  paddle.width = difficulties[difficulty].width;
  {{end}}
  paddle.x = WIDTH / 2;
  ball = { x: WIDTH / 2, y: PADDLE_Y - RADIUS, right: 0, down: 0 };
  draw();
}

/** Sends the ball off, not straight up. */
function launch() {
  {{if has "levels"}}
  const usual = 44 + 2 * level;
  {{else}}
  const usual = 46;
  {{end}}
  aim(usual{{if has "difficulty"}} * difficulties[difficulty].pace{{end}}, Math.random() < 0.5 ? -0.4 : 0.4);
  state = "running";
  cover.hidden = true;
}

/** Lets the ball fly upwards; `angle` is to the right of straight up, in radians. */
function aim(speed, angle) {
  ball.right = speed * Math.sin(angle);
  ball.down = -speed * Math.cos(angle);
}

/** Moves all by some seconds, in steps so small that the ball goes through nothing. */
function advance(seconds) {
  movePaddle(paddle.x + way * PADDLE_SPEED * seconds);
  {{if has "timer"}}
  if (state === "running") played += seconds;
  {{end}}
  if (state !== "running") ball.x = paddle.x;
  const steps = Math.ceil((Math.hypot(ball.right, ball.down) * seconds) / 0.5);
  for (let i = 0; i < steps && state === "running"; i++) fly(seconds / steps);
  draw();
}

function movePaddle(x) {
  paddle.x = Math.min(Math.max(x, paddle.width / 2), WIDTH - paddle.width / 2);
}

function fly(seconds) {
  ball.x += ball.right * seconds;
  ball.y += ball.down * seconds;
  if (ball.x < RADIUS) ball.right = Math.abs(ball.right);
  if (ball.x > WIDTH - RADIUS) ball.right = -Math.abs(ball.right);
  if (ball.y < RADIUS) ball.down = Math.abs(ball.down);
  if (ball.y > HEIGHT + RADIUS) return lose();
  if (ball.down > 0 && ball.y > PADDLE_Y - RADIUS && ball.y < PADDLE_Y + 1 && Math.abs(ball.x - paddle.x) < paddle.width / 2 + RADIUS) returnBall();
  const brick = bricks.find(({ x, y, hits }) => hits > 0 && distance(x, x + BRICK.width, ball.x) ** 2 + distance(y, y + BRICK.height, ball.y) ** 2 < RADIUS ** 2);
  if (brick) hit(brick);
}

/** How far a number is from a range. */
const distance = (from, to, number) => Math.max(from - number, 0, number - to);

/** The paddle sends the ball back: to the side on which it was hit, and a little faster. */
function returnBall() {
  const side = (ball.x - paddle.x) / (paddle.width / 2);
  aim(Math.min(Math.hypot(ball.right, ball.down) * 1.015, 85), Math.min(Math.max(side, -1), 1) * 1.05);
  {{if has "sound"}}
  beep(260, 0.08);
  {{end}}
}

function hit(brick) {
  const fromSide = distance(brick.x, brick.x + BRICK.width, ball.x);
  const fromAbove = distance(brick.y, brick.y + BRICK.height, ball.y);
  if (fromSide > fromAbove) ball.right = Math.sign(ball.x - brick.x - BRICK.width / 2) * Math.abs(ball.right);
  else ball.down = Math.sign(ball.y - brick.y - BRICK.height / 2) * Math.abs(ball.down);
  brick.hits--;
  brick.rect.setAttribute("class", `hits-${brick.hits}`);
  score += 10;
  {{if has "sound"}}
  beep(520 + 40 * brick.row, 0.1);
  {{end}}
  {{if has "high-score"}}
  if (score > best) {
    best = score;
    save("breakout-best", best);
  }
  {{end}}
  if (bricks.every(({ hits }) => hits === 0)) clear();
}

/** All bricks are gone. */
function clear() {
  {{if has "sound"}}
  chime();
  {{end}}
  {{if has "levels"}}
  if (level < levels.length) {
    level++;
    build();
    return wait({{text "levelReached" "n" "level"}});
  }
  {{end}}
  end({{text "won"}});
}

function lose() {
  lives--;
  {{if has "sound"}}
  beep(140, 0.4);
  {{end}}
  if (lives === 0) return end({{text "gameOver"}});
  serve();
  wait({{plural "livesLeft" "lives"}});
}

/** Says something, and then sends the ball off. */
function wait(headline) {
  say("waiting", headline, "");
  waiting = setTimeout(launch, PAUSE);
}

function end(headline) {
  const result = {{text "result" "n" "score"}};
  say("over", headline, {{if has "high-score"}}score > 0 && score === best ? `${result} ${ {{text "newBest"}} }` : {{end}}result, {{text "playAgain"}});
}

/** Says over the board why the ball does not move; `offer` is what a button is for. */
function say(as, headline, detail, offer = "") {
  clearTimeout(waiting);
  state = as;
  document.querySelector("#headline").textContent = headline;
  document.querySelector("#detail").textContent = detail;
  go.textContent = offer;
  go.hidden = offer === "";
  cover.hidden = false;
  pauseButton.disabled = as !== "waiting";
}

function run() {
  if (state === "over") newGame();
  if (state === "paused" && ball.down !== 0) {
    state = "running";
    cover.hidden = true;
  } else launch();
  pauseButton.disabled = false;
  {{if has "sound"}}
  prepareSound();
  {{end}}
}

function pause() {
  if (state === "running" || state === "waiting") say("paused", {{text "paused"}}, "", {{text "resume"}});
}

function begin() {
  clearTimeout(waiting);
  newGame();
  run();
}

// Drawing

function draw() {
  paddleBar.setAttribute("x", paddle.x - paddle.width / 2);
  paddleBar.setAttribute("width", paddle.width);
  ballDot.setAttribute("cx", ball.x);
  ballDot.setAttribute("cy", ball.y);
  document.querySelector("#score").value = score;
  document.querySelector("#lives").value = lives;
  {{if has "timer"}}
  document.querySelector("#time").value = duration(Math.floor(played));
  {{end}}
  {{if has "levels"}}
  document.querySelector("#level").value = level;
  {{end}}
  {{if has "high-score"}}
  document.querySelector("#best").value = best;
  {{end}}
}

function frame(now) {
  const seconds = Math.min((now - (last ?? now)) / 1000, 0.1);
  last = now;
  if (state === "running" || state === "waiting") advance(seconds);
  requestAnimationFrame(frame);
}

// Controls

const keys = { ArrowLeft: -1, ArrowRight: 1, a: -1, d: 1 };
const nameOf = ({ key }) => (key.length === 1 ? key.toLowerCase() : key);

/** Moves the paddle to one side until it is stopped; at once by a little. */
function steer(side) {
  if (state === "ready") run();
  if (way !== side && state !== "paused" && state !== "over") movePaddle(paddle.x + side * 3);
  way = side;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
  const key = nameOf(event);
  if (keys[key]) {
    event.preventDefault();
    steer(keys[key]);
  } else if (key === "n") begin();
  else if ((key === " " || key === "Enter") && !event.target.closest("button")) {
    event.preventDefault();
    if (state === "running" || state === "waiting") pause();
    else run();
  }
});
document.addEventListener("keyup", (event) => {
  if (keys[nameOf(event)] === way) way = 0;
});

for (const button of document.querySelectorAll("[data-way]")) {
  const side = Number(button.dataset.way);
  button.addEventListener("pointerdown", () => steer(side));
  for (const type of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(type, () => (way = 0));
  button.addEventListener("click", (event) => {
    if (event.detail > 0) return;
    steer(side); // by keyboard
    way = 0;
  });
}

// The paddle follows the mouse or a finger.
game.addEventListener("pointermove", (event) => {
  if (state !== "running" && state !== "waiting") return;
  const { left, width } = game.getBoundingClientRect();
  movePaddle(((event.clientX - left) / width) * WIDTH);
});

go.addEventListener("click", run);
pauseButton.addEventListener("click", pause);
document.querySelector("#new").addEventListener("click", begin);
document.addEventListener("visibilitychange", () => document.hidden && pause());

// After a click of the mouse the space bar still pauses.
document.querySelector("main").addEventListener("click", (event) => event.detail > 0 && document.activeElement.blur());
{{if has "difficulty"}}

const difficultyButtons = document.querySelectorAll("#difficulty button");

function showDifficulty() {
  for (const button of difficultyButtons) button.setAttribute("aria-pressed", button.dataset.difficulty === difficulty);
}

for (const button of difficultyButtons) {
  button.addEventListener("click", () => {
    difficulty = button.dataset.difficulty;
    save("breakout-difficulty", difficulty);
    showDifficulty();
    if (state !== "ready") return begin();
    newGame();
  });
}
showDifficulty();
{{end}}

newGame();
requestAnimationFrame(frame);
