const language = document.documentElement.lang;
const main = document.querySelector("#main");
const list = document.querySelector("#notes");
const title = document.querySelector("#title");
const text = document.querySelector("#text");
const pin = document.querySelector("#pin");
const remove = document.querySelector("#delete");

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "copy" "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "share"}}
{{template "print"}}
// A note has a title, a text, the time of its last change, and may be pinned{{if has "categories"}} or have a
// category{{end}}.
let notes = load("notes", [
  { title: {{text "welcome"}}, text: {{text "welcomeText"}}, changed: Date.now(), pinned: true },
  { title: {{text "weekend"}}, text: {{text "weekendText"}}, changed: Date.now() - 3_600_000 },
]);
let current = null; // the note that is open; null: a new one, which begins with its first letter

const titleOf = (note) => note.title.trim() || note.text.trim().split("\n")[0].slice(0, 60) || {{text "untitled"}};

function keep() {
  save("notes", notes);
  showList();
}

// The list

function showList() {
  const found = notes.filter(isFound).sort(order);
  list.replaceChildren(...found.map(entry));
  const empty = document.querySelector("#empty");
  empty.hidden = found.length > 0;
  empty.textContent = notes.length > 0 ? {{text "noMatch"}} : {{text "noNotes"}};
  {{if has "categories"}}
  showFilters();
  {{end}}
}

function entry(note) {
  const button = element("button", { type: "button", className: "note" }, element("strong", {}, titleOf(note)));
  if (note.pinned) button.append(element("span", { className: "pinned" }, {{text "pinned"}}));
  const start = note.text.trim().replace(/\s+/g, " ").slice(0, 90);
  if (start) button.append(element("span", { className: "preview" }, start));
  {{if has "timestamps"}}
  button.append(element("time", { dateTime: new Date(note.changed).toISOString() }, when(note.changed)));
  {{end}}
  {{if has "categories"}}
  if (note.category) button.append(element("span", { className: "chip" }, note.category));
  {{end}}
  if (note === current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => open(note));
  return element("li", {}, button);
}

/** Pinned notes come first{{if has "sort"}}, then what is chosen{{else}}, then the latest{{end}}. */
function order(a, b) {
  const pinned = Boolean(b.pinned) - Boolean(a.pinned);
  if (pinned) return pinned;
  {{if has "sort"}}
  if (sort.value === "title") return titleOf(a).localeCompare(titleOf(b), language);
  if (sort.value === "oldest") return a.changed - b.changed;
  {{end}}
  return b.changed - a.changed;
}

function isFound(note) {
  {{if has "categories"}}
  if (filter && note.category !== filter) return false;
  {{end}}
  {{if has "search"}}
  return fitsSearch(`${note.title}\n${note.text}{{if has "categories"}}\n${note.category ?? ""}{{end}}`);
  {{else}}
  return true;
  {{end}}
}
{{if has "timestamps"}}

/** The time, if it was today, else the day. */
function when(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(language, today ? { hour: "numeric", minute: "2-digit" } : { day: "numeric", month: "short", year: "numeric" });
}
{{end}}

// The editor

/** Opens a note, or an empty page for a new one. */
function open(note) {
  current = note;
  title.value = note?.title ?? "";
  text.value = note?.text ?? "";
  {{if has "categories"}}
  category.value = note?.category ?? "";
  {{end}}
  main.classList.add("editing"); // on a small screen the editor takes the place of the list
  showList();
  showAbout();
  (note ? text : title).focus();
}

function showAbout() {
  pin.setAttribute("aria-pressed", Boolean(current?.pinned));
  pin.disabled = remove.disabled = !current;
  {{if has "copy"}}
  document.querySelector("#copy").disabled = !current;
  {{end}}
  {{if has "timestamps"}}
  document.querySelector("#edited").textContent = current ? {{text "edited" "when" "when(current.changed)"}} : "";
  {{end}}
  {{if has "counter"}}
  const words = text.value.match(/\S+/g)?.length ?? 0;
  document.querySelector("#words").textContent = {{plural "words" "words"}};
  {{end}}
}

/** Takes over what is written. */
function write() {
  if (!current) {
    current = {};
    notes.unshift(current);
  }
  Object.assign(current, { title: title.value, text: text.value, changed: Date.now() });
  {{if has "categories"}}
  current.category = category.value.trim();
  {{end}}
  keep();
  showAbout();
}

/** Leaves the editor: for the list on a small screen, else for a new note. */
function leave() {
  const wide = getComputedStyle(document.querySelector("#back")).display === "none";
  const done = current;
  open(null);
  main.classList.remove("editing");
  if (wide) return;
  const entries = [...list.querySelectorAll("button")];
  (entries.find((button) => done && button.textContent.startsWith(titleOf(done))) ?? document.querySelector("#new")).focus();
}

document.querySelector("#new").addEventListener("click", () => open(null));
document.querySelector("#back").addEventListener("click", leave);
title.addEventListener("input", write);
text.addEventListener("input", write);

title.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  text.focus();
});

document.querySelector("#editor").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!current) return title.focus();
  leave();
  toast({{text "saved"}});
});

pin.addEventListener("click", () => {
  current.pinned = !current.pinned;
  keep();
  showAbout();
});

remove.addEventListener("click", () => {
  const note = current;
  notes = notes.filter((other) => other !== note);
  current = null;
  save("notes", notes);
  leave();
  toast({{text "deleted"}}, () => {
    notes.push(note);
    save("notes", notes);
    open(note);
  });
});
{{if has "copy"}}

document.querySelector("#copy").addEventListener("click", () => {
  copy(`${title.value}\n\n${text.value}`.trim());
  toast({{text "copied"}});
});
{{end}}
{{if has "search"}}

search.addEventListener("input", showList);
{{end}}
{{if has "sort"}}

const sort = document.querySelector("#sort");
sort.value = load("notes-sort", "newest");
sort.addEventListener("change", () => {
  save("notes-sort", sort.value);
  showList();
});
{{end}}
{{if has "categories"}}

// Categories

const category = document.querySelector("#category");
let filter = ""; // the category that is shown; "": all

function showFilters() {
  const names = [...new Set(notes.map((note) => note.category).filter(Boolean))].sort((a, b) => a.localeCompare(b, language));
  document.querySelector("#categories").replaceChildren(...names.map((value) => element("option", { value })));
  const filters = document.querySelector("#filters");
  filters.hidden = names.length === 0;
  filters.replaceChildren(
    ...["", ...names].map((name) => {
      const button = element("button", { type: "button", ariaPressed: String(filter === name) }, name || {{text "all"}});
      button.addEventListener("click", () => {
        filter = name;
        showList();
        filters.querySelector("[aria-pressed=true]")?.focus();
      });
      return button;
    }),
  );
}

category.addEventListener("change", write);
{{end}}
{{if has "export" "import"}}

// Export and import

const columns = { title: {{text "title"}}, text: {{text "note"}}{{if has "categories"}}, category: {{text "category"}}{{end}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => notes);
{{end}}
{{if has "import"}}
offerImport(columns,
  (row) => (row.title || row.text ? { ...row, changed: Date.now() } : {{text "somethingMissing"}}),
  (added) => {
    const before = notes;
    notes = [...notes, ...added];
    keep();
    return () => {
      notes = before;
      if (!notes.includes(current)) open(null);
      keep();
    };
  });
{{end}}
{{if has "share"}}

offerShare(() => (current ? `${title.value}\n\n${text.value}`.trim() : notes.map(titleOf).join("\n")));
{{end}}

showList();
showAbout();
