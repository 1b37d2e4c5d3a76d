// A bench in the form of Web-Bench (https://github.com/bytedance/web-bench): projects of
// tasks that build upon one another, each with Playwright specs. After task n the specs of
// init and of the tasks 1 to n must hold. The specs see the app in the sandbox of
// sandbox.mjs: no server serves its files.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, kinds, line, mark, oneLine } from "./turns.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, "../node_modules/@playwright/test/cli.js");
const isSpec = /^(.+)\.spec\.[cm]?[jt]s$/;

/** Reads the projects of a bench whose names match. */
export function readBench(dir, only) {
  const all = join(dir, "projects");
  return readdirSync(all).sort().filter((name) => only.test(name) && existsSync(join(all, name, "tasks.jsonl"))).map((name) => {
    const lines = readFileSync(join(all, name, "tasks.jsonl"), "utf8").split("\n").filter((text) => text.trim());
    const tasks = lines.map((text) => JSON.parse(text));
    const wrong = tasks.find((task) => !/^(init|task-\d+)$/.test(task.id) || typeof task.description !== "string");
    if (wrong) throw new Error(`${name}/tasks.jsonl: a task is { id: "init" or "task-1", description }, not ${JSON.stringify(wrong).slice(0, 100)}`);
    return { name, dir: join(all, name), tasks };
  });
}

/** The text files of a folder, as a project's files. Others cannot be part of a project. */
function filesIn(dir) {
  if (!existsSync(dir)) return [];
  const strict = new TextDecoder("utf-8", { fatal: true });
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).flatMap((entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    try {
      return [{ path: relative(dir, path).replaceAll("\\", "/"), content: strict.decode(readFileSync(path)) }];
    } catch {
      return [];
    }
  });
}

/**
 * A copy of a project's specs in a folder of its own, where `@playwright/test` is ours and
 * the bench's own libraries are found by name. `run(tasks, result)` runs the specs of tasks
 * on an answer, and returns what fails, as text; "" if all of them hold.
 */
function workshop(project, bench) {
  const root = mkdtempSync(join(tmpdir(), "eval-bench-"));
  const at = join(root, "projects", project.name);
  const copy = (from, to) => existsSync(from) && cpSync(from, to, { recursive: true, dereference: true, filter: (path) => !path.includes("node_modules") });
  for (const name of readdirSync(project.dir)) if (!["src", "src-init", "node_modules"].includes(name)) copy(join(project.dir, name), join(at, name));
  const libraries = join(bench, "libraries");
  copy(libraries, join(root, "libraries"));
  for (const name of existsSync(libraries) ? readdirSync(libraries) : []) {
    const about = join(libraries, name, "package.json");
    if (existsSync(about)) copy(join(libraries, name), join(root, "node_modules", JSON.parse(readFileSync(about, "utf8")).name));
  }
  mkdirSync(join(root, "node_modules/@playwright/test"), { recursive: true });
  writeFileSync(join(root, "node_modules/@playwright/test/index.js"), `module.exports = require(${JSON.stringify(join(here, "playwright/test.cjs"))});\n`);

  const specs = readdirSync(join(at, "test")).map((name) => isSpec.exec(name)?.[1]);
  return {
    has: (id) => specs.includes(id),
    async run(ids, { code, files }) {
      const source = join(at, "src");
      rmSync(source, { recursive: true, force: true });
      for (const f of files) {
        mkdirSync(dirname(join(source, f.path)), { recursive: true });
        writeFileSync(join(source, f.path), f.content);
      }
      writeFileSync(join(root, "document.html"), code);
      const report = await playwright({ EVAL_DOCUMENT: join(root, "document.html"), EVAL_TESTS: join(at, "test"), EVAL_OUTPUT: join(root, "output"), EVAL_SPECS: ids.join("|"), EVAL_PROJECT_ROOT: source }, at);
      return failures(report).replaceAll(`${at}/`, "").replaceAll(`${root}/`, "");
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill()));

/** Runs Playwright's test runner, and returns its report. */
function playwright(env, cwd) {
  return new Promise((resolve, reject) => {
    const args = [cli, "test", "--config", join(here, "playwright/config.mjs"), "--reporter=json"];
    const child = execFile(process.execPath, args, { cwd, env: { ...process.env, ...env, FORCE_COLOR: "0" }, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      running.delete(child);
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`Playwright's test runner: ${(stderr || stdout || error?.message || "").slice(0, 1000)}`));
      }
    });
    running.add(child);
  });
}

const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "");

