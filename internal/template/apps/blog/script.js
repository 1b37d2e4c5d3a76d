// What the blog says of itself, and its first posts: "days" is how long ago one was written.
const [intro, ...samples] = {{items}};

const find = (id) => document.getElementById(id);
const language = document.documentElement.lang;

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "share"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "print"}}
{{template "search"}}
const ago = (days) => Date.now() - days * 86_400_000;

// A post has a title, a text, the time when it was written{{if has "categories"}}, a category{{end}} and comments.
let posts = load("posts", samples.map(({ days, ...post }) => ({ ...post, date: ago(days), comments: [] })));
let current = null; // the post that is read
{{if has "categories"}}
let category = ""; // that is shown; "": all
{{end}}
{{if has "archive"}}
let month = ""; // that is shown; "": all
{{end}}
{{if has "pagination"}}
let page = 0;
const PER_PAGE = 3;
{{end}}
{{if ne topic `""`}}

// A blog about something else than the samples says so itself.
const topic = {{topic}};
if (intro.general) {
  intro.tagline = {{text "topicTagline" "topic" "topic"}};
  if (!load("posts")) posts.unshift({ title: {{text "topicTitle" "topic" "topic"}}, {{if has "categories"}}category: samples[0].category, {{end}}text: {{text "topicText" "topic" "topic"}}, date: ago(0), comments: [] });
}
{{end}}

function keep() {
  save("posts", posts);
  showList();
}

const day = (time) => new Date(time).toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric" });
const minutes = (text) => Math.max(1, Math.round(text.split(/\s+/).length / 200));

/** A line about a post: when it was written, and how long it is. */
function about(post) {
  const parts = [element("time", { dateTime: new Date(post.date).toISOString() }, day(post.date)), element("span", {}, {{text "minutes" "n" "minutes(post.text)"}})];
  {{if has "categories"}}
  if (post.category) parts.unshift(element("span", { className: "chip" }, post.category));
  {{end}}
  return parts;
}

/** Colours a cover: each title has its own. */
function paint(box, { title }) {
  const sum = [...title].reduce((all, letter) => (all * 31 + letter.codePointAt(0)) % 997, 7);
  box.style.setProperty("--hue", (sum * 47) % 360);
  box.style.setProperty("--x", `${15 + (sum % 70)}%`);
  return box;
}

// The list

function found() {
  const list = posts.filter((post) => {
    {{if has "categories"}}
    if (category && post.category !== category) return false;
    {{end}}
    {{if has "archive"}}
    if (month && monthOf(post) !== month) return false;
    {{end}}
    return {{if has "search"}}fitsSearch(`${post.title} ${post.text}{{if has "categories"}} ${post.category ?? ""}{{end}}`){{else}}true{{end}};
  });
  {{if has "sort"}}
  if (sort.value === "title") return list.sort((a, b) => a.title.localeCompare(b.title, language));
  if (sort.value === "oldest") return list.sort((a, b) => a.date - b.date);
  {{end}}
  return list.sort((a, b) => b.date - a.date);
}

function card(post) {
  const link = element("a", { href: "#post" }, post.title);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    read(post);
  });
  const cover = paint(element("div", { className: "cover", ariaHidden: "true" }), post);
  const start = post.text.split(/\n\s*\n/)[0];
  return element("li", {}, cover, element("div", {}, element("p", { className: "about" }, ...about(post)), element("h2", {}, link), element("p", { className: "start" }, start)));
}

function showList() {
  const list = found();
  {{if has "pagination"}}
  const pages = Math.max(1, Math.ceil(list.length / PER_PAGE));
  page = Math.min(page, pages - 1);
  find("posts").replaceChildren(...list.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map(card));
  showPages(pages);
  {{else}}
  find("posts").replaceChildren(...list.map(card));
  {{end}}
  find("count").textContent = {{plural "count" "list.length"}};
  find("empty").hidden = list.length > 0;
  {{if has "categories"}}
  showCategories();
  {{end}}
  {{if has "archive"}}
  showArchive();
  {{end}}
}

{{if has "search" "sort" "categories" "archive"}}
/** Shows what is asked for now{{if has "pagination"}}, from its first page{{end}}. */
function showFound() {
  {{if has "pagination"}}
  page = 0;
  {{end}}
  showList();
}

{{end}}
{{if has "categories" "archive"}}
/** A button that is pressed or not. */
function choice(label, isChosen, choose) {
  const button = element("button", { type: "button", ariaPressed: String(isChosen) }, label);
  button.addEventListener("click", () => {
    const at = button.closest("[id]").id;
    choose();
    showFound();
    [...find(at).querySelectorAll("button")].find((other) => other.textContent === button.textContent)?.focus();
  });
  return button;
}

{{end}}
{{if has "search"}}
search.addEventListener("input", showFound);
{{end}}
{{if has "sort"}}
const sort = find("sort");
sort.addEventListener("change", showFound);
{{end}}
{{if has "categories"}}

