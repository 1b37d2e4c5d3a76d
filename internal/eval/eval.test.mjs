// The checks of make eval: each accepts a good answer, and none accepts an empty one.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "../e2e/e2etest/chromium.mjs";
import { project, prompts, txtar } from "./prompts.mjs";
import { look } from "./render.mjs";

const browser = await launch();
after(() => browser.close());

const good = {};
for (const [names, text] of Object.entries(txtar(new URL("testdata/good.txtar", import.meta.url)))) {
  for (const name of names.split(" ")) good[name] = text;
}

/** A project's files as one document. `changed` replaces files: its keys are `prompt's name/path`. */
function document({ name, on }, changed = {}) {
  const file = (path) => changed[`${name}/${path}`] ?? project(on).find((f) => f.path === path).content;
  return file("index.html").replace(/<link rel="stylesheet".*?>/, () => `<style>${file("style.css")}</style>`).replace(/<script src=.*?>/, () => `<script>${file("script.js")}`);
}

/** Runs f for all prompts, four at a time, and asserts that none returns a problem. */
async function each(prompts, f) {
  const wrong = [], rest = [...prompts];
  const work = async () => {
    for (let p; (p = rest.shift()); ) {
      const problem = await f(p);
      if (problem) wrong.push(`${p.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  assert.deepEqual(wrong, []);
}

const quick = { settle: 50 };
const pages = prompts.filter((p) => p.verb !== "explain");

test("there are 60 prompts with unique names", () => {
  assert.equal(new Set(prompts.map((p) => p.name)).size, 60);
});

test("a good answer passes", () => each(pages, async (p) => {
  const { renders, contains, why } = await look(browser, p.on ? document(p, good) : good[p.name], p.check, quick);
  return renders && contains ? "" : `renders ${renders}, contains ${contains}. ${why}`;
}));

test("an empty page fails, and so does one with only the prompt's text", async () => {
  const all = pages.map(({ name, prompt, check }) => `[${JSON.stringify(name)}, ${JSON.stringify(prompt)}, ${check}]`);
  const none = `async (h) => {
    for (const [name, prompt, check] of [${all}]) {
      for (const page of ["", "<h1>" + prompt + "</h1><p>" + prompt + "</p>"]) {
        document.body.innerHTML = page;
        if (await check(h)) throw new Error(name + " passes with " + page);
      }
    }
    return true;
  }`;
  const { renders, contains, why } = await look(browser, "<!DOCTYPE html>", none, { patience: 60_000 });
  assert.deepEqual({ renders, contains, why }, { renders: false, contains: true, why: "an empty page" });
});

test("an unchanged project fails", () => each(pages.filter((p) => p.on), async (p) => {
  const { contains } = await look(browser, document(p), p.check, quick);
  return contains ? "it passes" : "";
}));

test("an explanation needs text besides code and the prompt", () => {
  for (const { name, prompt, check } of prompts.filter((p) => p.verb === "explain")) {
    assert.ok(check(good[name], prompt), name);
    for (const poor of ["", prompt, `\`\`\`js\n${good[name]}\n\`\`\`\n`, `\`\`\`js\n${good[name]}`]) assert.ok(!check(poor, prompt), `${name}: ${poor}`);
  }
});

test("look reports errors, external requests, and a page that hangs", async () => {
  const see = async (code) => {
    const { errors, blocked, renders, contains } = await look(browser, code, (h) => h.has(/hello/), { patience: 1000, settle: 100 });
    return { errors, blocked, renders, contains };
  };
  assert.deepEqual(await see("<p>hello"), { errors: [], blocked: 0, renders: true, contains: true });
  assert.deepEqual(await see("<p>hello<img src='https://example.com/a.png'><script src='https://example.com/a.js'></script>"), { errors: [], blocked: 2, renders: true, contains: true });
  assert.deepEqual(await see("<p>hello<script>x()</script>"), { errors: ["ReferenceError: x is not defined"], blocked: 0, renders: false, contains: true });
  assert.deepEqual(await see("<p>hello<script>console.error('no')</script>"), { errors: ["no"], blocked: 0, renders: false, contains: true });
  assert.deepEqual(await see("<p>hello<script>while (true);</script>"), { errors: [], blocked: 0, renders: false, contains: false });
  assert.deepEqual(await see("<p>hello<script>setTimeout(() => { while (true); }, 60)</script>"), { errors: [], blocked: 0, renders: false, contains: false });
});
