// Renders an answer in Chromium, in the frame of sandbox.mjs and without a network. A
// check is a function that runs in the answer's page, with the helpers below. It knows
// what the prompt asked for, but not how the page is made.

import { address, closeOff, frameOf } from "./sandbox.mjs";

/**
 * Renders a document and runs a check. `errors` are those of the page and its console
 * before the check, `blocked` counts its external requests. `renders`: it shows
 * something and had no errors. `contains`: the check holds. `why` says what failed, for
 * people. Without a check, only the page is judged. `patience` (each step) and `settle`
 * (after loading) are in ms.
 */
export async function look(browser, code, check, { patience = 10_000, settle = 300 } = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const errors = [];
  let blocked = 0;
  const report = () => ({ errors: [...errors], blocked });
  try {
    await closeOff(context, code, () => blocked++);
    const page = await context.newPage();
    page.on("pageerror", (error) => errors.push(`${error.name}: ${error.message}`));
    page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && errors.push(message.text()));
    page.on("dialog", (dialog) => answer(dialog, page).catch(() => {})); // the page may be gone
    const ask = (what) => within(patience, frameOf(page).evaluate(`(async () => { const h = (${helpers})(); return ${what}; })()`));
    try {
      await page.goto(address, { timeout: patience });
      await page.waitForTimeout(settle);
    } catch (error) {
      return { ...report(), renders: false, contains: false, why: firstLine(error) };
    }
    const shows = await ask("h.shows()").catch(() => false);
    const before = report(); // without errors that the check itself causes
    const seen = { ...before, renders: shows && before.errors.length === 0 };
    if (!check) return { ...seen, why: errors[0] ?? (shows ? "" : "an empty page") };
    try {
      return { ...seen, contains: (await ask(`(${check})(h)`)) === true, why: errors[0] ?? (shows ? "" : "an empty page") };
    } catch (error) {
      return { ...seen, contains: false, why: errors[0] ?? firstLine(error) };
    }
  } finally {
    await context.close();
  }
}

/** Answers a dialog as a person who agrees, and tells the check what it said. */
async function answer(dialog, page) {
  await dialog.accept(dialog.type() === "prompt" ? "zebra" : undefined);
  await frameOf(page).evaluate((text) => void (globalThis[Symbol.for("said")] ??= []).push(text), dialog.message());
}

const firstLine = (error) => (/context was destroyed|frame was detached/i.test(error.message) ? "the app has left its page" : String(error.message).split("\n")[0]);

