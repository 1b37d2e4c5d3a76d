{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "history" "copy"}}
{{template "toast"}}
{{template "copy"}}
{{end}}
const sets = {
  uppercase: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  lowercase: "abcdefghijklmnopqrstuvwxyz",
  numbers: "0123456789",
  symbols: "!#$%&()*+,-./:;<=>?@[]^_{|}~",
};
const lookAlikes = /[Il1|O0o]/g;

// Chance

/** A whole number from 0 up to, and without, the limit: each as likely as any other. */
function random(limit) {
  const range = 2 ** 32;
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return number < range - (range % limit) ? number % limit : random(limit);
}

const pick = (characters) => characters[random(characters.length)];

function shuffled(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

// Each kind of password has a range of lengths, and says how many bits of chance are in it.

const kinds = {
  random: {
    least: 4,
    most: 64,
    usual: {{number "length" 16}},
    make(length) {
      const chosen = characters();
      const all = chosen.join("");
      // One of each set comes first, so that none is missing.
      const one = shuffled(chosen).slice(0, length).map(pick);
      return { password: shuffled([...one, ...Array.from({ length: length - one.length }, () => pick(all))]).join(""), bits: length * Math.log2(all.length) };
    },
  },
  {{if has "presets"}}
  memorable: {
    least: 2,
    most: 10,
    usual: 4,
    make(length) {
      const consonants = "bdfghjklmnprstvz";
      const vowels = "aeiou";
      const word = () => Array.from({ length: 3 }, () => pick(consonants) + pick(vowels)).join("");
      return { password: Array.from({ length }, word).join("-"), bits: length * 3 * Math.log2(consonants.length * vowels.length) };
    },
  },
  pin: {
    least: 4,
    most: 12,
    usual: 6,
    make: (length) => ({ password: Array.from({ length }, () => pick(sets.numbers)).join(""), bits: length * Math.log2(10) }),
  },
  {{end}}
};

// The page

const find = (id) => document.getElementById(id);
const settings = load("password-generator", { kind: "random", lengths: {}, options: {} });
let kind = settings.kind in kinds ? settings.kind : "random";
let password = "";
{{if has "show-password"}}
let hidden = false;
{{end}}

/** The sets of characters that are chosen. */
function characters() {
  const chosen = Object.keys(sets).filter((id) => find(id).checked).map((id) => sets[id]);
  return find("clear").checked ? chosen.map((set) => set.replace(lookAlikes, "")) : chosen;
}

function generate() {
  {{if has "history"}}
  if (password) remember(password);
  {{end}}
  renew();
}

/** Makes another password, as the settings want it. */
function renew() {
  const length = find("length").valueAsNumber;
  const possible = kind !== "random" || characters().length > 0;
  const made = possible ? kinds[kind].make(length) : { password: "", bits: 0 };
  password = made.password;
  find("error").textContent = possible ? "" : {{text "none"}};
  find("generate").disabled = !possible;
  {{if has "copy"}}
  find("copy").disabled = !possible;
  {{end}}
  find("length-value").textContent = length;
  showPassword();
  showStrength(made.bits);

  settings.kind = kind;
  settings.lengths[kind] = length;
  for (const { id, checked } of find("options").querySelectorAll("input")) settings.options[id] = checked;
  save("password-generator", settings); // the password is not kept
}

function showPassword() {
  {{if has "show-password"}}
  find("show").textContent = hidden ? {{text "show"}} : {{text "hide"}};
  if (hidden) {
    find("password").textContent = "•".repeat(password.length);
    return;
  }
  {{end}}
  const look = (character) => (/\d/.test(character) ? "number" : /[a-z-]/i.test(character) ? "" : "symbol");
  find("password").replaceChildren(...[...password].map((character) => (look(character) ? element("span", { className: look(character) }, character) : character)));
}

function showStrength(bits) {
  const steps = [[50, {{text "weak"}}], [70, {{text "fair"}}], [100, {{text "strong"}}], [Infinity, {{text "veryStrong"}}]];
  find("strength").value = bits;
  find("verdict").textContent = bits ? steps.find(([below]) => bits < below)[1] : "";
  find("bits").textContent = bits ? {{text "bits" "bits" "Math.round(bits)"}} : "";
}

/** Shows the settings of the kind of password. */
function showKind() {
  const { least, most, usual } = kinds[kind];
  Object.assign(find("length"), { min: least, max: most, value: settings.lengths[kind] ?? usual });
  {{if has "presets"}}
  find("options").hidden = kind !== "random";
  find("length-label").textContent = kind === "memorable" ? {{text "words"}} : {{text "length"}};
  for (const button of find("kinds").children) button.setAttribute("aria-pressed", button.dataset.kind === kind);
  {{end}}
}

function lengthen(by) {
  find("length").valueAsNumber += by;
  renew();
}

find("generate").addEventListener("click", generate);
find("length").addEventListener("input", renew);
find("options").addEventListener("change", renew);
find("shorter").addEventListener("click", () => lengthen(-1));
find("longer").addEventListener("click", () => lengthen(1));
{{if has "presets"}}
find("kinds").addEventListener("click", (event) => {
  if (!event.target.dataset.kind) return;
  kind = event.target.dataset.kind;
  showKind();
  renew();
});
{{end}}
{{if has "show-password"}}
find("show").addEventListener("click", () => {
  hidden = !hidden;
  showPassword();
});
{{end}}
{{if has "copy"}}
find("copy").addEventListener("click", () => {
  copy(password);
  toast({{text "copied"}});
});
{{end}}
{{if has "history"}}

// History: for as long as the page is open, since a password is not to be stored

let earlier = []; // the newest first

function showHistory(list) {
  earlier = list.slice(0, 20);
  find("history").replaceChildren(...earlier.map((password) => {
    const button = element("button", { type: "button", className: "quiet", ariaLabel: {{text "copyItem" "item" "password"}} }, {{text "copy"}});
    button.addEventListener("click", () => {
      copy(password);
      toast({{text "copied"}});
    });
    return element("li", {}, element("code", {}, password), button);
  }));
  find("no-history").hidden = earlier.length > 0;
  find("clear-history").hidden = earlier.length === 0;
}

const remember = (password) => showHistory([password, ...earlier]);
find("clear-history").addEventListener("click", () => {
  const cleared = earlier;
  showHistory([]);
  toast({{text "historyCleared"}}, () => showHistory(cleared));
});
{{end}}

for (const [id, checked] of Object.entries(settings.options)) find(id).checked = checked;
showKind();
renew();
