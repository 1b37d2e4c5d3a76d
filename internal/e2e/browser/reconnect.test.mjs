// turns.js with scripted answers and errors, without a backend and a network.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fromFirebase } from "../../console/client/firebase.js";
import { openTurns } from "../../console/client/turns.js";

const uid = () => "ann";
const failing = (code, details) => Object.assign(new Error(code), { code: code && `functions/${code}`, details });
const broken = failing("internal"); // the SDK's error when there is no network
const accepted = { type: "accepted", turnId: "t1", projectId: "p1" };
const text = (text, cursor) => ({ type: "text", text, cursor: String(cursor) });

/** A fake of a tab's sessionStorage. */
function tab(items = {}) {
  const all = new Map(Object.entries(items));
  return { get length() { return all.size; }, key: (i) => [...all.keys()][i], getItem: (k) => all.get(k) ?? null, setItem: (k, v) => all.set(k, v), removeItem: (k) => all.delete(k), all };
}

/**
 * Turns with scripted streams, each `[...messages, ending]`. An ending is an Error, a
 * result, or a promise of one. `asked` collects the calls.
 */
function scripted(script, { storage = tab(), who = uid, call = async () => ({ state: "cancelled" }) } = {}) {
  const asked = [];
  const turns = openTurns({
    uid: who, call, storage,
    stream: async (name, data, onMessage) => {
      asked.push([name, data]);
      const all = [...script.shift()];
      const ending = await all.pop();
      all.forEach(onMessage);
      if (ending instanceof Error) throw ending;
      return ending;
    },
  });
  return { turns, asked, storage };
}

const options = { turnId: "t1" };

/** Runs work with fake timers that advance by themselves. */
async function hurry(t, work) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let done = false;
  const promise = Promise.resolve(work()).finally(() => (done = true));
  promise.catch(() => {});
  while (!done) {
    for (let i = 0; i < 20; i++) await null;
    t.mock.timers.tick(50);
  }
  return promise;
}

test("a turn is stored before it is sent, and removed when it has ended", async () => {
  const during = [];
  const { turns, asked, storage } = scripted([[accepted, { type: "source", source: "worker", generatedBy: "x" }, { type: "new", text: "?" }, text("a", 1), text("b", 2), { version: 1 }]]);
  const pieces = [];
  const result = await turns.generate("a clock", {
    ...options, onText: (piece, whole) => pieces.push([piece, whole]),
    onStatus: (message) => during.push(message.type, [...storage.all.keys()].length),
  });
  assert.deepEqual(result, { version: 1 });
  assert.deepEqual(asked, [["generateCode", { prompt: "a clock", turnId: "t1" }]]);
  assert.deepEqual(pieces, [["a", "a"], ["b", "ab"]]);
  assert.deepEqual(during, ["accepted", 1, "source", 1]);
  assert.deepEqual([turns.pending(), storage.all.size], [[], 0]);
});

test("after a break, reading continues after the cursor, and nothing is reported twice", async (t) => {
  const notice = { type: "notice", text: "n" };
  const { turns, asked } = scripted([
    [accepted, notice, text("a", 1), broken], [failing("unavailable")], [failing("")], [accepted, notice, text("b", 2), text("c", 3), failing("deadline-exceeded")], [accepted, notice, { state: "complete" }],
  ]);
  const said = [];
  let all;
  const result = await hurry(t, () => turns.generate("a clock", {
    ...options, projectId: "p1", onText: (_, whole) => (all = whole), onStatus: ({ type, phase }) => said.push(phase ?? type),
  }));
  assert.deepEqual(result, { state: "complete" });
  assert.equal(all, "abc");
  assert.deepEqual(asked.slice(1).map(([name, data]) => [name, data]), [["resumeTurn", { turnId: "t1", projectId: "p1", cursor: "1" }], ["resumeTurn", { turnId: "t1", projectId: "p1", cursor: "1" }],
    ["resumeTurn", { turnId: "t1", projectId: "p1", cursor: "1" }], ["resumeTurn", { turnId: "t1", projectId: "p1", cursor: "3" }]]);
  assert.deepEqual(said, ["accepted", "notice", "reconnecting", "reconnecting", "reconnecting", "reconnecting"]);
});

