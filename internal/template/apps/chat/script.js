const language = document.documentElement.lang;

{{template "element"}}
{{template "icon-button"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{template "export"}}
{{template "shortcuts"}}
const find = (id) => document.getElementById(id);

// With whom one can chat, and what has been said: the last message a minute ago.
const samples = {{items}};

const now = Date.now();
const chats = load("chats", samples.map((sample, i) => ({
  id: i + 1, unread: 0, turn: 0, ...sample,
  messages: sample.messages.map((message, j, { length }) => ({ ...message, time: now - (1 + i * 20 + (length - 1 - j) * 2) * 60_000 })),
}))); // { id, name, about, replies, turn, unread, messages: { mine, text, time } }
let open = chats[0]; // the chat that is shown; none if all are deleted

const keep = () => save("chats", chats);
const hue = ({ id }) => (id * 83 + 60) % 360;
const initial = ({ name }) => [...name][0];

// The list of chats

function entry(chat) {
  const face = element("span", { className: "face", ariaHidden: "true" }, initial(chat));
  face.style.setProperty("--hue", hue(chat));
  const made = element("button", { type: "button" }, face,
    element("span", { className: "entry" }, chat.name, element("small", {}, chat.messages.at(-1)?.text ?? "")));
  if (chat.unread > 0) {
    const { unread } = chat;
    made.append(element("span", { className: "badge", role: "img", ariaLabel: {{plural "unread" "unread"}} }, unread));
  }
  made.setAttribute("aria-current", chat === open);
  made.addEventListener("click", () => {
    show(chat);
    find("text").focus();
  });
  return element("li", {}, made);
}

const showList = () => find("chats").replaceChildren(...chats.map(entry));

// The messages
{{if has "timestamps"}}

const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });

/** Names a day: today, yesterday, or its date. */
function day(time) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const ago = Math.round((midnight(Date.now()) - midnight(time)) / 86_400_000);
  if (ago < 2) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-ago, "day");
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(time);
}
{{end}}

function bubble(message) {
  const { mine, text{{if has "timestamps"}}, time{{end}} } = message;
  const who = mine ? {{text "youSay"}} : {{text "saysWho" "name" "open.name"}};
  const made = element("div", { className: "bubble" }, element("span", { className: "visually-hidden" }, who), text);
  {{if has "timestamps"}}
  made.append(element("time", { dateTime: new Date(time).toISOString() }, clock.format(time)));
  {{end}}
  return element("li", { className: mine ? "mine" : "" }, iconButton({{text "deleteMessage" "text" "text"}}, "M6 6l12 12M18 6 6 18", () => remove(message)), made);
}

const note = (text, className = "") => element("li", { className: `note ${className}`.trim() }, text);

function showMessages() {
  const shown = open.messages{{if has "search"}}.filter(({ text }) => fitsSearch(text)){{end}};
  const rows = shown.map(bubble);
  {{if has "timestamps"}}
  shown.forEach(({ time }, i) => {
    const name = day(time);
    if (i === 0 || day(shown[i - 1].time) !== name) rows[i] = [note(name, "day"), rows[i]];
  });
  {{end}}
  if (rows.length === 0) rows.push(note({{if has "search"}}open.messages.length > 0 ? {{text "nothingFound"}} : {{end}}{{text "empty"}}));
  find("messages").replaceChildren(...rows{{if has "timestamps"}}.flat(){{end}});
  find("log").scrollTop = find("log").scrollHeight;
}

/** Shows a chat, and the list. */
function show(chat) {
  open = chat;
  find("chat").hidden = !open;
  find("no-chats").hidden = Boolean(open);
  if (open) {
    open.unread = 0;
    find("name").textContent = open.name;
    find("about").textContent = open.about;
    find("face").textContent = initial(open);
    find("face").style.setProperty("--hue", hue(open));
    find("typing").textContent = typing.has(open.id) ? {{text "typing" "name" "open.name"}} : "";
    {{if has "two-player"}}
    find("as-other").textContent = open.name;
    {{end}}
    showMessages();
  }
  showList();
  keep();
}
{{if has "search"}}

