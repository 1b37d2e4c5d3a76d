// The recipes that the book begins with. Ingredients and steps have a line each.
const samples = {{items}};

const $ = (selector) => document.querySelector(selector);
const language = document.documentElement.lang;
const amount = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "print"}}
{{template "search"}}
{{template "export"}}
{{template "import"}}
{{if has "timer"}}
{{template "duration"}}
{{template "sound"}}
{{end}}
let book = load("recipes", samples);
let shown = null; // the recipe that is open
let portions = 1; // for how many people it is reckoned
{{if has "categories"}}
let kind = ""; // that is listed; "": all
{{end}}

/** Takes another book in the place of this one, and returns what takes that back. */
function replace(other) {
  const before = book;
  book = other;
  save("recipes", book);
  list();
  return () => replace(before);
}

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** Writes minutes: "45 min", or "1 hr 30 min". */
function time(minutes) {
  const unit = (value, name) => new Intl.NumberFormat(language, { style: "unit", unit: name }).format(value);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours && unit(hours, "hour"), rest && unit(rest, "minute")].filter(Boolean).join(" ");
}

// Pictures: what a dish is served in

const art = {
  bowl: '<path class="b" d="M14 46h68c0 22-13 34-34 34S14 68 14 46z"/><path class="a" d="M20 46c4-12 14-8 18-14s14-6 18 1 16 1 20 13z"/><path class="l" d="M38 24c-5-6 5-8 0-14M56 24c-5-6 5-8 0-14"/>',
  cake: '<path class="b" d="M16 50h64v28a4 4 0 0 1-4 4H20a4 4 0 0 1-4-4z"/><path class="a" d="M16 50c0-12 12-16 32-16s32 4 32 16c-4 8-10 8-14 1-5 9-12 9-18 0-6 9-13 9-18 0-4 7-10 7-14-1z"/><circle class="c" cx="48" cy="26" r="8"/>',
  leaf: '<ellipse class="b" cx="48" cy="64" rx="38" ry="18"/><path class="a" d="M22 58c0-22 18-34 34-38 6 18 2 38-16 44-8 2-14 0-18-6z"/><path class="a" d="M50 62c2-16 14-24 28-24 2 14-6 26-18 28-4 0-8-1-10-4z"/><circle class="c" cx="38" cy="68" r="6"/>',
  pan: '<circle class="b" cx="42" cy="50" r="32"/><circle class="a" cx="42" cy="50" r="24"/><rect class="b" x="68" y="14" width="12" height="34" rx="6" transform="rotate(45 74 31)"/><circle class="c" cx="36" cy="44" r="7"/><circle class="c" cx="50" cy="56" r="5"/>',
  cup: '<path class="b" d="M20 30h46v30a20 20 0 0 1-20 20h-6a20 20 0 0 1-20-20z"/><path class="l" d="M66 38h6a10 10 0 0 1 0 20h-6"/><ellipse class="a" cx="43" cy="30" rx="23" ry="7"/><path class="l" d="M36 18c-4-5 4-6 0-11M50 18c-4-5 4-6 0-11"/>',
};

function plate(box, recipe) {
  box.innerHTML = `<svg viewBox="0 0 96 96" aria-hidden="true">${art[recipe.art] ?? art.pan}</svg>`;
  return box;
}

const facts = (recipe) => [{{if has "categories"}}recipe.kind, {{end}}recipe.minutes && time(recipe.minutes)].filter(Boolean).join(" · ");

// The book

function listed() {
  const fitting = book.filter((recipe) => {
    {{if has "categories"}}
    if (kind && recipe.kind !== kind) return false;
    {{end}}
    return {{if has "search"}}fitsSearch([recipe.title, recipe.kind, recipe.ingredients].join(" ")){{else}}true{{end}};
  });
  {{if has "sort"}}
  if ($("#sort").value === "title") fitting.sort((a, b) => a.title.localeCompare(b.title, language));
  if ($("#sort").value === "minutes") fitting.sort((a, b) => (a.minutes || Infinity) - (b.minutes || Infinity));
  {{end}}
  return fitting;
}

