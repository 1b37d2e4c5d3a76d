// What is asked: each question has one right answer and three wrong ones.
{{if has "import"}}
let questions = {{items}};
{{else}}
const questions = {{items}};
{{end}}

const LETTERS = "ABCD";
const LENGTH = 10; // of a round, if there are so many questions
{{if has "timer"}}
const SECONDS = 20; // for each question
{{end}}

const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

const start = document.querySelector("#start");
const play = document.querySelector("#play");
const end = document.querySelector("#end");
const progress = document.querySelector("#progress");
const question = document.querySelector("#question");
const answers = document.querySelector("#answers");
const verdict = document.querySelector("#verdict");
const next = document.querySelector("#next");

{{template "element"}}
{{if has "high-score" "dark-toggle" "import"}}
{{template "store"}}
{{end}}
{{template "theme"}}
{{template "shortcuts"}}
{{if has "export" "import"}}
{{template "toast"}}
{{end}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "import"}}
{{template "export"}}
let round = []; // the questions of this round
let at = 0; // which of them is asked
let score = 0;
let missed = [];
{{if has "streaks"}}
let streak = 0; // right answers in a row
{{end}}
{{if has "hints"}}
let hints = 0; // that are left
{{end}}

/** A copy of a list in a random order. */
function shuffled(list) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Shows one of the three parts of the page. */
function show(part) {
  for (const other of [start, play, end]) other.hidden = other !== part;
}

function begin() {
  round = shuffled(questions).slice(0, LENGTH);
  at = 0;
  score = 0;
  missed = [];
  {{if has "streaks"}}
  streak = 0;
  {{end}}
  {{if has "hints"}}
  hints = 3;
  {{end}}
  progress.max = round.length;
  show(play);
  ask();
}

function ask() {
  const { question: text, answer, wrong } = round[at];
  question.textContent = text;
  answers.replaceChildren(
    ...shuffled([answer, ...wrong]).map((option, i) => {
      const letter = element("span", { className: "key", ariaHidden: "true" }, LETTERS[i]);
      const button = element("button", { type: "button" }, letter, element("span", {}, option));
      button.dataset.option = option;
      button.addEventListener("click", () => choose(option));
      return button;
    }),
  );
  verdict.textContent = "";
  verdict.className = "";
  next.hidden = true;
  showStatus();
  question.focus();
  {{if has "timer"}}
  startTimer();
  {{end}}
}

function showStatus() {
  document.querySelector("#at").textContent = {{text "questionOf" "at" "at + 1" "all" "round.length"}};
  document.querySelector("#score").textContent = {{text "score" "n" "score"}};
  progress.value = at;
  {{if has "streaks"}}
  const chip = document.querySelector("#streak");
  chip.hidden = streak < 2;
  chip.textContent = {{text "streak" "n" "streak"}};
  {{end}}
  {{if has "hints"}}
  hint.textContent = {{text "hint" "n" "hints"}};
  hint.disabled = hints === 0 || !next.hidden;
  {{end}}
}

const isAnswered = () => !next.hidden;

/** Takes an answer{{if has "timer"}}, or none where the time is up{{end}}. */
function choose(option) {
  if (isAnswered()) return;
  const { answer } = round[at];
  const right = option === answer;
  {{if has "timer"}}
  clearInterval(timer);
  {{end}}
  for (const button of answers.children) {
    button.disabled = true;
    if (button.dataset.option === answer) button.classList.add("right");
    else if (button.dataset.option === option) button.classList.add("wrong");
  }
  if (right) score++;
  else missed.push(round[at]);
  {{if has "streaks"}}
  streak = right ? streak + 1 : 0;
  {{end}}
  verdict.className = right ? "right" : "wrong";
  {{if has "timer"}}
  if (option === null) verdict.textContent = {{text "timeUp" "answer" "answer"}};
  else verdict.textContent = right ? {{text "right"}} : {{text "wrong" "answer" "answer"}};
  {{else}}
  verdict.textContent = right ? {{text "right"}} : {{text "wrong" "answer" "answer"}};
  {{end}}
  next.textContent = at + 1 < round.length ? {{text "next"}} : {{text "finish"}};
  next.hidden = false;
  showStatus();
  progress.value = at + 1;
  next.focus();
}

