// A person at an app: what check.mjs can do with it. README.md tells of each.

const PATIENCE = 5_000; // ms until something has to be seen
const PAUSE = 20; // ms that go by after each thing that is done

/** The roles of what is pressed. */
const pressed = ["button", "link", "tab", "checkbox", "radio", "switch", "option", "menuitem", "menuitemcheckbox", "menuitemradio", "gridcell", "treeitem"];
const fields = "input, textarea, select, [contenteditable], [role=slider], [role=spinbutton], [role=combobox]";
const readable = `${fields}, output, meter, progress`;

export class App {
  /**
   * @param {import("./stage.mjs").Stage} stage
   * @param {{code: string, language: string, texts: Record<string, Record<string, string>>, stored: boolean}} shown
   */
  constructor(stage, { code, language, texts, stored }) {
    this.language = language;
    this.frame = null; // once it is open
    this.page = stage.page;
    this.#stage = stage;
    this.#open = () => (stored ? stage.preview(code, "app") : stage.show(code));
    this.#texts = texts;
  }

  #stage;
  #open;
  #texts;
  #owed = 0; // ms that have still to go by: that is done in one go, before the app is looked at

  async open() {
    this.frame = await this.#open();
  }

  async reload() {
    await this.advance(0.5); // until a host has been told what is stored
    await this.open();
  }

  text(key, values = {}) {
    const text = this.#texts[key]?.[this.language];
    if (text === undefined) throw new Error(`text: app.json and base/texts.json have no ${JSON.stringify(key)} in ${this.language}`);
    const [one, other = one] = "n" in values ? text.split("|") : [text];
    const few = ["fr", "pt"].includes(this.language) ? values.n < 2 : values.n === 1;
    return (few ? one : other).replace(/\{(\w+)\}/g, (gap, name) => (name in values ? values[name] : gap));
  }

  async press(name) {
    const button = this.frame.getByRole("button", { name, exact: true }); // most are one, and it is found faster
    const { point } = await button.evaluateAll(reach);
    const { x, y } = point ?? await this.#place(this.#control(name), `press ${shown(name)}`);
    await this.page.mouse.click(x, y);
    this.#owed += PAUSE;
  }

  async fill(label, value) {
    await this.#act(`fill ${shown(label)}`, this.#field(label), (field) => field.fill(String(value)));
  }

  async choose(label, option) {
    await this.#act(`choose ${shown(label)}`, this.#field(label), (field) => field.selectOption({ label: option }));
  }

  async key(name) {
    await this.page.keyboard.press(name);
    this.#owed += PAUSE;
  }

  async focus(name) {
    await this.#act(`focus ${shown(name)}`, this.#control(name).or(this.#field(name)), (control) => control.focus());
  }

  async drag(from, to) {
    const what = `drag ${shown(from)} to ${shown(to)}`;
    const end = await this.#place(this.#anything(to), what);
    const start = await this.#place(this.#anything(from), what);
    const { mouse } = this.page;
    await mouse.move(start.x, start.y);
    await mouse.down();
    for (const part of [0.1, 0.5, 0.9, 1]) await mouse.move(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part);
    await mouse.up();
    this.#owed += PAUSE;
  }

