const language = document.documentElement.lang;
const usualCurrency = {{currency}};

{{template "element"}}
{{if has "history"}}
{{template "icon-button"}}
{{end}}
{{if has "charts"}}
{{template "shape"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy" "export" "print"}}
{{template "toast"}}
{{end}}
{{template "number"}}
{{template "money"}}
{{if has "copy" "export"}}
{{template "copy"}}
{{end}}
{{template "print"}}
{{template "export"}}
const find = (id) => document.getElementById(id);
const fields = ["amount", "rate", "term", "extra"];
const percent = (rate) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 3 }).format(rate / 100);

/** The month that is so many months from now. */
const monthFromNow = (count) => new Date(new Date().getFullYear(), new Date().getMonth() + count, 15);

/** Writes a span of months: 2 years, 3 months. */
function span(months) {
  const n = Math.floor(months / 12);
  const rest = months % 12;
  const parts = [n > 0 && ({{plural "spanYears" "n"}}), (rest > 0 || n === 0) && inMonths(rest)];
  return new Intl.ListFormat(language, { type: "unit" }).format(parts.filter(Boolean));
}

const inMonths = (n) => {{plural "spanMonths" "n"}};

// Calculating

/** Returns the payments of a loan, a month each: what is paid back, the interest, and what is still owed. */
function payments({ amount, rate, months, extra }) {
  const monthly = rate / 1200;
  const payment = extra + (monthly === 0 ? amount / months : (amount * monthly) / (1 - (1 + monthly) ** -months));
  const all = [];
  for (let balance = amount; balance > 0;) {
    const interest = balance * monthly;
    const principal = Math.min(balance, payment - interest);
    balance = balance - principal < 0.005 ? 0 : balance - principal; // what is less than a cent is paid
    all.push({ principal, interest, balance });
  }
  return { payment, all };
}

const sum = (list, part) => list.reduce((total, each) => total + each[part], 0);

/** Puts so many payments at a time together; each group has the month of its last one. */
function grouped(all, size) {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => {
    const group = all.slice(i * size, (i + 1) * size);
    const time = monthFromNow(i * size + group.length).toLocaleDateString(language, { month: "short", year: "numeric" });
    return { time, principal: sum(group, "principal"), interest: sum(group, "interest"), balance: group.at(-1).balance };
  });
}

// The form

/** Reads the form; `mistakes` has what is wrong with it, by field. */
function read() {
  const loan = {
    amount: readMoney(find("amount").value),
    rate: readNumber(find("rate").value.replace("%", "")),
    months: Math.round(readNumber(find("term").value) * find("unit").value),
    extra: find("extra").value.trim() ? readMoney(find("extra").value) : 0,
  };
  const mistakes = {};
  if (!(loan.amount > 0 && loan.amount < 1e12)) mistakes.amount = {{text "noAmount"}};
  if (!(loan.rate >= 0 && loan.rate <= 100)) mistakes.rate = {{text "noRate"}};
  if (!(loan.months >= 1 && loan.months <= 600)) mistakes.term = {{text "noTerm"}};
  if (!(loan.extra >= 0 && loan.extra < 1e12)) mistakes.extra = {{text "noExtra"}};
  return { loan, mistakes };
}

let size = 12; // how many months a row of the schedule has
let schedule = [];

function update() {
  const { loan, mistakes } = read();
  const [mistake] = Object.values(mistakes);
  for (const id of fields) find(id).setAttribute("aria-invalid", id in mistakes);
  find("error").textContent = mistake ?? "";
  {{if has "history"}}
  find("save").disabled = Boolean(mistake);
  {{end}}
  if (mistake) {
    for (const id of ["payment", "interest", "total", "end"]) find(id).textContent = "–";
    find("saves").textContent = "";
    return;
  }
  save("loan", Object.fromEntries([...fields, "unit"].map((id) => [id, find(id).value])));

  const { payment, all } = payments(loan);
  schedule = all;
  const interest = sum(all, "interest");
  find("payment").textContent = money(payment);
  find("interest").textContent = money(interest);
  find("total").textContent = money(loan.amount + interest);
  find("end").textContent = monthFromNow(all.length).toLocaleDateString(language, { month: "long", year: "numeric" });
  find("parts").style.setProperty("--principal", loan.amount / (loan.amount + interest));
  const usual = payments({ ...loan, extra: 0 }).all;
  const less = sum(usual, "interest") - interest;
  const sooner = usual.length - all.length;
  find("saves").textContent = loan.extra > 0 ? {{text "saves" "amount" "money(less)" "time" "span(sooner)"}} : "";
  for (const slider of document.querySelectorAll("[data-of]")) slider.value = loan[slider.dataset.of] ?? loan.months / 12;
  showSchedule();
  {{if has "charts"}}
  drawChart();
  {{end}}
}

