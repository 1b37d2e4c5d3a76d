const language = document.documentElement.lang;
const name = document.title;
const phases = document.querySelector("#phases");
const ring = document.querySelector("#ring");
const time = document.querySelector("#time");
const round = document.querySelector("#round");
const dots = document.querySelector("#dots");
const message = document.querySelector("#message");
const startButton = document.querySelector("#start");
const today = document.querySelector("#today");
const settings = document.querySelector("#settings");
const error = document.querySelector("#error");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "duration"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{if has "checklists" "history"}}
{{template "toast"}}
{{end}}
// A cycle has some rounds of focus, with short breaks between them and a long one at the
// end. "left" is in milliseconds; while the clock runs, "end" says when the phase is over.
let lengths = load("pomodoro-lengths", { focus: {{number "minutes" 25}}, short: 5, long: 15, rounds: 4, auto: false });
let cycle = load("pomodoro", { phase: "focus", round: 1, state: "ready", left: lengths.focus * 60_000, end: 0 });
let sessions = load("pomodoro-sessions", []); // { end, minutes } of finished focus, the newest first

const minute = 60_000;
const full = () => lengths[cycle.phase] * minute;
const remaining = () => (cycle.state === "running" ? Math.max(cycle.end - Date.now(), 0) : cycle.left);

function change(changed) {
  cycle = { ...cycle, ...changed };
  save("pomodoro", cycle);
  show();
}

function enter(phase, round = cycle.round) {
  change({ phase, round, state: "ready", left: lengths[phase] * minute });
}

function start() {
  {{if has "sound"}}
  prepareSound();
  {{end}}
  message.textContent = "";
  change({ state: "running", end: Date.now() + cycle.left });
}

function toggle() {
  if (cycle.state === "running") change({ state: "paused", left: remaining() });
  else start();
}

/** Goes on to what comes next: after each focus a break, after a long break a new cycle. */
function next() {
  if (cycle.phase === "focus") enter(cycle.round < lengths.rounds ? "short" : "long");
  else enter("focus", cycle.phase === "short" ? cycle.round + 1 : 1);
}

const announcements = { focus: {{text "toFocus"}}, short: {{text "toShort"}}, long: {{text "toLong"}} };

function finish() {
  const { phase, end } = cycle;
  if (phase === "focus") keepSessions([{ end, minutes: lengths.focus }, ...sessions]);
  next();
  {{if has "sound"}}
  chime();
  setTimeout(chime, 1200);
  {{end}}
  // What ended while the page was closed is not followed by anything that nobody sees.
  if (lengths.auto && Date.now() - end < 2 * minute) start();
  message.textContent = announcements[cycle.phase];
}

/** Shows a text, unless it is there already: a screen reader would say it again. */
function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  const left = remaining();
  const text = duration(Math.ceil(left / 1000));
  put(time, text);
  time.style.setProperty("--length", text.length);
  ring.style.setProperty("--left", Math.min(left / full(), 1));
  put(round, {{text "round" "n" "cycle.round" "all" "lengths.rounds"}});
  const done = cycle.phase === "focus" ? cycle.round - 1 : cycle.round;
  put(dots, "●".repeat(Math.min(done, lengths.rounds)) + "○".repeat(Math.max(lengths.rounds - done, 0)));
  put(startButton, cycle.state === "running" ? {{text "pause"}} : {{text "start"}});
  for (const button of phases.children) button.setAttribute("aria-pressed", button.dataset.phase === cycle.phase);
  document.body.dataset.phase = cycle.phase;
  document.title = cycle.state === "ready" ? name : `${text} – ${name}`;
}

setInterval(() => {
  if (cycle.state !== "running") return;
  if (remaining() === 0) finish();
  else show();
}, 200);

startButton.addEventListener("click", toggle);
document.querySelector("#reset").addEventListener("click", () => enter(cycle.phase));
document.querySelector("#skip").addEventListener("click", () => {
  message.textContent = "";
  next();
});
phases.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  message.textContent = "";
  enter(button.dataset.phase);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat || event.target.closest("button, input, summary")) return;
  event.preventDefault();
  toggle();
});

// Finished sessions

function keepSessions(list) {
  sessions = list.slice(0, 500);
  save("pomodoro-sessions", sessions);
  showSessions();
}

const dayOf = (moment) => new Date(moment).toDateString();

function showSessions() {
  const count = sessions.filter(({ end }) => dayOf(end) === dayOf(Date.now())).length;
  today.textContent = {{plural "today" "count"}};
  {{if has "charts"}}
  showWeek();
  {{end}}
  {{if has "history"}}
  showHistory();
  {{end}}
}
{{if has "history"}}