function list() {
  const recipes = listed();
  $("#cards").replaceChildren(...recipes.map((recipe) => {
    const button = element("button", { type: "button", className: "dish" }, plate(element("span", { className: "plate" }), recipe), element("strong", {}, recipe.title), element("small", {}, facts(recipe)));
    button.setAttribute("aria-label", recipe.title);
    button.addEventListener("click", () => open(recipe));
    return element("li", {}, button);
  }));
  $("#count").textContent = {{plural "count" "recipes.length"}};
  $("#none").hidden = recipes.length > 0;
  {{if has "categories"}}
  listKinds();
  {{end}}
}
{{if has "search"}}

search.addEventListener("input", list);
{{end}}
{{if has "sort"}}

$("#sort").addEventListener("change", list);
{{end}}
{{if has "categories"}}

function listKinds() {
  const kinds = [...new Set(book.map((recipe) => recipe.kind).filter(Boolean))];
  if (!kinds.includes(kind)) kind = "";
  $("#known").replaceChildren(...kinds.map((value) => element("option", { value })));
  $("#kinds").replaceChildren(...["", ...kinds].map((value) => element("button", { type: "button", value, ariaPressed: String(value === kind) }, value || {{text "all"}})));
}

$("#kinds").addEventListener("click", ({ target }) => {
  if (target === $("#kinds")) return;
  kind = target.value;
  list();
  $("#kinds [aria-pressed=true]").focus();
});
{{end}}

// A recipe

function open(recipe) {
  shown = recipe;
  portions = recipe.serves || 1;
  $("#book").hidden = true;
  $("#recipe").hidden = false;
  $("#dish").textContent = recipe.title;
  $("#facts").textContent = facts(recipe);
  plate($("#plate"), recipe);
  $("#step-list").replaceChildren(...linesOf(recipe.steps).map((step) => element("li", {}, step)));
  showIngredients();
  {{if has "timer"}}
  setTimer(longest(recipe));
  {{end}}
  scrollTo(0, 0);
  $("#dish").focus({ preventScroll: true });
}

function close() {
  const { title } = shown;
  shown = null;
  $("#recipe").hidden = true;
  $("#book").hidden = false;
  list();
  [...document.querySelectorAll(".dish")].find((dish) => dish.ariaLabel === title)?.focus();
}

const FRACTIONS = { "½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3 };

/** Reckons the amounts at the beginning of an ingredient for more or fewer people. */
function scaled(line) {
  const share = portions / (shown.serves || 1);
  if (share === 1) return line;
  return line.replace(/^(\d+\/\d+|\d+(?:[.,]\d+)?|[½¼¾⅓⅔])(?:(\s*[–-]\s*)(\d+(?:[.,]\d+)?))?/, (all, one, dash, other) => {
    const [over, under = 1] = one.split("/").map((part) => FRACTIONS[part] ?? Number(part.replace(",", ".")));
    const first = amount.format((over / under) * share);
    return other ? first + dash + amount.format(Number(other.replace(",", ".")) * share) : first;
  });
}

function showIngredients() {
  $("#portions").textContent = {{plural "portions" "portions"}};
  $("#fewer").disabled = portions === 1;
  {{if has "checklists"}}
  const ticked = new Set(shown.ticked);
  $("#ingredient-list").replaceChildren(...linesOf(shown.ingredients).map((line, i) => {
    const box = element("input", { type: "checkbox", checked: ticked.has(i) });
    box.addEventListener("change", () => {
      if (box.checked) ticked.add(i);
      else ticked.delete(i);
      shown.ticked = [...ticked];
      save("recipes", book);
    });
    return element("li", {}, element("label", {}, box, element("span", {}, scaled(line))));
  }));
  {{else}}
  $("#ingredient-list").replaceChildren(...linesOf(shown.ingredients).map((line) => element("li", {}, scaled(line))));
  {{end}}
}

function reckonFor(people) {
  portions = people;
  showIngredients();
}

$("#fewer").addEventListener("click", () => reckonFor(portions - 1));
$("#more").addEventListener("click", () => reckonFor(portions + 1));
$("#back").addEventListener("click", close);
$("#delete").addEventListener("click", () => {
  const { title } = shown;
  const undo = replace(book.filter((recipe) => recipe !== shown));
  close();
  toast({{text "deleted" "title" "title"}}, undo);
});

// Writing

let edited = null; // the recipe that is changed; null: a new one
const FIELDS = ["title", "minutes", "serves", {{if has "categories"}}"kind", {{end}}"ingredients", "steps"];

function write(recipe) {
  edited = recipe;
  $("#editor-title").textContent = recipe ? {{text "editRecipe"}} : {{text "addRecipe"}};
  for (const name of FIELDS) $(`#${name}`).value = recipe?.[name] ?? "";
  refuse();
  $("#editor").showModal();
}

/** Says what is wrong with which field; without one, nothing is. */
function refuse(name, problem = "") {
  for (const other of FIELDS) $(`#${other}`).ariaInvalid = String(other === name);
  $("#problem").textContent = problem;
  if (name) $(`#${name}`).focus();
}

$("#add").addEventListener("click", () => write(null));
$("#edit").addEventListener("click", () => write(shown));
$("#cancel").addEventListener("click", () => $("#editor").close());
$("#editor-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(FIELDS.map((name) => [name, $(`#${name}`).value.trim()]));
  if (!values.title) return refuse("title", {{text "noTitle"}});
  if (!$("#minutes").checkValidity()) return refuse("minutes", {{text "badNumber"}});
  if (!$("#serves").checkValidity()) return refuse("serves", {{text "badNumber"}});
  if (!values.ingredients) return refuse("ingredients", {{text "noIngredients"}});
  const recipe = { ...edited, ...values, minutes: Number(values.minutes), serves: Number(values.serves) || 4{{if has "checklists"}}, ticked: []{{end}} };
  replace(edited ? book.map((other) => (other === edited ? recipe : other)) : [recipe, ...book]);
  $("#editor").close();
  open(recipe);
  toast({{text "saved"}});
});
{{if has "timer"}}

