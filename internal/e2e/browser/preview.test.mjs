// Previews of the browser library, and the console's place for an app: what they show,
// tell and keep.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { launch } from "../e2etest/chromium.mjs";
import { profile } from "./browser.mjs";
import { app, html, openHost, openPreview, previewOrigin, ready, told } from "./previewsites.mjs";

test("an app runs on another site, in a process of its own, with an origin that is nobody's", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html("globalThis.began = true", "<h1>Hello</h1>"));
  assert.equal(await inner.locator("h1").textContent(), "Hello");
  assert.deepEqual(await inner.evaluate(() => [location.href, self.origin, document.compatMode, globalThis.began]), [`${previewOrigin}/preview.html`, "null", "CSS1Compat", true]);
  assert.deepEqual(await page.evaluate(() => globalThis.heard), { errors: [], lines: [], ready: [{ isolated: true }], picked: [] });
  const frame = await (await (await page.$("iframe")).contentFrame()).$("iframe");
  assert.equal(await frame.getAttribute("sandbox"), "allow-scripts allow-forms allow-downloads");
});

test("errors are told: thrown, rejected, and what did not load", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html(`
    Promise.reject(new RangeError("too far"));
    Promise.reject({ code: 7 });
    fetch("https://far.example/data.json").catch(() => {});
    setTimeout(() => { function work() { missing.call(); } work(); });
  `, '<img src="logo.png"><script src="https://cdn.example/lib.js"></script>'));
  const { errors } = await told(page, (heard) => heard.errors.length >= 6);
  const said = errors.map(({ kind, message }) => `${kind}: ${message}`).sort();
  assert.deepEqual([...new Set(said)], [
    "error: ReferenceError: missing is not defined",
    "load: It could not load https://cdn.example/lib.js",
    "load: It could not load https://far.example/data.json",
    "load: It could not load logo.png",
    "rejection: RangeError: too far",
    "rejection: {code: 7}",
  ]);
  assert.match(errors.find(({ message }) => message.startsWith("ReferenceError")).stack, /at work /);
});

test("what did not load is named as the app has it; a picture of the project is not missing", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html(`
    for (const src of ["img/logo.svg?v=2", "part/my%20own.svg", "img/no.svg"]) document.body.append(Object.assign(new Image(), { src }));
  `, '<svg><image href="sky.png"/></svg>'), { files: [{ path: "img/logo.svg", content: "<svg/>" }, { path: "pages/part/my own.svg", content: "<svg/>" }] });
  const { errors } = await told(page, (heard) => heard.errors.length >= 2);
  assert.deepEqual(errors.map(({ message }) => message.replace("It could not load ", "")).sort(), ["img/no.svg", "sky.png"]);
});

const math = "type Row = { n: number };\n\nexport function total(rows: Row[]): number {\n  return rows.length;\n}\n";

/** A script that throws, of two files. */
async function bundled(options) {
  const { outputFiles } = await build({
    stdin: { contents: "import { total } from 'set:math.ts';\nsetTimeout(() => total(null));\n", sourcefile: "main.tsx", loader: "tsx" },
    plugins: [{
      name: "set",
      setup(b) {
        b.onResolve({ filter: /^set:/ }, ({ path }) => ({ path: path.slice(4), namespace: "set" }));
        b.onLoad({ filter: /.*/, namespace: "set" }, () => ({ contents: math, loader: "ts" }));
      },
    }],
    bundle: true, write: false, format: "esm", ...options,
  });
  return outputFiles[0].text;
}

test("errors in a bundle without a map name the module's file, and the line that is most like theirs", async (t) => {
  const page = await openHost(t);
  const code = `<!DOCTYPE html>\n<html><body><script type="module">\n${await bundled({})}</script></body></html>`;
  await openPreview(page, code, { files: [{ path: "math.ts", content: math }] });
  let { errors: [{ path, line, stack }] } = await told(page, (heard) => heard.errors.length > 0);
  assert.deepEqual([path, line], ["math.ts", 4]);
  assert.match(stack, /at total \(math\.ts:4\)/);
  // Where the files are not known, the file alone.
  await page.evaluate((code) => globalThis.preview.update(code, { files: [] }), code);
  ({ errors: { 1: { path, line } } } = await told(page, (heard) => heard.errors.length > 1));
  assert.deepEqual([path, line], ["math.ts", undefined]);
});

