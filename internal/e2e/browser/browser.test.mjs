// The browser library in a real Chromium: a downloaded model equals the published
// one, in spite of faults.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { again, asOwner, gate, inCaches, load, open, origin, profile, setUp, until, user } from "./browser.mjs";

const model = process.env.MODEL; // WebLLM: six shards of 1 MB
const objects = `models/${model}/v1/`;
const small = process.env.SMALL; // the real SmolLM2
const shard = (n) => `${objects}params_shard_${n}.bin`;
const ann = await user();

afterEach(() => gate({ heal: true }));

/** Runs work, and returns its result, the bytes of the model that the gate sent, and the number of reads. */
async function cost(id, work) {
  const of = `models/${id}/v1/`;
  const before = await gate({ of });
  const result = await work();
  const now = await gate({ of });
  return { result, sent: now.sent - before.sent, reads: now.reads - before.reads };
}

const total = (page) => page.evaluate(() => globalThis.seen.at(-1).total);

test("a model arrives complete, where WebLLM looks for it; loading it again costs nothing", async (t) => {
  const page = await open(await profile(t), ann);
  const first = await cost(model, () => load(page, model));
  assert.deepEqual(first.result, { ok: true });
  assert.equal(first.sent, await total(page));
  const has = await inCaches(page);
  const base = `/models/${model}/resolve/v1/`;
  assert.deepEqual(has["webllm/config"], [`${base}mlc-chat-config.json`]);
  assert.deepEqual(has["webllm/wasm"], [`${base}lib/v0_2_86/base.wasm`]);
  assert.equal(has["webllm/model"].at(-1), `${base}tensor-cache.json`);
  assert.deepEqual([...has["webllm/model"]].sort(), ["tokenizer.json", "tensor-cache.json", ...[0, 1, 2, 3, 4, 5].map((n) => `params_shard_${n}.bin`)].map((f) => base + f).sort());
  assert.deepEqual(has[`dreambuild/models/${model}@v1`], [`${base}?manifest`]);

  // A second load, after a reload, offline.
  await page.reload();
  await setUp(page, ann.token);
  const requests = [];
  page.on("request", (r) => requests.push(r.url()));
  const again = await cost(model, () => load(page, model));
  assert.deepEqual(again, { result: { ok: true }, sent: 0, reads: 0 });
  assert.deepEqual(requests, []);

  // Deleting leaves nothing.
  await page.evaluate((id) => globalThis.models.deleteModel(id), model);
  assert.deepEqual(await inCaches(page), {});
});

/** Asserts that a model arrives in spite of faults, with at most `extra` bytes more than its size. */
async function arrives(t, faults, { extra = 0, options } = {}) {
  const page = await open(await profile(t), ann);
  for (const fault of faults) await gate({ inject: fault });
  const { result, sent } = await cost(model, () => load(page, model, options));
  assert.deepEqual(result, { ok: true });
  const size = await total(page);
  assert.ok(sent >= size && sent <= size + extra, `${sent} bytes were sent of a model of ${size}`);
  return page;
}

/** Asserts that neither WebLLM nor the library takes a partial model for a complete one. */
async function nothingUsable(page) {
  const has = await inCaches(page);
  const left = Object.entries(has).filter(([name]) => name.startsWith("webllm/")).flatMap(([, urls]) => urls);
  assert.ok(!left.some((url) => url.endsWith("tensor-cache.json")), `WebLLM would take it for complete: ${left}`);
  assert.deepEqual(await page.evaluate(async () => (await globalThis.models.stored()).map((m) => m.complete)), [false]);
  return left;
}

test("503 and 429 are retried", (t) => arrives(t, [{ Object: shard(1), Status: 503, Times: 2 }, { Object: shard(3), Status: 429, Times: 2 }]));

