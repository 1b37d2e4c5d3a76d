const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{template "history"}}
{{end}}
{{if has "copy"}}
{{template "copy"}}
{{end}}
{{template "number"}}
// How much 1 US dollar is worth: a sample, which a person can change.
const sampleDay = new Date("2024-03-01T12:00");
const sampleRates = {
  USD: 1, EUR: 0.92, GBP: 0.79, JPY: 150.1, CHF: 0.88, CAD: 1.36, AUD: 1.53, NZD: 1.64, CNY: 7.2, INR: 82.9, KRW: 1333,
  MXN: 17, BRL: 4.95, ARS: 843, COP: 3925, CLP: 970, SEK: 10.3, NOK: 10.5, DKK: 6.88, PLN: 3.98, CZK: 23.4, TRY: 31.4, ZAR: 19.1, THB: 35.8,
};

const find = (id) => document.getElementById(id);
const kept = load("currency-converter", {}); // the currencies last chosen, and the rates that were changed
const changed = kept.changed ?? {};
const rate = (code) => changed[code] ?? sampleRates[code];
const convert = (amount, from, to) => (amount / rate(from)) * rate(to);

const displayNames = new Intl.DisplayNames(language, { type: "currency" });
const nameOf = (code) => displayNames.of(code).replace(/^./u, (first) => first.toLocaleUpperCase(language));
const money = (amount, currency, currencyDisplay = "symbol") => new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay }).format(amount);
const written = (number) => new Intl.NumberFormat(language, { maximumSignificantDigits: 6, useGrouping: false }).format(number);

/** The amount in the form: "$1,000" is 1000. NaN if there is none. */
function amount() {
  const number = readNumber(find("amount").value.replace(/[\p{Sc}A-Z]/gu, ""));
  return number >= 0 && number < 1e15 ? number : NaN;
}

function update() {
  const [from, to, given] = [find("from").value, find("to").value, amount()];
  const valid = !Number.isNaN(given);
  find("error").textContent = valid ? "" : {{text "noAmount"}};
  if (valid) find("amount").removeAttribute("aria-invalid");
  else find("amount").setAttribute("aria-invalid", "true");
  find("given").textContent = valid ? `${money(given, from)} =` : "";
  find("result").textContent = valid ? money(convert(given, from, to), to) : "–";
  find("rate").textContent = `1 ${from} = ${written(convert(1, from, to))} ${to}`;
  {{if has "copy"}}
  find("copy").disabled = !valid;
  {{end}}
  find("others").replaceChildren(...Object.keys(sampleRates).filter((code) => code !== from && code !== to).map((code) =>
    element("li", {}, element("span", {}, code), element("span", {}, nameOf(code)), element("strong", {}, valid ? money(convert(given, from, code), code, "narrowSymbol") : "–"))));
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(sampleDay);
  const own = Object.keys(changed).length > 0;
  find("note").textContent = own ? {{text "own" "date" "date"}} : {{text "sample" "date" "date"}};
  find("restore").disabled = !own;
  save("currency-converter", { from, to, changed });
}

find("converter").addEventListener("input", update);
find("amount").addEventListener("focus", () => find("amount").select());

// The currencies

let pair = [kept.from ?? {{if named}}{{picked 0}}{{else}}{{text "usualFrom"}}{{end}}, kept.to ?? {{if gt named 1}}{{picked 1}}{{else if and named (eq (picked 0) (text "usualTo"))}}{{text "usualFrom"}}{{else}}{{text "usualTo"}}{{end}}];

function choose(from, to) {
  pair = [from, to];
  [find("from").value, find("to").value] = pair;
  update();
}

// Whoever chooses the other currency on one side means to swap them.
find("from").addEventListener("change", () => choose(find("from").value, find("from").value === pair[1] ? pair[0] : pair[1]));
find("to").addEventListener("change", () => choose(find("to").value === pair[0] ? pair[1] : pair[0], find("to").value));
find("swap").addEventListener("click", () => {
  choose(pair[1], pair[0]);
  {{if has "history"}}
  remember();
  {{end}}
});

// The rates

function showRates() {
  find("rates").replaceChildren(...Object.keys(sampleRates).filter((code) => code !== "USD").map((code) => {
    const field = element("input", { id: `rate-${code}`, inputMode: "decimal", autocomplete: "off", value: written(rate(code)) });
    field.addEventListener("input", () => changeRate(code, field));
    return element("div", { className: "field" }, element("label", { htmlFor: field.id, title: nameOf(code) }, {{text "rate" "code" "code"}}), field);
  }));
}

function changeRate(code, field) {
  const number = readNumber(field.value);
  const valid = number > 0 && number < 1e9;
  field.setAttribute("aria-invalid", !valid);
  find("rate-error").textContent = find("rates").querySelector('[aria-invalid="true"]') ? {{text "noRate"}} : "";
  if (!valid) return;
  if (number === sampleRates[code]) delete changed[code];
  else changed[code] = number;
  update();
}

find("restore").addEventListener("click", () => {
  for (const code of Object.keys(changed)) delete changed[code];
  find("rate-error").textContent = "";
  showRates();
  update();
});
{{if has "copy"}}

find("copy").addEventListener("click", () => {
  copy(`${find("given").textContent} ${find("result").textContent}`);
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

const addToHistory = openHistory("currency-converter-history", (text) => element("li", {}, text));

/** Adds what is shown, unless it is there already or cannot be calculated. */
function remember() {
  const text = `${find("given").textContent} ${find("result").textContent}`;
  if (find("given").textContent && text !== find("history").firstElementChild?.textContent) addToHistory(text);
}

find("converter").addEventListener("change", remember);
{{end}}

for (const id of ["from", "to"]) find(id).append(...Object.keys(sampleRates).map((code) => new Option(`${code} – ${nameOf(code)}`, code)));
showRates();
choose(...pair);
