// What clients may read and write in Firestore directly: every kind of user on every
// kind of document, with the real rules.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { assertFails, assertSucceeds, initializeTestEnvironment } from "@firebase/rules-unit-testing";
import { collection, collectionGroup, deleteDoc, doc, getDoc, getDocs, limit, orderBy, query, setDoc, updateDoc, where } from "firebase/firestore";

const firestore = process.env.FIRESTORE_EMULATOR_HOST;
const root = new URL("../../../", import.meta.url);
const projectId = `demo-rules-${process.pid}`;
const server = (address) => ({ host: address.split(":")[0], port: Number(address.split(":")[1]) });
let env;

// The documents as functions write them.
const mine = { ownerUid: "ann", name: "n", deletedAt: null, updatedAt: new Date(), currentVersion: 1 };
const stored = {
  "users/ann": { running: {} },
  "users/ann/usage/2026-01-01": { turns: 1 },
  "users/ann/grants/m@r": { bytes: 1 },
  "users/ann/private/x": { secret: 1 },
  "users/ann/sessions/x": { provider: "password" },
  "projects/p": mine,
  "projects/p/turns/t": { ownerUid: "ann", seq: 1, prompt: "a clock" },
  "projects/p/turns/t/segments/000000000": { text: "x" },
  "projects/p/versions/1": { version: 1 },
  "projects/p/blobs/abc": { content: "x" },
  "projects/p/other/x": { x: 1 },
  "projects/gone": { ...mine, deletedAt: new Date() },
  "projects/gone/turns/t": { ownerUid: "ann", seq: 1 },
  "projects/gone/versions/1": { version: 1 },
  "projects/theirs": { ...mine, ownerUid: "bob" },
  "projects/theirs/turns/t": { ownerUid: "ann", seq: 1 }, // the owner of the project counts, not that of the turn
  "models/m": { state: "published" },
  "models/m/revisions/r": { state: "published" },
  "spending/2026-01-01/instances/i": { tokens: 1 },
  "anything/else": { x: 1 },
};

const people = {
  ann: () => env.authenticatedContext("ann"),
  bob: () => env.authenticatedContext("bob"),
  "an anonymous user": () => env.authenticatedContext("anon", { firebase: { sign_in_provider: "anonymous" } }),
  "an admin": () => env.authenticatedContext("root", { admin: true }),
  nobody: () => env.unauthenticatedContext(),
};

// Who may read which document. Every other access is denied.
const readable = {
  "users/ann": ["ann"],
  "users/ann/usage/2026-01-01": ["ann"],
  "users/ann/grants/m@r": ["ann"],
  "projects/p": ["ann"],
  "projects/p/turns/t": ["ann"],
  "projects/p/versions/1": ["ann"],
  "projects/p/blobs/abc": ["ann"],
  "projects/theirs": ["bob"],
  "projects/theirs/turns/t": ["bob"],
};

const owned = (uid) => [where("ownerUid", "==", uid), where("deletedAt", "==", null)];
const queries = [
  ["own live projects, as the web app lists them", "ann", (db) => query(collection(db, "projects"), ...owned("ann"), orderBy("updatedAt", "desc"), limit(20)), true],
  ["own projects, including deleted ones", "ann", (db) => query(collection(db, "projects"), where("ownerUid", "==", "ann")), false],
  ["all projects", "ann", (db) => collection(db, "projects"), false],
  ["somebody else's projects", "bob", (db) => query(collection(db, "projects"), ...owned("ann")), false],
  ["projects, without a sign-in", "nobody", (db) => query(collection(db, "projects"), ...owned("ann")), false],
  ["the turns of an own project", "ann", (db) => query(collection(db, "projects/p/turns"), orderBy("seq", "desc")), true],
  ["the versions of an own project", "ann", (db) => collection(db, "projects/p/versions"), true],
  ["the turns of somebody else's project", "bob", (db) => collection(db, "projects/p/turns"), false],
  ["the turns of a deleted project", "ann", (db) => collection(db, "projects/gone/turns"), false],
  ["turns of all projects", "ann", (db) => query(collectionGroup(db, "turns"), where("ownerUid", "==", "ann")), false],
  ["own usage", "ann", (db) => collection(db, "users/ann/usage"), true],
  ["somebody else's usage", "bob", (db) => collection(db, "users/ann/usage"), false],
  ["all users", "an admin", (db) => collection(db, "users"), false],
];

const check = (promise, allowed) => (allowed ? assertSucceeds(promise) : assertFails(promise));

before(async () => {
  env = await initializeTestEnvironment({
    projectId,
    firestore: { ...server(firestore), rules: await readFile(new URL("firestore.rules", root), "utf8") },
  });
  await env.withSecurityRulesDisabled(async (context) => {
    for (const [path, data] of Object.entries(stored)) await setDoc(doc(context.firestore(), path), data);
  });
});

after(() => env?.cleanup());

for (const [who, open] of Object.entries(people)) {
  test(`${who}: reads`, async (t) => {
    const db = open().firestore();
    for (const path of Object.keys(stored)) {
      const allowed = (readable[path] ?? []).includes(who);
      await t.test(`${allowed ? "may" : "may not"} read ${path}`, () => check(getDoc(doc(db, path)), allowed));
    }
    await t.test("may not read a project that does not exist", () => check(getDoc(doc(db, "projects/none")), false));
  });

  test(`${who}: writes nothing`, async (t) => {
    const db = open().firestore();
    const uid = who === "bob" ? "bob" : "ann";
    for (const path of Object.keys(stored)) {
      await t.test(`may not update ${path}`, () => check(updateDoc(doc(db, path), { name: "x" }), false));
      await t.test(`may not delete ${path}`, () => check(deleteDoc(doc(db, path)), false));
      const fresh = path.replace(/[^/]+$/, "fresh");
      await t.test(`may not create ${fresh}`, () => check(setDoc(doc(db, fresh), { ...mine, ownerUid: uid }), false));
    }
  });
}

test("queries", async (t) => {
  const dbs = Object.fromEntries(Object.entries(people).map(([who, open]) => [who, open().firestore()]));
  for (const [name, who, build, allowed] of queries) {
    await t.test(`${allowed ? "may" : "may not"} ask for ${name}`, () => check(getDocs(build(dbs[who])), allowed));
  }
});

// This test must run last: it reads which rules the others have used.
test("coverage: every rule has allowed and denied a read", async () => {
  const answer = await fetch(`http://${firestore}/emulator/v1/projects/${projectId}:ruleCoverage`);
  const { report } = await answer.json();
  const source = (await readFile(new URL("firestore.rules", root), "utf8")).split("\n");
  const oneSided = [];
  for (const one of report ?? []) {
    const line = source[one.sourcePosition.line - 1] ?? "";
    if (!line.includes("allow read")) continue;
    const seen = new Set((one.values ?? []).map((v) => v.value?.boolValue));
    if (!(seen.has(true) && (seen.has(false) || seen.has(undefined)))) oneSided.push(`line ${one.sourcePosition.line}: ${line.trim()}`);
  }
  assert.ok(report?.length > 0, "the emulator reported no coverage");
  assert.deepEqual(oneSided, []);
});
