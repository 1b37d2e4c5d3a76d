// A real model, through the Firebase SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { doc, getDoc } from "firebase/firestore";
import { client } from "../e2etest/client.mjs";

test(`${process.env.WORKER}: a real model's text arrives, in order, and is stored`, async () => {
  const ann = await client();
  const { messages, text, result } = await ann.stream("generateCode", { prompt: "create calculator with dark mode", engine: "worker" });
  const types = messages.map((m) => m.type);
  const phases = messages.filter((m) => m.type === "status").map((m) => m.phase);
  assert.equal(types[0], "accepted");
  assert.equal(phases[0], "queued");
  assert.ok(phases.includes("prefill"), "no status while the prompt is processed");
  const source = messages.find((m) => m.type === "source");
  assert.equal(source.source, "worker");
  assert.match(source.generatedBy, /smollm2/i);

  let length = 0;
  for (const m of messages.filter((m) => m.type === "text")) {
    length += Buffer.byteLength(m.text);
    assert.equal(Number(m.cursor), length, "a cursor is the length of the text so far, in bytes");
  }
  assert.ok(types.filter((t) => t === "text").length > 5, "the text came in pieces");

  assert.ok(["complete", "partial"].includes(result.state));
  assert.ok(["worker", "template"].includes(result.source));
  assert.notEqual(result.code, "");
  assert.ok(result.usage.outputTokens > 0 && result.usage.outputTokens <= 900, "300 tokens, continued twice at most");
  const stored = (await getDoc(doc(ann.db, "projects", result.projectId, "turns", result.turnId))).data();
  assert.equal(stored.reply, text);
  assert.equal(stored.state, result.state);
  const { messages: conversation } = await ann.call("listMessages", { projectId: result.projectId });
  const [answer, prompt] = conversation;
  assert.deepEqual([answer.length, prompt.length, prompt.text, conversation.length], [Buffer.byteLength(text), 32, "create calculator with dark mode", 2]);
  assert.ok(text.startsWith(answer.text) && Math.min(2045, answer.length) <= Buffer.byteLength(answer.text), "the first 2 KB, in whole characters");
  assert.equal((await ann.call("getMessage", { projectId: result.projectId, turnId: result.turnId })).text, text);
  console.log(`${process.env.WORKER}: ${messages.length} messages, ${result.usage.outputTokens} tokens, ${result.state}, source ${result.source}: ${JSON.stringify(text.slice(0, 100))}`);
});
