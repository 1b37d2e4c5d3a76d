// Prints, as JSON, the sets of files that eval.test.mjs looks at: each prompt's good
// answer, and the project as it was before. eval_test.go makes documents of them.

import { project, prompts, txtar } from "./prompts.mjs";

const good = {};
for (const [names, text] of Object.entries(txtar(new URL("testdata/good.txtar", import.meta.url)))) {
  for (const name of names.split(" ")) good[name] = text;
}

const sets = {};
for (const { verb, name, on } of prompts) {
  if (verb === "explain") continue;
  sets[`good/${name}`] = on ? project(on).map(({ path, content }) => ({ path, content: good[`${name}/${path}`] ?? content })) : [{ path: "index.html", content: good[name] }];
  if (on) sets[`before/${name}`] = project(on);
}
console.log(JSON.stringify(sets));
