// make eval asks a worker for apps, through the Firebase SDK and the real backend, and
// looks at each in a browser: 60 prompts with checks of our own, a bench of tasks with
// Playwright specs, or answers that were stored. Without a worker, templates are asked.
//
//   WORKER_URL=… node eval.mjs SERVER     under dev exec, which starts the emulators
//                                         and sets their addresses

import { launch } from "../e2e/e2etest/chromium.mjs";
import { client } from "../e2e/e2etest/client.mjs";
import { runApps, sumUpApps } from "./apps.mjs";
import { readBench, runBench, sumUpBench } from "./bench.mjs";
import { forTemplates, prompts } from "./prompts.mjs";
import { replayer, storedReplies } from "./replies.mjs";
import { serve } from "./server.mjs";

const { WORKER_URL, BACKEND_PORT, BENCH, REPLIES, SAVE, EVAL_TOKENS = "2000", EVAL_ONLY = "" } = process.env;

function refuse(why) {
  console.error(`eval: ${why}`);
  process.exit(2);
}

if (!WORKER_URL && !REPLIES && (BENCH || SAVE)) refuse("a bench needs a worker, and the answers of templates are not stored: name a WORKER_URL");
if (WORKER_URL && REPLIES) refuse("either WORKER_URL or REPLIES: stored answers need no worker");
if (BENCH && (REPLIES || SAVE)) refuse("a bench needs a worker, and its answers are not stored: leave REPLIES and SAVE out");
if (!BACKEND_PORT) refuse("BACKEND_PORT must be a free port; dev exec sets it");

let wanted;
try {
  const only = new RegExp(EVAL_ONLY);
  const asked = WORKER_URL || REPLIES ? prompts : forTemplates;
  wanted = BENCH ? readBench(BENCH, only) : (REPLIES ? storedReplies(REPLIES, prompts) : asked).filter((p) => only.test(`${p.verb}/${p.name}`));
} catch (error) {
  refuse(error.message);
}
if (wanted.length === 0) refuse(BENCH ? `no project of ${BENCH} matches EVAL_ONLY=${EVAL_ONLY}` : `no prompt's verb/name matches EVAL_ONLY=${EVAL_ONLY}`);

const done = []; // rows of prompts, or scores of projects
let ended = false;
function end(code) {
  if (ended) return;
  ended = true;
  if (done.length > 0) BENCH ? sumUpBench(done) : sumUpApps(done, REPLIES ? `stored: ${REPLIES}` : WORKER_URL ? `the worker at ${WORKER_URL}` : "the templates");
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    if (!ended) console.log(`\nStopped after ${done.length} of ${wanted.length} ${BENCH ? "projects" : "prompts"}.`);
    end(130);
  });
}

const stored = REPLIES && (await replayer());
const env = {
  WORKER_URL: WORKER_URL ?? "", MAX_OUTPUT_TOKENS: EVAL_TOKENS,
  ...(stored && { WORKER_URL: stored.url, WORKER_DIALECT: "llamacpp", MAX_OUTPUT_TOKENS: "100000" }),
  ...(SAVE && { REPAIRS: "0" }), // what is stored is what the model says by itself
};
await serve(process.argv[2], BACKEND_PORT, env, (code, log) => {
  if (ended) return;
  console.error(`eval: the server ended with ${code}:\n${log}`);
  end(1);
});
process.env.FUNCTIONS_PORT = BACKEND_PORT; // for client.mjs
const user = await client();
if (BENCH) {
  await runBench({ user, bench: BENCH, projects: wanted, scores: done });
} else {
  const browser = await launch();
  await runApps({ user, browser, prompts: wanted, engine: WORKER_URL || REPLIES ? "worker" : "template", before: ({ reply }) => stored?.say(reply), save: SAVE, rows: done });
  await browser.close();
}
end(0);
