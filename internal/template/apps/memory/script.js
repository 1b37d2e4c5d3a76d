// What is on the cards: each has a name, and most have a picture.
const pictures = {{items}};

const CLOSED_AFTER = 1200; // ms that two cards which are no pair stay open
{{if has "levels"}}
const sizes = [4, 6, 8, 10, 12]; // pairs at each level
{{end}}
{{if has "hints"}}
const PEEKS = 3; // in a game
{{end}}
const language = document.documentElement.lang;
const board = document.querySelector("#board");
const news = document.querySelector("#status");

{{template "element"}}
{{template "shuffled"}}
{{template "store"}}
{{template "theme"}}
{{if has "timer"}}
{{template "duration"}}
{{end}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
let faces = load("memory-own", pictures);
{{if has "levels"}}
let size = sizes[0]; // pairs to find
{{else if has "difficulty"}}
let size = load("memory-size", 8); // pairs to find
{{else}}
let size = 8; // pairs to find
{{end}}
let cards = []; // { face, button, found }, as they lie on the table
let open = []; // one or two cards that are face up and not found yet
let closing; // the timer that turns them back
let moves, found;
{{if has "timer"}}
let seconds = 0;
let clock;
{{end}}
{{if has "high-score"}}
let best = load("memory-best", {}); // the fewest moves, by the number of pairs
{{end}}
{{if has "two-player"}}
let player, won; // whose turn it is, 0 or 1, and the pairs of each
{{end}}
{{if has "hints"}}
let peeks;
let peeking = false;
{{end}}

// Playing

function newGame() {
  clearTimeout(closing);
  const chosen = shuffled(faces).slice(0, size);
  cards = shuffled([...chosen, ...chosen]).map((face) => ({ face, found: false, button: element("button", { type: "button" }) }));
  cards.forEach((card) => card.button.addEventListener("click", () => turn(card)));
  open = [];
  moves = found = 0;
  {{if has "two-player"}}
  player = 0;
  won = [0, 0];
  {{end}}
  {{if has "hints"}}
  peeks = PEEKS;
  peeking = false;
  {{end}}
  {{if has "timer"}}
  clearInterval(clock);
  clock = undefined;
  seconds = 0;
  {{end}}
  deal();
  news.textContent = {{if has "two-player"}}{{text "turn" "n" "player + 1"}}{{else}}{{text "ready"}}{{end}};
}

/** Lays the cards on the table. */
function deal() {
  const narrow = Math.min(4, cards.length / 2);
  board.style.setProperty("--narrow", narrow);
  board.style.setProperty("--wide", { 20: 5, 24: 6 }[cards.length] ?? narrow);
  board.replaceChildren(...cards.map(({ button }) => button));
  cards.forEach(showCard);
  show();
}

/** Turns a card over. */
function turn(card) {
  if (card.found || open.includes(card){{if has "hints"}} || peeking{{end}}) return;
  if (open.length === 2) turnBack();
  {{if has "sound"}}
  prepareSound();
  {{end}}
  {{if has "timer"}}
  clock ??= setInterval(tick, 1000);
  {{end}}
  open.push(card);
  showCard(card);
  if (open.length < 2) return;
  moves++;
  if (open[0].face === open[1].face) keep();
  else {
    news.textContent = {{text "noPair"}};
    closing = setTimeout(turnBack, CLOSED_AFTER);
  }
  show();
}

/** Turns the two open cards face down again. */
function turnBack() {
  clearTimeout(closing);
  const closed = open.splice(0);
  closed.forEach(showCard);
  {{if has "two-player"}}
  player = 1 - player;
  news.textContent = {{text "turn" "n" "player + 1"}};
  show();
  {{end}}
}

/** Leaves a pair open{{if has "two-player"}}: it is that of the player whose turn it is{{end}}. */
function keep() {
  const pair = open.splice(0);
  for (const card of pair) {
    card.found = true;
    showCard(card);
  }
  found++;
  {{if has "two-player"}}
  won[player]++;
  {{end}}
  {{if has "sound"}}
  chime();
  {{end}}
  news.textContent = {{text "aPair" "name" "pair[0].face.name"}};
  if (found * 2 === cards.length) finish();
}

function finish() {
  {{if has "timer"}}
  clearInterval(clock);
  {{end}}
  {{if has "two-player"}}
  const result = won[0] === won[1] ? {{text "draw"}} : {{text "wins" "n" "won[0] > won[1] ? 1 : 2" "pairs" "Math.max(...won)"}};
  {{else}}
  let result = {{text "finished" "n" "found" "moves" "moves"}};
  {{end}}
  {{if has "high-score"}}
  if (moves < (best[found] ?? Infinity)) {
    {{if has "two-player"}}
    best[found] = moves;
    {{else}}
    if (best[found]) result += ` ${ {{text "newBest"}} }`;
    best[found] = moves;
    {{end}}
    save("memory-best", best);
  }
  {{end}}
  news.textContent = result;
}
{{if has "timer"}}

/** Counts a second, unless nobody sees the page. */
function tick() {
  if (!document.hidden) seconds++;
  document.querySelector("#time").value = duration(seconds);
}
{{end}}
{{if has "hints"}}

/** Shows all cards for a moment. */
function peek() {
  if (open.length === 2) turnBack();
  peeks--;
  peeking = true;
  cards.forEach(showCard);
  show();
  setTimeout(() => {
    peeking = false;
    cards.forEach(showCard);
    show();
  }, 1500);
}

document.querySelector("#peek").addEventListener("click", peek);
{{end}}

// Showing

function showCard(card) {
  const { button, face } = card;
  const number = cards.indexOf(card) + 1;
  const isOpen = card.found || open.includes(card){{if has "hints"}} || peeking{{end}};
  const changed = button.classList.contains("face") !== isOpen;
  button.className = `${isOpen ? "face" : "back"}${card.found ? " found" : ""}`;
  button.setAttribute("aria-label", isOpen ? {{text "openCard" "n" "number" "name" "face.name"}} : {{text "card" "n" "number"}});
  if (!changed && button.childNodes.length > 0) return;
  button.style.setProperty("--letters", Math.max(...face.name.split(/\s/).map((word) => word.length), 2));
  button.innerHTML = isOpen && face.picture ? `<svg viewBox="0 0 48 48" aria-hidden="true">${face.picture}</svg>` : "";
  if (isOpen) button.append(element("span", { className: face.picture ? "name" : "word" }, face.name));
  if (changed) button.animate({ transform: ["rotateY(90deg)", "none"] }, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180);
}

function show() {
  const number = new Intl.NumberFormat(language);
  document.querySelector("#moves").value = number.format(moves);
  {{if has "two-player"}}
  won.forEach((pairs, i) => {
    const output = document.querySelector(`#player-${i + 1}`);
    output.value = pairs;
    output.parentElement.classList.toggle("current", i === player);
  });
  {{else}}
  document.querySelector("#pairs").value = `${found} / ${cards.length / 2}`;
  {{end}}
  {{if has "timer"}}
  document.querySelector("#time").value = duration(seconds);
  {{end}}
  {{if has "high-score"}}
  document.querySelector("#best").value = best[cards.length / 2] ?? "–";
  {{end}}
  {{if has "levels"}}
  document.querySelector("#level").value = sizes.indexOf(size) + 1;
  const hasNext = found * 2 === cards.length && size < Math.min(sizes.at(-1), faces.length);
  document.querySelector("#next").hidden = !hasNext;
  document.querySelector("#new").classList.toggle("primary", !hasNext);
  {{end}}
  {{if has "hints"}}
  const peekButton = document.querySelector("#peek");
  peekButton.textContent = {{text "peek" "n" "peeks"}};
  peekButton.disabled = peeks === 0 || peeking || found * 2 === cards.length;
  {{end}}
  {{if has "difficulty"}}
  for (const button of sizeButtons) button.setAttribute("aria-pressed", Number(button.dataset.pairs) === size);
  {{end}}
}

// Controls

const steps = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

board.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const columns = getComputedStyle(board).gridTemplateColumns.split(" ").length;
  const at = cards.findIndex(({ button }) => button === event.target);
  cards[at + step(columns)]?.button.focus();
});

