// Turns and projects through the Firebase SDK, with a scripted worker.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { collection, doc, getDoc, getDocs, onSnapshot, orderBy, query, setDoc, where } from "firebase/firestore";
import { httpsCallable } from "firebase/functions";
import { client, failure } from "../e2etest/client.mjs";

/** Sets the worker's next replies. The response is read to its end: an unread one keeps the process alive for a minute. */
const say = async (...replies) => (await fetch(process.env.CONTROL_URL, { method: "POST", body: JSON.stringify(replies) })).arrayBuffer();
/** The requests to the worker so far. */
const asked = async () => (await (await fetch(process.env.CONTROL_URL)).json()) ?? [];
const worker = async (...text) => { await say({ Text: text }); return (await asked()).length; };
/** The number of requests to the worker since there were n. */
const callsSince = async (n) => (await asked()).length - n;

const three = ["Here you are.\n\n```html index.html\n<!DOCTYPE html>\n<html>\n<head><link rel=\"stylesheet\" href=\"style.css\"></head>\n<body>\n<h1>Uhr ⏰</h1>\n",
  "<script src=\"app.js\"></script>\n</body>\n</html>\n```\n", "```css style.css\nh1 { color: red }\n```\n", "```js app.js\nconsole.log(1);\n```\nEnjoy!"];

test("a prompt becomes a stored project, which is then edited, restored, renamed and deleted", async (t) => {
  const ann = await client();
  const before = await worker(...three);
  let first;

  await t.test("the stream: order, cursors, text", async () => {
    const { messages, text, result } = await ann.stream("generateCode", { prompt: "create a clock\nin German", turnId: "t1" });
    first = result;
    assert.deepEqual(messages.filter((m) => m.type !== "text").map(({ type, phase, source, generatedBy, path, state, turnId }) =>
      [type, turnId ?? phase ?? source ?? path, generatedBy ?? state].filter(Boolean).join(" ")), [
      "accepted t1", "status queued", "status prefill", "source worker scripted",
      "file index.html open", "file index.html done", "file style.css open", "file style.css done", "file app.js open", "file app.js done",
    ]);
    assert.equal(text, three.join(""));
    const cursors = messages.filter((m) => m.type === "text").map((m) => Number(m.cursor));
    assert.deepEqual(cursors, [...cursors].sort((a, b) => a - b));
    assert.equal(cursors.at(-1), Buffer.byteLength(text));
  });

  await t.test("the result", () => {
    const { code, files, intent, ...rest } = first;
    assert.deepEqual(rest, {
      turnId: "t1", projectId: rest.projectId, state: "complete", version: 1, name: "Clock", source: "worker", generatedBy: "scripted",
      finishReason: "stop", usage: { inputTokens: 5, outputTokens: 4 }, warnings: [], network: [], diagnostics: [],
    });
    assert.match(rest.projectId, /^[a-z2-7]{20}$/);
    assert.deepEqual([intent.verb, intent.subject, intent.theme, intent.name, intent.language], ["create", "clock", null, "Clock", "en"]);
    assert.deepEqual(intent.features, [], "features is a list, even when it is empty");
    assert.deepEqual(files.map((f) => f.path), ["app.js", "index.html", "style.css"]);
    assert.match(code, /<style>\nh1 \{ color: red \}\n<\/style>/);
    assert.match(code, /<script>\nconsole.log\(1\);\n<\/script>/);
    assert.match(code, /Uhr ⏰/);
  });

  await t.test("the project, read from Firestore under the rules", async () => {
    const project = (await getDoc(doc(ann.db, "projects", first.projectId))).data();
    assert.equal(project.ownerUid, ann.user.uid);
    assert.equal(project.currentVersion, 1);
    assert.equal(project.activeTurn, "");
    const version = (await getDoc(doc(ann.db, "projects", first.projectId, "versions", "1"))).data();
    assert.deepEqual(version.files.map((f) => f.path), ["app.js", "index.html", "style.css"]);
    const blob = (await getDoc(doc(ann.db, "projects", first.projectId, "blobs", version.files[2].sha256))).data();
    assert.equal(blob.content, "h1 { color: red }\n");
    const turns = await getDocs(query(collection(ann.db, "projects", first.projectId, "turns"), orderBy("seq")));
    assert.deepEqual(turns.docs.map((d) => [d.id, d.data().state, d.data().prompt, d.data().reply]), [["t1", "complete", "create a clock\nin German", three.join("")]]);
    const mine = await getDocs(query(collection(ann.db, "projects"), where("ownerUid", "==", ann.user.uid), where("deletedAt", "==", null), orderBy("updatedAt", "desc")));
    assert.deepEqual(mine.docs.map((d) => d.id), [first.projectId]);
  });

  await t.test("the same turnId again: the same result, and the worker was called once", async () => {
    const request = { prompt: "create a clock\nin German", turnId: "t1" };
    assert.deepEqual(await ann.call("generateCode", request), first);
    assert.deepEqual(await ann.call("generateCode", { ...request, projectId: first.projectId }), first);
    const again = await ann.stream("generateCode", request);
    assert.deepEqual(again.result, first);
    assert.equal(again.messages[0].type, "accepted");
    assert.equal(await callsSince(before), 1);
  });

  await t.test("a follow-up carries files and conversation, and becomes version 2", async () => {
    await worker("```css style.css\nh1 { color: blue }\n```\n");
    const second = await ann.call("generateCode", { prompt: "make it blue", projectId: first.projectId, turnId: "t2" });
    assert.equal(second.version, 2);
    assert.equal(second.name, first.name);
    assert.deepEqual(second.files.map((f) => f.path), ["app.js", "index.html", "style.css"]);
    assert.match(second.code, /color: blue/);
    const messages = (await asked()).at(-1).Messages;
    assert.equal(messages[0].Role, "system");
    const [product, verb] = messages[0].Content.split("\n\n");
    assert.equal(product, "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations.");
    assert.match(verb, /^Change the current files as asked/);
    assert.equal(messages[1].Content, "create a clock\nin German");
    assert.match(messages.at(-1).Content, /h1 \{ color: red \}[\s\S]*make it blue$/);
  });

  await t.test("version 1 is restored as version 3", async () => {
    const restored = await ann.call("restoreVersion", { projectId: first.projectId, version: 1 });
    assert.deepEqual([restored.version, restored.source, restored.code], [3, "restore", first.code]);
    const { versions } = await ann.call("listVersions", { projectId: first.projectId });
    assert.deepEqual(versions.map((v) => [v.version, v.base, v.source]), [[3, 1, "restore"], [2, 1, "worker"], [1, 0, "worker"]]);
    assert.match((await ann.call("getProject", { projectId: first.projectId, version: 2 })).code, /color: blue/);
    const { code, files } = await ann.call("getProject", { projectId: first.projectId });
    assert.deepEqual(files, first.files);
    const part = async (name) => {
      const project = await ann.call("getProject", { projectId: first.projectId, parts: [name] });
      return [project.code, project.files];
    };
    assert.deepEqual([await part("code"), await part("files")], [[code, []], ["", files]]);
    assert.equal(await failure(ann.call("getProject", { projectId: first.projectId, parts: ["all"] })), "functions/invalid-argument bad-request");
  });

  await t.test("the conversation, page by page", async () => {
    const all = [];
    let pageToken;
    do {
      const page = await ann.call("listMessages", { projectId: first.projectId, pageSize: 2, pageToken });
      assert.ok(page.messages.length <= 2);
      all.push(...page.messages);
      pageToken = page.nextPageToken;
    } while (pageToken);
    assert.deepEqual(all.reverse().map((m) => [m.role, m.turnId === "t1" || m.turnId === "t2" ? m.turnId : "restore", m.state]), [
      ["user", "t1", "complete"], ["assistant", "t1", "complete"], ["user", "t2", "complete"], ["assistant", "t2", "complete"], ["user", "restore", "complete"], ["assistant", "restore", "complete"]]);
    const whole = { ...all[1], text: three.join(""), length: Buffer.byteLength(three.join("")) };
    assert.deepEqual(await ann.call("getMessage", { projectId: first.projectId, turnId: "t1" }), whole);
    assert.deepEqual(all[1], { ...whole, text: whole.text.slice(0, 2048) });
  });

  await t.test("another user is denied everything", async () => {
    const bob = await client();
    const { projectId } = first;
    const denied = "functions/not-found no-such-project"; // as for a project that does not exist
    for (const [name, data] of Object.entries({
      generateCode: { prompt: "x", projectId }, saveProject: { projectId, reply: "```html\nx\n```", source: "edit", generatedBy: "me" }, restoreVersion: { projectId, version: 1 },
      getProject: { projectId }, listVersions: { projectId }, listMessages: { projectId }, renameProject: { projectId, name: "x" }, deleteProject: { projectId }, exportProject: { projectId },
      getMessage: { projectId, turnId: "t1" }, resumeTurn: { projectId, turnId: "t1" }, cancelTurn: { projectId, turnId: "t1" },
    })) assert.equal(await failure(bob.call(name, data)), denied, name);
    assert.equal(await failure(bob.call("generateCode", { prompt: "create a clock\nin German", turnId: "t1", projectId })), denied);
    assert.deepEqual(await bob.call("listProjects", {}), { projects: [] });
    for (const path of ["", "/turns/t1", "/versions/1"]) {
      assert.equal(await failure(getDoc(doc(bob.db, `projects/${projectId}${path}`))), "permission-denied -", path);
    }
    assert.equal(await failure(setDoc(doc(ann.db, `projects/${projectId}`), { name: "x" })), "permission-denied -", "the owner cannot write, either");
  });

  await t.test("renamed, exported, listed", async () => {
    assert.equal(await ann.call("renameProject", { projectId: first.projectId, name: "Uhr" }), null);
    const { projects } = await ann.call("listProjects");
    assert.deepEqual(projects.map((p) => [p.projectId, p.name, p.currentVersion]), [[first.projectId, "Uhr", 3]]);
    const { name, zip, document } = await ann.call("exportProject", { projectId: first.projectId, document: true });
    assert.deepEqual({ name, document }, { name: "Uhr", document: (await ann.call("getProject", { projectId: first.projectId })).code });
    assert.deepEqual(unzip(Buffer.from(zip, "base64")), Object.fromEntries(first.files.map((f) => [f.path, f.content])));
  });

  await t.test("deleted with everything under it", async () => {
    assert.equal(await ann.call("deleteProject", { projectId: first.projectId }), null);
    assert.equal(await ann.call("deleteProject", { projectId: first.projectId }), null, "deleting again");
    const gone = "functions/not-found no-such-project";
    assert.equal(await failure(ann.call("getProject", { projectId: first.projectId })), gone);
    assert.equal(await failure(ann.call("generateCode", { prompt: "create a clock\nin German", turnId: "t1" })), gone);
    assert.deepEqual(await ann.call("listProjects", {}), { projects: [] });
    const base = `http://${process.env.FIRESTORE_EMULATOR_HOST}/v1/projects/demo-dreambuild/databases/(default)/documents/projects/${first.projectId}`;
    for (const below of ["turns", "versions", "blobs"]) {
      const left = await (await fetch(`${base}/${below}`, { headers: { Authorization: "Bearer owner" } })).json();
      assert.deepEqual(left, {}, below);
    }
  });
});