test("errors name the file and the line that the document tells", async (t) => {
  const page = await openHost(t);
  const bundle = await bundled({ sourcemap: "inline", sourcesContent: false, minify: true });
  const index = `<!DOCTYPE html>
<html><body>
<script src="js/app.js"></script>
<button id="b" onclick="add()">x</button>
<script type="application/json">{"no": "script"}</script>
<script>
  // "<script>" is a word here
  setTimeout(() => own.thing, 20);
</script>
<script>setTimeout(() => b.click(), 50)</script>
</body></html>`;
  const script = "\nfunction add() {\n  return later.value; // <!--\n}\n";
  const code = index.replace('<script src="js/app.js"></script>', `<script>\n${script.replace("<!--", "\\x3C!--")}</script><style>\n\n</style>`)
    .replace("</body>", `<script>
let thrice = 1
let thrice = 2
//# sourceURL=js/wrong.js
</script>
<script type="module">
${bundle}</script>
<script defer src="data:text/javascript,%0Adeferred()%0A//%23 sourceURL=js/deferred.js"></script>
</body>`);
  await openPreview(page, code, { files: [{ path: "index.html", content: index }, { path: "js/app.js", content: script }] });
  const { errors } = await told(page, (heard) => heard.errors.length >= 5);
  assert.deepEqual(errors.map(({ message, path, line }) => `${path}:${line} ${message}`).sort(), [
    "index.html:8 ReferenceError: own is not defined",
    "js/app.js:3 ReferenceError: later is not defined",
    "js/deferred.js:2 ReferenceError: deferred is not defined",
    "js/wrong.js:2 SyntaxError: Identifier 'thrice' has already been declared",
    "math.ts:4 TypeError: Cannot read properties of null (reading 'length')",
  ]);
  const { stack } = errors.find(({ path }) => path === "js/app.js");
  assert.match(stack, /^ReferenceError: later is not defined\n    at add \(js\/app\.js:3\)\n/);
  assert.match(stack, /\(?index\.html:10\)?$/);
});

test("the console is told, with values as a person reads them", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html(`
    console.log("%cbig%s", "font-size: 2em", "!", 3);
    console.info({ a: [1, "two", null, undefined], f: function greet() {} });
    const loop = { name: "loop" }; loop.self = loop; console.warn(loop);
    console.error(new TypeError("no"), document.createElement("hr"));
    console.debug({ get bad() { throw new Error("bad"); } });
    console.log("x".repeat(1e6));
    console.log("last");
  `));
  const { lines } = await told(page, (heard) => heard.lines.some(({ text }) => text === "last"));
  assert.deepEqual(lines.slice(0, 3), [
    { level: "log", text: "big! 3" },
    { level: "info", text: '{a: [1, "two", null, undefined], f: function greet}' },
    { level: "warn", text: '{name: "loop", self: {name: "loop", self: {name: "loop", self: {name: "loop", self: {…}}}}}' },
  ]);
  assert.match(lines[3].text, /^TypeError: no\n.* <hr>$/s);
  assert.deepEqual(lines.slice(4).map(({ text }) => text.length), [4_000, 4]);
});

// The prelude that the backend puts into documents makes a storage of this.
const storing = html(`
  const { storage, change } = window.dreambuildPreview;
  globalThis.had = storage;
  globalThis.change = change;
  delete window.dreambuildPreview;
`);

test("what an app stores survives reloads, updates and the page, for each project by itself", async (t) => {
  const context = await profile(t);
  let page = await openHost(t, context);
  let inner = await openPreview(page, storing, { storage: "p1" });
  assert.deepEqual(await inner.evaluate(() => globalThis.had), { local: {}, session: {}, cookie: {} });
  await inner.evaluate(() => {
    globalThis.change("local", "theme", "dark");
    globalThis.change("local", "__proto__", "x");
    globalThis.change("session", "tab", "1");
    globalThis.change("local", "gone", "1");
    globalThis.change("local", "gone", null);
    globalThis.change("other", "a", "1");
  });
  await inner.evaluate(() => void setTimeout(() => location.reload())); // before the bridge has told it
  inner = await ready(page, 2);
  const had = (frame) => frame.evaluate(() => Object.fromEntries(Object.entries(globalThis.had).map(([area, items]) => [area, Object.entries(items)])));
  assert.deepEqual(await had(inner), { local: [["theme", "dark"], ["__proto__", "x"]], session: [["tab", "1"]], cookie: [] });
  await inner.evaluate(() => {
    globalThis.change("local", "n", "1");
    globalThis.change("local", null, null);
    globalThis.change("local", "n", "2");
  });
  await page.evaluate(() => globalThis.preview.reload());
  await ready(page, 3);
  await page.evaluate((code) => globalThis.preview.update(code), storing);
  assert.deepEqual(await had(await ready(page, 4)), { local: [["n", "2"]], session: [["tab", "1"]], cookie: [] });
  await page.close({ runBeforeUnload: true });

  page = await openHost(t, context);
  assert.deepEqual(await had(await openPreview(page, storing, { storage: "p1" })), { local: [["n", "2"]], session: [], cookie: [] });
  page = await openHost(t, context);
  assert.deepEqual(await had(await openPreview(page, storing, { storage: "p2" })), { local: [], session: [], cookie: [] });
});

