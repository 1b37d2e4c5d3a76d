// Turns in a real Chromium, with the Firebase SDK, against the real backend, over
// connections that break. The last test uses the console, through the Hosting
// emulator.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";
import { origin, profile, user } from "./browser.mjs";

/** Controls the worker and the connection. Returns how often each prompt and function was called. */
const direct = async (what = {}) => (await fetch(process.env.CONTROL, { method: "POST", body: JSON.stringify(what) })).json();

const pieces = ["```html\n<!DOCTYPE html>\n", "<h1>Grüße 🎈</h1>\n", "<p>one</p>\n", "<p>two</p>\n", "```\n"];
const whole = pieces.join("");

/** Makes a new prompt, and scripts the worker's reply. With `hold`, the worker stops after so many pieces until the prompt is released. */
async function scene({ hold = 0, say = pieces } = {}) {
  const prompt = `a page ${crypto.randomUUID()}`;
  await direct({ prompt, say, hold });
  return prompt;
}

const { outputFiles: [sdk] } = await build({
  stdin: {
    contents: 'export { initializeApp } from "firebase/app"; export * from "firebase/auth"; export { getFunctions, httpsCallableFromURL } from "firebase/functions";',
    resolveDir: fileURLToPath(new URL("../../console", import.meta.url)),
  },
  bundle: true, format: "esm", write: false,
});

/** Opens a page where `turns` is the library's, with the SDK. After a reload the SDK restores the sign-in. */
async function reading(t, who) {
  const context = await profile(t);
  await context.route("**/sdk.js", (route) => route.fulfill({ contentType: "text/javascript", body: sdk.text }));
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error("page:", error));
  await page.goto(`${origin}/empty`);
  await setUp(page, who ?? (await user()));
  return page;
}

async function setUp(page, { email } = {}) {
  await page.evaluate(async ([email, emulator]) => {
    const [sdk, client] = await Promise.all([import("/sdk.js"), import("/client/index.js")]);
    const app = sdk.initializeApp({ projectId: "demo-dreambuild", apiKey: "any" });
    const auth = sdk.getAuth(app);
    sdk.connectAuthEmulator(auth, `http://${emulator}`, { disableWarnings: true });
    await auth.authStateReady();
    if (email) await sdk.signInWithEmailAndPassword(auth, email, "secret");
    const functions = sdk.getFunctions(app);
    const backend = client.fromFirebase((name, options) => sdk.httpsCallableFromURL(functions, `${location.origin}/${name}`, { timeout: 600_000, ...options }));
    globalThis.call = backend.call;
    globalThis.turns = client.openTurns({ ...backend, uid: () => auth.currentUser?.uid });
    globalThis.projectIdOf = (turnId) => client.projectIdOf(auth.currentUser.uid, turnId);
    globalThis.seen = {}; // by the prompt of generate, or the turnId of resume
    globalThis.ask = (how, what, options = {}) => {
      const seen = (globalThis.seen[what] = { text: "", pieces: "", said: [], stop: new AbortController() });
      const ended = globalThis.turns[how](what, {
        ...options, signal: seen.stop.signal,
        onText: (piece, whole) => [(seen.pieces += piece), (seen.text = whole)],
        onStatus: (message) => seen.said.push(message.phase ?? message.type),
      });
      return (seen.ended = ended.then((result) => ({ result }), ({ name, message, code, details }) => ({ error: { name, message, code, details } })));
    };
  }, [email, process.env.FIREBASE_AUTH_EMULATOR_HOST]);
}

/** Starts to read a turn; `ended` waits for its end. */
const ask = (page, how, what, options) => page.evaluate(([how, what, options]) => void globalThis.ask(how, what, options), [how, what, options]);
const ended = (page, what) => page.evaluate((what) => globalThis.seen[what].ended, what);
const seen = (page, what) => page.evaluate((what) => (({ text, pieces, said }) => ({ text, pieces, said }))(globalThis.seen[what]), what);
const received = (page, what, text) => page.waitForFunction(([what, text]) => globalThis.seen[what].text === text, [what, text], { polling: 20 });
const said = (page, what, word) => page.waitForFunction(([what, word]) => globalThis.seen[what].said.includes(word), [what, word], { polling: 20 });
const pending = (page) => page.evaluate(() => globalThis.turns.pending());
const cancel = (page, ...args) => page.evaluate((args) => globalThis.turns.cancel(...args), args);
const versions = (page, projectId) => page.evaluate(async (projectId) => (await globalThis.call("listVersions", { projectId })).versions.length, projectId);
const messages = (page, projectId) => page.evaluate(async (projectId) => (await globalThis.call("listMessages", { projectId })).messages.map((m) => m.text), projectId);

