// Asks for apps and looks at each answer in a browser. It counts the answers that have
// files, render without errors, and contain what the prompt asked for.

import { appendFileSync } from "node:fs";
import { project } from "./prompts.mjs";
import { look } from "./render.mjs";
import { ask, kinds, line, mark, oneLine } from "./turns.mjs";

const columns = [
  ["verb", 8, (r) => r.verb], ["prompt", 19, (r) => r.name], ["state", 10, (r) => r.state], ["source", 9, (r) => r.source || "–"], ["files", 7, (r) => r.files], ["repaired", 10, (r) => mark(r.repaired)],
  ["renders", 9, (r) => mark(r.renders)], ["contains", 10, (r) => mark(r.contains)], ["seconds", 9, (r) => r.seconds.toFixed(1)], ["tokens", 8, (r) => r.tokens], ["", 0, (r) => oneLine(r.notes)],
];

/**
 * Runs prompts; `engine` is to answer. `before(prompt)` is called ahead of each; `save` names a file that keeps
 * the answers, for REPLIES. `rows` grows as it goes.
 */
export async function runApps({ user, browser, prompts, engine = "worker", before = () => {}, save, rows }) {
  line(columns, ([title]) => title);
  for (const [i, prompt] of prompts.entries()) {
    if (process.stdout.isTTY) process.stdout.write(`${i + 1}/${prompts.length} ${prompt.verb} ${prompt.name} …`);
    before(prompt);
    const { row, reply } = await judge(user, browser, engine, prompt);
    if (save && row.answered) appendFileSync(save, `${JSON.stringify({ name: prompt.name, reply })}\n`);
    rows.push(row);
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
    line(columns, ([, , cell]) => cell(row));
  }
}

/** Sends one prompt and judges the answer: a row of the table, and what the model said by itself. */
async function judge(user, browser, engine, { verb, name, on, after, prompt, check }) {
  let given = on ? project(on) : [];
  const request = { prompt, engine };
  if (on) request.projectId = (await user.call("saveProject", { name: on, files: given, source: "edit", generatedBy: "make eval" })).projectId;
  if (after) {
    const { result: before } = await ask(user, { prompt: after, engine });
    request.projectId = before.projectId;
    given = before.files;
  }
  const { result, text, reply, row: turn } = await ask(user, request);
  const row = { verb, name, checked: Boolean(check), files: 0, ...turn };
  if (!result) return { row, reply };
  if (verb === "explain") return { row: { ...row, contains: row.answered && result.version === null && check(text, prompt) }, reply };

  const isNew = (f) => !given.some((g) => g.path === f.path && g.content === f.content);
  row.files = row.answered ? result.files.filter(isNew).length : 0; // for an edit, only the changed files
  row.parses = row.files > 0;
  if (!row.parses) {
    if (row.answered) row.notes.push(result.state === "complete" ? `it says: ${text.trim().slice(0, 80)}` : "cut before it was whole");
    return { row: { ...row, renders: false, contains: check && false }, reply };
  }
  const { renders, contains, blocked, why } = await look(browser, result.code, check);
  if (why) row.notes.push(why);
  if (row.diagnostics.length > 0) row.notes.push(`found: ${kinds(row.diagnostics)}`);
  if (blocked) row.notes.push(`${blocked} from elsewhere`);
  return { row: { ...row, renders, contains }, reply };
}

/** Prints the totals by verb and of all prompts that were run, and what was repaired. */
export function sumUpApps(rows, from) {
  const of = (rows, what) => {
    const judged = rows.filter((r) => (r.verb !== "explain" || !["parses", "renders"].includes(what)) && (what !== "contains" || r.checked));
    return judged.length === 0 ? "–" : `${judged.filter((r) => r[what]).length}/${judged.length}`;
  };
  const cells = (texts) => console.log(texts.map((s) => s.padEnd(12)).join("").trimEnd());
  const total = (name, rows) => cells([name, of(rows, "answered"), of(rows, "parses"), of(rows, "renders"), of(rows, "contains")]);
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
  console.log();
  cells(["", "answered", "parse", "render", "contain"]);
  for (const verb of new Set(rows.map((r) => r.verb))) total(verb, rows.filter((r) => r.verb === verb));
  total("all", rows);

  const tried = rows.filter((r) => r.repaired !== undefined);
  if (tried.length > 0) console.log(`A repair was tried for ${tried.length} answers, and ${tried.filter((r) => r.repaired).length} have no errors after it.`);
  sumUpDiagnostics(rows.filter((r) => r.parses));

  if (!rows.some((r) => r.answered)) return console.log(`No answer is from ${from}.`);
  const answered = rows.filter((r) => r.answered && r.by); // nobody tells these of a turn that fails
  if (answered.length === 0) return;
  const tokens = answered.map((r) => r.tokens);
  console.log(`${answered[0].by}: an answer takes ${median(answered.map((r) => r.seconds)).toFixed(1)} s and ${median(tokens)} tokens (medians); ${tokens.reduce((a, b) => a + b)} tokens in all`);
}

// What was found in answers without running them. One that does what was asked, or at
// least renders where nothing is checked, shows that an error was a false alarm.
function sumUpDiagnostics(rows) {
  const found = new Map(); // "severity kind" → rows
  for (const row of rows) for (const key of new Set(row.diagnostics.map((d) => `${d.severity} ${d.kind}`))) found.set(key, [...(found.get(key) ?? []), row]);
  if (found.size === 0) return;
  console.log(`\n${"found in answers".padEnd(36)}answers     render      contain`);
  for (const [key, rows] of [...found].sort()) {
    console.log(`${key.padEnd(36)}${String(rows.length).padEnd(12)}${String(rows.filter((r) => r.renders).length).padEnd(12)}${rows.filter((r) => r.contains).length}`);
  }
  console.log();
}
