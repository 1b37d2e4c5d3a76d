const language = document.documentElement.lang;
const usualCurrency = {{currency}};

{{template "element"}}
{{template "icon-button"}}
{{if has "charts"}}
{{template "shape"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{template "money"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "print"}}
{{template "export"}}
{{template "import"}}
const find = (id) => document.getElementById(id);

// Months are written as 2026-03, and days as 2026-03-14.
const twoDigits = (number) => String(number).padStart(2, "0");
const monthOf = (date) => `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}`;
const monthName = (month, style) => new Intl.DateTimeFormat(language, style).format(new Date(`${month}-15T12:00`));
const today = `${monthOf(new Date())}-${twoDigits(new Date().getDate())}`;

function monthAfter(month, count) {
  const [year, number] = month.split("-").map(Number);
  return monthOf(new Date(year, number - 1 + count));
}

let budget = load("budget", {
  categories: [{{text "housing"}}, {{text "food"}}, {{text "transport"}}, {{text "leisure"}}, {{text "savings"}}, {{text "other"}}].map((name) => ({ name, limit: 0 })),
  entries: [{{if number "income" 0}}{ kind: "income", description: {{text "salary"}}, amount: {{number "income" 0}}, date: `${today.slice(0, 7)}-01`, repeat: true }{{end}}], // { kind: "income" or "expense", description, amount, category: its name, date, repeat: every month from then on }
});
let month = today.slice(0, 7);
let edited; // the entry in the form
let editedCategory; // the category in the dialog

function keep(changes) {
  budget = { ...budget, ...changes };
  save("budget", budget);
  show();
}

const sum = (list) => list.reduce((total, { amount }) => total + amount, 0);
const within = (month) => budget.entries.filter(({ date, repeat }) => (repeat ? date.slice(0, 7) <= month : date.startsWith(month)));
const income = (list) => sum(list.filter(({ kind }) => kind === "income"));
const expenses = (list) => list.filter(({ kind }) => kind === "expense");

// What is shown

function show() {
  const list = within(month);
  showMonth(list);
  showPlan(list);
  showEntries(list);
  {{if has "charts"}}
  drawChart();
  {{end}}
}

function showMonth(list) {
  const came = income(list);
  const went = sum(expenses(list));
  const left = came - went;
  find("month").textContent = monthName(month, { month: "long", year: "numeric" });
  find("income").textContent = money(came);
  find("spent").textContent = money(went);
  find("left").textContent = money(left);
  find("left").classList.toggle("over", left < 0);
  const percent = new Intl.NumberFormat(language, { style: "percent" }).format(left / came);
  find("message").textContent = left < 0 ? {{text "tooMuch" "amount" "money(-left)"}} : came > 0 ? {{text "keeps" "percent" "percent"}} : {{text "noIncome"}};
}

const tools = (item, edit, remove) => element("div", { className: "icons" },
  iconButton({{text "editItem" "item" "item"}}, {{template "edit-icon"}}, edit),
  iconButton({{text "deleteItem" "item" "item"}}, {{template "delete-icon"}}, remove));

function showPlan(list) {
  const planned = budget.categories.reduce((total, { limit }) => total + limit, 0);
  const free = income(list) - planned;
  const rest = free < 0 ? {{text "overPlanned" "amount" "money(-free)"}} : {{text "notPlanned" "amount" "money(free)"}};
  find("planned").textContent = {{text "planned" "amount" "money(planned)"}} + (planned === 0 || free === 0 ? "" : ` · ${rest}`);
  find("categories").replaceChildren(...budget.categories.map((category) => envelope(category, sum(expenses(list).filter((entry) => entry.category === category.name)))));
  const chosen = find("category").value;
  find("category").replaceChildren(...budget.categories.map(({ name }) => new Option(name)));
  if (budget.categories.some(({ name }) => name === chosen)) find("category").value = chosen;
}

function envelope(category, spent) {
  const { name, limit } = category;
  const left = limit - spent;
  const over = limit > 0 && left < 0;
  const state = limit === 0 ? {{text "noLimit"}} : over ? {{text "amountOver" "amount" "money(-left)"}} : {{text "amountLeft" "amount" "money(left)"}};
  const bar = element("div", { className: "bar" }, element("span", {}));
  bar.firstChild.style.width = `${limit > 0 ? Math.min(100, (spent / limit) * 100) : 0}%`;
  return element("li", { className: over ? "over" : "" },
    element("strong", {}, name),
    tools(name, () => editCategory(category), () => removeCategory(category)),
    bar,
    element("span", {}, limit > 0 ? {{text "spentOf" "spent" "money(spent)" "limit" "money(limit)"}} : money(spent)),
    element("span", { className: "state" }, state));
}

function showEntries(list) {
  const shown = list.toSorted((a, b) => b.date.slice(8).localeCompare(a.date.slice(8))){{if has "search"}}.filter(({ description, category }) => fitsSearch(`${description} ${category ?? ""}`)){{end}};
  find("entries").replaceChildren(...shown.map(row));
  find("count").textContent = {{plural "entries" "shown.length"}};
  find("empty").hidden = shown.length > 0;
  find("empty-text").textContent = {{if has "search"}}list.length > 0 ? {{text "nothingFound"}} : {{end}}{{text "empty"}};
  find("sample").hidden = budget.entries.length > 0;
}

function row(entry) {
  const { kind, description, amount, category, date, repeat } = entry;
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }).format(new Date(`${month}${date.slice(7)}T12:00`));
  const details = [category ?? {{text "income"}}, repeat ? {{text "everyMonth"}} : day];
  return element("li", {},
    element("div", { className: "what" }, description, element("small", {}, details.join(" · "))),
    element("span", { className: `cost ${kind}` }, kind === "income" ? `+${money(amount)}` : money(-amount)),
    tools(description, () => edit(entry), () => remove(entry)));
}
{{if has "charts"}}

