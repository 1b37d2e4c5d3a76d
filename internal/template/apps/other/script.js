{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "share"}}
{{template "print"}}
const form = document.querySelector("#form");
const formTitle = document.querySelector("#form-title");
const title = document.querySelector("#title");
const details = document.querySelector("#details");
const problem = document.querySelector("#problem");
const cancel = document.querySelector("#cancel");
const submit = document.querySelector("#submit");
const entryList = document.querySelector("#entries");
{{if has "sort"}}
const sort = document.querySelector("#sort");
{{end}}

let entries = load("entries", []);
let edited; // the entry that the form changes; undefined: it makes a new one

const keep = (changed) => {
  entries = changed;
  save("entries", entries);
  show();
};

/** The entries as they are shown: the newest first{{if has "sort"}}, unless they are sorted by title{{end}}. */
const shown = () => {
  let all = [...entries].reverse();
  {{if has "search"}}
  all = all.filter(({ title, details }) => fitsSearch(`${title} ${details}`));
  {{end}}
  {{if has "sort"}}
  if (sort.value === "title") all.sort((a, b) => a.title.localeCompare(b.title, document.documentElement.lang));
  {{end}}
  return all;
};

const row = (entry) => {
  const words = element("div", { className: "entry" }, element("h3", {}, entry.title));
  if (entry.details) words.append(element("p", {}, entry.details));
  return element("li", {}, words,
    iconButton({{text "editItem" "item" "entry.title"}}, {{template "edit-icon"}}, () => edit(entry)),
    iconButton({{text "deleteItem" "item" "entry.title"}}, {{template "delete-icon"}}, () => remove(entry)));
};

const show = () => {
  const all = shown();
  entryList.replaceChildren(...all.map(row));
  document.querySelector("#empty").textContent = all.length > 0 ? "" : entries.length > 0 ? {{text "nothing"}} : {{text "empty"}};
  document.querySelector("#empty").hidden = all.length > 0;
  document.querySelector("#count").textContent = entries.length > 0 ? ({{plural "count" "entries.length"}}) : "";
};

/** Empties the form, for a new entry. */
const startAnew = () => {
  edited = undefined;
  form.reset();
  problem.textContent = "";
  formTitle.textContent = {{text "new"}};
  submit.textContent = {{text "add"}};
  cancel.hidden = true;
};

const edit = (entry) => {
  edited = entry;
  title.value = entry.title;
  details.value = entry.details;
  problem.textContent = "";
  formTitle.textContent = {{text "editItem" "item" "entry.title"}};
  submit.textContent = {{text "save"}};
  cancel.hidden = false;
  title.focus();
};

const remove = (entry) => {
  const before = entries;
  if (edited === entry) startAnew();
  keep(entries.filter((other) => other !== entry));
  toast({{text "deleted"}}, () => keep(before));
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const entry = { title: title.value.trim(), details: details.value.trim() };
  if (entry.title === "") {
    problem.textContent = {{text "missing"}};
    title.focus();
    return;
  }
  keep(edited ? entries.map((other) => (other === edited ? entry : other)) : [...entries, entry]);
  startAnew();
  title.focus();
});

cancel.addEventListener("click", startAnew);
{{if has "search"}}
search.addEventListener("input", show);
{{end}}
{{if has "sort"}}
sort.addEventListener("change", show);
{{end}}
{{if has "export" "import"}}

const columns = { title: {{text "title"}}, details: {{text "details"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => entries);
{{end}}
{{if has "import"}}
offerImport(columns,
  (row) => (row.title ? row : {{text "missing"}}),
  (added) => {
    const before = entries;
    keep([...entries, ...added]);
    return () => keep(before);
  });
{{end}}
{{if has "share"}}

offerShare(() => [{{name}}, ...shown().map(({ title, details }) => (details ? `${title}: ${details}` : title))].join("\n"));
{{end}}

show();
