// The words to guess, each with the category that is its clue.
const library = {{items}};

const ALPHABET = [...{{text "alphabet"}}];
{{if has "difficulty"}}
const allowed = { easy: 10, medium: 6, hard: 4 }; // wrong guesses, the last of which loses
{{else}}
const allowed = 6; // wrong guesses, the last of which loses
{{end}}
{{if has "levels"}}
const LEVELS = 5; // from the shortest words to the longest
{{end}}
{{if has "timer"}}
const SECONDS = 90; // for a word
{{end}}
const wordBox = document.querySelector("#word");
const letterBox = document.querySelector("#letters");
const news = document.querySelector("#status");
const strokes = [...document.querySelectorAll("#gallows path, #man > *")];

{{template "element"}}
{{template "shuffled"}}
{{template "store"}}
{{template "theme"}}
{{if has "timer"}}
{{template "duration"}}
{{end}}
{{if has "sound"}}
{{template "beep"}}
{{template "sound"}}
{{end}}
let words = load("hangman-own", library);
{{if not (has "levels")}}
let coming = []; // the words that come next, in a random order
{{end}}
let secret = { word: "", category: "" };
let guessed = new Set(); // letters
let wrong = 0; // guesses{{if has "hints"}} and hints{{end}}
let state = "playing"; // or "won", "lost"{{if has "two-player"}}, or "secret" until there is a word{{end}}
{{if has "difficulty"}}
let difficulty = load("hangman-difficulty", "medium");
{{end}}
{{if has "score" "streaks" "high-score"}}
let results = load("hangman", { wins: 0, losses: 0, streak: 0, best: 0 });
{{end}}
{{if has "levels"}}
let level = 1;
{{end}}
{{if has "timer"}}
let seconds, clock;
{{end}}

// The word

/** The letter of the alphabet that stands for one of a word: É is guessed by E. */
const plain = (letter) => (ALPHABET.includes(letter) ? letter : letter.normalize("NFD")[0]);
const lettersOf = (word) => [...word.toUpperCase()];
const isLetter = (letter) => ALPHABET.includes(plain(letter));
const isShown = (letter) => !isLetter(letter) || guessed.has(plain(letter));
const isMixed = () => words.some(({ category }) => category !== words[0].category);
const lives = () => {{if has "difficulty"}}allowed[difficulty]{{else}}allowed{{end}} - wrong;

{{if has "levels"}}
/** The next word{{if has "categories"}} of the category{{end}}: the higher the level, the longer. */
function nextWord() {
  const fitting = words{{if has "categories"}}.filter(({ category }) => chosen.value === "" || category === chosen.value){{end}};
  const sorted = fitting.toSorted((a, b) => a.word.length - b.word.length);
  const some = Math.ceil(sorted.length / LEVELS);
  const from = Math.min((level - 1) * some, sorted.length - some);
  const others = sorted.slice(from, from + some).filter(({ word }) => word !== secret.word);
  return shuffled(others)[0] ?? sorted[from];
}
{{else}}
/** The next word{{if has "categories"}} of the category{{end}}; none comes twice until all were there. */
function nextWord() {
  {{if has "categories"}}
  const fits = ({ category }) => chosen.value === "" || category === chosen.value;
  if (!coming.some(fits)) coming = shuffled(words);
  return coming.splice(coming.findIndex(fits), 1)[0];
  {{else}}
  if (coming.length === 0) coming = shuffled(words);
  return coming.shift();
  {{end}}
}
{{end}}

// Playing

/** Begins with a word. */
function begin(next) {
  secret = next;
  guessed = new Set();
  wrong = 0;
  state = "playing";
  news.textContent = {{text "ready"}};
  {{if has "two-player"}}
  secretForm.hidden = true;
  document.querySelector("#game").hidden = false;
  {{end}}
  {{if has "timer"}}
  seconds = SECONDS;
  clearInterval(clock);
  clock = setInterval(tick, 1000);
  {{end}}
  show();
}

