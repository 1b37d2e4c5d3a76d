import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { bytesOf, Links } from "./download.js";

Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });

// A page sees only these headers of another origin's answer.
const SAFE = ["cache-control", "content-length", "content-type"];
const real = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const response = await real(url, init);
  const headers = [...response.headers].filter(([name]) => SAFE.includes(name) || response.headers.has("Access-Control-Expose-Headers"));
  return new Response(response.body, { status: response.status, headers });
};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const text = Buffer.from(JSON.stringify(Array.from({ length: 9000 }, (_, i) => i)));
const data = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * i) >> 3));
const contents = { "tokenizer.json": text, "part0.bin": data, "part1.bin": data, "part2.bin": data, "part3.bin": data, "part4.bin": data };
const files = Object.entries(contents).map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) }));

/** Starts a server, and returns its address with a slash and the paths that it was asked for. */
async function serve(answer) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = request.url.slice(1);
    asked.push(path);
    answer(path, request, response, asked.filter((p) => p === path).length);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  after(() => { server.closeAllConnections(); server.close(); });
  return { address: `http://127.0.0.1:${server.address().port}/`, asked };
}

/** Sends a body, or the range of it that is asked for. */
function send(request, response, body, headers = {}) {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from >= body.length) {
    response.writeHead(416, headers).end();
    return;
  }
  const range = from > 0 ? { "Content-Range": `bytes ${from}-${body.length - 1}/${body.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { ...headers, ...range, "Content-Length": body.length - from }).end(body.subarray(from));
}

const plainly = (path, request, response) => send(request, response, contents[path]);
const compressed = (path, request, response, headers = {}) =>
  path.endsWith(".json") ? send(request, response, gzipSync(contents[path]), { ...headers, "Content-Encoding": "gzip" }) : send(request, response, contents[path], headers);

/** Breaks off after some bytes. */
function broken(path, request, response, bytes) {
  response.writeHead(200, { "Content-Length": contents[path].length });
  response.write(contents[path].subarray(0, bytes), () => response.destroy());
}

/** Downloads all files, one after the other, as models.js does. Returns who sent each. */
async function load(mirrors, from = {}) {
  const bucket = await serve(plainly);
  const servers = [...mirrors, bucket];
  const signed = files.map(({ path }) => ({ path, url: bucket.address + path }));
  const links = new Links(signed, async () => signed, mirrors.map((m) => m.address));
  const sent = {};
  for (const file of files) {
    const before = servers.map((s) => s.asked.length);
    for (let again = false; ; again = true) {
      try {
        const at = again ? 0 : from[file.path] ?? 0;
        const chunks = [contents[file.path].subarray(0, at)];
        for await (const chunk of bytesOf(file, at, links, new AbortController().signal, () => {})) chunks.push(Buffer.from(chunk));
        if (sha256(Buffer.concat(chunks)) !== file.sha256) throw Object.assign(new Error("other bytes"), { code: "integrity" });
        break;
      } catch (error) {
        if (error.code !== "integrity" || again) throw error;
        links.distrust(file.path);
      }
    }
    sent[file.path] = servers.flatMap((s, i) => Array(s.asked.length - before[i]).fill(s === bucket ? "bucket" : `mirror ${i}`)).join(", ");
  }
  return sent;
}

/** Who sends each file, if nothing else is said. */
const all = (who, others = {}) => ({ ...Object.fromEntries(files.map(({ path }) => [path, who])), ...others });
const exposed = { "Access-Control-Expose-Headers": "*" };

for (const [name, answers, want, from] of [
  ["a mirror", [plainly], all("mirror 0")],
  ["a mirror that compresses", [compressed], all("mirror 0")],
  ["a mirror that compresses, and says so", [(p, q, r) => compressed(p, q, r, exposed)], all("mirror 0")],
  ["a mirror that compresses, without a length", [(p, q, r) => (p.endsWith(".json") ? r.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(contents[p])) : plainly(p, q, r))], all("mirror 0")],
  ["the rest of a file, of a mirror that compresses", [compressed], all("mirror 0", { "tokenizer.json": "mirror 0, bucket" }), { "tokenizer.json": 100 }],
  ["the rest of a file, of a mirror that compresses and says so", [(p, q, r) => compressed(p, q, r, exposed)], all("mirror 0", { "tokenizer.json": "mirror 0, bucket" }), { "tokenizer.json": 100 }],
  ["the rest of a file, beyond the end of the compressed one", [compressed], all("mirror 0", { "tokenizer.json": "mirror 0, bucket" }), { "tokenizer.json": text.length - 1 }],
  ["the rest of a file", [plainly], all("mirror 0"), { "part1.bin": 100 }],
  ["a mirror that has a longer file", [(p, q, r) => send(q, r, p === "part0.bin" ? Buffer.concat([data, data]) : contents[p])], all("bucket", { "tokenizer.json": "mirror 0", "part0.bin": "mirror 0, bucket" })],
  ["a mirror that has a shorter file", [(p, q, r) => send(q, r, p === "part0.bin" ? data.subarray(1) : contents[p])], all("bucket", { "tokenizer.json": "mirror 0", "part0.bin": "mirror 0, bucket" })],
  ["a mirror that has other bytes", [(p, q, r) => send(q, r, p === "part0.bin" ? Buffer.alloc(data.length) : contents[p])], all("bucket", { "tokenizer.json": "mirror 0", "part0.bin": "mirror 0, bucket" })],
  ["two mirrors, of which the first has other bytes", [(p, q, r) => send(q, r, p === "part0.bin" ? Buffer.alloc(data.length) : contents[p]), plainly], all("mirror 1", { "tokenizer.json": "mirror 0", "part0.bin": "mirror 0, bucket" })],
  ["a mirror that breaks off one file", [(p, q, r) => (p === "part0.bin" ? broken(p, q, r, 1000) : plainly(p, q, r))], all("mirror 0", { "part0.bin": "mirror 0, bucket" })],
  ["a mirror that breaks off every file", [(p, q, r) => broken(p, q, r, 1000)], all("mirror 0, bucket", { "part3.bin": "bucket", "part4.bin": "bucket" })],
  ["a mirror that lacks a file", [(p, q, r) => (p === "part1.bin" ? r.writeHead(404).end() : plainly(p, q, r))], all("bucket", { "tokenizer.json": "mirror 0", "part0.bin": "mirror 0", "part1.bin": "mirror 0, bucket" })],
  ["a mirror that is down", [(p, q, r) => r.destroy()], all("bucket", { "tokenizer.json": "mirror 0, bucket" })],
]) {
  test(name, async () => {
    const mirrors = [];
    for (const answer of answers) mirrors.push(await serve(answer));
    assert.deepEqual(await load(mirrors, from), want);
  });
}
