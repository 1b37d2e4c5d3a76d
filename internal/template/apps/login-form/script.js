const LEAST = 8; // characters of a new password
const TRIES = 5; // with a wrong password, before one has to wait
const WAIT = 30; // seconds

{{template "store"}}
{{template "theme"}}
const find = (id) => document.getElementById(id);
const form = find("form");
const password = find("password");

// What a server does. Here accounts are kept until the page is closed, for a password
// does not belong into a browser's storage: put requests to your server in their place.

const accounts = new Map(); // by e-mail: { name, email, password }
const tries = new Map(); // by e-mail: { count, until }, where until is when the next try is taken

/** Logs somebody in: returns who it is, or throws what is wrong. */
async function logIn(email, secret) {
  const account = accounts.get(email);
  const { count = 0, until = 0 } = tries.get(email) ?? {};
  const seconds = Math.ceil((until - Date.now()) / 1000);
  if (seconds > 0) throw new Error({{text "wait" "n" "seconds"}});
  if (account && account.password !== secret) {
    tries.set(email, count + 1 < TRIES ? { count: count + 1 } : { until: Date.now() + WAIT * 1000 });
    throw new Error({{text "wrongPassword"}});
  }
  tries.delete(email);
  return account ?? { name: email.split("@")[0], email };
}

/** Makes an account, and returns whose it is, or throws what is wrong. */
async function signUp(name, email, secret) {
  if (accounts.has(email)) throw new Error({{text "taken"}});
  accounts.set(email, { name, email, password: secret });
  return { name, email };
}

// The form: it logs in, makes an account, or asks for a new password.

const modes = {
  logIn: {
    heading: {{text "welcomeBack"}}, submit: {{text "logIn"}}, fields: ["email", "password"],
    question: {{text "noAccount"}}, other: "signUp", link: {{text "signUp"}},
  },
  signUp: {
    heading: {{text "createAccount"}}, submit: {{text "signUp"}}, fields: ["name", "email", "password"],
    question: {{text "haveAccount"}}, other: "logIn", link: {{text "logIn"}},
  },
  forgot: {
    heading: {{text "forgotTitle"}}, hint: {{text "forgotText"}}, submit: {{text "sendLink"}}, fields: ["email"],
    question: "", other: "logIn", link: {{text "back"}},
  },
};
let mode = "logIn";

function show(next, message = "") {
  mode = next;
  const { heading, hint = "", submit, fields, question, link } = modes[mode];
  form.hidden = false;
  find("inside").hidden = true;
  find("heading").textContent = heading;
  find("hint").textContent = hint;
  for (const field of form.querySelectorAll("[data-field]")) field.hidden = !fields.includes(field.dataset.field);
  find("options").hidden = mode !== "logIn";
  find("submit").textContent = submit;
  find("switch-text").textContent = question;
  find("switch").textContent = link;
  password.autocomplete = mode === "signUp" ? "new-password" : "current-password";
  password.value = "";
  showStrength();
  for (const id of ["name", "email", "password"]) complain(id, "");
  say(message);
}

/** Says something about the whole form. */
function say(message, wrong = false) {
  find("status").textContent = message;
  find("status").className = wrong ? "error" : "";
}

/** Says what is wrong with a field; "" if nothing is. */
function complain(id, message) {
  find(id).setAttribute("aria-invalid", message !== "");
  find(`${id}-error`).textContent = message;
}

/** What is wrong with a field; "" if nothing is. */
function mistake(id) {
  const value = find(id).value.trim();
  if (id === "name") return value ? "" : {{text "noName"}};
  if (id === "email") return !value ? {{text "noEmail"}} : /^\S+@\S+\.\S+$/.test(value) ? "" : {{text "badEmail"}};
  if (!password.value) return {{text "noPassword"}};
  return mode === "signUp" && password.value.length < LEAST ? {{text "shortPassword" "n" "LEAST"}} : "";
}

/** Whether all that is filled in can be sent; else says what is wrong. */
function check() {
  const { fields } = modes[mode];
  for (const id of fields) complain(id, mistake(id));
  const wrong = fields.find(mistake);
  if (wrong) find(wrong).focus();
  return !wrong;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say("");
  {{if has "animations"}}
  form.classList.remove("wrong");
  void form.offsetWidth; // so that it can shake again
  {{end}}
  const email = find("email").value.trim().toLowerCase();
  if (!check()) {
    {{if has "animations"}}
    form.classList.add("wrong");
    {{end}}
    return;
  }
  if (mode === "forgot") return say({{text "linkSent" "email" "email"}});

  find("submit").disabled = true;
  try {
    enter(mode === "signUp" ? await signUp(find("name").value.trim(), email, password.value) : await logIn(email, password.value));
  } catch ({ message }) {
    say(message, true);
    {{if has "animations"}}
    form.classList.add("wrong");
    {{end}}
    password.focus();
  } finally {
    find("submit").disabled = false;
  }
});

form.addEventListener("input", ({ target }) => {
  if (target.getAttribute("aria-invalid") === "true") complain(target.id, mistake(target.id)); // it goes as soon as all is well
});

find("switch").addEventListener("click", () => {
  show(modes[mode].other);
  find(modes[mode].fields[0]).focus();
});
find("forgot").addEventListener("click", () => {
  show("forgot");
  find("email").focus();
});

// The password

const strengths = ["", {{text "weak"}}, {{text "fair"}}, {{text "strong"}}];

/** How strong a password is: 1, 2 or 3; 0 if there is none. */
function strength(secret) {
  if (!secret) return 0;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(secret)).length;
  if (secret.length < LEAST || new Set(secret).size < 5) return 1;
  return secret.length >= 16 || (secret.length >= 12 && kinds >= 2) || (secret.length >= 10 && kinds >= 3) ? 3 : 2;
}

function showStrength() {
  const strong = strength(password.value);
  find("strength").hidden = mode !== "signUp" || strong === 0;
  find("meter").value = strong;
  find("strength-text").textContent = strengths[strong];
}

password.addEventListener("input", showStrength);
for (const event of ["keydown", "keyup"]) {
  password.addEventListener(event, (key) => {
    find("caps").textContent = key.getModifierState?.("CapsLock") ? {{text "capsLock"}} : "";
  });
}
{{if has "show-password"}}

find("show-password").addEventListener("click", ({ currentTarget }) => {
  const shown = currentTarget.getAttribute("aria-pressed") === "false";
  currentTarget.setAttribute("aria-pressed", shown);
  password.type = shown ? "text" : "password";
});
{{end}}

// Inside

function enter({ name, email }) {
  {{if has "remember-me"}}
  if (find("remember").checked) save("login", { name, email });
  {{end}}
  form.hidden = true;
  password.value = "";
  find("inside").hidden = false;
  find("heading").textContent = {{text "welcome" "name" "name"}};
  find("initial").textContent = [...name][0];
  find("who").textContent = {{text "loggedIn" "email" "email"}};
  find("heading").focus();
}

find("log-out").addEventListener("click", () => {
  {{if has "remember-me"}}
  save("login", null);
  {{end}}
  show("logIn", {{text "loggedOut"}});
  find("email").focus();
});

show("logIn");
{{if has "remember-me"}}

const remembered = load("login", null);
if (remembered) {
  find("email").value = remembered.email;
  find("remember").checked = true;
  enter(remembered);
}
{{end}}
