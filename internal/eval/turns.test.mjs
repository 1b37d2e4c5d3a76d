// What make eval tells of turns: what was repaired, and what was found in answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sumUpApps } from "./apps.mjs";
import { ask } from "./turns.mjs";

const error = { kind: "missing-id", severity: "error", text: "Nothing has the id go." };
const warning = { kind: "elsewhere", severity: "warning", text: "It loads a library." };

/** A user whose one call streams these messages and ends with this result. */
const userWith = (messages, result) => ({
  stream: async (name, request, said) => (said.push(...messages), { text: "the reply", result: { state: "complete", source: "worker", generatedBy: "m", usage: { outputTokens: 7 }, diagnostics: [], ...result } }),
});
const repairing = [{ type: "status", phase: "queued" }, { type: "status", phase: "repairing" }];

test("a turn was repaired, stayed broken, or needed no repair", async () => {
  for (const [what, messages, diagnostics, repaired] of [
    ["nothing found", [], [], undefined],
    ["errors, without a repair", [], [error], undefined],
    ["repaired", repairing, [], true],
    ["repaired but for a warning", repairing, [warning], true],
    ["still broken", repairing, [warning, error, error], false],
  ]) {
    const { row } = await ask(userWith(messages, { diagnostics }), { prompt: "x" });
    assert.deepEqual({ repaired: row.repaired, diagnostics: row.diagnostics, answered: row.answered, tokens: row.tokens }, { repaired, diagnostics, answered: true, tokens: 7 }, what);
  }
});

test("a template's answer tells why, and a turn that fails its reason", async () => {
  const notice = { type: "notice", text: "No model answered." };
  const { row } = await ask(userWith([notice], { source: "template" }), { prompt: "x" });
  assert.deepEqual({ answered: row.answered, notes: row.notes }, { answered: false, notes: ["No model answered."] });
  const failing = { stream: () => Promise.reject(Object.assign(new Error("It broke."), { details: { reason: "worker-lost" } })) };
  const failed = await ask(failing, { prompt: "x" });
  assert.deepEqual({ result: failed.result, state: failed.row.state, notes: failed.row.notes }, { result: undefined, state: "failed", notes: ["worker-lost: It broke."] });
});

test("a change that does not fit is an answer, and a reply ends where the model is asked once more", async () => {
  const text = (text) => ({ type: "text", text });
  const status = (phase) => ({ type: "status", phase });
  const refused = (reason) => ({
    stream: async (name, request, said) => {
      said.push(status("retrying"), text("one "), text("two"), status("retrying"), text("one two"));
      throw Object.assign(new Error("It does not fit."), { details: { reason } });
    },
  });
  for (const [reason, answered] of [["edit-refused", true], ["worker-lost", false]]) {
    const { row, reply } = await ask(refused(reason), { prompt: "x" });
    assert.deepEqual({ answered: row.answered, state: row.state, reply }, { answered, state: "failed", reply: "one two" });
  }
  for (const phase of ["retrying", "repairing"]) {
    const { reply } = await ask(userWith([text("one "), text("two"), status(phase), text("three")]), { prompt: "x" });
    assert.equal(reply, "one two");
  }
});

test("the totals tell what was repaired, and which errors were found in answers that work", (t) => {
  const printed = [];
  t.mock.method(console, "log", (text = "") => printed.push(text));
  const row = { verb: "create", checked: true, answered: true, parses: true, renders: true, contains: true, seconds: 1, tokens: 10, by: "m", diagnostics: [], repaired: undefined };
  sumUpApps([
    row,
    { ...row, repaired: true, contains: false },
    { ...row, repaired: false, diagnostics: [error, error, warning], renders: false, contains: false },
    { ...row, diagnostics: [error], contains: false },
    { ...row, checked: false, contains: undefined, diagnostics: [warning] },
  ], "nobody");
  assert.deepEqual(printed.join("\n").split("\n"), [
    "",
    "            answered    parse       render      contain",
    "create      5/5         5/5         4/5         1/4",
    "all         5/5         5/5         4/5         1/4",
    "A repair was tried for 2 answers, and 1 have no errors after it.",
    "",
    "found in answers                    answers     render      contain",
    "error missing-id                    2           1           0",
    "warning elsewhere                   2           1           0",
    "",
    "m: an answer takes 1.0 s and 10 tokens (medians); 50 tokens in all",
  ]);
});
