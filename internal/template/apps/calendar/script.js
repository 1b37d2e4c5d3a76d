const language = document.documentElement.lang;
const firstDay = ["en", "pt"].includes(language) ? 0 : 1; // of a week: Sunday or Monday

const days = document.querySelector("#days");
const dialog = document.querySelector("#dialog");
const remove = document.querySelector("#delete");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "shortcuts"}}
{{template "toast"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "print"}}
{{if has "import"}}
{{template "day"}}
{{end}}
// Days are written as 2026-03-14, in the time zone of the device.

const written = (date) => [date.getFullYear(), String(date.getMonth() + 1).padStart(2, "0"), String(date.getDate()).padStart(2, "0")].join("-");
const read = (day) => new Date(`${day}T00:00`);
const today = () => written(new Date());
const format = (day, options) => new Intl.DateTimeFormat(language, options).format(read(day));

/** The day that is so many days after another. */
function after(day, count) {
  const date = read(day);
  date.setDate(date.getDate() + count);
  return written(date);
}

/** The same day of another month, or its last day if it is shorter. */
function afterMonths(day, count) {
  const date = read(day);
  const last = new Date(date.getFullYear(), date.getMonth() + count + 1, 0);
  return written(new Date(last.getFullYear(), last.getMonth(), Math.min(date.getDate(), last.getDate())));
}

let events = load("calendar", [
  { title: {{text "coffee"}}, date: after(today(), 1), time: "15:00" },
  { title: {{text "dentist"}}, date: after(today(), 4), time: "09:30"{{if has "categories"}}, category: "health"{{end}} },
  { title: {{text "cinema"}}, date: after(today(), 6), time: "20:15"{{if has "categories"}}, category: "friends"{{end}} },
]); // { title, date, time, repeat, notes{{if has "categories"}}, category{{end}} }
let selected = today();

function happens({ date, repeat }, day) {
  if (day <= date || !repeat) return day === date;
  if (repeat === "daily") return true;
  if (repeat === "weekly") return read(day).getDay() === read(date).getDay();
  if (repeat === "monthly") return day.slice(8) === date.slice(8);
  return day.slice(5) === date.slice(5);
}

/** The events of a day; those without a time come first. */
const eventsOn = (day) => events.filter((event) => happens(event, day)).sort((a, b) => (a.time ?? "").localeCompare(b.time ?? ""));

const timeOf = ({ time }) => (time ? new Date(`2000-01-01T${time}`).toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" }) : {{text "allDay"}});

function changed() {
  save("calendar", events);
  showMonth();
  showDay();
}

// The month

function showMonth() {
  const first = `${selected.slice(0, 7)}-01`;
  document.querySelector("#month").textContent = format(first, { month: "long", year: "numeric" });
  const start = after(first, -((read(first).getDay() - firstDay + 7) % 7));
  const rows = [];
  for (let week = start; week < afterMonths(first, 1); week = after(week, 7)) {
    rows.push(element("tr", {}, ...Array.from({ length: 7 }, (_, i) => element("td", {}, dayButton(after(week, i))))));
  }
  days.replaceChildren(...rows);
}

function dayButton(day) {
  const found = eventsOn(day);
  const titles = found.map(({ title }) => title).join(", ");
  const button = element(
    "button",
    { type: "button", className: "day on-paper", tabIndex: day === selected ? 0 : -1, ariaLabel: `${format(day, { dateStyle: "full" })}${titles && `: ${titles}`}` },
    element("span", { className: "number" }, String(read(day).getDate())),
    ...found.slice(0, found.length > 3 ? 2 : 3).map((event) => element("span", { className: {{if has "categories"}}`event ${event.category ?? ""}`{{else}}"event"{{end}} }, event.title)),
  );
  if (found.length > 3) button.append(element("span", { className: "more" }, {{text "more" "n" "found.length - 2"}}));
  button.dataset.day = day;
  button.classList.toggle("other", day.slice(0, 7) !== selected.slice(0, 7));
  if (day === today()) button.setAttribute("aria-current", "date");
  if (day === selected) button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => select(day, true));
  button.addEventListener("dblclick", () => open(null));
  return button;
}

function select(day, focus) {
  selected = day;
  {{if has "search"}}
  search.value = "";
  {{end}}
  showMonth();
  showDay();
  if (focus) days.querySelector(`[data-day="${day}"]`).focus();
}

days.addEventListener("keydown", (event) => {
  const weekday = (read(selected).getDay() - firstDay + 7) % 7;
  const target = {
    ArrowLeft: () => after(selected, -1),
    ArrowRight: () => after(selected, 1),
    ArrowUp: () => after(selected, -7),
    ArrowDown: () => after(selected, 7),
    Home: () => after(selected, -weekday),
    End: () => after(selected, 6 - weekday),
    PageUp: () => afterMonths(selected, -1),
    PageDown: () => afterMonths(selected, 1),
  }[event.key];
  if (!target) return;
  event.preventDefault();
  select(target(), true);
});

