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
{{if has "import"}}
{{template "day"}}
{{end}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);

const form = find("form");
const fields = ["name", "phone", "email", "company", "address", "birthday", "notes"{{if has "categories"}}, "group"{{end}}]; // of a contact, and of the form

let contacts = load("contacts", []); // with these fields, and favorite
let edited; // the contact that the form changes; undefined: it makes a new one
{{if has "filter"}}
let filter = "all";
{{end}}
const rows = new Map(); // by contact

const keep = (list) => {
  contacts = list;
  save("contacts", contacts);
  show();
};

const replace = (contact, other) => keep(contacts.map((each) => (each === contact ? other : each)));

// The list

const byName = (a, b) => a.name.localeCompare(b.name, language);

/** The contacts that are to be seen now, in their order. */
const shown = () => {
  let list = [...contacts];
  {{if has "search"}}
  list = list.filter((contact) => fitsSearch(fields.map((field) => contact[field]).join(" ")));
  {{end}}
  {{if has "filter"}}
  if (filter === "favorites") list = list.filter(({ favorite }) => favorite);
  {{end}}
  {{if has "categories"}}
  if (find("show-group").value) list = list.filter(({ group }) => group === find("show-group").value);
  {{end}}
  {{if has "sort"}}
  const orders = {
    name: byName,
    company: (a, b) => !a.company - !b.company || a.company.localeCompare(b.company, language) || byName(a, b), // those without one come last
    newest: (a, b) => contacts.indexOf(b) - contacts.indexOf(a),
  };
  return list.sort(orders[find("sort").value]);
  {{else}}
  return list.sort(byName);
  {{end}}
};

/** The letter under which a name is found: É is under E. */
const letterOf = (name) => {
  const letter = name.normalize("NFD")[0].toUpperCase();
  return /\p{L}/u.test(letter) ? letter : "#";
};

const avatar = (name) => {
  const words = name.split(/\s+/);
  const initials = [words[0], ...words.slice(1).slice(-1)].map((word) => [...word][0].toUpperCase()).join("");
  const made = element("span", { className: "avatar", ariaHidden: "true" }, initials);
  made.style.setProperty("--hue", [...name].reduce((sum, sign) => sum + sign.codePointAt(0) * 37, 0) % 360);
  return made;
};

/** When a birthday comes, as people say it; "" if that is more than a month away. */
const soon = (birthday) => {
  const today = new Date(new Date().setHours(0, 0, 0, 0));
  const [, month, day] = birthday.split("-").map(Number);
  const thisYear = new Date(today.getFullYear(), month - 1, day);
  const next = thisYear < today ? new Date(today.getFullYear() + 1, month - 1, day) : thisYear;
  const days = Math.round((next - today) / 86_400_000);
  return days <= 31 ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day") : "";
};

const details = ({ company, address, birthday, notes{{if has "categories"}}, group{{end}} }) => {
  const lines = [company, address, notes].filter(Boolean).map((text) => element("p", {}, text));
  const chips = [];
  {{if has "categories"}}
  if (group) chips.push(element("span", { className: "chip" }, group));
  {{end}}
  if (birthday) {
    const when = soon(birthday);
    const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" }).format(new Date(`${birthday}T12:00`));
    chips.push(when ? element("span", { className: "chip soon" }, {{text "birthdaySoon" "when" "when"}}) : element("span", { className: "chip" }, {{text "birthdaySoon" "when" "day"}}));
  }
  return chips.length > 0 ? [...lines, element("p", { className: "chips" }, ...chips)] : lines;
};

