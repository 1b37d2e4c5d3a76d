{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{template "number"}}
const usualCurrency = {{currency}};

{{template "money"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "print"}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);
const count = (number) => new Intl.NumberFormat(language).format(number);

let stock = load("stock", []); // { name, quantity, minimum, price, location{{if has "categories"}}, category{{end}} }
let edited; // the item that the form changes; undefined: it makes a new one
{{if has "filter"}}
let filter = "all";
{{end}}

const keep = (list) => {
  stock = list;
  save("stock", stock);
  show();
};

// The table

const isOut = ({ quantity }) => quantity === 0;
const isLow = ({ quantity, minimum }) => quantity > 0 && quantity < minimum;
const valueOf = ({ quantity, price }) => quantity * price;
const byName = (a, b) => a.name.localeCompare(b.name, language, { numeric: true });

/** The items that are to be seen now, in their order. */
const shown = () => {
  let list = stock.toSorted(byName);
  {{if has "search"}}
  list = list.filter(({ name, location{{if has "categories"}}, category{{end}} }) => fitsSearch(`${name} ${location}{{if has "categories"}} ${category ?? ""}{{end}}`));
  {{end}}
  {{if has "filter"}}
  const fits = { all: () => true, low: (item) => isLow(item) || isOut(item), out: isOut };
  list = list.filter(fits[filter]);
  {{end}}
  {{if has "categories"}}
  if (find("show-category").value) list = list.filter(({ category }) => category === find("show-category").value);
  {{end}}
  {{if has "sort"}}
  const orders = { name: () => 0, fewest: (a, b) => a.quantity - b.quantity, worthiest: (a, b) => valueOf(b) - valueOf(a) };
  list.sort(orders[find("sort").value]);
  {{end}}
  return list;
};

const row = (item) => {
  const { name, quantity, minimum, price, location{{if has "categories"}}, category{{end}} } = item;
  const what = element("td", { className: "what" }, name);
  const where = [{{if has "categories"}}category, {{end}}location].filter(Boolean).join(" · ");
  if (where) what.append(element("small", {}, where));
  if (isOut(item)) what.append(element("span", { className: "chip out" }, {{text "out"}}));
  if (isLow(item)) what.append(element("span", { className: "chip" }, {{text "low"}}));

  const step = (by, label) => {
    const button = element("button", { type: "button", ariaLabel: label, title: label, disabled: quantity + by < 0 }, by > 0 ? "+" : "−");
    button.addEventListener("click", () => setQuantity(item, quantity + by, by > 0 ? "button:last-child" : "button"));
    return button;
  };
  const field = element("input", { value: quantity, inputMode: "numeric", maxLength: 9, autocomplete: "off", ariaLabel: {{text "quantityOf" "item" "name"}} });
  field.addEventListener("change", () => {
    const number = readCount(field.value);
    field.setAttribute("aria-invalid", Number.isNaN(number));
    if (!Number.isNaN(number)) setQuantity(item, number, "input");
  });
  const stepper = element("div", { className: "stepper" }, step(-1, {{text "oneLess" "item" "name"}}), field, step(1, {{text "oneMore" "item" "name"}}));

  const figure = (head, text) => {
    const cell = element("td", { className: "number" }, text);
    cell.dataset.head = head;
    return cell;
  };
  return element("tr", {}, what, element("td", {}, stepper),
    figure({{text "minimum"}}, count(minimum)), figure({{text "price"}}, price ? money(price) : "–"), figure({{text "value"}}, price ? money(valueOf(item)) : "–"),
    element("td", { className: "no-print" }, element("div", { className: "buttons" },
      iconButton({{text "editItem" "item" "name"}}, {{template "edit-icon"}}, () => edit(item)),
      iconButton({{text "deleteItem" "item" "name"}}, {{template "delete-icon"}}, () => remove(item)))));
};

