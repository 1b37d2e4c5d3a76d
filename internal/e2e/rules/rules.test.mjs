// What clients may read and write in Firestore directly: every kind of caller, every
// operation, every kind of document, with the real rules.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { initializeTestEnvironment } from "@firebase/rules-unit-testing";
import { collection, collectionGroup, deleteDoc, doc, getDoc, getDocs, limit, orderBy, query, setDoc, setLogLevel, updateDoc, where } from "firebase/firestore";

const firestore = process.env.FIRESTORE_EMULATOR_HOST;
const root = new URL("../../../", import.meta.url);
const projectId = `demo-rules-${process.pid}`;
const server = (address) => ({ host: address.split(":")[0], port: Number(address.split(":")[1]) });
let env;

// The documents as functions write them.
const mine = { ownerUid: "ann", name: "n", deletedAt: null, updatedAt: new Date(), currentVersion: 1 };
const known = {
  "users/ann": { running: {} },
  "users/ann/usage/2026-01-01": { turns: 1 },
  "users/ann/grants/m@r": { bytes: 1 },
  "users/ann/sessions/x": { provider: "password" },
  "users/ann/cancelled/x": { expiresAt: new Date() },
  "users/guest": { running: {} },
  "users/guest/usage/2026-01-01": { turns: 1 },
  "projects/p": mine,
  "projects/p/turns/t": { ownerUid: "ann", seq: 1, prompt: "a clock" },
  "projects/p/turns/t/segments/000000000": { text: "x" },
  "projects/p/versions/1": { version: 1 },
  "projects/p/blobs/abc": { content: "x" },
  "projects/gone": { ...mine, deletedAt: new Date() },
  "projects/gone/turns/t": { ownerUid: "ann", seq: 1 },
  "projects/gone/versions/1": { version: 1 },
  "projects/gone/blobs/abc": { content: "x" },
  "projects/theirs": { ...mine, ownerUid: "bob" },
  "projects/theirs/turns/t": { ownerUid: "ann", seq: 1 }, // the owner of the project counts, not that of the turn
  "projects/nobodys": { name: "n" },
  "models/m": { state: "published" },
  "models/m/revisions/r": { state: "published" },
  "spending/2026-01-01": {},
  "spending/2026-01-01/instances/i": { tokens: 1 },
  "departed/0123abcd": { denied: true },
  "maintenance/retention": { until: new Date() },
};

// Collections that the rules do not name, below everything and beside it. Each holds
// a document that says it is the caller's.
const stored = { ...known, "unknown/x": mine, "unknown/ann": mine };
for (const path of Object.keys(known)) stored[`${path}/unknown/x`] = mine;

const people = {
  ann: () => env.authenticatedContext("ann"),
  bob: () => env.authenticatedContext("bob"),
  guest: () => env.authenticatedContext("guest", { firebase: { sign_in_provider: "anonymous" } }),
  "a premium user": () => env.authenticatedContext("rich", { plan: "premium" }),
  "an admin": () => env.authenticatedContext("root", { admin: true }),
  nobody: () => env.unauthenticatedContext(),
};

// Who may get which document, and list which collection. All else is denied: every
// other path and caller, and every write.
const may = {
  get: {
    "users/ann": ["ann"],
    "users/ann/usage/2026-01-01": ["ann"],
    "users/ann/grants/m@r": ["ann"],
    "users/guest": ["guest"],
    "users/guest/usage/2026-01-01": ["guest"],
    "projects/p": ["ann"],
    "projects/p/turns/t": ["ann"],
    "projects/p/versions/1": ["ann"],
    "projects/p/blobs/abc": ["ann"],
    "projects/theirs": ["bob"],
    "projects/theirs/turns/t": ["bob"],
  },
  list: {
    "users/ann/usage": ["ann"],
    "users/ann/grants": ["ann"],
    "users/guest/usage": ["guest"],
    "projects/p/turns": ["ann"],
    "projects/p/versions": ["ann"],
    "projects/p/blobs": ["ann"],
    "projects/theirs/turns": ["bob"],
  },
};

// Each operation on a document's path. list is tried once a collection.
const operations = {
  get: (db, path) => getDoc(doc(db, path)),
  list: (db, path) => getDocs(collection(db, path)),
  create: (db, path, uid) => setDoc(doc(db, `${collectionOf(path)}/fresh`), { ...mine, ownerUid: uid }),
  "create in its place": (db, path, uid) => setDoc(doc(db, `${path}-fresh`), { ...mine, ownerUid: uid }, { merge: true }),
  update: (db, path) => updateDoc(doc(db, path), { name: "x" }),
  overwrite: (db, path, uid) => setDoc(doc(db, path), { ...mine, ownerUid: uid }),
  delete: (db, path) => deleteDoc(doc(db, path)),
};
const collectionOf = (path) => path.replace(/\/[^/]+$/, "");

