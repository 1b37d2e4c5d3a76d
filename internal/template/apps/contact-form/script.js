{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "copy" "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "export"}}
const language = document.documentElement.lang;
const contact = document.querySelector("#contact");
const thanks = document.querySelector("#thanks");
const sentList = document.querySelector("#sent");
const nothing = document.querySelector("#empty");

let messages = load("messages", []); // { name, email{{if has "categories"}}, category{{end}}, subject, message, at }, the latest first

const written = () => Object.fromEntries([...new FormData(contact)].map(([key, value]) => [key, value.trim()]));

// What a field lacks, in words

const mistakes = {
  name: () => ({{text "nameMissing"}}),
  email: ({ value }) => (value.trim() ? {{text "emailWrong"}} : {{text "emailMissing"}}),
  message: () => ({{text "messageMissing"}}),
};

/** Says beside a field what is wrong with it, and returns whether it is fine. */
function checkField(field) {
  const fine = field.value.trim() !== "" && field.checkValidity();
  document.querySelector(`#${field.id}-error`).textContent = fine ? "" : mistakes[field.id](field);
  field.setAttribute("aria-invalid", !fine);
  return fine;
}

const required = Object.keys(mistakes).map((id) => document.getElementById(id));

for (const field of required) {
  // A field that was found wrong is looked at again with each key, others only when they are sent.
  field.addEventListener("input", () => field.getAttribute("aria-invalid") === "true" && checkField(field));
}

// A message as it would arrive

function letter({ name, email, {{if has "categories"}}category, {{end}}subject, message }) {
  return [
    element("h3", {}, subject || {{text "noSubject"}}),
    element("p", { className: "small from" }, [name, email].filter(Boolean).join(" · "){{if has "categories"}}, " ", element("span", { className: "chip" }, category || ""){{end}}),
    element("p", { className: "words" }, message),
  ];
}

const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

function entry(message) {
  const remove = element("button", { type: "button", className: "quiet", ariaLabel: {{text "deleteMessage" "name" "message.name"}} }, {{text "delete"}});
  remove.addEventListener("click", () => {
    const before = messages;
    keep(messages.filter((each) => each !== message));
    document.querySelector("#sent-title").focus();
    toast({{text "deleted"}}, () => keep(before));
  });
  {{if has "copy"}}
  const copying = element("button", { type: "button", className: "quiet", ariaLabel: {{text "copyMessage" "name" "message.name"}} }, {{text "copy"}});
  copying.addEventListener("click", () => {
    copy([message.subject, `${message.name} <${message.email}>`, message.message].filter(Boolean).join("\n\n"));
    toast({{text "copied"}});
  });
  {{end}}
  const when = element("time", { className: "small", dateTime: new Date(message.at).toISOString() }, dates.format(message.at));
  return element("li", {}, ...letter(message), element("div", { className: "below" }, when, {{if has "copy"}}copying, {{end}}remove));
}

function showSent() {
  {{if has "search"}}
  const found = messages.filter(({ name, email, subject, message }) => fitsSearch([name, email, subject, message].join("\n")));
  search.hidden = messages.length === 0;
  nothing.textContent = messages.length > 0 ? {{text "notFound"}} : {{text "none"}};
  {{else}}
  const found = messages;
  nothing.textContent = {{text "none"}};
  {{end}}
  sentList.replaceChildren(...found.map(entry));
  nothing.hidden = found.length > 0;
}

function keep(list) {
  messages = list;
  save("messages", messages);
  showSent();
}

/** Shows what depends on what is being written. */
function showDraft() {
  {{if has "counter"}}
  const room = contact.elements.message.maxLength - contact.elements.message.value.length;
  document.querySelector("#left").textContent = {{plural "left" "room"}};
  {{end}}
  {{if has "preview"}}
  const draft = written();
  const blank = !(draft.name || draft.email || draft.subject || draft.message);
  document.querySelector("#preview-empty").hidden = !blank;
  document.querySelector("#preview").hidden = blank;
  document.querySelector("#preview").replaceChildren(...letter(draft));
  {{end}}
}

contact.addEventListener("input", () => {
  thanks.textContent = "";
  save("draft", written());
  showDraft();
});

contact.addEventListener("submit", (event) => {
  event.preventDefault();
  thanks.textContent = "";
  contact.elements.email.value = contact.elements.email.value.trim();
  const wrong = required.filter((field) => !checkField(field));
  if (wrong.length > 0) {
    wrong[0].focus();
    return;
  }
  const message = { ...written(), at: Date.now() };
  keep([message, ...messages]);
  contact.reset();
  save("draft", {});
  showDraft();
  thanks.textContent = {{text "thanks" "name" "message.name"}};
});
{{if has "search"}}

search.addEventListener("input", showSent);
{{end}}
{{if has "export"}}

offerExport({ time: {{text "sentAt"}}, name: {{text "yourName"}}, email: {{text "email"}}, {{if has "categories"}}category: {{text "category"}}, {{end}}subject: {{text "subject"}}, message: {{text "message"}} },
  () => messages.map((message) => ({ ...message, time: new Date(message.at).toISOString() })));
{{end}}

// A page that was closed too early gives back what was written.
for (const [key, value] of Object.entries(load("draft", {}))) {
  const field = contact.elements[key];
  if (field) field.value = value;
}
showDraft();
showSent();