test("two tabs of one project keep what the other one has stored", async (t) => {
  const context = await profile(t);
  const [one, other] = [await openHost(t, context), await openHost(t, context)];
  const store = async (page, key, value) => (await app(page)).evaluate(([key, value]) => globalThis.change("local", key, value), [key, value]);
  await openPreview(one, storing, { storage: "p" });
  await store(one, "old", "1");
  await one.evaluate(() => globalThis.preview.reload());
  await ready(one, 2);
  await one.evaluate(() => globalThis.preview.close()); // it is written
  await openPreview(one, storing, { storage: "p" });
  await openPreview(other, storing, { storage: "p" });
  await store(one, "first", "1");
  await store(other, "second", "2");
  await store(other, "old", null);
  for (const [page, n] of [[one, 2], [other, 2]]) {
    await page.evaluate(() => globalThis.preview.reload());
    await ready(page, n); // the changes are here
    await page.evaluate(() => globalThis.preview.close());
  }
  const later = await openHost(t, context);
  const inner = await openPreview(later, storing, { storage: "p" });
  assert.deepEqual(await inner.evaluate(() => globalThis.had.local), { first: "1", second: "2" });
});

test("each area has its own room", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, storing, { storage: "areas" });
  await inner.evaluate(() => {
    for (const area of ["local", "session", "cookie"]) globalThis.change(area, "k", "x".repeat(4e6));
  });
  await inner.evaluate(() => void setTimeout(() => location.reload()));
  const had = await (await ready(page, 2)).evaluate(() => Object.values(globalThis.had).map(({ k }) => k?.length));
  assert.deepEqual(had, [4e6, 4e6, 4e6]);
});

test("what an app stores is bounded", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, storing, { storage: "large" });
  await inner.evaluate(() => {
    for (let i = 0; i < 8; i++) globalThis.change("local", `k${i}`, "x".repeat(1 << 20));
  });
  await inner.evaluate(() => void setTimeout(() => location.reload()));
  const kept = await (await ready(page, 2)).evaluate(() => Object.keys(globalThis.had.local));
  assert.deepEqual(kept, ["k0", "k1", "k2", "k3"]);
});

test("an update does not flash: the app before is seen until the new one has loaded", async (t) => {
  const context = await profile(t);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let asked;
  const asking = new Promise((resolve) => (asked = resolve));
  await context.route("https://cdn.example/slow.js", async (route) => {
    asked();
    await held;
    return route.fulfill({ contentType: "text/javascript", headers: { "Access-Control-Allow-Origin": "*" }, body: "" });
  });
  const page = await openHost(t, context);
  await openPreview(page, html("", "<style>body { background: rgb(0, 128, 0) }</style><h1>first</h1>"));
  // What a person sees in the middle of the preview.
  const seen = async () => {
    const fence = await (await page.$("iframe")).contentFrame();
    const front = await fence.evaluateHandle(() => document.elementFromPoint(50, 50));
    return (await front.asElement().contentFrame()).locator("h1").textContent();
  };
  await page.evaluate(([code, network]) => globalThis.preview.update(code, { network }), [html("", '<h1>second</h1><script src="https://cdn.example/slow.js"></script>'), ["https://cdn.example"]]);
  await asking;
  assert.equal(await seen(), "first");
  release();
  await ready(page, 2);
  assert.equal(await seen(), "second");
  assert.equal(await page.frameLocator("iframe").locator("iframe").count(), 1);
});

