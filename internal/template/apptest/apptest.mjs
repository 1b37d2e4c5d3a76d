// Uses the apps of the library in a real Chromium, as their check.mjs say, and looks at
// them in all themes, widths and languages. CASES names the file of apptest_test.go that
// says which, and OUT the folder for pictures of what failed.

import { mkdir, readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { launch } from "../../e2e/e2etest/chromium.mjs";
import { App } from "./app.mjs";
import { faultsOf, texts } from "./looks.mjs";
import { Stage } from "./stage.mjs";

const WORKERS = 4; // apps at once: much of the time a browser waits
const LEAST = 8; // checks of an app
const LIMIT = 60_000; // ms that a check may take
const SCREEN = { width: 1280, height: 800 };

const seed = Number(process.env.SEED || 1);
const out = process.env.OUT;
const drawn = process.env.LOOKS === "all"; // nothing is used, everything is looked at and drawn
const apps = JSON.parse(await readFile(process.env.CASES, "utf8"));

const browser = await launch();
const started = performance.now();
try {
  for (const app of apps) await prepare(app);
  shuffle(apps, seed);
  const jobs = apps.flatMap(jobsOf);
  console.log(`seed ${seed}; order: ${apps.map(({ id }) => id).join(", ")}`);
  await Promise.all(Array.from({ length: WORKERS }, () => work(jobs)));
} finally {
  await browser.close();
}
report();
process.exitCode = apps.some(({ failures }) => failures.length > 0) ? 1 : 0;

/** Reads the checks of an app. */
async function prepare(app) {
  Object.assign(app, { checks: [], failures: [], done: {}, seconds: 0, english: null });
  try {
    for (const file of app.files) {
      const { checks } = await import(pathToFileURL(file));
      for (const [name, check] of Object.entries(checks)) app.checks.push({ needs: [], without: [], own: file === app.files.at(-1), name, ...(typeof check === "function" ? { run: check } : check) });
      const has = (f) => f === "storage" || f in app.features;
      const concerns = ({ own, name, needs, without }) => own || ([...needs, ...without].every(has) && !app.checks.some((other) => other.own && other.name === name));
      app.checks = app.checks.filter(concerns); // those of base are for whom they concern, and who has none of the same name
    }
  } catch (error) {
    app.failures.push({ what: "check.mjs", faults: [error.stack] });
    return;
  }
  const fail = (why) => app.failures.push({ what: "check.mjs", faults: [why] });
  const own = app.checks.filter(({ own }) => own).length;
  if (own < LEAST) fail(`it has ${own} checks; at least ${LEAST} are needed`);
  for (const { name, needs, without } of app.checks) {
    for (const f of [...needs, ...without]) if (f !== "storage" && !(f in app.features)) fail(`${name}: the app has no feature ${JSON.stringify(f)}`);
  }
  for (const set of app.sets) set.checks = app.checks.filter((check) => allows(set, check) && !(set.rest && app.sets.some((other) => other !== set && allows(other, check))));
  for (const check of app.checks) if (!app.sets.some(({ checks }) => checks.includes(check))) fail(`${check.name}: no set of features allows it`);
  for (const [feature, choice] of Object.entries(app.features)) {
    if (choice !== "always" && !app.checks.some(({ needs }) => needs.includes(feature))) fail(`no check needs the feature ${JSON.stringify(feature)}`);
  }
}

/** Whether a check is to be run with a set of features: it is about the one that the set is for, if any, and is not without what it needs. */
function allows({ features, only }, { needs, without }) {
  const about = !only || needs.includes(only) || without.includes(only);
  return about && needs.every((f) => f === "storage" || features.includes(f)) && !without.some((f) => features.includes(f));
}

/** What is to be done with an app: pieces of work. */
function jobsOf(app) {
  const jobs = (drawn ? [] : app.sets).map((set) => ({ app, run: (kept) => use(app, set, kept) }));
  for (let i = 0; i < app.looks.length; i += 5) jobs.push({ app, run: () => lookAt(app, app.looks.slice(i, i + 5)) });
  return jobs;
}

async function work(jobs) {
  const kept = { stage: null }; // for as many checks as it serves: to open one takes as long as a check
  for (let job; (job = jobs.shift());) {
    const began = performance.now();
    try {
      await job.run(kept);
    } catch (error) {
      job.app.failures.push({ what: "the runner", faults: [error.stack] });
    }
    job.app.seconds += (performance.now() - began) / 1000;
  }
  await leave(kept);
}

/** Runs the checks of a set of features. */
async function use(app, set, kept) {
  const checks = [...set.checks];
  shuffle(checks, seed);
  for (const { name, needs, run } of checks) {
    const stored = needs.includes("storage"); // what it stores is not the next one's
    if (stored) await leave(kept);
    const stage = (kept.stage ??= await Stage.open(browser, { seed, viewport: SCREEN, clock: true }));
    const passed = await attempt(app, set.kind, `${name} (${set.name})`, stage, async () => {
      const person = new App(stage, { code: set.code, language: "en", texts: app.texts, stored });
      await person.open();
      await run(person);
    });
    if (stored || !passed) await leave(kept);
  }
}

/** Closes the stage that is kept. */
async function leave(kept) {
  await kept.stage?.close();
  kept.stage = null;
}

/** Looks at an app in some themes, widths and languages. */
async function lookAt(app, looks) {
  const stage = await Stage.open(browser, { seed, viewport: SCREEN, reducedMotion: "reduce" });
  const { page } = stage;
  for (const look of looks) {
    const { language, width, device, code } = look;
    await attempt(app, "looks", look.name, stage, async () => {
      const english = language === "en" ? [] : notIn(language, app.texts, await (app.english ??= englishOf(app)));
      await page.emulateMedia({ colorScheme: device });
      await page.setViewportSize({ ...SCREEN, width });
      const frame = await stage.show(code);
      if (drawn) await page.screenshot({ path: `${out}/${app.id}-${look.name.replace(/\W+/g, "-")}.png` });
      return faultsOf(stage, frame, { ...look, english });
    });
  }
  await stage.close();
}

/** What an app shows in English. */
async function englishOf(app) {
  const stage = await Stage.open(browser, { seed, viewport: SCREEN });
  const seen = await (await stage.show(app.sets[0].code)).evaluate(texts);
  await stage.close();
  return new Set(seen);
}

/** The texts that are seen in English and are others in a language. */
function notIn(language, texts, seen) {
  const own = new Set(Object.values(texts).map((text) => text[language]));
  return Object.values(texts).map(({ en }) => en).filter((en) => seen.has(en) && !own.has(en));
}

/**
 * Does something with an app, and returns whether all is well: it does not throw, it
 * returns no faults, the page had none.
 */
async function attempt(app, kind, what, stage, act) {
  const done = (app.done[kind] ??= { passed: 0, all: 0 });
  done.all++;
  const faults = [];
  try {
    await stage.begin();
    faults.push(...await limited(act()) ?? []);
  } catch (error) {
    faults.push(error.message);
  }
  faults.push(...stage.heard());
  if (faults.length === 0) {
    done.passed++;
    return true;
  }
  const picture = `${out}/${`${app.id}-${what}`.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 80)}.png`;
  await mkdir(out, { recursive: true });
  const drawn = await stage.page.screenshot({ path: picture, timeout: 5_000 }).then(() => picture, (error) => `no picture: ${error.message.split("\n")[0]}`);
  app.failures.push({ what, faults: [...new Set(faults)], picture: drawn });
  return false;
}

/** Rejects where something takes too long, as an app that hangs. */
function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`it was not done after ${LIMIT / 1000} seconds`)), LIMIT); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Prints a row for each app, and what failed. */
function report() {
  const kinds = ["checks", "features", "looks"];
  const rows = apps.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((app) => [app.id, ...kinds.map((k) => `${app.done[k]?.passed ?? 0}/${app.done[k]?.all ?? 0}`), app.seconds.toFixed(1)]);
  const table = [["app", ...kinds, "seconds"], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  for (const row of table) console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "));
  for (const { id, failures } of apps) {
    const told = new Map(); // a fault is told once, with where it was seen first
    for (const { what, faults, picture = "" } of failures) {
      for (const fault of faults) {
        if (told.has(fault)) told.get(fault).more++;
        else told.set(fault, { what, picture, more: 0 });
      }
    }
    for (const [fault, { what, picture, more }] of told) console.log(`\n${id}: ${what}${more > 0 ? `, and ${more} more` : ""}\n    ${fault.replaceAll("\n", "\n    ")}${picture ? `\n    ${picture}` : ""}`);
  }
  console.log(`\n${apps.length} apps in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Puts a list into an order that a seed decides. */
function shuffle(list, seed) {
  for (let i = list.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}