test("unary, as the web app calls it: generateCode({prompt}) gives code", async () => {
  const ann = await client();
  await worker("```html\n<h1>Hi</h1>\n```");
  const result = await ann.call("generateCode", { prompt: "create calculator with dark mode" });
  assert.match(result.code, /^<script data-dreambuild[^\n]*<\/script><h1>Hi<\/h1>\n$/);
  assert.equal(result.files[0].content, "<h1>Hi</h1>\n");
});

test("a reply without code: a template, labelled", async () => {
  const ann = await client();
  await worker("I would rather not.");
  const { messages, text, result } = await ann.stream("generateCode", { prompt: "a clock", engine: "worker" });
  assert.deepEqual([result.state, result.source, result.generatedBy, result.version], ["complete", "template", "Templates", 1]);
  assert.match(result.code, /<h1>.+<\/h1>/);
  assert.ok(messages.some((m) => m.type === "notice"));
  assert.match(text, /^I would rather not\./);
});

test("an edit changes one file and keeps the others; a block that does not fit is requested again", async (t) => {
  const ann = await client();
  const files = [
    { path: "index.html", content: "<link rel=\"stylesheet\" href=\"style.css\">\n<button>Go</button>\n<script src=\"script.js\"></script>\n" },
    { path: "script.js", content: "let n = 0;\n" },
    { path: "style.css", content: "button {\n  color: blue;\n}\n" },
  ];
  const { projectId } = await ann.call("saveProject", { files, generatedBy: "me", source: "edit" });
  const block = (search, replace) => `style.css\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
  const edit = (prompt) => ann.stream("generateCode", { prompt, projectId });
  const versions = async () => (await ann.call("listVersions", { projectId })).versions;

  await t.test("make the buttons red", async () => {
    await worker(block("  color: blue;", "  color: red;"));
    const { result, messages } = await edit("make the buttons red");
    assert.deepEqual([result.state, result.version, result.intent.verb], ["complete", 2, "edit"]);
    assert.deepEqual(result.files.map(({ path, content }) => ({ path, content })), [files[0], files[1], { path: "style.css", content: "button {\n  color: red;\n}\n" }]);
    assert.match(result.code, /color: red/);
    assert.deepEqual(messages.filter((m) => m.type === "file").map((m) => `${m.path} ${m.state}`), ["style.css open", "style.css done"]);
    const [second, first] = await versions();
    assert.deepEqual(second.changed, [{ path: "style.css", kind: "changed", added: 1, removed: 1 }]);
    assert.deepEqual(second.files.slice(0, 2), first.files.slice(0, 2));
    const stored = (await getDoc(doc(ann.db, "projects", projectId, "versions", "2"))).data();
    assert.deepEqual(stored.changed, second.changed);
  });

  await t.test("a block that does not fit: requested again with the exact text, then as a whole file", async () => {
    const before = (await asked()).length;
    await say({ Text: [block("  color: green;", "  color: teal;")] }, { Text: ["I cannot find it."] }, { Text: ["```css style.css\nbutton { color: teal }\n```\n"] });
    const { result, text } = await edit("make the buttons teal");
    assert.deepEqual([result.state, result.version, result.usage.outputTokens], ["complete", 3, 3]);
    assert.match(result.code, /color: teal/);
    assert.match(text, /green[\s\S]*I cannot find it[\s\S]*color: teal \}/);
    const calls = (await asked()).slice(before);
    assert.equal(calls.length, 3);
    assert.match(calls[1].Messages.at(-1).Content, /do not occur in "style.css"[\s\S]*color: red;/);
    assert.match(calls[2].Messages.at(-1).Content, /whole/);
  });

  await t.test("a block that never fits changes nothing", async () => {
    const stale = { Text: [block("  color: green;", "  color: pink;")] };
    await say(stale, stale, stale);
    assert.equal(await failure(edit("make the buttons pink")), "functions/aborted edit-refused");
    assert.equal((await versions()).length, 3);
  });

  await t.test("a question is answered in words", async () => {
    await worker("They are teal, since you asked for it:\n\n```css style.css\nbutton { color: teal }\n```\n");
    const { result, text } = await edit("why are the buttons teal?");
    assert.deepEqual([result.state, result.version, result.intent.verb, result.files.length], ["complete", null, "explain", 3]);
    assert.match(text, /since you asked/);
    assert.equal((await versions()).length, 3);
  });

  await t.test("going back asks no worker and costs nothing, and goes on back", async () => {
    const before = [(await asked()).length, await ann.call("getUsage", {})];
    for (const [prompt, version, style] of [["undo that", 4, "button {\n  color: red;\n}\n"], ["undo", 5, "button {\n  color: blue;\n}\n"]]) {
      const { result, text } = await edit(prompt);
      assert.deepEqual([result.state, result.version, result.source, result.intent.verb], ["complete", version, "restore", "undo"]);
      assert.equal(result.files.at(-1).content, style);
      assert.match(text, /^This is version \d again\./);
    }
    const { result, text, messages } = await edit("go back to version 9");
    assert.deepEqual([result.state, result.version, result.intent.verb], ["complete", null, "undo"]);
    assert.match(text, /Versions 1 to 5 are kept/);
    assert.ok(messages.some((m) => m.type === "notice"));
    const after = [(await asked()).length, await ann.call("getUsage", {})];
    assert.equal(after[0], before[0]);
    for (const used of ["dailyTurns", "dailyTokens", "dailyInputTokens"]) assert.deepEqual(after[1][used], before[1][used], used);
  });

  await t.test("a part that sounds like an app leaves the project; what may be an app names both", async () => {
    await worker(block("  color: blue;", "  color: green;"));
    let { result } = await edit("make a clock in the header");
    assert.deepEqual([result.version, result.intent.verb, result.intent.alternative, result.files.length], [6, "edit", undefined, 3]);
    await worker(block("  color: green;", "  color: black;"));
    ({ result } = await edit("make a calendar"));
    assert.deepEqual([result.version, result.intent.verb, result.intent.alternative, result.files.length], [7, "edit", "create", 3]);
    assert.equal((await getDoc(doc(ann.db, "projects", projectId, "turns", result.turnId))).data().intent.alternative, "create");
  });
});

test("an answer with a part of a file keeps the rest: merged, or asked for again", async (t) => {
  const ann = await client();
  const page = "<!DOCTYPE html>\n<html>\n<body>\n<p id=\"n\">0</p>\n<script src=\"app.js\"></script>\n</body>\n</html>\n";
  const script = "let n = 0;\n\nfunction add() {\n  n += 1;\n  show();\n}\n\nfunction show() {\n  document.getElementById('n').textContent = n;\n}\n\ndocument.body.onclick = add;\n";
  const { projectId } = await ann.call("saveProject", { files: [{ path: "app.js", content: script }, { path: "index.html", content: page }], generatedBy: "me", source: "edit" });
  const edit = (prompt) => ann.stream("generateCode", { prompt, projectId });
  const content = (result) => Object.fromEntries(result.files.map((f) => [f.path, f.content]));
  const twice = script.replace("n += 1", "n += 2");

  await t.test("a function without its file", async () => {
    const before = (await asked()).length;
    await worker("```js\nfunction add() {\n  n += 2;\n  show();\n}\n```\n");
    const { result } = await edit("count by two");
    assert.deepEqual([result.state, result.version, await callsSince(before)], ["complete", 2, 1]);
    assert.deepEqual(content(result), { "app.js": twice, "index.html": page });
    assert.deepEqual(result.warnings.map((w) => w.path), ["app.js"]);
  });

  await t.test("a remark in place of lines", async () => {
    const before = (await asked()).length;
    const whole = twice.replace("n += 2", "n += 3");
    await say({ Text: ["```js app.js\nlet n = 0;\n\nfunction add() {\n  n += 3;\n  show();\n}\n\n// ... rest of the code stays the same ...\n```\n"] }, { Text: ["```js app.js\n" + whole + "```\n"] });
    const { result } = await edit("count by three");
    assert.deepEqual([result.state, result.version, await callsSince(before)], ["complete", 3, 2]);
    assert.deepEqual(content(result), { "app.js": whole, "index.html": page });
    assert.ok(result.warnings.some((w) => w.path === "app.js"));
  });
});

