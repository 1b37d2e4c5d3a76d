{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "reorder"}}
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
{{if has "due-dates"}}
{{template "day"}}
{{end}}
{{end}}
{{if has "due-dates" "sort"}}
const language = document.documentElement.lang;
{{end}}
const addForm = document.querySelector("#add");
const taskList = document.querySelector("#tasks");
const empty = document.querySelector("#empty");
const clear = document.querySelector("#clear");
{{if has "categories"}}
const categorySelect = document.querySelector("#category");
{{end}}
{{if has "sort"}}
const sort = document.querySelector("#sort");
{{end}}

let tasks = load("tasks", []); // { title, done{{if has "priorities"}}, priority{{end}}{{if has "due-dates"}}, due{{end}}{{if has "categories"}}, category{{end}} }
let changed; // the task that is being changed, in place
{{if has "filter"}}
let filter = "all";
{{end}}

const keep = (list) => {
  tasks = list;
  save("tasks", tasks);
  show();
};

const replace = (task, other) => keep(tasks.map((each) => (each === task ? other : each)));

{{if has "sort"}}
{{if has "priorities"}}
const ranks = ["high", "normal", "low"];
const rank = ({ priority = "normal" }) => ranks.indexOf(priority);
{{end}}
const orders = {
  own: () => 0,
  title: (a, b) => a.title.localeCompare(b.title, language),
  {{if has "priorities"}}
  priority: (a, b) => rank(a) - rank(b),
  {{end}}
  {{if has "due-dates"}}
  due: (a, b) => (a.due || "9999").localeCompare(b.due || "9999"), // those without a date come last
  {{end}}
};

{{end}}
/** The tasks that are to be seen now. */
const shown = () => {
  let list = [...tasks];
  {{if has "filter"}}
  if (filter !== "all") list = list.filter(({ done }) => done === (filter === "done"));
  {{end}}
  {{if has "search"}}
  list = list.filter(({ title }) => fitsSearch(title));
  {{end}}
  {{if has "categories"}}
  if (categorySelect.value) list = list.filter(({ category }) => category === categorySelect.value);
  {{end}}
  {{if has "sort"}}
  list.sort(orders[sort.value]);
  {{end}}
  return list;
};

// A row of the list

{{if has "due-dates"}}
/** A date as people say it: today, tomorrow, 20 March. */
const spoken = (due) => {
  const date = new Date(`${due}T00:00`);
  const days = Math.round((date - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
  if (Math.abs(days) <= 1) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", year }).format(date);
};

const isOverdue = ({ due, done }) => !done && new Date(`${due}T00:00`) < new Date().setHours(0, 0, 0, 0);

{{end}}
{{if has "priorities" "due-dates" "categories"}}
/** What a task has beside its title, in small. */
const chips = (task) => {
  const made = [];
  const chip = (text, kind = "") => made.push(element("span", { className: `chip ${kind}` }, text));
  {{if has "priorities"}}
  if (task.priority === "high") chip({{text "high"}}, "high");
  if (task.priority === "low") chip({{text "low"}}, "low");
  {{end}}
  {{if has "due-dates"}}
  if (task.due && isOverdue(task)) chip({{text "overdue" "date" "spoken(task.due)"}}, "overdue");
  else if (task.due) chip(spoken(task.due));
  {{end}}
  {{if has "categories"}}
  if (task.category) chip(task.category);
  {{end}}
  return made;
};

{{end}}
const row = (task) => {
  if (task === changed) return element("li", {}, changeForm(task));
  const box = element("input", { type: "checkbox", checked: task.done });
  box.addEventListener("change", () => tick(task));
  const words = element("div", { className: "words" }, element("label", {}, box, element("span", {}, task.title)));
  {{if has "priorities" "due-dates" "categories"}}
  const details = chips(task);
  if (details.length > 0) words.append(element("p", { className: "chips" }, ...details));
  {{end}}
  const edit = iconButton({{text "editItem" "item" "task.title"}}, {{template "edit-icon"}}, () => change(task));
  edit.classList.add("edit");
  const bin = iconButton({{text "deleteItem" "item" "task.title"}}, {{template "delete-icon"}}, () => remove(task));
  bin.classList.add("delete");
  const made = element("li", {}, words, edit, bin);
  {{if has "drag-and-drop"}}
  {{if has "sort"}}
  if (sort.value === "own") made.prepend(moveHandle(made, task.title, (to) => move(task, to)));
  {{else}}
  made.prepend(moveHandle(made, task.title, (to) => move(task, to)));
  {{end}}
  {{end}}
  return made;
};

/** Puts the focus into a task's row, which show() has made anew. */
const focusOn = (task, selector) => taskList.children[shown().indexOf(task)]?.querySelector(selector)?.focus();

const show = () => {
  {{if has "categories"}}
  showCategories();
  {{end}}
  const list = shown();
  const open = tasks.filter(({ done }) => !done).length;
  taskList.replaceChildren(...list.map(row));
  empty.hidden = list.length > 0;
  empty.querySelector("p").textContent = whyEmpty(open);
  document.querySelector("#left").textContent = tasks.length === 0 ? "" : open === 0 ? {{text "allDone"}} : {{plural "left" "open"}};
  const progress = document.querySelector("#progress");
  progress.hidden = tasks.length === 0;
  progress.value = tasks.length === 0 ? 0 : (tasks.length - open) / tasks.length;
  {{if not (has "import")}}
  document.querySelector("#foot").hidden = tasks.length === 0;
  {{end}}
  clear.hidden = open === tasks.length;
  {{if has "filter"}}
  const counts = { all: tasks.length, open, done: tasks.length - open };
  for (const button of document.querySelectorAll("#filters button")) {
    button.setAttribute("aria-pressed", button.dataset.filter === filter);
    button.querySelector(".count").textContent = counts[button.dataset.filter];
  }
  {{end}}
};

const whyEmpty = (open) => {
  if (tasks.length === 0) return {{text "empty"}};
  {{if has "filter"}}
  if (filter === "open" && open === 0) return {{text "allDone"}};
  if (filter === "done" && open === tasks.length) return {{text "noneDone"}};
  {{end}}
  return {{text "nothing"}};
};

// What is done with tasks

/** Reads a form; says so if there is no title, and returns nothing. */
const read = (form) => {
  const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  form.querySelector(".problem").textContent = values.title ? "" : {{text "missing"}};
  if (values.title) return values;
  form.elements.title.focus();
};

addForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = read(addForm);
  if (!values) return;
  {{if has "filter"}}
  if (filter === "done") filter = "all"; // for the new task to be seen
  {{end}}
  keep([...tasks, { ...values, done: false }]);
  addForm.reset();
  addForm.elements.title.focus();
});

