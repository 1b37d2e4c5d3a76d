// What an app that means harm, or is broken, can do in a preview: nothing but harm itself.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { profile } from "./browser.mjs";
import { here, html, openHost, openPreview, previewOrigin, ready, told } from "./previewsites.mjs";

/** What the internet of this profile was asked for. Every host of https answers. */
async function internet(context) {
  const asked = [];
  await context.route(/^https:/, (route) => {
    asked.push(route.request().url());
    return route.fulfill({ headers: { "Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript" }, body: "globalThis.library = 'loaded'" });
  });
  return asked;
}

test("a preview on the page's own origin is refused", async (t) => {
  const page = await openHost(t);
  await assert.rejects(openPreview(page, "", { previewOrigin: here }), /own origin/);
});

test("a flood of errors and lines costs the page nothing, and what is left out is counted", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html(`
    for (let i = 0; i < 20000; i++) console.log("line", i);
    for (let i = 0; i < 5000; i++) setTimeout(() => { throw new Error("error " + i); });
    setTimeout(() => console.warn("over"));
  `));
  const { errors, lines } = await told(page, (heard) => {
    const sum = (list, of) => list.reduce((n, e) => n + (e[of] ?? 1), 0);
    return sum(heard.errors, "count") >= 5000 && sum(heard.lines, "dropped") >= 20001;
  });
  const sum = (list, of) => list.reduce((n, e) => n + (e[of] ?? 1), 0);
  assert.deepEqual([sum(errors, "count"), sum(lines, "dropped")], [5000, 20001]);
  assert.ok(errors.length < 1000 && lines.length < 1000, `${errors.length} errors, ${lines.length} lines were told`);
});

test("an app that opens three dialogs within a second is stopped", async (t) => {
  const page = await openHost(t);
  const dialogs = [];
  page.on("dialog", (dialog) => {
    dialogs.push(`${dialog.type()} ${dialog.message()}`);
    return dialog.accept("Ann");
  });
  const inner = await openPreview(page, html(`
    go.onclick = () => { o.textContent = prompt("name?") + " " + confirm("sure?"); };
    flood.onclick = () => { for (;;) try { alert("again"); } catch {} };
  `, "<button id=go>go</button><button id=flood>flood</button><p id=o></p>"), { modals: true });
  await inner.locator("#go").click();
  assert.equal(await inner.locator("#o").textContent(), "Ann true");
  await inner.waitForFunction((then) => performance.now() - then > 1000, await inner.evaluate(() => performance.now()), { polling: 20 }); // those two count for a second
  dialogs.length = 0;
  await inner.locator("#flood").evaluate((button) => void setTimeout(() => button.click()));
  const { errors } = await told(page, (heard) => heard.errors.some(({ kind }) => kind === "stopped"));
  assert.deepEqual([dialogs, errors.map(({ why }) => why)], [["alert again", "alert again"], ["dialogs"]]);
  await page.frameLocator("iframe").getByText("it opened three dialogs within a second").waitFor();
});

test("an app is stopped that is frozen by what a dialog shall say, or opens print dialogs without end", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html("setTimeout(() => alert({ toString() { for (;;); } }), 100)"), { modals: true, frozenAfter: 2_000 });
  await told(page, (heard) => heard.errors.some(({ why }) => why === "frozen"));
  await page.evaluate((code) => globalThis.preview.update(code), html("setTimeout(() => { for (;;) try { print(); } catch {} }, 100)"));
  await told(page, (heard) => heard.errors.some(({ why }) => why === "dialogs"));
});

