const board = document.querySelector("#board");
const news = document.querySelector("#news");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "shortcuts"}}
{{template "icon-button"}}
{{template "toast"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "print"}}
{{if has "import"}}
{{if has "due-dates"}}
{{template "day"}}
{{end}}
{{end}}
// The board has columns { name, cards }, from left to right, and a card has a title and
// notes{{if has "due-dates"}}, a date by which it is due{{end}}{{if has "priorities"}}, a priority{{end}}{{if has "categories"}}, a label{{end}}{{if has "checklists"}}, steps { text, done }{{end}}.
let columns = load("kanban", [
  { name: {{text "toDo"}}, cards: [{ title: {{text "example1"}} }, { title: {{text "example2"}} }] },
  { name: {{text "doing"}}, cards: [{ title: {{text "example3"}}, notes: {{text "exampleNotes"}} }] },
  { name: {{text "done"}}, cards: [{ title: {{text "example4"}} }] },
]);

/** The cards that are shown, by their elements. */
const shown = new Map();

const columnOf = (card) => columns.find(({ cards }) => cards.includes(card));

/** Saves the board and shows it. The focus goes to a card, if one is given. */
function changed(card) {
  save("kanban", columns);
  showBoard();
  if (card) [...shown].find(([, of]) => of === card)?.[0].querySelector(".title").focus();
}

// Showing

function showBoard() {
  shown.clear();
  board.replaceChildren(...columns.map(columnElement));
  {{if has "search"}}
  const words = search.value.trim();
  noMatch.hidden = !words || shown.size > 0;
  noMatch.textContent = {{text "noMatch" "words" "words"}};
  {{end}}
}

function columnElement(column) {
  const list = element("ul", { className: "cards" });
  {{if has "search"}}
  list.append(...column.cards.filter(isFound).map(cardElement));
  {{else}}
  list.append(...column.cards.map(cardElement));
  {{end}}
  if (column.cards.length === 0) list.append(element("li", { className: "empty" }, {{text "empty"}}));

  const title = element("input", { maxLength: 200, autocomplete: "off", placeholder: {{text "newCard"}}, ariaLabel: {{text "newCardIn" "column" "column.name"}} });
  const form = element("form", { className: "add" }, title, element("button", {}, {{text "add"}}));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const at = columns.indexOf(column);
    if (title.value.trim()) {
      column.cards.push({ title: title.value.trim() });
      {{if has "search"}}
      search.value = "";
      {{end}}
      changed();
    }
    board.children[at].querySelector(".add input").focus();
  });

  const head = element(
    "div",
    { className: "column-head" },
    element("h2", {}, column.name),
    element("span", { className: "chip" }, String(column.cards.length)),
    iconButton({{text "editColumn" "column" "column.name"}}, {{template "edit-icon"}}, () => openColumn(column)),
  );
  return element("section", { className: "column", ariaLabel: column.name }, head, list, form);
}

function cardElement(card) {
  const column = columnOf(card);
  const at = columns.indexOf(column);
  const title = element("button", { type: "button", className: "title on-paper", onclick: () => openCard(card) }, card.title);
  title.addEventListener("keydown", (event) => moveByKey(card, event));

  const actions = element("div", { className: "card-actions" });
  for (const [other, path] of [[columns[at - 1], "m14 6-6 6 6 6"], [columns[at + 1], "m10 6 6 6-6 6"]]) {
    if (other) actions.append(iconButton({{text "moveTo" "card" "card.title" "column" "other.name"}}, path, () => moveCard(card, other, other.cards.length)));
  }
  actions.append(iconButton({{text "deleteCard" "card" "card.title"}}, {{template "delete-icon"}}, () => deleteCard(card)));

  const item = element("li", { className: "card" }, title);
  if (card.notes) item.append(element("p", { className: "notes" }, card.notes));
  {{if has "checklists"}}
  if (card.steps?.length > 0) item.append(stepsElement(card));
  {{end}}
  const foot = element("div", { className: "card-foot" });
  {{if has "categories"}}
  if (card.label) foot.append(element("span", { className: "chip label" }, card.label));
  {{end}}
  {{if has "priorities"}}
  if (card.priority) foot.append(element("span", { className: `chip ${card.priority}` }, priorities[card.priority]));
  {{end}}
  {{if has "due-dates"}}
  if (card.due) foot.append(dueElement(card, column === columns.at(-1)));
  {{end}}
  foot.append(actions);
  item.append(foot);
  shown.set(item, card);
  return item;
}

{{if has "priorities"}}
const priorities = { low: {{text "low"}}, medium: {{text "medium"}}, high: {{text "high"}} };

{{end}}
{{if has "due-dates"}}
/** The day on which a card is due. In the last column nothing is late any more. */
function dueElement({ due }, finished) {
  const day = new Date(`${due}T00:00`).toLocaleDateString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short" });
  const late = !finished && new Date(`${due}T23:59:59`) < new Date();
  return element("span", { className: `chip${late ? " late" : ""}` }, late ? `${ {{text "overdue"}} }: ${day}` : day);
}

