const language = document.documentElement.lang;
const DISCOUNT = 0.2; // for who pays yearly

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "print"}}
{{template "share"}}
{{template "export"}}
const find = (id) => document.getElementById(id);

// What is offered, and its plans until somebody changes them. "once" says that it is not
// paid by the month.
const [offer, ...samples] = {{items}};

let plans = load("pricing-plans", samples); // { name, price, text, features, popular }
let yearly = load("pricing-yearly", false);
let chosen = load("pricing-chosen", ""); // the name of a plan
let editing = false;

/** Writes an amount; without cents where there are none. */
const money = (amount) => new Intl.NumberFormat(language, { style: "currency", currency: {{text "currency"}}, minimumFractionDigits: Number.isInteger(amount) ? 0 : 2 }).format(amount);
const round = (amount) => Math.round(amount * 100) / 100;

const button = (label, act, properties = {}) => {
  const made = element("button", { type: "button", ...properties }, label);
  made.addEventListener("click", act);
  return made;
};

/** What a plan costs in words: an amount, for which time, and when it is paid. */
function cost({ price }) {
  if (price === 0) return { amount: {{text "free"}}, period: "", bill: {{text "forever"}} };
  if (offer.once) return { amount: money(price), period: "", bill: {{text "once"}} };
  if (!yearly) return { amount: money(price), period: {{text "perMonth"}}, bill: {{text "billedMonthly"}} };
  const month = round(price * (1 - DISCOUNT));
  return { amount: money(month), period: {{text "perMonth"}}, bill: {{text "billedYearly" "price" "money(round(month * 12))"}} };
}

// The plans

function card(plan) {
  const { name, text, features, popular } = plan;
  const { amount, period, bill } = cost(plan);
  const made = element("li", { className: popular ? "card plan popular" : "card plan" },
    element("h3", {}, name),
    element("p", { className: "text" }, text),
    element("p", { className: "cost" }, element("strong", {}, amount), element("span", {}, period)),
    element("p", { className: "bill" }, bill),
    button({{text "choose" "plan" "name"}}, () => choose(plan), { className: popular ? "primary" : "", ariaPressed: name === chosen }),
    element("ul", { className: "features" }, ...features.map((feature) => element("li", {}, feature))));
  if (popular) made.prepend(element("p", { className: "badge" }, {{text "popular"}}));
  if (editing) {
    made.append(element("div", { className: "manage" },
      button({{text "edit"}}, () => edit(plan), { ariaLabel: {{text "editItem" "item" "name"}} }),
      button({{text "delete"}}, () => remove(plan), { ariaLabel: {{text "deleteItem" "item" "name"}} })));
  }
  return made;
}

/** Fills the table: a line for each feature, and in a column for each plan whether it has it. */
function compare() {
  const head = element("tr", {}, ...[{{text "included"}}, ...plans.map(({ name }) => name)].map((name) => element("th", { scope: "col" }, name)));
  const prices = element("tr", {}, element("th", { scope: "row" }, {{text "price"}}), ...plans.map((plan) => element("td", {}, cost(plan).amount)));
  const all = [...new Set(plans.flatMap(({ features }) => features))];
  const rows = all.map((feature) => element("tr", {}, element("th", { scope: "row" }, feature), ...plans.map(({ features }) => {
    const has = features.includes(feature);
    const mark = element("span", { role: "img", ariaLabel: has ? {{text "yes"}} : {{text "no"}} }, has ? "✓" : "–");
    return element("td", { className: has ? "" : "no" }, mark);
  })));
  find("compare").replaceChildren(element("thead", {}, head), element("tbody", {}, prices, ...rows));
}

function show() {
  find("billing").hidden = Boolean(offer.once);
  find("monthly").ariaPressed = !yearly;
  find("yearly").ariaPressed = yearly;
  find("plans").replaceChildren(...plans.map(card));
  compare();
}

function bill(byYear) {
  yearly = byYear;
  save("pricing-yearly", yearly);
  show();
}

function keep(list) {
  plans = list;
  save("pricing-plans", plans);
  show();
}

function mark(name) {
  chosen = name;
  save("pricing-chosen", chosen);
  find("chosen").textContent = {{text "chosen" "plan" "name"}};
  show();
}

find("monthly").addEventListener("click", () => bill(false));
find("yearly").addEventListener("click", () => bill(true));
find("lead").textContent = offer.lead;
const percent = new Intl.NumberFormat(language, { style: "percent" }).format(DISCOUNT);
find("saving").textContent = {{text "saving" "percent" "percent"}};
{{if has "checkout" "contact-form"}}

