// The checks of make eval: each accepts a good answer, and none accepts an empty one.
// DOCUMENTS names a file of the documents that the backend makes of testdata: see sets.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { launch } from "../e2e/e2etest/chromium.mjs";
import { prompts, txtar } from "./prompts.mjs";
import { look } from "./render.mjs";

const browser = await launch();
after(() => browser.close());

const documents = JSON.parse(readFileSync(process.env.DOCUMENTS, "utf8"));
const good = txtar(new URL("testdata/good.txtar", import.meta.url));

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
  const { renders, contains, why } = await look(browser, documents[`good/${p.name}`], p.check, quick);
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
  const { contains } = await look(browser, documents[`before/${p.name}`], p.check, quick);
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

test("an answer is seen as users see it: in a sandbox, with nothing replaced", async () => {
  const page = (body, script) => `<!DOCTYPE html><body>${body}<script>${script}</script>`;
  const see = (code, check) => look(browser, code, check, { patience: 2000, settle: 100 });
  const facts = await see(page("<p>hello", ""), async (h) => {
    document.querySelector("p").textContent = JSON.stringify([self.origin, top !== self, [alert, confirm, prompt].every((f) => /native code/.test(f))]);
    return h.has(/^\["null",true,true\]$/m);
  });
  assert.deepEqual(facts, { errors: [], blocked: 0, renders: true, contains: true, why: "" });

  const asking = page("<button>ask</button>", "document.querySelector('button').onclick = (e) => { if (confirm('sure?')) e.target.textContent = prompt('which?'); alert('thanks'); }");
  const asked = await see(asking, async (h) => h.press(/ask/) && (await h.until(() => h.has(/zebra/, /sure\?/, /which\?/, /thanks/))));
  assert.deepEqual(asked, { errors: [], blocked: 0, renders: true, contains: true, why: "" });

  // A form that nobody handles takes the app away, and so does a link to elsewhere.
  for (const [body, what] of [["<form><input name=a><button>Send</button></form>", /send/], ["<a href='https://example.com/'>away</a>", /away/]]) {
    const left = await see(page(body, ""), `async (h) => h.press(${what}) && (await h.sleep(1000), true)`);
    assert.deepEqual({ renders: left.renders, contains: left.contains, why: left.why }, { renders: true, contains: false, why: "the app has left its page" }, body);
  }
});