{{end}}
{{if has "checklists"}}
function stepsElement(card) {
  const list = element("ul", { className: "steps" });
  for (const step of card.steps) {
    const box = element("input", { type: "checkbox", checked: step.done });
    box.addEventListener("change", () => {
      step.done = box.checked;
      save("kanban", columns);
    });
    list.append(element("li", {}, element("label", {}, box, element("span", {}, step.text))));
  }
  return list;
}

{{end}}
// Moving and deleting

/** Moves a card to a place in a column, counted without the card. */
function moveCard(card, column, at) {
  const { cards } = columnOf(card);
  cards.splice(cards.indexOf(card), 1);
  column.cards.splice(at, 0, card);
  changed(card);
  news.textContent = {{text "moved" "card" "card.title" "column" "column.name" "at" "column.cards.indexOf(card) + 1" "all" "column.cards.length"}};
}

function moveByKey(card, event) {
  const column = columnOf(card);
  const at = column.cards.indexOf(card);
  const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!across && !along) return;
  event.preventDefault();
  const other = columns[columns.indexOf(column) + (across ?? 0)];
  if (across && other) moveCard(card, other, Math.min(at, other.cards.length));
  if (along && column.cards[at + along]) moveCard(card, column, at + along);
}

function deleteCard(card) {
  const column = columnOf(card);
  const at = column.cards.indexOf(card);
  column.cards.splice(at, 1);
  changed(column.cards[at] ?? column.cards[at - 1]);
  toast({{text "deleted"}}, () => {
    column.cards.splice(at, 0, card);
    changed(card);
  });
}

// Dragging

let drag = null; // { item, card, x, y, id, lifted, timer }
let dragged = false; // whether the click that comes next ends a drag
const gap = element("li", { className: "gap", ariaHidden: "true" });

board.addEventListener("pointerdown", (event) => {
  dragged = false;
  const item = event.target.closest(".card");
  if (!item || drag || event.button !== 0 || event.target.closest(".icon, input, label")) return;
  drag = { item, card: shown.get(item), x: event.clientX, y: event.clientY, id: event.pointerId, lifted: false };
  // A finger that stays on a card lifts it; one that moves at once scrolls the page.
  if (event.pointerType === "touch") drag.timer = setTimeout(() => lift(event), 300);
});

addEventListener("pointermove", (event) => {
  if (event.pointerId !== drag?.id) return;
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 6;
  if (!drag.lifted && far) {
    if (event.pointerType === "touch") return endDrag();
    lift(event);
  }
  if (drag.lifted) follow(event);
});

addEventListener("pointerup", (event) => {
  if (event.pointerId !== drag?.id) return;
  const { card, lifted } = drag;
  const column = columns[[...board.children].indexOf(gap.closest(".column"))];
  const rest = column?.cards.filter((other) => other !== card);
  const before = rest?.indexOf(shown.get(gap.nextElementSibling)) ?? -1;
  endDrag();
  dragged = lifted;
  if (lifted && column) moveCard(card, column, before < 0 ? rest.length : before);
});

board.addEventListener(
  "click",
  (event) => {
    if (dragged && event.detail > 0) event.stopPropagation(); // the end of a drag is no wish to open the card
    dragged = false;
  },
  { capture: true },
);

addEventListener("pointercancel", endDrag);
addEventListener("keydown", (event) => event.key === "Escape" && endDrag());
document.addEventListener("touchmove", (event) => drag?.lifted && event.preventDefault(), { passive: false });
board.addEventListener("contextmenu", (event) => drag && event.preventDefault());

function lift(event) {
  const { item } = drag;
  const { left, top, width, height } = item.getBoundingClientRect();
  drag.lifted = true;
  gap.style.height = `${height}px`;
  item.before(gap);
  item.classList.add("lifted");
  item.style.cssText = `left: ${left}px; top: ${top}px; width: ${width}px`;
  follow(event);
}

/** Moves the lifted card with the pointer, and the gap to where the card would land. */
function follow({ clientX, clientY }) {
  drag.item.style.translate = `${clientX - drag.x}px ${clientY - drag.y}px`;
  const column = document.elementFromPoint(clientX, clientY)?.closest(".column");
  if (column) {
    const others = [...column.querySelectorAll(".card:not(.lifted)")];
    const next = others.find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return clientY < top + height / 2;
    });
    if (next) next.before(gap);
    else column.querySelector(".cards").append(gap);
  }
  const { left, right } = board.getBoundingClientRect();
  if (clientX > right - 40) board.scrollLeft += 16;
  if (clientX < left + 40) board.scrollLeft -= 16;
}

function endDrag() {
  if (!drag) return;
  clearTimeout(drag.timer);
  drag.item.classList.remove("lifted");
  drag.item.removeAttribute("style");
  gap.remove();
  drag = null;
}

// Dialogs