function showCategories() {
  const names = [...new Set(posts.map((post) => post.category).filter(Boolean))].sort((a, b) => a.localeCompare(b, language));
  if (!names.includes(category)) category = "";
  find("categories").hidden = names.length === 0;
  find("categories").replaceChildren(...["", ...names].map((name) => choice(name || {{text "all"}}, name === category, () => { category = name; })));
  find("known").replaceChildren(...names.map((value) => element("option", { value })));
}
{{end}}
{{if has "archive"}}

const monthOf = (post) => new Date(post.date).toLocaleDateString(language, { month: "long", year: "numeric" });

function showArchive() {
  const counts = new Map();
  for (const post of posts.toSorted((a, b) => b.date - a.date)) counts.set(monthOf(post), (counts.get(monthOf(post)) ?? 0) + 1);
  if (!counts.has(month)) month = "";
  find("archive").replaceChildren(...[...counts].map(([name, n]) => element("li", {}, choice(`${name} (${n})`, name === month, () => { month = name === month ? "" : name; }))));
}
{{end}}
{{if has "pagination"}}

function showPages(pages) {
  const go = (label, to, isCurrent) => {
    const button = element("button", { type: "button", disabled: to < 0 || to >= pages }, label);
    if (isCurrent) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => {
      page = to;
      showList();
      find("overview").scrollIntoView();
      find("pages").querySelector("[aria-current]").focus({ preventScroll: true });
    });
    return button;
  };
  const numbers = Array.from({ length: pages }, (_, i) => go(String(i + 1), i, i === page));
  find("pages").hidden = pages < 2;
  find("pages").replaceChildren(go({{text "previous"}}, page - 1), ...numbers, go({{text "next"}}, page + 1));
}
{{end}}

// A post

/** Shows a post, or the list again. */
function read(post) {
  current = post;
  find("overview").hidden = Boolean(post);
  find("post").hidden = !post;
  if (!post) return showList();
  paint(find("cover"), post);
  find("about").replaceChildren(...about(post));
  find("post-title").textContent = post.title;
  find("story").replaceChildren(...post.text.split(/\n\s*\n/).map((part) => element("p", {}, part.trim())));
  showComments();
  scrollTo(0, 0);
  find("post-title").focus({ preventScroll: true });
}

find("back").addEventListener("click", () => {
  const { title } = current;
  read(null);
  [...find("posts").querySelectorAll("a")].find((link) => link.textContent === title)?.focus();
});

find("delete").addEventListener("click", () => {
  const post = current;
  const put = (list) => {
    posts = list;
    keep();
  };
  const before = posts;
  put(posts.filter((other) => other !== post));
  read(null);
  toast({{text "deleted" "title" "post.title"}}, () => {
    put(before);
    read(post);
  });
});

// Comments

function showComments() {
  const { comments } = current;
  find("comments-title").textContent = {{plural "comments" "comments.length"}};
  find("comments").replaceChildren(...comments.map(({ who, text, date }) => element("li", {}, element("p", { className: "about" }, element("b", {}, who || {{text "somebody"}}), element("time", {}, day(date))), element("p", {}, text))));
}

find("comment-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("comment").value.trim();
  find("comment").ariaInvalid = String(!text);
  find("comment-problem").textContent = text ? "" : {{text "noComment"}};
  if (!text) return find("comment").focus();
  current.comments.push({ who: find("who").value.trim(), text, date: Date.now() });
  keep();
  find("comment").value = "";
  showComments();
});

// Writing

let edited = null; // the post that is changed; null: a new one

function openEditor(post) {
  edited = post;
  find("editor-title").textContent = post ? {{text "editPost"}} : {{text "newPost"}};
  find("publish").textContent = post ? {{text "save"}} : {{text "publish"}};
  for (const id of ["title", "text"{{if has "categories"}}, "category"{{end}}]) find(id).value = post?.[id] ?? "";
  complain("");
  find("editor").showModal();
}

function complain(problem) {
  find("problem").textContent = problem;
  for (const id of ["title", "text"]) find(id).ariaInvalid = String(problem !== "" && !find(id).value.trim());
}

find("write").addEventListener("click", () => openEditor(null));
find("edit").addEventListener("click", () => openEditor(current));
find("cancel").addEventListener("click", () => find("editor").close());
find("editor-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [title, text] = ["title", "text"].map((id) => find(id).value.trim());
  if (!title || !text) {
    complain(title ? {{text "noText"}} : {{text "noTitle"}});
    return find(title ? "text" : "title").focus();
  }
  const post = edited ?? { date: Date.now(), comments: [] };
  Object.assign(post, { title, text{{if has "categories"}}, category: find("category").value.trim(){{end}} });
  if (!edited) posts.unshift(post);
  keep();
  find("editor").close();
  read(post);
  toast(edited ? {{text "saved"}} : {{text "published"}});
});
{{if has "share"}}

offerShare(() => `${current.title}\n\n${current.text}`);
{{end}}

find("tagline").textContent = intro.tagline;
showList();