test("a picked element: hovered, clicked, and the app does not see it", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(`
    globalThis.clicks = 0;
    addEventListener("click", () => clicks++, true);
    addEventListener("mousedown", () => clicks++, true);
  `, `<main id="m"><p>one</p><p class="x">two <b>bold</b></p></main><p id="m2">${"long ".repeat(4000)}</p>`));
  const pick = () => page.evaluate(() => void (globalThis.picked = globalThis.preview.pick()));
  await pick();
  await inner.locator("b").hover();
  await inner.locator("dreambuild-outline").waitFor({ state: "attached" });
  const [outline, bold] = await Promise.all([inner.locator("dreambuild-outline").boundingBox(), inner.locator("b").boundingBox()]);
  assert.deepEqual(outline, bold);
  await inner.evaluate(() => document.querySelector("p").click()); // the app clicks by itself
  await inner.locator("b").click();
  const want = { selector: "#m > p:nth-of-type(2) > b", text: "bold", html: "<b>bold</b>" };
  assert.deepEqual(await page.evaluate(() => globalThis.picked), want);
  assert.deepEqual(await page.evaluate(() => globalThis.heard.picked), [want]);
  assert.equal(await inner.locator("dreambuild-outline").count(), 0);
  assert.equal(await inner.evaluate((s) => document.querySelector(s).textContent, want.selector), "bold");
  assert.equal(await inner.evaluate(() => globalThis.clicks), 1); // its own
  await inner.locator("b").click();
  assert.equal(await inner.evaluate(() => globalThis.clicks), 3);

  await pick();
  await inner.locator("#m2").click();
  const long = await page.evaluate(() => globalThis.picked);
  assert.deepEqual([long.selector, long.text, long.html.length], ["#m2", "long ".repeat(100).trim(), 8192]);

  await pick();
  await inner.locator("b").hover();
  await page.keyboard.press("Escape"); // it is the app that has the focus
  assert.equal(await page.evaluate(() => globalThis.picked), null);
  assert.equal(await inner.locator("dreambuild-outline").count(), 0);
});

test("an app sees a screen of the size that is asked for", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html("", "<meta name=viewport content='width=device-width'>"));
  const size = () => inner.evaluate(() => [innerWidth, innerHeight]);
  const whole = await size();
  await page.evaluate(() => globalThis.preview.setViewport({ width: 390, height: 844 }));
  await inner.waitForFunction(() => innerWidth === 390, null, { polling: 20 });
  assert.deepEqual(await size(), [390, 844]);
  const [frame, fence] = [await page.frameLocator("iframe").locator("iframe").boundingBox(), await page.locator("iframe").boundingBox()];
  assert.ok(frame.height <= fence.height, `${frame.height} of ${fence.height}`);
  await page.evaluate(() => globalThis.preview.setViewport(null));
  await inner.waitForFunction((w) => innerWidth === w, whole[0], { polling: 20 });
  assert.deepEqual(await size(), whole);
});

test("a preview that is closed leaves nothing", async (t) => {
  const page = await openHost(t);
  await openPreview(page, storing, { storage: "p" });
  await page.evaluate(() => globalThis.preview.close());
  assert.equal(await page.evaluate(() => document.querySelector("#place").children.length), 0);
  assert.equal(await page.evaluate(() => globalThis.preview.pick()), null);
  await page.evaluate(() => globalThis.preview.reload());
  assert.equal(page.frames().length, 1);
});

/** Opens the console's place for an app, with a backend that answers `fix` with each of `answers`. */
async function openApp(page, code, answers) {
  await page.evaluate(async ([code, answers, previewOrigin]) => {
    const { openApp } = await import("/page/app.js");
    globalThis.asked = [];
    globalThis.app = openApp(document.querySelector("#place"), {
      previewOrigin,
      fix: async (projectId, errors, onNotice) => {
        globalThis.asked.push({ projectId, errors });
        onNotice("a model is writing …");
        return answers.shift() ?? { note: "Nothing was changed." };
      },
    });
    globalThis.app.show({ projectId: "p1", code, network: [], files: [{ path: "index.html", content: code }] });
  }, [code, answers, previewOrigin]);
}

const broken = html("const list = null;\nlist.push(1);", "<h1>broken</h1>");
const message = "TypeError: Cannot read properties of null (reading 'push')";

