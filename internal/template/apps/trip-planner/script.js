// The trip to begin with: where to, and what is planned there on which day.
const [{ destination }, ...samplePlans] = {{items}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{template "number"}}
const usualCurrency = {{currency}};

{{template "money"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "export"}}
{{template "share"}}
{{template "print"}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);
const DAY = 86_400_000; // ms

/** The day so many days after another one, as computers write both. */
const dayAfter = (day, n) => new Date(Date.parse(day) + n * DAY).toISOString().slice(0, 10);
const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY);

const now = new Date();
const today = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())).toISOString().slice(0, 10);
const start = dayAfter(today, 30);

// A plan is { day, time, what, place, cost, category }; its day is counted from 0.
let trip = load("trip", { destination, from: start, to: dayAfter(start, {{number "days" 3}} - 1), plans: samplePlans, isSample: true });
let edited; // the plan that the form changes; undefined: it makes a new one

const keep = (changes) => {
  trip = { ...trip, ...changes };
  save("trip", trip);
  show();
};

// The trip

find("destination").addEventListener("input", () => keep({ destination: find("destination").value, isSample: false }));

for (const id of ["from", "to"]) {
  find(id).addEventListener("change", () => {
    const [from, to] = [find("from").value, find("to").value];
    const fits = from && to && from <= to && daysBetween(from, to) < 60;
    find("dates-error").textContent = fits ? "" : {{text "badDates"}};
    find(id).setAttribute("aria-invalid", !fits);
    if (!fits) return;
    for (const other of ["from", "to"]) find(other).setAttribute("aria-invalid", false);
    keep({ from, to, isSample: false });
  });
}

find("new").addEventListener("click", () => {
  const before = trip;
  stopEditing();
  keep({ destination: "", plans: [], isSample: false });
  showTrip();
  find("destination").focus();
  toast({{text "started"}}, () => {
    keep(before);
    showTrip();
  });
});

const showTrip = () => {
  for (const id of ["destination", "from", "to"]) find(id).value = trip[id];
};

// The days

const length = () => daysBetween(trip.from, trip.to) + 1;
const onTrip = ({ day }) => day < length(); // days that are cut off keep their plans, for when they come back
const sum = (plans) => plans.reduce((total, { cost }) => total + cost, 0);
const dateOf = (day) => new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(Date.parse(dayAfter(trip.from, day)));
{{if has "categories"}}
const categories = { sight: {{text "sight"}}, food: {{text "food"}}, transport: {{text "transport"}}, stay: {{text "stay"}} };
{{end}}

const plansOf = (day) => trip.plans.filter((plan) => plan.day === day).sort((a, b) => (a.time || "99").localeCompare(b.time || "99"));

const row = (plan) => {
  const { time, what, place, cost{{if has "categories"}}, category{{end}} } = plan;
  const name = element("div", { className: "plan" }, what);
  {{if has "categories"}}
  name.append(element("span", { className: "chip" }, categories[category]));
  {{end}}
  if (place) name.append(element("small", {}, place));
  return element("li", {}, element("time", {}, time), name, element("div", { className: "end" }, element("span", {}, cost ? money(cost) : ""),
    iconButton({{text "editItem" "item" "what"}}, {{template "edit-icon"}}, () => edit(plan)),
    iconButton({{text "deleteItem" "item" "what"}}, {{template "delete-icon"}}, () => remove(plan))));
};

const dayCard = (day) => {
  const n = day + 1;
  const date = dateOf(day);
  const all = plansOf(day);
  const plans = {{if has "search"}}all.filter(({ what, place }) => fitsSearch(`${what} ${place}`)){{else}}all{{end}};
  const head = element("div", { className: "head" }, element("h2", {}, {{text "dayNumber" "n" "n" "date" "date"}}), element("p", {}, sum(all) ? money(sum(all)) : ""));
  const list = plans.length > 0 ? element("ul", { className: "list plans" }, ...plans.map(row)) : element("p", { className: "none" }, {{text "nothingPlanned"}});
  {{if has "search"}}
  const made = element("section", { className: "card" }, head, list);
  made.hidden = search.value !== "" && plans.length === 0;
  return made;
  {{else}}
  return element("section", { className: "card" }, head, list);
  {{end}}
};

const show = () => {
  const days = Array.from({ length: length() }, (_, day) => day);
  find("days").replaceChildren(...days.map(dayCard));
  const chosen = find("day").value;
  find("day").replaceChildren(...days.map((day) => {
    const [n, date] = [day + 1, dateOf(day)];
    return new Option({{text "dayNumber" "n" "n" "date" "date"}}, day);
  }));
  if (chosen < length()) find("day").value = chosen || 0;
  find("length").textContent = {{plural "days" "length()"}};
  {{if has "timer"}}
  find("left").textContent = Math.max(0, daysBetween(today, trip.from));
  {{end}}
  find("total").textContent = money(sum(trip.plans.filter(onTrip)));
  find("note").hidden = !trip.isSample;
};