document.querySelector("#new").addEventListener("click", newGame);
{{if has "levels"}}
document.querySelector("#next").addEventListener("click", () => {
  size = sizes[sizes.indexOf(size) + 1];
  newGame();
});
{{end}}
{{if has "difficulty"}}

const sizeButtons = document.querySelectorAll("#difficulty button");

for (const button of sizeButtons) {
  button.addEventListener("click", () => {
    size = Number(button.dataset.pairs);
    {{if not (has "levels")}}
    save("memory-size", size);
    {{end}}
    newGame();
  });
}
{{end}}

// Own cards

const own = document.querySelector("#own");
const ownFaces = document.querySelector("#faces");
const ownError = document.querySelector("#own-error");

/** Plays with other cards from now on. */
function use(others) {
  faces = others;
  save("memory-own", faces === pictures ? null : faces);
  own.close();
  newGame();
}

document.querySelector("#edit").addEventListener("click", () => {
  ownFaces.value = faces.map(({ name }) => name).join("\n");
  ownError.textContent = "";
  own.showModal();
});

document.querySelector("#own-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const names = [...new Set(ownFaces.value.split("\n").map((line) => line.trim()).filter(Boolean))];
  if (names.length < 2) ownError.textContent = {{text "tooFew"}};
  else use(names.map((name) => pictures.find((picture) => picture.name === name) ?? { name }));
});

document.querySelector("#own-reset").addEventListener("click", () => use(pictures));
document.querySelector("#own-cancel").addEventListener("click", () => own.close());

newGame();