test("the console says what an app throws, and has it fixed when it is told to", async (t) => {
  const page = await openHost(t);
  await openApp(page, broken, [{ projectId: "p1", code: html("", "<h1>mended</h1>"), network: [], files: [] }]);
  await page.getByText(`It throws ${message} (index.html, line 5)`).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.asked), []);
  await page.getByRole("button", { name: "Fix it" }).click();
  await page.getByText("It throws").waitFor({ state: "hidden" });
  await page.frameLocator('iframe[title="Preview"]').frameLocator('iframe[title="App"]').last().getByText("mended").waitFor();
  const [{ projectId, errors: [{ stack, ...error }, ...more] }] = await page.evaluate(() => globalThis.asked);
  assert.deepEqual([projectId, error, more], ["p1", { message, path: "index.html", line: 5 }, []]);
  assert.match(stack, /index\.html:5/);
});

test("the console fixes by itself if the user has said so, and the same error only once", async (t) => {
  const context = await profile(t);
  let page = await openHost(t, context);
  await openApp(page, html("setTimeout(() => { throw new Error('never'); }, 1e8)"), []);
  await page.locator("input[type=checkbox]").evaluate((box) => box.click());
  page = await openHost(t, context); // it is remembered
  await openApp(page, broken, [{ projectId: "p1", code: broken.replace("list = null", "list = null, n = 5"), network: [], files: [] }]);
  await page.waitForFunction(() => globalThis.asked.length === 1, null, { polling: 20 });
  await page.getByText("It throws").waitFor();
  // The new version throws the same, in a page that is opened later, too. Another error is tried.
  page = await openHost(t, context);
  await openApp(page, html("setTimeout(() => { throw new RangeError('other'); }, 2500); null.push(1);"), []);
  await page.waitForFunction(() => globalThis.asked.length > 0, null, { polling: 20 });
  assert.deepEqual(await page.evaluate(() => globalThis.asked.map(({ errors }) => errors.map((e) => e.message))), [[message, "RangeError: other"]]);
  await page.getByText("Nothing was changed.").waitFor();
});

test("the console repairs once without being asked, even if the repair throws something new", async (t) => {
  const page = await openHost(t);
  await page.evaluate(() => {
    localStorage.setItem("dreambuild/fix", "1");
    const later = setTimeout;
    globalThis.paused = 0; // how often the console has waited for what follows an error
    globalThis.setTimeout = (act, ms) => later(() => {
      act();
      if (ms === 1_000) globalThis.paused++;
    }, ms);
  });
  const throwing = (name) => html(`${name}();`);
  await openApp(page, throwing("first"), ["second", "third", "fourth"].map((name) => ({ projectId: "p1", code: throwing(name), network: [], files: [] })));
  await page.getByText("It throws ReferenceError: second is not defined").waitFor();
  await page.waitForFunction(() => globalThis.paused >= 2, null, { polling: 20 });
  assert.equal(await page.evaluate(() => globalThis.asked.length), 1);
  // Who shows another version asks for another one.
  await page.evaluate((code) => globalThis.app.show({ projectId: "p1", code, network: [], files: [] }), throwing("other"));
  await page.waitForFunction(() => globalThis.asked.length === 2, null, { polling: 20 });
});

test("a picture of the preview, where the browser takes one and the user agrees", async (t) => {
  const browser = await launch("--site-per-process", "--auto-accept-this-tab-capture", "--use-fake-ui-for-media-stream");
  t.after(() => browser.close());
  const page = await openHost(t, await browser.newContext());
  await openPreview(page, html("", "<style>body { background: rgb(0, 128, 0) }</style>"));
  const [type, width, pixel] = await page.evaluate(async () => {
    const picture = await globalThis.preview.screenshot();
    const image = await createImageBitmap(picture);
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    return [picture.type, image.width - document.querySelector("iframe").offsetWidth, [...context.getImageData(image.width / 2, image.height / 2, 1, 1).data]];
  });
  assert.deepEqual([type, width], ["image/png", 0]);
  assert.ok(pixel[0] < 60 && pixel[1] > 80 && pixel[2] < 60, `${pixel}: green, as well as a video has it`);

  const other = await openHost(t);
  await other.evaluate(() => delete globalThis.CropTarget);
  await openPreview(other, html(""));
  assert.equal(await other.evaluate(() => typeof globalThis.preview.screenshot), "undefined");
});

test("where the browser does not isolate sites, the console says that it cannot stop an app", async (t) => {
  const browser = await launch("--disable-site-isolation-trials", "--disable-features=IsolateSandboxedIframes");
  t.after(() => browser.close());
  const page = await openHost(t, await browser.newContext());
  await openApp(page, html("", "<h1>Hello</h1>"), []);
  await page.getByText("This browser runs the app in this page's process").waitFor();
});