test("a page that ends within a tag is gone on with, although the worker says that it has ended", async () => {
  const ann = await client();
  const before = (await asked()).length;
  await say({ Text: ["```html\n<!DOCTYPE html>\n<html>\n<body>\n<h1>A clock</h1>\n<p id=\"cl"] }, { Text: ["ock\"></p>\n</body>\n</html>\n```\n"] });
  const { result } = await ann.stream("generateCode", { prompt: "create a clock" });
  assert.deepEqual([result.state, result.version, await callsSince(before)], ["complete", 1, 2]);
  assert.equal(result.files[0].content, "<!DOCTYPE html>\n<html>\n<body>\n<h1>A clock</h1>\n<p id=\"clock\"></p>\n</body>\n</html>\n");
});

test("an answer that does not work is mended once, or told to be broken; what an app throws is mended, but not for ever", async (t) => {
  const ann = await client();
  const page = (line) => `\`\`\`html index.html\n<!DOCTYPE html>\n<html>\n<body>\n<button id="go">Go</button>\n<script>\n${line}\n</script>\n</body>\n</html>\n\`\`\`\n`;
  const [bad, good] = ['document.getElementById("go").onclick = () => { console.log("1" };', 'document.getElementById("go").onclick = () => { console.log("1"); };'];
  const block = (search, replace) => `index.html\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
  const used = async () => {
    const { dailyTurns, dailyTokens, dailyInputTokens } = await ann.call("getUsage", {});
    return { turns: dailyTurns.used, outputTokens: dailyTokens.used, inputTokens: dailyInputTokens.used, held: [dailyTokens.held, dailyInputTokens.held].filter(Boolean) };
  };
  /** What a turn was charged, and what is stored with it. */
  const stored = async ({ projectId, turnId }) => (await getDoc(doc(ann.db, "projects", projectId, "turns", turnId))).data();
  const start = (await asked()).length;
  let booked;

  await t.test("mended", async () => {
    await say({ Text: [page(bad)] }, { Text: ["The bracket was open.\n", block(bad, good)] });
    const { messages, text, result } = await ann.stream("generateCode", { prompt: "create a counter" });
    assert.deepEqual([result.state, result.source, result.version, result.diagnostics], ["complete", "worker", 1, []]);
    assert.ok(result.code.includes(good) && !result.code.includes(bad));
    assert.ok(messages.some((m) => m.type === "status" && m.phase === "repairing"));
    assert.equal(await callsSince(start), 2);
    const question = (await asked()).at(-1).Messages.at(-1).Content;
    assert.match(question, /index\.html, line 6: /);
    const turn = await stored(result);
    assert.equal(turn.reply, text);
    assert.equal(turn.meter.calls, 2);
    booked = { turns: 1, outputTokens: turn.meter.outputTokens, inputTokens: turn.meter.inputTokens, held: [] };
    assert.deepEqual(await used(), booked);
  });

  let broken;
  await t.test("it stays broken", async () => {
    await say({ Text: [page(bad)] }, { Text: ["It looks right to me."] });
    const { messages, result } = await ann.stream("generateCode", { prompt: "create a counter", turnId: "broken", engine: "worker" });
    broken = result;
    assert.deepEqual([result.state, result.source, result.version], ["complete", "worker", 1]);
    assert.deepEqual(result.diagnostics.map(({ kind, severity, path, line }) => ({ kind, severity, path, line })), [{ kind: "syntax", severity: "error", path: "index.html", line: 6 }]);
    assert.ok(messages.some((m) => m.type === "notice" && /^This may not work: index\.html, line 6: .* asked once to mend it/.test(m.text)), JSON.stringify(messages));
    assert.deepEqual((await ann.call("getProject", { projectId: result.projectId })).diagnostics, result.diagnostics);
    const turn = await stored(result);
    assert.equal(turn.meter.calls, 2);
    assert.equal(turn.diagnostics.length, 1);
    booked = { ...booked, turns: 2, outputTokens: booked.outputTokens + turn.meter.outputTokens, inputTokens: booked.inputTokens + turn.meter.inputTokens };
    assert.deepEqual(await used(), booked);
    const before = (await asked()).length;
    assert.deepEqual(await ann.call("generateCode", { prompt: "create a counter", turnId: "broken", engine: "worker" }), result);
    assert.equal(await callsSince(before), 0);
  });

  await t.test("what it throws is mended, twice, and then told to go round", async () => {
    const { projectId } = broken;
    const thrown = (n) => [{ message: `SyntaxError: missing ) at ${n}`, stack: `at index.html:${n}:3`, path: "index.html", line: 6 }];
    for (const n of [1, 2]) {
      const before = await worker("It is fine.");
      const result = await ann.call("generateCode", { projectId, errors: thrown(n), turnId: `fix${n}` });
      assert.deepEqual([result.state, result.intent.verb, result.version, await callsSince(before)], ["complete", "fix", null, 1]);
      const question = (await asked()).at(-1).Messages.at(-1).Content;
      assert.match(question, /- SyntaxError: missing \) at \d \(index\.html, line 6\)/);
      assert.match(question, /index\.html, lines \d+ to \d+:/);
    }
    const paid = await used();
    const before = (await asked()).length;
    const { messages, result } = await ann.stream("generateCode", { projectId, errors: thrown(3) });
    assert.deepEqual([result.state, result.version, result.source, await callsSince(before)], ["complete", null, "template", 0]);
    assert.ok(messages.some((m) => m.type === "notice" && /no model was asked/.test(m.text)));
    assert.deepEqual(await used(), paid);
    assert.deepEqual((await stored(result)).errors, thrown(3));
  });

  await t.test("an element that was picked is changed", async () => {
    const { projectId } = broken;
    await worker(block('<button id="go">Go</button>', '<button id="go">Start</button>'));
    const result = await ann.call("generateCode", { projectId, prompt: "call it Start", target: { selector: "#go", html: '<button id="go">Go</button>' } });
    assert.deepEqual([result.version, result.intent.verb], [2, "edit"]);
    assert.match((await asked()).at(-1).Messages.at(-1).Content, /call it Start[\s\S]*#go\n/);
  });
});

test("a reply that is cut is continued: up to twice in the same turn, then by continues", async () => {
  const ann = await client();
  const cut = (text) => ({ Text: [text], Finish: "length" });
  await say(cut("```html\n<h1>ha"), { Text: ["lf</h1>\n```\n"] });
  const { text, result } = await ann.stream("generateCode", { prompt: "a clock" });
  assert.equal(text, "```html\n<h1>half</h1>\n```\n");
  assert.deepEqual([result.state, result.version, result.files[0].content, result.usage], ["complete", 1, "<h1>half</h1>\n", { inputTokens: 10, outputTokens: 2 }]);

  await say(cut("```html\n<p>1"), cut("2"), cut("3"));
  const half = await ann.call("generateCode", { prompt: "another clock", turnId: "half" });
  assert.deepEqual([half.state, half.finishReason, half.version, half.files[0].content], ["partial", "length", null, "<p>123\n"]);
  await say({ Text: ["4</p>\n```\n"] });
  const rest = await ann.stream("generateCode", { projectId: half.projectId, continues: "half" });
  assert.equal(rest.text, "```html\n<p>1234</p>\n```\n");
  assert.deepEqual([rest.result.state, rest.result.version, rest.result.files[0].content, rest.result.usage], ["complete", 1, "<p>1234</p>\n", { inputTokens: 5, outputTokens: 1 }]);
});

