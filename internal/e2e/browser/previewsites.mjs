// Two sites on one server, as the local suite has them: 127.0.0.1 for a page that shows
// apps, localhost for the apps. Pages have the headers that firebase.json gives them.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after } from "node:test";
import { profile } from "./browser.mjs";

const root = new URL("../../../", import.meta.url);
const rules = JSON.parse(await readFile(new URL("firebase.json", root), "utf8")).hosting.headers;
const previews = ["/preview.html", "/preview-network.html"];

/** The headers of a page, with what the local suite adds: this machine may be around a preview. */
const headers = (path) => rules.filter(({ source }) => source === "**" || source === path).flatMap(({ headers }) => headers)
  .map(({ key, value }) => [key, value.replace("frame-ancestors https:", "frame-ancestors http://127.0.0.1:* http://localhost:* https:")]);

// The page around: as strict as the console's own.
const host = "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; connect-src 'self'; frame-src http://localhost:*";

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://x");
  if (pathname === "/") {
    response.setHeader("Content-Security-Policy", host);
    response.setHeader("Content-Type", "text/html");
    return response.end("<!DOCTYPE html><title>host</title><link rel=icon href=data:,><link rel=stylesheet href=/page/style.css><div id=place></div>");
  }
  const file = previews.includes(pathname) ? "page/preview.html" : pathname.slice(1);
  for (const [key, value] of headers(pathname)) response.setHeader(key, value);
  response.setHeader("Content-Type", { html: "text/html", js: "text/javascript", css: "text/css" }[file.split(".").at(-1)] ?? "text/plain");
  try {
    response.end(await readFile(new URL(`internal/console/${file}`, root)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
after(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = server.address();

export const here = `http://127.0.0.1:${port}`;
export const previewOrigin = `http://localhost:${port}`;

/** Opens the page around, in a browser profile of its own or in the one given. */
export async function openHost(t, context) {
  context ??= await profile(t);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${here}/`);
  return page;
}

/**
 * Opens a preview in a page: `preview` there, and `heard` has what it tells, as
 * `{errors, lines, ready, picked}`. Resolves once the document has loaded, unless
 * `wait` is false.
 */
export async function openPreview(page, code, { wait = true, ...options } = {}) {
  await page.evaluate(async ([code, options]) => {
    const { openPreview } = await import("/client/preview.js");
    const heard = { errors: [], lines: [], ready: [], picked: [] };
    globalThis.heard = heard;
    globalThis.preview = openPreview(document.querySelector("#place"), {
      code, ...options,
      onError: (e) => heard.errors.push(e), onConsole: (l) => heard.lines.push(l), onReady: (r) => heard.ready.push(r), onPick: (p) => heard.picked.push(p),
    });
  }, [code, { previewOrigin, ...options }]);
  return wait ? ready(page) : null;
}

/** Waits until a preview has loaded its document for the nth time, and returns the app's frame. */
export async function ready(page, n = 1) {
  await page.waitForFunction((n) => globalThis.heard.ready.length >= n, n, { polling: 20 });
  return app(page);
}

/** The frame of the newest app. */
export async function app(page) {
  const fence = await (await page.waitForSelector('iframe[title="Preview"]')).contentFrame();
  const frames = await fence.$$('iframe[title="App"]');
  return frames.at(-1).contentFrame();
}

/** Waits until what a preview has told fulfils a condition, and returns it. */
export async function told(page, condition, argument) {
  await page.waitForFunction(`((heard, argument) => (${condition})(heard, argument))(globalThis.heard, ${JSON.stringify(argument ?? null)})`, null, { polling: 20 });
  return page.evaluate(() => globalThis.heard);
}

export const html = (script, body = "") => `<!DOCTYPE html>\n<html><head><title>app</title></head><body>${body}\n<script>\n${script}\n</script></body></html>`;
