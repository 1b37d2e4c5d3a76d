// Sets of files as people see them: each as a document in a sandboxed frame of a page
// that has an address of its own, so that whatever leads out of the frame is noticed.
//
// The steps of a set, one a line:
//
//   in SANDBOX          show it in this sandbox only; the default is each of `sandboxes`
//   needs the prelude   without it the steps fail, at least in the first sandbox
//   serve URL = TEXT    the network has this; file:PATH is a file below internal/
//   click SELECTOR      fill SELECTOR = TEXT      press SELECTOR = KEY
//   dialog ANSWER       the next dialogs are answered so; "dismiss" dismisses them
//   see TEXT            the page's visible text comes to hold it
//   hide TEXT           … comes to hold it no more
//   do SCRIPT           is EXPRESSION = JSON   a script comes to have this value
//   error TEXT          a script may fail with this

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { launch } from "../e2etest/chromium.mjs";

const sandboxes = ["allow-scripts", "allow-scripts allow-forms allow-modals", "allow-scripts, written into a page"];
const HOST = "http://host.example/app";
const PAGE = "http://page.example/"; // of another site, as the library's preview has it
const without = process.env.PRELUDE === "off";
const PATIENCE = Number(process.env.PATIENCE ?? (without ? 1_000 : 10_000)); // ms

const chromium = await launch();
after(() => chromium.close());

for (const { name, shows, steps, code } of JSON.parse(await readFile(process.env.CASES, "utf8"))) {
  const lines = steps.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("//"));
  const only = lines.filter((line) => line.startsWith("in ")).map((line) => line.slice(3));
  const needed = lines.includes("needs the prelude");
  for (const sandbox of only.length > 0 ? only : sandboxes) {
    test(`${name}: ${shows} (${sandbox})`, async (t) => {
      if (!without || !needed) return show(t, code, sandbox, lines);
      if (sandbox !== sandboxes[0] && only.length === 0) return t.skip("with more rights some work without it");
      await assert.rejects(show(t, code, sandbox, lines));
    });
  }
}

/** Shows a document in a sandbox, and takes the steps. */
async function show(t, code, sandbox, lines) {
  const context = await chromium.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const log = [];
  const serve = new Map(lines.filter((line) => line.startsWith("serve ")).map((line) => line.slice(6).split(/ = (.*)/)));
  await context.route("**/*", async (route) => {
    const url = route.request().url();
    log.push(`asked ${url}`);
    if (url === HOST) return route.fulfill({ contentType: "text/html", body: "<!DOCTYPE html><p>HOST APP</p>" });
    if (url.split(/[?#]/)[0] === PAGE) return route.fulfill({ contentType: "text/html", headers: { "Content-Security-Policy": "base-uri 'none'" }, body: "<!DOCTYPE html><script>onmessage = ({ data }) => { document.open(); document.write(data); document.close(); }</script>" });
    const text = serve.get(url);
    if (text === undefined) return route.abort();
    const body = text.startsWith("file:") ? await readFile(new URL(`../../${text.slice(5)}`, import.meta.url)) : text;
    await route.fulfill({ contentType: url.endsWith(".css") ? "text/css" : "text/javascript", headers: { "Access-Control-Allow-Origin": "*" }, body });
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => log.push(`${message.type()}: ${message.text()}`));
  let answer = "dismiss";
  page.on("dialog", (dialog) => {
    log.push(`dialog: ${dialog.message()}`);
    return answer === "dismiss" ? dialog.dismiss() : dialog.accept(answer);
  });
  await page.goto(HOST);
  const [rights, written] = sandbox.split(", ");
  await page.evaluate(({ code, rights, src }) => {
    const frame = Object.assign(document.createElement("iframe"), { width: 600, height: 400, sandbox: rights, ...(src ? { src } : { srcdoc: code }) });
    if (src) frame.onload = () => frame.contentWindow.postMessage(code, "*");
    document.body.append(frame);
  }, { code, rights, src: written && PAGE });
  const frame = page.frameLocator("iframe");
  const value = async (expression) => page.frames()[1].evaluate(expression);
  const text = () => value("document.documentElement.innerText");

  const expected = [];
  const take = async (line) => {
    const [, verb, rest] = /^(\S+)\s*(.*)$/.exec(line);
    const [first, second] = cut(rest);
    switch (verb) {
      case "in": case "needs": case "serve": return;
      case "click": return frame.locator(first).click({ timeout: PATIENCE });
      case "fill": return frame.locator(first).fill(second, { timeout: PATIENCE });
      case "press": return frame.locator(first).press(second, { timeout: PATIENCE });
      case "dialog": return void (answer = rest);
      case "see": return until(async () => assert.ok(`${await text()}`.includes(rest), `the page says ${JSON.stringify(await text())}`));
      case "hide": return until(async () => assert.ok(!`${await text()}`.includes(rest), `the page says ${JSON.stringify(await text())}`));
      case "do": return void (await value(`void (${rest})`));
      case "is": return until(async () => assert.deepEqual(await value(first), JSON.parse(second)));
      case "error": return void expected.push(rest);
      default: throw new Error(`no such step: ${line}`);
    }
  };
  let line;
  try {
    for (line of lines) await take(line);
    assert.deepEqual(errors.filter((error) => !expected.some((text) => error.includes(text))), []);
  } catch (error) {
    if (!without) console.error([`at: ${line}`, ...errors, ...log].map((l) => `  ${l.slice(0, 500)}`).join("\n"));
    throw error;
  }
}

/** Splits "a = b" at the last " = ". */
function cut(text) {
  const at = text.lastIndexOf(" = ");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 3)];
}

/** Tries until it does not throw. */
async function until(tried) {
  for (const deadline = Date.now() + PATIENCE; ;) {
    try {
      return await tried();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
