const language = document.documentElement.lang;
const name = document.title;
const ring = document.querySelector("#ring");
const time = document.querySelector("#time");
const startButton = document.querySelector("#start");
const resetButton = document.querySelector("#reset");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "shortcuts"}}
{{template "toast"}}
{{template "history"}}
{{template "duration"}}
{{if has "copy" "export"}}
{{template "copy"}}
{{end}}
{{if has "laps"}}
{{template "export"}}
{{end}}
// The watch. While it runs, "since" is when it would have started without a stop; else
// "elapsed" is what it shows. All are in milliseconds. It goes on while the page is closed.
const zero = { running: false, since: 0, elapsed: 0{{if has "laps"}}, laps: []{{end}} };
let watch = { ...zero, ...load("stopwatch", {}) };

const elapsed = () => (watch.running ? Math.max(Date.now() - watch.since, 0) : watch.elapsed);

function change(changed) {
  watch = { ...watch, ...changed };
  save("stopwatch", watch);
  show();
}

function toggle() {
  if (watch.running) change({ running: false, elapsed: elapsed() });
  else change({ running: true, since: Date.now() - watch.elapsed });
}

function reset() {
  if (elapsed() === 0) return;
  const before = { ...watch, running: false, elapsed: elapsed() };
  {{if has "history"}}
  const forget = remember({ elapsed: before.elapsed, at: Date.now() });
  {{end}}
  change(zero);
  toast({{text "wasReset"}}, () => {
    {{if has "history"}}
    forget();
    {{end}}
    change(before);
  });
}

// Showing

const point = new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === "decimal").value;

/** Writes a time with hundredths: 01:23.45. */
const exact = (ms) => `${duration(Math.floor(ms / 1000))}${point}${String(Math.floor(ms / 10) % 100).padStart(2, "0")}`;

function showTime() {
  const ms = elapsed();
  const text = exact(ms);
  time.textContent = text;
  time.style.setProperty("--length", text.length);
  ring.style.setProperty("--left", (ms % 60_000) / 60_000); // a turn takes a minute
  {{if has "laps"}}
  const [begun = 0] = watch.laps;
  current.textContent = watch.laps.length > 0 ? {{text "current" "n" "watch.laps.length + 1" "time" "exact(ms - begun)"}} : "";
  {{end}}
}

/** Shows the time with each picture that the screen draws, as long as it runs. */
function run() {
  showTime();
  if (watch.running) requestAnimationFrame(run);
}

let running = false;

function show() {
  startButton.textContent = watch.running ? {{text "stop"}} : {{text "start"}};
  resetButton.disabled = !watch.running && watch.elapsed === 0;
  document.title = watch.running || watch.elapsed === 0 ? name : `${exact(watch.elapsed)} – ${name}`;
  {{if has "laps"}}
  lapButton.disabled = !watch.running;
  showLaps();
  {{end}}
  if (watch.running && !running) requestAnimationFrame(run);
  running = watch.running;
  showTime();
}
{{if has "laps"}}

// Laps: what the watch showed at the end of each, the newest first

const lapButton = document.querySelector("#lap");
const current = document.querySelector("#current");
const lapTable = document.querySelector("#lap-table");
const lapList = document.querySelector("#laps");

function lap() {
  if (watch.running) change({ laps: [elapsed(), ...watch.laps] });
}

/** How long each lap took, the newest first. */
const lapTimes = () => watch.laps.map((end, i) => end - (watch.laps[i + 1] ?? 0));

function showLaps() {
  const times = lapTimes();
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
  lapList.replaceChildren(
    ...times.map((took, i) => {
      const number = element("th", { scope: "row" }, String(times.length - i));
      if (times.length > 1 && fastest < slowest) {
        if (took === fastest) number.append(" ", element("span", { className: "chip fastest" }, {{text "fastest"}}));
        if (took === slowest) number.append(" ", element("span", { className: "chip" }, {{text "slowest"}}));
      }
      const cell = element("td", { className: "number" }, exact(took));
      {{if has "charts"}}
      const bar = element("span", { className: "bar" });
      bar.style.width = `${(took / slowest) * 100}%`;
      cell.append(bar);
      {{end}}
      return element("tr", {}, number, cell, element("td", { className: "number" }, exact(watch.laps[i])));
    }),
  );
  lapTable.hidden = times.length === 0;
  document.querySelector("#no-laps").hidden = times.length > 0;
}

lapButton.addEventListener("click", lap);
{{if has "export"}}

offerExport({ lap: {{text "lap"}}, time: {{text "lapTime"}}, total: {{text "total"}} },
  () => lapTimes().map((took, i) => ({ lap: watch.laps.length - i, time: exact(took), total: exact(watch.laps[i]) })).reverse());
{{end}}
{{end}}
{{if has "copy"}}

document.querySelector("#copy").addEventListener("click", () => {
  {{if has "laps"}}
  const lines = lapTimes().map((took, i) => [watch.laps.length - i, exact(took), exact(watch.laps[i])].join("\t"));
  copy([exact(elapsed()), ...lines.reverse()].join("\n"));
  {{else}}
  copy(exact(elapsed()));
  {{end}}
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const remember = openHistory("stopwatch-history",
  (run) => element("li", {}, element("span", {}, exact(run.elapsed)), " ", element("small", {}, date.format(run.at))));
{{end}}

startButton.addEventListener("click", toggle);
resetButton.addEventListener("click", reset);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (key === "r") reset();
  {{if has "laps"}}
  if (key === "l") lap();
  {{end}}
  if (key === " " && !event.target.closest("button")) {
    event.preventDefault();
    toggle();
  }
});

show();