test("what an app stores between two messages is bounded", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(`
    globalThis.had = window.dreambuildPreview.storage;
    globalThis.change = window.dreambuildPreview.change;
  `), { storage: "bounded" });
  await inner.evaluate(() => {
    for (let i = 0; i < 3; i++) globalThis.change("local", i + "x".repeat(4e6), null); // none of them is there
    for (let i = 0; i < 5; i++) globalThis.change("local", "same", "x".repeat(1e6)); // counts once
    globalThis.change("local", "large", "x".repeat(3.5e6));
    return new Promise((resolve) => setTimeout(resolve, 150)); // they are sent before
  });
  await inner.evaluate(() => {
    globalThis.change("local", "after", "x".repeat(2e6));
    setTimeout(() => location.reload());
  });
  const had = await (await ready(page, 2)).evaluate(() => Object.keys(globalThis.had.local));
  assert.deepEqual(had, ["same", "after"]);
});

test("a form that is sent leaves the app where it is", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(`
    globalThis.seen = [];
    document.addEventListener("submit", (e) => { seen.push(e.target.id); if (e.target.id === "own") e.preventDefault(); });
    d.showModal();
  `, `<form id=own action="https://far.example/own"><button>own</button></form><form id=far action="https://far.example/form"><button>far</button></form>
    <form id=called action="https://far.example/called"></form><dialog id=d><form method=dialog id=in><button value=yes>close</button></form></dialog>`));
  for (const name of ["close", "own", "far"]) await inner.getByRole("button", { name }).click();
  await inner.evaluate(() => document.querySelector("#called").submit());
  const { errors } = await told(page, (heard) => heard.errors.length > 1);
  assert.deepEqual(errors.map((e) => e.message), ["It could not load https://far.example/form", "It could not load https://far.example/called"]);
  assert.deepEqual(await inner.evaluate(() => [globalThis.seen, document.querySelector("dialog").returnValue, document.querySelector("dialog").open]), [["in", "own", "far"], "yes", false]);
});

test("without modals no dialog is shown", async (t) => {
  const page = await openHost(t);
  page.on("dialog", (dialog) => assert.fail(dialog.message()));
  const inner = await openPreview(page, html("for (let i = 0; i < 5; i++) confirm('sure?'); globalThis.over = true"));
  assert.equal(await inner.evaluate(() => globalThis.over), true);
});

for (const [when, code] of [
  ["at once", html("for (;;);")],
  ["later", html("setTimeout(() => { for (;;); }, 100)")],
]) {
  test(`an app that freezes ${when} is stopped, and the page goes on`, async (t) => {
    const page = await openHost(t);
    await openPreview(page, code, { frozenAfter: 2000, wait: false });
    const { errors } = await told(page, (heard) => heard.errors.length > 0);
    assert.deepEqual(errors, [{ kind: "stopped", why: "frozen", message: "The app was stopped: it did not answer any more." }]);
    await page.frameLocator("iframe").getByText("it did not answer any more").waitFor();
    assert.equal(await page.frameLocator("iframe").locator("iframe").count(), 0);
    const before = await page.evaluate(() => globalThis.heard.ready.length);
    await page.evaluate((code) => globalThis.preview.update(code), html("", "<h1>mended</h1>"));
    assert.equal(await (await ready(page, before + 1)).locator("h1").textContent(), "mended");
  });
}

test("an app that is frozen when it is updated gives its place to the new one", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(""), { frozenAfter: 2000 });
  await inner.evaluate(() => void setTimeout(() => { for (;;); }));
  await page.evaluate((code) => globalThis.preview.update(code), html("", "<h1>mended</h1>"));
  assert.equal(await (await ready(page, 2)).locator("h1").textContent(), "mended");
});

test("a preview whose page never answers says so", async (t) => {
  const silent = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!DOCTYPE html><title>nobody</title>"));
  await new Promise((listening) => silent.listen(0, "127.0.0.1", listening));
  after(() => silent.close());
  const page = await openHost(t);
  await openPreview(page, html(""), { wait: false, previewOrigin: `http://localhost:${silent.address().port}` });
  const { errors } = await told(page, (heard) => heard.errors.length > 0);
  assert.deepEqual(errors, [{ kind: "stopped", why: "unreachable", message: "The page for previews does not answer." }]);
});