document.querySelector("#previous").addEventListener("click", () => select(afterMonths(selected, -1)));
document.querySelector("#next").addEventListener("click", () => select(afterMonths(selected, 1)));
document.querySelector("#today").addEventListener("click", () => select(today()));

// The day

function showDay() {
  const found = eventsOn(selected);
  document.querySelector("#day").textContent = format(selected, { weekday: "long", day: "numeric", month: "long" });
  document.querySelector("#events").replaceChildren(...found.map((event) => entry(event, timeOf(event))));
  const empty = document.querySelector("#empty");
  empty.hidden = found.length > 0;
  {{if has "search"}}
  empty.textContent = {{text "noEvents"}};
  {{end}}
}

function entry(event, when) {
  const text = element("button", { type: "button", className: "entry on-paper" }, element("small", {}, when), element("span", {}, event.title));
  text.addEventListener("click", () => open(event));
  if (event.notes) text.append(element("small", {}, event.notes));
  const bin = element("button", { type: "button", className: "quiet", ariaLabel: {{text "deleteEvent" "title" "event.title"}} }, {{text "delete"}});
  bin.addEventListener("click", () => drop(event));
  {{if has "categories"}}
  return element("li", { className: event.category ?? "" }, text, bin);
  {{else}}
  return element("li", {}, text, bin);
  {{end}}
}

function drop(event) {
  events = events.filter((other) => other !== event);
  changed();
  document.querySelector("#add").focus();
  toast({{text "deleted"}}, () => {
    events.push(event);
    changed();
  });
}
{{if has "search"}}

search.addEventListener("input", () => {
  if (!search.value.trim()) return showDay();
  const found = events.filter(({ title, notes }) => fitsSearch(`${title}\n${notes ?? ""}`)).sort((a, b) => a.date.localeCompare(b.date));
  document.querySelector("#day").textContent = {{text "search"}};
  document.querySelector("#events").replaceChildren(...found.map((event) => entry(event, format(event.date, { dateStyle: "medium" }))));
  const empty = document.querySelector("#empty");
  empty.hidden = found.length > 0;
  empty.textContent = {{text "noMatch"}};
});
{{end}}

// The dialog

const fields = Object.fromEntries(["title", "date", "time", "repeat", "notes"{{if has "categories"}}, "category"{{end}}].map((name) => [name, document.getElementById(name)]));
let edited = null; // the event that the dialog is about; null: a new one

function open(event) {
  edited = event;
  for (const [name, field] of Object.entries(fields)) field.value = event?.[name] ?? "";
  if (!event) fields.date.value = selected;
  remove.hidden = !event;
  document.querySelector("#heading").textContent = event ? {{text "editEvent"}} : {{text "addEvent"}};
  dialog.showModal();
  fields.title.focus();
}

document.querySelector("#add").addEventListener("click", () => open(null));
document.querySelector("#cancel").addEventListener("click", () => dialog.close());

remove.addEventListener("click", () => {
  dialog.close();
  drop(edited);
});

document.querySelector("#form").addEventListener("submit", (submit) => {
  submit.preventDefault();
  const event = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value.trim()]));
  if (!event.title || !event.date) return;
  if (edited) Object.assign(edited, event);
  else events.push(event);
  dialog.close();
  save("calendar", events);
  select(event.date);
});

{{if has "export" "import"}}
// Export and import

/** The names of what can be chosen in a field, by their values. */
const namesIn = (field) => Object.fromEntries([...field.options].filter(({ value }) => value).map(({ value, text }) => [value, text]));

const columns = { title: {{text "title"}}, date: {{text "date"}}, time: {{text "time"}}, repeat: {{text "repeat"}}, notes: {{text "notes"}}{{if has "categories"}}, category: {{text "category"}}{{end}} };
const repeats = namesIn(fields.repeat);
{{if has "categories"}}
const categories = namesIn(fields.category);
{{end}}

{{end}}
{{if has "export"}}
offerExport(columns, () => events.toSorted((a, b) => a.date.localeCompare(b.date)).map((event) => ({ ...event, repeat: repeats[event.repeat]{{if has "categories"}}, category: categories[event.category]{{end}} })));

{{end}}
{{if has "import"}}
const fromRow = (row) => {
  if (!row.title) return {{text "somethingMissing"}};
  if (!isDay(row.date)) return {{text "badDay" "value" "row.date"}};
  const time = row.time.match(/^([01]?\d|2[0-3]):[0-5]\d/)?.[0].padStart(5, "0") ?? "";
  return { ...row, time, repeat: keyOf(repeats, row.repeat) ?? ""{{if has "categories"}}, category: keyOf(categories, row.category) ?? ""{{end}} };
};

offerImport(columns, fromRow, (added) => {
  const before = events;
  events = [...events, ...added];
  changed();
  return () => {
    events = before;
    changed();
  };
});

{{end}}
for (let i = 0; i < 7; i++) {
  const day = after("2024-01-07", firstDay + i); // a Sunday, and what follows
  const name = element("abbr", { title: format(day, { weekday: "long" }) }, format(day, { weekday: "short" }));
  document.querySelector("#weekdays").append(element("th", { scope: "col" }, name));
}

showMonth();
showDay();