async function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`the page hangs: no answer in ${ms / 1000} s`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The helpers of checks, in the page. Text is compared in lower case. */
function helpers() {
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const until = async (holds, ms = 1500) => {
    for (const end = performance.now() + ms; ; await sleep(50)) {
      if (holds()) return true;
      if (performance.now() > end) return false;
    }
  };
  const visible = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)].filter(visible);
  const leaves = () => all("body *").filter((el) => el.children.length === 0);

  // Text.
  const said = () => globalThis[Symbol.for("said")] ?? []; // in dialogs
  const words = () => (document.body?.innerText ?? "").toLowerCase();
  const values = () => all("input, textarea, select").map((el) => (el.tagName === "SELECT" ? el.selectedOptions[0]?.text ?? "" : el.value));
  const text = () => [words(), ...values(), ...said()].join("\n").toLowerCase();
  const has = (...patterns) => patterns.every((pattern) => pattern.test(text()));
  const count = (pattern) => new Set(text().match(pattern)).size;
  /** A string that differs when a person could see a change. */
  const picture = () => JSON.stringify([
    document.body.innerHTML, values(), said(), all("input").map((el) => el.checked),
    all("body *").map((el) => Math.round(el.getBoundingClientRect().height)), getComputedStyle(document.body).backgroundColor,
    [...document.querySelectorAll("canvas")].map((el) => el.toDataURL()),
  ]);
  /** Whether an action changes the page. */
  const changes = async (action, ms) => {
    const before = picture();
    return (await action()) !== false && until(() => picture() !== before, ms);
  };
  const shows = () => words().trim() !== "" || all("input, textarea, button, canvas, svg, img").length > 0 || leaves().some((el) => rgba(getComputedStyle(el).backgroundColor)[3] > 0);

  // Buttons and keys.
  const clickable = "button, input[type=button], input[type=submit], input[type=reset], [role=button], [role=switch], [role=tab], a, summary, [onclick], [class*=btn], [class*=button]";
  const label = (el) => [el.innerText || (el.tagName === "INPUT" ? el.value : ""), el.ariaLabel, el.title].filter(Boolean).join(" ").trim().toLowerCase();
  const buttons = (pattern) => all(clickable).filter((el) => !pattern || pattern.test(label(el)));
  /** The button with the shortest matching label, else one with a matching id, class or handler. */
  const button = (pattern) => buttons(pattern).sort((a, b) => label(a).length - label(b).length)[0]
    ?? all(clickable).find((el) => pattern.test(`${el.id} ${el.className} ${el.getAttribute("onclick") ?? ""}`.toLowerCase()));
  const click = (el) => {
    const { x, y, width, height } = el.getBoundingClientRect();
    const at = { bubbles: true, cancelable: true, clientX: x + width / 2, clientY: y + height / 2 };
    el.focus?.();
    for (const name of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) {
      el.dispatchEvent(new (name.startsWith("pointer") ? PointerEvent : MouseEvent)(name, at));
    }
    return true;
  };
  const press = (pattern) => {
    const found = button(pattern);
    return found !== undefined && click(found);
  };
  /** An element whose text is exactly one of the labels; a clickable one if possible. */
  const exactly = (...labels) => {
    const says = (el) => labels.includes((el.innerText ?? "").trim().toLowerCase() || (el.value ?? "").toLowerCase());
    return all(clickable).find(says) ?? leaves().find(says);
  };
  const pressExactly = (...labels) => {
    const found = exactly(...labels);
    return found !== undefined && click(found);
  };
  const key = (name, target = document.activeElement ?? document.body) => {
    const code = { " ": "Space" }[name] ?? (/^[a-z]$/.test(name) ? `Key${name.toUpperCase()}` : name);
    const keyCode = { ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Enter: 13, " ": 32 }[name] ?? name.toUpperCase().charCodeAt(0);
    return ["keydown", "keypress", "keyup"].map((type) => target.dispatchEvent(new KeyboardEvent(type, { key: name, code, keyCode, which: keyCode, bubbles: true, cancelable: true }))).every(Boolean);
  };

  // Fields.
  const fields = () => all("input:not([type=checkbox], [type=radio], [type=range], [type=color], [type=button], [type=submit], [type=reset], [type=file], [readonly], [disabled]), textarea:not([readonly]), [contenteditable=true]");
  const about = (el) => [el.placeholder, el.name, el.id, el.ariaLabel, el.title, ...[...(el.labels ?? [])].map((l) => l.innerText), el.previousElementSibling?.innerText,
    el.parentElement.querySelectorAll("input, select, textarea").length === 1 ? el.parentElement.innerText.slice(0, 60) : ""].join(" ").toLowerCase();
  const field = (pattern) => all("input, select, textarea").find((el) => pattern.test(about(el)));
  const isSearch = (el) => el.type === "search" || /search|filter/.test(about(el));
  const set = (el, value) => {
    if (!el) return false;
    if (el.isContentEditable) el.innerText = value;
    else if (el.tagName === "SELECT") el.selectedIndex = [...el.options].findIndex((o) => value.test(`${o.text} ${o.value}`.toLowerCase()));
    else Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), "value").set.call(el, value);
    el.focus();
    for (const type of ["input", "keyup", "change"]) el.dispatchEvent(type === "keyup" ? new KeyboardEvent(type, { bubbles: true }) : new Event(type, { bubbles: true }));
    return true;
  };
  const enter = (el) => {
    if (key("Enter", el) && el.form && el.tagName !== "TEXTAREA") el.form.requestSubmit();
  };
  const fill = (word) => {
    const filled = fields().filter((el) => !isSearch(el));
    const fitting = { number: "42", date: "2030-01-15", "datetime-local": "2030-01-15T10:00", month: "2030-01", time: "10:00", email: "ann@example.com" };
    for (const el of filled) set(el, fitting[el.type] ?? (/amount|price|cost|betrag/.test(about(el)) ? "42" : word));
    for (const el of all("select")) if (el.value === "" && el.options.length > 1) el.selectedIndex = 1, el.dispatchEvent(new Event("change", { bubbles: true }));
    return filled;
  };
  /** Whether an entry can be added: the word is typed, Enter or a button is pressed, and the page shows the word. */
  const adds = async (word = "zebra") => {
    for (let round = 0; round < 2; round++) {
      const filled = fill(word);
      const shown = () => words().includes(word) || fields().some((el) => !filled.includes(el) && el.value?.includes(word));
      if (filled.length > 0) {
        enter(filled[0]);
        if (await until(shown, 300)) return true;
      }
      if (!press(/^\W*(add|create|save|submit|send|post|new|hinzu|ajouter|añadir|agregar)|^\s*[+➕]\s*$|^\W*$|add|save|new/)) return false;
      if (await until(shown, 700)) return true; // otherwise the button may have opened a form: try once more
    }
    return false;
  };

  // Colours.
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = "#000";
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  /** The background of an element: its own, or that of the nearest ancestor that has one. */
  const background = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at);
      const gradient = backgroundImage.match(/gradient\(.*?(rgba?\([^)]*\))/);
      if (gradient && rgba(gradient[1])[3] > 127) return rgba(gradient[1]);
      if (rgba(backgroundColor)[3] > 127) return rgba(backgroundColor);
      if (at === document.documentElement && el === at) return background(document.body); // the body's background covers the whole page
    }
    return [255, 255, 255, 255];
  };
  const luminance = ([r, g, b]) => (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  /** Whether most of the screen is dark. */
  const dark = () => {
    const points = [0.02, 0.25, 0.5, 0.75, 0.98].flatMap((x) => [0.02, 0.25, 0.5, 0.75, 0.98].map((y) => document.elementFromPoint(x * innerWidth, y * innerHeight) ?? document.body));
    return points.filter((el) => luminance(background(el)) < 0.35).length > points.length / 2;
  };
  /** A colour's [hue in degrees, saturation]. */
  const hue = ([r, g, b]) => {
    const max = Math.max(r, g, b), range = max - Math.min(r, g, b);
    if (range === 0) return [0, 0];
    const at = max === r ? (g - b) / range : max === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    return [(at * 60 + 360) % 360, range / max];
  };
  const hueIn = (colour, from, to) => {
    const [degrees, saturation] = hue(colour);
    return saturation > 0.3 && (from < to ? degrees >= from && degrees <= to : degrees >= from || degrees <= to);
  };
  const red = (colour) => hueIn(colour, 345, 15);
  /** Whether a hue within these degrees is used in a background, a border or a text. */
  const coloured = (from, to) => all("body, body *").some((el) => {
    const style = getComputedStyle(el);
    return [background(el), ...[style.color, style.borderTopColor, style.borderLeftColor, style.fill].map(rgba)].some((colour) => hueIn(colour, from, to));
  });

  // Features that several prompts ask for.
  /** A group of similar elements side by side, such as a game's cells, if their number is `enough`. */
  const cells = (enough) => {
    const groups = Map.groupBy(all("body *").filter((el) => el.clientWidth >= 15 && el.clientHeight >= 15 || el.tagName === "BUTTON"), (el) => {
      const around = el.parentElement.tagName === "TR" || /row/.test(el.parentElement.className) ? el.parentElement.parentElement : el.parentElement;
      return around.tagName + el.tagName + [...all("body *")].indexOf(around);
    });
    return [...groups.values()].find((group) => enough(group.length)) ?? [];
  };
  /** Whether 12 + b shows the result, with keys or with fields. */
  const calculates = async (b = "30", result = "42") => {
    pressExactly("ac") || pressExactly("c", "ce", "clear");
    const shown = () => new RegExp(`(^|[^\\d.])${result}([^\\d.]|\\.0*(\\D|$)|\\.?$)`, "m").test(text());
    const keys = [..."12", ["+", "＋", "add", "plus"], ...b, ["=", "equals", "enter", "calculate", "go"]];
    if (exactly("1") && exactly("2")) {
      for (const k of keys) if (!pressExactly(...k)) return false;
      return until(shown, 700);
    }
    const [first, second] = fields();
    if (!second || !set(first, "12") || !set(second, b)) return false;
    const operation = all("select")[0];
    if (operation) set(operation, /\+|add|plus/);
    press(operation ? /=|calc|equal|comput|result|go/ : /\+|add|plus|=|calc/);
    return until(shown, 700);
  };
  const keepsHistory = async () => (await calculates()) && (await calculates("38", "50")) && has(/\b42\b/, /\b50\b/);
  const deletes = async (word = "zebra") => {
    const item = all("body *").filter((el) => el.innerText?.toLowerCase().includes(word)).at(-1);
    for (let at = item; at && at !== document.body; at = at.parentElement) {
      const near = all(`${clickable}, i, svg, span`, at).filter((el) => !/\b(edit|all)\b/.test(label(el)));
      const bin = near.find((el) => /delete|remove|lösch|supprimer|eliminar|borrar|[×✕✖❌🗑✗]|^x$/u.test(label(el))) ?? near.find((el) => /delete|remove|trash|del\b/.test(`${el.id} ${el.getAttribute("class")}`));
      if (bin) return click(bin) && until(() => !words().includes(word), 1000);
    }
    return false;
  };
  /** Whether a switch changes between dark and light. */
  const switches = async () => {
    const was = dark();
    const one = button(/dark|light|theme|mode|🌙|☀|🌓|🌞/u) ?? [...document.querySelectorAll("input[type=checkbox]")].find((el) => /dark|light|theme|mode/.test(about(el)));
    return one !== undefined && click(one) && until(() => dark() !== was, 1000);
  };
  /** Whether the page's digits change after a start button is pressed. */
  const runs = async (start = /start|play|▶|go\b|begin|resume/) => {
    const digits = () => text().match(/\d+/g)?.join(":");
    const before = digits();
    if (!before || !press(start)) return false;
    return until(() => digits() !== before, 2500);
  };
  /** Whether a game moves, after it was started and the keys were pressed. */
  const moves = async (...keys) => {
    if (all("canvas, svg").length === 0 && cells((n) => n >= 50).length === 0) return false;
    press(/start|play|begin|new game|▶/);
    for (const k of keys) key(k);
    for (const el of all("canvas")) click(el);
    const before = picture();
    return until(() => picture() !== before, 2500);
  };
  return {
    about, adds, all, background, button, buttons, calculates, cells, changes, click, clickable, coloured, count, dark, deletes, enter, field, fields, fill, has, isSearch, keepsHistory, key, label, leaves,
    moves, picture, press, pressExactly, red, runs, set, shows, sleep, switches, text, until, visible, words,
  };
}