test("a turn that was never accepted is sent again, also after a reload; an accepted one is not", async (t) => {
  for (const reason of ["no-such-turn", "no-such-project"]) {
    const gone = failing("not-found", { reason });
    const { turns, asked } = scripted([[broken], [gone], [broken], [gone], [accepted, "it"]]);
    assert.equal(await hurry(t, () => turns.generate("a clock", { ...options, continues: "t0", projectId: "p1" })), "it");
    assert.deepEqual(asked.map(([name]) => name), ["generateCode", "resumeTurn", "generateCode", "resumeTurn", "generateCode"]);
    assert.deepEqual(asked[4][1], { prompt: "a clock", projectId: "p1", turnId: "t1", continues: "t0" });
    t.mock.timers.reset();

    const deleted = scripted([[accepted, broken], [gone]]);
    await assert.rejects(hurry(t, () => deleted.turns.generate("a clock", options)), gone);
    assert.deepEqual(deleted.turns.pending(), []);
    t.mock.timers.reset();
  }
  const storage = tab();
  const first = scripted([[new Promise(() => {})]], { storage });
  const reload = new AbortController();
  first.turns.generate("a clock", { ...options, signal: reload.signal }).catch(() => {});
  t.after(() => reload.abort()); // or its timer would keep running
  const again = scripted([[failing("not-found", { reason: "no-such-turn" })], [accepted, "it"]], { storage });
  assert.deepEqual(again.turns.pending().map((p) => [p.turnId, p.prompt, p.projectId]), [["t1", "a clock", null]]);
  assert.equal(await again.turns.resume("t1"), "it");
  assert.deepEqual(again.asked, [["resumeTurn", { turnId: "t1" }], ["generateCode", { prompt: "a clock", turnId: "t1" }]]);
  const absent = scripted([[failing("not-found", { reason: "no-such-turn" })]]);
  await assert.rejects(absent.turns.resume("t9", { projectId: "p1" }), { code: "functions/not-found" });
});

test("which errors end a turn, and which are retried", async (t) => {
  for (const [code, reason] of [["aborted", "interrupted"], ["unavailable", "worker-lost"], ["unavailable", "worker-unavailable"], ["invalid-argument", "turn-reused"], ["aborted", "turn-in-progress"],
    ["resource-exhausted", "daily-turns"], ["resource-exhausted", "concurrent-turns"], ["permission-denied", "admin-only"], ["invalid-argument", undefined], ["not-found", undefined], ["unavailable", "a new one"]]) {
    const error = failing(code, reason && { reason });
    const { turns } = scripted([[accepted, error]]);
    await assert.rejects(turns.generate("a clock", options), error);
    assert.deepEqual(turns.pending(), [], `${code} ${reason}`);
  }
  for (const [code, reason] of [["unavailable", "shutting-down"], ["unavailable", "store-unavailable"], ["unavailable", "keys-unavailable"], ["deadline-exceeded", "turn-continues"],
    ["unavailable"], ["internal"], ["unknown"], ["deadline-exceeded"], ["cancelled"], ["resource-exhausted"], [""]]) {
    const { turns, asked } = scripted([[accepted, failing(code, reason && { reason, state: "running" })], ["it"]]);
    assert.equal(await hurry(t, () => turns.generate("a clock", options)), "it", `${code} ${reason}`);
    assert.equal(asked[1][0], "resumeTurn");
    t.mock.timers.reset();
  }
});

test("turn-continues is resumed at once, but not endlessly without new text", async (t) => {
  const cut = failing("deadline-exceeded", { reason: "turn-continues", state: "running" });
  const { turns } = scripted([[accepted, text("a", 1), cut], [text("b", 2), cut], ["it"]]);
  assert.equal(await turns.generate("a clock", { ...options, onStatus: ({ phase }) => assert.notEqual(phase, "reconnecting") }), "it");
  const mute = scripted(Array.from({ length: 20 }, () => [accepted, cut]));
  await assert.rejects(hurry(t, () => mute.turns.generate("a clock", options)), cut);
});