// The kitchen timer

let left = 0; // seconds
let ends = null; // the time when it rings, while it runs
let ticker;

/** The longest time in minutes that a step speaks of, or 10. */
const longest = (recipe) => Math.max(0, ...[...recipe.steps.matchAll(/(\d+)\s*min/gi)].map(([, number]) => Number(number))) || 10;

function setTimer(minutes) {
  $("#timer-minutes").value = minutes;
  left = minutes * 60;
  stop();
}

function stop() {
  clearInterval(ticker);
  ends = null;
  $("#run").textContent = {{text "start"}};
  $("#clock").textContent = duration(left);
}

function tick() {
  left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
  $("#clock").textContent = duration(left);
  if (left > 0) return;
  chime();
  setTimer(Number($("#timer-minutes").value) || 1);
  toast({{text "timeUp"}});
}

$("#timer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (ends) return stop();
  prepareSound();
  ends = Date.now() + left * 1000;
  $("#run").textContent = {{text "pause"}};
  ticker = setInterval(tick, 250);
});
$("#timer-minutes").addEventListener("change", ({ target }) => setTimer(Math.min(600, Math.max(1, Math.round(Number(target.value)) || 1))));
$("#reset").addEventListener("click", () => setTimer(Number($("#timer-minutes").value)));
{{end}}
{{if has "share"}}

offerShare(() => [shown.title, "", {{text "ingredients"}}, ...linesOf(shown.ingredients).map((line) => `- ${scaled(line)}`), "", {{text "steps"}}, ...linesOf(shown.steps).map((step, i) => `${i + 1}. ${step}`)].join("\n"));
{{end}}
{{if has "export" "import"}}

const columns = { title: {{text "title"}}, kind: {{text "kind"}}, minutes: {{text "minutes"}}, serves: {{text "serves"}}, ingredients: {{text "ingredients"}}, steps: {{text "steps"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => book);
{{end}}
{{if has "import"}}
offerImport(columns,
  ({ minutes, serves, ...rest }) => {
    if (!rest.title) return {{text "noTitle"}};
    if (!rest.ingredients) return {{text "noIngredients"}};
    return { ...rest, minutes: Number(minutes) || 0, serves: Number(serves) || 4 };
  },
  (added) => replace([...book, ...added]));
{{end}}

list();
