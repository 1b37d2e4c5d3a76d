// Times downloads of MODEL with plain fetch and with the library, alternately, each
// in a new browser profile. It writes to OUT: seconds, their ratio, and the growth of
// the tab's memory in MB.

import { readFile, writeFile } from "node:fs/promises";
import { chromium, load, open, user } from "./browser.mjs";

const runs = Number(process.env.RUNS ?? 3);
const id = process.env.MODEL;
const ann = await user();
const cdp = await chromium.newBrowserCDPSession();

/** The resident memory of each tab's process in MB, by process id. Chromium also keeps a spare process. */
async function resident() {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  return new Map(await Promise.all(processInfo.filter((p) => p.type === "renderer").map(async (p) => {
    const status = await readFile(`/proc/${p.id}/status`, "utf8").catch(() => "");
    return [p.id, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024];
  })));
}

async function timed(work) {
  const context = await chromium.newContext();
  const page = await open(context, ann);
  const before = await resident();
  let grew = 0;
  const watch = setInterval(async () => {
    for (const [id, size] of await resident()) grew = Math.max(grew, size - (before.get(id) ?? size));
  }, 50);
  const start = performance.now();
  const result = await work(page);
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  if (result?.ok === undefined) throw new Error(JSON.stringify(result));
  await context.close();
  return { seconds, grew };
}

const plain = (page) => page.evaluate(async (id) => {
  const { files } = await globalThis.call("grantModel", { modelId: id });
  await Promise.all([0, 1, 2, 3].map(async () => {
    for (let file = files.shift(); file; file = files.shift()) await (await fetch(file.url, { cache: "no-store" })).arrayBuffer();
  }));
  return { ok: true };
}, id);

const figures = { "s-fetch": [], "s-library": [], "x-fetch": [], "MB-fetch": [], "MB-library": [] };
for (let run = 0; run <= runs; run++) {
  const theirs = await timed(plain);
  const ours = await timed((page) => load(page, id));
  if (run === 0) continue; // warm-up
  figures["s-fetch"].push(theirs.seconds);
  figures["s-library"].push(ours.seconds);
  figures["x-fetch"].push(ours.seconds / theirs.seconds);
  figures["MB-fetch"].push(theirs.grew);
  figures["MB-library"].push(ours.grew);
}
await writeFile(process.env.OUT, JSON.stringify(figures));
await chromium.close();
