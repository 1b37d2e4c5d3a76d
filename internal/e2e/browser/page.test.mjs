// The console as a person uses it, through the real Hosting emulator with the
// rewrites of production.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gate, inCaches, origin, profile } from "./browser.mjs";

const small = process.env.SMALL;

test("sign in, create, download, pause, continue, run, delete, sign out", async (t) => {
  const context = await profile(t);
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await context.addInitScript(() => addEventListener("securitypolicyviolation", (e) => console.error(`${e.effectiveDirective} forbids ${e.blockedURI}`)));
  // The backend enforces App Check: each function needs a token.
  await context.route("**/local.json", (route) => route.fulfill({
    json: {
      functionsUrl: process.env.FUNCTIONS, auth: process.env.FIREBASE_AUTH_EMULATOR_HOST, firebase: { projectId: "demo-dreambuild", apiKey: "any" },
      appCheck: { local: `http://${process.env.APP_CHECK_EMULATOR_HOST}/token` },
    },
  }));
  await page.goto(origin);
  await page.getByRole("button", { name: "Go on as a guest" }).click();

  // The backend's worker answers.
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText(/^Saved: .*, version 1, by scripted/).waitFor();
  assert.match(await page.locator("pre").textContent(), /<h1>From the worker/);
  const shown = page.frameLocator('iframe[title="Preview"]').frameLocator('iframe[title="App"]').locator("h1");
  assert.equal(await shown.textContent(), "From the worker");
  await page.locator("#projects li").first().waitFor();

  // A download is paused, continued and verified.
  const card = page.locator(`[data-model="${small}"]`);
  assert.match(await card.textContent(), /98\.4 MB · Apache-2\.0 · runs here/);
  await gate({ pace: 30 << 20 });
  await card.getByRole("button", { name: "Download" }).click();
  await card.getByText(/^[1-9]\d\.\d MB of 98\.4 MB · \d+\.\d MB\/s · \d s left$/).waitFor();
  await card.getByRole("button", { name: "Pause" }).click();
  await card.getByText("Paused.").waitFor();
  await gate({ heal: true });
  await card.getByRole("button", { name: "Go on" }).click();
  await card.getByText("Here, verified.").waitFor();
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });

  // Only the page that runs a model is cross-origin isolated.
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), false);
  await card.getByRole("button", { name: "Run" }).click();
  await page.getByText(/^Ready after [\d.]+ s, with threads/).waitFor({ timeout: 60_000 });
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
  await page.locator("textarea").fill("a page that says hello");
  await page.getByRole("button", { name: "Create" }).click();
  await page.waitForFunction(() => document.querySelector("pre").textContent.length > 60, null, { timeout: 60_000 });
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped; nothing was saved.").waitFor();

  // Deleting a model empties the caches; signing out ends the session.
  await page.getByRole("link", { name: "All models and projects" }).click();
  assert.deepEqual(Object.keys(await inCaches(page)).length, 1);
  assert.deepEqual((await context.cookies()).length, 2);
  const file = `/models/${small}/resolve/v1/nothing`;
  const status = () => page.evaluate(async (file) => (await fetch(file)).status, file);
  await page.locator(`[data-model="${small}"]`).getByRole("button", { name: "Delete" }).click();
  await page.locator(`[data-model="${small}"]`).getByRole("button", { name: "Download" }).waitFor();
  assert.deepEqual(await inCaches(page), {});
  assert.equal(await status(), 404);
  const cookies = (await context.cookies()).map(({ name, path, httpOnly, sameSite }) => ({ name, path, httpOnly, sameSite })).sort((a, b) => (a.path < b.path ? -1 : 1));
  assert.deepEqual(cookies, ["/closeModelSession", "/models/"].map((path) => ({ name: "__session", path, httpOnly: true, sameSite: "Lax" })));
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Go on as a guest" }).waitFor();
  while ((await status()) !== 401) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(problems.filter((p) => !/status of 40[14]/.test(p)), []);
});

test("an error of the redirector stays JSON through Hosting, and is not cached", async (t) => {
  const page = await (await profile(t)).newPage();
  await page.goto(origin);
  for (const [path, reason] of [[`/models/${small}/resolve/v1/x`, "sign-in-required"], [`/models/${small}/raw/v1/x`, "no-such-file"], ["/models/x", "no-such-file"]]) {
    const answer = await page.evaluate(async (path) => {
      const r = await fetch(path);
      return { type: r.headers.get("Content-Type"), cache: r.headers.get("Cache-Control"), reason: (await r.json()).error.details.reason };
    }, path);
    assert.deepEqual(answer, { type: "application/json; charset=utf-8", cache: "private, no-store", reason }, path);
  }
});
