// The squares have the numbers 0 to 8, row by row. A game is the list of the squares that
// were marked: the first one by X, and then they take turns.
const lines = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];
const shapes = { X: `<path d="M6 6l12 12M18 6L6 18" pathLength="1"/>`, O: `<circle cx="12" cy="12" r="6.75" pathLength="1"/>` };
const board = document.querySelector("#board");
const news = document.querySelector("#status");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
let moves = load("tic-tac-toe", []);
{{if has "score"}}
let score = load("tic-tac-toe-score", { X: 0, O: 0, draws: 0 });
{{end}}
{{if has "ai-opponent" "difficulty"}}
let opponent = load("tic-tac-toe-opponent", "computer"); // or "friend"
let thinking; // the timer of the computer's move
{{end}}
{{if has "difficulty"}}
let strength = load("tic-tac-toe-strength", "medium"); // or "easy", "hard"
{{end}}

const squares = Array.from({ length: 9 }, (_, square) => element("button", { type: "button", onclick: () => choose(square) }));
board.append(...squares);

// The rules

const playerAfter = (game) => (game.length % 2 ? "O" : "X");
const rowOf = (square) => Math.floor(square / 3);
const columnOf = (square) => square % 3;
const freeIn = (game) => squares.map((_, square) => square).filter((square) => !game.includes(square));

/** The mark on each square. */
function marksIn(game) {
  const marks = Array(9).fill("");
  game.forEach((square, i) => (marks[square] = i % 2 ? "O" : "X"));
  return marks;
}

/** The three squares of a player who has won, or nothing. */
function lineIn(marks) {
  return lines.find(([a, b, c]) => marks[a] && marks[a] === marks[b] && marks[a] === marks[c]);
}

const isOver = (game) => game.length === 9 || Boolean(lineIn(marksIn(game)));

// Playing

/** Marks a square for the player whose turn it is, if that is a person. */
function choose(square) {
  {{if has "sound"}}
  prepareSound();
  {{end}}
  {{if has "ai-opponent" "difficulty"}}
  if (isComputersTurn()) return;
  {{end}}
  if (!isOver(moves) && !moves.includes(square)) mark(square);
}

function mark(square) {
  moves.push(square);
  if (isOver(moves)) {
    {{if has "score"}}
    count(1);
    {{end}}
    {{if has "sound"}}
    chime();
    {{end}}
  }
  changed();
}

function newGame() {
  moves = [];
  changed();
}

/** Saves the game and shows it{{if has "ai-opponent" "difficulty"}}; the computer moves, if it is its turn{{end}}. */
function changed() {
  save("tic-tac-toe", moves);
  show();
  {{if has "ai-opponent" "difficulty"}}
  clearTimeout(thinking);
  if (isComputersTurn()) thinking = setTimeout(() => mark(answer()), 500);
  {{end}}
}
{{if has "score"}}

/** Counts the game that has ended; by -1 if its end is taken back. */
function count(by) {
  const marks = marksIn(moves);
  const line = lineIn(marks);
  score[line ? marks[line[0]] : "draws"] += by;
  save("tic-tac-toe-score", score);
}

function resetScore() {
  score = { X: 0, O: 0, draws: 0 };
  save("tic-tac-toe-score", score);
  show();
}

document.querySelector("#reset").addEventListener("click", resetScore);
{{end}}
{{if has "undo"}}

/** Takes back the last move{{if has "ai-opponent" "difficulty"}}, and of two that of the computer too{{end}}. */
function undo() {
  {{if has "score"}}
  if (isOver(moves)) count(-1);
  {{end}}
  moves.pop();
  {{if has "ai-opponent" "difficulty"}}
  if (isComputersTurn()) moves.pop();
  {{end}}
  changed();
}

document.querySelector("#undo").addEventListener("click", undo);
{{end}}
{{if has "ai-opponent" "difficulty" "hints"}}

// Thinking

const anyOf = (list) => list[Math.floor(Math.random() * list.length)];

/**
 * What the player whose turn it is can reach if both play as well as they can: more than
 * 0 is a win, less a loss. A win is better soon, a loss late.
 */
function outlook(game) {
  if (lineIn(marksIn(game))) return game.length - 10; // the other one has just won
  if (game.length === 9) return 0;
  return Math.max(...freeIn(game).map((square) => -outlook([...game, square])));
}

/** The best of the free squares. */
function best(game) {
  if (game.length === 0) return 4; // the centre: to think of all games takes long
  const free = freeIn(game);
  const outlooks = free.map((square) => -outlook([...game, square]));
  return anyOf(free.filter((_, i) => outlooks[i] === Math.max(...outlooks)));
}
{{end}}
{{if has "ai-opponent" "difficulty"}}

