const language = document.documentElement.lang;
const usualCurrency = {{currency}};

{{template "element"}}
{{template "icon-button"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{template "money"}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "print"}}
{{template "share"}}
{{template "export"}}
const find = (id) => document.getElementById(id);

/** The day that is so many days from now: 2026-03-14. */
function dayFromNow(count) {
  const now = new Date();
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + count);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

const newLine = () => ({ description: "", quantity: "1", price: "" });

/** An invoice has all as it is typed. The next one is from the same, and has the next number. */
function newInvoice(last) {
  const number = last?.number.replace(/\d+$/, (digits) => String(Number(digits) + 1).padStart(digits.length, "0")) ?? `${new Date().getFullYear()}-001`;
  const { from = "", fromDetails = "", tax = "{{if number "tax" 0}}{{number "tax" 0}}{{end}}", notes = "" } = last ?? {};
  return { number, date: dayFromNow(0), due: dayFromNow(14), from, fromDetails, to: "", toDetails: "", lines: [newLine()], discount: "", tax, notes, paid: false };
}

let invoices = load("invoices", null) ?? [newInvoice()];
let invoice = invoices.at(-1); // the one that is open

// Calculating

/** Reads a number; nothing is 0. */
const read = (text) => (text.trim() ? readNumber(text.replace(/[^\d.,\s'’+-]/g, "x")) : 0);
const lineAmount = ({ quantity, price }) => Math.round(read(quantity) * (price.trim() ? readMoney(price) : 0) * 100) / 100;

/** Calculates an invoice; a number that cannot be read makes what depends on it NaN. */
function calculate({ lines, discount, tax }) {
  const part = (amount, rate) => Math.round(amount * read(rate.replace("%", ""))) / 100;
  const subtotal = lines.reduce((sum, line) => sum + lineAmount(line), 0);
  const less = part(subtotal, discount);
  const more = part(subtotal - less, tax);
  return { subtotal, discount: 0 - less, tax: more, total: subtotal - less + more };
}

const written = (amount) => (Number.isNaN(amount) ? "–" : money(amount));

// Showing

function keep() {
  save("invoices", invoices);
  showTotals();
  showInvoices();
}

/** Shows the open invoice anew, as when another one is opened. */
function show() {
  for (const field of find("paper").querySelectorAll("[data-field]")) field.value = invoice[field.dataset.field];
  find("paid").checked = invoice.paid;
  find("lines").replaceChildren(...invoice.lines.map(row));
  keep();
}

function showTotals() {
  const totals = calculate(invoice);
  for (const [name, amount] of Object.entries(totals)) find(name).textContent = written(amount);
  for (const output of find("lines").querySelectorAll("output")) output.textContent = written(lineAmount(invoice.lines[output.closest("tr").sectionRowIndex]));
  const isWrong = (field) => Number.isNaN(field.dataset.line === "price" ? lineAmount({ quantity: "1", price: field.value }) : read(field.value.replace("%", "")));
  for (const field of find("paper").querySelectorAll("[inputmode=decimal]")) field.setAttribute("aria-invalid", isWrong(field));
  find("error").textContent = Number.isNaN(totals.total) ? {{text "badNumber"}} : "";
  find("discount-row").classList.toggle("none", totals.discount === 0); // what is 0 is not printed
  find("tax-row").classList.toggle("none", totals.tax === 0);
  find("stamp").hidden = !invoice.paid;
  find("sample").hidden = invoice.to !== "" || totals.subtotal !== 0;
}

function row(line, i) {
  const n = i + 1;
  const names = { description: {{text "description"}}, quantity: {{text "quantity"}}, price: {{text "price"}} };
  const fields = Object.entries(names).map(([key, field]) => {
    const input = element("input", { value: line[key], autocomplete: "off", maxLength: 200, placeholder: field, ariaLabel: {{text "inLine" "field" "field" "n" "n"}} });
    input.dataset.line = key;
    if (key !== "description") input.inputMode = "decimal";
    return element("td", { className: key }, input);
  });
  const field = {{text "amount"}};
  const bin = iconButton({{text "deleteLine" "n" "n"}}, {{template "delete-icon"}}, () => removeLine(line));
  return element("tr", {}, ...fields, element("td", { className: "amount" }, element("output", { ariaLabel: {{text "inLine" "field" "field" "n" "n"}} })), element("td", { className: "bin no-print" }, bin));
}

// Changing the open invoice

find("paper").addEventListener("input", ({ target }) => {
  const { field, line } = target.dataset;
  if (field) invoice[field] = target.value;
  if (line) invoice.lines[target.closest("tr").sectionRowIndex][line] = target.value;
  keep();
});

function addLine() {
  invoice.lines.push(newLine());
  show();
  find("lines").lastElementChild.querySelector("input").focus();
}

function removeLine(line) {
  const before = invoice.lines;
  const changed = invoice;
  invoice.lines = before.filter((other) => other !== line);
  if (invoice.lines.length === 0) invoice.lines = [newLine()];
  show();
  find("add-line").focus();
  toast({{text "lineDeleted"}}, () => {
    changed.lines = before;
    show();
  });
}

find("add-line").addEventListener("click", addLine);
find("lines").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) addLine();
});

find("paid").addEventListener("change", () => {
  invoice.paid = find("paid").checked;
  keep();
});

currencySelect.addEventListener("change", keep);

find("sample").addEventListener("click", () => {
  const before = { ...invoice };
  const changed = invoice;
  Object.assign(invoice, {
    from: {{text "sampleFrom"}}, fromDetails: {{text "sampleFromDetails"}}, to: {{text "sampleTo"}}, toDetails: {{text "sampleToDetails"}},
    lines: [
      { description: {{text "website"}}, quantity: "1", price: "1200" },
      { description: {{text "photos"}}, quantity: "6", price: "65" },
      { description: {{text "hosting"}}, quantity: "12", price: typedMoney(8.5) },
    ],
    discount: "5", tax: "20", notes: {{text "sampleNotes"}},
  });
  show();
  toast({{text "sampleShown"}}, () => {
    Object.assign(changed, before);
    show();
  });
});

// All invoices

function state({ paid, due }) {
  if (paid) return {{text "paid"}};
  return due && due < dayFromNow(0) ? {{text "overdue"}} : {{text "open"}};
}

function showInvoices() {
  find("invoices").replaceChildren(...invoices.toReversed().map((each) => {
    const { number, to, due } = each;
    const day = due ? new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(`${due}T12:00`)) : "";
    const button = element("button", { type: "button", className: "quiet open", ariaLabel: {{text "openInvoice" "number" "number"}} }, element("strong", {}, number), element("span", {}, to || {{text "noClient"}}), element("small", {}, [state(each), day].filter(Boolean).join(" · ")));
    if (each === invoice) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => open(each));
    return element("li", {}, button, element("span", { className: "sum" }, written(calculate(each).total)), iconButton({{text "deleteInvoice" "number" "number"}}, {{template "delete-icon"}}, () => remove(each)));
  }));
  find("outstanding").textContent = written(invoices.filter(({ paid }) => !paid).reduce((sum, each) => sum + (calculate(each).total || 0), 0));
}