test("a worker's stream breaks: an error, the text is kept, and the project is free", async () => {
  const ann = await client();
  await say({ Text: ["```html\n<h1>half"], Cut: true });
  assert.equal(await failure(ann.stream("generateCode", { prompt: "a clock", turnId: "broken" })), "functions/unavailable worker-lost");
  assert.equal(await failure(ann.call("generateCode", { prompt: "a clock", turnId: "broken" })), "functions/unavailable worker-lost");
  const { projects } = await ann.call("listProjects", {});
  const { messages } = await ann.call("listMessages", { projectId: projects[0].projectId });
  assert.deepEqual(messages.map((m) => [m.role, m.state, m.text]), [["assistant", "failed", "```html\n<h1>half"], ["user", "failed", "a clock"]]);
  await worker("```html\nwhole\n```");
  assert.equal((await ann.call("generateCode", { prompt: "again", projectId: projects[0].projectId })).version, 1);
});

test("an anonymous user has a plan of its own", async () => {
  const guest = await client({ anonymous: true });
  const { plan, dailyTurns, concurrentTurns } = await guest.call("getUsage", {});
  assert.deepEqual([plan, dailyTurns.limit, concurrentTurns.limit], ["anonymous", 20, 1]);
  await worker("```html\n<h1>hello</h1>\n```");
  assert.equal((await guest.call("generateCode", { prompt: "a page" })).state, "complete");
});

