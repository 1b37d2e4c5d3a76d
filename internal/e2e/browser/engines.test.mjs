// Unmodified third-party engines on private weights: through the redirector, with
// the session's cookie, and with files that the library has stored.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { gate, inCaches, load, open, profile, user } from "./browser.mjs";

const model = process.env.MODEL; // WebLLM
const small = process.env.SMALL; // the real SmolLM2, for wllama
const words = process.env.WORDS; // transformers.js
const ann = await user();

/** The bytes of a model that the gate has sent, and the number of requests to the redirector. */
const counts = async (id) => {
  const { sent, links } = await gate({ of: `models/${id}/` });
  return { sent, links };
};

const withSession = async (t, path) => {
  const page = await open(await profile(t), ann, path);
  await page.evaluate(() => globalThis.call("openModelSession", {}));
  return page;
};

/** Has wllama generate text in a page, with the model at `given.url`, or else the loaded one. */
const talk = (page, given) => page.evaluate(async (given) => {
  const { Wllama } = await import("/modules/@wllama/wllama/esm/index.js");
  const wllama = new Wllama({ default: `${location.origin}/modules/@wllama/wllama/esm/wasm/wllama.wasm` }, { suppressNativeLog: true });
  const start = performance.now();
  const settings = { n_ctx: 512, n_threads: globalThis.crossOriginIsolated ? 2 : 1, n_gpu_layers: 0 };
  if (given.url) await wllama.loadModelFromUrl(new URL(given.url, location.href).href, settings);
  else await wllama.loadModel(await globalThis.model.blobs(), settings);
  const loaded = performance.now();
  const answer = await wllama.createChatCompletion({ messages: [{ role: "user", content: "Write a short HTML page with a button." }], max_tokens: 40, temperature: 0 });
  const said = performance.now();
  const threads = wllama.getNumThreads();
  await wllama.exit();
  return { text: answer.choices[0].message.content, tokens: answer.usage.completion_tokens, loadMs: Math.round(loaded - start), sayMs: Math.round(said - loaded), threads };
}, given);

let file; // SmolLM2's path
before(async () => {
  const page = await open(await profile({ after() {} }), ann);
  file = (await page.evaluate((id) => globalThis.call("grantModel", { modelId: id }), small)).files[0];
  await page.context().close();
});

test("wllama generates text from a granted model; the second load sends no request", async (t) => {
  const page = await open(await profile(t), ann, "/isolated/");
  const before = await counts(small);
  assert.deepEqual(await load(page, small), { ok: true });
  assert.equal((await counts(small)).sent - before.sent, file.size);
  const first = await talk(page, {});
  t.diagnostic(JSON.stringify(first));
  assert.equal(first.threads, 2);
  assert.equal(first.tokens, 40);
  assert.match(first.text, /<\w+/);
  const between = await counts(small);
  await page.evaluate(() => (globalThis.model = null));
  assert.deepEqual(await load(page, small), { ok: true });
  assert.equal((await talk(page, {})).text, first.text);
  assert.deepEqual(await counts(small), between);
});

test("wllama, unmodified, through the redirector, on one thread", async (t) => {
  const page = await withSession(t, "/empty");
  const before = await counts(small);
  const url = `/models/${small}/resolve/v1/${file.path}`;
  const first = await talk(page, { url });
  t.diagnostic(JSON.stringify(first));
  assert.equal(first.threads, 1);
  assert.match(first.text, /<\w+/);
  const between = await counts(small);
  assert.equal(between.sent - before.sent, file.size);
  assert.equal((await talk(page, { url })).text, first.text);
  assert.equal((await counts(small)).sent, between.sent, "the second load fetched weights");
});

/** Starts WebLLM on the model, and returns its error and where in WebLLM's bundle it occurred. */
const startWebLLM = (page, record) => page.evaluate(async (record) => {
  globalThis.webllm ??= await import("/modules/@mlc-ai/web-llm/lib/index.js");
  globalThis.appConfig = { model_list: [record] };
  const errors = [];
  try {
    await globalThis.webllm.CreateMLCEngine(record.model_id, { appConfig: globalThis.appConfig, logLevel: "SILENT" });
  } catch (error) {
    errors.push({ message: error.message, at: [...error.stack.matchAll(/at (\S+) .*index\.js:(\d+)/g)].map(([, name, line]) => `${name}:${line}`).join(" < ") });
  }
  return errors[0];
}, record);

const recordOf = (page, id) => page.evaluate((id) => ({
  model: `${location.origin}/models/${id}/resolve/v1/`, model_id: id, model_lib: `${location.origin}/models/${id}/resolve/v1/lib/v0_2_86/base.wasm`,
}), id);

