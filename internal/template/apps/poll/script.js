const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{if has "shuffle"}}
{{template "shuffled"}}
{{end}}
{{template "share"}}
{{template "export"}}
{{template "print"}}
const find = (id) => document.getElementById(id);

// What is asked, until somebody asks something else.
const samples = {{items}};

const unasked = (option) => ({ text: option, votes: 0 });
let polls = load("polls", samples.map(({ question, options }, i) => ({ id: i + 1, question, options: options.map(unasked), several: false, people: 0 })));
let open = polls[0]; // the poll that is shown; none if all are deleted
let mine = load("polls-mine", {}); // by a poll's id: the answers of the person who votes now
let looking = false; // at the results, without a vote

const percent = new Intl.NumberFormat(language, { style: "percent" });
const count = ({ people }) => {{plural "people" "people"}};
{{if has "due-dates"}}
const today = () => [new Date().getFullYear(), new Date().getMonth() + 1, new Date().getDate()].map((n) => String(n).padStart(2, "0")).join("-");
const hasEnded = ({ until }) => Boolean(until) && until < today();
const written = (date) => new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(`${date}T12:00`));
{{end}}

/** Puts a changed poll in its place, and shows it. */
function keep(poll, answers = mine[poll.id]) {
  polls = polls.map((other) => (other.id === poll.id ? poll : other));
  mine = { ...mine, [poll.id]: answers };
  save("polls", polls);
  save("polls-mine", mine);
  show(poll);
}

/** The poll with some votes more, or by -1 with some less. */
const counted = (poll, answers, by) => ({
  ...poll,
  people: poll.people + by,
  options: poll.options.map(({ text, votes }) => ({ text, votes: answers.includes(text) ? votes + by : votes })),
});

// Showing

function show(poll) {
  open = poll;
  find("poll").hidden = !open;
  find("none").hidden = Boolean(open);
  showList();
  if (!open) return;
  const voted = Boolean(mine[open.id]);
  const outcome = voted || looking{{if has "due-dates"}} || hasEnded(open){{end}};
  find("question").textContent = open.question;
  find("state").textContent = outcome ? count(open) : open.several ? {{text "chooseSeveral"}} : {{text "chooseOne"}};
  {{if has "due-dates"}}
  if (open.until) {
    const date = written(open.until);
    find("state").append(" · ", hasEnded(open) ? {{text "ended" "date" "date"}} : {{text "until" "date" "date"}});
  }
  {{end}}
  find("form").hidden = outcome;
  find("outcome").hidden = !outcome;
  find("error").textContent = "";
  find("thanks").textContent = voted ? {{text "thanks"}} : "";
  find("next").hidden = find("change").hidden = !voted{{if has "due-dates"}} || hasEnded(open){{end}};
  find("back").hidden = voted{{if has "due-dates"}} || hasEnded(open){{end}};
  find("reset").hidden = open.people === 0;
  if (outcome) showResults();
  else showAnswers();
}

function showList() {
  find("polls").replaceChildren(...polls.map((poll) => {
    const button = element("button", { type: "button" }, poll.question, element("small", {}, count(poll)));
    button.setAttribute("aria-current", poll === open);
    button.addEventListener("click", () => {
      looking = false;
      show(poll);
      find("question").focus();
    });
    return element("li", {}, button);
  }));
}

function showAnswers(chosen = []) {
  const type = open.several ? "checkbox" : "radio";
  find("answers").replaceChildren(...{{if has "shuffle"}}shuffled(open.options){{else}}open.options{{end}}.map(({ text }) => element("label", {},
    element("input", { type, name: "answer", value: text, checked: chosen.includes(text) }), element("span", {}, text))));
}

function showResults() {
  const most = Math.max(...open.options.map(({ votes }) => votes));
  find("results").replaceChildren(...open.options.map(({ text, votes }{{if has "charts"}}, i{{end}}) => {
    const share = open.people > 0 ? votes / open.people : 0;
    const leading = votes > 0 && votes === most;
    const line = element("div", { className: "line" }, element("strong", {}, text));
    {{if has "charts"}}
    line.firstChild.prepend(element("span", { className: "dot", ariaHidden: "true" }));
    line.style.setProperty("--hue", hue(i));
    {{end}}
    if (leading) line.append(element("small", { className: "tag" }, {{text "leading"}}));
    if (mine[open.id]?.includes(text)) line.append(element("small", {}, {{text "yours"}}));
    line.append(element("small", {}, {{plural "votes" "votes"}}), element("span", {}, percent.format(share)));
    const bar = element("div", { className: "bar" }, element("span", {}));
    bar.style.setProperty("--share", share);
    return element("li", { className: leading ? "leading" : "" }, line, bar);
  }));
  {{if has "charts"}}
  drawChart();
  {{end}}
}
{{if has "charts"}}

const hue = (i) => (i * 137 + 350) % 360;

