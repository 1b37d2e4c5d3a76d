const language = document.documentElement.lang;

{{template "element"}}
{{template "icon-button"}}
{{if has "charts"}}
{{template "shape"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{if has "animations"}}
{{template "confetti"}}
{{end}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "print"}}
{{template "export"}}
{{template "import"}}
const find = (id) => document.getElementById(id);

// Days are numbers, which count from 1 January 1970. So are weeks.
const DAY = 86_400_000;
const firstDay = ["en", "pt"].includes(language) ? 4 : 3; // weeks begin on Sunday, or on Monday

const today = () => {
  const now = new Date();
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY;
};
const weekOf = (day) => Math.floor((day + firstDay) / 7);
const daysOf = (week) => Array.from({ length: 7 }, (_, i) => week * 7 - firstDay + i);
const written = (day, options) => new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options }).format(new Date(day * DAY));

const suggestions = {{items}};

let habits = load("habits", {{if named}}suggestions.slice(0, {{named}}).map(({ name }) => ({ name, goal: 7, days: [] })){{else}}[]{{end}}); // { name, goal: days a week, days: those on which it was done }
let week = weekOf(today());
let edited; // the habit in the dialog

function keep(list) {
  habits = list;
  save("habits", habits);
  show();
}

const replace = (habit, other) => keep(habits.map((each) => (each === habit ? other : each)));

/** Ticks a day of a habit, or takes that back. */
function tick(habit, day) {
  const done = habit.days.includes(day);
  const days = done ? habit.days.filter((other) => other !== day) : [...habit.days, day];
  replace(habit, { ...habit, days });
  {{if has "sound" "animations"}}
  if (!done && day === today()) celebrate(habits.every((each) => each.days.includes(day)));
  {{end}}
}
{{if has "sound" "animations"}}

function celebrate({{if has "animations"}}all{{end}}) {
  {{if has "sound"}}
  prepareSound();
  chime();
  {{end}}
  {{if has "animations"}}
  if (all) throwConfetti();
  {{end}}
}
{{end}}
{{if has "streaks"}}

/** How many days in a row a habit was done, or weeks in which its goal was reached: now, and at best. */
function streaks({ days, goal }) {
  const unit = goal === 7 ? (day) => day : weekOf;
  const counts = new Map();
  for (const day of days) counts.set(unit(day), (counts.get(unit(day)) ?? 0) + 1);
  const reached = [...counts.keys()].filter((each) => counts.get(each) >= (goal === 7 ? 1 : goal)).sort((a, b) => a - b);
  let length = 0, best = 0, last;
  for (const each of reached) {
    length = each === last + 1 ? length + 1 : 1;
    best = Math.max(best, length);
    last = each;
  }
  return { now: last >= unit(today()) - 1 ? length : 0, best }; // what is still to come today breaks none
}
{{end}}

// What is shown

function show() {
  showToday();
  showWeek();
  {{if has "charts"}}
  showChart();
  {{end}}
}

function showToday() {
  const done = habits.filter(({ days }) => days.includes(today())).length;
  const all = habits.length;
  find("today").hidden = all === 0;
  find("done").textContent = all > 0 && done === all ? {{text "allDone"}} : {{text "doneToday" "done" "done" "all" "all"}};
  find("progress").value = done / Math.max(all, 1);
}

function showWeek() {
  const days = daysOf(week);
  const current = week === weekOf(today());
  find("week-name").textContent = new Intl.DateTimeFormat(language, { timeZone: "UTC", day: "numeric", month: "short" }).formatRange(days[0] * DAY, days[6] * DAY);
  find("next").disabled = current;
  find("this-week").hidden = current;
  find("heads").replaceChildren(...days.map((day) => element("span", { className: day === today() ? "now" : "" }, written(day, { weekday: "narrow" }), element("b", {}, written(day, { day: "numeric" }).replace(/\D/g, "")))));
  find("habits").replaceChildren(...habits.map(row));
  find("week").hidden = habits.length === 0;
  find("empty").hidden = habits.length > 0;
}

function row(habit) {
  const { name } = habit;
  const box = element("input", { type: "checkbox", className: "tick", checked: habit.days.includes(today()) });
  box.addEventListener("change", () => {
    tick(habit, today());
    find("habits").querySelectorAll(".tick")[habits.findIndex((other) => other.name === name)].focus();
  });
  return element("li", { className: "row" },
    element("div", { className: "what" }, element("label", {}, box, element("span", {}, name)), element("small", {}, details(habit))),
    element("div", { className: "days", role: "group", ariaLabel: name }, ...daysOf(week).map((day) => cell(habit, day))),
    element("div", { className: "tools" },
      iconButton({{text "editOne" "habit" "name"}}, {{template "edit-icon"}}, () => edit(habit)),
      iconButton({{text "deleteOne" "habit" "name"}}, {{template "delete-icon"}}, () => remove(habit))));
}

function details(habit) {
  const done = daysOf(weekOf(today())).filter((day) => habit.days.includes(day)).length;
  const goal = habit.goal;
  {{if has "streaks"}}
  const { now, best } = streaks(habit);
  const parts = [goal === 7 ? {{plural "streakDays" "now"}} : {{plural "streakWeeks" "now"}}];
  if (best > now) parts.push({{text "best" "best" "best"}});
  if (goal < 7) parts.unshift({{text "thisWeekOf" "done" "done" "goal" "goal"}});
  return parts.join(" · ");
  {{else}}
  return {{text "thisWeekOf" "done" "done" "goal" "goal"}};
  {{end}}
}

