// The 60 prompts of make eval, each with a check whether an answer does what the
// prompt asks. A check is a function that runs in the rendered page, with the helpers
// of render.mjs; an explanation is checked as text. `on` names the project that an
// edit, a fix or a question is about. Before the answer, the check must fail on it.

import { readFileSync } from "node:fs";

/** The parts of a txtar file: name → text. */
export function txtar(url) {
  const parts = {};
  for (const [, name, text] of readFileSync(url, "utf8").matchAll(/^-- ([^\n]+) --\n(.*?)(?=^-- [^\n]+ --\n|(?![^]))/gms)) parts[name] = text;
  return parts;
}

const texts = txtar(new URL("testdata/projects.txtar", import.meta.url));

/** The files of a project in testdata, as they are before the prompt. */
export const project = (name) => Object.entries(texts).filter(([path]) => path.startsWith(`${name}/`)).map(([path, content]) => ({ path: path.slice(name.length + 1), content }));

const create = {
  "calculator": ["create a calculator", (h) => h.calculates()],
  "calculator-dark": ["create calculator with dark mode", async (h) => (await h.calculates()) && (h.dark() || (await h.switches()))],
  "calculator-history": ["make a calculator that keeps a history of the calculations", (h) => h.keepsHistory()],
  "calculator-spanish": ["crea una calculadora con tema oscuro", async (h) => (await h.calculates()) && h.dark()],
  "todo": ["create a todo list", (h) => h.adds()],
  "todo-dark": ["build a todo app with priorities and a dark theme", async (h) => h.dark() && h.field(/prio/) !== undefined && h.adds()],
  "todo-remembers": ["a todo list that remembers its items in localStorage", async (h) => (await h.adds()) && h.until(() => Object.values(localStorage).some((v) => v.includes("zebra")))],
  "todo-delete": ["to-do list where I can delete items", async (h) => (await h.adds()) && h.deletes()],
  "todo-german": ["erstelle eine To-do-Liste mit grüner Akzentfarbe", async (h) => h.coloured(80, 170) && h.adds()],
  "notes-search": ["create a notes app with search", async (h) => {
    if (!(await h.adds())) return false;
    const search = h.fields().find(h.isSearch);
    return h.set(search, "qqqq") && h.until(() => !h.words().includes("zebra"));
  }],
  "timer": ["countdown timer where I can set the minutes", (h) => {
    for (const el of h.fields()) h.set(el, "2");
    h.press(/^set\b/);
    return h.runs();
  }],
  "stopwatch": ["stopwatch with lap times", async (h) => {
    if (!(await h.runs())) return false;
    const lines = () => h.words().split("\n").length + h.all("li, tr").length;
    const before = lines();
    return h.press(/lap|split/) && h.until(() => lines() > before);
  }],
  "pomodoro": ["make me a pomodoro timer with breaks", async (h) => h.has(/25:00/, /break/) && (await h.runs()) && h.has(/24:5\d/)],
  "clock": ["digital clock with seconds, big letters", async (h) => {
    const time = () => h.words().match(/\d?\d\s*:\s*\d\d\s*:\s*\d\d/)?.[0];
    const before = time();
    return before !== undefined && h.until(() => time() !== before, 2500);
  }],
  "calendar": ["calendar of the current month", (h) => {
    const days = new Set(h.all("body *").map((el) => el.innerText?.trim()).filter((t) => /^\d\d?$/.test(t)));
    return Array.from({ length: 28 }, (_, i) => `${i + 1}`).every((day) => days.has(day)) && h.has(/\bmo/, /\bfr/);
  }],
  "weather": ["weather app with a five day forecast, made-up data is fine", (h) => h.text().match(/-?\d+(\.\d+)?\s*[°℃℉]/g)?.length >= 5 && h.count(/\b(mon|tue|wed|thu|fri|sat|sun|day \d|today|tomorrow)/g) >= 4],
  "quiz": ["quiz about capital cities with a score", async (h) => {
    const choices = () => h.all("button, input[type=radio], li, label, [class*=option], [class*=answer], [class*=choice]").filter((el) => !/^(next|start|submit|check|restart|begin|previous|back)/.test(h.label(el)));
    if (choices().length < 2) h.press(/start|begin|play/);
    if (!(await h.until(() => h.has(/\?|capital of/) && choices().length >= 2, 500))) return false;
    if (!(await h.changes(() => h.click(choices()[0]) && (h.press(/next|submit|check/), true)))) return false;
    return h.has(/score|points|correct|wrong|\d\s*(\/|of)\s*\d/);
  }],
  "flashcards": ["flashcards to learn Spanish words, click to flip", async (h) => {
    const card = h.all("[class*=card], [id*=card]").at(-1) ?? h.button(/flip|show|reveal|answer/);
    return card !== undefined && h.words().trim() !== "" && ((await h.changes(() => h.click(card))) || h.changes(() => h.press(/flip|show|reveal|answer/)));
  }],
  "kanban": ["kanban board with three columns and drag and drop", async (h) => h.has(/to.?do|backlog/, /progress|doing/, /done|complete/) && (h.has(/\bdrag/) || h.all("[draggable=true]").length > 0 || ((await h.adds()) && h.all("[draggable=true]").length > 0))],
  "expenses": ["expense tracker with categories and a total", async (h) => h.has(/total/) && h.all("select, [class*=categor], [id*=categor], [list]").length > 0 && (await h.adds()) && /42/.test(h.words())],
  "budget": ["budget planner: income, expenses and what is left", async (h) => {
    if (!h.has(/income/, /expense|spend/)) return false;
    const before = h.words();
    h.fill("zebra");
    h.press(/add|calc|save|\+/);
    return h.until(() => h.words() !== before && /42/.test(h.words()));
  }],
  "bmi": ["BMI calculator with height in centimetres and weight in kilograms", (h) => {
    if (!h.set(h.field(/height|\bcm\b/), "180") || !h.set(h.field(/weight|\bkg\b/), "80")) return false;
    h.press(/calc|bmi|comput|check/);
    return h.until(() => h.has(/24\.[67]/));
  }],
  "tip": ["tip calculator that splits the bill between people", (h) => {
    if (!h.set(h.field(/people|person|split|guests|friends|number/), "4") || !h.set(h.field(/bill|amount|total|price/), "120")) return false;
    const tip = h.field(/tip|%|percent|service/);
    if (tip?.tagName === "SELECT") h.set(tip, /15|20|10/);
    else if (tip) h.set(tip, "10");
    else h.press(/^\s*(10|15|20)\s*%/);
    h.press(/calc|split|comput|=/);
    return h.until(() => h.has(/\b(31\.50?|33|33\.60?|34\.50?|35\.40?|36|37\.50?)(\.00?)?\b/));
  }],
  "unit-converter": ["unit converter for kilometres and miles", (h) => {
    const [from, to] = h.all("select");
    if (from) h.set(from, /kilomet|km/);
    if (to) h.set(to, /mile|\bmi\b/);
    if (!h.set(h.fields()[0], "42")) return false;
    h.press(/convert|calc|=/);
    return h.until(() => h.has(/26\.(09|1)|67\.(59|6)/));
  }],
  "password-generator": ["password generator with a length slider and a copy button", async (h) => {
    const passwords = () => h.text().match(/\S{8,}/g)?.join(" ") ?? "";
    if (h.all("input[type=range], input[type=number]").length === 0 || !h.button(/copy|📋/u)) return false;
    if (!h.press(/generate|create|new|refresh/)) return false;
    await h.sleep(100);
    const first = passwords();
    return h.press(/generate|create|new|refresh/) && first !== "" && h.until(() => passwords() !== first);
  }],
  "color-picker": ["color picker that shows the hex code", (h) => {
    const picker = h.all("input[type=color]")[0];
    if (picker) return h.set(picker, "#336699") && h.until(() => /#?336699/.test(h.words()) || h.fields().some((el) => /336699/.test(el.value)));
    const sliders = h.all("input[type=range]");
    return sliders.length >= 3 && h.changes(() => sliders.map((el) => h.set(el, "77"))) && h.has(/#[0-9a-f]{6}\b/);
  }],
  "markdown-editor": ["markdown editor with a live preview", (h) => h.set(h.all("textarea, [contenteditable=true]")[0], "# zebra\n\nsome **bold** words\n") && h.until(() => h.all("h1").some((el) => /zebra/i.test(el.innerText)) && h.all("strong, b").some((el) => el.innerText === "bold"))],
  "text-tools": ["word counter for a text that I paste", (h) => {
    if (!h.set(h.all("textarea, [contenteditable=true], input[type=text]")[0], "one two three four five six seven")) return false;
    h.press(/count|analy/);
    return h.until(() => /(^|\D)7(\D|$)/.test(h.words()) && /word/.test(h.words()));
  }],
  "drawing": ["drawing app with colours and a clear button", async (h) => {
    const canvas = h.all("canvas")[0];
    if (!canvas || !h.button(/clear|reset|erase|🗑/u)) return false;
    const { left, top } = canvas.getBoundingClientRect();
    const draw = () => [["down", 20], ["move", 40], ["move", 60], ["up", 60]].forEach(([what, at]) => {
      const where = { bubbles: true, clientX: left + at, clientY: top + at, buttons: 1, pointerId: 1, isPrimary: true };
      canvas.dispatchEvent(new PointerEvent(`pointer${what}`, where));
      const event = new MouseEvent(`mouse${what}`, where);
      for (const [name, value] of [["offsetX", at], ["offsetY", at]]) Object.defineProperty(event, name, { value });
      canvas.dispatchEvent(event);
    });
    return (await h.changes(draw)) && h.changes(() => h.press(/clear|reset|erase|🗑/u));
  }],
  "gallery": ["photo gallery with coloured tiles instead of photos, click to enlarge", (h) => {
    const tiles = h.cells((n) => n >= 4);
    return tiles.length >= 4 && h.changes(() => h.click(tiles[0].querySelector("img, svg") ?? tiles[0]));
  }],
  "music-player": ["music player with a playlist", (h) => h.all("li, tr, [class*=track], [class*=song]").length >= 3 && h.all("audio, [class*=player], [id*=player], [class*=play], [id*=play], button").length > 0
    && h.changes(() => h.press(/play|▶|⏯/) || h.click(h.all("li, tr, [class*=track], [class*=song]").at(-1)))],
  "snake": ["snake game", (h) => h.moves("ArrowRight", "ArrowDown")],
  "tic-tac-toe": ["tic tac toe for two players", async (h) => {
    const cells = () => h.cells((n) => n === 9);
    if (cells().length === 0) return false;
    const marks = (from) => ["x", "o"].every((m) => from.some((el) => (el.innerText + (el.ariaLabel ?? "") + el.className).toLowerCase().includes(m)));
    const blank = cells().every((el) => el.innerText.trim() === "");
    h.click(cells()[0]);
    h.click(cells()[4]);
    return blank && h.until(() => marks(cells().filter((el) => el.innerText.trim() !== "" || el.children.length > 0)));
  }],
  "tic-tac-toe-ai": ["tic tac toe against the computer", async (h) => {
    const said = () => h.cells((n) => n === 9).map((el) => el.innerText.trim()).filter(Boolean);
    if (h.cells((n) => n === 9).length === 0 || said().length > 0) return false;
    h.click(h.cells((n) => n === 9)[0]);
    return h.until(() => new Set(said()).size === 2, 2500);
  }],
  "memory": ["memory game with pairs of emoji cards", (h) => {
    h.press(/start|new game/);
    const cards = h.cells((n) => n >= 8 && n % 2 === 0);
    return cards.length >= 8 && h.changes(() => h.click(cards[0].firstElementChild ?? cards[0]));
  }],
  "hangman": ["hangman", async (h) => {
    if (!h.has(/_\s*_|(_\s*){3}/) && h.buttons(/^[a-z]$/).length < 20) return false;
    return h.changes(() => {
      if (h.pressExactly("e")) return true;
      const field = h.fields()[0];
      if (field) h.set(field, "e"), h.enter(field), h.press(/guess|try|submit/);
      else h.key("e");
    });
  }],
  "typing-test": ["typing speed test that shows words per minute", (h) => {
    h.press(/start|begin/);
    return h.has(/wpm|words per minute/, /([a-z]+[ ,.]+){6}/) && h.fields().length > 0 && h.changes(() => h.set(h.fields()[0], "the quick"));
  }],
  "contact-form": ["contact form with validation", (h) => h.all("input[type=email]").length + h.all("input").filter((el) => /mail/.test(h.about(el))).length > 0 && h.all("textarea").length > 0 && h.button(/send|submit|contact/) !== undefined
    && (h.all("[required], [pattern], [minlength]").length > 0 || h.changes(() => h.press(/send|submit|contact/)))],
  "login-form": ["login form with a button that shows the password", (h) => {
    const secret = h.all("input[type=password]")[0];
    const toggle = h.button(/show|hide|👁|eye|toggle/u) ?? h.all("input[type=checkbox]")[0] ?? h.all("[class*=eye], [class*=toggle], [class*=show], [id*=toggle], [id*=show]")[0];
    return secret !== undefined && h.button(/log ?in|sign ?in/) !== undefined && toggle !== undefined && h.click(toggle) && h.until(() => secret.type === "text" || h.all("input[type=text]").some((el) => /pass/.test(h.about(el))));
  }],
  "faq": ["FAQ page for a bike shop, answers open on a click", async (h) => {
    const questions = h.all("button, summary, dt, h2, h3, h4, [class*=question], [onclick], label").filter((el) => h.label(el).includes("?"));
    return questions.length >= 3 && h.changes(() => h.click(questions[0]));
  }],
  "habits": ["habit tracker for the week, teal", async (h) => h.coloured(160, 200) && (h.all("input[type=checkbox]").length > 0 || h.count(/\b(mon|tue|wed|thu|fri|sat|sun)/g) >= 5 || h.cells((n) => n >= 7).length > 0 || h.field(/habit/) !== undefined) && h.adds()],
  "poll": ["poll about the favourite season that shows percentages", async (h) => {
    if (!h.has(/summer/, /winter/)) return false;
    const before = h.words();
    h.pressExactly("summer") || h.click(h.all("input[type=radio], label, button, li")[0] ?? document.body);
    h.press(/vote|submit/);
    return h.until(() => /\d\s*%/.test(h.words()) && h.words() !== before);
  }],
  "shop": ["small shop for plants with a cart", (h) => h.buttons(/add|buy|cart/).length >= 3 && h.has(/[$€£]\s?\d|\d\s?[$€£]/) && h.changes(() => h.press(/add|buy/)) && h.until(() => /(^|\D)1(\D|$)/.test(h.words()))],
  "chat": ["a chat screen where I can send messages", (h) => h.adds()],
  "counter": ["just a counter with plus and minus and a reset", async (h) => {
    const shows = (n) => h.until(() => h.leaves().some((el) => (el.innerText ?? el.value)?.trim() === n || /\b(count|counter|value)\b.*:\s*\S+$/i.test(el.innerText ?? "") && el.innerText.trim().endsWith(n)), 300);
    const plus = () => h.pressExactly("+", "＋", "➕") || h.press(/plus|increas|increment|\+|add/);
    return (await shows("0")) && plus() && (await shows("1")) && plus() && (await shows("2")) && (h.pressExactly("-", "−", "–", "➖") || h.press(/minus|decreas|decrement|subtract|[-−]/)) && shows("1");
  }],
  "recipes": ["recipe page for pancakes with ingredients and steps", (h) => h.all("li").length >= 5 && h.has(/pancake/, /ingredient/, /step|instruction|method|direction|preparation/, /flour/, /egg/)],
};

const design = {
  "landing-page": ["design a landing page for a coffee shop called Bean There", (h) => h.all("h1, h2").some((el) => /bean there/i.test(el.innerText)) && h.all("section, header, footer, article, main > div, body > div").length >= 3 && h.buttons().length >= 1 && h.words().length > 250],
  "portfolio": ["design a portfolio for the photographer Mia Wong, only the look", (h) => h.all("h1, h2").some((el) => /mia wong/i.test(el.innerText)) && h.has(/about/, /work|portfolio|galler|project/, /contact/) && h.all("section, figure, article, img, [class*=item], [class*=card]").length >= 4],
  "pricing": ["mock up a pricing page with three plans", (h) => h.count(/[$€£]\s?\d+|\bfree\b/g) >= 3 && h.buttons().length >= 3],
  "dashboard": ["design a sales dashboard with a chart, in purple", (h) => h.coloured(250, 310) && h.all("canvas, svg, [class*=chart], [class*=bar]").length > 0 && h.count(/\d[\d.,]*/g) >= 3],
};

const edit = {
  "red-buttons": ["calculator", "make the buttons red", async (h) => h.buttons().length >= 16 && h.buttons().every((el) => h.red(h.background(el))) && h.calculates()],
  "history-panel": ["calculator", "add a history panel", (h) => h.keepsHistory()],
  "dark-switch": ["todo", "add a switch for dark mode", async (h) => !h.dark() && (await h.adds()) && h.switches()],
  "delete-button": ["todo", "every item needs a delete button", async (h) => (await h.adds()) && h.deletes()],
  "new-title": ["todo", "call it Zebra Tasks instead", async (h) => h.all("h1").some((el) => el.innerText.trim() === "Zebra Tasks") && h.adds("milk")],
};

const fix = {
  "crash": ["broken-calculator", "it crashes on load: Cannot read properties of null (reading 'addEventListener'). fix it", (h) => h.calculates()],
  "dead-button": ["broken-todo", "the add button does nothing, please repair it", (h) => {
    return h.set(h.fields()[0], "zebra") && h.press(/add/) && h.until(() => h.words().includes("zebra"));
  }],
  "wrong-way": ["broken-counter", "plus counts down and minus counts up", async (h) => {
    const shows = (n) => h.until(() => h.leaves().some((el) => el.innerText.trim() === n), 300);
    return (await shows("0")) && h.pressExactly("+") && (await shows("1")) && h.pressExactly("-") && shows("0");
  }],
};

/** Checks that a reply, without its code, matches a pattern and is longer than the prompt. */
const says = (pattern) => (reply, prompt) => {
  const words = reply.replace(/^(```|~~~).*?(^\1|(?![^]))/gms, "").replace(/<[^>]*>/g, "").trim();
  return words.length >= 40 && words.length > 2 * prompt.length && pattern.test(words);
};

const explain = {
  "why": ["broken-calculator", "why does it crash on load?", says(/null|id\b|element|equal|find|exist/i)],
  "how": ["calculator", "explain how this code works", says(/button|click|display|calculat|eval/i)],
};

export const prompts = [
  ...Object.entries({ create, design }).flatMap(([verb, all]) => Object.entries(all).map(([name, [prompt, check]]) => ({ verb, name, prompt, check }))),
  ...Object.entries({ edit, fix, explain }).flatMap(([verb, all]) => Object.entries(all).map(([name, [on, prompt, check]]) => ({ verb, name, on, prompt, check }))),
];

// Follow-ups that templates are asked for, each after a prompt of its own.
const change = {
  "light-green": ["create calculator with dark mode", "make it light with a green accent", async (h) => !h.dark() && h.coloured(80, 170) && h.calculates()],
  "dark": ["create a calculator", "switch it to dark mode", async (h) => h.dark() && h.calculates()],
  "name": ["create a calculator", 'rename it to "Abacus"', (h) => h.has(/abacus/)],
  "no-history": ["create a calculator with a history", "remove the history", async (h) => !h.has(/history/) && h.calculates()],
  "copy": ["create a calculator", "add a copy button", (h) => h.button(/copy/) !== undefined],
  "spanish": ["create a calculator", "in Spanish, please", (h) => h.has(/historial/)],
  "larger": ["create a calculator", "bigger buttons please", (h) => h.button(/^7$/).getBoundingClientRect().height > 50],
  "todo-priorities": ["create a todo list", "add priorities", async (h) => (await h.adds()) && h.has(/prio/)],
  "todo-search": ["a to-do list", "add a search box", (h) => h.fields().some(h.isSearch)],
  "todo-purple": ["create a todo app", "use a purple accent", (h) => h.coloured(250, 300)],
  "todo-german-dark": ["erstelle eine To-do-Liste", "mach sie dunkel", (h) => h.dark()],
  "stopwatch-instead": ["a countdown timer", "now a stopwatch instead", async (h) => h.has(/stopwatch/) && h.runs()],
  "timer-no-sound": ["kitchen timer with sound", "no sound, please", (h) => h.button(/sound/) === undefined],
  "kanban-search": ["kanban board without search", "add a search", (h) => h.fields().some(h.isSearch)],
  "quiz-dark": ["quiz about capital cities", "give it a dark theme", (h) => h.dark()],
  "expenses-export": ["expense tracker", "add an export", (h) => h.button(/export/) !== undefined],
  "notes-search": ["notes app without search", "add search", (h) => h.fields().some(h.isSearch)],
  "landing-orange": ["landing page for a bakery called Crumb", "use an orange accent colour", (h) => h.has(/crumb/) && h.coloured(10, 45)],
  "snake-dark": ["snake game", "dark mode", (h) => h.dark()],
  "converter-french": ["unit converter", "make it French", (h) => h.has(/longueur|unité|convert/)],
};

/** The prompts that templates are asked for: new apps, and changes of them. */
export const forTemplates = [
  ...prompts.filter((p) => p.verb === "create"),
  ...Object.entries(change).map(([name, [after, prompt, check]]) => ({ verb: "change", name, after, prompt, check })),
];
