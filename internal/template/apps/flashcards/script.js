// The cards to begin with; what is added or changed is kept in the browser.
const examples = {{items}};

const study = document.querySelector("#study");
const end = document.querySelector("#end");
const face = document.querySelector("#card");
const show = document.querySelector("#show");
const learning = document.querySelector("#learning");
const know = document.querySelector("#know");
const front = document.querySelector("#front");
const back = document.querySelector("#back");
const cancel = document.querySelector("#cancel");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "shortcuts"}}
{{template "toast"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
let cards = load("flashcards", examples); // { front, back }
let queue = []; // the cards still to be known, in their order; the first one is shown
let missed = new Set(); // cards that were not known at once
let turned = false;

/** Saves the cards and shows them; studying begins anew. */
function changed() {
  save("flashcards", cards);
  showList();
  begin();
}

// Studying

{{if has "shuffle"}}
/** A copy of a list in a random order. */
function shuffled(list) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

{{end}}
function begin() {
  queue = [...cards];
  missed = new Set();
  showCard();
}

function showCard() {
  turned = false;
  document.querySelector("#session").hidden = queue.length === 0;
  document.querySelector("#no-cards").hidden = cards.length > 0;
  end.hidden = queue.length > 0 || cards.length === 0;
  const known = cards.length - queue.length;
  document.querySelector("#known").textContent = {{text "known" "n" "known" "all" "cards.length"}};
  const progress = document.querySelector("#progress");
  progress.max = cards.length || 1;
  progress.value = known;
  document.querySelector("#first-try").textContent = {{text "firstTry" "n" "cards.length - missed.size" "all" "cards.length"}};
  if (queue.length > 0) showFace();
}

function showFace() {
  const card = queue[0];
  face.replaceChildren(element("small", {}, turned ? {{text "back"}} : {{text "front"}}), element("span", {}, turned ? card.back : card.front));
  face.classList.toggle("turned", turned);
  show.hidden = turned;
  learning.hidden = know.hidden = !turned;
  {{if has "hints"}}
  document.querySelector("#hint").hidden = turned;
  {{end}}
}

/** Plays a movement of the card, unless the device asks for calm. */
function animate(from) {
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) face.animate([from, { transform: "none", opacity: 1 }], { duration: 280, easing: "ease-out" });
}

function turn() {
  turned = !turned;
  showFace();
  animate({ transform: "perspective(60rem) rotateX(-80deg)", opacity: 0.6 });
  if (turned) know.focus();
}

/** Takes the card away for good, or puts it behind the others. */
function answer(known) {
  const [card] = queue.splice(0, 1);
  if (!known) {
    missed.add(card);
    queue.push(card);
  }
  showCard();
  animate({ transform: `translateX(${known ? "-2rem" : "2rem"})`, opacity: 0 });
  if (queue.length > 0) show.focus();
  else document.querySelector("#finished").focus();
}

face.addEventListener("click", turn);
show.addEventListener("click", turn);
know.addEventListener("click", () => answer(true));
learning.addEventListener("click", () => answer(false));
document.querySelector("#again").addEventListener("click", () => {
  begin();
  show.focus();
});

document.addEventListener("keydown", (event) => {
  if (study.hidden || queue.length === 0 || event.target.closest("[role=tab], input, textarea")) return;
  if (event.key === " " && (!event.target.closest("button") || event.target === know)) {
    event.preventDefault(); // the space bar always turns the card
    turn();
  } else if (turned && event.key === "ArrowRight") answer(true);
  else if (turned && event.key === "ArrowLeft") answer(false);
});
{{if has "shuffle"}}

document.querySelector("#shuffle").addEventListener("click", () => {
  queue = shuffled(queue);
  showCard();
  animate({ transform: "scale(0.94)", opacity: 0 });
});
{{end}}
{{if has "hints"}}

document.querySelector("#hint").addEventListener("click", () => {
  const { back } = queue[0];
  const beginning = back.slice(0, Math.min(2, back.length - 1)); // never the whole answer
  face.querySelector("em")?.remove();
  face.append(element("em", {}, `${beginning}…`));
});
{{end}}

// Tabs

const tabs = [...document.querySelectorAll("[role=tab]")];

function select(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", ({ key }) => {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    const other = tabs[1 - tabs.indexOf(tab)];
    select(other);
    other.focus();
  });
}

// The list of cards

let edited = null; // the card that the form is about; null: a new one

function showList() {
  {{if has "search"}}
  const found = cards.filter(({ front, back }) => fitsSearch(`${front}\n${back}`));
  {{else}}
  const found = cards;
  {{end}}
  document.querySelector("#list").replaceChildren(...found.map(entry));
  const empty = document.querySelector("#empty");
  empty.hidden = found.length > 0;
  empty.textContent = {{if has "search"}}cards.length > 0 ? {{text "noMatch"}} : {{end}}{{text "noCards"}};
}

function entry(card) {
  const button = (label, name, className, act) => element("button", { type: "button", className, ariaLabel: name, onclick: act }, label);
  return element(
    "li",
    {},
    element("p", {}, element("strong", {}, card.front), element("span", {}, card.back)),
    button({{text "edit"}}, {{text "editCard" "front" "card.front"}}, "quiet", () => edit(card)),
    button({{text "delete"}}, {{text "deleteCard" "front" "card.front"}}, "quiet danger", () => remove(card)),
  );
}

/** Fills the form with a card, or empties it for a new one. */
function edit(card) {
  edited = card;
  front.value = card?.front ?? "";
  back.value = card?.back ?? "";
  cancel.hidden = !card;
  document.querySelector("#form-heading").textContent = card ? {{text "editCard" "front" "card.front"}} : {{text "newCard"}};
  document.querySelector("#submit").textContent = card ? {{text "save"}} : {{text "addCard"}};
  front.focus();
}

function remove(card) {
  const at = cards.indexOf(card);
  cards = cards.filter((other) => other !== card);
  if (edited === card) edit(null);
  changed();
  toast({{text "deleted"}}, () => {
    cards.splice(at, 0, card);
    changed();
  });
}

document.querySelector("#form").addEventListener("submit", (event) => {
  event.preventDefault();
  const card = { front: front.value.trim(), back: back.value.trim() };
  if (!card.front || !card.back) return;
  if (edited) Object.assign(edited, card);
  else cards = [card, ...cards];
  {{if has "search"}}
  search.value = "";
  {{end}}
  edit(null);
  changed();
});

cancel.addEventListener("click", () => edit(null));
{{if has "search"}}

search.addEventListener("input", showList);
{{end}}
{{if has "export" "import"}}

const columns = { front: {{text "front"}}, back: {{text "back"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => cards);
{{end}}
{{if has "import"}}
offerImport(columns,
  ({ front, back }) => (front && back ? { front, back } : {{text "somethingMissing"}}),
  (added) => {
    const before = cards;
    cards = [...added, ...cards];
    changed();
    return () => {
      cards = before;
      changed();
    };
  });
{{end}}

showList();
begin();
