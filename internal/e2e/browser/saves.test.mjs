// Offline saves in a real Chromium, against the real backend.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, profile, user } from "./browser.mjs";

const page = "<!DOCTYPE html><title>x</title><h1>";

/** Opens a page where `saves` is the library's, and the next `lost` responses get lost. */
async function saving(context, who) {
  const p = await open(context, who);
  await openIt(p, who);
  return p;
}

const openIt = (p, { uid, token }) => p.evaluate(([uid, token]) => {
  globalThis.token = token;
  globalThis.lost = 0;
  globalThis.saved = [];
  const call = globalThis.call;
  globalThis.saves = globalThis.client.openSaves({
    uid: () => uid,
    onSaved: ({ turnId }) => globalThis.saved.push(turnId),
    call: async (name, data) => {
      const result = await call(name, data);
      if (globalThis.lost-- > 0) throw Object.assign(new Error("internal"), { code: "functions/internal" });
      return result;
    },
  });
}, [uid, token]);

const save = (p, request) => p.evaluate((request) => globalThis.saves.save(request), { generatedBy: "a test", source: "browser", ...request });
const versions = (p, projectId) => p.evaluate(async (projectId) => (await globalThis.call("listVersions", { projectId })).versions.length, projectId);
const waiting = (p) => p.evaluate(() => globalThis.saves.waiting());

test("online: a save is sent at once", async (t) => {
  const who = await user();
  const p = await saving(await profile(t), who);
  const result = await save(p, { reply: page + "1", prompt: "one" });
  assert.deepEqual([result.state, result.version, result.source], ["complete", 1, "browser"]);
  assert.deepEqual(await waiting(p), []);
  assert.equal(result.projectId, await p.evaluate(([uid, turnId]) => globalThis.client.projectIdOf(uid, turnId), [who.uid, result.turnId]));
});

test("offline: saves are kept, also across a reload, and sent once and in order", async (t) => {
  const context = await profile(t);
  const who = await user();
  const p = await saving(context, who);
  await context.setOffline(true);
  const first = await save(p, { reply: page + "1" });
  assert.equal(first.queued, true);
  const second = await save(p, { reply: page + "2", projectId: first.projectId });
  assert.deepEqual([second.queued, second.projectId], [true, first.projectId]);
  await context.setOffline(false);
  await p.waitForFunction(() => globalThis.saved.length === 2);
  assert.deepEqual(await p.evaluate(() => globalThis.saved), [first.turnId, second.turnId]);
  assert.equal(await versions(p, first.projectId), 2);

  await context.setOffline(true);
  const third = await save(p, { reply: page + "3", projectId: first.projectId });
  await p.close();
  await context.setOffline(false);
  const again = await saving(context, who);
  assert.deepEqual((await waiting(again)).map((w) => w.turnId), [third.turnId]);
  await again.evaluate(() => globalThis.saves.flush());
  assert.equal(await versions(again, first.projectId), 3);
  assert.deepEqual(await waiting(again), []);
});

test("a lost response: the save is sent again, and stored once", async (t) => {
  const p = await saving(await profile(t), await user());
  await p.evaluate(() => (globalThis.lost = 2));
  const { queued, projectId } = await save(p, { reply: page });
  assert.equal(queued, true);
  await p.waitForFunction(() => globalThis.saved.length === 1);
  assert.equal(await versions(p, projectId), 1);
});

test("two tabs send the same queue once", async (t) => {
  const context = await profile(t);
  const who = await user();
  const [one, two] = [await saving(context, who), await saving(context, who)];
  await context.setOffline(true);
  const { projectId } = await save(one, { reply: page + "1" });
  for (const n of [2, 3, 4]) await save(n % 2 ? one : two, { reply: page + n, projectId });
  await context.setOffline(false);
  await Promise.all([one, two].map((p) => p.evaluate(() => globalThis.saves.flush())));
  assert.equal(await versions(one, projectId), 4);
  assert.equal(await one.evaluate(() => globalThis.saved.length) + await two.evaluate(() => globalThis.saved.length), 4);
});

test("a refused save is kept, and does not block others", async (t) => {
  const p = await saving(await profile(t), await user());
  const failed = await p.evaluate(() => globalThis.saves.save({ reply: "", generatedBy: "a test", source: "browser" }).then(() => null, (e) => e.code));
  assert.equal(failed, "invalid-argument");
  assert.equal((await save(p, { reply: page })).state, "complete");
  const [kept] = await waiting(p);
  assert.equal(kept.refused.code, "invalid-argument");
  await p.evaluate((turnId) => globalThis.saves.discard(turnId), kept.turnId);
  assert.deepEqual(await waiting(p), []);
});

