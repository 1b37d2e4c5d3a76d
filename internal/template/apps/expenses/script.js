const language = document.documentElement.lang;

const categories = {
  food: {{text "food"}},
  home: {{text "home"}},
  transport: {{text "transport"}},
  shopping: {{text "shopping"}},
  leisure: {{text "leisure"}},
  health: {{text "health"}},
  other: {{text "other"}},
};
const currencies = ["USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "MXN", "BRL", "INR"];

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{template "number"}}
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
const find = (id) => document.getElementById(id);

/** A day as people at this place see it: 2026-03-14. */
const isoDay = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
const today = isoDay(new Date());

let expenses = load("expenses", []); // { id, description, amount, category, date }
let currency = load("expenses-currency", {{currency}});
let month = today.slice(0, 7);
let edited = null; // the id of the expense in the form
let nextId = Math.max(0, ...expenses.map(({ id }) => id)) + 1;

const money = (amount) => new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(amount);
const sum = (list) => list.reduce((total, { amount }) => total + amount, 0);
const within = (month) => expenses.filter(({ date }) => date.startsWith(month));

/** The month that is so many months after another one, or before it. */
function shifted(month, by) {
  const [year, number] = month.split("-").map(Number);
  return isoDay(new Date(year, number - 1 + by, 1)).slice(0, 7);
}

function keep(list) {
  expenses = list;
  save("expenses", expenses);
  show();
}

// The month

function showMonth() {
  const spent = within(month);
  const total = sum(spent);
  find("month").textContent = new Intl.DateTimeFormat(language, { month: "long", year: "numeric" }).format(new Date(`${month}-01T12:00`));
  find("total").textContent = money(total);

  const shares = Object.keys(categories)
    .map((category) => ({ category, amount: sum(spent.filter((expense) => expense.category === category)) }))
    .filter(({ amount }) => amount > 0)
    .sort((a, b) => b.amount - a.amount);
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  find("shares").replaceChildren(...shares.map(({ category, amount }) => {
    const name = element("span", { className: "dot" }, categories[category]);
    name.dataset.category = category;
    return element("li", {}, name, element("small", {}, percent.format(amount / total)), element("span", {}, money(amount)));
  }));
  {{if has "charts"}}
  drawChart(shares, total);
  {{end}}

  const before = sum(within(shifted(month, -1)));
  const more = total - before;
  find("change").textContent = before === 0 || more === 0 ? ""
    : more > 0 ? {{text "moreThanBefore" "amount" "money(more)"}} : {{text "lessThanBefore" "amount" "money(-more)"}};
}
{{if has "charts"}}

/** Draws a ring of the shares, clockwise from the top. */
function drawChart(shares, total) {
  const ring = (length, start) => {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    const attributes = { cx: 21, cy: 21, r: 18, pathLength: 100, transform: "rotate(-90 21 21)", "stroke-dasharray": `${length} 100`, "stroke-dashoffset": -start };
    for (const [name, value] of Object.entries(attributes)) circle.setAttribute(name, value);
    return circle;
  };
  let start = 0;
  const parts = shares.map(({ category, amount }) => {
    const length = (amount / total) * 100;
    const part = ring(shares.length > 1 ? Math.max(length - 0.75, 0.25) : 100, start);
    part.dataset.category = category;
    start += length;
    return part;
  });
  find("chart").replaceChildren(ring(100, 0), ...parts);
}
{{end}}

function turn(by) {
  month = shifted(month, by);
  show();
}

find("previous").addEventListener("click", () => turn(-1));
find("next").addEventListener("click", () => turn(1));

// The list

function row(expense) {
  const { description, amount, category, date } = expense;
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short" }).format(new Date(`${date}T12:00`));
  const details = element("small", { className: "dot" }, `${categories[category]} · ${day}`);
  details.dataset.category = category;
  return element("li", {},
    element("div", { className: "what" }, description, details),
    element("span", { className: "cost" }, money(amount)),
    element("div", { className: "buttons" },
      iconButton({{text "editItem" "item" "description"}}, {{template "edit-icon"}}, () => edit(expense)),
      iconButton({{text "deleteItem" "item" "description"}}, {{template "delete-icon"}}, () => remove(expense))));
}

function remove(expense) {
  if (edited === expense.id) stopEditing();
  keep(expenses.filter(({ id }) => id !== expense.id));
  toast({{text "deleted"}}, () => keep([...expenses, expense]));
}

function show() {
  showMonth();
  let shown = within(month);
  const none = shown.length === 0;
  {{if has "filter"}}
  const category = find("filter").value;
  if (category) shown = shown.filter((expense) => expense.category === category);
  {{end}}
  {{if has "search"}}
  shown = shown.filter(({ description, category }) => fitsSearch(`${description} ${categories[category]}`));
  {{end}}
  const newestFirst = (a, b) => b.date.localeCompare(a.date) || b.id - a.id;
  {{if has "sort"}}
  const orders = { newest: newestFirst, oldest: (a, b) => newestFirst(b, a), largest: (a, b) => b.amount - a.amount, smallest: (a, b) => a.amount - b.amount };
  shown.sort(orders[find("sort").value]);
  {{else}}
  shown.sort(newestFirst);
  {{end}}
  find("expenses").replaceChildren(...shown.map(row));
  find("count").textContent = {{plural "expenses" "shown.length"}};
  find("empty").hidden = shown.length > 0;
  find("empty-text").textContent = {{if has "filter" "search"}}none ? {{text "empty"}} : {{text "nothingFound"}}{{else}}{{text "empty"}}{{end}};
  find("sample").hidden = expenses.length > 0;
}

