// The sample pictures: what they show is drawn below.
const samples = {{items}}.map((picture, i) => ({ id: i + 1, ...picture }));

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "search"}}
{{template "print"}}
const find = (id) => document.getElementById(id);

let pictures = load("gallery", samples);
let edited; // the picture in the form
{{if has "filter"}}
let album = ""; // the one that is shown; empty: all
{{end}}

// Pictures: those from the device have a source, the samples are drawn

/** The outline of hills as high as a picture says; each row of them has other ones. */
function hills(row, y, height) {
  const points = [];
  for (let x = 0; x <= 800; x += 16) {
    const wave = Math.sin(x / 120 + row * 2.3 + height) + 0.5 * Math.sin(x / 47 + row * 5.1) + 0.2 * Math.sin(x / 19 + row * 7.7);
    points.push(`${x} ${Math.round(y - (height * wave) / 1.7)}`);
  }
  return `M0 600L${points.join("L")}L800 600z`;
}

function drawn({ id, sky, sun, hills: colors, height, shapes }) {
  const parts = [`<linearGradient id="sky" x2="0" y2="1"><stop stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient><rect width="800" height="600" fill="url(#sky)"/>`];
  if (sun) parts.push(`<circle cx="${sun[0]}" cy="${sun[1]}" r="${sun[2]}" fill="${sun[3]}"/>`);
  colors?.forEach((color, row) => parts.push(`<path d="${hills(row + id, 340 + row * 75, height / (1 + row * 0.35))}" fill="${color}"/>`));
  shapes?.forEach((color, i) => {
    const n = id * 7 + i * 3;
    const [x, y, r] = [80 + ((n * 137) % 640), 70 + ((n * 211) % 460), 50 + ((n * 53) % 130)];
    const kinds = [
      `<circle cx="${x}" cy="${y}" r="${r}" fill="${color}"/>`,
      `<path d="M${x - r} ${y}a${r} ${r} 0 0 1 ${2 * r} 0z" fill="${color}"/>`,
      `<rect x="${x - r}" y="${y - r * 0.6}" width="${r * 2}" height="${r * 1.2}" rx="8" fill="${color}" transform="rotate(${(n * 17) % 60} ${x} ${y})"/>`,
      `<path d="M-20 ${y}q210-${r * 2} 420 0t420 0" fill="none" stroke="${color}" stroke-width="${r / 3}"/>`,
    ];
    parts.push(kinds[(id + i) % 4]);
  });
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" width="800" height="600">${parts.join("")}</svg>`)}`;
}

const sourceOf = (picture) => picture.source ?? drawn(picture);

/** Reads a picture from the device, no larger than a screen. */
async function read(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 1280 / Math.max(bitmap.width, bitmap.height));
  const canvas = element("canvas", { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", 0.85);
}

// What is shown

const albums = () => [...new Set(pictures.map(({ album }) => album))].filter(Boolean);

function shown() {
  let list = [...pictures].sort((a, b) => {{if has "sort"}}find("sort").value === "title" ? a.title.localeCompare(b.title, document.documentElement.lang) : {{end}}isOwn(b) - isOwn(a) || (isOwn(a) ? b.id - a.id : a.id - b.id));
  {{if has "filter"}}
  if (album) list = list.filter((picture) => picture.album === album);
  {{end}}
  {{if has "search"}}
  list = list.filter(({ title, album }) => fitsSearch(`${title} ${album}`));
  {{end}}
  return list;
}

const isOwn = ({ source }) => source !== undefined;

function show() {
  {{if has "filter"}}
  if (!albums().includes(album)) album = "";
  find("albums").replaceChildren(...["", ...albums()].map((name) => {
    const button = element("button", { type: "button", ariaPressed: name === album }, name || {{text "all"}});
    button.addEventListener("click", () => {
      album = name;
      show();
      find("albums").querySelector('[aria-pressed="true"]').focus();
    });
    return button;
  }));
  {{end}}
  const list = shown();
  find("pictures").replaceChildren(...list.map(card));
  find("count").textContent = {{plural "pictures" "list.length"}};
  find("empty").hidden = list.length > 0;
}

function iconButton(label, path, act) {
  const made = element("button", { type: "button", className: "icon", ariaLabel: label, title: label });
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  made.addEventListener("click", act);
  return made;
}

function card(picture) {
  const { title, album } = picture;
  const image = element("img", { src: sourceOf(picture), alt: title, loading: "lazy" });
  {{if has "lightbox"}}
  const open = element("button", { type: "button", className: "open", ariaLabel: {{text "openOne" "title" "title"}} }, image);
  open.addEventListener("click", () => view(picture));
  {{end}}
  return element("li", {}, {{if has "lightbox"}}open{{else}}image{{end}}, element("div", { className: "about" },
    element("div", {}, element("h2", {}, title), element("p", {}, album)),
    iconButton({{text "editOne" "title" "title"}}, "M4 20h4L19 9l-4-4L4 16zM13 7l4 4", () => edit(picture)),
    iconButton({{text "deleteOne" "title" "title"}}, "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13", () => remove(picture))));
}

// What is done with pictures

/** Whether the browser keeps the pictures: its store may be too small for them. */
function keep(list) {
  pictures = list;
  save("gallery", pictures);
  show();
  return load("gallery", []).length === pictures.length;
}

function remove(picture) {
  const before = pictures;
  keep(pictures.filter((other) => other !== picture));
  find("files").focus();
  toast({{text "deleted" "title" "picture.title"}}, () => keep(before));
}

function edit(picture) {
  edited = picture;
  find("title").value = picture.title;
  find("album").value = picture.album;
  find("known-albums").replaceChildren(...albums().map((value) => element("option", { value })));
  complain("");
  find("editor").showModal();
}

function complain(problem) {
  find("problem").textContent = problem;
  find("title").ariaInvalid = problem !== "";
}

find("cancel").addEventListener("click", () => find("editor").close());
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const title = find("title").value.trim();
  if (!title) {
    complain({{text "noTitle"}});
    return find("title").focus();
  }
  find("editor").close();
  keep(pictures.map((picture) => (picture === edited ? { ...picture, title, album: find("album").value.trim() } : picture)));
});

