const language = document.documentElement.lang;
const usualCurrency = {{currency}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{template "money"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "print"}}
{{template "share"}}
{{template "export"}}
{{template "import"}}
const find = (id) => document.getElementById(id);

// The house, and its dishes until somebody changes them.
const [house, ...samples] = {{items}};

const diets = {
  vegetarian: {{text "vegetarian"}},
  vegan: {{text "vegan"}},
  glutenFree: {{text "glutenFree"}},
  spicy: {{text "spicy"}},
};

// When the house is open, from Sunday on: from and until which hour.
const hours = [[12, 21], null, [12, 22], [12, 22], [12, 22], [12, 23], [12, 23]];

let dishes = load("menu", samples); // { section, name, text, price, diets, special }
let editing = false;

const sections = () => [...new Set(dishes.map(({ section }) => section))];

const button = (label, act, properties = {}) => {
  const made = element("button", { type: "button", ...properties }, label);
  made.addEventListener("click", act);
  return made;
};

find("lead").textContent = house.lead;

// Opening hours

const clock = (hour, minute = 0) => new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(new Date(2026, 0, 1, hour, minute));

function showHours() {
  const now = new Date();
  const [from, until] = hours[now.getDay()] ?? [0, 0];
  const isOpen = now.getHours() >= from && now.getHours() < until;
  find("open").classList.toggle("now", isOpen);
  const status = isOpen ? {{text "openUntil" "time" "clock(until)"}} : {{text "closedNow"}};
  if (find("open").textContent !== status) find("open").textContent = status;
  find("hours").replaceChildren(...[1, 2, 3, 4, 5, 6, 0].map((day) => {
    const name = new Intl.DateTimeFormat(language, { weekday: "long" }).format(new Date(2026, 2, 1 + day)); // 1 March 2026 is a Sunday
    const times = hours[day]?.map((hour) => clock(hour)).join(" – ") ?? {{text "closed"}};
    return element("div", { className: day === now.getDay() ? "today" : "" }, element("dt", {}, name), element("dd", {}, times));
  }));
}

setInterval(showHours, 30_000);
showHours();

// The menu

function item(dish) {
  const { name, text, price, special } = dish;
  const line = element("div", { className: "line" }, element("h4", {}, name), element("span", { className: "price" }, money(price)));
  {{if has "cart"}}
  line.append(button("+", () => order(dish, 1), { className: "icon", ariaLabel: {{text "addToOrder" "item" "name"}} }));
  {{end}}
  const made = element("li", { className: "dish" }, line, element("p", {}, text));
  if (special) made.prepend(element("p", { className: "special" }, {{text "special"}}));
  if (dish.diets.length > 0) made.append(element("div", { className: "tags" }, ...dish.diets.map((diet) => element("span", {}, diets[diet]))));
  if (editing) {
    made.append(element("div", { className: "manage" },
      button({{text "edit"}}, () => edit(dish), { ariaLabel: {{text "editItem" "item" "name"}} }),
      button({{text "delete"}}, () => remove(dish), { ariaLabel: {{text "deleteItem" "item" "name"}} })));
  }
  return made;
}

function show() {
  const shown = dishes{{if has "search"}}
    .filter(({ section, name, text }) => fitsSearch(`${section} ${name} ${text}`)){{end}}{{if has "filter"}}
    .filter((dish) => [...wanted].every((diet) => dish.diets.includes(diet))){{end}};
  const courses = sections().map((section) => ({ section, of: shown.filter((dish) => dish.section === section) })).filter(({ of }) => of.length > 0);

  find("menu").replaceChildren(...courses.map(({ section, of }) => {
    const head = element("h3", { tabIndex: -1 }, section);
    return element("div", { className: "course" }, head, element("ul", {}, ...of.map(item)));
  }));
  find("nav").replaceChildren(...courses.map(({ section }, i) => {
    const link = element("a", { href: "#menu" }, section);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const course = find("menu").children[i];
      course.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
      course.querySelector("h3").focus({ preventScroll: true });
    });
    return link;
  }));
  find("count").textContent = {{plural "dishes" "shown.length"}};
  find("empty").hidden = shown.length > 0;
}

function keep(list) {
  dishes = list;
  save("menu", dishes);
  show();
}
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "filter"}}

const wanted = new Set(); // the diets that each dish has to suit

find("diets").append(...Object.entries(diets).map(([diet, name]) => {
  const choice = button(name, () => {
    if (!wanted.delete(diet)) wanted.add(diet);
    choice.ariaPressed = wanted.has(diet);
    show();
  }, { ariaPressed: false });
  return choice;
}));
{{end}}
{{if has "cart"}}

// The order

let ordered = load("menu-order", []); // { name, price, count }

function keepOrder(lines) {
  ordered = lines;
  save("menu-order", ordered);
  showOrder();
}

/** Puts a dish on the order, or by -1 takes one off. */
function order({ name, price }, by) {
  const others = ordered.filter((line) => line.name !== name);
  const count = (ordered.find((line) => line.name === name)?.count ?? 0) + by;
  keepOrder(count === 0 ? others : others.length < ordered.length ? ordered.map((line) => (line.name === name ? { ...line, count } : line)) : [...others, { name, price, count }]);
}

function showOrder() {
  find("order").replaceChildren(...ordered.map((line) => element("li", {},
    element("span", {}, `${line.count} × ${line.name}`),
    element("span", {}, money(line.price * line.count)),
    button("−", () => order(line, -1), { className: "icon", ariaLabel: {{text "oneLess" "item" "line.name"}} }))));
  find("total").textContent = money(ordered.reduce((sum, { price, count }) => sum + price * count, 0));
  find("order-empty").hidden = ordered.length > 0;
  find("clear").hidden = ordered.length === 0;
}

