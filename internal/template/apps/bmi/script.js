const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);

{{if has "history" "copy"}}
{{template "element"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{end}}
{{if has "copy"}}
{{template "copy"}}
{{end}}
{{template "number"}}
const oneDigit = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const POUND = 0.45359237; // kg
const INCH = 0.0254; // m

// Adults: https://www.who.int/data/gho/data/themes/topics/topic-details/GHO/body-mass-index
const ranges = [
  { below: 18.5, name: {{text "underweight"}} },
  { below: 25, name: {{text "normal"}} },
  { below: 30, name: {{text "overweight"}} },
  { below: Infinity, name: {{text "obesity"}} },
];

const settings = load("bmi", { units: {{if says "units=imperial"}}"imperial"{{else}}"metric"{{end}}, fields: {} });

/** Reads the form, in metres and kilograms; `mistakes` has what is wrong with it, by field. */
function read() {
  const number = (id) => readNumber(find(id).value);
  const mistakes = {};
  let height, weight;
  if (settings.units === "metric") {
    height = number("height") / (number("height") < 3 ? 1 : 100); // some write 1.70
    weight = number("weight");
    if (!(height >= 0.5 && height <= 2.75)) mistakes.height = {{text "badHeight"}};
    if (!(weight >= 2 && weight <= 650)) mistakes.weight = {{text "badWeight"}};
  } else {
    const inches = find("inches").value.trim() ? number("inches") : 0;
    height = (number("feet") * 12 + inches) * INCH;
    weight = number("pounds") * POUND;
    if (!(height >= 24 * INCH && height <= 108 * INCH && inches >= 0)) mistakes.feet = {{text "badFeet"}};
    if (!(weight >= 5 * POUND && weight <= 1400 * POUND)) mistakes.pounds = {{text "badPounds"}};
  }
  return { height, weight, mistakes };
}

/** The BMI of what stands in the form, with one digit as it is shown; null if it cannot be. */
function current() {
  const { height, weight, mistakes } = read();
  return Object.keys(mistakes).length > 0 ? null : Math.round((weight / height ** 2) * 10) / 10;
}

function mass(kilograms) {
  const metric = settings.units === "metric";
  const format = new Intl.NumberFormat(language, { style: "unit", unit: metric ? "kilogram" : "pound", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return format.format(metric ? kilograms : kilograms / POUND).replace(" ", "\u00a0"); // stays on one line
}

function show() {
  const bmi = current();
  const { height } = read();
  find("bmi").textContent = bmi === null ? "–" : oneDigit.format(bmi);
  find("verdict").textContent = bmi === null ? "" : ranges.find(({ below }) => bmi < below).name;
  find("healthy").textContent = bmi === null ? {{text "waiting"}} : {{text "healthy" "least" "mass(18.5 * height ** 2)" "most" "mass(24.9 * height ** 2)"}};
  {{if has "charts"}}
  find("marker").hidden = bmi === null;
  find("marker").style.left = `${Math.min(Math.max((bmi - 15) / 25, 0), 1) * 100}%`;
  {{end}}
  {{if has "copy"}}
  find("copy").disabled = bmi === null;
  {{end}}
  {{if has "history"}}
  find("save").disabled = bmi === null;
  {{end}}
  for (const button of find("units").children) button.setAttribute("aria-pressed", button.value === settings.units);
  for (const group of document.querySelectorAll("[data-units]")) group.hidden = group.dataset.units !== settings.units;
}

/** Says what is wrong, in words; in empty fields nothing is, until a person asks for the result. */
function complain(asked) {
  const { mistakes } = read();
  const wrong = Object.keys(mistakes).filter((id) => asked || find(id).value.trim());
  for (const field of document.querySelectorAll("#form input")) {
    if (wrong.includes(field.id)) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
  find("error").textContent = wrong.map((id) => mistakes[id]).join(" ");
  if (asked && wrong.length > 0) find(wrong[0]).focus();
}

function keepFields() {
  for (const { id, value } of document.querySelectorAll("#form input")) settings.fields[id] = value;
  save("bmi", settings);
}

find("form").addEventListener("input", () => {
  if (find("error").textContent) complain(false);
  show();
  keepFields();
});
find("form").addEventListener("change", () => complain(false));
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  complain(true);
  show();
});

find("reset").addEventListener("click", () => {
  for (const field of document.querySelectorAll("#form input")) field.value = "";
  complain(false);
  show();
  keepFields();
  find(settings.units === "metric" ? "height" : "feet").focus();
});

find("units").addEventListener("click", (event) => {
  const units = event.target.value;
  if (!units || units === settings.units) return;
  const { height, weight, mistakes } = read();
  settings.units = units;
  // What has been entered is converted.
  const plain = (number) => new Intl.NumberFormat(language, { maximumFractionDigits: 1, useGrouping: false }).format(number);
  if (units === "metric") {
    if (!mistakes.feet) find("height").value = plain(height * 100);
    if (!mistakes.pounds) find("weight").value = plain(weight);
  } else {
    const inches = Math.round((height / INCH) * 10) / 10;
    if (!mistakes.height) [find("feet").value, find("inches").value] = [plain(Math.floor(inches / 12)), plain(inches % 12)];
    if (!mistakes.weight) find("pounds").value = plain(weight / POUND);
  }
  complain(false);
  show();
  keepFields();
});
{{if has "charts"}}

find("ticks").append(...[18.5, 25, 30].map((bmi) => {
  const tick = Object.assign(document.createElement("span"), { textContent: new Intl.NumberFormat(language).format(bmi) });
  tick.style.left = `${((bmi - 15) / 25) * 100}%`;
  return tick;
}));
{{end}}
{{if has "copy"}}

find("copy").addEventListener("click", () => {
  copy({{text "bmi"}} + `: ${find("bmi").textContent} (${find("verdict").textContent})`);
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

let results = load("bmi-history", []); // { bmi, weight, when }, the newest first

function keep(list) {
  results = list.slice(0, 200);
  save("bmi-history", results);
  showHistory();
}

function showHistory() {
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  find("history").replaceChildren(...results.map((result, at) => {
    const day = date.format(new Date(result.when));
    const button = element("button", { type: "button", className: "icon", ariaLabel: {{text "deleteItem" "item" "day"}} }, "✕");
    button.addEventListener("click", () => {
      keep(results.toSpliced(at, 1));
      toast({{text "deleted"}}, () => keep(results.toSpliced(at, 0, result)));
    });
    return element("li", {}, element("strong", {}, oneDigit.format(result.bmi)), element("span", {}, `${mass(result.weight)} · ${day}`), button);
  }));
  find("no-history").hidden = results.length > 0;
  {{if has "charts"}}
  drawTrend();
  {{end}}
}
{{if has "charts"}}

/** Draws the results as a line, once there are two. */
function drawTrend() {
  find("trend").toggleAttribute("hidden", results.length < 2);
  const values = results.map(({ bmi }) => bmi).reverse();
  const least = Math.min(...values);
  const range = Math.max(...values) - least || 1;
  const points = values.map((bmi, i) => `${4 + (292 * i) / (values.length - 1 || 1)},${74 - (68 * (bmi - least)) / range}`);
  find("trend").firstElementChild.setAttribute("points", points.join(" "));
}
{{end}}

find("save").addEventListener("click", () => keep([{ bmi: current(), weight: read().weight, when: Date.now() }, ...results]));
showHistory();
{{end}}

for (const [id, value] of Object.entries(settings.fields)) find(id).value = value;
show();