const historyList = document.querySelector("#history");
const moment = new Intl.DateTimeFormat(language, { weekday: "short", hour: "numeric", minute: "2-digit" });

function showHistory() {
  historyList.replaceChildren(
    ...sessions.slice(0, 50).map((session) => {
      const when = moment.format(session.end);
      const remove = element("button", { type: "button", className: "icon", ariaLabel: {{text "deleteSession" "time" "when"}} }, "✕");
      remove.addEventListener("click", () => {
        const before = sessions;
        keepSessions(sessions.filter((other) => other !== session));
        toast({{text "deleted"}}, () => keepSessions(before));
      });
      return element("li", {}, element("span", {}, when), element("span", { className: "chip" }, {{text "minutes" "n" "session.minutes"}}), remove);
    }),
  );
  document.querySelector("#no-sessions").hidden = sessions.length > 0;
}
{{end}}
{{if has "charts"}}

// The chart

const week = document.querySelector("#week");
const weekday = new Intl.DateTimeFormat(language, { weekday: "short" });

function showWeek() {
  const days = Array.from({ length: 7 }, (_, i) => {
    const day = new Date();
    day.setDate(day.getDate() - 6 + i);
    const minutes = sessions.filter(({ end }) => dayOf(end) === dayOf(day)).reduce((sum, session) => sum + session.minutes, 0);
    return { day, minutes };
  });
  const highest = Math.max(...days.map(({ minutes }) => minutes), 60);
  week.replaceChildren(
    ...days.map(({ day, minutes }) => {
      const bar = element("span", { className: "bar" });
      bar.style.height = `${(minutes / highest) * 100}%`;
      return element("li", {}, element("span", { className: "space" }, bar), element("b", {}, minutes), " ", element("small", {}, weekday.format(day)));
    }),
  );
}
{{end}}
{{if has "checklists"}}

// Tasks

const taskField = document.querySelector("#task");
const taskList = document.querySelector("#tasks");
let tasks = load("pomodoro-tasks", []); // { text, done }

function keepTasks(list) {
  tasks = list;
  save("pomodoro-tasks", tasks);
  taskList.replaceChildren(
    ...tasks.map((task) => {
      const box = element("input", { type: "checkbox", checked: task.done });
      box.addEventListener("change", () => {
        task.done = box.checked;
        save("pomodoro-tasks", tasks);
      });
      const remove = element("button", { type: "button", className: "icon", ariaLabel: {{text "deleteTask" "task" "task.text"}} }, "✕");
      remove.addEventListener("click", () => {
        const before = tasks;
        keepTasks(tasks.filter((other) => other !== task));
        toast({{text "taskDeleted"}}, () => keepTasks(before));
      });
      return element("li", {}, element("label", { className: "check" }, box, element("span", {}, task.text)), remove);
    }),
  );
  document.querySelector("#no-tasks").hidden = tasks.length > 0;
}

document.querySelector("#task-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = taskField.value.trim();
  if (text) keepTasks([...tasks, { text, done: false }]);
  taskField.value = "";
  taskField.focus();
});

keepTasks(tasks);
{{end}}

// Settings

const numbers = ["focus", "short", "long", "rounds"];

function fillSettings() {
  for (const id of numbers) settings.elements[id].value = lengths[id];
  settings.elements.auto.checked = lengths.auto;
  {{if has "presets"}}
  for (const button of presets.children) button.setAttribute("aria-pressed", ["focus", "short", "long"].every((id) => Number(button.dataset[id]) === lengths[id]));
  {{end}}
}

/** Takes over other lengths. A phase that has begun keeps its time. */
function keepLengths(changed) {
  lengths = { ...lengths, ...changed };
  save("pomodoro-lengths", lengths);
  const round = Math.min(cycle.round, lengths.rounds);
  change(cycle.state === "ready" ? { round, left: full() } : { round });
}

settings.addEventListener("input", () => {
  const given = Object.fromEntries(numbers.map((id) => [id, Number(settings.elements[id].value)]));
  const right = numbers.every((id) => Number.isInteger(given[id]) && given[id] >= 1 && given[id] <= (id === "rounds" ? 12 : 180));
  error.textContent = right ? "" : {{text "wrong"}};
  if (right) keepLengths({ ...given, auto: settings.elements.auto.checked });
});
settings.addEventListener("submit", (event) => event.preventDefault());
{{if has "presets"}}

const presets = document.querySelector("#presets");
presets.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  keepLengths({ focus: Number(button.dataset.focus), short: Number(button.dataset.short), long: Number(button.dataset.long) });
  fillSettings();
});
{{end}}

fillSettings();
showSessions();
show();
