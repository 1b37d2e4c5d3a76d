// Shared by the browser tests: a real Chromium, pages with the library, users, and
// the faults of the gate before the bucket.

import assert from "node:assert/strict";
import { after } from "node:test";
import { launch } from "../e2etest/chromium.mjs";

export const origin = process.env.ORIGIN;

// Each site has a process of its own, as in Chrome on a desktop; some headless builds
// leave that out.
export const chromium = await launch("--site-per-process", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--js-flags=--expose-gc");
after(() => chromium.close());

const accounts = `http://${process.env.FIREBASE_AUTH_EMULATOR_HOST}/identitytoolkit.googleapis.com/v1`;

async function post(url, body, headers = {}) {
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  assert.equal(response.status, 200, `${url}: ${await response.clone().text()}`);
  return response.json();
}

/** Makes a user: `{uid, token, email}`. */
export async function user() {
  const email = `u${crypto.randomUUID()}@example.com`;
  const { localId, idToken } = await post(`${accounts}/accounts:signUp?key=any`, { email, password: "secret", returnSecureToken: true });
  return { uid: localId, token: idToken, email };
}

/** Signs a user in again, so that the token has the current claims. */
export async function again({ uid, email }) {
  const { idToken } = await post(`${accounts}/accounts:signInWithPassword?key=any`, { email, password: "secret", returnSecureToken: true });
  return { uid, token: idToken, email };
}

/** Changes a user with the rights of the project's owner. */
export const asOwner = (change) => post(`${accounts}/projects/demo-dreambuild/accounts:update`, change, { Authorization: "Bearer owner" });

/** Sets the gate's faults and speed, and returns its counts. `of` is the prefix of the objects to count. */
export const gate = (what = {}) => post(process.env.CONTROL, what);

/** Makes a browser profile with empty storage. */
export async function profile(t) {
  const context = await chromium.newContext();
  t.after(() => context.close());
  return context;
}

/**
 * Opens a page that calls the backend as a user. In the page, `models` is the
 * library's, and `load(id, options)` returns `{ok}` or the error's `{code, …}`.
 */
export async function open(context, { token }, path = "/empty") {
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error("page:", error));
  await page.goto(origin + path);
  await setUp(page, token);
  return page;
}

export async function setUp(page, token) {
  await page.evaluate(async (token) => {
    const client = await import("/client/index.js");
    globalThis.token = token;
    globalThis.call = async (name, data) => {
      const response = await fetch(`/${name}`, {
        method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${globalThis.token}` }, body: JSON.stringify({ data }),
      });
      const { result, error } = await response.json();
      if (error) throw Object.assign(new Error(error.message), { code: error.status.toLowerCase().replaceAll("_", "-"), details: error.details });
      return result;
    };
    globalThis.client = client;
    globalThis.models = client.openModels({ call: globalThis.call });
    globalThis.seen = [];
    globalThis.load = async (id, options = {}) => {
      globalThis.stop = new AbortController();
      try {
        const onProgress = (p) => globalThis.seen.push(p);
        globalThis.model = await globalThis.models.loadModel(id, { onProgress, signal: globalThis.stop.signal, ...options });
        return { ok: true };
      } catch (error) {
        return { code: error.code ?? error.name, message: error.message, details: error.details };
      }
    };
  }, token);
}

/** Loads a model in a page. */
export const load = (page, id, options) => page.evaluate(([id, options]) => globalThis.load(id, options), [id, options]);

/** Waits until a page has loaded a part of a model, from 0 to 1. */
export const until = (page, part) => page.waitForFunction((part) => globalThis.seen.some((p) => p.loaded / p.total >= part), part, { polling: 20 });

/** The URLs in a page's caches, by the cache's name. Empty caches are left out. */
export const inCaches = (page) => page.evaluate(async () => {
  const all = {};
  for (const name of await caches.keys()) {
    const urls = (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname + new URL(r.url).search);
    if (urls.length > 0) all[name] = urls;
  }
  return all;
});