test("too many calls within a minute are refused, and say when to come again", async () => {
  const guest = await client({ anonymous: true });
  const { writesPerMinute } = await guest.call("getUsage", {});
  const calls = [];
  for (let i = 0; i < 10; i++) { // all at once would be too many for the instance, too
    calls.push(...await Promise.allSettled(Array.from({ length: 20 }, () => guest.call("renameProject", { projectId: "none", name: "x" }))));
  }
  const errors = calls.map((c) => [c.reason.code, c.reason.details.reason]);
  const refused = calls.filter((c) => c.reason.details.reason === "too-many-calls");
  assert.ok(refused.length >= 200 - writesPerMinute.limit - 20 && refused.length <= 200 - writesPerMinute.limit, `${refused.length} are refused`); // some come back meanwhile
  assert.equal(errors.filter(([code, reason]) => code === "functions/not-found" && reason === "no-such-project").length, 200 - refused.length);
  assert.ok(refused.every((c) => c.reason.code === "functions/resource-exhausted" && c.reason.details.retryAfter === 1));
  assert.equal((await guest.call("listProjects", {})).projects.length, 0);
});

// Sets a field of a document, past the backend. value is as Firestore's REST API spells it.
async function set(document, field, value) {
  const path = `projects/demo-dreambuild/databases/(default)/documents/${document}?updateMask.fieldPaths=${field}`;
  const stored = await fetch(`http://${process.env.FIRESTORE_EMULATOR_HOST}/v1/${path}`, {
    method: "PATCH", headers: { Authorization: "Bearer owner", "Content-Type": "application/json" }, body: JSON.stringify({ fields: { [field]: value } }),
  });
  assert.equal(stored.status, 200);
}

test("what is stored has limits", async () => {
  const ann = await client();
  const save = (data) => ann.call("saveProject", { source: "edit", generatedBy: "x", files: [{ path: "a.css", content: "a{}" }], ...data });
  const { projectId } = await save({});
  const user = `users/${ann.user.uid}`;
  const day = `${user}/usage/${new Date().toISOString().slice(0, 10)}`;
  for (const [document, field, limit, reason] of [[day, "saves", 500, "daily-saves"], [user, "projects", 200, "too-many-projects"], [user, "storedBytes", 500_000_000, "stored-bytes"]]) {
    await set(document, field, { integerValue: String(limit) });
    assert.equal(await failure(save({})), `functions/resource-exhausted ${reason}`);
  }
  const usage = await ann.call("getUsage", {});
  assert.deepEqual([usage.savesPerDay.used, usage.projects.used, usage.storedBytes.used], [500, 200, 500_000_000]);

  assert.deepEqual((await ann.call("listVersions", { projectId })).versions.map((v) => v.emptied), [undefined]);
  await set(`projects/${projectId}`, "cleared", { integerValue: "1" }); // as after 250 versions
  assert.deepEqual((await ann.call("listVersions", { projectId })).versions.map((v) => v.emptied), [true]);
  for (const name of ["getProject", "exportProject", "restoreVersion"]) {
    assert.equal(await failure(ann.call(name, { projectId, version: 1 })), "functions/failed-precondition version-emptied", name);
  }
});

/** A stream's result and notices; and in short its state, source and version, and how often the worker was asked. */
const answered = async (asking) => {
  const before = (await asked()).length;
  const { result, messages } = await asking;
  return { result, notices: messages.filter((m) => m.type === "notice").map((m) => m.text), by: [result.state, result.source, result.version, await callsSince(before)] };
};

/** The recipe of a version, as its owner reads it. */
const recipe = async (user, projectId, version) => (await getDoc(doc(user.db, "projects", projectId, "versions", String(version)))).data().recipe;

