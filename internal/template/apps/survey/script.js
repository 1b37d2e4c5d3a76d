// The questions to begin with; what is changed is kept in the browser.
const examples = {{items}}.map((question, id) => ({ id, ...question }));

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "reorder"}}
{{template "toast"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "export"}}
{{template "share"}}
{{template "print"}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);
const form = find("form");
const kinds = { scale: {{text "scale"}}, one: {{text "one"}}, many: {{text "many"}}, open: {{text "open"}} };
const STEPS = ["1", "2", "3", "4", "5"]; // of a scale

let questions = load("survey-questions", examples); // { id, question, kind, choices, required }
let responses = load("survey-responses", []); // { time, answers }; the answers to a question are a list, by its id
let edited; // the question that the form changes; undefined: it makes a new one

// The survey

const fieldset = ({ id, question, kind, choices, required }, i) => {
  const title = element("legend", {}, `${i + 1}. ${question}`);
  if (required) title.append(" ", element("small", {}, {{text "required"}}));
  const input = (type, value) => element("input", { type, name: id, value });
  const parts = {
    scale: () => [
      element("div", { className: "scale" }, ...STEPS.map((step) => element("label", {}, input("radio", step), step))),
      element("p", { className: "ends" }, element("span", {}, {{text "worst"}}), element("span", {}, {{text "best"}})),
    ],
    one: () => choices.map((choice) => element("label", { className: "choice" }, input("radio", choice), choice)),
    many: () => [
      element("p", { className: "hint" }, {{text "severalAnswers"}}),
      ...choices.map((choice) => element("label", { className: "choice" }, input("checkbox", choice), choice)),
    ],
    open: () => [element("textarea", { name: id, rows: 3, maxLength: 2000, ariaLabel: question })],
  };
  const made = element("fieldset", { className: "card" }, title, ...parts[kind](), element("p", { className: "error", id: `error-${id}` }));
  made.setAttribute("aria-describedby", `error-${id}`);
  return made;
};

/** The answers that are given now: a list for each question, by its id. */
const given = () => {
  const data = new FormData(form);
  return Object.fromEntries(questions.map(({ id }) => [id, data.getAll(String(id)).map((value) => value.trim()).filter(Boolean)]));
};

const complain = (id, message) => {
  find(`error-${id}`).textContent = message;
  find(`error-${id}`).parentElement.classList.toggle("wrong", message !== "");
};

const showProgress = () => {
  const answered = Object.values(given()).filter((list) => list.length > 0).length;
  find("answered").textContent = questions.length === 0 ? {{text "noQuestions"}} : {{text "answered" "n" "answered" "all" "questions.length"}};
  find("progress").value = answered / Math.max(1, questions.length);
  find("submit").hidden = questions.length === 0;
};

const beginAnew = () => {
  find("asked").replaceChildren(...questions.map(fieldset));
  form.hidden = false;
  find("thanks").hidden = true;
  showProgress();
};

form.addEventListener("input", ({ target }) => {
  complain(target.name, "");
  showProgress();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const answers = given();
  const missing = questions.filter(({ id, required }) => required && answers[id].length === 0);
  for (const { id } of questions) complain(id, missing.some((question) => question.id === id) ? {{text "unanswered"}} : "");
  if (missing.length > 0) return form.querySelector(`[name="${missing[0].id}"]`).focus();
  keepResponses([...responses, { time: Date.now(), answers }]);
  form.hidden = true;
  find("thanks").hidden = false;
  find("thanks").focus();
});

find("again").addEventListener("click", () => {
  beginAnew();
  form.querySelector("input, textarea")?.focus();
});

// The results

const keepResponses = (list) => {
  responses = list;
  save("survey-responses", responses);
  showResults();
};

const answersTo = ({ id }) => responses.flatMap(({ answers }) => answers[id] ?? []);

/** How often each answer to a question was given. */
const tally = (question) => {
  const answers = answersTo(question);
  const options = question.kind === "scale" ? STEPS : question.choices;
  return options.map((option) => ({ option, n: answers.filter((answer) => answer === option).length }));
};

/** The mean of the answers on a scale, as people write it. */
const average = (question) => {
  const answers = answersTo(question).map(Number);
  const value = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(answers.reduce((sum, answer) => sum + answer, 0) / answers.length);
  return {{text "average" "value" "value"}};
};

const outcome = (question, i) => {
  const { kind, question: text } = question;
  const made = element("li", {}, element("h3", {}, `${i + 1}. ${text}`));
  const answers = answersTo(question);
  if (answers.length === 0) {
    made.append(element("p", { className: "hint" }, {{text "noAnswers"}}));
  } else if (kind === "open") {
    made.append(element("ul", { className: "quotes" }, ...answers.map((answer) => element("li", {}, answer))));
  } else {
    if (kind === "scale") made.append(element("p", {}, average(question)));
    const people = responses.filter(({ answers }) => answers[question.id]?.length > 0).length;
    const percent = new Intl.NumberFormat(language, { style: "percent" });
    made.append(element("ul", { className: "bars" }, ...tally(question).map(({ option, n }) => {
      const line = element("li", {}, element("span", {}, option), element("small", {}, `${n} · ${percent.format(n / people)}`));
      {{if has "charts"}}
      const bar = element("div", { className: "bar" });
      bar.style.setProperty("--share", n / people);
      line.append(bar);
      {{end}}
      return line;
    })));
  }
  return made;
};