const row = (contact) => {
  const { name, phone, email, favorite } = contact;
  const ways = element("p", { className: "ways" });
  if (phone) ways.append(element("a", { href: `tel:${phone.replace(/[^\d+]/g, "")}` }, phone));
  if (email) ways.append(element("a", { href: `mailto:${email}` }, email));
  const star = iconButton({{text "favoriteItem" "item" "name"}}, "M12 4l2.5 5.1 5.5.8-4 3.9 1 5.6-5-2.6-5 2.6 1-5.6-4-3.9 5.5-.8z", () => {
    const other = { ...contact, favorite: !favorite };
    replace(contact, other);
    rows.get(other)?.querySelector(".star").focus();
  });
  star.classList.add("star");
  star.setAttribute("aria-pressed", Boolean(favorite));
  const made = element("li", {},
    avatar(name),
    element("div", { className: "person" }, element("h4", {}, name), ways, ...details(contact)),
    element("div", { className: "buttons no-print" }, star,
      iconButton({{text "editItem" "item" "name"}}, {{template "edit-icon"}}, () => edit(contact)),
      iconButton({{text "deleteItem" "item" "name"}}, {{template "delete-icon"}}, () => remove(contact))));
  rows.set(contact, made);
  return made;
};

const show = () => {
  {{if has "categories"}}
  showGroups();
  {{end}}
  const list = shown();
  rows.clear();
  const parts = [];
  let letter;
  for (const contact of list) {
    const next = {{if has "sort"}}find("sort").value === "name" ? letterOf(contact.name) : ""{{else}}letterOf(contact.name){{end}};
    if (next !== letter) {
      if (next) parts.push(element("h3", { className: "letter" }, next));
      parts.push(element("ul", { className: "list" }));
      letter = next;
    }
    parts.at(-1).append(row(contact));
  }
  find("contacts").replaceChildren(...parts);
  find("count").textContent = {{plural "count" "list.length"}};
  find("empty").hidden = list.length > 0;
  find("empty-text").textContent = contacts.length > 0 ? {{text "nothing"}} : {{text "empty"}};
  find("sample").hidden = contacts.length > 0;
};

const remove = (contact) => {
  const before = contacts;
  if (edited === contact) startAnew();
  keep(contacts.filter((other) => other !== contact));
  toast({{text "deleted"}}, () => keep(before));
  find("name").focus();
};

// The form

/** Which field of a contact is wrong and why; undefined if none is. */
const wrong = ({ name, phone, email }) => {
  if (!name) return ["name", {{text "noName"}}];
  if (phone && !/^[+(]?(?=(.*\d){3})[\d\s().\/-]+(x\d+)?$/i.test(phone)) return ["phone", {{text "badPhone" "value" "phone"}}];
  if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return ["email", {{text "badEmail" "value" "email"}}];
};

const complain = ([id, message] = []) => {
  for (const field of fields) find(field).setAttribute("aria-invalid", field === id);
  find("error").textContent = message ?? "";
  if (id) find(id).focus();
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const contact = { favorite: edited?.favorite ?? false };
  for (const field of fields) contact[field] = find(field).value.trim();
  const problem = wrong(contact);
  complain(problem);
  if (problem) return;
  const list = contacts.includes(edited) ? contacts.map((other) => (other === edited ? contact : other)) : [...contacts, contact];
  startAnew();
  {{if has "search"}}
  search.value = ""; // so that the contact is seen
  {{end}}
  {{if has "filter"}}
  if (!contact.favorite) choose("all");
  {{end}}
  {{if has "categories"}}
  if (find("show-group").value !== contact.group) find("show-group").value = "";
  {{end}}
  keep(list);
  find("name").focus();
});

/** Empties the form, for a new contact. */
const startAnew = () => {
  edited = undefined;
  form.reset();
  find("more").open = false;
  showForm({{text "newContact"}});
};

const edit = (contact) => {
  edited = contact;
  for (const field of fields) find(field).value = contact[field] ?? "";
  find("more").open = Boolean(contact.company || contact.address || contact.birthday || contact.notes);
  showForm({{text "editItem" "item" "contact.name"}});
  form.scrollIntoView({ block: "nearest" });
  find("name").focus();
};