const cardDialog = document.querySelector("#card-dialog");
const cardColumn = document.querySelector("#card-column");
const columnDialog = document.querySelector("#column-dialog");
const columnName = document.querySelector("#column-name");
const fields = {
  title: document.querySelector("#card-title"),
  notes: document.querySelector("#card-notes"),
  {{if has "due-dates"}}
  due: document.querySelector("#card-due"),
  {{end}}
  {{if has "priorities"}}
  priority: document.querySelector("#card-priority"),
  {{end}}
  {{if has "categories"}}
  label: document.querySelector("#card-label"),
  {{end}}
};
{{if has "checklists"}}
const stepsField = document.querySelector("#card-steps");
{{end}}
let opened; // the card or column that a dialog is about

for (const button of document.querySelectorAll("[data-cancel]")) button.addEventListener("click", () => button.closest("dialog").close());

function openCard(card) {
  opened = card;
  for (const [name, field] of Object.entries(fields)) field.value = card[name] ?? "";
  {{if has "checklists"}}
  stepsField.value = (card.steps ?? []).map(({ text }) => text).join("\n");
  {{end}}
  {{if has "categories"}}
  const labels = new Set(columns.flatMap(({ cards }) => cards.map(({ label }) => label)).filter(Boolean));
  document.querySelector("#labels").replaceChildren(...[...labels].map((value) => element("option", { value })));
  {{end}}
  cardColumn.replaceChildren(...columns.map(({ name }, i) => element("option", { value: i }, name)));
  cardColumn.value = columns.indexOf(columnOf(card));
  cardDialog.showModal();
}

document.querySelector("#card-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const card = opened;
  if (!fields.title.value.trim()) return;
  for (const [name, field] of Object.entries(fields)) card[name] = field.value.trim();
  {{if has "checklists"}}
  const texts = stepsField.value.split("\n").map((text) => text.trim()).filter(Boolean);
  card.steps = texts.map((text) => card.steps?.find((step) => step.text === text) ?? { text, done: false });
  {{end}}
  cardDialog.close();
  const column = columns[cardColumn.value];
  if (column === columnOf(card)) changed(card);
  else moveCard(card, column, column.cards.length);
});

/** Opens the dialog of a column, or of a new one. */
function openColumn(column) {
  opened = column;
  columnName.value = column?.name ?? "";
  document.querySelector("#delete-column").hidden = !column || columns.length === 1;
  columnDialog.showModal();
}

document.querySelector("#add-column").addEventListener("click", () => openColumn());

document.querySelector("#column-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = columnName.value.trim();
  if (!name) return;
  if (opened) opened.name = name;
  else columns.push({ name, cards: [] });
  columnDialog.close();
  changed();
  if (!opened) board.scrollLeft = board.scrollWidth;
});

document.querySelector("#delete-column").addEventListener("click", () => {
  const column = opened;
  const at = columns.indexOf(column);
  columns.splice(at, 1);
  columnDialog.close();
  changed();
  toast({{text "deleted"}}, () => {
    columns.splice(at, 0, column);
    changed();
  });
});
{{if has "search"}}

// Search

const noMatch = document.querySelector("#no-match");

function isFound(card) {
  return fitsSearch(Object.values(card).filter((value) => typeof value === "string").join(" "));
}

search.addEventListener("input", showBoard);
{{end}}
{{if has "export" "import"}}

// Export and import: a row for each card

const heads = { column: {{text "column"}}, title: {{text "title"}}, notes: {{text "notes"}}{{if has "due-dates"}}, due: {{text "due"}}{{end}}{{if has "priorities"}}, priority: {{text "priority"}}{{end}}{{if has "categories"}}, label: {{text "label"}}{{end}}{{if has "checklists"}}, steps: {{text "steps"}}{{end}} };
{{end}}
{{if has "export"}}

const toRow = (column, card) => ({
  ...card,
  column: column.name,
  {{if has "priorities"}}
  priority: priorities[card.priority],
  {{end}}
  {{if has "checklists"}}
  steps: card.steps?.map(({ text, done }) => `[${done ? "x" : " "}] ${text}`).join("\n"),
  {{end}}
});

offerExport(heads, () => columns.flatMap((column) => column.cards.map((card) => toRow(column, card))));
{{end}}
{{if has "import"}}

const fromRow = (row) => {
  if (!row.title) return {{text "somethingMissing"}};
  {{if has "due-dates"}}
  if (row.due && !isDay(row.due)) return {{text "badDay" "value" "row.due"}};
  {{end}}
  {{if has "priorities"}}
  row.priority = keyOf(priorities, row.priority) ?? "";
  {{end}}
  {{if has "checklists"}}
  row.steps = row.steps.split("\n").filter(Boolean).map((line) => ({ text: line.replace(/^\[.?\]\s*/, ""), done: /^\[x\]/i.test(line) }));
  {{end}}
  return row;
};

/** Puts cards into the columns that they name, which may be new. */
offerImport(heads, fromRow, (added) => {
  const before = structuredClone(columns);
  for (const { column: name, ...card } of added) {
    let column = name ? columns.find((other) => other.name.toLowerCase() === name.toLowerCase()) : columns[0];
    if (!column) columns.push(column = { name, cards: [] });
    column.cards.push(card);
  }
  changed();
  return () => {
    columns = before;
    changed();
  };
});
{{end}}

showBoard();
