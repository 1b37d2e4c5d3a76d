// The table to begin with: the names of its columns, and its rows.
const [sampleHeads, ...sampleRows] = {{items}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{template "number"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "import"}}
{{template "export"}}
{{template "print"}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);

let heads = load("table-heads", sampleHeads);
let rows = load("table-rows", sampleRows); // each has a value for each column: a number or a text
const isNumeric = sampleHeads.map((_, column) => typeof sampleRows[0][column] === "number"); // by column
{{if has "sort"}}
let order = { column: -1, up: true };
{{end}}
{{if has "pagination"}}
let page = 0;
{{end}}

const keep = (list) => {
  rows = list;
  save("table-rows", rows);
  show();
};

// The table

const isYear = (column) => rows.every((row) => row[column] >= 1000 && row[column] <= 2100 && Number.isInteger(row[column]));

/** Writes a value for people: numbers as in their language, but for years. */
const write = (value, column) => (isNumeric[column] && !isYear(column) ? new Intl.NumberFormat(language).format(value) : String(value));

{{if has "sort"}}
/** Orders two values: numbers by size, texts as in a dictionary. */
const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, language, { numeric: true }));

{{end}}
/** The rows that are looked for, in their order; not only those of this page. */
const found = () => {
  let list = [...rows];
  {{if has "search"}}
  list = list.filter((row) => fitsSearch(row.join(" ")));
  {{end}}
  {{if has "filter"}}
  if (find("filter").value) list = list.filter((row) => row[filterColumn] === find("filter").value);
  {{end}}
  {{if has "sort"}}
  const { column, up } = order;
  if (column >= 0) list.sort((a, b) => (up ? compare(a[column], b[column]) : compare(b[column], a[column])));
  {{end}}
  return list;
};

const head = (name, column) => {
  const made = element("th", { scope: "col", className: isNumeric[column] ? "number" : "" });
  {{if has "sort"}}
  const button = element("button", { type: "button", title: {{text "sortColumn" "column" "name"}} }, name);
  button.insertAdjacentHTML("beforeend", `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 19V5M6 11l6-6 6 6"/></svg>`);
  button.addEventListener("click", () => {
    order = { column, up: order.column !== column || !order.up };
    {{if has "pagination"}}
    page = 0;
    {{end}}
    show();
    find("heads").children[column].firstChild.focus();
  });
  if (order.column === column) made.ariaSort = order.up ? "ascending" : "descending";
  made.append(button);
  {{else}}
  made.append(name);
  {{end}}
  return made;
};

const line = (row) => {
  const cells = row.map((value, column) => element("td", { className: isNumeric[column] ? "number" : "" }, write(value, column)));
  const buttons = element("div", {},
    iconButton({{text "editItem" "item" "row[0]"}}, {{template "edit-icon"}}, () => edit(row)),
    iconButton({{text "deleteItem" "item" "row[0]"}}, {{template "delete-icon"}}, () => remove(row)));
  return element("tr", {}, ...cells, element("td", { className: "do no-print" }, buttons));
};

const show = () => {
  {{if has "filter"}}
  showFilter();
  {{end}}
  const list = found();
  const last = element("th", { scope: "col", className: "no-print" }, element("span", { className: "visually-hidden" }, {{text "actions"}}));
  find("heads").replaceChildren(...heads.map(head), last);
  {{if has "pagination"}}
  find("rows").replaceChildren(...pageOf(list).map(line));
  {{else}}
  find("rows").replaceChildren(...list.map(line));
  find("count").textContent = {{plural "rows" "list.length"}};
  {{end}}
  find("table").hidden = list.length === 0;
  find("empty").hidden = list.length > 0;
  find("empty-text").textContent = rows.length > 0 ? {{text "nothing"}} : {{text "empty"}};
  find("sample").hidden = rows.length > 0;
  find("clear").hidden = rows.length === 0;
  find("note").hidden = rows !== sampleRows;
};
{{if has "pagination"}}

/** Takes the rows of the page out of a list, and says which ones these are. */
const pageOf = (list) => {
  const size = Number(find("per-page").value);
  const pages = Math.max(1, Math.ceil(list.length / size));
  page = Math.min(page, pages - 1);
  const from = page * size;
  const to = Math.min(from + size, list.length);
  find("page").textContent = {{text "page" "at" "page + 1" "all" "pages"}};
  find("previous").disabled = page === 0;
  find("next").disabled = page === pages - 1;
  find("pages").hidden = rows.length === 0;
  find("count").textContent = list.length === 0 ? "" : {{text "showing" "from" "from + 1" "to" "to" "all" "list.length"}};
  return list.slice(from, to);
};

const turnTo = (other) => {
  page = other;
  show();
};

find("previous").addEventListener("click", () => turnTo(page - 1));
find("next").addEventListener("click", () => turnTo(page + 1));
find("per-page").addEventListener("change", () => turnTo(0));
{{end}}
{{if has "search"}}

