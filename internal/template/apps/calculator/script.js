// The calculation is kept as a text such as "7*(8-2)": numbers have a point, and the
// signs are + - * / ^ % √ ( ){{if has "scientific"}} and ! π sin cos tan ln log{{end}}. What is shown is made of it.
const language = document.documentElement.lang;
const point = {{text "point"}};
const before = document.querySelector("#before");
const result = document.querySelector("#result");

let entry = "";
let finished = false; // whether the entry is a result, which the next digit replaces

{{if has "history" "copy"}}
{{template "element"}}
{{end}}
{{if has "history" "dark-toggle" "scientific"}}
{{template "store"}}
{{end}}
{{template "theme"}}
{{template "shortcuts"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{template "history"}}
{{end}}
{{if has "copy"}}
{{template "copy"}}
{{end}}
// Calculating

/** What is wrong with a calculation, in words. */
class Mistake extends Error {}

const parts = (text) => text.match(/\d+\.?\d*(?:e[+-]?\d+)?|{{if has "scientific"}}sin|cos|tan|ln|log|[π!]|{{end}}[-+*/^%√()]/g) ?? [];
{{if has "scientific"}}

let degrees = load("calculator-degrees", true);

/** An angle as Math has it. */
const angle = (value) => (degrees ? (value * Math.PI) / 180 : value);

/** What is next to nothing is nothing: the cosine of 90°. */
const clean = (value) => (Math.abs(value) < 1e-14 ? 0 : value);

const logarithm = (of) => (value) => {
  if (value <= 0) throw new Mistake({{text "noLogarithm"}});
  return of(value);
};

const functions = {
  sin: (value) => clean(Math.sin(angle(value))),
  cos: (value) => clean(Math.cos(angle(value))),
  tan: (value) => {
    if (clean(Math.cos(angle(value))) === 0) throw new Mistake({{text "noTangent"}});
    return clean(Math.tan(angle(value)));
  },
  ln: logarithm(Math.log),
  log: logarithm(Math.log10),
};

function factorial(value) {
  if (value < 0 || !Number.isInteger(value)) throw new Mistake({{text "noFactorial"}});
  let product = 1;
  for (let factor = 2; factor <= Math.min(value, 171); factor++) product *= factor; // beyond that it is too large
  return product;
}
{{end}}

/** Calculates a text: powers come before products, and these before sums. */
function calculate(text) {
  const tokens = parts(text);
  let at = 0;

  function sum() {
    let left = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      const sign = tokens[at++] === "+" ? 1 : -1;
      const start = at;
      const right = product();
      // A percentage alone is one of what stands before it: 50 + 10% is 55.
      const percentage = at - start === 2 && tokens[at - 1] === "%";
      left += sign * right * (percentage ? left : 1);
    }
    return left;
  }

  function product() {
    let left = signed();
    while (at < tokens.length && !["+", "-", ")"].includes(tokens[at])) {
      if (tokens[at] === "/") {
        at++;
        const right = signed();
        if (right === 0) throw new Mistake({{text "divisionByZero"}});
        left /= right;
      } else {
        if (tokens[at] === "*") at++; // 2(3+4) needs no sign
        left *= signed();
      }
    }
    return left;
  }

  function signed() {
    if (tokens[at] === "-") {
      at++;
      return -signed();
    }
    return power();
  }

  function power() {
    const base = percent();
    if (tokens[at] !== "^") return base;
    at++;
    const exponent = signed();
    if (base === 0 && exponent < 0) throw new Mistake({{text "divisionByZero"}});
    if (base < 0 && !Number.isInteger(exponent)) throw new Mistake({{text "negativeRoot"}});
    return base ** exponent;
  }

  function percent() {
    let value = single();
    while (tokens[at] === "%"{{if has "scientific"}} || tokens[at] === "!"{{end}}) {
      {{if has "scientific"}}
      value = tokens[at++] === "%" ? value / 100 : factorial(value);
      {{else}}
      at++;
      value /= 100;
      {{end}}
    }
    return value;
  }

  function single() {
    const token = tokens[at++];
    if (token === "(") {
      const value = sum();
      at++; // a parenthesis that is still open ends with the calculation
      return value;
    }
    if (token === "√") {
      const value = tokens[at] === "-" ? signed() : single();
      if (value < 0) throw new Mistake({{text "negativeRoot"}});
      return Math.sqrt(value);
    }
    {{if has "scientific"}}
    if (token === "π") return Math.PI;
    if (token in functions) return functions[token](tokens[at] === "-" ? signed() : single());
    {{end}}
    if (!/^\d/.test(token)) throw new Mistake({{text "incomplete"}});
    return Number(token);
  }

  const value = sum();
  if (!Number.isFinite(value)) throw new Mistake({{text "tooLarge"}});
  return Number(value.toPrecision(12)); // without the noise of binary fractions: 0.1 + 0.2 is 0.3
}

// Showing

/** Writes a result: very large and very small ones with a power of ten. */
function written(value) {
  const size = Math.abs(value);
  const short = size >= 1e13 || (size > 0 && size < 1e-7);
  const options = short ? { notation: "scientific", maximumSignificantDigits: 9 } : { maximumSignificantDigits: 12, useGrouping: "min2" };
  const text = new Intl.NumberFormat(language, options).format(value === 0 ? 0 : value);
  return text.replace(/E(-?)(\d+)/, (_, sign, digits) => ` × 10${sign && "⁻"}${[...digits].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`);
}

/** Writes a number as far as it is typed. */
function typed(number) {
  if (number.includes("e")) return written(Number(number));
  const [whole, fraction] = number.split(".");
  const grouped = new Intl.NumberFormat(language, { useGrouping: "min2" }).format(BigInt(whole));
  return fraction === undefined ? grouped : grouped + point + fraction;
}

