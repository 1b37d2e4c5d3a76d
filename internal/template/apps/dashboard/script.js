const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{template "number"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "import"}}
{{template "export"}}
{{template "print"}}
const find = (id) => document.getElementById(id);
const columns = { revenue: {{text "revenue"}}, orders: {{text "orders"}}, visitors: {{text "visitors"}} };

/** A year of invented figures, the last one of this month. */
function sampleRows() {
  const revenue = [18400, 19650, 19100, 21300, 22450, 21800, 23900, 25200, 27600, 31400, 26100, 28950];
  const orders = [412, 438, 425, 470, 492, 480, 521, 548, 597, 684, 566, 622];
  const visitors = [9800, 10150, 9900, 10900, 11400, 11150, 12100, 12700, 13900, 15800, 13200, 14300];
  return revenue.map((amount, i) => ({ month: monthFromNow(i - 11), revenue: amount, orders: orders[i], visitors: visitors[i], sample: true }));
}

/** A month as a number that can be counted on: years * 12 + months. */
const monthFromNow = (by) => new Date().getFullYear() * 12 + new Date().getMonth() + by;
const monthName = (month, style) =>
  new Intl.DateTimeFormat(language, style).format(new Date(Math.floor(month / 12), month % 12, 15));
const longMonth = (month) => monthName(month, { month: "long", year: "numeric" });