test("an app reaches the origins that it names, and no others", async (t) => {
  const context = await profile(t);
  const asked = await internet(context);
  const page = await openHost(t, context);
  const reach = html(`
    globalThis.tried = Promise.allSettled([
      fetch("https://api.example/ok"), fetch("https://evil.example/fetch"), import("https://evil.example/import.js"), fetch("https://api.example.evil.example/suffix"),
      new Promise((resolve) => Object.assign(new Image(), { src: "https://evil.example/image", onload: resolve, onerror: resolve })),
      new Promise((resolve) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "https://evil.example/style", onload: resolve, onerror: resolve }))),
      new Promise((resolve) => { const w = new Worker(URL.createObjectURL(new Blob(["fetch('https://evil.example/worker').then(() => 0, () => 0).then(() => postMessage(1))"]))); w.onmessage = resolve; }),
      new Promise((resolve) => { const f = document.createElement("iframe"); f.srcdoc = "<script>fetch('https://evil.example/nested').then(() => 0, () => 0).then(() => parent.postMessage('done', '*'))<\\/script>"; document.body.append(f); addEventListener("message", resolve); }),
    ]).then((all) => all.map(({ status }) => status).slice(0, 2));
  `, '<script src="https://cdn.example/lib.js"></script><meta http-equiv="Content-Security-Policy" content="connect-src *">');
  let inner = await openPreview(page, reach, { network: ["https://cdn.example", "https://api.example", "https://x.example; script-src *", "*"] });
  assert.deepEqual([await inner.evaluate(() => globalThis.tried), await inner.evaluate(() => globalThis.library)], [["fulfilled", "rejected"], "loaded"]);
  assert.deepEqual(asked, ["https://cdn.example/lib.js", "https://api.example/ok"]);
  // And without names: none.
  asked.length = 0;
  await page.evaluate((code) => globalThis.preview.update(code, { network: [] }), reach);
  inner = await ready(page, 2);
  assert.deepEqual([await inner.evaluate(() => globalThis.tried), await inner.evaluate(() => globalThis.library), asked], [["rejected", "rejected"], undefined, []]);
});

test("an app that reaches no network does not get to the page that does", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html("", "<h1>closed</h1>"));
  await inner.evaluate(() => void setTimeout(() => (location.href = "/preview-network.html")));
  const { errors } = await told(page, (heard) => heard.errors.length > 0);
  assert.deepEqual(errors.map(({ kind }) => kind), ["left"]);
  assert.deepEqual([inner.url(), await inner.locator("h1").count()], [`${previewOrigin}/preview-network.html`, 0]);
});

test("an app that leaves its page is told, and one that reloads itself starts again", async (t) => {
  const page = await openHost(t);
  let inner = await openPreview(page, html("globalThis.started = performance.timeOrigin"));
  const first = await inner.evaluate(() => globalThis.started);
  await inner.evaluate(() => void setTimeout(() => location.reload()));
  inner = await ready(page, 2);
  assert.notEqual(await inner.evaluate(() => globalThis.started), first);
  await inner.evaluate(() => void setTimeout(() => (location.href = "https://far.example/")));
  const { errors } = await told(page, (heard) => heard.errors.length > 0);
  assert.deepEqual(errors, [{ kind: "left", message: "The app went to another page, which a preview does not show." }]);
  await page.evaluate(() => globalThis.preview.reload());
  await ready(page, 3);
});

test("an app that reloads itself over and over is stopped", async (t) => {
  const page = await openHost(t);
  await openPreview(page, html("location.reload()"), { wait: false });
  const { errors } = await told(page, (heard) => heard.errors.some(({ kind }) => kind === "stopped"));
  assert.deepEqual(errors.map(({ why }) => why), ["reloads"]);
});

