// The event to begin with; what is changed is kept in the browser.
const [sample] = {{items}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "icon-button"}}
{{template "toast"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "export"}}
{{template "share"}}
{{template "print"}}
const language = document.documentElement.lang;
const find = (id) => document.getElementById(id);
const form = find("form");

const answers = { yes: {{text "coming"}}, maybe: {{text "perhaps"}}, no: {{text "declined"}} };
const meals = { anything: {{text "anything"}}, vegetarian: {{text "vegetarian"}}, vegan: {{text "vegan"}}, glutenFree: {{text "glutenFree"}} };

/** The day in so many days, as computers write it. */
const dayIn = (days) => {
  const today = new Date();
  return new Date(Date.UTC(today.getFullYear(), today.getMonth(), today.getDate() + days)).toISOString().slice(0, 10);
};

let event = load("rsvp-event", { ...sample, date: dayIn(28), isSample: true }); // { title, date, time, place, words }
let replies = load("rsvp-replies", []); // { name, answer, people, meal, message }, the latest last
{{if has "filter"}}
let filter = "";
{{end}}

// The event

const momentOf = ({ date, time }) => new Date(`${date}T${time || "12:00"}`);

const whenIs = (event) => new Intl.DateTimeFormat(language, { dateStyle: "full", ...(event.time && { timeStyle: "short" }) }).format(momentOf(event));

const showEvent = () => {
  find("event").textContent = event.title;
  find("when").textContent = whenIs(event);
  find("where").textContent = event.place;
  find("invitation").textContent = event.words;
  find("note").hidden = !event.isSample;
  {{if has "timer"}}
  const days = Math.round((Date.parse(event.date) - Date.parse(dayIn(0))) / 86_400_000);
  find("left").textContent = days < 0 ? "" : {{plural "daysLeft" "days"}};
  {{end}}
};

const eventFields = ["title", "date", "time", "place", "words"];

find("edit-event").addEventListener("click", () => {
  for (const id of eventFields) find(id).value = event[id];
  find("event-error").textContent = "";
  find("dialog").showModal();
});

find("event-form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const changed = Object.fromEntries(eventFields.map((id) => [id, find(id).value.trim()]));
  const wrong = ["title", "date"].find((id) => changed[id] === "");
  for (const id of ["title", "date"]) find(id).setAttribute("aria-invalid", id === wrong);
  find("event-error").textContent = wrong ? {{text "noEvent"}} : "";
  if (wrong) return find(wrong).focus();
  event = changed;
  save("rsvp-event", event);
  find("dialog").close();
  showEvent();
});

find("cancel").addEventListener("click", () => find("dialog").close());

// The reply

const isSame = (name, other) => name.toLowerCase() === other.toLowerCase();
const showMore = () => { find("more").hidden = form.elements.answer.value === "no"; };
form.addEventListener("change", showMore);

const complain = (field, message = "") => {
  for (const id of ["name", "people"]) find(id).setAttribute("aria-invalid", id === field);
  find("error").textContent = message;
  if (field) (field === "answer" ? form.elements.answer[0] : find(field)).focus();
};

form.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  find("thanks").textContent = "";
  const reply = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  if (!reply.name) return complain("name", {{text "noName"}});
  if (!reply.answer) return complain("answer", {{text "noAnswer"}});
  reply.people = reply.answer === "no" ? 0 : Number(reply.people);
  if (reply.answer !== "no" && !(Number.isInteger(reply.people) && reply.people >= 1 && reply.people <= 20)) return complain("people", {{text "badPeople"}});
  complain();
  {{if has "filter"}}
  if (filter !== reply.answer) choose(""); // so that the reply is seen
  {{end}}
  {{if has "search"}}
  search.value = "";
  {{end}}
  keep([...replies.filter(({ name }) => !isSame(name, reply.name)), reply]); // who replies again has changed their mind
  form.reset();
  showMore();
  const guest = reply.name;
  const thanks = { yes: {{text "thanksYes" "guest" "guest"}}, maybe: {{text "thanksMaybe" "guest" "guest"}}, no: {{text "thanksNo" "guest" "guest"}} };
  find("thanks").textContent = thanks[reply.answer];
  find("name").focus();
});

form.addEventListener("input", () => {
  complain();
  find("thanks").textContent = "";
});

const edit = (reply) => {
  for (const [name, value] of Object.entries(reply)) form.elements[name].value = value;
  find("people").value = reply.people || 1;
  showMore();
  find("thanks").textContent = "";
  find("name").focus();
};

// The guest list

const keep = (list) => {
  replies = list;
  save("rsvp-replies", replies);
  show();
};

const shown = () => {
  let list = replies.toReversed();
  {{if has "filter"}}
  list = list.filter(({ answer }) => !filter || answer === filter);
  {{end}}
  {{if has "search"}}
  list = list.filter(({ name, message }) => fitsSearch(`${name} ${message}`));
  {{end}}
  return list;
};

const row = (reply) => {
  const { name, answer, people, meal, message } = reply;
  const who = element("div", { className: "who" }, element("strong", {}, name), element("span", { className: `chip ${answer}` }, answers[answer]));
  if (answer !== "no") who.append(element("p", {}, `${ {{plural "persons" "people"}} } · ${meals[meal]}`));
  if (message) who.append(element("p", {}, message));
  return element("li", {}, who,
    iconButton({{text "editItem" "item" "name"}}, {{template "edit-icon"}}, () => edit(reply)),
    iconButton({{text "deleteItem" "item" "name"}}, {{template "delete-icon"}}, () => remove(reply)));
};

const remove = (reply) => {
  const before = replies;
  keep(replies.filter((other) => other !== reply));
  toast({{text "deleted"}}, () => keep(before));
  find("name").focus();
};

const show = () => {
  const list = shown();
  const who = (answer) => replies.filter((reply) => reply.answer === answer);
  const sum = (list) => list.reduce((total, { people }) => total + people, 0);
  find("replies").replaceChildren(...list.map(row));
  find("empty").hidden = list.length > 0;
  find("empty").textContent = replies.length > 0 ? {{text "nothing"}} : {{text "empty"}};
  find("count").textContent = replies.length > 0 ? {{plural "replies" "replies.length"}} : "";
  find("coming").textContent = sum(who("yes"));
  find("perhaps").textContent = sum(who("maybe"));
  find("declined").textContent = who("no").length;
  const eaten = Object.keys(meals).map((meal) => [sum(who("yes").filter((reply) => reply.meal === meal)), meals[meal]]).filter(([n]) => n > 0);
  const menu = eaten.map(([n, meal]) => `${n} × ${meal}`).join(", ");
  find("meals").textContent = menu && {{text "meals" "list" "menu"}};
};
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "filter"}}

const choose = (chosen) => {
  filter = chosen;
  for (const button of find("filters").children) button.setAttribute("aria-pressed", button.dataset.filter === filter);
};

find("filters").addEventListener("click", ({ target }) => {
  if (target.dataset.filter === undefined) return;
  choose(target.dataset.filter);
  show();
});
{{end}}
{{if has "export"}}

offerExport({ name: {{text "guest"}}, answer: {{text "reply"}}, people: {{text "people"}}, meal: {{text "meal"}}, message: {{text "message"}} },
  () => replies.map((reply) => ({ ...reply, answer: answers[reply.answer], meal: reply.answer === "no" ? "" : meals[reply.meal] })));
{{end}}
{{if has "share"}}

offerShare(() => [event.title, whenIs(event), event.place, event.words].filter(Boolean).join("\n"));
{{end}}

find("meal").append(...Object.entries(meals).map(([value, name]) => new Option(name, value)));
showEvent();
show();
