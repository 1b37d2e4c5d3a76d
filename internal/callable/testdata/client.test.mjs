// Firebase's own JavaScript client against the conformance server at URL. The cases
// restate what the SDK's tests expect of a backend (firebase-js-sdk,
// packages/functions: callable.test.ts, serializer.test.ts, error.test.ts), and the
// streaming contract of the iOS and Android SDKs (genStream…).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { _addComponent, initializeApp } from "@firebase/app";
import { Component } from "@firebase/component";
import { getFunctions, httpsCallable, httpsCallableFromURL } from "@firebase/functions";

const url = process.env.URL;
let apps = 0;

/** The Functions of a new app that sends the given tokens. */
function functions({ auth, appCheck, limited, iid } = {}) {
  const app = initializeApp({ projectId: "aproject", apiKey: "any", appId: "any", messagingSenderId: "any" }, `app${apps++}`);
  const provide = (name, instance) => _addComponent(app, new Component(name, () => instance, "PRIVATE"));
  if (auth) provide("auth-internal", { getToken: async () => ({ accessToken: auth }), addAuthTokenListener() {}, removeAuthTokenListener() {} });
  if (appCheck) provide("app-check-internal", { getToken: async () => ({ token: appCheck }), getLimitedUseToken: async () => ({ token: limited }) });
  if (iid) {
    globalThis.Notification = { permission: "granted" };
    globalThis.self ??= globalThis;
    provide("messaging-internal", { getToken: async () => iid });
  }
  return getFunctions(app, url);
}

const call = async (name, data, { options, ...app } = {}) => (await httpsCallable(functions(app), name, options)(data)).data;

async function stream(name, data, { options, ...app } = {}) {
  const { stream, data: result } = await httpsCallable(functions(app), name).stream(data, options);
  result.catch(() => {}); // it is awaited below; until then Node would report an unhandled rejection
  const messages = [];
  for await (const message of stream) messages.push(message);
  return { messages, result: await result };
}

/** Waits for a promise to be rejected, and returns the error's fields. */
const failure = (promise) => promise.then((value) => assert.fail(`it resolved: ${JSON.stringify(value)}`), (e) => ({ code: e.code, message: e.message, details: e.details }));

describe("Call", () => {
  test("simple data", async () => assert.deepEqual(await call("dataTestv2", { bool: true, int: 2, str: "four", array: [5, 6], null: null }), { message: "stub response", code: 42, long: 420 }));
  test("scalars", async () => assert.equal(await call("scalarTestv2", 17), 76));
  test("auth token", async () => assert.deepEqual(await call("tokenTestv2", {}, { auth: "token" }), {}));
  test("app check token", async () => assert.deepEqual(await call("appCheckTestv2", {}, { appCheck: "a", limited: "b" }), { token: "a" }));
  test("app check limited use token", async () =>
    assert.deepEqual(await call("appCheckTestv2", {}, { appCheck: "a", limited: "b", options: { limitedUseAppCheckTokens: true } }), { token: "b" }));
  test("instance id", async () => assert.deepEqual(await call("instanceIdTestv2", {}, { iid: "iid" }), {}));
  test("null", async () => {
    assert.equal(await call("nullTestv2", null), null);
    assert.equal(await call("nullTestv2"), null);
  });
  test("missing result", async () => assert.deepEqual(await failure(call("missingResultTestv2")), { code: "functions/internal", message: "Response is missing data field.", details: undefined }));
  test("unhandled error", async () => assert.deepEqual(await failure(call("unhandledErrorTestv2", {})), { code: "functions/internal", message: "INTERNAL [500]", details: undefined }));
  test("unknown error", async () => assert.equal((await failure(call("unknownErrorTestv2", {}))).code, "functions/internal"));
  test("explicit error", async () => assert.deepEqual(await failure(call("explicitErrorTestv2", {})), { code: "functions/out-of-range", message: "explicit nope [400]", details: { start: 10, end: 20, long: 30 } }));
  test("http error", async () => assert.equal((await failure(call("httpErrorTestv2", {}))).code, "functions/invalid-argument"));
  test("timeout", async () => assert.equal((await failure(call("timeoutTestv2", {}, { options: { timeout: 10 } }))).code, "functions/deadline-exceeded"));
});

describe("Serializer, round trip", () => {
  const wrapped = (kind, value) => ({ "@type": `type.googleapis.com/google.protobuf.${kind}`, value });
  for (const [name, sent, got = sent] of [
    ["null", null], ["undefined", undefined, null], ["int", 1], ["long", wrapped("Int64Value", "-9223372036854775808"), -9223372036854775808],
    ["unsigned long", wrapped("UInt64Value", "9223372036854800000"), 9223372036854800000], ["double", 1.2], ["string", "hello"], ["separators", "a\u2028b\u2029c"],
    ["date", new Date(1620666095891), "2021-05-10T17:01:35.891Z"], ["array", [1, "2", [3, wrapped("Int64Value", "4")]], [1, "2", [3, 4]]],
    ["object", { foo: 1, bar: "hello", baz: [1, 2, wrapped("Int64Value", "3")] }, { foo: 1, bar: "hello", baz: [1, 2, 3] }],
  ]) {
    test(name, async () => assert.deepEqual(await call("echo", sent), got));
  }
  test("NaN is not sent", async () => assert.match((await failure(call("echo", NaN))).message, /Data cannot be encoded in JSON: NaN/));
  test("an unknown type", async () => assert.equal((await failure(call("echo", { "@type": "unknown", value: "hello" }))).code, "functions/internal"));
});