test("an app that writes its document anew is still heard, and gets no second channel", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(`
    setTimeout(() => {
      document.open();
      addEventListener("message", (e) => (globalThis.got = e.ports.length));
      document.write("<h1>anew</h1>");
      document.close();
      setInterval(() => { if (!globalThis.quiet) throw new Error("after"); }, 100);
    });
  `));
  await told(page, (heard) => heard.errors.some(({ message }) => message === "Error: after"));
  assert.deepEqual(await inner.evaluate(() => [document.querySelector("h1").textContent, globalThis.got]), ["anew", undefined]);
});

// Everything that a bridge might call is replaced by the app's own, which looks for the
// port in all that it is given.
const thief = html(`
  globalThis.stolen = [];
  let looking = false;
  const look = (...values) => {
    if (looking) return; // it uses what it has replaced
    looking = true;
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (v instanceof MessagePort || v?.target instanceof MessagePort || v?.currentTarget instanceof MessagePort) stolen[stolen.length] = v;
    }
    looking = false;
  };
  const hook = (object) => {
    for (const key of Reflect.ownKeys(object)) {
      const d = Object.getOwnPropertyDescriptor(object, key);
      if (!d.configurable || key === "constructor") continue;
      for (const part of ["value", "get", "set"]) {
        const f = d[part];
        if (typeof f !== "function" || f.prototype) continue;
        const { apply } = Reflect;
        d[part] = { f(...values) { look(this, ...values.slice?.(0, 3) ?? []); return apply(f, this, values); } }.f;
      }
      try { Object.defineProperty(object, key, d); } catch {}
    }
  };
  const slice = Array.prototype.slice;
  [MessagePort.prototype, MessageEvent.prototype, EventTarget.prototype, Event.prototype, MessageChannel.prototype, ErrorEvent.prototype, PromiseRejectionEvent.prototype].forEach(hook);
  Object.defineProperty(Object.prototype, "type", { set(v) { look(this, v); }, get() { look(this); return "error"; }, configurable: true });
  Object.defineProperty(Object.prototype, "onmessage", { set(v) { look(this); }, configurable: true });
  Function.prototype.call = function () { look(this, ...arguments); return 0; };
  Function.prototype.bind = function () { look(this, ...arguments); return this; };
  Array.prototype[Symbol.iterator] = function () { look(this); return { next: () => ({ done: true }) }; };
  Array.prototype.push = Array.prototype.map = Array.prototype.slice = function () { look(this, arguments[0]); return []; };
  JSON.stringify = JSON.parse = () => "lies";
  String.prototype.slice = () => "lies";
  Reflect.apply = () => 0;
  globalThis.postMessage = parent.postMessage;
  performance.now = () => 0;
  Object.keys = () => { throw 1; };
  globalThis.String = () => "lies";
  setTimeout(() => { throw new Error("one"); });
  console.warn("two", { a: 1 });
  setInterval(() => console.info("stolen " + stolen.length), 100);
`, "<p>text</p>");

test("an app that replaces all that a bridge could use gets no port, and is heard as before", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, thief);
  const { errors, lines } = await told(page, (heard) => heard.errors.length > 0 && heard.lines.length > 0);
  assert.deepEqual([errors.map(({ message }) => message), lines[0]], [["Error: one"], { level: "warn", text: "two {a: 1}" }]);
  // Some questions of the page around later, with a pick among them.
  await page.evaluate(() => void (globalThis.picked = globalThis.preview.pick()));
  await inner.locator("p").click();
  assert.equal((await page.evaluate(() => globalThis.picked)).selector, "html > body > p");
  const before = lines.length;
  const after = await told(page, (heard, before) => heard.lines.length > before + 2, before);
  assert.equal(after.lines.at(-1).text, "stolen 0");
});