search.addEventListener("input", {{if has "pagination"}}() => turnTo(0){{else}}show{{end}});
{{end}}
{{if has "filter"}}

// The column whose values are the most alike can be filtered by.
const variety = (column) => new Set(sampleRows.map((row) => row[column])).size;
const filterColumn = sampleHeads.map((_, column) => column).filter((column) => !isNumeric[column]).sort((a, b) => variety(a) - variety(b))[0];

const showFilter = () => {
  const select = find("filter");
  const values = [...new Set(rows.map((row) => row[filterColumn]))].sort((a, b) => a.localeCompare(b, language));
  const chosen = values.includes(select.value) ? select.value : "";
  const column = heads[filterColumn];
  select.ariaLabel = {{text "filterBy" "column" "column"}};
  select.replaceChildren(new Option({{text "everything" "column" "column"}}, ""), ...values.map((value) => new Option(value)));
  select.value = chosen;
};

find("filter").addEventListener("change", {{if has "pagination"}}() => turnTo(0){{else}}show{{end}});
{{end}}

// Rows and columns are changed in a dialog

let saveFields; // takes the values of the fields, and returns which one is wrong and why

/** Asks for some values by their names. */
const ask = (title, names, values, take) => {
  find("dialog-title").textContent = title;
  find("error").textContent = "";
  find("fields").replaceChildren(...names.map((name, i) => {
    const input = element("input", { id: `field-${i}`, value: values[i] ?? "", maxLength: 200, autocomplete: "off" });
    input.setAttribute("aria-describedby", "error");
    return element("div", { className: "field" }, element("label", { htmlFor: input.id }, name), input);
  }));
  saveFields = take;
  find("dialog").showModal();
  find("field-0").select();
};

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const inputs = [...find("fields").querySelectorAll("input")];
  const { wrong, why = "" } = saveFields(inputs.map(({ value }) => value.trim())) ?? {};
  inputs.forEach((input, i) => input.setAttribute("aria-invalid", i === wrong));
  find("error").textContent = why;
  if (why) inputs[wrong].focus();
  else find("dialog").close();
});

find("cancel").addEventListener("click", () => find("dialog").close());

/** Makes a row of texts; what is wrong is returned as its column, and why. */
const read = (texts) => {
  const row = texts.map((text, column) => (isNumeric[column] ? readNumber(text) : text));
  const wrong = row.findIndex((value) => value === "" || Number.isNaN(value));
  if (wrong < 0) return { row };
  const [value, column] = [texts[wrong], heads[wrong]];
  return { wrong, why: value === "" ? {{text "missing" "column" "column"}} : {{text "badNumber" "value" "value"}} };
};

find("add").addEventListener("click", () => ask({{text "addRow"}}, heads, [], (texts) => {
  const { row, wrong, why } = read(texts);
  if (!row) return { wrong, why };
  {{if has "search"}}
  search.value = ""; // so that the row is seen
  {{end}}
  {{if has "filter"}}
  find("filter").value = "";
  {{end}}
  rows = [...rows, row];
  {{if has "pagination"}}
  page = Math.floor(found().indexOf(row) / Number(find("per-page").value));
  {{end}}
  keep(rows);
}));

const edit = (row) => {
  const typed = (value) => (typeof value === "number" ? new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 10 }).format(value) : value);
  ask({{text "editRow"}}, heads, row.map(typed), (texts) => {
    const { row: other, wrong, why } = read(texts);
    if (!other) return { wrong, why };
    keep(rows.map((each) => (each === row ? other : each)));
  });
};

find("rename").addEventListener("click", () => ask({{text "columns"}}, heads.map((_, i) => {{text "columnNumber" "n" "i + 1"}}), heads, (names) => {
  const wrong = names.findIndex((name, i) => name === "" || names.indexOf(name) !== i);
  if (wrong >= 0) return { wrong, why: {{text "badColumns"}} };
  heads = names;
  save("table-heads", heads);
  {{if has "export" "import"}}
  nameColumns();
  {{end}}
  show();
}));

const remove = (row) => {
  const before = rows;
  keep(rows.filter((other) => other !== row));
  toast({{text "deleted"}}, () => keep(before));
  find("add").focus();
};

find("clear").addEventListener("click", () => {
  const before = rows;
  keep([]);
  toast({{text "cleared"}}, () => keep(before));
  find("add").focus();
});

find("sample").addEventListener("click", () => keep(sampleRows));
{{if has "export" "import"}}

// Export and import

const columns = {}; // by their places

const nameColumns = () => heads.forEach((name, i) => { columns[`column${i + 1}`] = name; });
nameColumns();
{{end}}
{{if has "export"}}
offerExport(columns, () => found().map((row) => Object.fromEntries(Object.keys(columns).map((key, i) => [key, row[i]]))));
{{end}}
{{if has "import"}}
offerImport(columns,
  (values) => {
    const { row, why } = read(Object.values(values));
    return row ?? why;
  },
  (added) => {
    const before = rows;
    keep([...rows, ...added]);
    return () => keep(before);
  });
{{end}}

show();