/** Asserts that the turn is complete, that its text was streamed and stored once, and that the worker was called once. */
async function once(page, what, { result, error }, prompt = what) {
  assert.equal(error, undefined, JSON.stringify(error));
  assert.deepEqual([result.state, result.version], ["complete", 1]);
  assert.match(result.code, /<h1>Grüße 🎈<\/h1>\n<p>one<\/p>\n<p>two/);
  const { text, pieces } = await seen(page, what);
  assert.equal(text, whole);
  assert.equal(pieces, whole);
  assert.equal(await versions(page, result.projectId), 1);
  assert.deepEqual(await messages(page, result.projectId), [whole, prompt]);
  assert.equal((await direct())[prompt], 1);
  assert.deepEqual(await pending(page), []);
}

test("a plain turn, and a second one in its project", async (t) => {
  const page = await reading(t);
  const prompt = await scene();
  await ask(page, "generate", prompt);
  const end = await ended(page, prompt);
  await once(page, prompt, end);
  assert.equal(end.result.projectId, await page.evaluate((id) => globalThis.projectIdOf(id), end.result.turnId));
  assert.deepEqual((await seen(page, prompt)).said.slice(0, 3), ["accepted", "queued", "prefill"]);

  await page.evaluate((projectId) => globalThis.ask("generate", "an empty one", { projectId: `${projectId}x` }), end.result.projectId);
  assert.equal((await ended(page, "an empty one")).error.details.reason, "no-such-project");
  assert.deepEqual(await pending(page), []);
});

test("reloaded in the middle: the text is read from its start to its end, and stored once", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 2 });
  await ask(page, "generate", prompt);
  await received(page, prompt, pieces.slice(0, 2).join(""));
  await page.reload();
  await setUp(page);
  const [{ turnId, ...rest }, ...more] = await pending(page);
  assert.deepEqual([rest.prompt, rest.projectId, more], [prompt, null, []]);
  await ask(page, "resume", turnId);
  await received(page, turnId, pieces.slice(0, 2).join(""));
  await direct({ release: prompt });
  await once(page, turnId, await ended(page, turnId), prompt);
});

test("reloaded: the turn has ended meanwhile", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 4 });
  await ask(page, "generate", prompt, { turnId: "while-away" });
  await received(page, prompt, pieces.slice(0, 4).join(""));
  await page.reload();
  await direct({ release: prompt });
  await setUp(page);
  await ask(page, "resume", "while-away");
  await once(page, "while-away", await ended(page, "while-away"), prompt);
});

test("the connection breaks repeatedly: the text arrives once", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 3 });
  await ask(page, "generate", prompt);
  await received(page, prompt, pieces.slice(0, 3).join(""));
  for (let i = 1; i <= 3; i++) {
    const before = (await direct()).resumeTurn ?? 0;
    await direct({ cut: true });
    await said(page, prompt, "reconnecting");
    while (((await direct()).resumeTurn ?? 0) === before);
  }
  await direct({ release: prompt });
  await once(page, prompt, await ended(page, prompt));
  assert.equal((await seen(page, prompt)).said.filter((s) => s === "accepted").length, 1);
});

test("the request never arrives: it is sent again, and stored once", async (t) => {
  const page = await reading(t);
  const prompt = await scene();
  await direct({ lose: 5, of: "generateCode" }); // the browser itself retries, too
  await ask(page, "generate", prompt);
  await once(page, prompt, await ended(page, prompt));
  assert.ok((await seen(page, prompt)).said.includes("reconnecting"));
});

test("no response arrives, not even accepted: the turn is resumed, and stored once", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 1 });
  await direct({ lose: 1, of: "generateCode", late: true });
  await ask(page, "generate", prompt);
  await received(page, prompt, pieces[0]);
  await direct({ release: prompt });
  await once(page, prompt, await ended(page, prompt));
});

test("offline at the start, then online", async (t) => {
  const page = await reading(t);
  const prompt = await scene();
  await page.context().setOffline(true);
  await ask(page, "generate", prompt);
  await said(page, prompt, "reconnecting");
  assert.equal((await pending(page))[0].prompt, prompt);
  await page.context().setOffline(false);
  await once(page, prompt, await ended(page, prompt));
});

test("reloaded before the request has arrived: it is sent after the reload", async (t) => {
  const page = await reading(t);
  const prompt = await scene();
  await direct({ lose: 100, of: "generateCode" });
  await ask(page, "generate", prompt);
  await said(page, prompt, "reconnecting");
  await page.reload();
  await direct({ lose: 1, of: "nothing" });
  await setUp(page);
  const [{ turnId }] = await pending(page);
  assert.equal((await direct())[prompt], undefined);
  await ask(page, "resume", turnId);
  await once(page, turnId, await ended(page, turnId), prompt);
});

test("the network changes during a turn: the connection is replaced", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 3 });
  await ask(page, "generate", prompt);
  await received(page, prompt, pieces.slice(0, 3).join(""));
  const before = (await direct()).resumeTurn ?? 0;
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  while (((await direct()).resumeTurn ?? 0) === before);
  await direct({ release: prompt });
  await once(page, prompt, await ended(page, prompt));
});