test("a template answers, and is changed by its recipe; no worker is asked, and nothing is charged", async (t) => {
  const ann = await client();
  const before = (await asked()).length;
  const generate = (data) => answered(ann.stream("generateCode", data));
  let first;

  await t.test("create calculator with dark mode", async (t) => {
    const began = performance.now();
    const { stream, data } = await httpsCallable(ann.functions, "generateCode").stream({ prompt: "create calculator with dark mode", engine: "template" });
    const seen = {};
    const messages = [];
    for await (const message of stream) {
      seen[message.type] ??= performance.now() - began;
      messages.push(message);
    }
    first = await data;
    const after = (ms) => `after ${ms.toFixed()} ms`;
    t.diagnostic(`accepted ${after(seen.accepted)}, the first text ${after(seen.text)}, the whole answer ${after(performance.now() - began)}`);
    assert.deepEqual([first.state, first.source, first.generatedBy, first.version, first.finishReason], ["complete", "template", "Templates", 1, "stop"]);
    assert.deepEqual(first.usage, { inputTokens: 0, outputTokens: 0 });
    assert.deepEqual(first.files.map((f) => f.path), ["index.html", "script.js", "style.css"]);
    assert.deepEqual(first.diagnostics, []);
    assert.deepEqual(messages.filter((m) => !["text", "status"].includes(m.type)).map((m) => [m.type, m.source ?? m.path, m.generatedBy ?? m.state].filter(Boolean).join(" ")), [
      "accepted", "source template Templates", "file index.html open", "file index.html done", "file style.css open", "file style.css done", "file script.js open", "file script.js done",
    ]);
    const { app, theme } = await recipe(ann, first.projectId, 1);
    assert.deepEqual([app, theme], ["calculator", "dark"]);
  });

  await t.test("make it light with a green accent", async () => {
    const { result, by } = await generate({ prompt: "make it light with a green accent", projectId: first.projectId, engine: "template" });
    assert.deepEqual(by, ["complete", "template", 2, 0]);
    const { rendered, ...was } = await recipe(ann, first.projectId, 1);
    const { rendered: now, ...is } = await recipe(ann, first.projectId, 2);
    assert.deepEqual(is, { ...was, theme: "light", accent: "green" });
    assert.deepEqual(now.map((f) => f.path), rendered.map((f) => f.path));
    assert.notEqual(result.code, first.code);
  });

  await t.test("a prompt that a recipe does not express: words, and no version", async () => {
    const { result, notices, by } = await generate({ prompt: "add a tip field", projectId: first.projectId, engine: "template" });
    assert.deepEqual(by, ["complete", "template", null, 0]);
    assert.ok(notices.length > 0);
    const { text } = await ann.call("getMessage", { projectId: first.projectId, turnId: result.turnId });
    assert.match(text, /^Without a model, I can change the theme/);
  });

  await t.test("the history is kept, and nothing was charged", async () => {
    const { versions } = await ann.call("listVersions", { projectId: first.projectId });
    assert.deepEqual(versions.map((v) => [v.version, v.base, v.source]), [[2, 1, "template"], [1, 0, "template"]]);
    assert.deepEqual((await ann.call("getProject", { projectId: first.projectId, version: 1 })).files, first.files);
    const { messages } = await ann.call("listMessages", { projectId: first.projectId });
    assert.deepEqual(messages.filter((m) => m.role === "user").map((m) => m.text), ["add a tip field", "make it light with a green accent", "create calculator with dark mode"]);
    const { dailyTurns, dailyTokens, dailyInputTokens } = await ann.call("getUsage", {});
    assert.deepEqual([dailyTurns.used, dailyTokens.used, dailyInputTokens.used], [0, 0, 0]);
    assert.equal(await callsSince(before), 0);
  });

  await t.test("who answers a follow-up unless the prompt says: its recipe, or a worker", async () => {
    let { by } = await generate({ prompt: "make it dark", projectId: first.projectId });
    assert.deepEqual(by, ["complete", "template", 3, 0]);
    await worker("```js tip.js\nlet tip = 0.1;\n```\n");
    const turnId = crypto.randomUUID();
    for (const [engine, asked] of [[{ engine: "auto" }, 1], [{}, 0]]) { // the same request, which is answered once
      ({ by } = await generate({ prompt: "add a tip field", projectId: first.projectId, turnId, ...engine }));
      assert.deepEqual(by, ["complete", "worker", 4, asked]);
    }
  });
});

test("a worker that is down: a template with a notice; once it is back, it is asked", async () => {
  const ann = await client({ port: process.env.SWITCHED_PORT });
  const turn = async (to) => assert.equal((await fetch(`${process.env.SWITCH_URL}/switch/${to}`, { method: "POST" })).status, 204);
  const generate = (data) => answered(ann.stream("generateCode", data));
  await turn("off");
  let { by, notices } = await generate({ prompt: "create a calculator" });
  assert.deepEqual([by, notices], [["complete", "template", 1, 0], ["No model answered, so this is a template. Try again later for an answer to your words."]]);
  assert.equal(await failure(ann.call("generateCode", { prompt: "create a calculator", engine: "worker" })), "functions/unavailable worker-unavailable");
  await turn("on");
  ({ by, notices } = await generate({ prompt: "create a calculator" }));
  assert.deepEqual([by.slice(0, 3), notices], [["complete", "worker", 1], []]);
});

test("a day that is used up: a template that has all that is asked for, or the error", async () => {
  const ann = await client();
  const { dailyTurns } = await ann.call("getUsage", {});
  await set(`users/${ann.user.uid}/usage/${new Date().toISOString().slice(0, 10)}`, "turns", { integerValue: String(dailyTurns.limit) });
  const { result, by, notices } = await answered(ann.stream("generateCode", { prompt: "create a calculator" }));
  assert.deepEqual(by, ["complete", "template", 1, 0]);
  assert.match(notices.join(), /^You have used the .* answers of today.*This is a template, which costs nothing\.$/);
  assert.equal((await recipe(ann, result.projectId, 1)).app, "calculator");
  const spent = "functions/resource-exhausted daily-turns";
  for (const prompt of ["create a calculator that predicts the weather on Mars", "create a flight simulator"]) assert.equal(await failure(ann.call("generateCode", { prompt })), spent, prompt);
  assert.equal(await failure(ann.call("generateCode", { prompt: "create a calculator", engine: "worker" })), spent);
});

for (const [kind, port] of [["llama.cpp", process.env.SMALL_LLAMACPP_PORT], ["Ollama", process.env.SMALL_OLLAMA_PORT]]) {
  test(`a model that is too small, as ${kind} tells: a template, unless a model is wanted`, async () => {
    const ann = await client({ port });
    const { by, notices } = await answered(ann.stream("generateCode", { prompt: "create a calculator" }));
    assert.deepEqual(by, ["complete", "template", 1, 0]);
    assert.match(notices.join(), /small/);
    for (const data of [{ prompt: "create a calculator", engine: "worker" }, { prompt: "create a flight simulator" }]) {
      const result = await ann.call("generateCode", data);
      assert.deepEqual([result.state, result.source, result.files[0].content], ["complete", "worker", "<h1>Hello</h1>\n"], data.prompt);
    }
  });
}

test("an answer that stays broken is kept as the version before a template", async () => {
  const ann = await client();
  const broken = "```html index.html\n<!DOCTYPE html>\n<html>\n<body>\n<script>\nconsole.log(\"1\" };\n</script>\n</body>\n</html>\n```\n";
  await say({ Text: [broken] }, { Text: ["It looks right to me."] });
  const { result, by, notices } = await answered(ann.stream("generateCode", { prompt: "create a calculator" }));
  assert.deepEqual([by, result.diagnostics], [["complete", "template", 2, 2], []]);
  assert.ok(notices.includes("What the model wrote does not work, so this is a template. The model's answer is kept as the version before."), notices.join());
  const { versions } = await ann.call("listVersions", { projectId: result.projectId });
  assert.deepEqual(versions.map((v) => [v.version, v.base, v.source, v.generatedBy]), [[2, 1, "template", "Templates"], [1, 0, "worker", "scripted"]]);
  const first = await ann.call("getProject", { projectId: result.projectId, version: 1 });
  assert.match(first.files[0].content, /console\.log\("1" \};/);
  assert.deepEqual(first.diagnostics.map((d) => d.kind), ["syntax"]);
  assert.equal((await recipe(ann, result.projectId, 2)).app, "calculator");
});

