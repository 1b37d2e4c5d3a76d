// @playwright/test as the specs of a bench get it: their page is the app, in the sandbox
// in which users see it. What Playwright does with a page is done in the app's frame; keys,
// mouse, dialogs and requests are those of the page around it.

const { readFile } = require("node:fs/promises");
const { test: base, expect } = require("@playwright/test");

const test = base.extend({
  page: async ({ page }, use) => {
    await use(await inSandbox(page, await readFile(process.env.EVAL_DOCUMENT, "utf8")));
  },
});

async function inSandbox(page, code) {
  const { address, closeOff, frameOf } = await import("../sandbox.mjs");
  await closeOff(page.context(), "");
  await page.context().route(`${address}kept`, answerStorage());
  await page.addInitScript(keepStorage, `${address}kept`);
  await page.goto(address);
  const [around, frame] = [page.mainFrame(), frameOf(page)];

  const open = () => Promise.all([
    frame.waitForNavigation(),
    around.evaluate((srcdoc) => Object.assign(document.querySelector("iframe"), { srcdoc }).focus(), code),
  ]);
  // The app's other pages are reached as people reach them, by a link.
  const follow = async (href) => {
    await frame.evaluate((href) => {
      const link = document.body.appendChild(Object.assign(document.createElement("a"), { href }));
      link.click();
      link.remove();
    }, href);
    await frame.waitForLoadState();
  };
  const step = (n) => frame.evaluate((n) => history.go(n), n).then(() => null);
  const own = {
    goto: async (url) => {
      const path = url.replace(/^https?:\/\/[^/]+/, "");
      await open();
      if (!/^(\.?\/)?(index\.html)?$/.test(path)) await follow(path.replace(/^\/?(?=[?#]|index\.html[?#])(index\.html)?/, ""));
      return null;
    },
    reload: () => open().then(() => null),
    goBack: () => step(-1),
    goForward: () => step(1),
    mainFrame: () => frame,
  };
  const ofFrame = new Set(Object.getOwnPropertyNames(Object.getPrototypeOf(frame)).filter((name) => !/^(constructor|_.*)$/.test(name)));
  return new Proxy(page, {
    get(_, name) {
      if (Object.hasOwn(own, name)) return own[name];
      const from = ofFrame.has(name) && name in page ? frame : page;
      const value = from[name];
      return typeof value === "function" && name !== "constructor" ? value.bind(from) : value;
    },
  });
}

/**
 * Keeps what the app stores over a reload, as the preview of the browser library does, by
 * the hook of the document's prelude. It runs in each frame before the document's scripts,
 * and asks at an address that the page's context answers.
 */
function keepStorage(kept) {
  if (self === top || parent !== top) return;
  const ask = (body) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", kept, false); // not later: the app's scripts are next
    request.send(body);
    return request.responseText;
  };
  const change = (...what) => void ask(JSON.stringify(what));
  Object.defineProperty(self, "dreambuildPreview", { configurable: true, value: { modals: true, storage: JSON.parse(ask()), change } });
}

/** Answers keepStorage. A value of null was removed; a key of null: all of an area. */
function answerStorage(kept = {}) {
  return (route) => {
    const body = route.request().postData();
    if (body) {
      const [area, key, value] = JSON.parse(body);
      if (key === null) kept[area] = {};
      else if (value === null) delete kept[area]?.[key];
      else (kept[area] ??= {})[key] = value;
    }
    return route.fulfill({ headers: { "Access-Control-Allow-Origin": "*" }, json: kept });
  };
}

module.exports = { ...require("@playwright/test"), test, expect };
