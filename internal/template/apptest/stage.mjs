// Where apps are shown: a page around them, as a web app has it, in a browser that
// reaches nothing but that page. Each Stage has one page and shows one app at a time.

import { readFile } from "node:fs/promises";

const HOST = "https://host.test";
const PREVIEW = "https://preview.test"; // of another site, as client/preview.js wants it
const console = new URL("../../console/", import.meta.url);
const { hosting } = JSON.parse(await readFile(new URL("../../../firebase.json", import.meta.url), "utf8"));

const around = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>host</title>
<link rel="icon" href="data:,">
<style>html, body, #place, iframe { display: block; width: 100%; height: 100%; margin: 0; border: 0; overflow: hidden }</style>
<div id="place"></div>
</html>`;

/** When it is in the apps: a Saturday. */
export const NOW = new Date("2026-03-14T10:00:00");

export class Stage {
  /** What went wrong since the app was shown: errors, and what it asked the network for. */
  faults = [];

  /**
   * Opens a stage. With `clock`, time stands still but for `tick`.
   *
   * @param {{clock?: boolean, seed?: number} & import("playwright-core").BrowserContextOptions} options
   */
  static async open(browser, { clock = false, seed = 1, ...options } = {}) {
    const stage = new Stage();
    stage.clock = clock;
    stage.context = await browser.newContext(options);
    await stage.context.addInitScript(prepare, seed);
    await stage.context.route("**/*", (route) => stage.#answer(route));
    stage.page = await stage.context.newPage();
    stage.page.setDefaultTimeout(10_000);
    stage.page.on("pageerror", (error) => stage.faults.push(`the page has an error: ${error?.stack?.split("\n").slice(0, 2).join(" ") ?? error}`));
    stage.page.on("console", (message) => message.type() === "error" && stage.faults.push(`the console has an error: ${message.text()}`));
    await stage.page.goto(`${HOST}/`);
    return stage;
  }

  async close() {
    await Promise.race([this.context.close(), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]); // a page that hangs does not close
  }

  /** Shows a document in a sandboxed frame, in place of the one before, and returns the frame. */
  async show(code) {
    const element = await this.page.evaluateHandle((code) => new Promise((shown) => {
      const frame = document.createElement("iframe");
      frame.setAttribute("sandbox", "allow-scripts");
      frame.srcdoc = code;
      frame.addEventListener("load", () => shown(frame), { once: true });
      document.querySelector("#place").replaceChildren(frame);
      frame.focus();
    }), code);
    const frame = await element.contentFrame();
    await painted(frame);
    return frame;
  }

  /** Shows a document in a preview that keeps what it stores under a name, and returns its frame. */
  async preview(code, storage) {
    if (this.clock) await this.page.clock.resume(); // it measures time until it has loaded
    await this.page.evaluate(async ([code, options]) => {
      const { openPreview } = await import("/client/preview.js");
      globalThis.preview?.close();
      globalThis.ready = false;
      globalThis.preview = openPreview(document.querySelector("#place"), { code, ...options, onReady: () => (globalThis.ready = true) });
    }, [code, { previewOrigin: PREVIEW, storage, frozenAfter: 1e9 }]);
    for (const deadline = Date.now() + 10_000; !await this.page.evaluate(() => globalThis.ready);) {
      if (Date.now() > deadline) throw new Error("the preview has not loaded the app within 10 seconds");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (this.clock) await this.page.clock.pauseAt(10_000 * Math.ceil((await this.page.evaluate(() => Date.now()) + 1_000) / 10_000));
    const fence = await (await this.page.$('iframe[title="Preview"]')).contentFrame();
    const element = await fence.$('iframe[title="App"]');
    const frame = await element.contentFrame();
    await element.focus();
    await painted(frame);
    return frame;
  }

  /** Lets so many milliseconds pass in all pages. */
  async tick(ms) {
    if (this.clock) await this.page.clock.runFor(ms);
    else await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** The faults until now. */
  heard() {
    return this.faults.splice(0);
  }

  /** Begins anew: what was heard is forgotten, and it is NOW. */
  async begin() {
    this.faults.length = 0;
    if (!this.clock) return;
    await this.page.clock.install({ time: NOW.getTime() - 1_000 });
    await this.page.clock.pauseAt(NOW);
  }

  async #answer(route) {
    const url = new URL(route.request().url());
    if (url.href === `${HOST}/`) return route.fulfill({ contentType: "text/html", body: around });
    if (url.pathname === "/favicon.ico") return route.abort();
    const file = url.origin === HOST && url.pathname.startsWith("/client/") ? url.pathname.slice(1)
      : url.origin === PREVIEW && url.pathname === "/preview.html" ? "page/preview.html" : null;
    if (file === null) {
      this.faults.push(`the app asks the network for ${url.href}`);
      return route.abort();
    }
    await route.fulfill({
      contentType: file.endsWith(".js") ? "text/javascript" : "text/html",
      headers: url.origin === PREVIEW ? headers(url.pathname) : {},
      body: await readFile(new URL(file, console)),
    });
  }
}

/** The headers of a page on Firebase Hosting, with this host among those that may be around it. */
function headers(path) {
  const rules = hosting.headers.filter(({ source }) => source === "**" || source === path).flatMap(({ headers }) => headers);
  return Object.fromEntries(rules.map(({ key, value }) => [key, value.replace("frame-ancestors", `frame-ancestors ${HOST}`)]));
}

/** Runs in each frame before its scripts, and before the clock is set. */
function prepare(seed) {
  Math.random = () => { // mulberry32
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const next = requestAnimationFrame.bind(globalThis);
  Object.defineProperty(globalThis, Symbol.for("painted"), { value: () => new Promise((done) => next(() => next(done))) });
}

/** Waits until a frame is drawn: before that no click reaches it. */
const painted = (frame) => frame.evaluate(() => globalThis[Symbol.for("painted")]());