const show = () => {
  {{if has "categories"}}
  showCategories();
  {{end}}
  const list = shown();
  find("rows").replaceChildren(...list.map(row));
  find("stock").hidden = list.length === 0;
  find("empty").hidden = list.length > 0;
  find("empty-text").textContent = stock.length > 0 ? {{text "nothing"}} : {{text "empty"}};
  find("sample").hidden = stock.length > 0;
  find("locations").replaceChildren(...[...new Set(stock.map(({ location }) => location))].filter(Boolean).map((value) => element("option", { value })));

  const sum = (figure) => stock.reduce((total, item) => total + figure(item), 0);
  const short = stock.filter((item) => isLow(item) || isOut(item)).length;
  find("items").textContent = count(stock.length);
  find("pieces").textContent = count(sum(({ quantity }) => quantity));
  find("low").textContent = count(short);
  find("low-box").classList.toggle("some", short > 0);
  find("total-value").textContent = money(sum(valueOf));
};

/** Changes how many there are of an item; the focus stays where it was, or near to it. */
const setQuantity = (item, quantity, selector) => {
  const other = { ...item, quantity };
  if (edited === item) edited = other;
  {{if has "history"}}
  note(item.name, quantity - item.quantity, quantity);
  {{end}}
  keep(stock.map((each) => (each === item ? other : each)));
  const stepper = find("rows").children[shown().indexOf(other)]?.querySelector(".stepper");
  (stepper?.querySelector(`${selector}:enabled`) ?? stepper?.querySelector("input"))?.focus();
};

const remove = (item) => {
  const before = stock;
  if (edited === item) startAnew();
  keep(stock.filter((other) => other !== item));
  toast({{text "deleted"}}, () => keep(before));
  find("name").focus();
};

// The form

/** Reads how many there are; what is no whole number is NaN. */
const readCount = (text) => {
  const number = readNumber(text);
  return Number.isInteger(number) && number >= 0 ? number : NaN;
};

/** Reads an item from texts; what is wrong is returned as the name of its field, and why. */
const read = ({ name, quantity, minimum, price, location{{if has "categories"}}, category{{end}} }) => {
  const item = { name, quantity: readCount(quantity || "0"), minimum: readCount(minimum || "0"), price: price ? readMoney(price) : 0, location{{if has "categories"}}, category{{end}} };
  if (!name) return { wrong: "name", why: {{text "noItem"}} };
  if (Number.isNaN(item.quantity)) return { wrong: "quantity", why: {{text "badCount"}} };
  if (Number.isNaN(item.minimum)) return { wrong: "minimum", why: {{text "badCount"}} };
  if (!(item.price >= 0)) return { wrong: "price", why: {{text "badPrice"}} };
  return { item };
};

const fields = ["name", "quantity", "minimum", "price", "location"{{if has "categories"}}, "category"{{end}}];

const complain = (id, why = "") => {
  for (const field of fields) find(field).setAttribute("aria-invalid", field === id);
  find("error").textContent = why;
  if (id) find(id).focus();
};

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { item, wrong, why } = read(Object.fromEntries(fields.map((field) => [field, find(field).value.trim()])));
  if (wrong) return complain(wrong, why);
  const same = stock.find(({ name }) => name.toLowerCase() === item.name.toLowerCase());
  if (same && same !== edited) return complain("name", {{text "known" "item" "same.name"}});

  const before = stock.includes(edited) ? edited : undefined;
  {{if has "history"}}
  const change = item.quantity - (before?.quantity ?? 0);
  if (change) note(item.name, change, item.quantity);
  {{end}}
  {{if has "search"}}
  search.value = ""; // so that the item is seen
  {{end}}
  {{if has "filter"}}
  choose("all");
  {{end}}
  startAnew();
  keep(before ? stock.map((other) => (other === before ? item : other)) : [...stock, item]);
  find("name").focus();
});

/** Empties the form, for a new item. */
const startAnew = () => {
  edited = undefined;
  find("form").reset();
  showForm({{text "newItem"}});
};

const edit = (item) => {
  edited = item;
  for (const field of fields) find(field).value = item[field] ?? "";
  find("price").value = item.price ? typedMoney(item.price) : "";
  showForm({{text "editItem" "item" "item.name"}});
  find("name").focus();
};

const showForm = (title) => {
  complain();
  find("form-title").textContent = title;
  find("submit").textContent = edited ? {{text "save"}} : {{text "addItem"}};
  find("cancel").hidden = !edited;
};

