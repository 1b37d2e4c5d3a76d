// The places, with what a warm day of January and of July usually has, in °C.
const places = {{items}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "share"}}
{{template "toast"}}
{{template "copy"}}
{{template "share"}}
{{end}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);

let place = places.find(({ id }) => id === load("weather-place")) ?? places[0];
let unit = load("weather-unit", "{{if says "unit=F"}}F{{else}}C{{end}}");
{{if has "search"}}
let kept = load("weather-kept", places.slice(0, 8).map(({ id }) => id));
{{end}}

const conditions = {
  clear: {{text "clear"}},
  partly: {{text "partly"}},
  cloudy: {{text "cloudy"}},
  fog: {{text "fog"}},
  rain: {{text "rain"}},
  storm: {{text "storm"}},
  snow: {{text "snow"}},
};

// The sample: for each place and day always the same, around what is usual there then

/** A number from 0 to 1 that looks like chance, the same for the same words. */
function chance(...words) {
  let hash = 2166136261;
  for (const letter of words.join()) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The time at a place, as a date whose UTC hours are those of its clocks. */
function timeAt({ zone }) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(new Date());
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return new Date(Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute));
}

/** The weather of a day. */
function dayOf({ id, january, july }, date) {
  const day = date.toISOString().slice(0, 10);
  const season = Math.cos(((date.getTime() / 864e5 - 195) / 365.25) * 2 * Math.PI); // 1 in the middle of July, -1 in January
  const high = (january + july) / 2 + ((july - january) / 2) * season + (chance(id, day, "high") - 0.5) * 7;
  const low = high - 5 - chance(id, day, "low") * 5;
  const luck = chance(id, day, "sky");
  let sky = luck < 0.34 ? "clear" : luck < 0.6 ? "partly" : luck < 0.74 ? "cloudy" : luck < 0.78 ? "fog" : luck < 0.95 ? "rain" : "storm";
  if (sky === "rain" && high < 4) sky = "snow";
  const [rain, humidity] = { clear: [0, 42], partly: [10, 52], cloudy: [30, 64], fog: [15, 88], rain: [75, 80], storm: [85, 78], snow: [80, 82] }[sky];
  const about = (value, name) => Math.round((value + chance(id, day, name) * 15) / 5) * 5;
  return { sky, high, low, rain: about(rain, "rain"), humidity: about(humidity, "humidity"), wind: 4 + chance(id, day, "wind") * (sky === "storm" ? 45 : 24) };
}

/** The temperature at a time: the lowest at four in the morning, the highest at four in the afternoon. */
function temperatureAt(place, time) {
  const hour = time.getUTCHours();
  const { low, high } = dayOf(place, time);
  const [begin, from, to] = hour < 4 ? [-8, dayOf(place, later(time, -24)).high, low]
    : hour < 16 ? [4, low, high]
    : [16, high, dayOf(place, later(time, 24)).low];
  return from + (to - from) * (0.5 - 0.5 * Math.cos(((hour - begin) / 12) * Math.PI));
}

const isNight = (time) => time.getUTCHours() < 6 || time.getUTCHours() >= 20;

const later = (time, hours) => new Date(time.getTime() + hours * 36e5);

// Words and numbers

const format = (time, options) => new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options }).format(time);
const percent = (value) => new Intl.NumberFormat(language, { style: "percent" }).format(value / 100);
const inUnit = (celsius) => Math.round(unit === "F" ? (celsius * 9) / 5 + 32 : celsius) + 0; // no -0
const degrees = (celsius) => `${new Intl.NumberFormat(language).format(inUnit(celsius))}°`;
const speed = (kilometres) => new Intl.NumberFormat(language, { style: "unit", unit: unit === "F" ? "mile-per-hour" : "kilometer-per-hour", maximumFractionDigits: 0 }).format(unit === "F" ? kilometres / 1.609 : kilometres);