const owned = (uid) => [where("ownerUid", "==", uid), where("deletedAt", "==", null)];
const queries = [
  ["own live projects, as the web app lists them", "ann", (db) => query(collection(db, "projects"), ...owned("ann"), orderBy("updatedAt", "desc"), limit(20)), true],
  ["own projects, including deleted ones", "ann", (db) => query(collection(db, "projects"), where("ownerUid", "==", "ann")), false],
  ["somebody else's projects", "bob", (db) => query(collection(db, "projects"), ...owned("ann")), false],
  ["projects, without a sign-in", "nobody", (db) => query(collection(db, "projects"), ...owned("ann")), false],
  ["own live projects, of a guest", "guest", (db) => query(collection(db, "projects"), ...owned("guest")), true],
  ["the turns of an own project, in order", "ann", (db) => query(collection(db, "projects/p/turns"), orderBy("seq", "desc")), true],
  ["turns of all projects", "ann", (db) => query(collectionGroup(db, "turns"), where("ownerUid", "==", "ann")), false],
  ["versions of all projects", "ann", (db) => collectionGroup(db, "versions"), false],
  ["usage of all users", "an admin", (db) => collectionGroup(db, "usage"), false],
];

/** Resolves to "may" or "may not". An answer that is neither is an error. */
async function verdict(promise) {
  try {
    await promise;
    return "may";
  } catch (error) {
    if (error.code !== "permission-denied") throw error;
    return "may not";
  }
}

before(async () => {
  setLogLevel("silent"); // it warns of each refusal
  env = await initializeTestEnvironment({
    projectId,
    firestore: { ...server(firestore), rules: await readFile(new URL("firestore.rules", root), "utf8") },
  });
  await env.withSecurityRulesDisabled(async (context) => {
    for (const [path, data] of Object.entries(stored)) await setDoc(doc(context.firestore(), path), data);
  });
});

after(() => env?.cleanup());

test("every collection that the backend writes is tried", async () => {
  const text = await readFile(new URL("internal/store/documents.go", root), "utf8");
  const written = [...text.matchAll(/^\t\w+ += "(\w+)"$/gm)].map(([, name]) => name);
  assert.ok(written.length >= 13, `documents.go names ${written}`);
  const tried = new Set(Object.keys(known).flatMap((path) => path.split("/").filter((_, i) => i % 2 === 0)));
  assert.deepEqual(written.filter((name) => !tried.has(name)), []);
});

test("every path, caller and operation", async (t) => {
  const wrong = [];
  let tried = 0;
  for (const [who, open] of Object.entries(people)) {
    const db = open().firestore();
    const uid = who === "bob" || who === "guest" ? who : "ann";
    for (const [operation, ask] of Object.entries(operations)) {
      const paths = operation === "list" ? [...new Set(Object.keys(stored).map(collectionOf))] : Object.keys(stored);
      await Promise.all(paths.map(async (path) => {
        const want = may[operation]?.[path]?.includes(who) ? "may" : "may not";
        const got = await verdict(ask(db, path, uid));
        tried++;
        if (got !== want) wrong.push(`${who} ${got} ${operation} ${path}, and should not`);
      }));
    }
    assert.equal(await verdict(getDoc(doc(db, "projects/none"))), "may not", `${who}: a project that does not exist`);
    assert.equal(await verdict(getDoc(doc(db, "projects/none/turns/t"))), "may not", `${who}: a turn of a project that does not exist`);
  }
  t.diagnostic(`${tried} accesses: ${Object.keys(stored).length} documents, ${Object.keys(people).length} callers, ${Object.keys(operations).length} operations`);
  assert.deepEqual(wrong, []);
  assert.ok(tried > 1500, `only ${tried} were tried`);
});

test("queries", async (t) => {
  const dbs = Object.fromEntries(Object.entries(people).map(([who, open]) => [who, open().firestore()]));
  for (const [name, who, build, allowed] of queries) {
    await t.test(`${who} ${allowed ? "may" : "may not"} ask for ${name}`, async () => {
      assert.equal(await verdict(getDocs(build(dbs[who]))), allowed ? "may" : "may not");
    });
  }
});

// This test must run last: it reads what the others have made the emulator evaluate.
test("coverage: every expression has been true and false", async (t) => {
  const answer = await fetch(`http://${firestore}/emulator/v1/projects/${projectId}:ruleCoverage`);
  const { rules, report } = await answer.json();
  const source = rules.files[0].content;
  const rows = [];
  const read = ({ sourcePosition: at, values = [], children = [] }) => {
    const times = { true: 0, false: 0, neither: 0 }; // neither: not reached, or an error
    for (const { value, count } of values) times[value?.boolValue ?? "neither"] += count;
    const text = source.slice(at.currentOffset, at.endOffset + 1).replaceAll(/\s+/g, " ");
    if (times.true + times.false > 0) rows.push({ at: `${at.line}:${at.column}`, line: at.line, text, ...times });
    children.forEach(read);
  };
  report.forEach(read);
  for (const { at, text, ...times } of rows) t.diagnostic(`${at} true ${times.true}, false ${times.false}, neither ${times.neither}: ${text}`);
  const oneSided = rows.filter((row) => !row.true || !row.false).map(({ at, text }) => `${at}: ${text}`);
  // The report leaves out what was never evaluated.
  const lines = source.split("\n").flatMap((line, i) => (/\ballow\b|\breturn\b/.test(line.replace(/\/\/.*/, "")) ? [i + 1] : []));
  const neverReached = lines.filter((line) => !rows.some((row) => row.line === line));
  assert.deepEqual({ oneSided, neverReached }, { oneSided: [], neverReached: [] });
});
