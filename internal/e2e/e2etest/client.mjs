// Shared by the tests: the Firebase SDK, connected to the emulators and to the server
// under test.

import { after } from "node:test";
import { deleteApp, initializeApp } from "firebase/app";
import { connectAuthEmulator, createUserWithEmailAndPassword, inMemoryPersistence, initializeAuth, signInAnonymously } from "firebase/auth";
import { connectFirestoreEmulator, getFirestore, terminate } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions, httpsCallable } from "firebase/functions";

const address = (variable) => {
  const [host, port] = process.env[variable].split(":");
  return [host, Number(port)];
};

// Open connections would keep the process alive. Outside of node:test, calling
// `after` would start a test run.
const open = [];
if (process.env.NODE_TEST_CONTEXT) {
  after(() => Promise.all(open.map(async ({ app, db }) => {
    await terminate(db);
    await deleteApp(app);
  })));
}

/** Makes a client of the server at a port, signed in as a new user by default. */
export async function client({ signedIn = true, anonymous = false, admin = false, port = process.env.FUNCTIONS_PORT } = {}) {
  const app = initializeApp({ projectId: "demo-dreambuild", apiKey: "any" }, `app${open.length}`);
  const auth = initializeAuth(app, { persistence: inMemoryPersistence });
  connectAuthEmulator(auth, `http://${process.env.FIREBASE_AUTH_EMULATOR_HOST}`, { disableWarnings: true });
  const db = getFirestore(app);
  connectFirestoreEmulator(db, ...address("FIRESTORE_EMULATOR_HOST"));
  open.push({ app, db });
  const functions = getFunctions(app);
  connectFunctionsEmulator(functions, "127.0.0.1", Number(port));
  const signUp = () => (anonymous ? signInAnonymously(auth) : createUserWithEmailAndPassword(auth, `${crypto.randomUUID()}@example.com`, "dreambuild"));
  const user = signedIn ? (await signUp()).user : null;
  if (admin) await makeAdmin(user);
  return {
    app, auth, db, functions, user,
    call: async (name, data) => (await httpsCallable(functions, name)(data)).data,
    /** `messages` keeps what a call that fails has said before. */
    stream: async (name, data, messages = []) => {
      const { stream, data: result } = await httpsCallable(functions, name).stream(data);
      result.catch(() => {}); // awaited below
      for await (const message of stream) messages.push(message);
      return { messages, text: messages.map((m) => (m.type === "text" ? m.text : "")).join(""), result: await result };
    },
  };
}

async function makeAdmin(user) {
  const accounts = `http://${process.env.FIREBASE_AUTH_EMULATOR_HOST}/identitytoolkit.googleapis.com/v1/projects/demo-dreambuild/accounts:update`;
  const made = await fetch(accounts, {
    method: "POST", headers: { Authorization: "Bearer owner", "Content-Type": "application/json" },
    body: JSON.stringify({ localId: user.uid, customAttributes: JSON.stringify({ admin: true }) }),
  });
  if (!made.ok) throw new Error(`the Auth emulator answered ${made.status}`);
  await user.getIdToken(true);
}

/** Waits for a call to fail, and returns its code and reason in one string. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return `${error.code} ${error.details?.reason ?? "-"}`;
  }
  return "it did not fail";
}
