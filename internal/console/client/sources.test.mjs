// What an app writes into its document and throws costs the page around a moment, not more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openSources } from "./sources.js";

const error = { message: "no", stack: "", file: "", line: 0, column: 0, within: "" };
const SIZE = 2 << 20; // characters of a set

/** A text over and over, as long as a set may be. @param {string} text */
const full = (text) => text.repeat(SIZE / text.length);

test("scripts that nothing ends stay as they are", { timeout: 20_000 }, () => {
  for (const text of ["<script>", "<script ", "<script></script", "<script>// //# sourceMappingURL=data:application/json"]) {
    assert.equal(openSources(full(text), []).code.length >= full(text).length, true, text);
  }
  assert.equal(openSources("<p><script>a()", []).code, "<p><script>a()");
});

test("scripts get names, but not without end", { timeout: 20_000 }, () => {
  const { code } = openSources("<script>a()</script>".repeat(50_000), [{ path: "a.js", content: full("b();\n") }]);
  assert.equal(code.match(/sourceURL=/g)?.length, 300);
  assert.match(code, /^<script>a\(\)\n\/\/# sourceURL=script-1\n<\/script><script>/);
  assert.match(code, /<script>a\(\)<\/script>$/);
});

test("a stack of whatever is read in a moment", { timeout: 20_000 }, () => {
  const content = Array.from({ length: 20_000 }, (_, i) => `let name${i} = value${i} + other;`).join("\n");
  const { locate } = openSources(`<script>\n// set:a.js\n${content}\n//# sourceURL=app.js\n</script>`, [{ path: "a.js", content }]);
  assert.deepEqual(locate({ ...error, stack: "Error: no\n    at f (app.js:9:1)" }), { stack: "Error: no\n    at f (a.js:7)", path: "a.js", line: 7 });
  for (let i = 0; i < 200; i++) {
    const stack = Array.from({ length: 300 }, (_, n) => `app.js:${3 + i * 50 + n}:1`).join("\n");
    assert.equal(locate({ ...error, stack }).path, "a.js");
    locate({ ...error, stack: "x:1".repeat(1_300) });
  }
  assert.deepEqual(locate({ ...error, file: "app.js", line: 19_000, column: 1 }), { path: "a.js" });
});