test("after a broken connection, the download continues inside the file", async (t) => {
  const page = await open(await profile(t), ann);
  const ranges = [];
  page.on("request", (r) => r.headers().range && ranges.push(r.headers().range));
  await gate({ pace: 8 << 20 });
  for (const n of [0, 1, 2, 3]) await gate({ inject: { Object: shard(n), Cut: 700_000, Times: 1 } });
  const { result, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(result, { ok: true });
  t.diagnostic(`${sent} bytes were sent of ${await total(page)}; continued with ${ranges.join(", ")}`);
  assert.equal(ranges.length, 4);
  assert.ok(sent < (await total(page)) + 4 * 350_000); // bytes that the browser has not read when the connection breaks are lost
});

test("one flipped byte: the file is fetched again", (t) => arrives(t, [{ Object: shard(2), Flip: true, Times: 1 }], { extra: (1 << 20) + 2 }));

test("bytes that are still wrong when fetched again are refused", async (t) => {
  const page = await open(await profile(t), ann);
  await gate({ inject: { Object: shard(2), Flip: true } });
  const result = await load(page, model);
  assert.equal(result.code, "integrity");
  assert.equal(result.details.path, "params_shard_2.bin");
  assert.ok(!(await nothingUsable(page)).some((url) => url.endsWith("params_shard_2.bin")));
});

test("a truncated file is refused", async (t) => {
  const page = await open(await profile(t), ann);
  await gate({ inject: { Object: shard(4), Short: 1000 } });
  assert.equal((await load(page, model)).code, "integrity");
  assert.ok(!(await nothingUsable(page)).some((url) => url.endsWith("params_shard_4.bin")));
});

test("a response that ends too early, without an error, is continued", (t) => arrives(t, [{ Object: shard(4), Short: 300_000, Plain: true, Times: 2 }]));

test("a bucket stays down: the downloaded bytes are kept", async (t) => {
  const page = await open(await profile(t), ann);
  await page.clock.install();
  await gate({ inject: { Object: shard(5), Status: 503 } });
  const loading = load(page, model).finally(() => clearInterval(faster));
  const faster = setInterval(() => page.clock.fastForward(5000), 200); // the retries wait half a minute in total
  const result = await loading;
  assert.equal(result.code, "network");
  await nothingUsable(page);
  await gate({ heal: true });
  const { result: again, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(again, { ok: true });
  assert.ok(sent < 2.2 * (1 << 20), `${sent} bytes were sent again`);
});

test("a stalled connection is replaced", async (t) => {
  const page = await open(await profile(t), ann);
  await page.clock.install();
  await gate({ inject: { Object: shard(0), DelayMs: 600_000, Times: 1 } });
  const loading = load(page, model);
  await page.waitForFunction(() => globalThis.seen.some((p) => p.filesDone > 3), null, { polling: 20 });
  await page.clock.fastForward(31_000);
  await page.clock.resume();
  assert.deepEqual(await loading, { ok: true });
});

test("signatures that expire mid-download are renewed", async (t) => {
  const page = await open(await profile(t), ann);
  // URLs live for a minute, and the gate's clock is 40 s ahead. 4 MB take 21 s.
  await gate({ aheadS: 40, pace: 0.195 * (1 << 20) });
  const calls = [];
  page.on("request", (r) => r.url().endsWith("/grantModel") && calls.push(r.postDataJSON().data));
  const { result, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(result, { ok: true });
  assert.equal(sent, await total(page));
  assert.ok(calls.length >= 2, "no URL was renewed");
  assert.deepEqual(calls[1].paths.filter((p) => /_[45]/.test(p)).sort(), ["params_shard_4.bin", "params_shard_5.bin"]);
  assert.ok(!calls[1].paths.includes("mlc-chat-config.json"), "URLs of stored files were renewed, too");
});

test("signed out during a download: it stops, and continues after signing in again", async (t) => {
  const page = await open(await profile(t), ann);
  await gate({ pace: 4 << 20 });
  const loading = load(page, model);
  await until(page, 0.3);
  await page.evaluate(() => (globalThis.token = "nobody"));
  await gate({ aheadS: 3600, pace: 0 }); // all URLs have expired
  const result = await loading;
  assert.equal(result.code, "denied");
  assert.equal(result.details.code, "unauthenticated");
  await nothingUsable(page);
  await gate({ heal: true });
  await page.evaluate((token) => (globalThis.token = token), ann.token);
  const { result: again, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(again, { ok: true });
  assert.ok(sent < 0.8 * (await total(page)), `${sent} bytes were sent again`);
});

test("a pause loses no byte", async (t) => {
  const page = await open(await profile(t), ann);
  await gate({ pace: 4 << 20 });
  const { sent: before } = await cost(model, async () => {
    const loading = load(page, model);
    await until(page, 0.5);
    await page.evaluate(() => globalThis.stop.abort());
    assert.equal((await loading).code, 20, "AbortError");
  });
  await nothingUsable(page);
  const [kept] = await page.evaluate(() => [globalThis.seen.at(-1).loaded]);
  await page.reload();
  await setUp(page, ann.token);
  const { result, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(result, { ok: true });
  assert.equal(sent, (await total(page)) - kept);
  t.diagnostic(`${before} bytes left the gate before the pause, ${kept} were kept, ${sent} were sent afterwards`);
});

test("a reload at 50 % of a large file", async (t) => {
  const page = await open(await profile(t), ann);
  await gate({ pace: 40 << 20 });
  const whole = await cost(small, async () => {
    load(page, small).catch(() => {}); // the reload ends this call
    await until(page, 0.5);
    await page.reload();
    await setUp(page, ann.token);
    await gate({ pace: 0 });
    const { result, sent } = await cost(small, () => load(page, small));
    t.diagnostic(`after the reload: ${sent} bytes of ${await total(page)}`);
    assert.ok(sent < 0.75 * (await total(page)), `${sent} bytes were sent again`);
    return result;
  });
  assert.deepEqual(whole.result, { ok: true });
});

test("offline at 90 %, then online again", async (t) => {
  const context = await profile(t);
  const page = await open(context, ann);
  await gate({ inject: { Object: ".gguf", Hold: 90e6, Times: 1 } }); // of 98.4 MB
  const { result, sent } = await cost(small, async () => {
    const loading = load(page, small);
    await until(page, 0.9);
    await context.setOffline(true);
    await gate({ break: true }); // setOffline does not close open connections
    await page.waitForFunction(() => globalThis.seen.at(-1).phase === "offline", null, { polling: 20 });
    await context.setOffline(false);
    return loading;
  });
  assert.deepEqual(result, { ok: true });
  const size = await total(page);
  t.diagnostic(`${sent} bytes were sent of ${size}`);
  assert.ok(sent < 1.1 * size, `${sent} bytes were sent of ${size}`);
});

test("two tabs: one downloads, the other watches", async (t) => {
  const context = await profile(t);
  const [one, two] = [await open(context, ann), await open(context, ann)];
  await gate({ pace: 4 << 20 });
  const { result, sent } = await cost(model, () => Promise.all([load(one, model), load(two, model)]));
  assert.deepEqual(result, [{ ok: true }, { ok: true }]);
  assert.equal(sent, await total(one));
  const phases = await Promise.all([one, two].map((page) => page.evaluate(() => [...new Set(globalThis.seen.map((p) => p.phase))])));
  assert.deepEqual(phases.map((p) => p.includes("waiting")).sort(), [false, true]);
  assert.deepEqual(phases.map((p) => p.at(-1)), ["ready", "ready"]);
});

test("the tab that downloads is closed: the other one continues", async (t) => {
  const context = await profile(t);
  const [one, two] = [await open(context, ann), await open(context, ann)];
  await gate({ pace: 2 << 20 });
  load(one, model).catch(() => {});
  await until(one, 0.2);
  const second = load(two, model);
  await until(one, 0.75);
  const { result, sent } = await cost(model, async () => {
    await one.close();
    await gate({ pace: 0 });
    return second;
  });
  assert.deepEqual(result, { ok: true });
  assert.ok(sent < 0.8 * (await total(two)), `${sent} bytes were sent again`);
});

test("busy: a model that is being downloaded cannot be deleted", async (t) => {
  const context = await profile(t);
  const [one, two] = [await open(context, ann), await open(context, ann)];
  await gate({ pace: 4 << 20 });
  const loading = load(one, model);
  await until(one, 0.2);
  const failed = (page) => page.evaluate((id) => globalThis.models.deleteModel(id).then(() => null, (error) => error.code), model);
  assert.deepEqual([await failed(one), await failed(two)], ["busy", "busy"]);
  assert.deepEqual(await loading, { ok: true });
  assert.equal(await failed(two), null);
});

test("not enough storage: reported before the first byte, or during the download", async (t) => {
  const context = await profile(t);
  const page = await open(context, ann);
  const size = await page.evaluate(async (id) => (await globalThis.call("grantModel", { modelId: id })).files.reduce((sum, f) => sum + f.size, 0), model);
  await page.evaluate(() => {
    globalThis.estimate = navigator.storage.estimate;
    navigator.storage.estimate = async () => ({ quota: 3 << 20, usage: 1 << 20 });
  });
  const { result, sent } = await cost(model, () => load(page, model));
  assert.equal(result.code, "quota");
  assert.equal(sent, 0);
  assert.deepEqual(result.details, { needed: size, free: 2 << 20 });
  const reports = await page.evaluate(() => globalThis.seen.length);
  await new Promise((resolve) => setTimeout(resolve, 500)); // two intervals of progress reports
  assert.equal(await page.evaluate(() => globalThis.seen.length), reports, "progress is still reported after the error");

  await page.evaluate(() => (navigator.storage.estimate = globalThis.estimate));
  const cdp = await context.newCDPSession(page); // this sets the quota that is enforced, but not the result of estimate()
  await gate({ pace: 4 << 20 });
  const loading = load(page, model);
  await until(page, 0.2);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 3 << 20 });
  assert.equal((await loading).code, "quota");
  await nothingUsable(page);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin });
  assert.deepEqual(await load(page, model), { ok: true });
});

for (const minutes of [-10, 10]) {
  test(`a clock ${minutes} minutes off`, async (t) => {
    const context = await profile(t);
    await context.addInitScript((minutes) => {
      const now = Date.now;
      Date.now = () => now() + minutes * 60_000;
    }, minutes);
    const page = await open(context, ann);
    const { result, sent } = await cost(model, () => load(page, model));
    assert.deepEqual(result, { ok: true });
    assert.equal(sent, await total(page));
  });
}

test("a hostile manifest is refused", async (t) => {
  const page = await open(await profile(t), ann);
  const hostile = {
    "a path to a parent folder": { path: "../../../evil.js" },
    "an absolute path": { path: "/evil.js" },
    "another site": { path: "https://evil.example/x" },
    "a query": { path: "a?from=0" },
    "a fragment": { path: "a#b" },
    "a backslash": { path: "a\\b" },
    "an escaped path": { path: "%2e%2e/x" },
    "an empty part": { path: "a//b" },
    "no path": { path: null },
    "a negative size": { size: -1 },
    "a size that is not a number": { size: "1" },
    "no hash": { sha256: "" },
    "a script as a URL": { url: "javascript:alert(1)" },
  };
  for (const [name, change] of Object.entries(hostile)) {
    await page.evaluate((change) => {
      const call = globalThis.call;
      globalThis.models = globalThis.client.openModels({
        call: async (name, data) => {
          const result = await call(name, data);
          if (name === "grantModel") Object.assign(result.files[1], change);
          return result;
        },
      });
    }, change);
    const { result, sent } = await cost(model, () => load(page, model));
    assert.equal(result.code, "manifest", name);
    assert.equal(sent, 0, name);
  }
  assert.deepEqual(await inCaches(page), {});
});

/** The first 8 bytes of a model's file, as an engine reads it. */
const head = (page, path) => page.evaluate(async (path) => [...new Uint8Array(await (await globalThis.model.file(path)).slice(0, 8).arrayBuffer())], path);

test("files in WebLLM's caches are used only if they were verified", async (t) => {
  const context = await profile(t);
  const page = await open(context, ann);
  assert.deepEqual(await load(page, model), { ok: true });
  const good = await head(page, "params_shard_0.bin");
  await page.evaluate((id) => globalThis.models.deleteModel(id), model);
  const url = `/models/${model}/resolve/v1/params_shard_0.bin`;
  await page.evaluate(async (url) => (await caches.open("webllm/model")).put(url, new Response("<html>Sign in</html>")), url);
  const { result, sent } = await cost(model, () => load(page, model));
  assert.deepEqual(result, { ok: true });
  assert.equal(sent, await total(page));
  assert.deepEqual(await head(page, "params_shard_0.bin"), good);
  // Deleting also removes files that the library did not store.
  await page.evaluate(async (url) => (await caches.open("webllm/model")).put(url.replace("/v1/", "/v0/"), new Response("old")), url);
  await page.evaluate((id) => globalThis.models.deleteModel(id), model);
  assert.deepEqual(await inCaches(page), {});
});

test("stored parts are hashed again before they count", async (t) => {
  const page = await open(await profile(t), ann);
  await page.evaluate(async (id) => {
    const own = await caches.open(`dreambuild/models/${id}@v1`);
    const part = (size) => new Response(new Uint8Array(size), { headers: { "Content-Length": String(size) } });
    const base = `/models/${id}/resolve/v1/`;
    await own.put(`${base}params_shard_0.bin?from=0`, part(1 << 20)); // the whole file, with wrong bytes
    await own.put(`${base}params_shard_1.bin?from=0`, part(1000)); // its beginning, with wrong bytes
    await own.put(`${base}params_shard_2.bin?from=500000`, part(1000)); // a part without those before it
  }, model);
  assert.deepEqual(await load(page, model), { ok: true });
  for (const n of [0, 1, 2]) assert.notDeepEqual(await head(page, `params_shard_${n}.bin`), [0, 0, 0, 0, 0, 0, 0, 0]);
});

test("a pause while the backend does not answer", async (t) => {
  const page = await open(await profile(t), ann);
  await page.evaluate(() => (globalThis.models = globalThis.client.openModels({ call: () => new Promise(() => {}) })));
  const loading = load(page, model);
  await page.waitForFunction(() => globalThis.stop);
  await page.evaluate(() => globalThis.stop.abort());
  assert.equal((await loading).code, 20, "AbortError");
  assert.equal(await page.evaluate((id) => globalThis.models.deleteModel(id).then(() => "deleted"), model), "deleted");
});

test("a newer revision replaces the older one once it is complete", async (t) => {
  const id = process.env.UPDATED;
  const page = await open(await profile(t), ann);
  const offered = async () => {
    const { revision, downloaded, partial } = (await page.evaluate(() => globalThis.models.list())).find((m) => m.modelId === id);
    return { revision, downloaded, partial };
  };
  assert.deepEqual(await offered(), { revision: "v1", downloaded: null, partial: null });
  assert.deepEqual(await load(page, id), { ok: true });
  const admin = await user();
  await asOwner({ localId: admin.uid, customAttributes: JSON.stringify({ admin: true }) });
  const other = await open(await profile(t), await again(admin));
  await other.evaluate((id) => globalThis.call("publishModel", { modelId: id, revision: "v2" }), id);
  assert.deepEqual(await offered(), { revision: "v2", downloaded: "v1", partial: null });
  assert.deepEqual((await cost(id, () => load(page, id))), { result: { ok: true }, sent: 0, reads: 0 }, "the stored revision still works");

  await gate({ inject: { Object: `models/${id}/v2/params_shard_0.bin`, Flip: true } });
  assert.equal((await load(page, id, { revision: "v2" })).code, "integrity");
  assert.deepEqual(await offered(), { revision: "v2", downloaded: "v1", partial: "v2" });
  await gate({ heal: true });
  assert.deepEqual(await load(page, id, { revision: "v2" }), { ok: true });
  assert.deepEqual(await offered(), { revision: "v2", downloaded: "v2", partial: null });
  const has = JSON.stringify(await inCaches(page));
  assert.ok(!has.includes("/v1/"), has);
});

test("a mirror is tried first, and its bytes are verified like the bucket's", async (t) => {
  const has = {}; // the model's files, by path
  const source = await open(await profile(t), ann);
  assert.deepEqual(await load(source, model), { ok: true });
  for (const { path } of await source.evaluate(() => globalThis.model.manifest.files)) {
    has[path] = Buffer.from(await source.evaluate(async (path) => {
      let text = "";
      for (const byte of new Uint8Array(await (await globalThis.model.file(path)).arrayBuffer())) text += String.fromCharCode(byte);
      return btoa(text);
    }, path), "base64");
  }
  const mirrored = async (answer, mirror = "https://mirror.example/") => {
    const page = await open(await profile(t), ann);
    await page.route("https://mirror.example/**", (route) => answer(route, has[new URL(route.request().url()).pathname.slice(1)]));
    await page.evaluate((mirror) => {
      const call = globalThis.call;
      globalThis.models = globalThis.client.openModels({
        call: async (name, data) => ({ ...(await call(name, data)), ...(name === "grantModel" ? { mirrors: [mirror] } : {}) }),
      });
    }, mirror);
    const done = await cost(model, () => load(page, model));
    return { ...done, size: done.result.ok ? await total(page) : 0 };
  };
  const headers = { "Access-Control-Allow-Origin": "*" };
  const good = await mirrored((route, body) => route.fulfill({ body, headers }));
  assert.deepEqual({ result: good.result, sent: good.sent }, { result: { ok: true }, sent: 0 });

  // The length that it sends is that of the compressed bytes, and the page cannot see why.
  const zip = createServer((request, response) => {
    const path = request.url.slice(1);
    const body = path.endsWith(".json") ? gzipSync(has[path]) : has[path];
    response.writeHead(200, { ...headers, ...(path.endsWith(".json") ? { "Content-Encoding": "gzip" } : {}), "Content-Length": body.length }).end(body);
  });
  await new Promise((listening) => zip.listen(0, "127.0.0.1", listening));
  t.after(() => { zip.closeAllConnections(); zip.close(); });
  const zipped = await mirrored(undefined, `http://127.0.0.1:${zip.address().port}/`);
  assert.deepEqual({ result: zipped.result, sent: zipped.sent }, { result: { ok: true }, sent: 0 });
  for (const [name, answer] of Object.entries({
    "absent": (route) => route.fulfill({ status: 404, headers }),
    "down": (route) => route.abort(),
    "wrong": (route, body) => route.fulfill({ body: Buffer.from(body).fill(1), headers }),
    "short": (route, body) => route.fulfill({ body: body.subarray(1), headers }),
  })) {
    const bad = await mirrored(answer);
    assert.deepEqual(bad.result, { ok: true }, name);
    assert.equal(bad.sent, bad.size, name);
  }
});

test("a refusal of the backend is reported as denied", async (t) => {
  const page = await open(await profile(t), ann);
  const result = await load(page, "no-such-model");
  assert.deepEqual([result.code, result.details.reason], ["denied", "no-such-model"]);
});

async function holds(condition) {
  for (const deadline = Date.now() + 10_000; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 100))) {
    assert.ok(Date.now() < deadline, "it did not happen");
  }
}

