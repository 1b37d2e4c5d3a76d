import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFirebase } from "./firebase.js";

test("what needs an App Check token of its own asks for one, and nothing else", async () => {
  const asked = [];
  const { call, stream } = fromFirebase((name, { limitedUseAppCheckTokens }) => {
    asked.push([name, limitedUseAppCheckTokens]);
    return Object.assign(async (data) => ({ data }), { stream: async (data) => ({ stream: [], data: Promise.resolve(data) }) });
  });
  for (const name of ["grantModel", "openModelSession", "closeModelSession", "listModels"]) assert.equal(await call(name, name), name);
  assert.equal(await stream("generateCode", 1, () => {}), 1);
  assert.deepEqual(asked, [["grantModel", true], ["openModelSession", true], ["closeModelSession", false], ["listModels", false], ["generateCode", false]]);
});
