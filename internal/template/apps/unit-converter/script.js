const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{template "history"}}
{{end}}
{{if has "copy"}}
{{template "copy"}}
{{end}}
{{template "number"}}
// The units

/** A unit that browsers can name: its id, and how many of the basic unit it is. */
const known = (id, size) => {
  const named = (unitDisplay) => new Intl.NumberFormat(language, { style: "unit", unit: id, unitDisplay }).formatToParts(20).filter(({ type }) => type === "unit").map(({ value }) => value).join("");
  return { id, size, name: named("long"), sign: named("short") };
};

/** Any other unit. */
const unit = (id, size, sign, name) => ({ id, size, sign, name });

const kinds = [
  {
    id: "length",
    name: {{text "length"}},
    usual: ["kilometer", "mile"],
    units: [
      known("millimeter", 0.001), known("centimeter", 0.01), known("meter", 1), known("kilometer", 1000),
      known("inch", 0.0254), known("foot", 0.3048), known("yard", 0.9144), known("mile", 1609.344), unit("nautical-mile", 1852, "NM", {{text "nauticalMile"}}),
    ],
  },
  {
    id: "weight",
    name: {{text "weight"}},
    usual: ["kilogram", "pound"],
    units: [
      unit("milligram", 0.000001, "mg", {{text "milligram"}}), known("gram", 0.001), known("kilogram", 1), unit("tonne", 1000, "t", {{text "tonne"}}),
      known("ounce", 0.028349523125), known("pound", 0.45359237), known("stone", 6.35029318),
    ],
  },
  {
    id: "temperature",
    name: {{text "temperature"}},
    usual: ["celsius", "fahrenheit"],
    units: [ // each is size × value + zero kelvins
      { ...known("celsius", 1), zero: 273.15 },
      { ...known("fahrenheit", 5 / 9), zero: 273.15 - (32 * 5) / 9 },
      { ...unit("kelvin", 1, "K", {{text "kelvin"}}), zero: 0 },
    ],
  },
  {
    id: "volume",
    name: {{text "volume"}},
    usual: ["liter", "gallon"],
    units: [
      known("milliliter", 0.001), known("liter", 1), unit("cubic-meter", 1000, "m³", {{text "cubicMetre"}}),
      unit("teaspoon", 0.00492892159375, "tsp", {{text "teaspoon"}}), unit("tablespoon", 0.01478676478125, "tbsp", {{text "tablespoon"}}), known("fluid-ounce", 0.0295735295625),
      unit("cup", 0.2365882365, "cup", {{text "cup"}}), unit("pint", 0.473176473, "pt", {{text "pint"}}), unit("quart", 0.946352946, "qt", {{text "quart"}}), known("gallon", 3.785411784),
    ],
  },
  {
    id: "area",
    name: {{text "area"}},
    usual: ["square-meter", "square-foot"],
    units: [
      unit("square-centimeter", 0.0001, "cm²", {{text "squareCentimetre"}}), unit("square-meter", 1, "m²", {{text "squareMetre"}}), known("hectare", 10000), unit("square-kilometer", 1e6, "km²", {{text "squareKilometre"}}),
      unit("square-inch", 0.00064516, "in²", {{text "squareInch"}}), unit("square-foot", 0.09290304, "ft²", {{text "squareFoot"}}), known("acre", 4046.8564224), unit("square-mile", 2589988.110336, "mi²", {{text "squareMile"}}),
    ],
  },
  {
    id: "speed",
    name: {{text "speed"}},
    usual: ["kilometer-per-hour", "mile-per-hour"],
    units: [known("meter-per-second", 1), known("kilometer-per-hour", 1 / 3.6), known("mile-per-hour", 0.44704), known("foot-per-second", 0.3048), unit("knot", 1852 / 3600, "kn", {{text "knot"}})],
  },
  {
    id: "time",
    name: {{text "time"}},
    usual: ["hour", "minute"],
    units: [known("millisecond", 0.001), known("second", 1), known("minute", 60), known("hour", 3600), known("day", 86400), known("week", 604800), known("month", 2629746), known("year", 31556952)],
  },
  {
    id: "data",
    name: {{text "data"}},
    usual: ["gigabyte", "megabyte"],
    units: [known("bit", 0.125), known("byte", 1), known("kilobyte", 1e3), known("megabyte", 1e6), known("gigabyte", 1e9), known("terabyte", 1e12), known("megabit", 125e3), known("gigabit", 125e6)],
  },
];

const basic = (value, { size, zero = 0 }) => value * size + zero;
const convert = (value, from, to) => (basic(value, from) - (to.zero ?? 0)) / to.size;

/** Writes a number with as many digits as are of use. */
function written(value, options) {
  const rounded = Number(value.toPrecision(8));
  const notation = rounded !== 0 && (Math.abs(rounded) < 1e-6 || Math.abs(rounded) >= 1e15) ? "scientific" : "standard";
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 8, notation, ...options }).format(rounded === 0 ? 0 : rounded);
}

