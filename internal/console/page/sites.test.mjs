import assert from "node:assert/strict";
import { test } from "node:test";
import { twin } from "./sites.js";

for (const [address, want] of [
  ["https://my-project.web.app/", "https://my-project.firebaseapp.com"],
  ["https://my-project.firebaseapp.com/run.html", "https://my-project.web.app"],
  ["http://127.0.0.1:5000/", "http://localhost:5000"],
  ["http://localhost:5000/?x", "http://127.0.0.1:5000"],
  ["https://app.example.com/", null],
  ["https://web.app/", null],
  ["https://a.b.web.app/", null],
  ["https://web.app.example.com/", null],
]) {
  test(`the other site of ${address}`, () => assert.equal(twin(new URL(address)), want));
}