function showSchedule() {
  find("rows").replaceChildren(...grouped(schedule, size).map(({ time, principal, interest, balance }) => element("tr", {},
    element("th", { scope: "row" }, time),
    ...[principal, interest, balance].map((amount) => element("td", { className: "number" }, money(amount))))));
  for (const button of find("steps").children) button.setAttribute("aria-pressed", Number(button.value) === size);
}
{{if has "charts"}}

/** Draws a bar for each year, or month of a short loan: what is paid back, and the interest on top. */
function drawChart() {
  const bars = grouped(schedule, schedule.length > 36 ? 12 : 1);
  const highest = Math.max(...bars.map(({ principal, interest }) => principal + interest));
  const slot = 600 / bars.length;
  const width = Math.min(slot * 0.75, 44);
  find("chart").replaceChildren(...bars.flatMap(({ time, principal, interest }, i) => {
    const [low, high] = [principal, interest].map((amount) => (amount / highest) * 180);
    const x = slot * (i + 0.5) - width / 2;
    const title = () => shape("title", {}, {{text "paidIn" "time" "time" "principal" "money(principal)" "interest" "money(interest)"}});
    return [
      shape("rect", { class: "interest", x, width, y: 180 - low - high, height: high }, title()),
      shape("rect", { class: "principal", x, width, y: 180 - low, height: low }, title()),
    ];
  }));
}
{{end}}

find("form").addEventListener("input", ({ target }) => {
  if (target.dataset.of === "term" && find("unit").value === "1") find("term").value = target.value * 12;
  else if (target.dataset.of) find(target.dataset.of).value = typedMoney(target.value);
  update();
});

find("form").addEventListener("submit", (event) => event.preventDefault());

find("unit").addEventListener("change", () => {
  const months = readNumber(find("term").value) * (find("unit").value === "1" ? 12 : 1);
  if (months > 0) find("term").value = typedMoney(months / find("unit").value); // the term is the same as before
  update();
});

find("steps").addEventListener("click", ({ target }) => {
  if (!target.value) return;
  size = Number(target.value);
  showSchedule();
});

/** Fills the form, as it was left or as it is at first. */
function fill({ amount = typedMoney({{number "amount" 20000}}), rate = typedMoney({{number "hundredths" 500}} / 100), term = typedMoney({{number "months" 60}} / 12), unit = "12", extra = "" }) {
  for (const [id, value] of Object.entries({ amount, rate, term, unit, extra })) find(id).value = value;
  update();
}

find("reset").addEventListener("click", () => {
  fill({});
  find("amount").focus();
});
{{if has "copy"}}

find("copy").addEventListener("click", () => {
  copy([...document.querySelectorAll(".result output")].map((output) => `${output.previousElementSibling.textContent}: ${output.textContent}`).join("\n"));
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// Loans to compare

let loans = load("loans", []); // { amount, rate, months, extra }, the newest first

function keep(list) {
  loans = list;
  save("loans", loans);
  showLoans();
}

function showLoans() {
  find("history").replaceChildren(...loans.map((loan) => {
    const { payment, all } = payments(loan);
    const item = {{text "loanAndRate" "amount" "money(loan.amount)" "rate" "percent(loan.rate)" "time" "span(loan.months)"}};
    const costs = {{text "monthlyAndInterest" "payment" "money(payment)" "interest" "money(sum(all, \"interest\"))"}};
    const use = element("button", { type: "button", className: "quiet" }, element("strong", {}, item), element("small", {}, costs));
    use.addEventListener("click", () => fill({ amount: typedMoney(loan.amount), rate: typedMoney(loan.rate), term: typedMoney(loan.months), unit: "1", extra: loan.extra ? typedMoney(loan.extra) : "" }));
    return element("li", {}, use, iconButton({{text "deleteItem" "item" "item"}}, {{template "delete-icon"}}, () => {
      const before = loans;
      keep(loans.filter((other) => other !== loan));
      toast({{text "deleted"}}, () => keep(before));
    }));
  }));
  find("no-history").hidden = loans.length > 0;
}

find("save").addEventListener("click", () => keep([read().loan, ...loans]));
{{end}}
{{if has "export"}}

offerExport({ time: {{text "when"}}, principal: {{text "principal"}}, interest: {{text "interest"}}, balance: {{text "balance"}} }, () => grouped(schedule, size).map((row) => ({ time: row.time, principal: row.principal.toFixed(2), interest: row.interest.toFixed(2), balance: row.balance.toFixed(2) })));
{{end}}

currencySelect.addEventListener("change", () => {
  update();
  {{if has "history"}}
  showLoans();
  {{end}}
});
fill(load("loan", {}));
{{if has "history"}}
showLoans();
{{end}}
