// Opens documents in Chromium and uses each control once. Reads lines of JSON
// `{name, code, files: {path: text}}`, writes lines `{name, blank, errors, missing, lost}`:
// whether it shows nothing, errors that it throws, files of its own that it asks for in
// vain, and scripts elsewhere that are not in the folder LIBRARIES, which holds npm
// packages as NAME@VERSION. Nothing else of the network can be reached.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { launch } from "../../../e2e/e2etest/chromium.mjs";

const origin = "http://answer.test/";
const libraries = process.env.LIBRARIES;
const installed = libraries ? readdirSync(libraries) : [];
const types = { html: "text/html", css: "text/css", js: "text/javascript", mjs: "text/javascript", json: "application/json", svg: "image/svg+xml" };
const typeOf = (path) => types[path.split(".").at(-1)] ?? "text/plain";

/** The file of a library that an address means, "missing" if the package has no such file, undefined if it is not installed. */
function local(address) {
  const { hostname, pathname } = new URL(address);
  const path = hostname.endsWith("jsdelivr.net") ? pathname.replace(/^\/npm\//, "/") : pathname;
  let name, version = "", file, match;
  if (hostname === "cdnjs.cloudflare.com" && (match = path.match(/^\/ajax\/libs\/([^/]+)\/([^/]+)\/(.+)$/))) {
    [, name, version, file] = match;
    name = { "p5.js": "p5", "three.js": "three", "Chart.js": "chart.js" }[name] ?? name;
    version = version.replace(/^r(\d+)$/, "0.$1.0");
  } else if (/plotly|plot\.ly/.test(address)) {
    [name, file] = ["plotly.js-dist-min", "plotly.min.js"];
  } else if (hostname === "threejs.org") {
    [name, file] = ["three", path.slice(1)];
  } else if ((match = path.match(/^\/((?:@[^/]+\/)?[^@/]+)(?:@([^/]+))?(?:\/(.+))?$/))) {
    [, name, version = "", file = { "chart.js": "dist/chart.umd.js", p5: "lib/p5.min.js", three: "build/three.min.js" }[match[1]]] = match;
  }
  if (!name) return undefined;
  const all = installed.filter((folder) => folder.slice(0, folder.lastIndexOf("@")) === name);
  const near = all.map((folder) => [distance(folder.slice(folder.lastIndexOf("@") + 1), version), folder]).sort((a, b) => a[0] - b[0])[0];
  if (!near || !file) return undefined;
  const base = file.split("/").at(-1);
  const candidates = [file, ...["lib", "build", "dist", "lib/browser", "es5", "examples/js/controls", "."].map((folder) => `${folder}/${base}`)].map((file) => `${libraries}/${near[1]}/${file}`);
  return candidates.find((path) => existsSync(path) && statSync(path).isFile()) ?? "missing"; // models know names of files, but not the folders
}

const distance = (a, b) => {
  const [x, y] = [a, b].map((v) => v.split(".").map(Number));
  return b === "" ? -x[0] * 1e6 - x[1] * 1e3 : Math.abs((x[0] - (y[0] || 0)) * 1e6 + (x[1] - (y[1] || 0)) * 1e3 + (x[2] || 0) - (y[2] || 0));
};

/** What a promise gives, or an error once it takes too long: a page may never come back. */
function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("the page hangs")), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const start = () => launch("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader");

async function judge({ name, code, files }) {
  if (!browser?.isConnected()) browser = await start();
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const errors = [], missing = [], lost = [];
  let blank = false;
  try {
    await context.addInitScript(() => {
      globalThis.alert = () => {};
      globalThis.confirm = () => true;
      globalThis.prompt = () => "zebra";
      globalThis.print = () => {};
      globalThis.open = () => null;
      addEventListener("submit", (event) => event.preventDefault());
      addEventListener("click", (event) => event.target.closest?.("a[href]:not([href^='#'])") && event.preventDefault());
    });
    await context.route("**/*", (route) => {
      const url = route.request().url();
      if (url === origin) return route.fulfill({ contentType: "text/html; charset=utf-8", body: code });
      if (url.startsWith(origin)) {
        const path = decodeURI(new URL(url).pathname.slice(1));
        if (path in files) return route.fulfill({ contentType: `${typeOf(path)}; charset=utf-8`, body: files[path] });
        if (path !== "favicon.ico") missing.push(path);
        return route.fulfill({ status: 404, body: "" });
      }
      if (url.includes("polyfill")) return route.fulfill({ contentType: "text/javascript", body: "" });
      const path = local(url);
      if (path === undefined) {
        if (route.request().resourceType() === "script") lost.push(url);
        return route.abort();
      }
      if (path === "missing") return route.fulfill({ status: 404, body: "" });
      return route.fulfill({ contentType: typeOf(path), headers: { "Access-Control-Allow-Origin": "*" }, body: readFileSync(path) });
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      const text = `${error.name}: ${error.message}`;
      if (errors.length < 20 && !errors.includes(text)) errors.push(text);
    });
    await page.goto(origin, { timeout: 15_000, waitUntil: "load" });
    await page.waitForTimeout(300);
    blank = await within(30_000, page.evaluate(async () => {
      const sees = (el) => el.checkVisibility() && el.getClientRects().length > 0;
      const blank = document.body.innerText.trim() === "" && ![...document.querySelectorAll("input, textarea, button, canvas, svg, img, video")].some(sees);
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const controls = [...document.querySelectorAll("button, input, select, textarea, summary, [onclick], [role=button], a[href^='#']")].slice(0, 80);
      for (const el of controls) {
        const kind = el.tagName === "INPUT" ? el.type : el.tagName.toLowerCase();
        if (kind === "range" || kind === "number") el.value = String((Number(el.min || 0) + Number(el.max || 10)) / 2);
        else if (["text", "search", "email", "textarea"].includes(kind)) el.value = "zebra";
        else if (kind === "select") el.selectedIndex = Math.min(1, el.options.length - 1);
        else el.click?.();
        if (["range", "number", "text", "search", "email", "textarea", "select"].includes(kind)) for (const type of ["input", "change"]) el.dispatchEvent(new Event(type, { bubbles: true }));
        await pause(5);
      }
      await pause(200);
      return blank;
    }));
  } catch (error) {
    if (!/Execution context was destroyed|navigat/.test(error.message)) errors.push(`judge: ${error.message.split("\n")[0]}`);
  } finally {
    await within(10_000, context.close()).catch(() => browser.close().catch(() => {}));
  }
  return { name, blank, errors, missing: [...new Set(missing)], lost: [...new Set(lost)] };
}

let browser = await start();
for await (const line of createInterface({ input: process.stdin })) {
  if (line) console.log(JSON.stringify(await judge(JSON.parse(line))));
}
await within(10_000, browser.close()).catch(() => process.exit(0));
