{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "copy"}}
{{template "share"}}
{{template "export"}}
const find = (id) => document.getElementById(id);
const channels = ["red", "green", "blue"];

// The picked color: its hue in degrees, saturation and brightness from 0 to 1. Unlike
// red, green and blue these keep the hue of a gray.
let picked = { hue: 262, saturation: 0.76, brightness: 0.93 };
let saved = load("colors", []); // hex codes
{{if has "history"}}
let recent = load("recent-colors", []);
{{end}}

// From one way to write a color to another

/** Red, green and blue from 0 to 255. */
function rgbOf({ hue, saturation, brightness }) {
  return [5, 3, 1].map((n) => {
    const k = (n + hue / 60) % 6;
    return Math.round(255 * brightness * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  });
}

function colorOf([red, green, blue]) {
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  const hue = range === 0 ? picked.hue
    : most === red ? (60 * (green - blue)) / range + (green < blue ? 360 : 0)
    : most === green ? 60 * ((blue - red) / range + 2)
    : 60 * ((red - green) / range + 4);
  return { hue, saturation: most && range / most, brightness: most / 255 };
}

const hexOf = (color) => `#${rgbOf(color).map((n) => n.toString(16).padStart(2, "0")).join("")}`;
const fromHex = (hex) => colorOf(hex.match(/\w\w/g).map((n) => parseInt(n, 16)));

/** Saturation and lightness in percent, as hsl() has them. */
function hslOf(color) {
  const [red, green, blue] = rgbOf(color);
  const [most, least] = [Math.max(red, green, blue) / 255, Math.min(red, green, blue) / 255];
  const lightness = (most + least) / 2;
  const saturation = most === least ? 0 : (most - least) / (1 - Math.abs(2 * lightness - 1));
  return [Math.round(color.hue) % 360, Math.round(saturation * 100), Math.round(lightness * 100)];
}

/** Reads a color as CSS writes it, and hex digits without their #. Others are undefined. */
function read(text) {
  const code = /^([\da-f]{3}|[\da-f]{6})$/i.test(text.trim()) ? `#${text.trim()}` : text.trim();
  const pen = document.createElement("canvas").getContext("2d"); // keeps its color when it is given none
  const [onBlack, onWhite] = ["#000000", "#ffffff"].map((before) => {
    pen.fillStyle = before;
    pen.fillStyle = code;
    return pen.fillStyle;
  });
  const isColor = onBlack === onWhite && code.toLowerCase() !== "currentcolor";
  return isColor && onBlack.startsWith("#") ? fromHex(onBlack) : undefined; // one that is transparent has no hex code
}

/** How light a color is to the eye, from 0 to 1. */
function luminance(color) {
  const [red, green, blue] = rgbOf(color).map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrastWithWhite = (color) => 1.05 / (luminance(color) + 0.05);
const contrastWithBlack = (color) => (luminance(color) + 0.05) / 0.05;
const textOn = (color) => (contrastWithWhite(color) > contrastWithBlack(color) ? "#ffffff" : "#000000");

// Palettes: by how many degrees the hue turns, or how bright the shades are

const turns = {
  analogous: [-60, -30, 0, 30, 60],
  complementary: [0, 0, 0, 180, 180],
  split: [0, 0, 0, 150, 210],
  triadic: [0, 0, 120, 240, 240],
  square: [0, 0, 90, 180, 270],
};

/** Five colors with the picked one among them. Where a hue comes again it is darker, then lighter. */
function palette() {
  const { hue, saturation, brightness } = picked;
  if (find("harmony").value === "shades") {
    return [[0.2, 1], [0.6, 0.97], [1, 0.85], [1, 0.6], [1, 0.35]].map(([part, brightness]) => ({ hue, saturation: saturation * part, brightness }));
  }
  const seen = {};
  return turns[find("harmony").value].map((turn) => {
    const again = seen[turn] ?? 0;
    seen[turn] = again + 1;
    const [part, light] = [[1, brightness], [1, brightness * 0.62], [0.4, 1 - (1 - brightness) * 0.4]][again];
    return { hue: (hue + turn + 360) % 360, saturation: saturation * part, brightness: light };
  });
}

// What is shown

function pick(color) {
  picked = color;
  find("problem").textContent = "";
  find("code").ariaInvalid = false;
  find("code").value = hexOf(picked);
  show();
}

function show() {
  const { hue, saturation, brightness } = picked;
  const rgb = rgbOf(picked);
  const hex = hexOf(picked);
  find("area").style.setProperty("--hue", hue);
  find("area").style.setProperty("--color", hex);
  find("area").ariaValueNow = Math.round(saturation * 100);
  const [s, v] = [saturation, brightness].map((part) => Math.round(part * 100));
  find("area").ariaValueText = {{text "areaValue" "s" "s" "v" "v"}};
  find("spot").style.left = `${saturation * 100}%`;
  find("spot").style.top = `${(1 - brightness) * 100}%`;
  find("hue").value = hue;
  find("hue-value").value = `${Math.round(hue)}°`;
  channels.forEach((name, i) => {
    find(name).value = rgb[i];
    find(name).parentElement.querySelector("output").value = rgb[i];
    find(name).style.setProperty("--from", `rgb(${rgb.with(i, 0)})`);
    find(name).style.setProperty("--to", `rgb(${rgb.with(i, 255)})`);
  });
  find("swatch").value = hex;
  const [h, sl, l] = hslOf(picked);
  const codes = { HEX: hex, RGB: `rgb(${rgb.join(", ")})`, HSL: `hsl(${h}, ${sl}%, ${l}%)` };
  find("codes").replaceChildren(...Object.entries(codes).map(([name, code]) => element("li", {}, element("small", {}, name), element("code", {}, code), copyButton(name, code))));
  find("contrasts").replaceChildren(
    contrast({{text "onWhite"}}, contrastWithWhite(picked)),
    contrast({{text "onBlack"}}, contrastWithBlack(picked)));
  find("palette").replaceChildren(...palette().map((color) => element("li", {}, paletteButton(color))));
}

function copyAndSay(code) {
  copy(code);
  toast({{text "copiedOne" "code" "code"}});
}

function copyButton(name, code) {
  const made = element("button", { type: "button", className: "quiet", ariaLabel: {{text "copyOne" "code" "name"}} }, {{text "copy"}});
  made.addEventListener("click", () => copyAndSay(code));
  return made;
}

function contrast(what, ratio) {
  const number = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const judgment = ratio >= 4.5 ? {{text "good"}} : ratio >= 3 ? {{text "large"}} : {{text "bad"}};
  return element("li", {}, element("strong", {}, `${number.format(Math.floor(ratio * 10) / 10)} : 1`), `${what}: ${judgment}`);
}

function paletteButton(color) {
  const hex = hexOf(color);
  const made = element("button", { type: "button", ariaLabel: {{text "copyOne" "code" "hex"}}, title: {{text "copyOne" "code" "hex"}} }, hex);
  made.style.setProperty("--color", hex);
  made.style.setProperty("--text", textOn(color));
  made.addEventListener("click", () => copyAndSay(hex));
  return made;
}

/** A color that was saved{{if has "history"}} or used{{end}}: it can be picked again. */
function chosen(hex) {
  const use = element("button", { type: "button", className: "use", ariaLabel: {{text "use" "code" "hex"}}, title: {{text "use" "code" "hex"}} });
  use.style.setProperty("--color", hex);
  use.addEventListener("click", () => pick(fromHex(hex)));
  return element("li", {}, use, element("span", {}, hex));
}

// Picking

/** Picks the color at a place of the area, which the pointer may have left. */
function pickAt({ clientX, clientY }) {
  const { left, top, width, height } = find("area").getBoundingClientRect();
  const within = (part) => Math.min(1, Math.max(0, part));
  pick({ ...picked, saturation: within((clientX - left) / width), brightness: within(1 - (clientY - top) / height) });
}

find("area").addEventListener("pointerdown", (event) => {
  find("area").setPointerCapture(event.pointerId);
  pickAt(event);
});
find("area").addEventListener("pointermove", (event) => {
  if (find("area").hasPointerCapture(event.pointerId)) pickAt(event);
});
find("area").addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const [s, v] = way.map((by) => by * (event.shiftKey ? 0.1 : 0.01));
  const within = (part) => Math.min(1, Math.max(0, part));
  pick({ ...picked, saturation: within(picked.saturation + s), brightness: within(picked.brightness + v) });
});

