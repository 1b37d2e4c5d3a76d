// What becomes of a reply of a browser's model that makes no app: the backend's
// templates answer instead. The engine has WebLLM's interface.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowserModel } from "./browser.js";

const refusal = (reason) => Object.assign(new Error(reason), { code: "invalid-argument", details: { reason } });
const made = { state: "complete", source: "template", code: "<h1>A calculator</h1>" };

/** A model that says `pieces`. What it heard and asked is in `heard`, what the app was shown in `seen`. */
async function model({ pieces = ["I can", "not."], end = "stop", save, template }) {
  const heard = [];
  const seen = { whole: "", text: "" };
  const engine = {
    interruptGenerate: () => {},
    chat: { completions: { create: async () => (async function* () {
      for (const content of pieces) yield { choices: [{ delta: { content } }] };
      yield { choices: [{ delta: {}, finish_reason: end }] };
    })() } },
  };
  const browserModel = openBrowserModel({
    loadModel: async () => ({ manifest: { engine: "webllm", name: "Tiny", modelId: "tiny" }, use: (work) => work() }),
    engines: { webllm: () => ({ CreateMLCEngine: async () => engine }) },
    save: save && (async (request, options) => (heard.push(["save", request.reply, options]), save(request))),
    template: template && (async (prompt, options) => (heard.push(["template", prompt, options]), template(options))),
  });
  await browserModel.load("tiny");
  const generate = (options) => browserModel.generate("create a calculator", { onText: (text, whole) => Object.assign(seen, { text: seen.text + text, whole }), ...options });
  return { generate, heard, seen };
}

/** A template that streams its text as turns do. */
const streams = ({ onText }) => {
  for (const [text, whole] of [["Here ", "Here "], ["it is.", "Here it is."]]) onText(text, whole);
  return made;
};

test("a reply is said piece by piece, with the whole so far", async () => {
  const { generate, seen, heard } = await model({ save: () => "saved", template: streams });
  const answer = await generate({ prefill: "<" });
  assert.deepEqual(answer, { reply: "<I cannot.", finishReason: "stop", generatedBy: "Tiny (in the browser)", saved: "saved" });
  assert.deepEqual(seen, { whole: "<I cannot.", text: "<I cannot." });
  assert.deepEqual(heard.map(([name]) => name), ["save"]);
});

for (const [name, how] of [
  ["is cut", { end: "length" }],
  ["is cut, and nothing is saved anyway", { end: "length", save: undefined }],
  ["holds no file", { save: () => { throw refusal("bad-request"); } }],
  ["has changes that do not fit", { save: () => { throw refusal("edit-refused"); } }],
  ["is too large", { save: () => { throw refusal("too-large"); } }],
]) {
  test(`a reply that ${name}: a template answers, and the text begins anew`, async () => {
    const { generate, seen, heard } = await model({ save: () => assert.fail("a cut reply is not saved"), template: streams, ...how });
    const stop = new AbortController();
    const answer = await generate({ projectId: "p", signal: stop.signal });
    assert.deepEqual(answer, { reply: "I cannot.", finishReason: how.end ?? "stop", generatedBy: "Tiny (in the browser)", instead: made });
    assert.deepEqual(seen, { whole: "Here it is.", text: "I cannot.Here it is." });
    const [, prompt, options] = heard.at(-1);
    assert.deepEqual([prompt, options.projectId, options.signal], ["create a calculator", "p", stop.signal]);
    assert.deepEqual(Object.keys(options).sort(), ["onText", "projectId", "signal"]);
  });
}

test("only a save that is refused for its reply is forgotten, and only if a template answers", async () => {
  const { generate, heard } = await model({ save: () => "saved", template: streams });
  await generate();
  const { keeps } = heard[0][2];
  for (const reason of ["bad-request", "edit-refused", "too-large"]) assert.equal(keeps(refusal(reason)), false, reason);
  for (const reason of ["stored-bytes", "daily-saves", "no-such-project", "version-emptied", undefined]) assert.equal(keeps(refusal(reason)), true, reason);
  const alone = await model({ save: () => "saved" });
  await alone.generate();
  assert.equal(alone.heard[0][2]?.keeps, undefined);
});

test("what is no fault of the reply is the app's to see", async () => {
  const full = await model({ save: () => { throw refusal("stored-bytes"); }, template: streams });
  await assert.rejects(full.generate(), { message: "stored-bytes" });
  const alone = await model({ save: () => { throw refusal("bad-request"); } });
  await assert.rejects(alone.generate(), { message: "bad-request" });
  const offline = await model({ end: "length", template: () => { throw new Error("offline"); } });
  await assert.rejects(offline.generate(), { message: "offline" });
  assert.deepEqual([...full.heard, ...alone.heard].map(([name]) => name), ["save", "save"]);
});

test("a cut reply without templates is all there is", async () => {
  const { generate } = await model({ end: "length", save: () => assert.fail("a cut reply is not saved") });
  assert.deepEqual(await generate(), { reply: "I cannot.", finishReason: "length", generatedBy: "Tiny (in the browser)" });
});

test("what is cancelled stays cancelled: while the model writes, while it is saved, while a template answers", async () => {
  const stop = new AbortController();
  const writing = await model({ end: "length", template: streams });
  const saving = await model({ save: () => { stop.abort(); throw refusal("bad-request"); }, template: streams });
  const answering = await model({ end: "length", template: ({ signal }) => {
    stopThere.abort();
    signal.throwIfAborted();
  } });
  const stopThere = new AbortController();
  const early = new AbortController();
  const answers = [
    await writing.generate({ signal: early.signal, onText: () => early.abort() }),
    await saving.generate({ signal: stop.signal }),
    await answering.generate({ signal: stopThere.signal }),
  ];
  for (const answer of answers) assert.deepEqual([answer.finishReason, answer.saved, answer.instead], ["cancelled", undefined, undefined]);
  assert.deepEqual([writing, saving, answering].map((m) => m.heard.map(([name]) => name)), [[], ["save"], ["template"]]);
});