const signs = { "+": " + ", "-": " − ", "*": " × ", "/": " ÷ ", "^": " ^ " };

/** Writes a calculation as people do. */
function pretty(text) {
  const tokens = parts(text);
  return tokens
    .map((token, i) => {
      if (/^\d/.test(token)) return typed(token);
      const first = i === 0 || /^[-+*/^(√]$/.test(tokens[i - 1]);
      return token === "-" && first ? "-" : (signs[token] ?? token);
    })
    .join("")
    .trim();
}

function show(line = "") {
  const text = finished ? written(Number(entry)) : pretty(entry) || "0";
  before.textContent = line;
  result.textContent = text;
  result.className = "";
  result.style.setProperty("--length", text.length);
}

function showMistake(message) {
  before.textContent = pretty(entry);
  result.textContent = message;
  result.className = "error";
}

// Keys

const openParentheses = () => entry.split("(").length - entry.split(")").length;
const endsInValue = () => /[\d.)%{{if has "scientific"}}π!{{end}}]$/.test(entry);

/** What each kind of key does to the entry. */
function typeDigit(digit) {
  const number = entry.match(/[\d.]*$/)[0];
  if (number.replace(".", "").length >= 15) return;
  entry = (number === "0" ? entry.slice(0, -1) : entry) + digit;
}

function typePoint() {
  const number = entry.match(/[\d.]*$/)[0];
  if (!number.includes(".")) entry += number ? "." : "0.";
}

function typeOperator(sign) {
  if (finished && sign === "^" && entry.startsWith("-")) entry = `(${entry})`;
  if (endsInValue()) entry += sign;
  else if (sign === "-" && !/[-+]$/.test(entry)) entry += sign; // of a number: 5 × -3
  else entry = entry.replace(/(?<=[\d.)%{{if has "scientific"}}π!{{end}}])[-+*/^]+$/, sign);
}

function typeSign() {
  const changed = entry.replace(/(?<=^|[-+*/^(√])(-?)([\d.]+(?:e[+-]?\d+)?%*)$/, (_, minus, number) => (minus ? number : `-${number}`));
  if (changed !== entry) entry = changed;
  else if (!endsInValue()) typeOperator("-");
}

function typeRoot() {
  entry = finished ? `√(${entry})` : entry + "√";
}

{{if has "scientific"}}
function typeFunction(name) {
  entry = finished ? `${name}(${entry}` : `${entry}${name}(`;
}

function showDegrees() {
  const button = keys.querySelector("[data-key=degrees]");
  button.textContent = degrees ? "deg" : "rad";
  button.setAttribute("aria-pressed", degrees);
}

function turnDegrees() {
  degrees = !degrees;
  save("calculator-degrees", degrees);
  showDegrees();
}

{{end}}
function equals() {
  if (!entry || finished) return;
  try {
    const value = calculate(entry);
    const calculation = pretty(entry) + ")".repeat(Math.max(openParentheses(), 0));
    {{if has "history"}}
    remember({ calculation, value });
    {{end}}
    entry = String(value);
    finished = true;
    show(`${calculation} =`);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    showMistake(error.message);
  }
}

function press(key) {
  if (key === "=") return equals();
  {{if has "scientific"}}
  if (key === "degrees") return turnDegrees();
  {{end}}
  if (finished && /^[\d.({{if has "scientific"}}π{{end}}]$/.test(key)) entry = "";
  if (key === "clear" || (key === "backspace" && finished)) entry = "";
  else if (key === "backspace") entry = {{if has "scientific"}}entry.replace(/(sin|cos|tan|ln|log)\($|.$/, ""){{else}}entry.slice(0, -1){{end}};
  else if (/\d/.test(key)) typeDigit(key);
  else if (key === ".") typePoint();
  else if (key === "sign") typeSign();
  else if (key === "√") typeRoot();
  else if (key === "(") entry += key;
  else if (key === ")") entry += endsInValue() && openParentheses() > 0 ? key : "";
  else if (key === "%"{{if has "scientific"}} || key === "!"{{end}}) entry += endsInValue() ? key : "";
  {{if has "scientific"}}
  else if (key === "π") entry += key;
  else if (key in functions) typeFunction(key);
  {{end}}
  else typeOperator(key);
  finished = key === "sign" && finished;
  show();
}

const keys = document.querySelector(".keys");
keys.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  press(button.dataset.key);
  if (event.detail > 0) button.blur(); // after a click of the mouse Enter still means "="
});

{{if has "scientific"}}
showDegrees();

{{end}}
const keyNames = { Enter: "=", Escape: "clear", Delete: "clear", Backspace: "backspace", ",": ".", x: "*", "×": "*", ":": "/", "÷": "/" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.closest("button")) return; // which does what it says
  const key = keyNames[event.key] ?? event.key;
  const button = keys.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!button) return;
  event.preventDefault();
  press(key);
  button.animate({ opacity: [0.5, 1] }, 150);
});
{{if has "copy"}}

document.querySelector("#copy").addEventListener("click", () => {
  copy(result.textContent);
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History

const remember = openHistory("calculator", ({ calculation, value }) => {
  const button = element("button", { type: "button" }, element("small", {}, `${calculation} =`), " ", element("span", {}, written(value)));
  button.addEventListener("click", () => use(value));
  return element("li", {}, button);
});

/** Goes on with an earlier result: after a sign as the next number, else in place of all. */
function use(value) {
  if (finished || endsInValue()) entry = "";
  entry += value < 0 && entry ? `(${value})` : value;
  finished = entry === String(value);
  show();
}
{{end}}