test("a save that is refused at once and not to be kept is forgotten, also if another tab has sent it; one that waited is kept", async (t) => {
  const context = await profile(t);
  const who = await user();
  const p = await saving(context, who);
  const outcome = await p.evaluate(async ([uid, reply]) => {
    let online = true;
    const refused = [];
    const call = async (name, data) => {
      if (!online) throw new TypeError("Failed to fetch");
      return globalThis.call(name, data);
    };
    const opened = () => globalThis.client.openSaves({ uid: () => uid, call, database: "unkept", onRefused: ({ turnId }) => refused.push(turnId) });
    const [saves, other] = [opened(), opened()]; // the other tab
    const asked = [];
    const keeps = (error) => (asked.push(error.details.reason), false);
    const save = (turnId, text) => saves.save({ reply: text, turnId, generatedBy: "a test", source: "browser" }, { keeps }).then((r) => r.state ?? "queued", (e) => e.code);
    const left = async () => (await saves.waiting()).map((w) => `${w.turnId} ${w.refused ? "refused" : "waits"}`);
    const told = [await save("empty", ""), await save("fine", reply), await left(), [...refused], [...asked]];

    let free;
    await new Promise((held) => navigator.locks.request("dreambuild/saves/unkept", () => new Promise((done) => [(free = done), held()])));
    const sentByOther = other.flush(); // comes first once the lock is free
    const saving = save("theirs", "");
    while ((await saves.waiting()).length === 0); // until the save is stored
    free();
    await sentByOther;
    told.push(await saving, await left(), [...refused]);

    online = false;
    told.push(await save("later", ""));
    online = true;
    await saves.flush();
    return [...told, await left()];
  }, [who.uid, page]);
  assert.deepEqual(outcome, [
    "invalid-argument", "complete", [], [], ["bad-request"],
    "invalid-argument", [], ["theirs"],
    "queued", ["later refused"],
  ]);
});

test("a browser's model that gives no app: templates answer, and no save is left", async (t) => {
  const who = await user();
  const p = await saving(await profile(t), who);
  const { answers, seen, left } = await p.evaluate(async (uid) => {
    const engine = { chat: { completions: { create: async ({ messages }) => (async function* () {
      yield { choices: [{ delta: { content: "I cannot." } }] };
      yield { choices: [{ delta: {}, finish_reason: messages.at(-1).content.includes("cut") ? "length" : "stop" }] };
    })() } } };
    const refused = [];
    const saves = globalThis.client.openSaves({ uid: () => uid, call: globalThis.call, onRefused: ({ turnId }) => refused.push(turnId) });
    const stream = async (name, data, onMessage) => {
      onMessage({ type: "text", text: "(a template)", cursor: "12" });
      return globalThis.call(name, data);
    };
    const turns = globalThis.client.openTurns({ uid: () => uid, call: globalThis.call, stream });
    const model = globalThis.client.openBrowserModel({
      loadModel: async () => ({ manifest: { engine: "webllm", name: "Tiny", modelId: "tiny" }, use: (work) => work() }),
      engines: { webllm: () => ({ CreateMLCEngine: async () => engine }) },
      save: saves.save,
      template: (prompt, options) => turns.generate(prompt, { ...options, engine: "template" }),
    });
    await model.load("tiny");
    let seen = "";
    const ask = (prompt, options) => model.generate(prompt, { onText: (_, whole) => (seen = whole), ...options });
    const first = await ask("create a calculator with dark mode");
    const answers = [first, await ask("cut it short, and make it light", { projectId: first.instead.projectId })];
    return { answers, seen, left: [await saves.waiting(), turns.pending(), refused] };
  }, who.uid);
  assert.deepEqual(answers.map(({ finishReason, instead, saved }) => [finishReason, instead.source, instead.version, saved]), [["stop", "template", 1, undefined], ["length", "template", 2, undefined]]);
  assert.equal(seen, "(a template)");
  assert.deepEqual(left, [[], [], []]);
  assert.equal(await versions(p, answers[0].instead.projectId), 2);
});

test("a waiting save is sent only when its own user is signed in", async (t) => {
  const context = await profile(t);
  const [ann, bob] = [await user(), await user()];
  const p = await saving(context, ann);
  await context.setOffline(true);
  const { projectId } = await save(p, { reply: page });
  await p.evaluate(() => globalThis.saves.close());
  await context.setOffline(false);
  await openIt(p, bob);
  assert.equal((await save(p, { reply: page })).state, "complete", "ann's save blocks bob's");
  assert.deepEqual(await waiting(p), []);
  await p.evaluate(() => globalThis.saves.close());
  await openIt(p, ann);
  await p.evaluate(() => globalThis.saves.flush());
  assert.equal(await versions(p, projectId), 1);
});

test("another user signs in while a save waits for its lock: it is not sent as that user", async (t) => {
  const [ann, bob] = [await user(), await user()];
  const p = await saving(await profile(t), ann);
  const result = await p.evaluate(async ([ann, bob, reply]) => {
    const calls = [];
    let uid = ann.uid;
    const saves = globalThis.client.openSaves({ uid: () => uid, database: "another", call: async (...args) => calls.push([uid, args]) });
    let free;
    await new Promise((held) => navigator.locks.request("dreambuild/saves/another", () => new Promise((done) => [(free = done), held()])));
    const saving = saves.save({ reply, generatedBy: "a test", source: "browser" });
    while ((await saves.waiting()).length === 0); // until the save is stored
    uid = bob.uid;
    free();
    return { saved: await saving, calls };
  }, [ann, bob, page]);
  assert.deepEqual(result.calls, []);
  assert.equal(result.saved.queued, true);
});