test("WebLLM, unmodified, fetches config and model library through the redirector", async (t) => {
  const page = await withSession(t, "/empty");
  const requests = [];
  page.on("request", (r) => r.url().includes("/models/") && !r.url().includes("X-Goog-Signature") && requests.push(new URL(r.url()).pathname.split("/").slice(5).join("/")));
  const error = await startWebLLM(page, await recordOf(page, model));
  assert.deepEqual(requests, ["mlc-chat-config.json", "lib/v0_2_86/base.wasm"]);
  const has = await inCaches(page);
  assert.deepEqual(Object.keys(has).sort(), ["webllm/config", "webllm/wasm"]);
  // No package has a model library for 0.2.86. The test uses an empty module, so
  // WebLLM cannot get further.
  t.diagnostic(`WebLLM stops with: ${error.message} (lib/index.js, ${error.at})`);
  assert.match(error.message, /memory|export|instantiate|_initialize|undefined/i);
});

test("WebLLM uses the files that the library has stored, and deleting leaves none", async (t) => {
  const page = await open(await profile(t), ann);
  assert.deepEqual(await load(page, model), { ok: true });
  const before = await counts(model);
  const record = await page.evaluate(() => globalThis.model.record);
  await startWebLLM(page, record);
  const has = () => page.evaluate((id) => globalThis.webllm.hasModelInCache(id, globalThis.appConfig), model);
  assert.equal(await has(), true);
  assert.deepEqual(await counts(model), before, "WebLLM fetched stored files");
  await page.evaluate((id) => globalThis.models.deleteModel(id), model);
  assert.deepEqual(await inCaches(page), {});
  assert.equal(await has(), false);
});

/** Runs TVM's own loop over the shards. WebLLM's bundle contains it. */
const shardLoop = (page, id) => page.evaluate(async (id) => {
  if (!globalThis.tvmjs) await new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: "/modules/@mlc-ai/web-runtime/lib/index.js", onload: resolve, onerror: reject });
    document.head.append(script);
  });
  const said = [];
  // The loop needs an Instance for the tensors in the shards; these shards hold none.
  const instance = Object.assign(Object.create(globalThis.tvmjs.Instance.prototype), {
    initProgressCallback: [({ text }) => said.push(text.split(":")[0])], env: { logger: (text) => said.push(text) }, cacheMetadata: {},
  });
  await instance.fetchTensorCache(`${location.origin}/models/${id}/resolve/v1/`, { deviceType: 1 }, "webllm/model");
  return said;
}, id);

test("TVM's loop over the shards, through the redirector, and with stored files", async (t) => {
  const loaded = [1, 2, 3, 4, 5, 6].map((n) => `Loading model from cache[${n}/6]`);
  const one = await withSession(t, "/empty");
  const said = await shardLoop(one, model);
  assert.deepEqual(said.filter((s) => s.startsWith("Fetching")).sort(), [1, 2, 3, 4, 5, 6].map((n) => `Fetching param cache[${n}/6]`));
  assert.deepEqual(said.slice(-6), loaded);

  const two = await open(await profile(t), ann); // without a session
  assert.deepEqual(await load(two, model), { ok: true });
  const before = await counts(model);
  assert.deepEqual(await shardLoop(two, model), ["Start to fetch params", ...loaded]);
  assert.deepEqual(await counts(model), before);
});

/** Has transformers.js read a tokenizer; `own`: with the library's fetch. Returns the tokens of a text. */
const tokens = (page, id, own) => page.evaluate(async ([id, own]) => {
  const { AutoTokenizer, env } = await import("/modules/@huggingface/transformers/dist/transformers.min.js");
  env.allowLocalModels = false;
  env.remoteHost = `${location.origin}/models/`;
  // Not {revision}: 4.3.1 always looks for tokenizers in main (get_tokenizer_files).
  env.remotePathTemplate = "{model}/resolve/v1/";
  env.useBrowserCache = !own;
  if (own) env.fetch = globalThis.model.fetch;
  const tokenizer = await AutoTokenizer.from_pretrained(id);
  return tokenizer.encode("dream build");
}, [id, own]);

test("transformers.js, unmodified, through env.remoteHost and through env.fetch", async (t) => {
  const one = await withSession(t, "/empty");
  const before = await counts(words);
  assert.deepEqual(await tokens(one, words, false), [1, 2]);
  assert.ok((await counts(words)).links > before.links);

  const two = await open(await profile(t), ann); // without a session
  assert.deepEqual(await load(two, words), { ok: true });
  const between = await counts(words);
  assert.deepEqual(await tokens(two, words, true), [1, 2]);
  assert.deepEqual(await counts(words), between);
  assert.deepEqual(Object.keys(await inCaches(two)), [`dreambuild/models/${words}@v1`]);
});

