// What texts are made of: sentences in a random order.
const sentences = {{items}};

const A_SECOND = 8; // characters of a text for each second that there is
const A_WORD = 5; // characters, as typing is usually measured
const language = document.documentElement.lang;
const percent = new Intl.NumberFormat(language, { style: "percent" });
const textBox = document.querySelector("#text");
const field = document.querySelector("#typed");
const result = document.querySelector("#result");
const startButton = document.querySelector("#start");

{{if has "history" "charts" "share"}}
{{template "element"}}
{{end}}
{{template "shuffled"}}
{{template "store"}}
{{template "theme"}}
{{template "duration"}}
{{if has "history" "charts" "share"}}
{{template "toast"}}
{{end}}
{{if has "share"}}
{{template "copy"}}
{{end}}
{{if has "sound"}}
{{template "beep"}}
{{template "sound"}}
{{end}}
{{template "share"}}
{{template "shortcuts"}}
let seconds = load("typing-seconds", 60); // that there are
let ownText = load("typing-own", "");
let text = "";
let typed = "";
let hits = 0; // characters that were right when they were typed
let misses = 0;
let state = "ready"; // or "running", "over"
let begun; // when the first key was pressed
let clock, deadline; // timers
{{if has "difficulty"}}
let difficulty = load("typing-difficulty", "medium");
{{end}}
{{if has "high-score"}}
let best = load("typing-best", 0);
{{end}}

// The text

/** A text that is long enough for the time, or the person's own. */
function newText() {
  if (ownText) return ownText;
  let made = "";
  while (made.length < seconds * A_SECOND) made += `${shuffled(sentences).join(" ")} `;
  const end = made.indexOf(". ", seconds * A_SECOND) + 1;
  made = made.slice(0, end || undefined).trim();
  {{if has "difficulty"}}
  if (difficulty === "easy") return made.toLowerCase().replace(/[^\p{L}\p{M}\s'-]/gu, "");
  if (difficulty === "hard") return made.split(" ").map((word, i) => (i % 4 === 3 ? `${word} ${extra()}` : word)).join(" ");
  {{end}}
  return made;
}
{{if has "difficulty"}}

/** Something that is hard to type. */
function extra() {
  const number = 10 + Math.floor(Math.random() * 990);
  const forms = [`${number}`, `(${number})`, `${number}%`, `#${number}`, `${number / 10}`, `[${number}]`];
  return forms[Math.floor(Math.random() * forms.length)];
}
{{end}}

// The test

/** Puts all back to the beginning, with the same text or another one. */
function prepare(other) {
  text = other;
  typed = "";
  hits = misses = 0;
  state = "ready";
  clearInterval(clock);
  clearTimeout(deadline);
  field.value = "";
  field.disabled = false;
  result.hidden = true;
  textBox.replaceChildren(...[...text].map((letter) => Object.assign(document.createElement("span"), { textContent: letter })));
  show();
}

/** Begins with the first key. */
function begin() {
  state = "running";
  begun = Date.now();
  clock = setInterval(showNumbers, 1000);
  deadline = setTimeout(finish, seconds * 1000);
}

function finish() {
  state = "over";
  clearInterval(clock);
  clearTimeout(deadline);
  field.disabled = true;
  field.blur();
  show();
  {{if has "sound"}}
  chime();
  {{end}}
  const speed = wordsPerMinute();
  document.querySelector("#speed").textContent = speed;
  document.querySelector("#summary").textContent = {{text "summary" "accuracy" "percent.format(accuracy())" "mistakes" "misses"}};
  result.hidden = false;
  result.scrollIntoView({ block: "nearest" });
  {{if has "high-score"}}
  document.querySelector("#record").hidden = speed <= best;
  if (speed > best) {
    best = speed;
    save("typing-best", best);
    showNumbers();
  }
  {{end}}
  {{if has "history" "charts"}}
  keep([{ at: Date.now(), speed, accuracy: accuracy(), seconds }, ...results]);
  {{end}}
}

/** Takes what is in the field now. A telephone may write ’ for '. */
function type() {
  if (state === "over") return;
  if (state === "ready") begin();
  {{if has "sound"}}
  prepareSound();
  {{end}}
  const now = field.value.replaceAll("’", "'").slice(0, text.length);
  for (let i = typed.length; i < now.length; i++) {
    if (now[i] === text[i]) hits++;
    else {
      misses++;
      {{if has "sound"}}
      beep(180, 0.08);
      {{end}}
    }
  }
  typed = now;
  if (typed.length === text.length) return finish();
  show();
}

const isRight = (i) => typed[i] === text[i];
const accuracy = () => (hits + misses === 0 ? 1 : Math.floor((100 * hits) / (hits + misses)) / 100);
const elapsed = () => (state === "ready" ? 0 : Math.min((Date.now() - begun) / 1000, seconds));

/** Right characters count, five as a word; there is no speed before a second has gone by. */
function wordsPerMinute() {
  const right = [...typed].filter((_, i) => isRight(i)).length;
  return Math.round(right / A_WORD / (Math.max(elapsed(), 1) / 60));
}

// Showing

function show() {
  [...textBox.children].forEach((span, i) => {
    const look = i < typed.length ? (isRight(i) ? "right" : "wrong") : i === typed.length && state !== "over" ? "current" : "";
    if (span.className !== look) span.className = look;
  });
  follow();
  showNumbers();
}

function showNumbers() {
  document.querySelector("#time").value = duration(state === "over" ? Math.round(elapsed()) : Math.round(seconds - elapsed()));
  document.querySelector("#wpm").value = state === "ready" ? 0 : wordsPerMinute();
  document.querySelector("#accuracy").value = percent.format(accuracy());
  document.querySelector("#mistakes").value = misses;
  startButton.textContent = state === "ready" ? {{text "start"}} : {{text "restart"}};
  {{if has "high-score"}}
  document.querySelector("#best").value = best || "–";
  {{end}}
  for (const button of durationButtons) button.setAttribute("aria-pressed", Number(button.dataset.seconds) === seconds);
  {{if has "difficulty"}}
  for (const button of difficultyButtons) button.setAttribute("aria-pressed", button.dataset.difficulty === difficulty);
  {{end}}
}

/** Shows the line that is typed as the second one. */
function follow() {
  const current = textBox.children[Math.min(typed.length, text.length - 1)];
  const height = parseFloat(getComputedStyle(textBox).lineHeight);
  textBox.scrollTop = (Math.floor(current.offsetTop / height) - 1) * height;
}

// Controls

const durationButtons = document.querySelectorAll("#durations button");

for (const button of durationButtons) {
  button.addEventListener("click", () => {
    seconds = Number(button.dataset.seconds);
    save("typing-seconds", seconds);
    another();
  });
}
{{if has "difficulty"}}

const difficultyButtons = document.querySelectorAll("#difficulty button");

for (const button of difficultyButtons) {
  button.addEventListener("click", () => {
    difficulty = button.dataset.difficulty;
    save("typing-difficulty", difficulty);
    another();
  });
}
{{end}}

function restart() {
  prepare(text);
  field.focus();
}

function another() {
  prepare(newText());
  field.focus();
}

field.addEventListener("input", type);
startButton.addEventListener("click", restart);
document.querySelector("#new").addEventListener("click", another);
document.addEventListener("keydown", (event) => {
  if (event.target.closest("dialog")) return;
  if (event.key === "Escape") restart();
  const isText = event.key.length === 1 && event.key !== "?" && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isText && event.target === document.body) field.focus(); // which takes the key, too
});
{{if has "share"}}

offerShare(() => (state !== "over" ? {{name}} : {{text "shareText" "n" "wordsPerMinute()" "accuracy" "percent.format(accuracy())"}}));
{{end}}

// An own text

const own = document.querySelector("#own");
const ownField = document.querySelector("#own-text");
const ownError = document.querySelector("#own-error");

/** Takes another text from now on; "" is none of one's own. */
function use(other) {
  ownText = other;
  save("typing-own", ownText);
  own.close();
  prepare(newText());
}

document.querySelector("#edit").addEventListener("click", () => {
  ownField.value = ownText;
  ownError.textContent = "";
  own.showModal();
});

document.querySelector("#own-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const other = ownField.value.replaceAll("’", "'").replace(/\s+/g, " ").trim();
  if (other) use(other);
  else ownError.textContent = {{text "noText"}};
});