test("the templates, in two languages", async () => {
  const ann = await client();
  const calculator = async (data) => (await ann.call("listTemplates", data)).templates.find((app) => app.id === "calculator");
  const english = await calculator({});
  assert.equal(english.title, "Calculator");
  assert.ok(english.words.includes("calculator"));
  assert.ok(english.features.includes("history"));
  assert.deepEqual(await calculator({ language: "en" }), english);
  const german = await calculator({ language: "de" });
  assert.equal(german.title, "Taschenrechner");
  assert.deepEqual(german.features, english.features);
  const { templates } = await ann.call("listTemplates", {});
  assert.deepEqual(templates.map((app) => app.id), templates.map((app) => app.id).sort());
});

test("a user who is denied is refused by every function", async () => {
  const ann = await client();
  await set(`users/${ann.user.uid}`, "denied", { booleanValue: true });
  for (const name of ["listProjects", "generateCode", "getUsage", "listModels", "openModelSession"]) {
    assert.equal(await failure(ann.call(name, name === "generateCode" ? { prompt: "a clock" } : {})), "functions/permission-denied denied", name);
  }
});

test("only an admin sees the workers and their state", async () => {
  const [user, admin] = await Promise.all([client(), client({ admin: true })]);
  assert.equal(await failure(user.call("workerHealth", {})), "functions/permission-denied admin-only");
  const { pools } = await admin.call("workerHealth", {});
  assert.deepEqual(pools.map((p) => [p.plan, p.waiting, p.workers.length]), [["premium", 0, 1], ["free", 0, 1], ["anonymous", 0, 1]]);
  const { url, lastReplyAt, ...seen } = pools[0].workers[0];
  assert.match(url, /^http:\/\/127\.0\.0\.1:/);
  assert.ok(Date.now() - Date.parse(lastReplyAt) < 600_000);
  assert.deepEqual(seen, {
    state: "ready", breaker: "closed", dialect: "llamacpp", model: "scripted", contextTokens: 32768, parallel: 10000, continues: true, refuses: [], running: 0,
  });
});

test("a live listener sees the turn run and end", async () => {
  const ann = await client();
  await worker("```html\nx\n```");
  const { projectId } = await ann.call("generateCode", { prompt: "a clock" });
  const states = [];
  const ended = new Promise((resolve, reject) => onSnapshot(query(collection(ann.db, "projects", projectId, "turns"), where("kind", "==", "generate"), orderBy("seq", "desc")), (turns) => {
    const state = turns.docs[0].data().state;
    states.push(`${turns.docs[0].id} ${state}`);
    if (turns.docs[0].id === "second" && state === "complete") resolve();
  }, reject));
  await worker("```html\ny\n```");
  await Promise.all([ended, ann.call("generateCode", { prompt: "b", projectId, turnId: "second" })]);
  assert.equal(states.at(-1), "second complete");
});

test("saveProject: files, a retry, and a browser model's reply", async () => {
  const ann = await client();
  const files = [{ path: "index.html", content: "<h1>1</h1>" }, { path: "a/b.css", content: "h1{}" }];
  const saved = await ann.call("saveProject", { files, source: "edit", generatedBy: "You", name: "Mine", turnId: "s1" });
  assert.deepEqual([saved.version, saved.name, saved.source, saved.state, saved.files.length], [1, "Mine", "edit", "complete", 2]);
  assert.deepEqual(await ann.call("saveProject", { files, source: "edit", generatedBy: "You", name: "Mine", turnId: "s1" }), saved);
  const { projectId } = saved;
  const reply = await ann.call("saveProject", { projectId, reply: "```html\n<h1>2</h1>\n```", source: "browser", generatedBy: "WebLLM", prompt: "two" });
  assert.deepEqual([reply.version, reply.generatedBy, reply.files.map((f) => f.path)], [2, "WebLLM", ["a/b.css", "index.html"]]);
});

