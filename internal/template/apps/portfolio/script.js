// Who this page is about, and the works that it shows.
const [person, ...works] = {{items}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "copy"}}
{{template "share"}}
const find = (id) => document.getElementById(id);

find("headline").textContent = person.headline;
find("lead").textContent = person.lead;
find("story").textContent = person.about;
find("skills").append(...person.skills.map((skill) => element("li", {}, skill)));

// Links within the page also work in a frame, whose address is another one.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link) return;
  event.preventDefault();
  const section = document.querySelector(link.hash);
  section.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  section.focus({ preventScroll: true });
});

// Pictures: each work has a drawing in shades of a hue of its own. "a" is the darkest shade.

const drawings = [
  '<circle class="d" cx="285" cy="95" r="52"/><path class="b" d="M0 210q100-90 200-20t200-30v140H0z"/><path class="a" d="M0 255q120-60 220-5t180-25v75H0z"/>',
  '<circle class="b" cx="0" cy="300" r="270"/><circle class="c" cx="0" cy="300" r="205"/><circle class="a" cx="0" cy="300" r="140"/><circle class="d" cx="0" cy="300" r="75"/><circle class="d" cx="330" cy="65" r="24"/>',
  '<path class="a" d="M0 0h100v100A100 100 0 0 1 0 0zM200 100h100a100 100 0 0 1-100 100zM300 300V200h100a100 100 0 0 1-100 100z"/><path class="b" d="M200 0a100 100 0 0 1-100 100V0zM0 200h100v100A100 100 0 0 1 0 200zM300 0h100v100A100 100 0 0 1 300 0z"/><circle class="d" cx="150" cy="150" r="50"/><circle class="d" cx="350" cy="150" r="32"/><path class="d" d="M200 200h100v100H200z"/>',
  '<path class="b" d="M0 90q50-50 100 0t100 0 100 0 100 0v210H0z"/><path class="c" d="M0 150q50-50 100 0t100 0 100 0 100 0v150H0z"/><path class="a" d="M0 210q50-50 100 0t100 0 100 0 100 0v90H0z"/><circle class="d" cx="80" cy="48" r="24"/>',
  '<rect class="b" x="50" y="55" width="230" height="160" rx="14"/><rect class="d" x="68" y="78" width="120" height="14" rx="7"/><rect class="c" x="68" y="106" width="194" height="90" rx="8"/><rect class="a" x="246" y="95" width="104" height="176" rx="18"/><circle class="d" cx="298" cy="145" r="26"/><rect class="d" x="268" y="192" width="60" height="10" rx="5"/><rect class="b" x="268" y="214" width="60" height="30" rx="8"/>',
  '<g transform="translate(200 150)"><ellipse class="b" cx="0" cy="-62" rx="34" ry="62"/><ellipse class="c" cx="0" cy="-62" rx="34" ry="62" transform="rotate(60)"/><ellipse class="a" cx="0" cy="-62" rx="34" ry="62" transform="rotate(120)"/><ellipse class="b" cx="0" cy="-62" rx="34" ry="62" transform="rotate(180)"/><ellipse class="c" cx="0" cy="-62" rx="34" ry="62" transform="rotate(240)"/><ellipse class="a" cx="0" cy="-62" rx="34" ry="62" transform="rotate(300)"/><circle class="d" r="26"/></g>',
];

/** Draws a work into an element. */
function draw(work, box) {
  const i = works.indexOf(work);
  box.style.setProperty("--hue", (20 + i * 67) % 360);
  box.innerHTML = `<svg viewBox="0 0 400 300" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${drawings[i % drawings.length]}</svg>`;
  return box;
}

draw(works.at(-1), find("art"));

// The works

{{if has "filter"}}
let kind = ""; // the kind that is shown; empty: all

{{end}}
const shown = () => works{{if has "filter"}}.filter((work) => !kind || work.kind === kind){{end}};

function card(work) {
  {{if has "lightbox"}}
  const open = element("button", { type: "button" }, work.title);
  open.addEventListener("click", () => view(work));
  {{end}}
  return element("li", { className: "work" },
    draw(work, element("div", { className: "picture" })),
    element("h3", {}, {{if has "lightbox"}}open{{else}}work.title{{end}}),
    element("p", { className: "kind" }, `${work.kind} · ${work.year}`){{if has "lightbox"}});{{else}},
    element("p", {}, work.text));{{end}}
}

function show() {
  find("works").replaceChildren(...shown().map(card));
  find("count").textContent = {{plural "works" "shown().length"}};
}
{{if has "filter"}}

for (const name of ["", ...new Set(works.map((work) => work.kind))]) {
  const choice = element("button", { type: "button", ariaPressed: name === kind }, name || {{text "all"}});
  choice.addEventListener("click", () => {
    kind = name;
    for (const other of find("kinds").children) other.ariaPressed = other === choice;
    show();
  });
  find("kinds").append(choice);
}
{{end}}
show();
{{if has "lightbox"}}

// The viewer

let viewed;

function view(work) {
  viewed = work;
  draw(work, find("viewer-picture"));
  find("viewer-title").textContent = work.title;
  find("viewer-kind").textContent = `${work.kind} · ${work.year}`;
  find("viewer-text").textContent = work.text;
  if (!find("viewer").open) find("viewer").showModal();
}

/** Goes to the next work, or by -1 to the one before; after the last comes the first. */
function step(by) {
  const all = shown();
  view(all.at((all.indexOf(viewed) + by) % all.length));
}

find("previous").addEventListener("click", () => step(-1));
find("next").addEventListener("click", () => step(1));
find("close").addEventListener("click", () => find("viewer").close());
find("viewer").addEventListener("click", (event) => {
  if (event.target === find("viewer")) find("viewer").close(); // beside it
});
find("viewer").addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
{{end}}

// Contact

find("copy-address").addEventListener("click", () => {
  copy(find("address").textContent);
  toast({{text "copied"}});
});
{{if has "contact-form"}}

const complaints = { sender: {{text "noName"}}, email: {{text "noEmail"}}, message: {{text "noMessage"}} };

/** Whether a field says something: the one for the address, an address. */
const isFine = (field) => field.value.trim() !== "" && (field.id !== "email" || /^\S+@\S+\.\S+$/.test(field.value.trim()));

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = Object.keys(complaints).map(find);
  for (const field of fields) field.ariaInvalid = !isFine(field);
  const wrong = fields.find((field) => !isFine(field));
  find("status").className = wrong ? "error" : "";
  if (wrong) {
    find("status").textContent = complaints[wrong.id];
    wrong.focus();
    return;
  }
  const [sender, email, message] = fields.map((field) => field.value.trim());
  save("messages", [...load("messages", []), { sender, email, message, date: new Date().toISOString() }]);
  find("form").reset();
  find("status").textContent = {{text "thanks" "name" "sender"}};
});
{{end}}
{{if has "share"}}

offerShare(() => [find("owner").textContent, person.headline, find("address").textContent].join("\n"));
{{end}}
{{if has "animations"}}

// Sections appear as they are scrolled to.
const watcher = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) if (isIntersecting) target.classList.add("arrived");
});
for (const section of document.querySelectorAll("main > section:not(.hero)")) {
  section.classList.add("arriving");
  watcher.observe(section);
}
{{end}}