  async sees(text) {
    await this.#until(async () => {
      const seen = await this.#seen();
      if (!holds(seen, text)) throw new Error(`sees ${shown(text)}: the page shows ${shown(seen)}`);
    });
  }

  async hides(text) {
    await this.#until(async () => {
      const seen = await this.#seen();
      if (holds(seen, text)) throw new Error(`hides ${shown(text)}: the page shows ${shown(seen)}`);
    });
  }

  async value(label) {
    await this.#pay();
    return this.#act(`value of ${shown(label)}`, this.#labelled(label, readable), (field) => field.evaluate((e) => (["checkbox", "radio"].includes(e.type) ? e.checked : e.value ?? e.textContent)));
  }

  async count(selector) {
    await this.#pay();
    return this.frame.evaluate((selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).length, selector);
  }

  /** Counts from now on the tones that are played. */
  async listen() {
    await this.frame.evaluate(() => {
      globalThis.tones = 0;
      const { start } = AudioScheduledSourceNode.prototype;
      AudioScheduledSourceNode.prototype.start = function (...when) {
        globalThis.tones++;
        start.apply(this, when);
      };
    });
  }

  async tones() {
    return this.frame.evaluate(() => globalThis.tones);
  }

  async advance(seconds) {
    await this.#pay();
    await this.#stage.tick(seconds * 1000);
  }

  #control(name) {
    const named = pressed.map((role) => this.frame.getByRole(role, { name, exact: true }));
    const summary = this.frame.locator("summary").filter({ hasText: typeof name === "string" ? whole(name) : name });
    return [...named, summary].reduce((a, b) => a.or(b));
  }

  #field(label) {
    return this.#labelled(label, fields);
  }

  #labelled(label, selector) {
    const named = ["textbox", "searchbox", "spinbutton", "combobox", "slider", "listbox"].map((role) => this.frame.getByRole(role, { name: label, exact: true }));
    return named.reduce((a, b) => a.or(b), this.frame.getByLabel(label, { exact: true }).and(this.frame.locator(selector)));
  }

  #anything(target) {
    if (typeof target !== "string" && !(target instanceof RegExp)) return target;
    return this.#control(target).or(this.frame.getByLabel(target, { exact: true })).or(this.frame.getByText(target, { exact: true }));
  }

  /** Does something with the first of the elements that is there to be used. */
  async #act(what, locator, act) {
    try {
      const value = await act(locator.filter({ visible: true }).first());
      this.#owed += PAUSE;
      return value;
    } catch (error) {
      const why = await locator.count() === 0 ? "there is none" : error.message.split("\n")[0];
      throw new Error(`${what}: ${why}; the page shows ${shown(await this.#seen())}`);
    }
  }

  /** Waits for the middle of the first element that a mouse can reach. */
  #place(locator, what) {
    return this.#until(async () => {
      const { point, why } = await locator.evaluateAll(reach);
      if (!point) throw new Error(`${what}: ${why}; the page shows ${shown(await this.#seen())}`);
      return point;
    });
  }

  async #seen() {
    await this.#pay();
    return this.frame.evaluate(() => {
      const value = (e) => (e.localName === "select" ? [...e.selectedOptions].map((o) => o.text).join(" ") : e.value);
      const fields = [...document.querySelectorAll("input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select")].filter((e) => e.checkVisibility());
      return [document.body.innerText, ...fields.map(value)].join("\n").replace(/\s+/g, " ");
    });
  }

  /** Tries until it does not throw, while time goes by in the app. */
  async #until(tried) {
    for (let [passed, began] = [0, Date.now()]; ; passed += 50) {
      try {
        return await tried();
      } catch (error) {
        if (passed >= PATIENCE && Date.now() - began >= PATIENCE) throw error;
        await this.#pay();
        await this.#stage.tick(50);
      }
    }
  }

  async #pay() {
    if (this.#owed > 0) await this.#stage.tick(this.#owed);
    this.#owed = 0;
  }
}

/** Where a mouse reaches the first of some elements, or one of its labels. */
function reach(elements) {
  let why = "there is none";
  for (const element of elements) {
    if (element.matches(":disabled, [aria-disabled=true]")) {
      why = "it is disabled";
      continue;
    }
    for (const target of [element, ...(element.labels ?? [])]) {
      target.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
      const { left, top, width, height } = target.getBoundingClientRect();
      const point = { x: left + width / 2, y: top + height / 2 };
      const hit = document.elementFromPoint(point.x, point.y);
      if (hit && (target.contains(hit) || hit.closest("label")?.control === element)) return { point };
      why = hit ? `${hit.outerHTML.slice(0, 120)} is in front of it` : "it is outside of the page";
    }
  }
  return { why };
}

const holds = (seen, text) => (text instanceof RegExp ? text.test(seen) : seen.includes(String(text).replace(/\s+/g, " ")));
const whole = (name) => new RegExp(`^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);

/** A text, a RegExp or what the page shows, for people. */
function shown(text) {
  if (typeof text !== "string") return `${text}`;
  return JSON.stringify(text.length > 600 ? `${text.slice(0, 600)} …` : text);
}