find("hue").addEventListener("input", () => pick({ ...picked, hue: Number(find("hue").value) }));
for (const name of channels) {
  find(name).addEventListener("input", () => pick(colorOf(channels.map((channel) => Number(find(channel).value)))));
}
find("swatch").addEventListener("input", () => pick(fromHex(find("swatch").value)));
find("code").addEventListener("input", () => {
  const color = read(find("code").value);
  if (!color) return;
  picked = color; // the field keeps what is typed
  find("problem").textContent = "";
  find("code").ariaInvalid = false;
  show();
});
find("code").addEventListener("change", () => {
  const color = read(find("code").value);
  if (color) return pick(color);
  find("problem").textContent = {{text "badCode"}};
  find("code").ariaInvalid = true;
});
{{if has "shuffle"}}
find("random").addEventListener("click", () => {
  pick({ hue: Math.floor(Math.random() * 360), saturation: 0.45 + Math.random() * 0.5, brightness: 0.55 + Math.random() * 0.4 });
  {{if has "history"}}
  remember();
  {{end}}
});
{{end}}

find("harmony").addEventListener("change", show);
find("copy-palette").addEventListener("click", () => {
  copy(palette().map(hexOf).join("\n"));
  toast({{text "copied"}});
});
{{if has "share"}}
offerShare(() => palette().map(hexOf).join("\n"));
{{end}}
{{if has "history"}}

