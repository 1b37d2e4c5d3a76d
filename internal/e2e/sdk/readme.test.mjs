// The JavaScript examples of README.md and functions/README.md. They are regions of
// this file and of firstcall.mjs, and run here against a real backend with a scripted
// worker and real emulators.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { collection, onSnapshot, orderBy, query, where } from "firebase/firestore";
import { httpsCallable } from "firebase/functions";
import { client } from "../e2etest/client.mjs";

/** Sets the worker's next replies. */
const say = (...replies) => fetch(process.env.CONTROL_URL, { method: "POST", body: JSON.stringify(replies) });
const page = (text) => ({ Text: ["```html\n" + text + "\n```\n"] });

test("README.md: a first call", async () => {
  const auth = `http://${process.env.FIREBASE_AUTH_EMULATOR_HOST}`;
  await fetch(`${auth}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: "user@example.com", password: "dreambuild", returnSecureToken: true }),
  }); // the user may exist already
  await say(page("<h1>4 + 3</h1>"));
  // The example has the ports of make run; this replaces them with those of the test.
  const ports = `const { fetch } = globalThis;
    globalThis.fetch = (url, init) => fetch(String(url).replace("http://127.0.0.1:9099", ${JSON.stringify(auth)}).replace("127.0.0.1:5001", "127.0.0.1:${process.env.FUNCTIONS_PORT}"), init);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import", `data:text/javascript,${encodeURIComponent(ports)}`, fileURLToPath(new URL("firstcall.mjs", import.meta.url)),
  ], { timeout: 60_000 });
  assert.match(stdout, /^```html\n<h1>4 \+ 3<\/h1>\n```\n\{\n  projectId: '[a-z2-7]{20}',\n  version: 1,\n  state: 'complete',\n  generatedBy: 'scripted'\n\}\n$/);
});

test("functions/README.md: calling", async () => {
  const { functions } = await client();
  const iframe = {};
  await say(page("<h1>4 + 3</h1>"));
  // #region calling
  const generateCode = httpsCallable(functions, "generateCode", { timeout: 600_000 }); // in ms; the default gives up after 70 s
  const { data } = await generateCode({ prompt: "create calculator with dark mode" });
  iframe.srcdoc = data.code; // the app as one HTML document
  // #endregion
  assert.match(iframe.srcdoc, /<\/script><h1>4 \+ 3<\/h1>\n$/);
});

test("functions/README.md: resuming", async (t) => {
  const { functions } = await client();
  // #region resume
  async function read(turnId, prompt, onText) {
    let cursor;
    for (let name = "generateCode"; ; name = "resumeTurn") {
      try {
        const request = name === "generateCode" ? { prompt, turnId } : { turnId, cursor };
        const { stream, data } = await httpsCallable(functions, name).stream(request);
        data.catch(() => {}); // awaited below
        for await (const message of stream) {
          if (message.type !== "text") continue;
          cursor = message.cursor;
          onText(message.text);
        }
        return await data;
      } catch (error) {
        const reason = error.details?.reason;
        if (reason && reason !== "turn-continues") throw error; // the turn has ended in an error
        await new Promise((wait) => setTimeout(wait, 1000)); // the network broke, or the platform cut the call off
      }
    }
  }
  // #endregion
  await say({ Text: ["```html\n<h1>one</h1>\n", "<h1>two</h1>\n```\n"] }, { Text: ["```html\n<h1>half"], Cut: true });
  const { fetch } = globalThis;
  const called = [];
  t.mock.method(globalThis, "fetch", async (url, init) => {
    const name = new URL(url).pathname.split("/").at(-1);
    called.push([name, JSON.parse(init.body).data.cursor ?? null]);
    const answer = await fetch(url, init);
    if (called.length > 1) return answer;
    return new Response(breakAfterText(answer.body), answer); // the network breaks
  });
  let text = "";
  const result = await read("resumed", "create a page", (piece) => (text += piece));
  assert.equal(text, "```html\n<h1>one</h1>\n<h1>two</h1>\n```\n", "each piece arrived once");
  assert.deepEqual([result.turnId, result.version], ["resumed", 1]);
  assert.deepEqual(called.map(([name]) => name), ["generateCode", "resumeTurn"]);
  assert.ok(Number(called[1][1]) > 0, "the second call sends the cursor of the received text");

  await assert.rejects(read("lost", "create a page", () => {}), (error) => error.details.reason === "worker-lost");
});

/** A body that breaks after the chunk with the first text message. */
function breakAfterText(body) {
  let over = false;
  return body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      if (over) return controller.error(new TypeError("the network is gone"));
      controller.enqueue(chunk);
      over = new TextDecoder().decode(chunk).includes('"type":"text"');
    },
    flush(controller) { if (over) controller.error(new TypeError("the network is gone")); },
  }));
}

test("functions/README.md: continuing", async () => {
  const { functions } = await client();
  const generateCode = httpsCallable(functions, "generateCode");
  const cut = (text) => ({ Text: [text], Finish: "length" });
  await say(cut("```html\n<p>1"), cut("2"), cut("3"), { Text: ["4</p>\n```\n"] });
  // #region continues
  let { data: result } = await generateCode({ prompt: "create a clock" });
  while (result.state === "partial") {
    result = (await generateCode({ projectId: result.projectId, continues: result.turnId })).data;
  }
  // #endregion
  assert.deepEqual([result.state, result.version, result.files[0].content], ["complete", 1, "<p>1234</p>\n"]);
});

test("functions/README.md: errors", async () => {
  const { functions } = await client();
  const renameProject = httpsCallable(functions, "renameProject");
  const shown = [];
  const show = (text) => { shown.push(text); };
  const rename = async ({ projectId, name }) => {
    // #region errors
    try {
      await renameProject({ projectId, name });
    } catch (error) {
      if (error.details?.reason === "no-such-project") return show("This project was deleted.");
      show(error.message.replace(/ \[\d+\]$/, "")); // the SDK appends the HTTP status
    }
    // #endregion
  };
  await rename({ projectId: "none", name: "x" });
  await rename({ projectId: "none", name: " " });
  assert.deepEqual(shown, ["This project was deleted.", "A project needs a name."]);
});

test("functions/README.md: exporting", async () => {
  const { functions, call } = await client();
  await call("saveProject", { files: [{ path: "index.html", content: "<h1>1</h1>" }], name: "Mine", source: "edit", generatedBy: "You" });
  // #region export
  const { stream, data } = await httpsCallable(functions, "exportAccount").stream({});
  const parts = [];
  for await (const { type, data } of stream) if (type === "part") parts.push(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
  await data; // throws, if it broke off
  const archive = new Blob(parts, { type: "application/zip" });
  // #endregion
  assert.equal(archive.size, (await data).bytes);
});

test("functions/README.md: reading Firestore", async () => {
  const { call, db, user: { uid } } = await client();
  const seen = [];
  let show;
  const both = new Promise((resolve) => {
    show = (names) => { seen.push(names); if (names.length === 2) resolve(); };
  });
  // #region listen
  const mine = query(collection(db, "projects"), where("ownerUid", "==", uid), where("deletedAt", "==", null), orderBy("updatedAt", "desc"));
  const stop = onSnapshot(mine, (projects) => show(projects.docs.map((project) => project.data().name)));
  // #endregion
  const files = [{ path: "index.html", content: "<h1>1</h1>" }];
  for (const name of ["First", "Second"]) await call("saveProject", { files, name, source: "edit", generatedBy: "You" });
  await both;
  stop();
  assert.deepEqual(seen.at(-1), ["Second", "First"]);
});