test("the redirector serves the user of a session until it ends", async (t) => {
  const bob = await user();
  const page = await open(await profile(t), bob);
  const file = `/models/${model}/resolve/v1/params_shard_0.bin`;
  const get = (path = file, init = {}) => page.evaluate(async ([path, init]) => {
    const response = await fetch(path, init);
    const text = response.ok ? "" : await response.text();
    return [response.status, response.ok ? (await response.arrayBuffer()).byteLength : JSON.parse(text).error?.details.reason];
  }, [path, init]);
  const call = (name) => page.evaluate((name) => globalThis.call(name, {}), name);
  assert.deepEqual(await get(), [401, "sign-in-required"]);
  await call("openModelSession");
  assert.equal(await page.evaluate(() => document.cookie), "", "scripts can read the cookie");
  assert.deepEqual(await get(), [200, 1 << 20]);
  assert.deepEqual(await get(file, { method: "HEAD" }), [200, 0]);
  assert.deepEqual(await get(file, { headers: { Range: "bytes=10-19" } }), [206, 10]);
  assert.deepEqual(await get(file.replace("/resolve/", "/raw/")), [404, "no-such-file"]);
  assert.deepEqual(await get(file.replace("/v1/", "/main/")), [400, "bad-request"]);
  const copy = (await page.context().cookies()).filter(({ path }) => path === "/models/");
  await call("closeModelSession");
  assert.deepEqual(await get(), [401, "sign-in-required"]);
  await page.context().addCookies(copy);
  await holds(async () => (await get())[1] === "session-ended"); // the check is cached, for a second in this test

  for (const change of [{ validSince: String(Math.floor(Date.now() / 1000) + 5) }, { disableUser: true }]) {
    const user_ = await user();
    await page.evaluate((token) => (globalThis.token = token), user_.token);
    await call("openModelSession");
    assert.deepEqual(await get(), [200, 1 << 20]);
    await asOwner({ localId: user_.uid, ...change });
    // The user's state is cached, for a second in this test.
    await holds(async () => (await get())[0] !== 200);
    assert.deepEqual(await get(), [401, "session-ended"], JSON.stringify(change));
  }
});