find("clear").addEventListener("click", () => {
  const before = ordered;
  keepOrder([]);
  toast({{text "cleared"}}, () => keepOrder(before));
});
showOrder();
{{end}}
{{if has "contact-form"}}

// Booking a table

const booking = find("booking");
const day = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
find("date").value = find("date").min = day(new Date());

/** What is wrong with a booking: the field and a text; nothing if all is well. */
function mistake({ guest, phone, date, time }) {
  if (!guest) return ["guest", {{text "noName"}}];
  if (phone.replace(/\D/g, "").length < 5) return ["phone", {{text "noPhone"}}];
  if (!date || date < find("date").min) return ["date", {{text "noDate"}}];
  const open = hours[new Date(`${date}T12:00`).getDay()];
  if (!open || !time || time < `${open[0]}:00` || time >= `${open[1]}:00`) return ["time", {{text "notOpen"}}];
}

booking.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(["guest", "phone", "date", "time", "people"].map((id) => [id, find(id).value.trim()]));
  const [wrong, message] = mistake(values) ?? [];
  for (const field of booking.querySelectorAll("input")) field.ariaInvalid = field.id === wrong;
  find("booking-status").className = wrong ? "error" : "";
  if (wrong) {
    find("booking-status").textContent = message;
    find(wrong).focus();
    return;
  }
  save("bookings", [...load("bookings", []), values]);
  const date = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" }).format(new Date(`${values.date}T${values.time}`));
  find("booking-status").textContent = {{text "booked" "name" "values.guest" "people" "values.people" "date" "date"}};
  find("guest").value = find("phone").value = "";
});
{{end}}

// Changing the menu

const form = find("dish-form");
const fields = { name: "name", section: "section", price: "price", text: "description" }; // of a dish, and their ids in the form
let edited; // the dish in the form; none: a new one

find("checks").append(...Object.entries({ ...diets, special: {{text "special"}} }).map(([value, name]) => element("label", {}, element("input", { type: "checkbox", value }), name)));

function complain(message = "", id = "") {
  for (const field of form.querySelectorAll("input")) field.ariaInvalid = field.id === id;
  find("problem").textContent = message;
  if (id) find(id).focus();
}

/** Reads a dish from texts; throws what is wrong: a message and a field. */
function read({ name, section, price, text }) {
  const cost = readMoney(price);
  if (!name.trim()) throw [{{text "noDish"}}, "name"];
  if (!section.trim()) throw [{{text "noSection" "section" "sections()[0] ?? samples[0].section"}}, "section"];
  if (!(cost >= 0)) throw [{{text "noPrice"}}, "price"];
  return { section: section.trim(), name: name.trim(), text: text.trim(), price: cost };
}

function edit(dish) {
  edited = dish;
  find("editor-title").textContent = dish ? {{text "editDish"}} : {{text "addDish"}};
  for (const [key, id] of Object.entries(fields)) find(id).value = dish?.[key] ?? "";
  if (dish) find("price").value = typedMoney(dish.price);
  for (const box of find("checks").querySelectorAll("input")) box.checked = Boolean(dish?.diets.includes(box.value) || dish?.[box.value]);
  find("known").replaceChildren(...sections().map((section) => new Option(section)));
  complain();
  find("editor").showModal();
}

function remove(dish) {
  const before = dishes;
  keep(dishes.filter((other) => other !== dish));
  toast({{text "deleted" "item" "dish.name"}}, () => keep(before));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  let dish;
  try {
    dish = read(Object.fromEntries(Object.entries(fields).map(([key, id]) => [key, find(id).value])));
  } catch ([message, field]) {
    return complain(message, field);
  }
  const checked = [...find("checks").querySelectorAll("input:checked")].map(({ value }) => value);
  Object.assign(dish, { diets: checked.filter((value) => value in diets), special: checked.includes("special") });
  find("editor").close();
  keep(edited ? dishes.map((other) => (other === edited ? dish : other)) : [...dishes, dish]);
});

find("new").addEventListener("click", () => edit());
find("editor-cancel").addEventListener("click", () => find("editor").close());
find("editing").addEventListener("click", () => {
  editing = !editing;
  find("editing").ariaPressed = editing;
  find("new").hidden = find("currency-label").hidden = !editing;
  show();
});
{{if has "export" "import"}}

const columns = { section: {{text "section"}}, name: {{text "dish"}}, text: {{text "description"}}, price: {{text "price"}}, diets: {{text "diets"}} };
const written = (dish) => ({ ...dish, diets: dish.diets.map((diet) => diets[diet]).join(", ") });
{{end}}
{{if has "export"}}
offerExport(columns, () => dishes.map(written));
{{end}}
{{if has "import"}}
offerImport(columns,
  (values) => {
    const named = values.diets.toLowerCase().split(/\s*[,;/]\s*/);
    try {
      return { ...read(values), diets: Object.keys(diets).filter((diet) => named.includes(diets[diet].toLowerCase())) };
    } catch ([message]) {
      return message;
    }
  },
  (added) => {
    const before = dishes;
    keep([...dishes, ...added]);
    return () => keep(before);
  });
{{end}}
{{if has "share"}}
offerShare(() => [find("brand").textContent, ...sections().flatMap((section) => ["", section, ...dishes.filter((dish) => dish.section === section).map(({ name, price }) => `${name} ${money(price)}`)])].join("\n"));
{{end}}

currencySelect.addEventListener("change", () => {
  show();
  {{if has "cart"}}
  showOrder();
  {{end}}
});
show();