const number = (value) => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
const money = (value, digits = 0) =>
  new Intl.NumberFormat(language, { style: "currency", currency: {{currency}}, currencyDisplay: "narrowSymbol", maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);

let rows = load("dashboard", null) ?? sampleRows(); // { month, revenue, orders, visitors, sample }
let view = { months: 6, figure: "revenue", type: "bars", ...load("dashboard-view", {}) };

function keep(changed) {
  rows = changed.toSorted((a, b) => a.month - b.month);
  save("dashboard", rows);
  showRows();
  showFigures();
}

function look(change) {
  view = { ...view, ...change };
  save("dashboard-view", view);
  showRows();
  showFigures();
}

/** The rows of the period that ends with the last month, or of one before. */
function period(before = 0) {
  const end = (rows.at(-1)?.month ?? 0) - before * view.months;
  return rows.filter(({ month }) => month <= end && month > end - view.months);
}

// Key figures

const total = (list, column) => list.reduce((sum, row) => sum + row[column], 0);
const average = (list) => total(list, "revenue") / total(list, "orders") || 0;

function showFigures() {
  const now = period();
  const before = period(1);
  const comparable = before.length === view.months;
  const card = (name, figure, write) => {
    const value = figure(now);
    const change = comparable && figure(before) > 0 ? value / figure(before) - 1 : null;
    const percent = new Intl.NumberFormat(language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format(change);
    const trend = change > 0 ? "up" : change < 0 ? "down" : "";
    return element("li", { className: "card" },
      element("span", {}, name),
      element("strong", {}, write(value)),
      element("small", { className: trend }, change === null ? {{text "noChange"}} : {{text "change" "percent" "percent"}}));
  };
  find("figures").replaceChildren(
    card(columns.revenue, (list) => total(list, "revenue"), money),
    card(columns.orders, (list) => total(list, "orders"), number),
    card(columns.visitors, (list) => total(list, "visitors"), number),
    card({{text "average"}}, average, (value) => money(value, 2)));
  find("note").hidden = !rows.some(({ sample }) => sample);
  for (const button of find("periods").children) button.setAttribute("aria-pressed", Number(button.dataset.months) === view.months);
  {{if has "charts"}}
  drawChart(now);
  {{end}}
}

find("periods").addEventListener("click", ({ target }) => {
  if (target.dataset.months) look({ months: Number(target.dataset.months) });
});
{{if has "charts"}}

// Chart

const shape = (tag, attributes, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/** The next round number above the highest one: 1, 2 or 5 with zeros. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) * power;
}

function drawChart(list) {
  const chart = find("chart");
  const { width, height } = chart.getBoundingClientRect();
  const left = 52, top = 12, bottom = height - 28;
  const highest = roundUp(Math.max(1, ...list.map((row) => row[view.figure])));
  const slot = (width - left) / Math.max(list.length, 1);
  const write = view.figure === "revenue" ? money : number;
  const x = (i) => left + slot * (i + 0.5);
  const y = (value) => bottom - (value / highest) * (bottom - top);

  const compact = new Intl.NumberFormat(language, { notation: "compact" });
  const grid = [0, 0.5, 1].flatMap((part) => [
    shape("line", { class: "grid", x1: left, x2: width, y1: y(highest * part), y2: y(highest * part) }),
    shape("text", { x: left - 8, y: y(highest * part) + 4, "text-anchor": "end" }, compact.format(highest * part)),
  ]);
  const labels = list.map(({ month }, i) =>
    shape("text", { x: x(i), y: height - 6, "text-anchor": "middle" }, monthName(month, { month: slot < 44 ? "narrow" : "short" })));
  const title = (row) => shape("title", {}, `${longMonth(row.month)}: ${write(row[view.figure])}`);
  const barWidth = Math.min(slot * 0.62, 56);
  const points = list.map((row, i) => `${x(i)},${y(row[view.figure])}`);
  const marks = view.type === "bars"
    ? list.map((row, i) => shape("rect", { class: "mark", x: x(i) - barWidth / 2, y: y(row[view.figure]), width: barWidth, height: bottom - y(row[view.figure]), rx: Math.min(6, barWidth / 4) }, title(row)))
    : [
      shape("polygon", { class: "area", points: [`${x(0)},${bottom}`, ...points, `${x(list.length - 1)},${bottom}`].join(" ") }),
      shape("polyline", { class: "line", points: points.join(" ") }),
      ...list.map((row, i) => shape("circle", { class: "mark", cx: x(i), cy: y(row[view.figure]), r: 5 }, title(row))),
    ];
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  chart.replaceChildren(...grid, ...marks, ...labels);

  const figure = columns[view.figure];
  find("chart-title").textContent = {{text "byMonth" "figure" "figure"}};
  find("figure").value = view.figure;
  for (const button of find("types").children) button.setAttribute("aria-pressed", button.dataset.type === view.type);
}

find("figure").addEventListener("change", () => look({ figure: find("figure").value }));
find("types").addEventListener("click", ({ target }) => {
  if (target.dataset.type) look({ type: target.dataset.type });
});
addEventListener("resize", () => drawChart(period()));
{{end}}

// Data

function cell(row, column) {
  const month = longMonth(row.month);
  const figure = columns[column];
  const input = element("input", { inputMode: "decimal", autocomplete: "off", ariaLabel: {{text "cell" "figure" "figure" "month" "month"}} });
  input.value = new Intl.NumberFormat(language, { useGrouping: false }).format(row[column]);
  input.addEventListener("input", () => {
    const value = readNumber(input.value);
    const good = value >= 0 && value < 1e12;
    input.setAttribute("aria-invalid", !good);
    find("error").textContent = find("rows").querySelector("[aria-invalid=true]") ? {{text "badNumber"}} : "";
    if (!good) return;
    row[column] = value;
    row.sample = false;
    save("dashboard", rows);
    showFigures();
  });
  return element("td", {}, input);
}

function showRows() {
  find("rows").replaceChildren(...period().reverse().map((row) => {
    const item = longMonth(row.month);
    const remove = iconButton({{text "deleteItem" "item" "item"}}, {{template "delete-icon"}}, () => {
      keep(rows.filter((other) => other !== row));
      toast({{text "deleted" "item" "item"}}, () => keep([...rows.filter(({ month }) => month !== row.month), row]));
    });
    return element("tr", {}, element("th", { scope: "row" }, item), ...Object.keys(columns).map((column) => cell(row, column)), element("td", {}, remove));
  }));
  find("error").textContent = "";
  find("empty").hidden = rows.length > 0;
}

/** Puts other rows in place of all, and offers the old ones. */
function replaceAll(others, message) {
  const old = rows;
  keep(others);
  toast(message, () => keep(old));
}

find("clear").addEventListener("click", () => replaceAll([], {{text "cleared"}}));
find("restore").addEventListener("click", () => replaceAll(sampleRows(), {{text "restored"}}));
find("add").addEventListener("click", () => {
  const month = rows.length > 0 ? rows.at(-1).month + 1 : monthFromNow(0);
  keep([...rows, { month, revenue: 0, orders: 0, visitors: 0, sample: false }]);
  const first = find("rows").querySelector("input");
  first.focus();
  first.select();
});
{{if has "export" "import"}}

// Export and import: months are written as 2026-03

const heads = { month: {{text "month"}}, ...columns };
{{end}}
{{if has "export"}}

const isoMonth = (month) => `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, "0")}`;
offerExport(heads, () => rows.map((row) => ({ ...row, month: isoMonth(row.month) })));
{{end}}
{{if has "import"}}

const fromRow = ({ month, ...figures }) => {
  const [, year, number] = month.match(/^(\d{4})-(0[1-9]|1[0-2])/) ?? [];
  if (!year) return {{text "badDay" "value" "month"}};
  const row = { month: year * 12 + Number(number) - 1, sample: false };
  for (const name of Object.keys(columns)) {
    row[name] = readNumber(figures[name] || "0");
    if (!(row[name] >= 0 && row[name] < 1e12)) return {{text "badNumber"}};
  }
  return row;
};

/** What is imported takes the place of the same months. */
offerImport(heads, fromRow, (added) => {
  const before = rows;
  const months = new Map([...rows, ...added].map((row) => [row.month, row]));
  keep([...months.values()]);
  return () => keep(before);
});
{{end}}

showRows();
showFigures();