find("files").addEventListener("change", async () => {
  const added = [];
  const problems = [];
  for (const file of find("files").files) {
    try {
      const id = Math.max(0, ...pictures.map(({ id }) => id)) + added.length + 1;
      added.push({ id, title: file.name.replace(/\.\w+$/, ""), album: {{text "ownAlbum"}}, source: await read(file) });
    } catch {
      problems.push({{text "notPicture" "name" "file.name"}});
    }
  }
  find("files").value = "";
  const isKept = keep([...pictures, ...added]);
  if (added.length > 0 && !isKept) problems.push({{text "tooLarge"}});
  toast(problems.length > 0 ? problems.join(" ") : {{plural "added" "added.length"}});
});
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "sort"}}

find("sort").addEventListener("change", show);
{{end}}
{{if has "lightbox"}}

// The viewer

const SECONDS_A_PICTURE = 4;
let viewed, slides; // the picture, and the timer of a slideshow

function view(picture) {
  viewed = picture;
  const list = shown();
  find("viewed").src = sourceOf(picture);
  find("viewed").alt = find("viewed-title").textContent = picture.title;
  find("viewed-place").textContent = {{text "placeOf" "at" "list.indexOf(picture) + 1" "all" "list.length"}};
  if (!find("viewer").open) find("viewer").showModal();
}

/** Goes to the next picture, or by -1 to the one before; after the last comes the first. */
function turn(by) {
  const list = shown();
  view(list.at((list.indexOf(viewed) + by) % list.length));
}

function setSlideshow(on) {
  clearInterval(slides);
  slides = on ? setInterval(() => turn(1), SECONDS_A_PICTURE * 1000) : undefined;
  find("slideshow").ariaPressed = on;
}

/** Turns by hand: a slideshow waits its full time again. */
function turnByHand(by) {
  turn(by);
  if (slides) setSlideshow(true);
}

find("previous").addEventListener("click", () => turnByHand(-1));
find("next").addEventListener("click", () => turnByHand(1));
find("slideshow").addEventListener("click", () => setSlideshow(!slides));
find("close").addEventListener("click", () => find("viewer").close());
find("viewer").addEventListener("close", () => setSlideshow(false));
find("viewer").addEventListener("click", (event) => event.target === find("viewer") && find("viewer").close()); // beside it
find("viewer").addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") turnByHand(-1);
  if (event.key === "ArrowRight") turnByHand(1);
});

let touched; // where a finger was put down
find("viewed").addEventListener("pointerdown", (event) => {
  event.preventDefault();
  touched = event.clientX;
});
find("viewed").addEventListener("pointerup", (event) => {
  if (Math.abs(event.clientX - touched) > 40) turnByHand(event.clientX < touched ? 1 : -1);
});
{{end}}

show();