const showForm = (title) => {
  complain();
  find("form-title").textContent = title;
  find("submit").textContent = edited ? {{text "save"}} : {{text "addContact"}};
  find("cancel").hidden = !edited;
};

find("cancel").addEventListener("click", startAnew);
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && edited) startAnew();
});

find("sample").addEventListener("click", () => {
  const nextWeek = new Date(Date.now() + 7 * 86_400_000);
  const birthday = `1990-${String(nextWeek.getMonth() + 1).padStart(2, "0")}-${String(Math.min(nextWeek.getDate(), 28)).padStart(2, "0")}`;
  const sample = (values) => ({ phone: "", email: "", company: "", address: "", birthday: "", notes: "", favorite: false, ...values });
  keep([
    sample({ name: "Ana García", phone: "+34 600 555 010", email: "ana@example.com", favorite: true{{if has "categories"}}, group: {{text "friends"}}{{end}} }),
    sample({ name: "Ben Carter", phone: "+1 202 555 0143", company: "Northwind Ltd"{{if has "categories"}}, group: {{text "work"}}{{end}} }),
    sample({ name: "Chloé Martin", email: "chloe@example.com", birthday{{if has "categories"}}, group: {{text "family"}}{{end}} }),
    sample({ name: "Clara Sousa", phone: "+55 11 5550 0199", email: "clara@example.com", notes: {{text "sampleNote"}}{{if has "categories"}}, group: {{text "friends"}}{{end}} }),
    sample({ name: "Jonas Weber", phone: "+49 30 5550123", company: "Weber & Co", favorite: true{{if has "categories"}}, group: {{text "work"}}{{end}} }),
  ]);
  toast({{text "sampleShown"}}, () => keep([]));
});
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "filter"}}

const choose = (chosen) => {
  filter = chosen;
  for (const button of find("filters").children) button.setAttribute("aria-pressed", button.dataset.filter === filter);
};

find("filters").addEventListener("click", ({ target }) => {
  if (!target.dataset.filter) return;
  choose(target.dataset.filter);
  show();
});
{{end}}
{{if has "sort"}}

find("sort").addEventListener("change", show);
{{end}}
{{if has "categories"}}

/** Offers the groups that contacts are in. */
const showGroups = () => {
  const names = [...new Set(contacts.map(({ group }) => group).filter(Boolean))].sort((a, b) => a.localeCompare(b, language));
  const select = find("show-group");
  const chosen = names.includes(select.value) ? select.value : "";
  select.replaceChildren(new Option({{text "allGroups"}}, ""), ...names.map((name) => new Option(name)));
  select.value = chosen;
  find("groups").replaceChildren(...names.map((value) => element("option", { value })));
};

find("show-group").addEventListener("change", show);
{{end}}
{{if has "export" "import"}}

// Export and import

const columns = {
  name: {{text "fullName"}}, phone: {{text "phone"}}, email: {{text "email"}}, company: {{text "company"}}, address: {{text "address"}},
  birthday: {{text "birthday"}}, notes: {{text "notes"}}{{if has "categories"}}, group: {{text "group"}}{{end}}, favorite: {{text "favorite"}},
};
{{end}}
{{if has "export"}}
offerExport(columns, () => contacts.toSorted(byName));
{{end}}
{{if has "import"}}

const fromRow = (values) => {
  const problem = wrong(values);
  if (problem) return problem[1];
  if (values.birthday && !isDay(values.birthday)) return {{text "badDay" "value" "values.birthday"}};
  return { ...values, favorite: /^(true|yes|x|1)$/i.test(values.favorite) };
};

offerImport(columns, fromRow, (added) => {
  const before = contacts;
  keep([...contacts, ...added]);
  return () => keep(before);
});
{{end}}
{{if has "share"}}

offerShare(() => [{{name}}, ...shown().map(({ name, phone, email }) => [name, phone, email].filter(Boolean).join(", "))].join("\n"));
{{end}}

show();
