// The functions about models through the Firebase SDK, and their files by fetch, as
// the web app does it. FOLDER holds the uploaded files of MODEL.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { client, failure } from "../e2etest/client.mjs";

const modelId = process.env.MODEL;
let user, admin;

before(async () => {
  [user, admin] = await Promise.all([client(), client({ admin: true })]);
});

test("a user may not publish", async () => {
  assert.equal(await failure(user.call("publishModel", { modelId, revision: "v1" })), "functions/permission-denied admin-only");
});

test("an admin publishes, and receives the progress", async () => {
  const { messages, result } = await admin.stream("publishModel", { modelId, revision: "v1" });
  assert.deepEqual(messages.at(-1), { type: "status", phase: "hashing", progress: 1 });
  assert.deepEqual({ modelId: result.modelId, revision: result.revision, state: result.state }, { modelId, revision: "v1", state: "published" });
});

test("the model is listed", async () => {
  const { models } = await user.call("listModels");
  const model = models.find((m) => m.modelId === modelId);
  assert.equal(model.available, true);
  assert.equal(model.baseUrl, `/models/${modelId}/resolve/v1/`);
  assert.equal(model.webllm.modelLib, "lib/v0_2_86/base.wasm");
});

test("the files of a grant equal the uploaded ones", async () => {
  const { files, expiresAt } = await user.call("grantModel", { modelId });
  assert.ok(new Date(expiresAt) > new Date());
  for (const { path, url, size, sha256 } of files) {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.equal(bytes.length, size, path);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, path);
    assert.deepEqual(bytes, await readFile(`${process.env.FOLDER}/${path}`), path);
  }
});

test("a grant can be limited to some paths", async () => {
  const { files } = await user.call("grantModel", { modelId, revision: "v1", paths: ["params_shard_2.bin"] });
  assert.deepEqual(files.map((f) => f.path), ["params_shard_2.bin"]);
});

test("a path or model that does not exist", async () => {
  assert.equal(await failure(user.call("grantModel", { modelId, paths: ["../x"] })), "functions/not-found no-such-file");
  assert.equal(await failure(user.call("grantModel", { modelId: "nope" })), "functions/not-found no-such-model");
});
