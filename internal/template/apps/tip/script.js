const language = document.documentElement.lang;

{{if has "history" "copy"}}
{{template "element"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{end}}
{{if has "copy"}}
{{template "copy"}}
{{end}}
{{template "number"}}
const find = (id) => document.getElementById(id);
const percent = (n) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(n / 100);
const money = (amount) => new Intl.NumberFormat(language, { style: "currency", currency: find("currency").value, currencyDisplay: "narrowSymbol" }).format(amount);

/** How many of its smallest coins a unit of the currency has: 100 cents, but 1 yen. */
function coins() {
  const { maximumFractionDigits } = new Intl.NumberFormat(language, { style: "currency", currency: find("currency").value }).resolvedOptions();
  return 10 ** maximumFractionDigits;
}

/** Reads the form; `mistakes` has what is wrong with it, by field. */
function read() {
  const bill = readNumber(find("bill").value.replace(/[^\d.,\s'’+-]/g, ""));
  const rate = readNumber(find("percent").value.replace("%", ""));
  const mistakes = {};
  if (!(bill >= 0 && bill < 1e12)) mistakes.bill = {{text "noBill"}};
  if (!(rate >= 0 && rate <= 100)) mistakes.percent = {{text "noPercent"}};
  {{if has "bill-split"}}
  const people = readNumber(find("people").value);
  if (!(Number.isInteger(people) && people >= 1)) mistakes.people = {{text "noPeople"}};
  return { bill, rate, people, mistakes };
  {{else}}
  return { bill, rate, mistakes };
  {{end}}
}

/** Calculates in the smallest coins, so that the amounts add up. */
function calculate({{if has "bill-split"}}{ bill, rate, people }{{else}}{ bill, rate }{{end}}) {
  const unit = coins();
  const paid = Math.round(bill * unit);
  let total = paid + Math.round((paid * rate) / 100);
  if (find("round").checked) total = Math.ceil(total / unit) * unit;
  {{if has "bill-split"}}
  // Each pays as much as any other: what does not divide is rounded up.
  return { tip: (total - paid) / unit, total: total / unit, share: Math.ceil(total / people) / unit, tipShare: Math.ceil((total - paid) / people) / unit };
  {{else}}
  return { tip: (total - paid) / unit, total: total / unit };
  {{end}}
}

function update() {
  const form = read();
  const { mistakes } = form;
  if (!find("bill").value.trim()) {
    form.bill = 0; // nothing is wrong yet
    delete mistakes.bill;
  }
  for (const field of document.querySelectorAll("#form input")) {
    if (mistakes[field.id]) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
  const [mistake] = Object.values(mistakes);
  find("error").textContent = mistake ?? "";
  const { tip, total{{if has "bill-split"}}, share, tipShare{{end}} } = calculate(form);
  find("tip").textContent = mistake ? "–" : money(tip);
  find("total").textContent = mistake ? "–" : money(total);
  {{if has "bill-split"}}
  find("share").textContent = mistake ? "–" : money(share);
  find("tip-share").textContent = mistake ? "–" : money(tipShare);
  find("fewer").disabled = !(form.people > 1);
  {{end}}
  {{if has "presets"}}
  for (const button of find("presets").children) button.setAttribute("aria-pressed", Number(button.value) === form.rate);
  {{end}}
  {{if has "history"}}
  find("save").disabled = Boolean(mistake) || total === 0;
  {{end}}
  if (!mistake) save("tip", { currency: find("currency").value, rate: form.rate{{if has "bill-split"}}, people: form.people{{end}}, round: find("round").checked });
}

find("form").addEventListener("input", update);
find("form").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input") || find("bill").value.trim()) return;
  find("error").textContent = {{text "noBill"}};
  find("bill").setAttribute("aria-invalid", "true");
});
{{if has "presets"}}

find("presets").append(...[5, 10, 15, 18, 20, 25].map((rate) => Object.assign(document.createElement("button"), { type: "button", value: rate, textContent: percent(rate) })));
find("presets").addEventListener("click", (event) => {
  if (!event.target.value) return;
  find("percent").value = event.target.value;
  update();
});
{{end}}
{{if has "bill-split"}}

function addPeople(n) {
  const { people } = read();
  find("people").value = Math.max(1, (Number.isInteger(people) ? people : 1) + n);
  update();
}

find("fewer").addEventListener("click", () => addPeople(-1));
find("more").addEventListener("click", () => addPeople(1));
{{end}}

const written = (n) => new Intl.NumberFormat(language, { useGrouping: false }).format(n);

/** Fills the form, as it was left or as it is at first. */
function fill({ currency = find("currency").value, rate = {{number "percent" 15}}{{if has "bill-split"}}, people = {{number "people" 2}}{{end}}, round = false }) {
  find("bill").value = "";
  find("currency").value = currency;
  find("percent").value = written(rate);
  {{if has "bill-split"}}
  find("people").value = people;
  {{end}}
  find("round").checked = round;
  update();
}

find("reset").addEventListener("click", () => {
  fill({});
  find("bill").focus();
});
{{if has "copy"}}

find("copy").addEventListener("click", () => {
  copy([...document.querySelectorAll(".result span")].map((label) => `${label.textContent}: ${label.nextElementSibling.textContent}`).join("\n"));
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

let bills = load("tip-history", []); // { what, when, total }, the newest first

function keep(list) {
  bills = list.slice(0, 50);
  save("tip-history", bills);
  showHistory();
}

function showHistory() {
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  find("history").replaceChildren(...bills.map((bill) => {
    const button = element("button", { type: "button", className: "icon", ariaLabel: {{text "deleteItem" "item" "bill.what"}} }, "✕");
    button.addEventListener("click", () => {
      const at = bills.indexOf(bill);
      keep(bills.toSpliced(at, 1));
      toast({{text "deleted"}}, () => keep(bills.toSpliced(at, 0, bill)));
    });
    return element("li", {}, element("span", {}, bill.what, element("small", {}, date.format(new Date(bill.when)))), element("strong", {}, bill.total), button);
  }));
  find("no-history").hidden = bills.length > 0;
}

find("save").addEventListener("click", () => {
  const { bill, rate } = read();
  keep([{ what: {{text "billAndTip" "bill" "money(bill)" "percent" "percent(rate)"}}, when: Date.now(), total: find("total").textContent }, ...bills]);
});

showHistory();
{{end}}

const currencies = new Intl.DisplayNames(language, { type: "currency" });
for (const code of ["USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "MXN", "BRL", "INR"]) find("currency").append(Object.assign(new Option(code), { title: currencies.of(code) }));
fill({ currency: {{currency}}, ...load("tip", {}) });