/** What a report says of tests that fail. Specs that cannot be read are nobody's fault but the bench's. */
function failures({ suites = [], errors = [], stats }) {
  const told = [];
  const walk = (suite, titles) => {
    for (const inner of suite.suites ?? []) walk(inner, [...titles, inner.title]);
    for (const spec of suite.specs ?? []) {
      if (spec.ok) continue;
      const messages = spec.tests.flatMap((t) => t.results.flatMap((r) => r.errors.map((e) => plain(e.message ?? ""))));
      if (messages.length > 0) told.push(`${[...titles, spec.title].join(" › ")}\n${messages[0]}`);
    }
  };
  for (const suite of suites) walk(suite, [suite.title]);
  if (told.length === 0 && (errors.length > 0 || stats.expected + stats.unexpected === 0)) throw new Error(`its specs do not run: ${plain(errors[0]?.message ?? "there are no tests").split("\n")[0]}`);
  return told.join("\n\n") || (stats.unexpected > 0 ? "The tests fail." : "");
}

const columns = [
  ["project", 18, (r) => r.project], ["task", 9, (r) => r.task], ["attempt", 9, (r) => r.attempt], ["passes", 8, (r) => mark(r.passes)], ["files", 7, (r) => r.files], ["repaired", 10, (r) => mark(r.repaired)],
  ["seconds", 9, (r) => r.seconds.toFixed(1)], ["tokens", 8, (r) => r.tokens], ["", 0, (r) => oneLine(r.notes)],
];

/** Runs the projects of a bench, one after another. `scores` grows as it goes. */
export async function runBench({ user, bench, projects, scores }) {
  line(columns, ([title]) => title);
  for (const project of projects) {
    const score = { name: project.name, tasks: project.tasks.filter((task) => task.id !== "init").length, first: 0, second: 0, errors: 0, why: "" };
    scores.push(score);
    let shop;
    try {
      shop = workshop(project, bench);
      await build(user, project, shop, score);
    } catch (error) {
      score.why = error.message;
      console.log(`${project.name}: ${error.message}`);
    } finally {
      shop?.close();
    }
  }
}

/** Has the tasks of a project done, until one fails twice. */
async function build(user, project, shop, score) {
  const start = filesIn(join(project.dir, "src-init"));
  let projectId;
  const startFrom = async (files) => {
    const saved = await user.call("saveProject", { projectId, name: project.name.slice(0, 60), files, source: "edit", generatedBy: "make eval" });
    projectId = saved.projectId;
  };
  if (project.tasks[0]?.id !== "init" && start.length > 0) await startFrom(start);

  const done = project.tasks[0]?.id === "init" ? [] : ["init"]; // whose specs must hold
  for (const task of project.tasks) {
    const ids = [...done, task.id].filter(shop.has);
    let error = "", passes = false;
    for (const attempt of [1, 2]) {
      const { result, row } = await ask(user, { projectId, engine: "worker", prompt: error ? `${task.description}\n\nThis was tried, and the tests of the app fail:\n\n${error.slice(0, 4000)}` : task.description });
      projectId = result?.projectId ?? projectId;
      if (row.diagnostics.length > 0) row.notes.push(`found: ${kinds(row.diagnostics)}`);
      error = !row.answered || result.version === null ? row.notes[0] ?? "The answer holds no files." : ids.length > 0 ? await shop.run(ids, result) : "";
      passes = error === "";
      if (!passes) row.notes.unshift(error);
      line(columns, ([, , cell]) => cell({ ...row, project: project.name, task: task.id, attempt, passes, files: result?.files.length ?? 0 }));
      if (task.id !== "init" && passes && attempt === 1 && score.errors === 0) score.first++;
      if (task.id !== "init" && !passes && attempt === 1) score.errors++;
      if (passes) break;
    }
    if (passes && task.id !== "init") score.second++;
    if (!passes && task.id === "init" && start.length > 0) await startFrom(start); // as Web-Bench does
    else if (!passes) return;
    done.push(task.id);
  }
}

/** Prints pass@1, pass@2 and error@1 of each project, and of all tasks together. */
export function sumUpBench(scores) {
  const cells = (texts) => console.log(texts.map((text, i) => text.padEnd(i === 0 ? 18 : 12)).join("").trimEnd());
  const row = (name, all) => {
    const sum = (what) => all.reduce((n, score) => n + score[what], 0);
    const share = (what) => `${sum(what)}/${sum("tasks")}`;
    cells([name, share("first"), share("second"), share("errors")]);
  };
  const ran = scores.filter((score) => !score.why);
  console.log();
  cells(["", "pass@1", "pass@2", "error@1"]);
  for (const score of ran) row(score.name, [score]);
  if (ran.length > 0) row("all", ran);
  for (const { name, why } of scores.filter((score) => score.why)) console.log(`Not counted: ${name}, ${why}`);
}