function cell(habit, day) {
  const done = habit.days.includes(day);
  const label = {{text "cell" "habit" "habit.name" "day" "written(day, { weekday: \"long\", day: \"numeric\", month: \"long\" })"}};
  const made = element("button", { type: "button", ariaLabel: label, ariaPressed: done, className: day === today() ? "now" : "", disabled: day > today() }, element("span", {}, done ? "✓" : ""));
  made.addEventListener("click", () => {
    tick(habit, day);
    [...find("habits").querySelectorAll(".days button")].find((other) => other.ariaLabel === label).focus();
  });
  return made;
}
{{if has "charts"}}

/** Draws a square for each day of half a year: the more was done, the stronger. */
function showChart() {
  const weeks = Array.from({ length: 26 }, (_, i) => weekOf(today()) - 25 + i);
  const all = habits.length;
  const count = (day) => habits.filter(({ days }) => days.includes(day)).length;
  const squares = weeks.flatMap((each, x) => daysOf(each).filter((day) => day <= today()).map((day, y) => {
    const done = count(day);
    const title = shape("title", {}, {{text "dayAndCount" "day" "written(day, { dateStyle: \"medium\" })" "done" "done" "all" "all"}});
    return shape("rect", { x: x * 14, y: y * 14 + 12, width: 11, height: 11, rx: 2.5, class: `part-${Math.ceil((done / all) * 4)}` }, title);
  }));
  const months = weeks.flatMap((each, x) => {
    const first = daysOf(each).find((day) => written(day, { day: "numeric" }).replace(/\D/g, "") === "1");
    return first && x < 25 ? [shape("text", { x: x * 14, y: 8 }, written(first, { month: "short" }))] : [];
  });
  const times = habits.flatMap(({ days }) => days).filter((day) => day > today() - 28).length;
  find("chart").setAttribute("viewBox", `0 0 ${26 * 14} ${7 * 14 + 12}`);
  find("chart").replaceChildren(...months, ...squares);
  find("times").textContent = {{plural "times" "times"}};
  find("chart-card").hidden = all === 0;
}
{{end}}

function turn(to) {
  week = to;
  showWeek();
}

find("previous").addEventListener("click", () => turn(week - 1));
find("next").addEventListener("click", () => turn(week + 1));
find("this-week").addEventListener("click", () => turn(weekOf(today())));

// Adding, changing, deleting

/** Returns what is wrong with a name, or nothing. */
const mistake = (name, habit) => {
  if (!name) return {{text "missing"}};
  return habits.some((other) => other !== habit && other.name.toLowerCase() === name.toLowerCase()) ? {{text "twice"}} : "";
};

/** Reads a name; without a good one it says why, and returns nothing. */
function readName(field, error, habit) {
  const name = field.value.trim();
  const message = mistake(name, habit);
  error.textContent = message;
  field.setAttribute("aria-invalid", message !== "");
  if (message) field.focus();
  else return name;
}

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = readName(find("name"), find("error"));
  if (!name) return;
  keep([...habits, { name, goal: Number(find("goal").value), days: [] }]);
  find("form").reset();
  find("name").focus();
});

function edit(habit) {
  edited = habit;
  find("edit-name").value = habit.name;
  find("edit-goal").value = habit.goal;
  find("edit-error").textContent = "";
  find("edit-name").removeAttribute("aria-invalid");
  find("dialog").showModal();
}

find("edit").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = readName(find("edit-name"), find("edit-error"), edited);
  if (!name) return;
  find("dialog").close();
  replace(edited, { ...edited, name, goal: Number(find("edit-goal").value) });
});

find("cancel").addEventListener("click", () => find("dialog").close());

function remove(habit) {
  const before = habits;
  keep(habits.filter((other) => other !== habit));
  find("name").focus();
  toast({{text "deleted"}}, () => keep(before));
}
{{if has "export" "import"}}

const columns = { name: {{text "habitName"}}, goal: {{text "goal"}}, days: {{text "ticked"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => habits.map(({ name, goal, days }) => ({ name, goal, days: days.toSorted().map((day) => new Date(day * DAY).toISOString().slice(0, 10)).join(" ") })));
{{end}}
{{if has "import"}}
offerImport(columns,
  (row) => {
    const goal = Number(row.goal || 7);
    const days = row.days.split(/[\s,]+/).filter(Boolean).map((day) => (/^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) / DAY : NaN));
    if (!row.name) return {{text "missing"}};
    if (![1, 2, 3, 4, 5, 6, 7].includes(goal)) return {{text "badGoal"}};
    if (days.some(Number.isNaN)) return {{text "badDays"}};
    return { name: row.name, goal, days: [...new Set(days)] };
  },
  (added) => {
    const before = habits;
    keep([...habits, ...added]);
    return () => keep(before);
  });
{{end}}

// To begin with

find("suggestions").append(...suggestions.map(({ name }) => {
  const made = element("button", { type: "button" }, name);
  made.addEventListener("click", () => keep([{ name, goal: 7, days: [] }]));
  return made;
}));

find("sample").addEventListener("click", () => {
  const goals = [7, 7, 3, 5];
  const gaps = [11, 5, 2, 3]; // one day in so many was missed
  const before = Array.from({ length: 150 }, (_, i) => today() - i);
  keep(goals.map((goal, i) => ({ name: suggestions[i].name, goal, days: before.filter((day) => (day + i) % gaps[i] > 0 && day !== today() - i) })));
  toast({{text "sampleShown"}}, () => keep([]));
});

for (const id of ["goal", "edit-goal"]) {
  find(id).append(...[7, 6, 5, 4, 3, 2, 1].map((days) => new Option(days === 7 ? {{text "everyDay"}} : {{plural "daysAWeek" "days"}}, days)));
}

document.addEventListener("visibilitychange", show); // another day may have begun
show();