/** Draws two bars for each of six months: what came in, and what went out. */
function drawChart() {
  const months = Array.from({ length: 6 }, (_, i) => monthAfter(month, i - 5)).map((name) => ({ name, in: income(within(name)), out: sum(expenses(within(name))) }));
  const highest = Math.max(1, ...months.flatMap((each) => [each.in, each.out]));
  find("chart").replaceChildren(...months.flatMap((each, i) => {
    const x = i * 60 + 30;
    const label = {{text "inAndOut" "month" "monthName(each.name, { month: \"long\" })" "income" "money(each.in)" "spent" "money(each.out)"}};
    const bar = (kind, x) => {
      const height = Math.max(2, (each[kind] / highest) * 140);
      return shape("rect", { class: kind, x, y: 146 - height, width: 17, height, rx: 4 }, shape("title", {}, label));
    };
    return [bar("in", x - 18), bar("out", x + 1), shape("text", { x, y: 163, "text-anchor": "middle" }, monthName(each.name, { month: "short" }))];
  }));
}
{{end}}

function turn(to) {
  month = to;
  show();
}

find("previous").addEventListener("click", () => turn(monthAfter(month, -1)));
find("next").addEventListener("click", () => turn(monthAfter(month, 1)));
currencySelect.addEventListener("change", show);

// Entries

const form = find("form");

/** Says what is wrong with a field of a form; without a message all is well. */
function complain(form, id, message = "") {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  form.querySelector(".error").textContent = message;
  if (!message) return;
  find(id).setAttribute("aria-invalid", "true");
  find(id).focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const kind = form.elements.kind.value;
  const entry = { kind, description: find("description").value.trim(), amount: readMoney(find("amount").value), date: find("date").value, repeat: find("repeat").checked };
  if (kind === "expense") entry.category = find("category").value;
  if (!entry.description) return complain(form, "description", {{text "noDescription"}});
  if (!(entry.amount > 0)) return complain(form, "amount", {{text "noAmount"}});
  if (!entry.date) return complain(form, "date", {{text "noDate"}});
  const others = budget.entries.filter((other) => other !== edited);
  month = entry.date.slice(0, 7);
  {{if has "search"}}
  search.value = "";
  {{end}}
  fill({ kind, date: entry.date, category: entry.category });
  keep({ entries: [...others, entry] });
  find("description").focus();
});

/** Fills the form with an entry, or with what a new one begins with. */
function fill({ kind, description = "", amount = "", date, category, repeat = false }) {
  edited = undefined;
  form.elements.kind.value = kind;
  find("description").value = description;
  find("amount").value = amount && typedMoney(amount);
  find("date").value = date;
  find("repeat").checked = repeat;
  if (budget.categories.some(({ name }) => name === category)) find("category").value = category; // it may be deleted
  showForm();
}

function showForm() {
  complain(form);
  find("category-field").hidden = form.elements.kind.value === "income";
  find("form-title").textContent = edited ? {{text "editEntry"}} : {{text "addEntry"}};
  find("submit").textContent = edited ? {{text "save"}} : {{text "add"}};
  find("cancel").hidden = !edited;
}

function edit(entry) {
  fill(entry);
  edited = entry;
  showForm();
  find("description").focus();
}

const stopEditing = () => fill({ kind: form.elements.kind.value, date: today });