addForm.addEventListener("input", () => {
  addForm.querySelector(".problem").textContent = "";
});

const tick = (task) => {
  const other = { ...task, done: !task.done };
  replace(task, other);
  focusOn(other, "input");
};

const remove = (task) => {
  const before = tasks;
  const next = shown()[shown().indexOf(task) + 1];
  keep(tasks.filter((other) => other !== task));
  if (next) focusOn(next, ".delete");
  else addForm.elements.title.focus();
  toast({{text "deleted"}}, () => keep(before));
};

const change = (task) => {
  changed = task;
  show();
  const { title } = taskList.querySelector(".change").elements;
  title.focus();
  title.select();
};

/** The form that a task becomes while it is changed: that for a new one, filled. */
const changeForm = (task) => {
  const form = addForm.cloneNode(true);
  form.removeAttribute("id");
  form.className = "change";
  form.querySelector(".problem").textContent = "";
  form.querySelector("button").textContent = {{text "save"}};
  const cancel = element("button", { type: "button" }, {{text "cancel"}});
  form.querySelector("button").after(cancel);
  form.elements.title.ariaLabel = {{text "task"}};
  form.reset();
  for (const field of form.querySelectorAll("[name]")) if (task[field.name]) field.value = task[field.name];

  const close = (values) => {
    changed = undefined;
    const other = { ...task, ...values };
    replace(task, other);
    focusOn(other, ".edit");
  };
  cancel.addEventListener("click", () => close());
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = read(form);
    if (values) close(values);
  });
  return form;
};

clear.addEventListener("click", () => {
  const before = tasks;
  keep(tasks.filter(({ done }) => !done));
  const number = before.length - tasks.length;
  toast({{plural "cleared" "number"}}, () => keep(before));
  addForm.elements.title.focus();
});
{{if has "filter"}}

document.querySelector("#filters").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  filter = button.dataset.filter;
  show();
});
{{end}}
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "sort"}}

sort.addEventListener("change", show);
{{end}}
{{if has "categories"}}

// Categories

/** Offers the categories that tasks have. */
const showCategories = () => {
  const names = [...new Set(tasks.map(({ category }) => category).filter(Boolean))].sort();
  const chosen = names.includes(categorySelect.value) ? categorySelect.value : "";
  document.querySelector("#categories").replaceChildren(...names.map((value) => element("option", { value })));
  categorySelect.replaceChildren(new Option({{text "allCategories"}}, ""), ...names.map((name) => new Option(name)));
  categorySelect.value = chosen;
};

categorySelect.addEventListener("change", show);
{{end}}
{{if has "drag-and-drop"}}

/** Puts a task at another place among those that are seen; the others stay where they are. */
const move = (task, to) => {
  const order = shown().filter((other) => other !== task);
  order.splice(to, 0, task);
  const seen = new Set(order);
  keep(tasks.map((other) => (seen.has(other) ? order.shift() : other)));
  focusOn(task, ".handle");
};
{{end}}
{{if has "export" "import"}}

// Export and import

{{if has "priorities"}}
const priorities = { high: {{text "high"}}, normal: {{text "normal"}}, low: {{text "low"}} };
{{end}}
const columns = { title: {{text "task"}}, done: {{text "done"}}{{if has "priorities"}}, priority: {{text "priority"}}{{end}}{{if has "due-dates"}}, due: {{text "due"}}{{end}}{{if has "categories"}}, category: {{text "category"}}{{end}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => tasks{{if has "priorities"}}.map((task) => ({ ...task, priority: priorities[task.priority] })){{end}});
{{end}}
{{if has "import"}}

const fromRow = (row) => {
  if (!row.title) return {{text "missing"}};
  {{if has "due-dates"}}
  if (row.due && !isDay(row.due)) return {{text "badDay" "value" "row.due"}};
  {{end}}
  return { ...row, done: /^(true|yes|x|1)$/i.test(row.done){{if has "priorities"}}, priority: keyOf(priorities, row.priority) ?? "normal"{{end}} };
};

offerImport(columns, fromRow, (added) => {
  const before = tasks;
  keep([...tasks, ...added]);
  return () => keep(before);
});
{{end}}
{{if has "share"}}

offerShare(() => [{{name}}, ...shown().map(({ title, done }) => `${done ? "☑" : "☐"} ${title}`)].join("\n"));
{{end}}

show();
