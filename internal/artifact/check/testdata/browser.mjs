// Asks Chromium for the names that scripts and handlers in markup may use without
// declaring them, and writes browser.txt beside check.go: `node testdata/browser.mjs`.
// A line begins with what has the names; those that an earlier one of the first three
// lines has are left out.

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { launch } from "../../../e2e/e2etest/chromium.mjs";

const server = createServer((_, response) => response.end("<!DOCTYPE html><title>names</title>")).listen(0); // a page with an origin has more of them
const chromium = await launch();
const page = await chromium.newPage();
await page.goto(`http://localhost:${server.address().port}/`);
const lines = await page.evaluate(() => {
  const found = new Set(), lines = [];
  const add = (title, object) => {
    const names = new Set();
    for (let at = object; at; at = Object.getPrototypeOf(at)) for (const name of Object.getOwnPropertyNames(at)) if (/^[A-Za-z_$][\w$]*$/.test(name) && !found.has(name)) names.add(name);
    if (names.size > 0) lines.push([title, ...[...names].sort()].join(" "));
    return names;
  };
  const keep = (title, object) => add(title, object).forEach((name) => found.add(name));
  keep("window", globalThis);
  keep("document", document);
  keep("element", document.createElement("div"));
  for (const name of "a area audio body button canvas details dialog fieldset form iframe img input label li meter object ol option output progress select table td textarea tr video".split(" ")) add(name, document.createElement(name));
  add("svg", document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  return lines;
});
await chromium.close();
server.close();
writeFileSync(new URL("../browser.txt", import.meta.url), lines.join("\n") + "\n");