search.addEventListener("input", showMessages);
{{end}}

// Writing

function add(chat, mine, text) {
  chat.messages.push({ mine, text, time: Date.now() });
  {{if has "search"}}
  if (chat === open) search.value = ""; // so that it is seen
  {{end}}
  {{if has "sound"}}
  if (!mine) chime();
  {{end}}
  if (chat !== open) chat.unread++;
  show(open);
}

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("text").value.trim();
  find("text").value = "";
  find("text").focus();
  if (!text) return;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  {{if has "two-player"}}
  add(open, find("as-me").ariaPressed === "true", text);
  {{else}}
  add(open, true, text);
  answer(open, text);
  {{end}}
});

find("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("form").requestSubmit(find("send"));
});

const typing = new Set(); // the ids of chats in which an answer is coming
{{if has "two-player"}}

// Two people write in turn on one device.
for (const id of ["as-me", "as-other"]) {
  find(id).addEventListener("click", () => {
    for (const other of ["as-me", "as-other"]) find(other).ariaPressed = other === id;
    find("text").focus();
  });
}
{{else}}

// Answers

const rules = [
  { words: {{text "hellos"}}, reply: {{text "hello"}} },
  { words: {{text "thankses"}}, reply: {{text "welcome"}} },
  { words: {{text "byes"}}, reply: {{text "bye"}} },
];

/** What is answered to a text: to the words of a rule, to a question, or else what comes next. */
function reply(chat, text) {
  const said = ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
  const rule = rules.find(({ words }) => words.split(", ").some((word) => said.includes(` ${word} `)));
  if (rule) return rule.reply;
  if (text.includes("?") || chat.replies.length === 0) return {{text "question"}};
  return chat.replies[chat.turn++ % chat.replies.length];
}

function answer(chat, text) {
  typing.add(chat.id);
  setTimeout(() => show(open), 500);
  setTimeout(() => {
    typing.delete(chat.id);
    if (!chats.includes(chat)) return; // it was deleted meanwhile
    add(chat, false, reply(chat, text));
  }, 1500);
}
{{end}}

// Deleting

function remove(message) {
  const chat = open;
  const at = chat.messages.indexOf(message);
  chat.messages.splice(at, 1);
  show(open);
  find("text").focus();
  toast({{text "messageDeleted"}}, () => {
    chat.messages.splice(at, 0, message);
    show(chat);
  });
}

find("delete-chat").addEventListener("click", () => {
  const chat = open;
  const at = chats.indexOf(chat);
  chats.splice(at, 1);
  show(chats[Math.min(at, chats.length - 1)]);
  toast({{text "chatDeleted" "name" "chat.name"}}, () => {
    chats.splice(at, 0, chat);
    show(chat);
  });
});

// A new chat

const complain = (message) => {
  find("problem").textContent = message;
  find("with").setAttribute("aria-invalid", message !== "");
};

find("new").addEventListener("click", () => {
  complain("");
  find("with").value = "";
  find("starter").showModal();
});
find("starter-cancel").addEventListener("click", () => find("starter").close());
find("starter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("with").value.trim();
  if (!name) return complain({{text "noName"}});
  const id = Math.max(0, ...chats.map((chat) => chat.id)) + 1;
  const chat = { id, name, about: {{text "newContact"}}, replies: samples[0].replies, turn: 0, unread: 0, messages: [] };
  chats.unshift(chat);
  find("starter").close();
  show(chat);
  find("text").focus();
});
{{if has "export"}}

offerExport({ time: {{text "time"}}, from: {{text "from"}}, text: {{text "message"}} },
  () => (open?.messages ?? []).map(({ mine, text, time }) => ({ time: new Date(time).toISOString(), from: mine ? {{text "me"}} : open.name, text })));
{{end}}

show(open);
