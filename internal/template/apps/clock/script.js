const language = document.documentElement.lang;
const timeText = document.querySelector("#time");
const dateText = document.querySelector("#date");
const format = document.querySelector("#format");
const cityField = document.querySelector("#city");
const cityList = document.querySelector("#cities");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
// The time here

const usual = new Intl.DateTimeFormat(language, { hour: "numeric" }).resolvedOptions().hour12 ? "h12" : "h23";
let hourCycle = load("clock-format", usual);

const written = (moment, options) => new Intl.DateTimeFormat(language, { hour: hourCycle === "h12" ? "numeric" : "2-digit", minute: "2-digit", hourCycle, ...options }).format(moment);

const hands = ["hour", "minute", "second"].map((id) => document.querySelector(`#${id}-hand`));
let turns = null; // in degrees, as the hands stand

/** Turns the hands on, and never back: after 59 seconds come 60, not 0. */
function turnHands(now) {
  const seconds = now.getSeconds();
  const minutes = now.getMinutes() + seconds / 60;
  const hours = (now.getHours() % 12) + minutes / 60;
  const angles = [hours * 30, minutes * 6, seconds * 6];
  turns = angles.map((angle, i) => (turns ? turns[i] + ((((angle - turns[i]) % 360) + 360) % 360) : angle));
  hands.forEach((hand, i) => (hand.style.transform = `rotate(${turns[i]}deg)`));
}

function showTime(now) {
  timeText.textContent = written(now, { second: "2-digit" });
  timeText.dateTime = now.toISOString();
  timeText.style.setProperty("--length", timeText.textContent.length);
  dateText.textContent = new Intl.DateTimeFormat(language, { dateStyle: "full" }).format(now);
  turnHands(now);
}

function showFormat() {
  for (const button of format.children) button.setAttribute("aria-pressed", button.dataset.cycle === hourCycle);
}

format.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  hourCycle = button.dataset.cycle;
  save("clock-format", hourCycle);
  showFormat();
  showAll();
});

// The world

const places = {{items}};

let zones = load("clock-zones", {{if named}}places.slice(0, {{named}}).map(({ zone }) => zone){{else}}["Europe/London", "America/New_York", "Asia/Tokyo"]{{end}});

/** What a clock shows in a time zone, or here, as milliseconds of a day that has no zone. */
function wall(moment, timeZone) {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" }).formatToParts(moment);
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** Says how far a time zone is from here: "5 h behind, yesterday". */
function distance(now, timeZone) {
  const [here, there] = [wall(now), wall(now, timeZone)];
  const hours = (there - here) / 3_600_000;
  const number = new Intl.NumberFormat(language).format(Math.abs(hours));
  const difference = hours === 0 ? {{text "same"}} : hours > 0 ? {{text "ahead" "n" "number"}} : {{text "behind" "n" "number"}};
  const days = Math.floor(there / 86_400_000) - Math.floor(here / 86_400_000);
  return days === 0 ? difference : `${difference}, ${new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day")}`;
}

/** A day from 6 to 18 o'clock, else a night. */
const isDay = (now, timeZone) => {
  const hour = new Date(wall(now, timeZone)).getUTCHours();
  return hour >= 6 && hour < 18;
};

let shownMinute; // of the cities

function showCities(now) {
  shownMinute = Math.floor(now / 60_000);
  for (const item of cityList.children) {
    const { zone } = item.dataset;
    item.querySelector("small").textContent = distance(now, zone);
    item.querySelector("time").textContent = written(now, { timeZone: zone });
    item.classList.toggle("day", isDay(now, zone));
  }
}

function keepZones(list) {
  zones = list;
  save("clock-zones", zones);
  const known = places.filter(({ zone }) => zones.includes(zone)).sort((a, b) => zones.indexOf(a.zone) - zones.indexOf(b.zone));
  cityList.replaceChildren(
    ...known.map(({ city, zone }) => {
      const remove = element("button", { type: "button", className: "icon", ariaLabel: {{text "remove" "what" "city"}} }, "✕");
      remove.addEventListener("click", () => {
        const before = zones;
        keepZones(zones.filter((other) => other !== zone));
        toast({{text "removed"}}, () => keepZones(before));
      });
      const item = element("li", {}, element("span", { className: "place" }, element("b", {}, city), " ", element("small")), " ", element("time"), remove);
      item.dataset.zone = zone;
      return item;
    }),
  );
  document.querySelector("#no-cities").hidden = known.length > 0;
  showCities(new Date());
}

cityField.append(...places.map(({ city, zone }) => element("option", { value: zone }, city)));
cityField.value = places.find(({ zone }) => !zones.includes(zone)).zone;
document.querySelector("#city-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { city, zone } = places.find((place) => place.zone === cityField.value);
  if (zones.includes(zone)) toast({{text "there" "city" "city"}});
  else keepZones([...zones, zone]);
});
{{if has "sound"}}