test("what an app posts to those around it, as if it were the bridge, is heard by nobody", async (t) => {
  const page = await openHost(t);
  await page.evaluate(() => addEventListener("message", () => (globalThis.messages = (globalThis.messages ?? 0) + 1)));
  const forged = ["taken", "loaded", "left", "dialogs", "unpicked"].map((type) => ({ type, origin: here }))
    .concat({ type: "error", kind: "error", message: "forged" }, { type: "picked", selector: "forged", text: "", html: "" }, { type: "console", level: "log", texts: ["forged"] }, { document: "<h1>forged" });
  const inner = await openPreview(page, html(`
    const forged = ${JSON.stringify(forged)};
    const { port1, port2 } = new MessageChannel();
    for (const to of [top, parent, window]) for (const m of forged) to.postMessage(m, "*");
    top.postMessage("port", "*", [port2]);
    for (const m of forged) port1.postMessage(m);
    for (let i = 0; i < 3; i++) {
      const f = document.createElement("iframe");
      f.srcdoc = "<script>for (const m of " + JSON.stringify(forged).replaceAll("<", "\\\\x3C") + ") for (const to of [top, parent, parent.parent]) to.postMessage(m, '*')<\\/script>";
      document.body.append(f);
    }
  `, "<h1>mine</h1>"));
  await page.waitForFunction(() => globalThis.messages >= 37, null, { polling: 20 });
  assert.equal(await inner.locator("h1").textContent(), "mine");
  assert.deepEqual(await page.evaluate(() => globalThis.heard), { errors: [], lines: [], ready: [{ isolated: true }], picked: [] });
});

test("a frame within an app that shows the preview's page gets nothing", async (t) => {
  const page = await openHost(t);
  const inner = await openPreview(page, html(`
    const f = document.createElement("iframe");
    f.src = ${JSON.stringify(`${previewOrigin}/preview.html`)};
    f.onload = () => { f.contentWindow.postMessage({ document: "<script>parent.postMessage('ran', '*')<\\/script>" }, "*"); setTimeout(postMessage, 300, "over", "*"); };
    globalThis.said = [];
    addEventListener("message", ({ data }) => said.push(data));
    document.body.append(f);
  `));
  await inner.waitForFunction(() => globalThis.said.includes("over"), null, { polling: 20 });
  assert.deepEqual(await inner.evaluate(() => globalThis.said), ["over"]);
});

test("a channel that is flooded, or brings what no bridge says, is closed", async (t) => {
  // A page that has the port, as no app ever does.
  const rogue = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(`<!DOCTYPE html><script>
    addEventListener("message", ({ ports: [port] }) => {
      port.postMessage({ type: "taken" });
      for (const m of [null, 1, "x", [], {}, { type: {} }, { type: "error" }, { type: "error", kind: "stopped", message: "x" }, { type: "console", level: "then", texts: [] }, { type: "console", level: "log", texts: "x" },
        { type: "storage", changes: [], cleared: null }, { type: "picked", selector: "forged" }, { type: "began", at: "x" }, { type: "stopped", why: "frozen" }]) port.postMessage(m);
      port.postMessage({ type: "error", kind: "error", message: { toString: 1 }, stack: 7, file: null, line: "x", column: -1 });
      port.postMessage({ type: "console", level: "log", texts: [{}, "y".repeat(1e6)] });
      port.postMessage({ type: "loaded" });
      setTimeout(() => { for (let i = 0; i < 100000; i++) port.postMessage({ type: "console", level: "log", texts: ["x"] }); }, 200);
    });
  </script>`));
  await new Promise((listening) => rogue.listen(0, "127.0.0.1", listening));
  after(() => rogue.close());
  const page = await openHost(t);
  await openPreview(page, html(""), { wait: false, previewOrigin: `http://localhost:${rogue.address().port}` });
  const { errors, lines, ready, picked } = await told(page, (heard) => heard.errors.some(({ kind }) => kind === "stopped"));
  assert.deepEqual(errors, [{ kind: "error", message: "" }, { kind: "stopped", why: "flood", message: "The app was stopped: it sent too many messages." }]);
  assert.deepEqual([lines[0], ready, picked], [{ level: "log", text: ` ${"y".repeat(4000)}` }, [{ isolated: null }], []]);
  assert.ok(lines.length <= 300, `${lines.length} lines`);
});