function newGame() {
  {{if has "two-player"}}
  secretForm.hidden = false;
  document.querySelector("#game").hidden = true;
  document.querySelector("#secret-word").value = "";
  document.querySelector("#secret-word").focus();
  state = "secret";
  {{if has "timer"}}
  clearInterval(clock);
  {{end}}
  {{else}}
  begin(nextWord());
  {{end}}
}

function guess(letter) {
  if (state !== "playing" || guessed.has(letter)) return;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  guessed.add(letter);
  const times = lettersOf(secret.word).filter((one) => plain(one) === letter).length;
  if (times === 0) wrong++;
  news.textContent = times === 0 ? {{text "isNot" "letter" "letter"}} : {{text "isThere" "letter" "letter"}};
  {{if has "sound"}}
  beep(times === 0 ? 160 : 660, 0.12);
  {{end}}
  judge();
}

/** Sees whether the word is guessed, or the man hangs. */
function judge() {
  if (lettersOf(secret.word).every(isShown)) end("won");
  else if (lives() <= 0) end("lost");
  show();
}

function end(as) {
  state = as;
  news.textContent = as === "won" ? {{text "won" "word" "secret.word"}} : {{text "lost" "word" "secret.word"}};
  {{if has "levels"}}
  level = as === "won" ? Math.min(level + 1, LEVELS) : 1;
  {{end}}
  {{if has "timer"}}
  clearInterval(clock);
  {{end}}
  {{if has "sound"}}
  if (as === "won") chime();
  {{end}}
  {{if has "score" "streaks" "high-score"}}
  results[as === "won" ? "wins" : "losses"]++;
  results.streak = as === "won" ? results.streak + 1 : 0;
  results.best = Math.max(results.best, results.streak);
  save("hangman", results);
  {{end}}
}
{{if has "timer"}}

/** Counts a second, unless nobody sees the page. */
function tick() {
  if (document.hidden) return;
  seconds--;
  if (seconds === 0) end("lost");
  show();
}
{{end}}
{{if has "hints"}}

/** Shows a letter for the price of a life. */
function hint() {
  const hidden = shuffled(lettersOf(secret.word).filter((letter) => !isShown(letter)).map(plain));
  wrong++;
  guessed.add(hidden[0]);
  news.textContent = {{text "hintIs" "letter" "hidden[0]"}};
  judge();
}

document.querySelector("#hint").addEventListener("click", hint);
{{end}}

// Showing

const keys = ALPHABET.map((letter) => element("button", { type: "button", onclick: () => guess(letter) }, letter));
letterBox.append(...keys);
letterBox.style.setProperty("--half", Math.ceil(keys.length / 2));

function show() {
  wordBox.replaceChildren(...secret.word.toUpperCase().split(" ").map((part) => element("span", { className: "part" }, ...[...part].map(shownLetter))));
  document.querySelector("#lives").value = lives();
  const clue = document.querySelector("#clue");
  const letters = lettersOf(secret.word).filter(isLetter).length;
  clue.textContent = [isMixed() && secret.category, {{plural "length" "letters"}}].filter(Boolean).join(" · ");
  showMan();
  const there = new Set(lettersOf(secret.word).map(plain));
  keys.forEach((key, i) => {
    key.disabled = state !== "playing" || guessed.has(ALPHABET[i]);
    key.className = !guessed.has(ALPHABET[i]) ? "" : there.has(ALPHABET[i]) ? "right" : "wrong";
  });
  news.className = `status ${state}`;
  {{if has "timer"}}
  document.querySelector("#time").value = duration(seconds);
  {{end}}
  {{if has "levels"}}
  document.querySelector("#level").value = level;
  {{end}}
  {{if has "hints"}}
  document.querySelector("#hint").disabled = state !== "playing" || lives() < 2;
  {{end}}
  {{if has "difficulty"}}
  for (const button of difficultyButtons) button.setAttribute("aria-pressed", button.dataset.difficulty === difficulty);
  {{end}}
  {{if has "score" "streaks" "high-score"}}
  showResults();
  {{end}}
}

