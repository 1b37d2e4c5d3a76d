import assert from "node:assert/strict";
import { test } from "node:test";
import { about, after, delay, exhausted, pause, verdict } from "./retry.js";

const failed = (code, details) => Object.assign(new Error(code), { code, details });

for (const [name, error, want] of [
  ["no network, as the SDK reports it", failed("functions/internal"), "retry"],
  ["a network error of fetch, which has no code", new TypeError("Failed to fetch"), "retry"],
  ["no error value", undefined, "retry"],
  ["the platform has no free instance", failed("functions/resource-exhausted"), "retry"],
  ["the backend is being replaced", failed("functions/unavailable", { reason: "shutting-down" }), "retry"],
  ["the call was cut and the turn continues", failed("functions/deadline-exceeded", { reason: "turn-continues" }), "retry"],
  ["the bucket does not answer, whatever the code", failed("functions/data-loss", { reason: "bucket-unavailable" }), "retry"],
  ["an App Check token was used: the next call has its own", failed("functions/unauthenticated", { reason: "app-check-used" }), "retry"],
  ["the account is blocked", failed("functions/permission-denied", { reason: "denied" }), "give-up"],
  ["a turn runs in the project", failed("functions/aborted", { reason: "turn-in-progress" }), "wait"],
  ["as many turns run as the plan allows", failed("functions/resource-exhausted", { reason: "concurrent-turns" }), "wait"],
  ["nobody is signed in", failed("functions/unauthenticated", { reason: "sign-in-required" }), "sign-in"],
  ["a token is no longer good, without a reason", failed("unauthenticated"), "sign-in"],
  ["too many turns began within a minute", failed("functions/resource-exhausted", { reason: "turns-per-minute" }), "wait"],
  ["too many calls within a minute", failed("functions/resource-exhausted", { reason: "too-many-calls", retryAfter: 3 }), "retry"],
  ["too many streams at once", failed("functions/resource-exhausted", { reason: "too-many-streams", retryAfter: 5 }), "retry"],
  ["all users together have used up the day", failed("functions/resource-exhausted", { reason: "daily-ceiling" }), "give-up"],
  ["the day's turns are used up", failed("functions/resource-exhausted", { reason: "daily-turns" }), "give-up"],
  ["a change does not fit: the reason overrides the code, which would be retried", failed("functions/aborted", { reason: "edit-refused" }), "give-up"],
  ["no worker answered: the turn has ended", failed("functions/unavailable", { reason: "worker-unavailable" }), "give-up"],
  ["the database did not answer, and the turn has ended of it", failed("functions/unavailable", { reason: "store-unavailable", retryAfter: 5, state: "failed" }), "give-up"],
  ["the call was cut and the turn runs on", failed("functions/deadline-exceeded", { reason: "turn-continues", state: "running" }), "retry"],
  ["an unknown reason", failed("functions/unavailable", { reason: "a-new-one" }), "give-up"],
  ["a wrong request", failed("functions/invalid-argument", { reason: "bad-request" }), "give-up"],
  ["a code that is final, without a reason", failed("functions/not-found"), "give-up"],
]) {
  test(name, () => assert.equal(verdict(error), want));
}

test("about returns code and reason, with or without the SDK's prefix", () => {
  assert.deepEqual(about(failed("functions/aborted", { reason: "turn-in-progress" })), { code: "aborted", reason: "turn-in-progress" });
  assert.deepEqual(about(failed("aborted")), { code: "aborted", reason: undefined });
  assert.deepEqual(about(null), { code: "", reason: undefined });
});

test("the delay doubles up to a maximum, and is random in its upper half", () => {
  for (const [tries, longest, most] of [[0, undefined, 500], [1, undefined, 1000], [4, undefined, 8000], [5, undefined, 10_000], [30, undefined, 10_000], [30, 60_000, 60_000]]) {
    for (let i = 0; i < 100; i++) {
      const ms = delay(tries, longest);
      assert.ok(ms >= most / 2 && ms <= most, `${ms} ms after ${tries} tries`);
    }
  }
});

test("a failed call is tried again no sooner than the backend says", () => {
  for (const [error, least] of [[failed("x", { retryAfter: 7 }), 7000], [failed("x", { retryAfter: "soon" }), 0], [failed("x"), 0], [undefined, 0]]) {
    for (let i = 0; i < 100; i++) {
      const ms = after(error, 1);
      assert.ok(ms >= least + 500 && ms <= least + 1000, `${ms} ms`);
    }
  }
});

test("tries are exhausted only while the browser is online", (t) => {
  assert.deepEqual([exhausted(4, 5), exhausted(5, 5)], [false, true]);
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
  assert.equal(exhausted(5, 5), false);
});

test("a pause ends by itself, when the browser is online again, or by its signal", async (t) => {
  const events = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] = events[name].bind(events);
  t.after(() => [delete globalThis.addEventListener, delete globalThis.removeEventListener]);
  t.mock.timers.enable({ apis: ["setTimeout"] });

  const byItself = pause(1000);
  t.mock.timers.tick(1000);
  await byItself;

  const woken = pause(1000);
  events.dispatchEvent(new Event("online"));
  await woken;

  const stop = new AbortController();
  const aborted = pause(1000, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  await assert.rejects(pause(1000, stop.signal), /enough/);
});
