// What people ask, until it is changed.
const samples = {{items}};

const byId = (id) => document.getElementById(id);

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "print"}}
{{template "search"}}
{{template "export"}}
{{template "import"}}
let questions = load("questions", samples);
const opened = new Set(); // the questions whose answer is shown
const changeButton = byId("change");
const isChanging = () => changeButton.ariaPressed === "true";
{{if has "categories"}}
let category = ""; // that is shown; "": all
{{end}}

/** Takes other questions in the place of these, and returns what takes that back. */
function replace(others) {
  const before = questions;
  questions = others;
  save("questions", questions);
  show();
  return () => replace(before);
}

/** The questions that are asked for{{if has "categories"}}, those of a category together{{end}}. */
function found() {
  {{if has "categories"}}
  const names = [...new Set(questions.map((one) => one.category))];
  return questions
    .filter((one) => !category || one.category === category)
    {{if has "search"}}
    .filter((one) => fitsSearch(`${one.question} ${one.answer}`))
    {{end}}
    .sort((a, b) => names.indexOf(a.category) - names.indexOf(b.category));
  {{else if has "search"}}
  return questions.filter((one) => fitsSearch(`${one.question} ${one.answer}`));
  {{else}}
  return questions;
  {{end}}
}

// The list

function show() {
  const list = found();
  {{if has "categories"}}
  showCategories();
  const groups = [...new Set(list.map((one) => one.category))];
  byId("questions").replaceChildren(...groups.flatMap((name) => [...(name ? [element("h2", {}, name)] : []), ...list.filter((one) => one.category === name).map(entry)]));
  {{else}}
  byId("questions").replaceChildren(...list.map(entry));
  {{end}}
  const isAll = list.length === questions.length && list.length > 0;
  byId("count").textContent = isAll ? "" : list.length > 0 ? {{plural "found" "list.length"}} : {{text "none"}};
  showAllButton();
}

function entry(one) {
  const details = element("details", { open: opened.has(one) },
    element("summary", {}, element("span", {}, ...written(one.question))),
    ...one.answer.split(/\n+/).map((part) => element("p", {}, ...written(part))),
    votes(one));
  details.addEventListener("toggle", () => {
    if (details.open) opened.add(one);
    else opened.delete(one);
    showAllButton();
  });
  return isChanging() ? element("div", { className: "row" }, details, tools(one)) : details;
}

/** A text, with what is searched for marked in it. */
function written(text) {
  {{if has "search"}}
  const words = plain(search.value).split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const flat = plain(text);
  if (words.length === 0 || flat.length !== text.length) return [text];
  const parts = [];
  let at = 0;
  for (const { 0: match, index } of flat.matchAll(new RegExp(words.join("|"), "g"))) {
    parts.push(text.slice(at, index), element("mark", {}, text.slice(index, index + match.length)));
    at = index + match.length;
  }
  return [...parts, text.slice(at)];
  {{else}}
  return [text];
  {{end}}
}

/** Asks whether an answer helps. */
function votes(one) {
  const box = element("div", { className: "votes no-print" });
  const ask = () => {
    const given = load("votes", {})[one.question];
    const vote = (value, label) => {
      const button = element("button", { type: "button", ariaPressed: String(given === value) }, label);
      button.addEventListener("click", () => {
        save("votes", { ...load("votes", {}), [one.question]: value });
        ask();
        box.querySelector("[aria-pressed=true]")?.focus();
        toast({{text "thanks"}});
      });
      return button;
    };
    box.replaceChildren(element("span", {}, {{text "helpful"}}), vote("yes", {{text "yes"}}), vote("no", {{text "no"}}));
  };
  ask();
  return box;
}

const allButton = byId("all");
const allOpen = () => found().length > 0 && found().every((one) => opened.has(one));

function showAllButton() {
  allButton.textContent = allOpen() ? {{text "closeAll"}} : {{text "openAll"}};
  allButton.disabled = found().length === 0;
}

allButton.addEventListener("click", () => {
  const close = allOpen();
  for (const one of found()) {
    if (close) opened.delete(one);
    else opened.add(one);
  }
  show();
});
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "categories"}}