// Recent colors

/** Notes the picked color once it is settled on. */
function remember() {
  recent = [...new Set([hexOf(picked), ...recent])].slice(0, 12);
  save("recent-colors", recent);
  showRecent();
}

const showRecent = () => find("recent").replaceChildren(...recent.map(chosen));

for (const id of ["hue", ...channels, "swatch", "code"]) find(id).addEventListener("change", remember);
find("area").addEventListener("pointerup", remember);
find("area").addEventListener("keyup", remember);
showRecent();
{{end}}

// Saved colors

function keep(codes) {
  saved = codes;
  save("colors", saved);
  find("none").hidden = saved.length > 0;
  find("saved").replaceChildren(...saved.map((hex) => {
    const row = chosen(hex);
    const bin = element("button", { type: "button", className: "icon", ariaLabel: {{text "deleteOne" "code" "hex"}}, title: {{text "deleteOne" "code" "hex"}} });
    bin.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m7 7 10 10M17 7 7 17"/></svg>';
    bin.addEventListener("click", () => {
      const before = saved;
      keep(saved.filter((other) => other !== hex));
      find("save").focus();
      toast({{text "deleted" "code" "hex"}}, () => keep(before));
    });
    row.append(bin);
    return row;
  }));
}

find("save").addEventListener("click", () => {
  const hex = hexOf(picked);
  if (saved.includes(hex)) toast({{text "known" "code" "hex"}});
  else keep([...saved, hex]);
});
find("save-palette").addEventListener("click", () => keep([...new Set([...saved, ...palette().map(hexOf)])]));
{{if has "export"}}
offerExport({ hex: "Hex", rgb: "RGB", hsl: "HSL" }, () => saved.map((hex) => {
  const color = fromHex(hex);
  const [h, s, l] = hslOf(color);
  return { hex, rgb: `rgb(${rgbOf(color).join(", ")})`, hsl: `hsl(${h}, ${s}%, ${l}%)` };
}));
{{end}}

keep(saved);
pick(picked);