find("sample").addEventListener("click", () => {
  month = today.slice(0, 7);
  const day = (number) => [`${month}-${String(number).padStart(2, "0")}`, today].sort()[0]; // none is to come
  const samples = [
    { description: {{text "rent"}}, amount: 780, category: "home", date: day(1) },
    { description: {{text "groceries"}}, amount: 64.2, category: "food", date: day(3) },
    { description: {{text "trainTicket"}}, amount: 49, category: "transport", date: day(4) },
    { description: {{text "cinema"}}, amount: 23.5, category: "leisure", date: day(7) },
    { description: {{text "pharmacy"}}, amount: 18.9, category: "health", date: day(8) },
    { description: {{text "shoes"}}, amount: 89.95, category: "shopping", date: day(9) },
    { description: {{text "lunch"}}, amount: 41.3, category: "food", date: day(11) },
    { description: {{text "groceries"}}, amount: 57.85, category: "food", date: day(12) },
  ].map((sample) => ({ id: nextId++, ...sample }));
  keep(samples);
  toast({{text "sampleShown"}}, () => keep(expenses.filter((expense) => !samples.includes(expense))));
});

// The form

/** Reads an amount in cents, whatever currency stands beside it. */
const readAmount = (text) => Math.round(readNumber(text.replace(/[^\d.,\s'’+-]/g, "")) * 100) / 100;

const form = find("form");

/** Says what is wrong with a field, in words; without a message all is well. */
function complain(id, message) {
  for (const field of form.querySelectorAll("input")) field.removeAttribute("aria-invalid");
  find("error").textContent = message;
  if (!message) return;
  find(id).setAttribute("aria-invalid", "true");
  find(id).focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const description = find("description").value.trim();
  const amount = readAmount(find("amount").value);
  const date = find("date").value;
  if (!description) return complain("description", {{text "noDescription"}});
  if (!(amount > 0)) return complain("amount", {{text "noAmount"}});
  if (!date) return complain("date", {{text "noDate"}});

  const expense = { id: edited ?? nextId++, description, amount, category: find("category").value, date };
  month = date.slice(0, 7);
  {{if has "filter"}}
  if (find("filter").value !== expense.category) find("filter").value = ""; // so that it is seen
  {{end}}
  {{if has "search"}}
  search.value = "";
  {{end}}
  keep([...expenses.filter(({ id }) => id !== expense.id), expense]);
  stopEditing();
  find("description").focus();
});

function edit({ id, description, amount, category, date }) {
  edited = id;
  find("description").value = description;
  find("amount").value = new Intl.NumberFormat(language, { useGrouping: false }).format(amount);
  find("category").value = category;
  find("date").value = date;
  showEditing();
  find("description").focus();
}

function stopEditing() {
  edited = null;
  find("description").value = find("amount").value = "";
  showEditing();
}

function showEditing() {
  complain();
  find("form-title").textContent = edited ? {{text "editExpense"}} : {{text "addExpense"}};
  find("submit").textContent = edited ? {{text "save"}} : {{text "add"}};
  find("cancel").hidden = !edited;
}

find("cancel").addEventListener("click", stopEditing);
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && edited) stopEditing();
});
{{if has "export" "import"}}

// Export and import

const columns = { date: {{text "date"}}, description: {{text "description"}}, category: {{text "category"}}, amount: {{text "amount"}} };
{{end}}
{{if has "export"}}
offerExport({ ...columns, currency: {{text "currency"}} },
  () => expenses.toSorted((a, b) => a.date.localeCompare(b.date)).map((expense) => ({ ...expense, category: categories[expense.category], currency })));
{{end}}
{{if has "import"}}

const fromRow = ({ date, description, category, amount }) => {
  if (!isDay(date)) return {{text "badDay" "value" "date"}};
  if (!description) return {{text "noDescription"}};
  const cost = readAmount(amount);
  if (!(cost > 0)) return {{text "noAmount"}};
  return { id: nextId++, date, description, category: keyOf(categories, category) ?? "other", amount: cost };
};

offerImport(columns, fromRow, (added) => {
  const before = expenses;
  keep([...expenses, ...added]);
  return () => keep(before);
});
{{end}}

// Start

const options = (names) => Object.entries(names).map(([value, name]) => new Option(name, value));
find("category").append(...options(categories));
find("date").value = today;
const names = new Intl.DisplayNames(language, { type: "currency" });
find("currency").append(...currencies.map((code) => element("option", { value: code, title: names.of(code) }, code)));
find("currency").value = currency;
find("currency").addEventListener("change", () => {
  currency = find("currency").value;
  save("expenses-currency", currency);
  show();
});
{{if has "filter"}}
find("filter").append(new Option({{text "all"}}, ""), ...options(categories));
find("filter").addEventListener("change", show);
{{end}}
{{if has "search"}}
search.addEventListener("input", show);
{{end}}
{{if has "sort"}}
find("sort").addEventListener("change", show);
{{end}}
show();