describe("Error", () => {
  const codes = ["cancelled", "unknown", "invalid-argument", "deadline-exceeded", "not-found", "already-exists", "permission-denied", "unauthenticated",
    "resource-exhausted", "failed-precondition", "aborted", "out-of-range", "unimplemented", "internal", "unavailable", "data-loss"];
  for (const code of codes) {
    test(code, async () => {
      const told = await failure(call("err", { code, message: "m", details: { k: [1] } }));
      assert.deepEqual({ ...told, message: told.message.replace(/ \[\d+\]$/, "") }, { code: `functions/${code}`, message: "m", details: { k: [1] } });
      const streamed = await failure(stream("err", { code, message: "m" }));
      assert.equal(streamed.code, `functions/${code}`);
    });
  }
  test("a function that does not exist", async () => {
    assert.equal((await failure(call("nothing"))).code, "functions/not-found");
    assert.equal((await failure(stream("nothing"))).code, "functions/not-found");
  });
  test("a bad token", async () => {
    assert.equal((await failure(call("echo", 1, { auth: "bad" }))).code, "functions/unauthenticated");
    assert.equal((await failure(stream("echo", 1, { auth: "bad" }))).code, "functions/unauthenticated");
  });
  test("App Check is enforced", async () => {
    assert.equal((await failure(call("enforce", 1, { appCheck: "bad" }))).code, "functions/unauthenticated");
    assert.equal((await failure(stream("enforce", 1))).code, "functions/unauthenticated");
  });
});

describe("Stream", () => {
  test("streams, and resolves to the result", async () => assert.deepEqual(await stream("stream", { chunks: ["a", { b: 1 }, null], result: "end" }), { messages: ["a", { b: 1 }, null], result: "end" }));
  test("many events in one network packet", async () => {
    const chunks = Array.from({ length: 200 }, (_, i) => i);
    assert.deepEqual(await stream("stream", { chunks, gap: 0 }), { messages: chunks, result: { sent: chunks } });
  });
  test("network errors", async () => {
    const { stream, data } = await httpsCallableFromURL(functions(), "http://127.0.0.1:1/x").stream({});
    data.catch(() => {});
    assert.equal((await failure(stream[Symbol.asyncIterator]().next())).code, "functions/internal");
    assert.equal((await failure(data)).code, "functions/internal");
  });
  test("errors of the server", async () => assert.deepEqual(await failure(stream("streamerr")), { code: "functions/aborted", message: "mid [0]", details: { k: 1 } }));
  for (const name of ["streamboom", "streamnan", "streampanics", "boom", "nan", "panics"]) {
    test(`${name} ends in INTERNAL, without details`, async () => assert.deepEqual(await failure(stream(name)), { code: "functions/internal", message: "INTERNAL [0]", details: undefined }));
  }
  test("tokens are sent", async () => {
    assert.deepEqual((await stream("tokenTestv2", {}, { auth: "token" })).result, {});
    assert.deepEqual((await stream("appCheckTestv2", {}, { appCheck: "a", limited: "b" })).result, { token: "a" });
    assert.deepEqual((await stream("appCheckTestv2", {}, { appCheck: "a", limited: "b", options: { limitedUseAppCheckTokens: true } })).result, { token: "b" });
  });
  test("heartbeats are ignored", async () => assert.deepEqual(await stream("pings", { chunks: [1, 2] }), { messages: [1, 2], result: { sent: [1, 2] } }));
  test("line separators break no frame", async () => assert.deepEqual(await stream("stream", { chunks: ["\u2028"], result: "\u2029" }), { messages: ["\u2028"], result: "\u2029" }));
  test("aborted before it begins", async () => assert.ok((await failure(stream("stream", {}, { options: { signal: AbortSignal.abort() } }))).code));
  test("AbortSignal.timeout", async () => assert.ok((await failure(stream("stream", { chunks: [1, 2], gap: 5000 }, { options: { signal: AbortSignal.timeout(50) } }))).code));
  for (let after = 0; after <= 5; after++) {
    test(`aborted after ${after} chunks`, async () => {
      const stop = new AbortController();
      const { stream, data } = await httpsCallable(functions(), "stream").stream({ chunks: [1, 2, 3, 4, 5], gap: 30 }, { signal: stop.signal });
      data.catch(() => {});
      const seen = [];
      if (after === 0) stop.abort();
      const reading = (async () => {
        for await (const message of stream) {
          seen.push(message);
          if (seen.length === after) stop.abort();
        }
      })().catch(() => {});
      // If the abort coincides with the end of the stream, the client settles neither
      // promise: hence the limit.
      await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 500))]);
      assert.deepEqual(seen, [1, 2, 3, 4, 5].slice(0, after));
      assert.equal(await call("echo", "alive"), "alive");
    });
  }
});

describe("The streaming contract of the mobile SDKs", () => {
  for (const [name, messages, result] of [
    ["genStream", ["hello", "world", "this", "is", "cool"], "hello world this is cool"],
    ["genStreamEmpty", [], null],
    ["genStreamResultOnly", [], "Only a result"],
    ["genStreamLargeData", [...Array(9).fill("A".repeat(1024)), "A".repeat(784)], "Stream Completed"],
  ]) {
    test(name, async () => assert.deepEqual(await stream(name), { messages, result }));
  }
  test("genStreamError", async () => assert.equal((await failure(stream("genStreamError"))).code, "functions/internal"));
  test("iOS: status 200, and only data lines with one JSON value each", async () => {
    for (const name of ["genStream", "genStreamError", "genStreamEmpty", "genStreamLargeData"]) {
      const response = await fetch(`${url}/${name}`, { method: "POST", headers: { "Content-Type": "application/json", Accept: "text/event-stream" }, body: `{"data":null}` });
      assert.equal(response.status, 200);
      for (const frame of (await response.text()).split("\n\n").slice(0, -1)) {
        assert.match(frame, /^data: \{.*\}$/);
        JSON.parse(frame.slice(6));
      }
    }
  });
});