function showCategories() {
  const names = [...new Set(questions.map((one) => one.category).filter(Boolean))];
  if (!names.includes(category)) category = "";
  byId("known").replaceChildren(...names.map((value) => element("option", { value })));
  byId("categories").hidden = names.length === 0;
  byId("categories").replaceChildren(...["", ...names].map((name) => {
    const button = element("button", { type: "button", ariaPressed: String(name === category) }, name || {{text "allOfThem"}});
    button.addEventListener("click", () => {
      category = name;
      show();
      byId("categories").querySelector("[aria-pressed=true]").focus();
    });
    return button;
  }));
}
{{end}}
{{if has "print"}}

// On paper all answers are shown.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
{{end}}

// Changes

changeButton.addEventListener("click", () => {
  changeButton.ariaPressed = String(!isChanging());
  changeButton.textContent = isChanging() ? {{text "done"}} : {{text "change"}};
  byId("add").hidden = !isChanging();
  show();
});

function tools(one) {
  const tool = (label, text, act) => {
    const button = element("button", { type: "button", className: "quiet", ariaLabel: `${label}: ${one.question}`, title: label }, text);
    button.addEventListener("click", act);
    return button;
  };
  const up = tool({{text "moveUp"}}, "↑", () => moveUp(one));
  up.disabled = !above(one);
  return element("div", { className: "changes" }, up, tool({{text "edit"}}, {{text "edit"}}, () => edit(one)), tool({{text "delete"}}, {{text "delete"}}, () => {
    toast({{text "deleted"}}, replace(questions.filter((other) => other !== one)));
  }));
}

/** The question that stands above one{{if has "categories"}}, in its category{{end}}. */
function above(one) {
  const other = found()[found().indexOf(one) - 1];
  return {{if has "categories"}}other?.category === one.category ? other : undefined{{else}}other{{end}};
}

function moveUp(one) {
  const others = questions.filter((other) => other !== one);
  others.splice(others.indexOf(above(one)), 0, one);
  replace(others);
  const button = document.querySelectorAll(".changes button:first-child")[found().indexOf(one)];
  (button.disabled ? changeButton : button).focus();
}

let edited = null; // the question that is changed; null: a new one

function edit(one) {
  edited = one;
  byId("editor-title").textContent = one ? {{text "editQuestion"}} : {{text "addQuestion"}};
  byId("question").value = one?.question ?? "";
  byId("answer").value = one?.answer ?? "";
  {{if has "categories"}}
  byId("category").value = one?.category ?? category;
  {{end}}
  complain("");
  byId("editor").showModal();
}

function complain(problem) {
  byId("problem").textContent = problem;
  for (const id of ["question", "answer"]) byId(id).ariaInvalid = String(problem !== "" && !byId(id).value.trim());
}

byId("add").addEventListener("click", () => edit(null));
byId("cancel").addEventListener("click", () => byId("editor").close());
byId("editor-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const one = { question: byId("question").value.trim(), answer: byId("answer").value.trim(){{if has "categories"}}, category: byId("category").value.trim(){{end}} };
  if (!one.question || !one.answer) {
    complain({{text "bothNeeded"}});
    return byId(one.question ? "answer" : "question").focus();
  }
  opened.add(one);
  replace(edited ? questions.map((other) => (other === edited ? one : other)) : [...questions, one]);
  byId("editor").close();
  toast({{text "saved"}});
});
{{if has "contact-form"}}

// A question that has no answer yet

byId("contact").addEventListener("submit", (event) => {
  event.preventDefault();
  const [email, message] = ["email", "message"].map((id) => byId(id).value.trim());
  const badEmail = !/^\S+@\S+\.\S+$/.test(email);
  byId("email").ariaInvalid = String(badEmail);
  byId("message").ariaInvalid = String(!message);
  byId("contact-status").className = badEmail || !message ? "error" : "";
  if (badEmail || !message) {
    byId("contact-status").textContent = badEmail ? {{text "badEmail"}} : {{text "noMessage"}};
    return byId(badEmail ? "email" : "message").focus();
  }
  save("messages", [...load("messages", []), { email, message, date: new Date().toISOString() }]);
  byId("contact").reset();
  byId("contact-status").textContent = {{text "sent" "email" "email"}};
});
{{end}}
{{if has "share"}}

offerShare(() => questions.map((one) => `${one.question}\n${one.answer}`).join("\n\n"));
{{end}}
{{if has "export" "import"}}

const columns = { question: {{text "question"}}, answer: {{text "answer"}}, category: {{text "category"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => questions);
{{end}}
{{if has "import"}}
offerImport(columns,
  (one) => (one.question && one.answer ? one : {{text "bothNeeded"}}),
  (added) => replace([...questions, ...added]));
{{end}}

show();