// Alarms

const alarmForm = document.querySelector("#alarm-form");
const alarmTime = document.querySelector("#alarm-time");
const alarmLabel = document.querySelector("#label");
const alarmError = document.querySelector("#alarm-error");
const alarmList = document.querySelector("#alarms");
const ringing = document.querySelector("#ringing");
const minute = 60_000;

let alarms = load("clock-alarms", []); // { time: "07:30", label, on }
let checked = Date.now(); // until when it is known which alarms had to ring
let snoozed = null; // { at, alarm }
let rings = null; // the alarm that rings, and until when

function keepAlarms(list) {
  alarms = list.toSorted((a, b) => a.time.localeCompare(b.time));
  save("clock-alarms", alarms);
  alarmList.replaceChildren(
    ...alarms.map((alarm) => {
      const when = written(new Date(`2000-01-01T${alarm.time}`));
      const name = alarm.label ? `${when} ${alarm.label}` : when;
      const box = element("input", { type: "checkbox", role: "switch", checked: alarm.on, ariaLabel: name });
      box.addEventListener("change", () => {
        prepareSound();
        alarm.on = box.checked;
        save("clock-alarms", alarms);
      });
      const remove = element("button", { type: "button", className: "icon", ariaLabel: {{text "remove" "what" "name"}} }, "✕");
      remove.addEventListener("click", () => {
        const before = alarms;
        keepAlarms(alarms.filter((other) => other !== alarm));
        toast({{text "removed"}}, () => keepAlarms(before));
      });
      return element("li", {}, element("label", {}, box, element("time", {}, when), " ", element("span", {}, alarm.label)), remove);
    }),
  );
}

/** When an alarm rings on the day of a moment. */
function ringsAt(alarm, moment) {
  const [hours, minutes] = alarm.time.split(":");
  return new Date(moment).setHours(hours, minutes, 0, 0);
}

/** Rings for what was due since the last look. What is long past does not ring any more. */
function checkAlarms(now) {
  const from = Math.max(checked, now - 5 * minute);
  const due = alarms.find((alarm) => alarm.on && ringsAt(alarm, now) > from && ringsAt(alarm, now) <= now);
  checked = now;
  if (due) ring(due);
  if (snoozed && snoozed.at <= now) ring(snoozed.alarm);
  if (rings && now > rings.until) stopRinging();
  if (rings) chime();
}

function ring(alarm) {
  snoozed = null;
  rings = { alarm, until: Date.now() + 5 * minute };
  document.querySelector("#ringing-label").textContent = `${alarm.label || {{text "alarm"}}}, ${written(new Date(`2000-01-01T${alarm.time}`))}`;
  ringing.hidden = false;
  ringing.scrollIntoView({ block: "nearest" });
}

function stopRinging() {
  rings = null;
  ringing.hidden = true;
}

document.querySelector("#stop").addEventListener("click", stopRinging);
document.querySelector("#snooze").addEventListener("click", () => {
  snoozed = { at: Date.now() + 5 * minute, alarm: rings.alarm };
  const time = written(snoozed.at);
  stopRinging();
  toast({{text "snoozed" "time" "time"}});
});

alarmForm.addEventListener("submit", (event) => {
  event.preventDefault();
  alarmError.textContent = alarmTime.value ? "" : {{text "noTime"}};
  if (!alarmTime.value) return alarmTime.focus();
  prepareSound();
  keepAlarms([...alarms, { time: alarmTime.value, label: alarmLabel.value.trim(), on: true }]);
  alarmTime.value = alarmLabel.value = "";
});

// A browser is silent until something on the page was pressed.
document.addEventListener("pointerdown", prepareSound, { once: true });
{{end}}

function showAll() {
  const now = new Date();
  showTime(now);
  showCities(now);
  {{if has "sound"}}
  keepAlarms(alarms);
  {{end}}
}

/** Runs at the beginning of each second. */
function tick() {
  const now = new Date();
  showTime(now);
  if (Math.floor(now / 60_000) !== shownMinute) showCities(now);
  {{if has "sound"}}
  checkAlarms(Number(now));
  {{end}}
  setTimeout(tick, 1000 - (Date.now() % 1000));
}

document.addEventListener("visibilitychange", showAll);
document.querySelector("#zone").textContent = new Intl.DateTimeFormat(language, { timeZoneName: "long" }).formatToParts(new Date()).find(({ type }) => type === "timeZoneName").value;
showFormat();
keepZones(zones);
{{if has "sound"}}
keepAlarms(alarms);
{{end}}
tick();