test("cancelled: a result without a version, and the text is kept", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 2 });
  await ask(page, "generate", prompt);
  const said = pieces.slice(0, 2).join("");
  await received(page, prompt, said);
  const { state } = await cancel(page);
  assert.equal(state, "cancelled");
  const { result } = await ended(page, prompt);
  assert.deepEqual([result.state, result.finishReason, result.version], ["cancelled", "cancelled", null]);
  assert.deepEqual(await messages(page, result.projectId), [said, prompt]);
  assert.equal(await versions(page, result.projectId), 0);
  assert.equal((await seen(page, prompt)).text, said);
  assert.deepEqual(await pending(page), []);
  assert.equal((await cancel(page, result.turnId)).state, "cancelled", "cancelling again");
  // The project is free for the next turn.
  const next = await scene();
  await ask(page, "generate", next, { projectId: result.projectId });
  assert.equal((await ended(page, next)).result.version, 1);
});

test("cancelled before the request arrives: the turn never runs", async (t) => {
  const page = await reading(t);
  const prompt = await scene();
  await direct({ lose: 100, of: "generateCode" });
  await ask(page, "generate", prompt);
  await said(page, prompt, "reconnecting");
  assert.equal((await cancel(page)).state, "cancelled");
  const { result } = await ended(page, prompt);
  assert.deepEqual([result.state, result.finishReason, result.version], ["cancelled", "cancelled", null]);
  assert.equal((await direct({ lose: 1, of: "nothing" }))[prompt], undefined);
});

test("the reader aborts: the turn continues, and can be resumed", async (t) => {
  const page = await reading(t);
  const prompt = await scene({ hold: 2 });
  await ask(page, "generate", prompt, { turnId: "left" });
  await received(page, prompt, pieces.slice(0, 2).join(""));
  await page.evaluate((prompt) => globalThis.seen[prompt].stop.abort(), prompt);
  assert.equal((await ended(page, prompt)).error.name, "AbortError");
  assert.deepEqual((await pending(page)).map((p) => p.turnId), ["left"]);
  await direct({ release: prompt });
  await ask(page, "resume", "left");
  await once(page, "left", await ended(page, "left"), prompt);
});

test("two turns at once, in two projects", async (t) => {
  const page = await reading(t);
  const prompts = [await scene({ hold: 1 }), await scene({ hold: 4 })];
  for (const prompt of prompts) await ask(page, "generate", prompt);
  await received(page, prompts[0], pieces[0]);
  await received(page, prompts[1], pieces.slice(0, 4).join(""));
  assert.deepEqual((await pending(page)).map((p) => p.prompt), prompts);
  for (const prompt of prompts.toReversed()) await direct({ release: prompt });
  const ends = await Promise.all(prompts.map((prompt) => ended(page, prompt)));
  for (const [i, prompt] of prompts.entries()) await once(page, prompt, ends[i]);
});

test("the console: after a reload the text continues and is saved once; Stop stops a turn", async (t) => {
  const context = await profile(t);
  await context.route("**/local.json", (route) => route.fulfill({
    json: { functionsUrl: origin, auth: process.env.FIREBASE_AUTH_EMULATOR_HOST, firebase: { projectId: "demo-dreambuild", apiKey: "any" } },
  }));
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  const shows = (text) => page.waitForFunction((text) => document.querySelector("pre")?.textContent === text, text, { polling: 20 });
  const create = async (prompt) => {
    await page.locator("textarea").fill(prompt);
    await page.getByRole("button", { name: "Create" }).click();
  };
  await page.goto(process.env.HOSTING);
  await page.getByRole("button", { name: "Go on as a guest" }).click();

  const prompt = await scene({ hold: 3 });
  await create(prompt);
  await shows(pieces.slice(0, 3).join(""));
  await page.reload();
  await shows(pieces.slice(0, 3).join(""));
  assert.equal(await page.locator("textarea").inputValue(), prompt);
  await direct({ cut: true });
  await page.getByText("The connection broke; trying again").waitFor();
  await page.getByText("scripted is writing …").waitFor();
  await direct({ release: prompt });
  await page.getByText(/^Saved: .*, version 1, by scripted/).waitFor();
  await shows(whole);
  assert.equal(await page.frameLocator('iframe[title="Preview"]').frameLocator('iframe[title="App"]').locator("h1").textContent(), "Grüße 🎈");
  await page.locator("#projects li", { hasText: "Version 1 · scripted" }).waitFor();
  assert.equal(await page.locator("#projects li").count(), 1);
  assert.equal((await direct())[prompt], 1);

  const stopped = await scene({ hold: 2 });
  await create(stopped);
  await shows(pieces.slice(0, 2).join(""));
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped; nothing was saved.").waitFor();

  // Signed out: another user does not resume the turn.
  const hers = await scene({ hold: 1 });
  await create(hers);
  await shows(pieces[0]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Go on as a guest" }).click();
  await page.getByRole("button", { name: "Create" }).waitFor();
  await direct({ release: hers });
  await page.reload();
  await page.locator("#projects .empty").waitFor();
  assert.equal(await page.locator("pre").textContent(), "");
  assert.deepEqual(problems, []);
});