test("bad input: the right code and reason, and nothing is written", async (t) => {
  const ann = await client();
  const bob = await client();
  await worker("```html\nx\n```");
  const { projectId } = await ann.call("generateCode", { prompt: "a clock", turnId: "used" });
  await worker("```html\nx\n```");
  const theirs = await bob.call("generateCode", { prompt: "a clock" });
  await worker("```html\nx\n```");
  const gone = await ann.call("generateCode", { prompt: "soon gone" });
  await ann.call("deleteProject", { projectId: gone.projectId });
  const before = [await ann.call("listProjects", {}), await ann.call("listMessages", { projectId })];
  const calls = (await asked()).length;

  const bad = "functions/invalid-argument bad-request";
  const notFound = "functions/not-found no-such-project";
  const edit = { source: "edit", generatedBy: "me" };
  for (const [name, fn, data, want] of [
    ["an empty prompt", "generateCode", { prompt: " \n" }, bad],
    ["no prompt", "generateCode", {}, bad],
    ["no data at all", "generateCode", undefined, bad],
    ["a prompt of more than 100 KB", "generateCode", { prompt: "x".repeat(100 * 1024 + 1) }, "functions/invalid-argument too-long"],
    ["a prompt that is a number", "generateCode", { prompt: 1 }, bad],
    ["an unknown field", "generateCode", { prompt: "x", promt: "y" }, bad],
    ["a field in another case", "generateCode", { Prompt: "x" }, bad],
    ["data that is a list", "generateCode", ["x"], bad],
    ["an engine that there is not", "generateCode", { prompt: "x", engine: "model" }, bad],
    ["an engine that is a number", "generateCode", { prompt: "x", engine: 1 }, bad],
    ["errors without a project", "generateCode", { errors: [{ message: "x" }] }, bad],
    ["a target without a project", "generateCode", { prompt: "x", target: { selector: "p", html: "<p>" } }, bad],
    ["a target without a prompt", "generateCode", { projectId, target: { selector: "p", html: "<p>" } }, bad],
    ["a target without markup", "generateCode", { prompt: "x", projectId, target: { selector: "p" } }, bad],
    ["a large target", "generateCode", { prompt: "x", projectId, target: { selector: "p", html: "x".repeat(8193) } }, "functions/invalid-argument too-large"],
    ["an error without a message", "generateCode", { projectId, errors: [{ stack: "x" }] }, bad],
    ["an error that is null", "generateCode", { projectId, errors: [null] }, bad],
    ["an error with a field that there is not", "generateCode", { projectId, errors: [{ message: "x", column: 1 }] }, bad],
    ["a large error", "generateCode", { projectId, errors: [{ message: "x", stack: "x".repeat(2048) }] }, "functions/invalid-argument too-large"],
    ["21 errors", "generateCode", { projectId, errors: Array(21).fill({ message: "x" }) }, "functions/invalid-argument too-large"],
    ["errors with continues", "generateCode", { projectId, continues: "used", errors: [{ message: "x" }] }, bad],
    ["errors of somebody else's app", "generateCode", { projectId: theirs.projectId, errors: [{ message: "x" }] }, notFound],
    ["a projectId with a slash", "generateCode", { prompt: "x", projectId: "a/b" }, bad],
    ["a projectId of dots", "getProject", { projectId: ".." }, bad],
    ["a projectId that is empty", "getProject", { projectId: "" }, bad],
    ["a turnId of 65 letters", "generateCode", { prompt: "x", turnId: "x".repeat(65) }, bad],
    ["a project that does not exist", "generateCode", { prompt: "x", projectId: "nope" }, notFound],
    ["somebody else's project", "generateCode", { prompt: "x", projectId: theirs.projectId }, notFound],
    ["a deleted project", "generateCode", { prompt: "x", projectId: gone.projectId }, notFound],
    ["a deleted project, renamed", "renameProject", { projectId: gone.projectId, name: "x" }, notFound],
    ["a turnId used with another prompt", "generateCode", { prompt: "y", turnId: "used" }, "functions/invalid-argument turn-reused"],
    ["a turnId used with another function", "saveProject", { projectId, turnId: "used", files: [{ path: "a", content: "" }], ...edit }, "functions/invalid-argument turn-reused"],
    ["a version that does not exist", "getProject", { projectId, version: 9 }, "functions/not-found no-such-version"],
    ["restoring a version that does not exist", "restoreVersion", { projectId, version: 9 }, "functions/not-found no-such-version"],
    ["version 0", "restoreVersion", { projectId, version: 0 }, bad],
    ["a version that is a string", "restoreVersion", { projectId, version: "1" }, bad],
    ["a version that is not a whole number", "restoreVersion", { projectId, version: 1.5 }, bad],
    ["neither files nor reply", "saveProject", { ...edit }, bad],
    ["both files and reply", "saveProject", { files: [{ path: "a", content: "" }], reply: "x", ...edit }, bad],
    ["a reply without files", "saveProject", { reply: "no", ...edit }, bad],
    ["a reply of more than 512 KB", "saveProject", { reply: "x".repeat(513 * 1024), ...edit }, "functions/invalid-argument too-large"],
    ["a path to a parent folder", "saveProject", { files: [{ path: "../a", content: "" }], ...edit }, bad],
    ["a file of the wrong type", "saveProject", { files: [{ path: "a", content: 1 }], ...edit }, bad],
    ["a large file", "saveProject", { files: [{ path: "a", content: "x".repeat(513 * 1024) }], ...edit }, "functions/invalid-argument too-large"],
    ["a source that is not a client's", "saveProject", { files: [{ path: "a", content: "" }], source: "worker", generatedBy: "me" }, bad],
    ["an empty name", "renameProject", { projectId, name: " " }, bad],
    ["a name of 61 characters", "renameProject", { projectId, name: "x".repeat(61) }, bad],
    ["a page size of 0", "listProjects", { pageSize: 0 }, bad],
    ["an invalid page token", "listProjects", { pageToken: "x" }, bad],
    ["an invalid page token of messages", "listMessages", { projectId, pageToken: "x" }, bad],
    ["a function that does not exist", "nope", {}, "functions/not-found no-such-function"],
  ]) {
    await t.test(name, async () => {
      assert.equal(await failure(ann.call(fn, data)), want);
      assert.equal(await failure(ann.stream(fn, data)), want, "as a stream");
    });
  }
  await t.test("nobody is signed in", async () => {
    const nobody = await client({ signedIn: false });
    assert.equal(await failure(nobody.call("generateCode", { prompt: "x" })), "functions/unauthenticated sign-in-required");
    assert.equal(await failure(nobody.stream("generateCode", { prompt: "x" })), "functions/unauthenticated sign-in-required");
  });
  await t.test("a bad token", async () => {
    const url = `http://127.0.0.1:${process.env.FUNCTIONS_PORT}/generateCode`;
    const headers = { "Content-Type": "application/json", Authorization: "Bearer forged" };
    const unary = await fetch(url, { method: "POST", headers, body: '{"data":{"prompt":"x"}}' });
    assert.deepEqual([unary.status, await unary.json()], [401, { error: { message: "Unauthenticated", status: "UNAUTHENTICATED" } }]);
    const stream = await fetch(url, { method: "POST", headers: { ...headers, Accept: "text/event-stream" }, body: '{"data":{"prompt":"x"}}' });
    assert.deepEqual([stream.status, await stream.text()], [200, 'data: {"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}\n\n']);
  });
  assert.deepEqual([await ann.call("listProjects", {}), await ann.call("listMessages", { projectId })], before, "nothing was written");
  assert.equal(await callsSince(calls), 0, "no worker was called");
});

test("an account is exported, then deleted", async (t) => {
  const [ann, bob] = [await client(), await client()];
  const edit = { source: "edit", generatedBy: "me" };
  for (const user of [ann, bob]) {
    for (const name of ["first", "second"]) await user.call("saveProject", { files: [{ path: "index.html", content: `<h1>${name}</h1>` }], name, prompt: `of ${user.user.uid}`, ...edit });
  }
  await t.test("the archive has what is ann's alone", async () => {
    const { messages, result } = await ann.stream("exportAccount", {});
    const zip = Buffer.concat(messages.map((m) => Buffer.from(m.data, "base64")));
    assert.deepEqual(messages.map((m) => [m.type, m.index]), messages.map((_, i) => ["part", i]));
    assert.deepEqual([result.parts, result.bytes, result.projects, result.files, result.messages], [messages.length, zip.length, 2, 2, 2]);
    assert.equal(result.sha256, createHash("sha256").update(zip).digest("hex"));
    const files = unzip(zip);
    assert.deepEqual(Object.keys(files).filter((f) => f.endsWith("index.html")).map((f) => files[f]).sort(), ["<h1>first</h1>", "<h1>second</h1>"]);
    assert.ok(JSON.stringify(files).includes(ann.user.uid) && !JSON.stringify(files).includes(bob.user.uid));
  });
  await t.test("nothing is left, and nobody comes in", async () => {
    assert.deepEqual(await ann.call("deleteAccount", {}), { state: "deleted" });
    for (const name of ["listProjects", "getUsage", "deleteAccount", "exportAccount"]) assert.match(await failure(ann.call(name, {})), /^functions\/unauthenticated (account-deleted|-)$/, name);
    assert.match(await failure(ann.call("saveProject", { files: [{ path: "a", content: "" }], ...edit })), /^functions\/unauthenticated/);
    assert.equal((await getDoc(doc(ann.db, "users", ann.user.uid))).exists(), false);
    await assert.rejects(ann.user.getIdToken(true), "the user cannot sign in");
  });
  assert.equal((await bob.call("listProjects", {})).projects.length, 2);
});

/** The files of a zip archive, read by its central directory. */
function unzip(zip) {
  const files = {};
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [packed, nameLength, extra, comment, local] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    files[zip.toString("utf8", at + 46, at + 46 + nameLength)] = inflateRawSync(zip.subarray(start, start + packed)).toString("utf8");
    at += 46 + nameLength + extra + comment;
  }
  return files;
}
