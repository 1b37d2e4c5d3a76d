// The examples of README.md. tsc checks all of them against the package that ships.
// The examples that need no browser run here, with the Firebase SDK and a fake
// backend.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { deleteApp, initializeApp } from "firebase/app";
import { getAuth } from "firebase/auth";
import { connectFunctionsEmulator, getFunctions, httpsCallableFromURL } from "firebase/functions";

const app = initializeApp({ projectId: "demo", apiKey: "any" });
const functions = getFunctions(app);
const auth = { currentUser: { uid: "ann" } };
const pre = { textContent: "" };
class Wllama { // the real one ships TypeScript that does not pass strict checks
  /** @param {{default: string}} paths */
  constructor(paths) {
    this.paths = paths;
  }
}

// #region setup
import { fromFirebase, openBrowserModel, openModels, openPreview, openSaves, openTurns } from "@dreambuild/client";
import { httpsCallable } from "firebase/functions";

const backend = fromFirebase((name, options) => httpsCallable(functions, name, { timeout: 600_000, ...options }));
const turns = openTurns({ ...backend, uid: () => auth.currentUser?.uid });
// #endregion

test("a turn, one after a reload, one that is cancelled, and a download", async (/** @type {any} */ t) => {
  /** @type {[string, any][]} */
  const asked = [];
  const accepted = { type: "accepted", turnId: "t1", projectId: "p1" };
  const server = createServer(async (/** @type {any} */ request, /** @type {any} */ response) => {
    const name = request.url.split("/").at(-1);
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push([name, JSON.parse(body).data]);
    if (name === "exportProject") return response.setHeader("Content-Type", "application/json").end(JSON.stringify({ result: { name: "Clock", zip: "", document: "<h1>12:00" } }));
    if (name === "cancelTurn") return response.setHeader("Content-Type", "application/json").end(JSON.stringify({ result: { state: "cancelled" } }));
    response.setHeader("Content-Type", "text/event-stream");
    const say = (/** @type {object} */ line) => response.write(`data: ${JSON.stringify(line)}\n\n`);
    if (name === "generateCode") { // its stream ends without a result
      for (const message of [accepted, { type: "source", source: "worker", generatedBy: "a model" }, { type: "text", text: "<h1>", cursor: "4" }]) say({ message });
    } else {
      say({ result: { state: "complete", code: "<h1>" } });
    }
    response.end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => Promise.all([deleteApp(app), server.closeAllConnections(), server.close()]));
  connectFunctionsEmulator(functions, "127.0.0.1", server.address().port);
  const frame = { srcdoc: "" };

  // #region generate
  const result = await turns.generate("create calculator with dark mode", {
    onText: (_, whole) => (pre.textContent = whole),
    onStatus: (status) => {
      if (status.type === "source") console.log(`${status.generatedBy} is writing.`);
    },
  });
  if (result.state === "complete") frame.srcdoc = result.code;
  // #endregion
  assert.deepEqual([frame.srcdoc, turns.pending()], ["<h1>", []]);
  assert.deepEqual(asked.map(([name]) => name), ["generateCode", "resumeTurn"]);
  assert.equal(asked[1][1].cursor, "4");

  // #region resume
  for (const { turnId } of turns.pending()) {
    await turns.resume(turnId, { onText: (_, whole) => (pre.textContent = whole) });
  }
  // #endregion

  const turnId = "t3";
  // #region cancel
  const { state } = await turns.cancel(turnId);
  // #endregion
  assert.equal(state, "cancelled");
  assert.deepEqual(asked.at(-1), ["cancelTurn", { turnId: "t3" }]);

  const projectId = "p1";
  /** What generateCode was last asked. */
  const request = () => asked.findLast(([name]) => name === "generateCode")?.[1];
  // #region fix
  const fixed = await turns.fix(projectId, [{ message: "add is not defined", path: "index.html", line: 12 }]);
  if (fixed.version === null) console.log("Nothing was changed.");
  // #endregion
  assert.deepEqual({ ...request(), turnId: "" }, { turnId: "", projectId, errors: [{ message: "add is not defined", path: "index.html", line: 12 }] });

  const long = { message: "é".repeat(5000), stack: "at index.html:1:1", path: "index.html", line: NaN };
  await turns.fix(projectId, [...Array(30).keys()].map((n) => (n ? { message: "", stack: "x".repeat(5000) } : long)), { prompt: "it stands still", turnId: "t4" });
  const { errors, ...rest } = request();
  assert.deepEqual(rest, { turnId: "t4", projectId, prompt: "it stands still" });
  assert.equal(errors.length, 20);
  assert.deepEqual(errors[0], { message: "é".repeat((2048 - "index.html".length) / 2), path: "index.html" });
  assert.deepEqual(errors[1], { message: "An error without a message.", stack: "x".repeat(2048 - 27) });

  // #region target
  await turns.generate("make it green", { projectId, target: { selector: "#add", html: '<button id="add">Add</button>' } });
  // #endregion
  assert.deepEqual({ ...request(), turnId: "" }, { turnId: "", projectId, prompt: "make it green", target: { selector: "#add", html: '<button id="add">Add</button>' } });
  const link = { href: "", download: "" };
  // #region export
  const { name, document = "" } = await backend.call("exportProject", { projectId, document: true });
  link.href = URL.createObjectURL(new Blob([document], { type: "application/octet-stream" }));
  link.download = `${name}.html`;
  // #endregion
  assert.deepEqual([asked.at(-1), link.download, await (await fetch(link.href)).text()], [["exportProject", { projectId: "p1", document: true }], "Clock.html", "<h1>12:00"]);
});

/**
 * Examples that need a browser: they are checked for types, and not run.
 *
 * @param {Element} container
 * @param {import("@dreambuild/client/api").TurnResult} result
 */
export async function inABrowser(container, result) {
  // #region preview
  const preview = openPreview(container, {
    code: result.code,
    network: result.network,
    files: result.files,
    previewOrigin: "https://my-project.firebaseapp.com",
    storage: result.projectId,
    onError: ({ kind, message, path, line }) => console.log(kind, message, path, line),
    onConsole: ({ level, text }) => console.log(level, text),
    onReady: ({ isolated }) => console.log(isolated ? "The app runs in a process of its own." : "If the app freezes, so does this page."),
  });
  preview.setViewport({ width: 390, height: 844 });
  const picked = await preview.pick(); // null: the user pressed Esc
  // #endregion

  // #region models
  const models = openModels({ call: backend.call });
  const stop = new AbortController(); // stop.abort() pauses the download
  const model = await models.loadModel("smollm2-135m-instruct", {
    signal: stop.signal,
    onProgress: ({ phase, loaded, total, secondsLeft }) => console.log(phase, loaded, total, secondsLeft),
  });
  // #endregion

  // #region saves
  const saves = openSaves({
    call: backend.call,
    uid: () => auth.currentUser?.uid,
    onSaved: (_, result) => console.log(`${result.name} is stored as version ${result.version}.`),
    onRefused: ({ refused }) => console.log(refused?.message),
  });
  // #endregion

  // #region run
  const browserModel = openBrowserModel({
    loadModel: models.loadModel,
    save: saves.save,
    template: (prompt, options) => turns.generate(prompt, { ...options, engine: "template" }),
    engines: {
      wllama: () => new Wllama({ default: "/wllama.wasm" }),
      webllm: () => import("@mlc-ai/web-llm"),
    },
  });
  await browserModel.load("smollm2-135m-instruct");
  const answer = await browserModel.generate("create a clock", { onText: (_, whole) => (pre.textContent = whole) });
  const made = answer.instead ?? answer.saved;
  // #endregion

  // #region save
  const saved = await saves.save({ reply: answer.reply, generatedBy: answer.generatedBy, source: "browser" });
  if ("queued" in saved) console.log(`Offline. The project will be ${saved.projectId}.`);
  // #endregion

  // #region session
  await httpsCallableFromURL(functions, `${location.origin}/openModelSession`, { limitedUseAppCheckTokens: true })({});
  // #endregion
  return [model, made, getAuth(app), picked?.selector];
}