/** A letter of the word; one that is not guessed yet is a blank, and after the game what was missed. */
function shownLetter(letter) {
  if (isShown(letter)) return element("span", { className: isLetter(letter) ? "letter" : "sign" }, letter);
  if (state === "lost") return element("span", { className: "letter missed" }, letter);
  return element("span", { className: "letter blank" }, "_");
}

/** Draws as much of the man as there are wrong guesses; of few that are allowed the gallows stands already. */
function showMan() {
  const all = lives() + wrong;
  const first = all >= strokes.length ? 0 : 4;
  const drawn = first + Math.ceil((wrong / all) * (strokes.length - first));
  strokes.forEach((stroke, i) => stroke.classList.toggle("drawn", i < (state === "lost" ? strokes.length : drawn)));
}
{{if has "score" "streaks" "high-score"}}

function showResults() {
  {{if has "score"}}
  document.querySelector("#wins").value = results.wins;
  document.querySelector("#losses").value = results.losses;
  {{end}}
  {{if has "streaks"}}
  document.querySelector("#streak").value = results.streak;
  {{end}}
  {{if has "high-score"}}
  document.querySelector("#best").value = results.best;
  {{end}}
}
{{end}}

// Controls

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const letter = plain(event.key.toUpperCase());
  if (event.key.length === 1 && ALPHABET.includes(letter)) guess(letter);
  if (event.key === "Enter" && state !== "playing" && !event.target.closest("button")) newGame();
});

document.querySelector("#new").addEventListener("click", newGame);
{{if has "difficulty"}}

const difficultyButtons = document.querySelectorAll("#difficulty button");

for (const button of difficultyButtons) {
  button.addEventListener("click", () => {
    difficulty = button.dataset.difficulty;
    save("hangman-difficulty", difficulty);
    newGame();
    show();
  });
}
{{end}}
{{if has "categories"}}

const chosen = document.querySelector("#category");

/** Offers the categories of the words. */
function offerCategories() {
  const categories = [...new Set(words.map(({ category }) => category))].filter(Boolean).sort((a, b) => a.localeCompare(b));
  chosen.replaceChildren(chosen.options[0], ...categories.map((category) => element("option", {}, category)));
  chosen.parentElement.hidden = categories.length < 2;
}

chosen.addEventListener("change", () => {
  chosen.blur(); // keys are guesses from now on
  newGame();
});
offerCategories();
{{end}}
{{if has "two-player"}}

// A word of the other player

const secretForm = document.querySelector("#secret");

secretForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const word = document.querySelector("#secret-word").value.trim();
  const isWord = lettersOf(word).some(isLetter);
  document.querySelector("#secret-error").textContent = isWord ? "" : {{text "noWord"}};
  if (isWord) begin({ word, category: "" });
});

document.querySelector("#random").addEventListener("click", () => begin(nextWord()));
{{end}}

// Own words

const own = document.querySelector("#own");
const list = document.querySelector("#list");
const ownError = document.querySelector("#own-error");

/** Plays with other words from now on. */
function use(others) {
  words = others;
  {{if not (has "levels")}}
  coming = [];
  {{end}}
  save("hangman-own", words === library ? null : words);
  {{if has "categories"}}
  offerCategories();
  {{end}}
  own.close();
  newGame();
}

document.querySelector("#edit").addEventListener("click", () => {
  list.value = words === library ? "" : words.map(({ word }) => word).join("\n");
  ownError.textContent = "";
  own.showModal();
});

document.querySelector("#own-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = list.value.split("\n").map((line) => line.trim()).filter((line) => lettersOf(line).some(isLetter));
  if (typed.length === 0) ownError.textContent = {{text "noWord"}};
  else use(typed.map((word) => ({ word, category: "" })));
});

document.querySelector("#own-reset").addEventListener("click", () => use(library));
document.querySelector("#own-cancel").addEventListener("click", () => own.close());

{{if has "two-player"}}
{{if has "score" "streaks" "high-score"}}
showResults();
{{end}}
{{end}}
newGame();