function open(other) {
  invoice = other;
  show();
  find("paper").scrollIntoView({ block: "start" });
}

function remove(gone) {
  const before = [invoices, invoice];
  invoices = invoices.filter((other) => other !== gone);
  if (invoices.length === 0) invoices = [newInvoice()];
  if (invoice === gone) invoice = invoices.at(-1);
  show();
  toast({{text "deleted"}}, () => {
    [invoices, invoice] = before;
    show();
  });
}

find("new").addEventListener("click", () => {
  invoices = [...invoices, newInvoice(invoices.at(-1))];
  open(invoices.at(-1));
  find("to").focus();
});
{{if has "share"}}

offerShare(() => {
  const heads = [{{text "invoice"}} + ` ${invoice.number}`, `${invoice.from} → ${invoice.to}`];
  const lines = invoice.lines.map((line) => `${line.quantity} × ${line.description}: ${written(lineAmount(line))}`);
  return [...heads, ...lines, {{text "total"}} + `: ${written(calculate(invoice).total)}`].join("\n");
});
{{end}}
{{if has "export"}}

const columns = { number: {{text "number"}}, date: {{text "date"}}, due: {{text "due"}}, to: {{text "client"}}, total: {{text "total"}}, currency: {{text "currency"}}, status: {{text "status"}} };
offerExport(columns, () => invoices.map((each) => ({ ...each, total: calculate(each).total.toFixed(2), currency: currencySelect.value, status: state(each) })));
{{end}}

show();