find("cancel").addEventListener("click", startAnew);
find("form").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && edited) startAnew();
});

find("sample").addEventListener("click", () => {
  keep([
    { name: {{text "batteries"}}, quantity: 24, minimum: 8, price: 0.6, location: {{text "shelf"}}{{if has "categories"}}, category: {{text "electric"}}{{end}} },
    { name: {{text "bulbs"}}, quantity: 2, minimum: 4, price: 3.5, location: {{text "shelf"}}{{if has "categories"}}, category: {{text "electric"}}{{end}} },
    { name: {{text "coffee"}}, quantity: 0, minimum: 2, price: 7.9, location: {{text "kitchen"}}{{if has "categories"}}, category: {{text "office"}}{{end}} },
    { name: {{text "paper"}}, quantity: 5, minimum: 3, price: 4.2, location: {{text "office"}}{{if has "categories"}}, category: {{text "office"}}{{end}} },
    { name: {{text "screws"}}, quantity: 350, minimum: 100, price: 0.04, location: {{text "workshop"}}{{if has "categories"}}, category: {{text "workshop"}}{{end}} },
  ]);
  toast({{text "sampleShown"}}, () => keep([]));
});

currencySelect.addEventListener("change", show);
{{if has "search"}}
search.addEventListener("input", show);
{{end}}
{{if has "sort"}}
find("sort").addEventListener("change", show);
{{end}}
{{if has "filter"}}

const choose = (chosen) => {
  filter = chosen;
  for (const button of find("filters").children) button.setAttribute("aria-pressed", button.dataset.filter === filter);
};

find("filters").addEventListener("click", ({ target }) => {
  if (!target.dataset.filter) return;
  choose(target.dataset.filter);
  show();
});
{{end}}
{{if has "categories"}}

/** Offers the categories that items have. */
const showCategories = () => {
  const names = [...new Set(stock.map(({ category }) => category))].filter(Boolean).sort((a, b) => a.localeCompare(b, language));
  const select = find("show-category");
  const chosen = names.includes(select.value) ? select.value : "";
  select.replaceChildren(new Option({{text "allCategories"}}, ""), ...names.map((name) => new Option(name)));
  select.value = chosen;
  find("categories").replaceChildren(...names.map((value) => element("option", { value })));
};

find("show-category").addEventListener("change", show);
{{end}}
{{if has "history"}}

// The history

let changes = load("stock-history", []); // { time, name, change, quantity }, the latest first

/** Notes a change; one of the same item within a minute is part of that before. */
const note = (name, change, quantity) => {
  const [last, ...others] = changes;
  const goesOn = last?.name === name && Date.now() - last.time < 60_000;
  changes = [{ time: Date.now(), name, change: goesOn ? last.change + change : change, quantity }, ...(goesOn ? others : changes)].slice(0, 50);
  save("stock-history", changes);
  showHistory();
};

const showHistory = () => {
  const signed = new Intl.NumberFormat(language, { signDisplay: "always" });
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  find("history").replaceChildren(...changes.map((each) => element("li", {},
    element("span", {}, `${each.name}: ${signed.format(each.change)} → ${count(each.quantity)}`), element("small", {}, time.format(each.time)))));
  find("no-history").hidden = changes.length > 0;
};

showHistory();
{{end}}
{{if has "export" "import"}}

// Export and import

const columns = { name: {{text "item"}}, quantity: {{text "quantity"}}, minimum: {{text "minimum"}}, price: {{text "price"}}, location: {{text "location"}}{{if has "categories"}}, category: {{text "category"}}{{end}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => stock.toSorted(byName));
{{end}}
{{if has "import"}}
offerImport(columns,
  (values) => {
    const { item, why } = read(values);
    return item ?? why;
  },
  (added) => {
    const before = stock;
    const names = new Set(added.map(({ name }) => name.toLowerCase()));
    keep([...stock.filter(({ name }) => !names.has(name.toLowerCase())), ...added]); // what has the same name is replaced
    return () => keep(before);
  });
{{end}}

show();
