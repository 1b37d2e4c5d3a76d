// make eval sends 60 prompts through the Firebase SDK and the real backend to a
// worker. It counts the answers that have files, render without errors, and contain
// what the prompt asked for.
//
//   WORKER_URL=… node eval.mjs SERVER     under dev exec, which starts the emulators
//                                         and sets their addresses

import { spawn } from "node:child_process";
import { launch } from "../e2e/e2etest/chromium.mjs";
import { client } from "../e2e/e2etest/client.mjs";
import { project, prompts } from "./prompts.mjs";
import { look } from "./render.mjs";

const { WORKER_URL, BACKEND_PORT, EVAL_TOKENS = "2000", EVAL_ONLY = "" } = process.env;
const wanted = prompts.filter((p) => new RegExp(EVAL_ONLY).test(`${p.verb}/${p.name}`));
if (!WORKER_URL || !BACKEND_PORT || wanted.length === 0) {
  console.error(WORKER_URL && !BACKEND_PORT ? "eval: BACKEND_PORT must be a free port; dev exec sets it" : WORKER_URL ? `eval: no prompt's verb/name matches EVAL_ONLY=${EVAL_ONLY}` : "eval: WORKER_URL must name a worker");
  process.exit(2);
}

/** Starts the server at a port, and waits until it is ready. It ends with this process. */
async function serve(port) {
  const much = { dailyTurns: 1e6, dailyTokens: 1e12, dailyInputTokens: 1e12, concurrentTurns: 100, turnsPerMinute: 1e6 };
  let log = "";
  const server = spawn(process.argv[2], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      TURN_LIMIT: "1h", WORKER_WAIT: "10m", ...process.env,
      PORT: port, GOOGLE_CLOUD_PROJECT: "demo-dreambuild", MAX_OUTPUT_TOKENS: EVAL_TOKENS, PLANS: JSON.stringify({ free: much }),
    },
  });
  for (const out of [server.stdout, server.stderr]) out.on("data", (text) => (log = (log + text).slice(-4000)));
  server.on("exit", (code) => {
    if (ended) return;
    console.error(`eval: the server ended with ${code}:\n${log}`);
    end(1);
  });
  process.on("exit", () => server.kill());
  for (let tries = 0; ; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/__/health`).then(() => true, () => false);
    if (up) return;
    if (tries === 200) throw new Error(`the server does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sends one prompt and judges the answer: a row of the table. */
async function ask(ann, browser, { verb, name, on, prompt, check }) {
  const row = { verb, name, state: "failed", source: "", seconds: 0, tokens: 0, files: 0, notes: [] };
  const given = on ? project(on) : [];
  const request = { prompt };
  if (on) request.projectId = (await ann.call("saveProject", { name: on, files: given, source: "edit", generatedBy: "make eval" })).projectId;
  const start = performance.now();
  let answer;
  try {
    answer = await ann.stream("generateCode", request);
  } catch (error) {
    return { ...row, seconds: (performance.now() - start) / 1000, notes: [`${error.details?.reason ?? error.code}: ${error.message}`] };
  }
  const { result, messages, text } = answer;
  Object.assign(row, { state: result.state, source: result.source, seconds: (performance.now() - start) / 1000, tokens: result.usage.outputTokens });
  row.by = result.generatedBy;
  row.answered = result.source === "worker";
  if (!row.answered) row.notes = messages.filter((m) => m.type === "notice").map((m) => m.text);
  if (verb === "explain") return { ...row, contains: row.answered && result.version === null && check(text, prompt) };

  const isNew = (f) => !given.some((g) => g.path === f.path && g.content === f.content);
  row.files = row.answered ? result.files.filter(isNew).length : 0; // for an edit, only the changed files
  row.parses = row.files > 0;
  if (!row.parses) {
    if (row.answered) row.notes.push(result.state === "complete" ? `it says: ${text.trim().slice(0, 80)}` : "cut before it was whole");
    return { ...row, renders: false, contains: false };
  }
  const { renders, contains, blocked, why } = await look(browser, result.code, check);
  if (why) row.notes.push(why);
  if (blocked) row.notes.push(`${blocked} from elsewhere`);
  return { ...row, renders, contains };
}

const mark = (value) => (value === undefined ? "–" : value ? "yes" : "no");
const columns = [
  ["verb", 8, (r) => r.verb], ["prompt", 19, (r) => r.name], ["state", 10, (r) => r.state], ["source", 9, (r) => r.source || "–"], ["files", 7, (r) => r.files],
  ["renders", 9, (r) => mark(r.renders)], ["contains", 10, (r) => mark(r.contains)], ["seconds", 9, (r) => r.seconds.toFixed(1)], ["tokens", 8, (r) => r.tokens], ["", 0, (r) => r.notes.join("; ").replace(/\s+/g, " ").slice(0, 100)],
];
const line = (cell) => console.log(columns.map((c) => String(cell(c)).padEnd(c[1])).join("").trimEnd());

const rows = [];

/** Prints the totals by verb and of all prompts that were run. */
function summary() {
  const of = (rows, what) => {
    const judged = rows.filter((r) => r.verb !== "explain" || !["parses", "renders"].includes(what));
    return judged.length === 0 ? "–" : `${judged.filter((r) => r[what]).length}/${judged.length}`;
  };
  const total = (name, rows) => console.log([name, of(rows, "answered"), of(rows, "parses"), of(rows, "renders"), of(rows, "contains")].map((s) => s.padEnd(12)).join("").trimEnd());
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
  console.log(`\n${["", "answered", "parse", "render", "contain"].map((s) => s.padEnd(12)).join("").trimEnd()}`);
  for (const verb of new Set(rows.map((r) => r.verb))) total(verb, rows.filter((r) => r.verb === verb));
  total("all", rows);
  const answered = rows.filter((r) => r.answered);
  if (answered.length === 0) return console.log(`No answer is from the worker at ${WORKER_URL}.`);
  const tokens = answered.map((r) => r.tokens);
  console.log(`${answered[0].by}: an answer takes ${median(answered.map((r) => r.seconds)).toFixed(1)} s and ${median(tokens)} tokens (medians); ${tokens.reduce((a, b) => a + b)} tokens in all`);
}

let ended = false;
function end(code) {
  if (ended) return;
  ended = true;
  if (rows.length > 0) summary();
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    if (!ended) console.log(`\nStopped after ${rows.length} of ${wanted.length} prompts.`);
    end(130);
  });
}

await serve(BACKEND_PORT);
process.env.FUNCTIONS_PORT = BACKEND_PORT; // for client.mjs
const browser = await launch();
const ann = await client();
line(([title]) => title);
for (const [i, p] of wanted.entries()) {
  if (process.stdout.isTTY) process.stdout.write(`${i + 1}/${wanted.length} ${p.verb} ${p.name} …`);
  const row = await ask(ann, browser, p);
  rows.push(row);
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  line(([, , cell]) => cell(row));
}
await browser.close();
end(0);