/** Says what is wrong with a field; without a message all is well. */
function complain(place, message = "", field = null) {
  for (const other of place.closest("form").querySelectorAll("input, textarea")) other.ariaInvalid = other === field;
  place.className = message ? "error" : "";
  place.textContent = message;
  field?.focus();
}

const isAddress = (text) => /^\S+@\S+\.\S+$/.test(text);
{{end}}
{{if has "checkout"}}

// Ordering a plan

let wanted; // the plan that is ordered

function choose(plan) {
  wanted = plan;
  const { amount, period, bill } = cost(plan);
  find("order-title").textContent = plan.name;
  find("order-price").textContent = `${amount} ${period}, ${bill}`.replace(" ,", ",");
  complain(find("order-problem"));
  find("order").showModal();
}

find("order-cancel").addEventListener("click", () => find("order").close());
find("order-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const customer = find("customer").value.trim();
  const email = find("email").value.trim();
  if (!customer) return complain(find("order-problem"), {{text "noName"}}, find("customer"));
  if (!isAddress(email)) return complain(find("order-problem"), {{text "noEmail"}}, find("email"));
  save("pricing-orders", [...load("pricing-orders", []), { plan: wanted.name, yearly, customer, email, date: new Date().toISOString() }]);
  find("order").close();
  mark(wanted.name);
  toast({{text "ordered" "name" "customer"}});
});
{{else}}

const choose = ({ name }) => mark(name);
{{end}}
{{if has "contact-form"}}

// Questions

find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const from = find("from").value.trim();
  const message = find("message").value.trim();
  if (!isAddress(from)) return complain(find("ask-status"), {{text "noEmail"}}, find("from"));
  if (!message) return complain(find("ask-status"), {{text "noMessage"}}, find("message"));
  save("pricing-questions", [...load("pricing-questions", []), { from, message, date: new Date().toISOString() }]);
  find("ask").reset();
  complain(find("ask-status"));
  find("ask-status").textContent = {{text "asked"}};
});
{{end}}

// Changing the plans

const form = find("plan-form");
let edited; // the plan in the form; none: a new one

function reject(message = "", id = "") {
  for (const field of form.querySelectorAll("input")) field.ariaInvalid = field.id === id;
  find("problem").textContent = message;
  if (id) find(id).focus();
}

function edit(plan) {
  edited = plan;
  find("editor-title").textContent = plan ? {{text "editPlan"}} : {{text "addPlan"}};
  find("name").value = plan?.name ?? "";
  find("price").value = plan ? new Intl.NumberFormat(language, { useGrouping: false }).format(plan.price) : "";
  find("text").value = plan?.text ?? "";
  find("features").value = plan?.features.join("\n") ?? "";
  find("popular").checked = Boolean(plan?.popular);
  reject();
  find("editor").showModal();
}

function remove(plan) {
  const before = plans;
  keep(plans.filter((other) => other !== plan));
  toast({{text "deleted" "plan" "plan.name"}}, () => keep(before));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("name").value.trim();
  const price = round(readNumber(find("price").value.replace(/[^\d.,\s'’+-]/g, "")));
  if (!name) return reject({{text "noPlan"}}, "name");
  if (!(price >= 0)) return reject({{text "noPrice"}}, "price");

  const features = find("features").value.split("\n").map((line) => line.trim()).filter(Boolean);
  const plan = { name, price, text: find("text").value.trim(), features, popular: find("popular").checked };
  const others = plans.map((other) => (plan.popular ? { ...other, popular: false } : other)); // only one is the most popular
  const at = plans.indexOf(edited);
  find("editor").close();
  keep(at < 0 ? [...others, plan] : others.with(at, plan));
});

find("new").addEventListener("click", () => edit());
find("editor-cancel").addEventListener("click", () => find("editor").close());
find("editing").addEventListener("click", () => {
  editing = !editing;
  find("editing").ariaPressed = editing;
  find("new").hidden = !editing;
  show();
});
{{if has "export"}}

offerExport({ name: {{text "plan"}}, price: {{text "price"}}, text: {{text "description"}}, features: {{text "included"}} },
  () => plans.map((plan) => ({ ...plan, features: plan.features.join(", ") })));
{{end}}
{{if has "share"}}

offerShare(() => plans.map((plan) => [plan.name, cost(plan).amount, cost(plan).period].join(" ").trim()).join("\n"));
{{end}}

show();
