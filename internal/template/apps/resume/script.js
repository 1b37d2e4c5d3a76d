// Whose resume it is, and what it lists: work and education, each with its years.
const [samplePerson, ...sampleEntries] = {{items}};
{{if ne name (text "unnamed")}}
samplePerson.name = {{name}};
{{end}}
{{if ne topic `""`}}
if (samplePerson.general) samplePerson.job = {{topic}}.replace(/^./u, (letter) => letter.toUpperCase());
{{end}}

const find = (id) => document.getElementById(id);
const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "print"}}
{{template "share"}}
{{template "export"}}
{{template "import"}}
const DETAILS = ["name", "job", "email", "phone", "place", "summary", "skills", "languages"];
const FIELDS = ["title", "where", "from", "to", "details"];

let { person, entries } = load("resume", { person: samplePerson, entries: sampleEntries });

function keep() {
  save("resume", { person, entries });
  show();
}

/** Takes other entries in the place of these, and returns what takes that back. */
function replace(others) {
  const before = entries;
  entries = others;
  keep();
  return () => {
    entries = before;
    keep();
  };
}

// The sheet

const list = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);
const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const years = ({ from, to }) => (from ? `${from} – ${to || {{text "today"}}}` : to);

/** The entries of a section: what goes on comes first, then what ended last. */
const inSection = (section) => entries.filter((entry) => entry.section === section).sort((a, b) => (b.to || 9999) - (a.to || 9999) || b.from - a.from);

function item(entry) {
  const button = (label, text, act) => {
    const made = element("button", { type: "button", className: "editing", ariaLabel: label }, text);
    made.addEventListener("click", act);
    return made;
  };
  return element("li", {},
    element("p", { className: "years" }, years(entry)),
    element("div", {},
      element("h3", {}, entry.title),
      element("p", { className: "where" }, entry.where),
      element("ul", {}, ...linesOf(entry.details).map((line) => element("li", {}, line))),
      button({{text "editItem" "item" "entry.title"}}, {{text "edit"}}, () => openEntry(entry)),
      button({{text "deleteItem" "item" "entry.title"}}, {{text "delete"}}, () => remove(entry))));
}

function show() {
  find("person").textContent = person.name;
  find("job-line").textContent = person.job;
  find("summary-line").textContent = person.summary;
  const contact = [element("a", { href: `mailto:${person.email}` }, person.email), person.phone, person.place].filter((part) => part.textContent ?? part);
  find("contact").replaceChildren(...contact.map((part) => element("p", {}, part)));
  for (const section of ["experience", "education"]) find(section).replaceChildren(...inSection(section).map(item));
  for (const words of ["skills", "languages"]) find(`${words}-list`).replaceChildren(...list(person[words]).map((word) => element("li", {}, word)));
}

// Changes

const editButton = find("edit");

function setEditing(on) {
  editButton.ariaPressed = String(on);
  editButton.textContent = on ? {{text "done"}} : {{text "editResume"}};
  find("sheet").classList.toggle("changing", on);
}

editButton.addEventListener("click", () => setEditing(editButton.ariaPressed !== "true"));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

function remove(entry) {
  toast({{text "deleted" "title" "entry.title"}}, replace(entries.filter((other) => other !== entry)));
  editButton.focus();
}

/** Says what is wrong with a field of a form; without one, nothing is. */
function complain(form, id, problem = "") {
  for (const field of form.querySelectorAll("input, textarea")) field.ariaInvalid = String(field.id === id);
  form.querySelector(".error").textContent = problem;
  if (id) find(id).focus();
}

find("edit-details").addEventListener("click", () => {
  for (const id of DETAILS) find(id).value = person[id];
  complain(find("details-form"));
  find("details-dialog").showModal();
});

find("details-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const values = Object.fromEntries(DETAILS.map((id) => [id, find(id).value.trim()]));
  if (!values.name) return complain(form, "name", {{text "noName"}});
  if (values.email && !/^\S+@\S+\.\S+$/.test(values.email)) return complain(form, "email", {{text "badEmail"}});
  person = values;
  keep();
  find("details-dialog").close();
  toast({{text "saved"}});
});

let edited; // the entry that is changed, or the section that a new one belongs to

function openEntry(entry, section = entry.section) {
  edited = entry ?? section;
  const add = section === "education" ? {{text "addEducation"}} : {{text "addExperience"}};
  find("entry-dialog-title").textContent = entry ? {{text "editItem" "item" "entry.title"}} : add;
  for (const id of FIELDS) find(id).value = entry?.[id] ?? "";
  complain(find("entry-form"));
  find("entry-dialog").showModal();
}

/** What is wrong with an entry: the name of the field and what to say; nothing if all is well. */
function wrongIn({ title, from, to }) {
  if (!title) return ["title", {{text "noTitle"}}];
  for (const [id, year] of Object.entries({ from, to })) if (year && !/^(19|20)\d\d$/.test(year)) return [id, {{text "badYear"}}];
  if (from && to && to < from) return ["to", {{text "order"}}];
}

for (const button of document.querySelectorAll("[data-add]")) button.addEventListener("click", () => openEntry(null, button.dataset.add));

find("entry-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(FIELDS.map((id) => [id, find(id).value.trim()]));
  const wrong = wrongIn(values);
  if (wrong) return complain(event.target, ...wrong);
  const isNew = typeof edited === "string";
  const entry = { section: isNew ? edited : edited.section, ...values };
  replace(isNew ? [...entries, entry] : entries.map((other) => (other === edited ? entry : other)));
  find("entry-dialog").close();
  toast({{text "saved"}});
});
{{if has "share"}}

// The resume as a text
offerShare(() => {
  const part = (title, lines) => ["", title.toLocaleUpperCase(language), ...lines];
  const written = (section) => inSection(section).flatMap((entry) => [[years(entry), entry.title, entry.where].filter(Boolean).join(", "), ...linesOf(entry.details).map((line) => `- ${line}`)]);
  return [
    person.name, person.job, [person.email, person.phone, person.place].filter(Boolean).join(" · "), "", person.summary,
    ...part({{text "experience"}}, written("experience")),
    ...part({{text "education"}}, written("education")),
    ...part({{text "skills"}}, [person.skills]),
    ...part({{text "languages"}}, [person.languages]),
  ].join("\n");
});
{{end}}
{{if has "export" "import"}}

const columns = { section: {{text "section"}}, title: {{text "title"}}, where: {{text "where"}}, from: {{text "from"}}, to: {{text "to"}}, details: {{text "details"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => entries);
{{end}}
{{if has "import"}}
offerImport(columns,
  (values) => wrongIn(values)?.[1] ?? { ...values, section: ["education", {{text "education"}}].includes(values.section) ? "education" : "experience" },
  (added) => replace([...entries, ...added]));
{{end}}

show();
