const language = document.documentElement.lang;

{{template "element"}}
{{template "icon-button"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{if has "animations"}}
{{template "confetti"}}
{{end}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "export"}}
{{template "import"}}
const find = (id) => document.getElementById(id);

// Events on the same day of each year have the day alone; others, such as a wedding, have none yet.
const known = {{items}};

/** The day that is so many days from now: 2026-03-14. */
function dayFromNow(count) {
  const now = new Date();
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + count);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

const begin = ({ name, day }) =>
  day ? { name, date: `${new Date().getFullYear()}-${day}`, time: "", yearly: true } : { name, date: dayFromNow({{number "days" 100}}), time: "", yearly: false, sample: true };

let events = load("events", null) ?? {{if and (number "days" 0) (not named)}}[{ name: {{name}}, date: dayFromNow({{number "days" 0}}), time: "", yearly: false }]{{else}}known.slice(0, {{if named}}{{named}}{{else}}1{{end}}).map(begin){{end}};
let shown; // the event that is counted down to
let edited; // the event in the form

// When

const endOf = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1);

/** The moment of an event: the next one, if it is every year. It lasts until the end of its day. */
function momentOf({ date, time, yearly }) {
  const moment = new Date(`${date}T${time || "00:00"}`);
  while (yearly && endOf(moment) <= new Date()) moment.setFullYear(moment.getFullYear() + 1);
  return moment;
}

/** The time until a moment, or since then: whole days of the calendar, and the rest of one. */
function span(one, other) {
  const [from, to] = [one, other].sort((a, b) => a - b);
  let days = Math.round((to - from) / 86_400_000);
  const after = (count) => new Date(from.getFullYear(), from.getMonth(), from.getDate() + count, from.getHours(), from.getMinutes(), from.getSeconds(), from.getMilliseconds());
  if (after(days) > to) days--;
  const seconds = Math.floor((to - after(days)) / 1000);
  return { days, hours: Math.floor(seconds / 3600), minutes: Math.floor(seconds / 60) % 60, seconds: seconds % 60 };
}

/** In how many days the day of an event is. */
function daysUntil(event) {
  const dayOf = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
  return dayOf(momentOf(event)) - dayOf(new Date());
}

const inDays = (event) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(daysUntil(event), "day");
const isOver = (event) => endOf(momentOf(event)) <= new Date();

function written(event, dateStyle) {
  const time = event.time ? { timeStyle: "short" } : {};
  return new Intl.DateTimeFormat(language, { dateStyle, ...time }).format(momentOf(event));
}

// What is shown

const words = {
  days: (n) => {{plural "days" "n"}},
  hours: (n) => {{plural "hours" "n"}},
  minutes: (n) => {{plural "minutes" "n"}},
  seconds: (n) => {{plural "seconds" "n"}},
};

/** Shows the time that is left now. */
function tick() {
  if (!shown) return;
  const moment = momentOf(shown);
  const now = new Date();
  const isToday = moment <= now && now < endOf(moment);
  {{if has "animations" "sound"}}
  if (isToday && find("today").textContent === "" && !find("left").hidden) celebrate();
  {{end}}
  find("left").hidden = isToday;
  find("today").textContent = isToday ? {{text "now"}} : isOver(shown) ? inDays(shown) : "";
  const left = span(now, moment);
  for (const [unit, n] of Object.entries(left)) {
    find(unit).textContent = unit === "days" ? n : String(n).padStart(2, "0");
    find(unit).nextElementSibling.textContent = words[unit](n);
  }
  find("weeks").textContent = !isToday && left.days >= 14 ? inWeeks(left.days) : "";
}

function inWeeks(days) {
  const weeks = Math.floor(days / 7);
  const rest = days % 7;
  const parts = [{{plural "weeks" "weeks"}}];
  if (rest > 0) parts.push({{plural "restDays" "rest"}});
  return new Intl.ListFormat(language).format(parts);
}
{{if has "animations" "sound"}}