/** What the air feels like: wind cools, damp heat warms. */
const feelsLike = (celsius, { wind, humidity }) => celsius - (celsius < 15 ? wind / 8 : 0) + (celsius > 24 ? (humidity - 40) / 12 : 0);

// Drawings of the sky

const cloud = '<path class="cloud" d="M7 18.5a4 4 0 0 1-.4-7.98 5.5 5.5 0 0 1 10.6-1.2A4.6 4.6 0 0 1 17 18.5z"/>';
const drops = (d) => `<path class="drops" d="${d}"/>`;

function icon(sky, night) {
  const [body, smallBody] = night
    ? ['<path class="moon" d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>', '<path class="moon" d="M21 8.5a5 5 0 0 1-6.3-6.2A5 5 0 1 0 21 8.5z"/>']
    : ['<circle class="sun" cx="12" cy="12" r="5"/><path class="rays" d="M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19"/>', '<circle class="sun" cx="16" cy="8" r="4.5"/>'];
  const inner = {
    clear: body,
    partly: smallBody + cloud,
    cloudy: cloud,
    fog: `<g transform="translate(0 -3)">${cloud}</g>${drops("M5 18.5h14M7 21.5h10")}`,
    rain: `<g transform="translate(0 -3)">${cloud}</g>${drops("M8 18l-1 3M12.5 18l-1 3M17 18l-1 3")}`,
    storm: `<g transform="translate(0 -3)">${cloud}</g><path class="bolt" d="M13 13l-3 5h3l-1.5 4 4.5-6h-3l1.5-3z"/>`,
    snow: `<g transform="translate(0 -3)">${cloud}</g>${drops("M8 19v.01M12 18v.01M16 19v.01M10 22v.01M14 22v.01")}`,
  }[sky];
  const made = element("span", { className: "icon-sky" });
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${inner}</svg>`;
  return made;
}

const hidden = (words) => element("span", { className: "visually-hidden" }, words);

// The page

function showNow() {
  const time = timeAt(place);
  const today = dayOf(place, time);
  const celsius = temperatureAt(place, time);
  const night = isNight(time);
  find("now").dataset.sky = night ? "night" : today.sky;
  find("place").textContent = place.name;
  find("time").textContent = format(time, { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" });
  find("sky-icon").replaceChildren(icon(today.sky, night));
  find("degrees").textContent = `${degrees(celsius)}${unit}`;
  find("condition").textContent = conditions[today.sky];
  find("range").textContent = {{text "range" "high" "degrees(today.high)" "low" "degrees(today.low)"}};
  find("feels").textContent = degrees(feelsLike(celsius, today));
  find("rain").textContent = percent(today.rain);
  find("humidity").textContent = percent(today.humidity);
  find("wind").textContent = speed(today.wind);
}

/** The weather in a few words. */
const summary = () => `${place.name}: ${find("degrees").textContent}, ${find("condition").textContent}`;

function showHours() {
  const hours = Array.from({ length: 6 }, (_, i) => later(timeAt(place), i * 4));
  find("hours").replaceChildren(...hours.map((time, i) => {
    const { sky } = dayOf(place, time);
    return element("li", {},
      element("span", { className: "hour" }, i === 0 ? {{text "now"}} : format(time, { hour: "numeric" })),
      icon(sky, isNight(time)), hidden(conditions[sky]),
      element("strong", {}, degrees(temperatureAt(place, time))));
  }));
  {{if has "charts"}}
  drawCurve(hours.map((time) => temperatureAt(place, time)));
  {{end}}
}
{{if has "charts"}}

/** Draws the temperatures as a curve: a point above the middle of each hour. */
function drawCurve(temperatures) {
  const [least, most] = [Math.min(...temperatures), Math.max(...temperatures)];
  const points = temperatures.map((celsius, i) => [i + 0.5, 0.85 - 0.7 * ((celsius - least) / (most - least || 1))].map((n) => Number(n.toFixed(3))));
  const ends = [[0, points[0][1]], ...points, [points.length, points.at(-1)[1]]];
  const line = ends.slice(1).reduce((path, [x, y], i) => {
    const middle = (ends[i][0] + x) / 2;
    return `${path}C${middle} ${ends[i][1]} ${middle} ${y} ${x} ${y}`;
  }, `M${ends[0].join(" ")}`);
  document.querySelector("#curve .line").setAttribute("d", line);
  document.querySelector("#curve .area").setAttribute("d", `${line}V1H0z`);
}
{{end}}

function showDays() {
  const start = timeAt(place);
  const days = Array.from({ length: 7 }, (_, i) => later(start, i * 24)).map((date) => ({ date, ...dayOf(place, date) }));
  const least = Math.min(...days.map(({ low }) => low));
  const most = Math.max(...days.map(({ high }) => high));
  find("days").replaceChildren(...days.map(({ date, sky, rain, low, high }, i) => {
    const bar = element("span", { className: "bar" });
    bar.style.setProperty("--from", (low - least) / (most - least));
    bar.style.setProperty("--to", (high - least) / (most - least));
    return element("li", {},
      element("span", { className: "day" }, i === 0 ? {{text "today"}} : format(date, { weekday: "short" })),
      icon(sky, false), hidden(conditions[sky]),
      element("span", { className: "wet", title: {{text "rainChance"}} }, percent(rain)),
      element("span", { className: "low" }, degrees(low)), bar, element("strong", {}, degrees(high)));
  }));
}

function showPlaces() {
  const shown = {{if has "search"}}kept.map((id) => places.find((other) => other.id === id)).filter(Boolean){{else}}places{{end}};
  find("places").replaceChildren(...shown.map((other) => {
    const time = timeAt(other);
    const button = element("button", { type: "button", ariaPressed: other === place },
      icon(dayOf(other, time).sky, isNight(time)), element("span", {}, other.name), " ", element("strong", {}, degrees(temperatureAt(other, time))));
    button.addEventListener("click", () => {
      goTo(other);
      find("places").querySelector("[aria-pressed=true]").focus();
    });
    return element("li", {}, button);
  }));
  {{if has "search"}}
  find("keep").ariaPressed = kept.includes(place.id);
  {{end}}
}

function show() {
  for (const button of document.querySelectorAll("[data-unit]")) button.ariaPressed = button.dataset.unit === unit;
  showNow();
  showHours();
  showDays();
  showPlaces();
}

function goTo(other) {
  place = other;
  save("weather-place", place.id);
  show();
  find("said").textContent = summary();
}

for (const button of document.querySelectorAll("[data-unit]")) {
  button.addEventListener("click", () => {
    unit = button.dataset.unit;
    save("weather-unit", unit);
    show();
  });
}
{{if has "search"}}

// Finding a city, and keeping it

/** A name without accents and capitals. */
const plain = (name) => name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

find("names").append(...places.map(({ name }) => new Option(name)));

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = plain(find("city").value);
  const fits = (test) => places.find(({ id, name }) => wanted && (test(plain(name)) || test(id.replaceAll("-", " "))));
  const found = fits((name) => name === wanted) ?? fits((name) => name.startsWith(wanted)) ?? fits((name) => name.includes(wanted));
  find("city").ariaInvalid = !found;
  find("error").textContent = found ? "" : wanted ? {{text "unknown" "city" "find(\"city\").value.trim()"}} : {{text "noCity"}};
  if (!found) return find("city").focus();
  find("city").value = "";
  goTo(found);
});

find("keep").addEventListener("click", () => {
  kept = kept.includes(place.id) ? kept.filter((id) => id !== place.id) : [...kept, place.id];
  save("weather-kept", kept);
  showPlaces();
});
{{end}}
{{if has "share"}}

offerShare(() => [summary(), {{text "sample"}}].join("\n"));
{{end}}

show();
setInterval(() => {
  showNow();
  showHours();
}, 60_000);