const isComputersTurn = () => opponent === "computer" && playerAfter(moves) === "O" && !isOver(moves);

/** The square that the computer chooses. */
function answer() {
  {{if has "difficulty"}}
  const free = freeIn(moves);
  const completes = (player) => (square) => lineIn(marksIn(moves).with(square, player));
  if (strength === "easy") return anyOf(free);
  if (strength === "medium") return free.find(completes("O")) ?? free.find(completes("X")) ?? anyOf(free);
  {{end}}
  return best(moves);
}

for (const button of document.querySelectorAll("#opponent button")) {
  button.addEventListener("click", () => {
    opponent = button.dataset.opponent;
    save("tic-tac-toe-opponent", opponent);
    {{if has "score"}}
    resetScore();
    {{end}}
    newGame();
  });
}
{{end}}
{{if has "difficulty"}}

for (const button of document.querySelectorAll("#difficulty button")) {
  button.addEventListener("click", () => {
    strength = button.dataset.strength;
    save("tic-tac-toe-strength", strength);
    newGame();
  });
}
{{end}}
{{if has "hints"}}

document.querySelector("#hint").addEventListener("click", () => {
  const square = best(moves);
  show();
  squares[square].classList.add("hint");
  news.textContent = {{text "try" "row" "rowOf(square) + 1" "column" "columnOf(square) + 1"}};
});
{{end}}

// Showing

function show() {
  const marks = marksIn(moves);
  const line = lineIn(marks);
  const over = isOver(moves);
  squares.forEach((button, square) => {
    const mark = marks[square];
    const place = {{text "square" "row" "rowOf(square) + 1" "column" "columnOf(square) + 1"}};
    if (button.textContent !== mark) draw(button, mark);
    button.setAttribute("aria-label", mark ? `${mark}, ${place}` : place);
    button.setAttribute("aria-disabled", over || mark !== "");
    button.classList.toggle("won", Boolean(line?.includes(square)));
    {{if has "hints"}}
    button.classList.remove("hint");
    {{end}}
  });
  strike(line);
  news.textContent = state(line && marks[line[0]], over);
  {{if has "score"}}
  document.querySelector("#wins-x").value = score.X;
  document.querySelector("#wins-o").value = score.O;
  document.querySelector("#draws").value = score.draws;
  {{end}}
  {{if has "undo"}}
  document.querySelector("#undo").disabled = moves.length === 0;
  {{end}}
  {{if has "hints"}}
  document.querySelector("#hint").disabled = over{{if has "ai-opponent" "difficulty"}} || isComputersTurn(){{end}};
  {{end}}
  {{if has "ai-opponent" "difficulty"}}
  for (const button of document.querySelectorAll("#opponent button")) button.setAttribute("aria-pressed", button.dataset.opponent === opponent);
  {{end}}
  {{if has "difficulty"}}
  document.querySelector("#difficulty").hidden = opponent !== "computer";
  for (const button of document.querySelectorAll("#difficulty button")) button.setAttribute("aria-pressed", button.dataset.strength === strength);
  {{end}}
}

/** Draws a mark on a square; "" wipes it off. */
function draw(button, mark) {
  button.className = mark.toLowerCase();
  button.innerHTML = mark && `<svg viewBox="0 0 24 24" aria-hidden="true">${shapes[mark]}</svg><span class="visually-hidden">${mark}</span>`;
}

/** Strikes through three squares. */
function strike(line) {
  const path = document.querySelector("#line");
  if (!line) return path.removeAttribute("d");
  const [x, y, toX, toY] = [line[0], line[2]].flatMap((square) => [columnOf(square) + 0.5, rowOf(square) + 0.5]);
  const [right, down] = [Math.sign(toX - x) * 0.3, Math.sign(toY - y) * 0.3];
  path.setAttribute("d", `M${x - right} ${y - down}L${toX + right} ${toY + down}`);
}

/** How the game stands, in words. */
function state(winner, over) {
  const player = winner ?? playerAfter(moves);
  if (over && !winner) return {{text "draw"}};
  {{if has "ai-opponent" "difficulty"}}
  if (opponent === "computer") {
    if (winner) return winner === "X" ? {{text "youWin"}} : {{text "youLose"}};
    return player === "X" ? {{text "yourTurn"}} : {{text "thinking"}};
  }
  {{end}}
  return winner ? {{text "wins" "player" "player"}} : {{text "turn" "player" "player"}};
}

// Controls

const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

board.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const square = squares.indexOf(event.target);
  const [row, column] = [rowOf(square) + step[0], columnOf(square) + step[1]].map((n) => (n + 3) % 3);
  squares[row * 3 + column].focus();
});

document.querySelector("#new").addEventListener("click", newGame);

changed();
