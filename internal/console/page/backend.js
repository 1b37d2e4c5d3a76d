// The backend as the console reaches it: Firebase as Hosting configures it, and
// the functions on this page's own origin.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth } from "firebase/auth";
import { getFunctions, httpsCallableFromURL } from "firebase/functions";

const json = async (path) => {
  const response = await fetch(path);
  return response.ok ? response.json() : null;
};

// The local suite says in local.json where it is; that is believed, and looked
// for, on this machine only.
const suite = ["localhost", "127.0.0.1"].includes(location.hostname) ? await json("/local.json") : null;
export const local = Boolean(suite);

// Where functions stream: past Hosting, which buffers.
const { functionsUrl } = suite ?? (await json("/config.json")) ?? {};

const app = initializeApp(suite?.firebase ?? (await json("/__/firebase/init.json")));
export const auth = getAuth(app);
if (suite) connectAuthEmulator(auth, `http://${suite.auth}`, { disableWarnings: true });
const functions = getFunctions(app);

const callable = (base, name) => httpsCallableFromURL(functions, `${base}/${name}`, { timeout: 600_000 });

/** Calls a function, and returns its result. */
export const call = async (name, data) => (await callable(location.origin, name)(data)).data;

/** Calls a function, hears its messages, and returns its result. */
export async function stream(name, data, onMessage, signal) {
  if (!functionsUrl) return call(name, data);
  const { stream, data: result } = await callable(functionsUrl, name).stream(data, { signal });
  result.catch(() => {}); // it is awaited below
  for await (const message of stream) onMessage(message);
  return result;
}