test("signed out: the turn stays pending until the user signs in again", async () => {
  const { turns, storage } = scripted([[accepted, failing("unauthenticated", { reason: "sign-in-required" })]]);
  await assert.rejects(turns.generate("a clock", options), { code: "functions/unauthenticated" });
  assert.equal(turns.pending().length, 1);
  assert.deepEqual(scripted([], { storage, who: () => "bob" }).turns.pending(), []);
  assert.deepEqual(scripted([], { storage, who: () => null }).turns.pending(), []);
});

test("signed in as another user meanwhile: no call is made as that user", async (t) => {
  let who = "ann";
  const { turns, asked } = scripted([[broken]], { who: () => who });
  await assert.rejects(hurry(t, () => turns.generate("a clock", { ...options, onStatus: () => (who = "bob") })), { code: "unauthenticated" });
  assert.deepEqual([asked.length, turns.pending()], [1, []]);
  await assert.rejects(turns.cancel("t1"), { code: "unauthenticated" });
  who = "ann";
  assert.equal(turns.pending().length, 1);
  who = null;
  await assert.rejects(turns.generate("a clock"), /Sign in/);
});

test("tries are limited, and the turn stays pending", async (t) => {
  const { turns, asked } = scripted(Array.from({ length: 14 }, () => [broken]).concat([["it"]]));
  await assert.rejects(hurry(t, () => turns.generate("a clock", options)), broken);
  assert.equal(asked.length, 13);
  assert.equal(turns.pending().length, 1);
});

test("the text is cut to the bytes that were stored, at a character's boundary", async () => {
  for (const [said, length, kept] of [["häß 🎈!", 4, "hä"], ["häß 🎈!", 3, "hä"], ["häß 🎈!", 2, "h"], ["häß 🎈!", 10, "häß 🎈"], ["häß 🎈!", 9, "häß "], ["häß 🎈!", 0, ""], ["\uFEFFab", 4, "\uFEFFa"],
    ["häß 🎈!", 11, null], ["häß 🎈!", 99, null], ["häß 🎈!", null, null]]) {
    const { turns } = scripted([[accepted, text(said, 1), failing("aborted", { reason: "interrupted", state: "interrupted", length })]]);
    const texts = [];
    await assert.rejects(turns.generate("a clock", { ...options, onText: (...all) => texts.push(all) }), { code: "functions/aborted" });
    assert.deepEqual(texts, kept === null ? [[said, said]] : [[said, said], ["", kept]], `${said} ${length}`);
  }
});