document.querySelector("#own-reset").addEventListener("click", () => use(""));
document.querySelector("#own-cancel").addEventListener("click", () => own.close());
{{if has "history" "charts"}}

// History

const clearButton = document.querySelector("#clear");
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
let results = load("typing-history", []); // { at, speed, accuracy, seconds }, the newest first

function keep(list) {
  results = list.slice(0, 30);
  save("typing-history", results);
  showHistory();
}

function showHistory() {
  document.querySelector("#history").replaceChildren(
    ...results.map((one) =>
      element("li", {}, element("small", {}, day.format(one.at)), element("span", {}, {{text "entry" "n" "one.speed" "accuracy" "percent.format(one.accuracy)" "seconds" "one.seconds"}})),
    ),
  );
  document.querySelector("#no-history").hidden = results.length > 0;
  clearButton.hidden = results.length === 0;
  {{if has "charts"}}
  drawChart();
  {{end}}
}
{{if has "charts"}}

/** Draws the speeds, the newest on the right. */
function drawChart() {
  const speeds = results.map(({ speed }) => speed).reverse();
  const highest = Math.max(...speeds, 1);
  const points = speeds.map((speed, i) => `${10 + (380 * i) / Math.max(speeds.length - 1, 1)} ${110 - (100 * speed) / highest}`);
  document.querySelector("#curve").setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
  document.querySelector("#chart").toggleAttribute("hidden", points.length < 2);
}
{{end}}

clearButton.addEventListener("click", () => {
  const cleared = results;
  keep([]);
  toast({{text "cleared"}}, () => keep(cleared));
});

showHistory();
{{end}}

prepare(newText());