const showResults = () => {
  const none = responses.length === 0;
  find("count").textContent = {{plural "responses" "responses.length"}};
  find("no-responses").hidden = !none;
  find("delete-all").hidden = none;
  find("outcome").replaceChildren(...(none ? [] : questions.map(outcome)));
};

find("delete-all").addEventListener("click", () => {
  const before = responses;
  keepResponses([]);
  toast({{text "allDeleted"}}, () => keepResponses(before));
});

// The questions

const keepQuestions = (list) => {
  questions = list;
  save("survey-questions", questions);
  showQuestions();
  showResults();
  beginAnew();
};

const showQuestions = () => {
  find("list").replaceChildren(...questions.map((question) => {
    const { question: text, kind, choices = [] } = question;
    const made = element("li", {}, element("span", {}, text, element("small", {}, [kinds[kind], ...choices].join(" · "))),
      iconButton({{text "editItem" "item" "text"}}, {{template "edit-icon"}}, () => edit(question)),
      iconButton({{text "deleteItem" "item" "text"}}, {{template "delete-icon"}}, () => remove(question)));
    {{if has "drag-and-drop"}}
    made.prepend(moveHandle(made, text, (to) => {
      const others = questions.filter((other) => other !== question);
      keepQuestions(others.toSpliced(to, 0, question));
      find("list").children[to].querySelector(".handle").focus();
    }));
    {{end}}
    return made;
  }));
};

const remove = (question) => {
  const before = questions;
  if (edited === question) stopEditing();
  keepQuestions(questions.filter((other) => other !== question));
  toast({{text "deleted"}}, () => keepQuestions(before));
  find("question").focus();
};

const hasChoices = () => ["one", "many"].includes(find("kind").value);
const showKind = () => { find("choices-field").hidden = !hasChoices(); };
find("kind").addEventListener("change", showKind);

find("edit").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("question").value.trim();
  const choices = [...new Set(find("choices").value.split("\n").map((line) => line.trim()).filter(Boolean))];
  const [wrong, why] = !text ? ["question", {{text "noQuestion"}}] : hasChoices() && choices.length < 2 ? ["choices", {{text "fewChoices"}}] : ["", ""];
  for (const id of ["question", "choices"]) find(id).setAttribute("aria-invalid", id === wrong);
  find("error").textContent = why;
  if (wrong) return find(wrong).focus();

  const before = questions.includes(edited) ? edited : undefined;
  const id = before?.id ?? Math.max(-1, ...questions.map((question) => question.id), ...responses.flatMap(({ answers }) => Object.keys(answers))) + 1;
  const question = { id, question: text, kind: find("kind").value, required: find("required").checked, ...(hasChoices() && { choices }) };
  stopEditing();
  keepQuestions(before ? questions.map((other) => (other === before ? question : other)) : [...questions, question]);
  find("question").focus();
});

const edit = (question) => {
  edited = question;
  find("question").value = question.question;
  find("kind").value = question.kind;
  find("choices").value = (question.choices ?? []).join("\n");
  find("required").checked = question.required ?? false;
  showForm();
  find("question").focus();
};

const stopEditing = () => {
  edited = undefined;
  find("edit").reset();
  showForm();
};

const showForm = () => {
  const item = edited?.question;
  find("edit-title").textContent = edited ? {{text "editItem" "item" "item"}} : {{text "newQuestion"}};
  find("save").textContent = edited ? {{text "save"}} : {{text "addQuestion"}};
  find("cancel").hidden = !edited;
  find("error").textContent = "";
  showKind();
};

find("cancel").addEventListener("click", stopEditing);

// Tabs

const tabs = [...document.querySelectorAll("[role=tab]")];

const select = (tab) => {
  for (const other of tabs) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    find(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
};

tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    const other = tabs[(i + step + tabs.length) % tabs.length];
    select(other);
    other.focus();
  });
});

find("see").addEventListener("click", () => {
  beginAnew();
  select(find("results-tab"));
  find("results-tab").focus();
});
{{if has "export"}}

offerExport({ time: {{text "date"}}, question: {{text "question"}}, answer: {{text "results"}} },
  () => responses.flatMap(({ time, answers }) => questions.map(({ id, question }) => ({ time: new Date(time).toISOString(), question, answer: (answers[id] ?? []).join("; ") }))));
{{end}}
{{if has "share"}}

offerShare(() => [{{name}}, {{plural "responses" "responses.length"}}, ...questions.map((question) => {
  const { kind, question: text } = question;
  if (kind === "open" || answersTo(question).length === 0) return text;
  return `${text} ${kind === "scale" ? average(question) : tally(question).map(({ option, n }) => `${option}: ${n}`).join(", ")}`;
})].join("\n"));
{{end}}

showQuestions();
showResults();
beginAnew();