function goOn() {
  at++;
  if (at < round.length) ask();
  else finish();
}

function finish() {
  const share = score / round.length;
  const ring = document.querySelector("#ring");
  ring.textContent = percent.format(share);
  ring.style.setProperty("--share", share);
  document.querySelector("#praise").textContent = share >= 0.9 ? {{text "great"}} : share >= 0.6 ? {{text "good"}} : {{text "fair"}};
  document.querySelector("#result").textContent = {{text "result" "n" "score" "all" "round.length"}};
  document.querySelector("#review").hidden = missed.length === 0;
  document.querySelector("#missed").replaceChildren(...missed.flatMap((one) => [element("dt", {}, one.question), element("dd", {}, one.answer)]));
  {{if has "high-score"}}
  document.querySelector("#record").hidden = score <= best;
  if (score > best) {
    best = score;
    save("quiz", best);
  }
  {{end}}
  show(end);
  document.querySelector("#praise").focus();
}

document.querySelector("#start-button").addEventListener("click", begin);
document.querySelector("#again").addEventListener("click", begin);
next.addEventListener("click", goOn);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || play.hidden) return;
  const button = answers.children[LETTERS.indexOf(event.key.toUpperCase())] ?? answers.children[event.key - 1];
  if (button && !button.disabled) choose(button.dataset.option);
  if (event.key === "Enter" && isAnswered() && !event.target.closest("button")) goOn();
});
{{if has "timer"}}

// Time

const time = document.querySelector("#time");
let timer;

function startTimer() {
  let left = SECONDS;
  const tell = () => {
    time.textContent = {{text "secondsLeft" "n" "left"}};
    time.classList.toggle("short", left <= 5);
  };
  tell();
  clearInterval(timer);
  timer = setInterval(() => {
    left--;
    tell();
    if (left === 0) choose(null);
  }, 1000);
}
{{end}}
{{if has "hints"}}

// Hints

const hint = document.querySelector("#hint");

hint.addEventListener("click", () => {
  hints--;
  const wrong = [...answers.children].filter(({ dataset }) => dataset.option !== round[at].answer);
  for (const button of shuffled(wrong).slice(0, 2)) button.disabled = true;
  showStatus();
  hint.disabled = true;
  question.focus();
});
{{end}}
{{if has "high-score"}}

// The best score

let best = load("quiz", 0);
{{end}}

/** Shows what the start page says of the questions. */
function showStart() {
  const length = Math.min(LENGTH, questions.length);
  document.querySelector("#count").textContent = {{plural "questions" "length"}};
  {{if has "high-score"}}
  document.querySelector("#best").hidden = best === 0;
  document.querySelector("#best").textContent = {{text "best" "n" "best" "all" "length"}};
  {{end}}
}
{{if has "export" "import"}}

// Own questions

const columns = {
  question: {{text "question"}},
  answer: {{text "rightAnswer"}},
  wrong1: {{text "wrongAnswer" "n" "1"}},
  wrong2: {{text "wrongAnswer" "n" "2"}},
  wrong3: {{text "wrongAnswer" "n" "3"}},
};
{{end}}
{{if has "export"}}
offerExport(columns, () => questions.map(({ question, answer, wrong: [wrong1, wrong2, wrong3] }) => ({ question, answer, wrong1, wrong2, wrong3 })));
{{end}}
{{if has "import"}}

function use(others{{if has "high-score"}}, record{{end}}) {
  questions = others;
  save("quiz-questions", questions);
  {{if has "high-score"}}
  best = record;
  save("quiz", best);
  {{end}}
  showStart();
}

const fromRow = ({ question, answer, wrong1, wrong2, wrong3 }) => {
  const wrong = [wrong1, wrong2, wrong3].filter(Boolean);
  return question && answer && wrong.length > 0 ? { question, answer, wrong } : {{text "somethingMissing"}};
};

/** What is imported takes the place of all questions. */
offerImport(columns, fromRow, (added) => {
  const before = [questions{{if has "high-score"}}, best{{end}}];
  use(added{{if has "high-score"}}, 0{{end}});
  return () => use(...before);
});

questions = load("quiz-questions", questions);
{{end}}

showStart();