test("a browser model is loaded and prompted, and its answer is saved as a project", async (t) => {
  const page = await open(await profile(t), ann, "/isolated/");
  const result = await page.evaluate(async ([id, uid]) => {
    const { Wllama } = await import("/modules/@wllama/wllama/esm/index.js");
    const saves = globalThis.client.openSaves({ call: globalThis.call, uid: () => uid });
    const browserModel = globalThis.client.openBrowserModel({
      loadModel: globalThis.models.loadModel, save: saves.save,
      engines: { wllama: () => new Wllama({ default: `${location.origin}/modules/@wllama/wllama/esm/wasm/wllama.wasm` }, { suppressNativeLog: true }) },
    });
    await browserModel.load(id);
    let streamed = "";
    const prefill = "```html\n<!DOCTYPE html>\n<title>Hello</title>\n<button onclick=\"alert('Hello')\">Hello</button>\n```";
    const answer = await browserModel.generate("create a button that says hello", { prefill, maxTokens: 300, temperature: 0, onText: (text) => (streamed += text) });
    const cut = await browserModel.generate("create a calculator", { maxTokens: 5 });
    const stop = new AbortController();
    const cancelled = await browserModel.generate("create a calculator", { signal: stop.signal, onText: () => stop.abort() });
    await browserModel.unload();
    return { streamed, answer, cut, cancelled };
  }, [small, ann.uid]);
  const { streamed, answer, cut, cancelled } = result;
  t.diagnostic(`${answer.reply.length} characters, ${answer.finishReason}`);
  assert.equal(streamed, answer.reply);
  assert.deepEqual([cut.finishReason, cut.saved], ["length", undefined]);
  assert.deepEqual([cancelled.finishReason, cancelled.saved], ["cancelled", undefined]);
  assert.equal(answer.finishReason, "stop");
  assert.deepEqual([answer.saved.state, answer.saved.source, answer.saved.generatedBy], ["complete", "browser", "SmolLM2 135M Instruct (in the browser)"]);
  assert.match(answer.saved.code, /<!DOCTYPE html>/i);
});

// Without a model library WebLLM cannot generate text here. A fake engine with
// WebLLM's interface shows how the library uses it.
test("a browser model on WebLLM's interface: streamed, stopped, cut, broken, unloaded", async (t) => {
  const page = await open(await profile(t), ann);
  const result = await page.evaluate(async (id) => {
    const said = [];
    let script;
    const engine = {
      interruptGenerate: () => said.push("interrupted"),
      unload: async () => said.push("unloaded"),
      chat: { completions: { create: async ({ messages }) => {
        said.push(messages.map((m) => m.role).join());
        return (async function* () {
          for (const piece of script.pieces) yield { choices: [{ delta: { content: piece } }] };
          if (script.end) yield { choices: [{ delta: {}, finish_reason: script.end }] };
          yield { choices: [], usage: {} };
        })();
      } } },
    };
    const browserModel = globalThis.client.openBrowserModel({
      loadModel: globalThis.models.loadModel,
      save: async (request) => (said.push(`saved ${request.reply}`), "saved"),
      engines: { webllm: async () => ({ CreateMLCEngine: async (id, { appConfig }) => (said.push(appConfig.model_list[0].model_id === id), engine) }) },
    });
    await Promise.all([browserModel.load(id), browserModel.load(id)]); // one after the other
    const reasons = [];
    for (script of [{ pieces: ["a", "b"], end: "stop" }, { pieces: ["a"], end: "length" }, { pieces: ["a"] }]) {
      reasons.push(await browserModel.generate("x", { prefill: "<" }).then((a) => a.finishReason, (e) => e.message));
    }
    const stop = new AbortController();
    script = { pieces: ["a", "b"], end: "stop" };
    reasons.push((await browserModel.generate("x", { signal: stop.signal, onText: () => stop.abort() })).finishReason);
    await browserModel.unload();
    reasons.push(await browserModel.generate("x").catch((e) => e.message));
    return { said, reasons };
  }, model);
  assert.deepEqual(result.reasons, ["stop", "length", "The model stopped before its answer was whole (without a reason).", "cancelled", "Load a model first."]);
  const asked = "system,user,assistant";
  assert.deepEqual(result.said, [true, "unloaded", true, asked, "saved <ab", asked, asked, "system,user", "interrupted", "unloaded"]);
});

afterEach(() => gate({ heal: true }));