/** Draws a ring with a part for each answer, clockwise from the top. */
function drawChart() {
  const all = open.options.reduce((sum, { votes }) => sum + votes, 0);
  const part = (name, length, start, i) => {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    const attributes = { class: name, cx: 21, cy: 21, r: 17, pathLength: 100, "stroke-dasharray": `${length} 100`, "stroke-dashoffset": -start };
    for (const [key, value] of Object.entries(attributes)) circle.setAttribute(key, value);
    circle.style.setProperty("--hue", hue(i));
    return circle;
  };
  let start = 0;
  const parts = open.options.flatMap(({ votes }, i) => {
    if (votes === 0) return [];
    start += (votes / all) * 100;
    return part("part", (votes / all) * 100, start - (votes / all) * 100, i);
  });
  find("chart").replaceChildren(part("", 100, 0, 0), ...parts);
}
{{end}}

// Voting

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const answers = [...find("answers").querySelectorAll(":checked")].map(({ value }) => value);
  if (answers.length === 0) {
    find("error").textContent = open.several ? {{text "chooseSeveral"}} : {{text "chooseOne"}};
    find("answers").querySelector("input").focus();
    return;
  }
  keep(counted(open, answers, 1), answers);
  find("next").focus();
});

find("answers").addEventListener("change", () => { find("error").textContent = ""; });
find("change").addEventListener("click", () => {
  const answers = mine[open.id];
  looking = false;
  keep(counted(open, answers, -1), null);
  showAnswers(answers);
  find("question").focus();
});
find("next").addEventListener("click", () => {
  looking = false;
  keep(open, null);
  find("question").focus();
});
for (const [id, results] of [["show-results", true], ["back", false]]) {
  find(id).addEventListener("click", () => {
    looking = results;
    show(open);
    find("question").focus();
  });
}

find("reset").addEventListener("click", () => {
  const before = open;
  const answers = mine[open.id];
  looking = false;
  keep({ ...open, people: 0, options: open.options.map(({ text }) => unasked(text)) }, null);
  find("question").focus();
  toast({{text "votesReset"}}, () => keep(before, answers));
});

// Polls

const editor = find("poll-form");
let edited; // the poll in the editor; none: a new one

function complain(message = "", id = "") {
  for (const field of [find("text"), find("options")]) field.ariaInvalid = field.id === id;
  find("problem").textContent = message;
  if (id) find(id).focus();
}

function edit(poll) {
  edited = poll;
  find("editor-title").textContent = poll ? {{text "editPoll"}} : {{text "newPoll"}};
  find("text").value = poll?.question ?? "";
  find("options").value = poll?.options.map(({ text }) => text).join("\n") ?? "";
  find("several").checked = Boolean(poll?.several);
  {{if has "due-dates"}}
  find("until").value = poll?.until ?? "";
  {{end}}
  complain();
  find("editor").showModal();
}

editor.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = find("text").value.trim();
  const texts = [...new Set(find("options").value.split("\n").map((line) => line.trim()).filter(Boolean))];
  if (!question) return complain({{text "noQuestion"}}, "text");
  if (texts.length < 2) return complain({{text "fewOptions"}}, "options");

  // Answers that stay keep their votes, as long as each person still has one.
  const several = find("several").checked;
  const options = texts.map((text) => edited?.options.find((option) => option.text === text) ?? unasked(text));
  const given = options.reduce((sum, { votes }) => sum + votes, 0);
  const people = edited?.several ? Math.min(edited.people, given) : given;
  const id = edited?.id ?? Math.max(0, ...polls.map((poll) => poll.id)) + 1;
  const poll = { id, question, options, several, people{{if has "due-dates"}}, until: find("until").value{{end}} };
  const answers = mine[id]?.filter((text) => texts.includes(text));
  if (!edited) polls = [poll, ...polls];
  looking = false;
  find("editor").close();
  keep(poll, answers?.length > 0 ? answers : null);
});

find("new").addEventListener("click", () => edit());
find("edit").addEventListener("click", () => edit(open));
find("editor-cancel").addEventListener("click", () => find("editor").close());

find("delete").addEventListener("click", () => {
  const before = polls;
  const deleted = open;
  polls = polls.filter((poll) => poll !== deleted);
  save("polls", polls);
  show(polls[Math.min(before.indexOf(deleted), polls.length - 1)]);
  find("new").focus();
  toast({{text "pollDeleted"}}, () => {
    polls = before;
    keep(deleted);
  });
});
{{if has "share"}}

offerShare(() => [open.question, ...open.options.map(({ text, votes }) => `- ${text}${open.people > 0 ? `: ${percent.format(votes / open.people)}` : ""}`), count(open)].join("\n"));
{{end}}
{{if has "export"}}

offerExport({ question: {{text "question"}}, answer: {{text "answers"}}, votes: {{text "results"}}, share: {{text "shareOfVotes"}} },
  () => polls.flatMap(({ question, options, people }) => options.map(({ text, votes }) => ({ question, answer: text, votes, share: percent.format(people > 0 ? votes / people : 0) }))));
{{end}}

show(open);