const remove = (plan) => {
  const before = trip;
  if (edited === plan) stopEditing();
  keep({ plans: trip.plans.filter((other) => other !== plan), isSample: false });
  toast({{text "deleted"}}, () => keep(before));
  find("what").focus();
};

// The form for a plan

const complain = (id, message = "") => {
  for (const field of ["what", "cost"]) find(field).setAttribute("aria-invalid", field === id);
  find("error").textContent = message;
  if (id) find(id).focus();
};

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = (id) => find(id).value.trim();
  const plan = { day: Number(text("day")), time: text("time"), what: text("what"), place: text("place"), cost: text("cost") ? readMoney(text("cost")) : 0, category: {{if has "categories"}}text("category"){{else}}edited?.category ?? "sight"{{end}} };
  if (!plan.what) return complain("what", {{text "noWhat"}});
  if (!(plan.cost >= 0)) return complain("cost", {{text "badCost"}});
  const before = trip.plans.includes(edited) ? edited : undefined;
  stopEditing();
  find("day").value = plan.day; // the next plan is often of the same day
  {{if has "search"}}
  search.value = "";
  {{end}}
  keep({ plans: before ? trip.plans.map((other) => (other === before ? plan : other)) : [...trip.plans, plan], isSample: false });
  find("what").focus();
});

const edit = (plan) => {
  edited = plan;
  for (const id of ["what", "day", "time", "place"{{if has "categories"}}, "category"{{end}}]) find(id).value = plan[id];
  find("cost").value = plan.cost ? typedMoney(plan.cost) : "";
  showForm();
  find("what").focus();
};

const stopEditing = () => {
  edited = undefined;
  find("form").reset();
  showForm();
};

const showForm = () => {
  const item = edited?.what;
  complain();
  find("form-title").textContent = edited ? {{text "editItem" "item" "item"}} : {{text "addPlan"}};
  find("submit").textContent = edited ? {{text "save"}} : {{text "add"}};
  find("cancel").hidden = !edited;
};

find("cancel").addEventListener("click", stopEditing);
currencySelect.addEventListener("change", show);
{{if has "search"}}
search.addEventListener("input", show);
{{end}}
{{if has "checklists"}}

// The packing list

let things = load("trip-packing", [{{text "passport"}}, {{text "charger"}}, {{text "toothbrush"}}, {{text "rainJacket"}}].map((name) => ({ name, packed: false })));

const keepThings = (list) => {
  things = list;
  save("trip-packing", things);
  showThings();
};

const showThings = () => {
  find("things").replaceChildren(...things.map((thing, i) => {
    const box = element("input", { type: "checkbox", className: "tick", checked: thing.packed });
    box.addEventListener("change", () => {
      keepThings(things.with(i, { ...thing, packed: box.checked }));
      find("things").children[i].querySelector("input").focus();
    });
    return element("li", {}, element("label", {}, box, element("span", {}, thing.name)), iconButton({{text "deleteItem" "item" "thing.name"}}, {{template "delete-icon"}}, () => {
      const before = things;
      keepThings(things.filter((other) => other !== thing));
      toast({{text "thingDeleted"}}, () => keepThings(before));
      find("thing").focus();
    }));
  }));
  const packed = things.filter((thing) => thing.packed).length;
  find("packed").textContent = {{text "packed" "n" "packed" "all" "things.length"}};
};

find("pack").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("thing").value.trim();
  if (name) keepThings([...things, { name, packed: false }]);
  find("thing").value = "";
  find("thing").focus();
});

showThings();
{{end}}
{{if has "export"}}

const columns = { date: {{text "day"}}, time: {{text "time"}}, what: {{text "what"}}, place: {{text "place"}}, cost: {{text "cost"}}{{if has "categories"}}, category: {{text "category"}}{{end}} };
offerExport(columns, () => Array.from({ length: length() }, (_, day) => plansOf(day)).flat().map((plan) => ({ ...plan, date: dayAfter(trip.from, plan.day){{if has "categories"}}, category: categories[plan.category]{{end}} })));
{{end}}
{{if has "share"}}

offerShare(() => [trip.destination, ...Array.from({ length: length() }, (_, day) => [dateOf(day), ...plansOf(day).map(({ time, what, place }) => [time, what, place && `(${place})`].filter(Boolean).join(" "))].join("\n"))].join("\n\n"));
{{end}}
{{if has "categories"}}

find("category").append(...Object.entries(categories).map(([value, name]) => new Option(name, value)));
{{end}}

showTrip();
show();
