const language = document.documentElement.lang;
const name = document.title;
const form = document.querySelector("#timer");
const ring = document.querySelector("#ring");
const time = document.querySelector("#time");
const message = document.querySelector("#message");
const error = document.querySelector("#error");
const startButton = document.querySelector("#start");
const resetButton = document.querySelector("#reset");
const settings = document.querySelector("#settings");
const fields = ["hours", "minutes", "seconds"].map((id) => document.querySelector(`#${id}`));

{{if has "presets" "history"}}
{{template "element"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{template "shortcuts"}}
{{template "duration"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{if has "history"}}
{{template "toast"}}
{{template "history"}}
{{end}}
// The timer. While it runs, "end" tells when it is over; otherwise "left" tells how much
// is left. Both are in milliseconds. It goes on while the page is closed.
let timer = load("timer", { state: "ready", total: {{number "seconds" 300}}_000, left: {{number "seconds" 300}}_000, end: 0 });

const most = 99 * 3_600_000;
const remaining = () => (timer.state === "running" ? Math.max(timer.end - Date.now(), 0) : timer.left);

function change(changed) {
  timer = { ...timer, ...changed };
  save("timer", timer);
  show();
}

function start() {
  if (!readFields()) return;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  change({ state: "running", end: Date.now() + timer.left });
}

function pause() {
  change({ state: "paused", left: remaining() });
}

function reset() {
  {{if has "sound"}}
  stopAlarm();
  {{end}}
  change({ state: "ready", left: timer.total });
  fillFields();
}

function addMinute() {
  if (timer.state === "ready" && !readFields(true)) return;
  const left = Math.min(remaining() + 60_000, most);
  if (timer.state === "ready") change({ total: left, left });
  else if (timer.state === "paused") change({ left, total: Math.max(timer.total, left) });
  else change({ state: "running", end: Date.now() + left, total: Math.max(timer.total, left) });
  {{if has "sound"}}
  stopAlarm();
  {{end}}
  fillFields();
}

function finish() {
  {{if has "history"}}
  remember({ total: timer.total, end: timer.end });
  {{end}}
  change({ state: "over", left: 0 });
  {{if has "sound"}}
  ringAlarm();
  {{end}}
}

const actions = { ready: start, running: pause, paused: start, over: reset };
const labels = { ready: {{text "start"}}, running: {{text "pause"}}, paused: {{text "start"}}, over: {{text "done"}} };
const clock = (moment) => new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(moment);
const messages = {
  ready: () => "",
  running: () => {{text "endsAt" "time" "clock(timer.end)"}},
  paused: () => {{text "paused"}},
  over: () => {{text "over"}},
};

/** Shows a text, unless it is there already: a screen reader would say it again. */
function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  const left = remaining();
  const text = duration(Math.ceil(left / 1000));
  put(time, text);
  time.style.setProperty("--length", text.length);
  ring.style.setProperty("--left", timer.state === "over" ? 1 : left / timer.total);
  put(message, messages[timer.state]());
  put(startButton, labels[timer.state]);
  form.dataset.state = timer.state;
  resetButton.disabled = timer.state === "ready";
  settings.hidden = timer.state !== "ready";
  document.title = timer.state === "ready" ? name : `${timer.state === "over" ? messages.over() : text} – ${name}`;
  {{if has "presets"}}
  for (const button of presets.children) button.setAttribute("aria-pressed", Number(button.dataset.seconds) * 1000 === timer.total);
  {{end}}
}

setInterval(() => {
  if (timer.state !== "running") return;
  if (remaining() === 0) finish();
  else show();
}, 200);

// Setting the time

function fillFields() {
  const seconds = Math.round(timer.total / 1000);
  const values = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  fields.forEach((field, i) => (field.value = values[i]));
  error.textContent = "";
}

/** Takes over what the fields say, and reports whether that can be used. */
function readFields(evenNothing = false) {
  if (timer.state !== "ready") return true;
  const numbers = fields.map((field) => (field.validity.badInput ? NaN : Number(field.value)));
  const total = (numbers[0] * 3600 + numbers[1] * 60 + numbers[2]) * 1000;
  let wrong = "";
  if (numbers.some((number) => !Number.isInteger(number) || number < 0)) wrong = {{text "wrong"}};
  else if (total > most) wrong = {{text "tooLong"}};
  else if (total === 0 && !evenNothing) wrong = {{text "nothing"}};
  error.textContent = wrong;
  if (!wrong) change({ total, left: total });
  return !wrong;
}

settings.addEventListener("input", () => readFields(true));
settings.addEventListener("change", () => readFields(true) && fillFields()); // 90 minutes become 1 hour and 30 minutes
form.addEventListener("submit", (event) => {
  event.preventDefault();
  actions[timer.state]();
});
resetButton.addEventListener("click", reset);
document.querySelector("#more").addEventListener("click", addMinute);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape") {
    reset();
  } else if (event.key === " " && !event.target.closest("button, input")) {
    event.preventDefault();
    actions[timer.state]();
  }
});
{{if has "presets"}}

// Presets

const presets = document.querySelector("#presets");
const minutes = new Intl.NumberFormat(language, { style: "unit", unit: "minute" });

for (const { name, seconds } of {{items}}) {
  const content = name ? [name, " ", element("small", {}, duration(seconds))] : [minutes.format(seconds / 60)];
  const button = element("button", { type: "button" }, ...content);
  button.dataset.seconds = seconds;
  button.addEventListener("click", () => {
    change({ total: seconds * 1000, left: seconds * 1000 });
    fillFields();
  });
  presets.append(button);
}
{{end}}
{{if has "sound"}}

// The alarm rings until somebody does something, but not for ever.

let alarm;

function ringAlarm() {
  let rings = 0;
  clearInterval(alarm);
  chime();
  alarm = setInterval(() => {
    chime();
    if (++rings === 30) stopAlarm();
  }, 1500);
}

function stopAlarm() {
  clearInterval(alarm);
}
{{end}}
{{if has "history"}}

// History

const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const remember = openHistory("timer-history",
  ({ total, end }) => element("li", {}, element("span", {}, duration(Math.round(total / 1000))), " ", element("small", {}, date.format(end))));
{{end}}

fillFields();
show();
