const language = document.documentElement.lang;
const field = document.querySelector("#text");
const number = new Intl.NumberFormat(language);

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "share"}}
{{template "toast"}}
{{end}}
{{if has "copy" "share"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "shortcuts"}}
// Counting: what is a word, a character or a sentence in the language of the page.

const segments = (text, granularity) => [...new Intl.Segmenter(language, { granularity }).segment(text)];
const WORD = /[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu; // "don't", "well-known" and "1.5" are one each
const wordsOf = (text) => text.match(WORD) ?? [];

/** Writes how long it takes to read or speak some words. */
function minutes(words, perMinute) {
  const seconds = Math.round((words / perMinute) * 60);
  const unit = (value, name) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  return seconds < 60 ? unit(seconds, "second") : `${unit(Math.floor(seconds / 60), "minute")} ${seconds % 60 ? unit(seconds % 60, "second") : ""}`;
}

function show() {
  const text = field.value;
  const words = wordsOf(text);
  const count = {
    words: words.length,
    characters: segments(text, "grapheme").length,
    noSpaces: segments(text.replace(/\s/g, ""), "grapheme").length,
    sentences: segments(text, "sentence").filter(({ segment }) => /[\p{L}\p{N}]/u.test(segment)).length,
    paragraphs: text.split(/\n\s*\n/).filter((part) => part.trim()).length,
    lines: text === "" ? 0 : text.split("\n").length,
    reading: minutes(words.length, 230),
    speaking: minutes(words.length, 140),
  };
  for (const box of document.querySelectorAll("[data-count]")) {
    const value = count[box.dataset.count];
    box.textContent = typeof value === "number" ? number.format(value) : value;
  }
  showFound();
  {{if has "charts"}}
  showCommon(words);
  {{end}}
}

// Tools: each makes another text of one.

const upper = (text) => text.toLocaleUpperCase(language);
const lower = (text) => text.toLocaleLowerCase(language);
const capital = (word) => upper(word.slice(0, 1)) + word.slice(1);
const eachLine = (change) => (text) => text.split("\n").map(change).join("\n");
const lines = (change) => (text) => change(text.split("\n")).join("\n");

/** The words of a line for a name in a program: without accents, "someName" is two. */
const parts = (line) => lower(line.normalize("NFD").replace(/\p{M}/gu, "").replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")).match(/[\p{L}\p{N}]+/gu) ?? [];

const tools = {
  upper,
  lower,
  title: (text) => lower(text).replace(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu, capital),
  sentence: (text) => lower(text).replace(/(^|[.!?…]["”’)]*\s+|\n\s*)([¿¡"“(]*)(\p{L})/gu, (all, before, signs, letter) => before + signs + upper(letter)),
  camel: eachLine((line) => parts(line).map((word, i) => (i > 0 ? capital(word) : word)).join("")),
  snake: eachLine((line) => parts(line).join("_")),
  kebab: eachLine((line) => parts(line).join("-")),
  trim: eachLine((line) => line.trim().replace(/[^\S\n]+/g, " ")),
  emptyLines: lines((all) => all.filter((line) => line.trim())),
  duplicates: lines((all) => all.filter((line, i) => !line.trim() || all.indexOf(line) === i)),
  join: (text) => text.split("\n").map((line) => line.trim()).filter(Boolean).join(" "),
  sort: lines((all) => all.filter((line) => line.trim()).sort(new Intl.Collator(language, { numeric: true }).compare)),
  reverseLines: lines((all) => all.reverse()),
  number: lines((all) => all.map((line, i) => `${i + 1}. ${line}`)),
  reverse: (text) => segments(text, "grapheme").map(({ segment }) => segment).reverse().join(""),
};

const message = document.querySelector("#message");
const undoButton = document.querySelector("#undo");
let earlier = []; // texts, before each tool; typing forgets them, as the browser takes it back by itself

function changed() {
  show();
  undoButton.disabled = earlier.length === 0;
  save("text", field.value);
}

/** Puts another text in the place of the one that is there, and says what has happened. */
function put(text, done) {
  message.textContent = text === field.value ? {{text "same"}} : done;
  if (text === field.value) return;
  earlier.push(field.value);
  field.value = text;
  changed();
}

function undo() {
  field.value = earlier.pop();
  changed();
  message.textContent = "";
  field.focus();
}

undoButton.addEventListener("click", undo);
field.addEventListener("input", () => {
  earlier = [];
  message.textContent = "";
  changed();
});
field.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.shiftKey || earlier.length === 0) return;
  event.preventDefault();
  undo();
});

document.querySelector("#tools").addEventListener("click", ({ target }) => {
  const tool = tools[target.dataset.tool];
  if (!tool) return;
  const { value, selectionStart, selectionEnd } = field;
  const [from, to] = selectionStart < selectionEnd ? [selectionStart, selectionEnd] : [0, value.length];
  const made = tool(value.slice(from, to));
  put(value.slice(0, from) + made + value.slice(to), {{text "changed" "tool" "target.textContent"}});
  if (from > 0 || to < value.length) field.setSelectionRange(from, from + made.length);
});

document.querySelector("#clear").addEventListener("click", () => {
  put("", {{text "cleared"}});
  field.focus();
});
document.querySelector("#sample").addEventListener("click", ({ target }) => put({{text "sample"}}, {{text "changed" "tool" "target.textContent"}}));
{{if has "copy"}}

document.querySelector("#copy").addEventListener("click", () => {
  copy(field.value);
  message.textContent = {{text "copied"}};
});
{{end}}
{{if has "share"}}

offerShare(() => field.value);
{{end}}

// Find and replace

const find = document.querySelector("#find");
const matchCase = document.querySelector("#match-case");

/** A pattern for what is searched for, to the letter; null for nothing. */
const pattern = () => (find.value ? new RegExp(find.value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), matchCase.checked ? "gu" : "giu") : null);

function showFound() {
  const matches = pattern() ? (field.value.match(pattern())?.length ?? 0) : null;
  document.querySelector("#found").textContent = matches === null ? "" : {{plural "found" "matches"}};
}

find.addEventListener("input", showFound);
matchCase.addEventListener("change", showFound);
document.querySelector("#replace").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!pattern()) return find.focus();
  const n = field.value.match(pattern())?.length ?? 0;
  put(field.value.replace(pattern(), () => document.querySelector("#with").value), {{plural "replaced" "n"}});
});
{{if has "shortcuts"}}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "f") return;
  event.preventDefault();
  find.focus();
  find.select();
});
{{end}}
{{if has "charts"}}

// The words that are there most often

function showCommon(words) {
  const counts = new Map();
  for (const word of words.map(lower)) if (word.length > 2) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], language)).slice(0, 8);
  document.querySelector("#no-words").hidden = common.length > 0;
  document.querySelector("#common").replaceChildren(
    ...common.map(([word, n]) => {
      const item = element("li", {}, element("span", {}, word), element("b", {}, number.format(n)));
      item.style.setProperty("--share", n / common[0][1]);
      return item;
    }),
  );
}
{{end}}

field.value = load("text", {{text "sample"}});
show();