test("an abort rejects at once with its reason; later text is dropped, and the turn stays pending", async () => {
  let say;
  const stop = new AbortController();
  const left = [];
  const turns = openTurns({
    uid, storage: tab(), call: async () => null,
    stream: (name, data, onMessage, signal) => new Promise(() => {
      signal.addEventListener("abort", () => left.push(name));
      (say = onMessage)(text("a", 1));
    }),
  });
  const texts = [];
  const reading = turns.generate("a clock", { ...options, signal: stop.signal, onText: (piece) => texts.push(piece) });
  stop.abort(new Error("enough"));
  await assert.rejects(reading, /enough/);
  say(text("b", 2));
  assert.deepEqual([texts, left, turns.pending().length], [["a"], ["generateCode"], 1]);
  await assert.rejects(turns.resume("t1", { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(turns.generate("never begun", { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(turns.pending().length, 1);
});

test("an abort during the pause before the next try", async () => {
  const stop = new AbortController();
  const { turns } = scripted([[broken]]);
  await assert.rejects(turns.generate("a clock", { signal: stop.signal, onStatus: () => setTimeout(() => stop.abort(), 10) }), { name: "AbortError" });
  assert.equal(turns.pending().length, 1);
});

test("a connection that is silent for a minute is replaced, without a status", async (t) => {
  const { turns, asked } = scripted([[new Promise(() => {})], [accepted, "it"]]);
  assert.equal(await hurry(t, () => turns.generate("a clock", { ...options, onStatus: ({ type }) => assert.equal(type, "accepted") })), "it");
  assert.deepEqual(asked.map(([name]) => name), ["generateCode", "resumeTurn"]);
});

test("the network is back: the next try begins at once, and an open connection is replaced", async (t) => {
  const events = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] = events[name].bind(events);
  t.after(() => [delete globalThis.addEventListener, delete globalThis.removeEventListener]);
  t.mock.timers.enable({ apis: ["setTimeout"] }); // they never fire
  const { turns, asked } = scripted([[broken], [new Promise(() => {})], ["it"]]);
  const result = turns.generate("a clock", options);
  while (asked.length < 3) {
    await new Promise(setImmediate);
    events.dispatchEvent(new Event("online"));
  }
  assert.equal(await result, "it");
});

test("a storage that throws, or holds invalid data", async () => {
  const no = () => { throw new DOMException("no", "SecurityError"); };
  const { turns } = scripted([[accepted, broken], ["it"]], { storage: { get length() { return no(); }, key: no, getItem: no, setItem: no, removeItem: no } });
  let pending;
  assert.equal(await turns.generate("a clock", { ...options, onStatus: () => (pending = turns.pending()) }), "it");
  assert.equal(pending.length, 1);
  const odd = scripted([["it"]], { storage: tab({ "dreambuild/turns/x": "{", other: "1", "dreambuild/turns/y": JSON.stringify({ uid: "ann", turnId: "y", startedAt: 1 }) }) });
  assert.deepEqual(odd.turns.pending().map((p) => p.turnId), ["y"]);
  assert.equal(await openTurns({ uid, call: null, stream: async () => "it" }).generate("no storage at all"), "it");
});

test("a listener that throws does not stop a turn", async () => {
  const { turns } = scripted([[accepted, text("a", 1), "it"]]);
  const say = mock.method(console, "error", () => {});
  const bad = () => { throw new Error("in the app"); };
  assert.equal(await turns.generate("a clock", { onText: bad, onStatus: bad }), "it");
  assert.equal(say.mock.callCount(), 2);
  say.mock.restore();
});

test("cancel: the latest turn, or one of a named project; retried until it arrives", async (t) => {
  const asked = [];
  const answers = [broken, { state: "running", cancelRequested: true }, { state: "cancelled" }, { state: "cancelled" }, failing("not-found", { reason: "no-such-project" })];
  const call = async (...all) => {
    asked.push(all);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const { turns } = scripted([[new Promise(() => {})], [new Promise(() => {})]], { call });
  await assert.rejects(turns.cancel(), /No turn/);
  const stop = new AbortController();
  await hurry(t, async () => {
    turns.generate("one", { turnId: "t1", projectId: "p1", signal: stop.signal }).catch(() => {});
    assert.deepEqual(await turns.cancel(), { state: "running", cancelRequested: true });
    assert.equal(turns.pending().length, 1, "a turn that is being read stays pending");
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 1));
    await turns.cancel("t1");
    assert.equal(turns.pending().length, 0, "a turn that is not being read is removed");
    await turns.cancel("t9", "p9");
    await assert.rejects(turns.cancel("t9", "p9"), { code: "functions/not-found" });
  });
  const p1 = ["cancelTurn", { turnId: "t1", projectId: "p1" }], p9 = ["cancelTurn", { turnId: "t9", projectId: "p9" }];
  assert.deepEqual(asked, [p1, p1, p1, p9, p9]);
});

test("the SDK's stream: a connection that ends early without an error is an error", async () => {
  const sdk = (messages, result) => ({ stream: async () => ({ stream: (async function* () { yield* messages; })(), data: result }) });
  const of = (callable) => fromFirebase(() => callable).stream("generateCode", {}, () => {});
  assert.equal(await of(sdk([accepted], Promise.resolve("it"))), "it");
  await assert.rejects(of(sdk([accepted], new Promise(() => {}))), { code: "unavailable" });
  await assert.rejects(of(sdk([], Promise.reject(broken))), broken);
  assert.equal(await fromFirebase((name) => async (data) => ({ data: [name, data] })).call("f", 1).then(String), "f,1");
});