function remove(entry) {
  const { entries } = budget;
  if (edited === entry) stopEditing();
  keep({ entries: entries.filter((other) => other !== entry) });
  const item = entry.description;
  toast({{text "deleted" "item" "item"}}, () => keep({ entries }));
}

form.addEventListener("change", ({ target }) => {
  if (target.name === "kind") showForm();
});
find("cancel").addEventListener("click", stopEditing);
{{if has "search"}}
search.addEventListener("input", show);
{{end}}

// Categories

const categoryForm = find("category-form");

function editCategory(category) {
  editedCategory = category;
  find("dialog-title").textContent = category ? {{text "editCategory"}} : {{text "addCategory"}};
  find("name").value = category?.name ?? "";
  find("limit").value = category?.limit ? typedMoney(category.limit) : "";
  complain(categoryForm);
  find("dialog").showModal();
}

categoryForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("name").value.trim();
  const limit = find("limit").value.trim() ? readMoney(find("limit").value) : 0;
  const taken = budget.categories.some((other) => other !== editedCategory && other.name.toLowerCase() === name.toLowerCase());
  if (!name || taken) return complain(categoryForm, "name", {{text "noName"}});
  if (!(limit >= 0)) return complain(categoryForm, "limit", {{text "badLimit"}});
  find("dialog").close();
  if (!editedCategory) return keep({ categories: [...budget.categories, { name, limit }] });
  keep({
    categories: budget.categories.map((other) => (other === editedCategory ? { name, limit } : other)),
    entries: budget.entries.map((entry) => (entry.category === editedCategory.name ? { ...entry, category: name } : entry)),
  });
});

function removeCategory(category) {
  const { categories } = budget;
  keep({ categories: categories.filter((other) => other !== category) });
  const item = category.name;
  toast({{text "deleted" "item" "item"}}, () => keep({ categories }));
}

find("add-category").addEventListener("click", () => editCategory());
find("close").addEventListener("click", () => find("dialog").close());

// To begin with

find("sample").addEventListener("click", () => {
  const before = budget;
  const [housing, food, transport, leisure, savings] = [{{text "housing"}}, {{text "food"}}, {{text "transport"}}, {{text "leisure"}}, {{text "savings"}}];
  const limits = { [housing]: 950, [food]: 420, [transport]: 120, [leisure]: 150, [savings]: 400 };
  const start = monthAfter(month, -5);
  const out = (description, amount, category, date, repeat = false) => ({ kind: "expense", description, amount, category, date, repeat });
  keep({
    categories: Object.entries(limits).map(([name, limit]) => ({ name, limit })),
    entries: [
      { kind: "income", description: {{text "salary"}}, amount: 2450, date: `${start}-01`, repeat: true },
      out({{text "rent"}}, 950, housing, `${start}-02`, true),
      out({{text "busPass"}}, 49, transport, `${start}-03`, true),
      out({{text "nestEgg"}}, 300, savings, `${start}-05`, true),
      ...[310, 365, 290, 420, 335, 182.4].map((amount, i) => out({{text "groceries"}}, amount, food, `${monthAfter(start, i)}-09`)),
      ...[60, 120, 210, 75, 40, 168].map((amount, i) => out({{text "concert"}}, amount, leisure, `${monthAfter(start, i)}-12`)),
    ],
  });
  toast({{text "sampleShown"}}, () => keep(before));
});
{{if has "export" "import"}}

const columns = { kind: {{text "kind"}}, description: {{text "description"}}, amount: {{text "amount"}}, category: {{text "category"}}, date: {{text "date"}}, repeat: {{text "everyMonth"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => budget.entries);
{{end}}
{{if has "import"}}
offerImport(columns,
  (row) => {
    const kind = { income: "income", expense: "expense", [{{text "income"}}.toLowerCase()]: "income", [{{text "expense"}}.toLowerCase()]: "expense" }[row.kind.toLowerCase()];
    const amount = readMoney(row.amount);
    if (!kind) return {{text "badKind"}};
    if (!row.description) return {{text "noDescription"}};
    if (!(amount > 0)) return {{text "noAmount"}};
    if (!/^\d{4}-\d\d-\d\d$/.test(row.date)) return {{text "noDate"}};
    const category = kind === "expense" && { category: row.category || {{text "other"}} };
    return { kind, description: row.description, amount, ...category, date: row.date, repeat: row.repeat === "true" };
  },
  (added) => {
    const before = budget;
    const names = [...new Set(added.map(({ category }) => category))].filter((name) => name && !budget.categories.some((other) => other.name === name));
    keep({ categories: [...budget.categories, ...names.map((name) => ({ name, limit: 0 }))], entries: [...budget.entries, ...added] });
    return () => keep(before);
  });
{{end}}

fill({ kind: "expense", date: today });
show();