function celebrate() {
  {{if has "sound"}}
  chime();
  {{end}}
  {{if has "animations"}}
  throwConfetti();
  {{end}}
}
{{end}}

/** Shows an event, or else the next one. */
function show(event) {
  const sorted = events.toSorted((a, b) => isOver(a) - isOver(b) || momentOf(a) - momentOf(b));
  shown = event && events.includes(event) ? event : sorted[0];
  find("hero").hidden = !shown;
  find("all").hidden = !shown;
  find("nothing").hidden = Boolean(shown);
  find("events").replaceChildren(...sorted.map(row));
  if (!shown) return;
  find("name").textContent = shown.name;
  find("when").textContent = written(shown, "full");
  find("sample").hidden = !shown.sample;
  find("left").hidden = true; // it celebrates what comes to an end while it is looked at
  tick();
}

function row(event) {
  const { name } = event;
  const open = element("button", { type: "button", className: "quiet open" }, element("strong", {}, name), element("small", {}, written(event, "medium")), element("span", {}, inDays(event)));
  open.setAttribute("aria-pressed", event === shown);
  open.addEventListener("click", () => show(event));
  return element("li", {}, open,
    iconButton({{text "editItem" "item" "name"}}, {{template "edit-icon"}}, () => edit(event)),
    iconButton({{text "deleteItem" "item" "name"}}, {{template "delete-icon"}}, () => remove(event)));
}

function keep(list, event) {
  events = list;
  save("events", events);
  show(event);
}

function remove(event) {
  const before = [events, shown];
  if (edited === event) edit();
  keep(events.filter((other) => other !== event), shown);
  toast({{text "deleted"}}, () => keep(...before));
}

// The form

/** Puts an event into the form, or nothing. */
function edit(event) {
  edited = event;
  const { name = "", date = "", time = "", yearly = false } = event ?? {};
  find("event").value = name;
  find("date").value = date;
  find("time").value = time;
  find("yearly").checked = yearly;
  find("form-title").textContent = event ? {{text "editEvent"}} : {{text "newEvent"}};
  find("submit").textContent = event ? {{text "save"}} : {{text "add"}};
  find("cancel").hidden = !event;
  complain();
  if (event) find("event").focus();
}

/** Says what is wrong with a field; without a message all is well. */
function complain(id, message = "") {
  for (const each of ["event", "date"]) find(each).setAttribute("aria-invalid", each === id);
  find("error").textContent = message;
  if (id) find(id).focus();
}

find("form").addEventListener("submit", (submit) => {
  submit.preventDefault();
  const event = { name: find("event").value.trim(), date: find("date").value, time: find("time").value, yearly: find("yearly").checked };
  if (!event.name) return complain("event", {{text "noName"}});
  if (!event.date) return complain("date", {{text "noDate"}});
  const others = events.filter((other) => other !== edited);
  edit();
  keep([...others, event], event);
});

find("cancel").addEventListener("click", () => edit());
find("set-date").addEventListener("click", () => {
  edit(shown);
  find("date").focus();
});
{{if has "share"}}

offerShare(() => `${shown.name}: ${inDays(shown)} (${written(shown, "long")})`);
{{end}}
{{if has "export" "import"}}

const columns = { name: {{text "event"}}, date: {{text "date"}}, time: {{text "time"}}, yearly: {{text "yearly"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => events);
{{end}}
{{if has "import"}}
offerImport(columns,
  ({ name, date, time, yearly }) => {
    if (!name) return {{text "noName"}};
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date))) return {{text "noDate"}};
    return { name, date, time: /^\d\d:\d\d$/.test(time) ? time : "", yearly: yearly === "true" };
  },
  (added) => {
    const before = [events, shown];
    keep([...events, ...added], shown);
    return () => keep(...before);
  });
{{end}}

{{if has "sound"}}
document.addEventListener("click", prepareSound, { once: true });
{{end}}
show();
setInterval(tick, 1000);