// The page

const find = (id) => document.getElementById(id);
const value = find("value");
const result = find("result");
const choices = load("unit-converter", {}); // the units last used, by kind, and the kind
let kind = kinds.find(({ id }) => id === choices.kind) ?? kinds[0];
let source = value; // the field in which a person has typed: the other one follows

const chosen = (id) => kind.units.find((unit) => unit.id === find(id).value);

function showKind() {
  const [from, to] = choices[kind.id] ?? kind.usual;
  const capital = (name) => name[0].toLocaleUpperCase(language) + name.slice(1);
  for (const [id, unit] of [["from", from], ["to", to]]) {
    find(id).replaceChildren(...kind.units.map(({ id, name, sign }) => new Option(sign === name ? capital(name) : `${capital(name)} (${sign})`, id)));
    find(id).value = unit;
  }
  for (const tab of tabs) {
    const selected = tab.id === `kind-${kind.id}`;
    tab.setAttribute("aria-selected", selected);
    tab.tabIndex = selected ? 0 : -1;
  }
  find("converter").setAttribute("aria-labelledby", `kind-${kind.id}`);
}

/** What is wrong with a value, in words; "" is nothing. */
function mistake(number, unit) {
  if (!Number.isFinite(number)) return {{text "noNumber"}};
  if (kind.id === "temperature") return basic(number, unit) < -1e-9 ? {{text "tooLow"}} : "";
  return number < 0 ? {{text "negative"}} : "";
}

/** Converts what stands in the source, and shows it everywhere else. */
function update() {
  const [from, to] = [chosen("from"), chosen("to")];
  const [own, other] = source === value ? [from, to] : [to, from];
  const follower = source === value ? result : value;
  const number = readNumber(source.value.replace("−", "-"));
  const wrong = mistake(number, own);
  const empty = source.value.trim() === "";
  find("error").textContent = empty ? "" : wrong;
  source.removeAttribute("aria-invalid");
  follower.removeAttribute("aria-invalid");
  if (wrong && !empty) source.setAttribute("aria-invalid", "true");
  follower.value = wrong ? "" : written(convert(number, own, other), { useGrouping: false });

  const inFrom = source === value ? number : convert(number, to, from);
  find("sentence").textContent = wrong ? "" : `${written(inFrom)} ${from.sign} = ${written(convert(number, own, to))} ${to.sign}`;
  find("others").replaceChildren(...(wrong ? [] : kind.units.filter((unit) => unit !== from && unit !== to)).map((unit) =>
    element("div", {}, element("dt", {}, unit.name), element("dd", {}, `${written(convert(number, own, unit))} ${unit.sign}`))));
  find("others-title").hidden = find("others").children.length === 0;

  choices.kind = kind.id;
  choices[kind.id] = [from.id, to.id];
  save("unit-converter", choices);
}

for (const field of [value, result]) {
  field.addEventListener("input", () => {
    source = field;
    update();
  });
  field.addEventListener("focus", () => field.select());
}

/** A unit may be chosen on both sides: then the sides change places. */
function choose(id) {
  const opposite = id === "from" ? "to" : "from";
  if (find("from").value === find("to").value) find(opposite).value = choices[kind.id][id === "from" ? 0 : 1];
  update();
}

find("from").addEventListener("change", () => choose("from"));
find("to").addEventListener("change", () => choose("to"));
find("swap").addEventListener("click", () => {
  [find("from").value, find("to").value] = [find("to").value, find("from").value];
  if (source === result) [source, value.value] = [value, result.value];
  update();
});

const tabs = kinds.map(({ id, name }) => element("button", { type: "button", id: `kind-${id}`, role: "tab" }, name));
find("kinds").append(...tabs);

function select(index) {
  kind = kinds[(index + kinds.length) % kinds.length];
  if (readNumber(value.value) < 0 || !value.value) value.value = "1";
  source = value;
  showKind();
  update();
}

find("kinds").addEventListener("click", ({ target }) => {
  if (tabs.includes(target)) select(tabs.indexOf(target));
});
find("kinds").addEventListener("keydown", (event) => {
  const at = kinds.indexOf(kind);
  const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  select(next);
  tabs[kinds.indexOf(kind)].focus();
});
{{if has "copy"}}

find("copy").addEventListener("click", () => {
  if (!find("sentence").textContent) return;
  copy(find("sentence").textContent);
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

const remember = openHistory("unit-converter-history", (sentence) => element("li", {}, sentence));

/** Once a person has typed a value or chosen a unit, it is part of the history. */
find("converter").addEventListener("change", () => {
  const sentence = find("sentence").textContent;
  if (sentence && sentence !== find("history").firstElementChild?.textContent) remember(sentence);
});
{{end}}

value.value = "1";
showKind();
update();
