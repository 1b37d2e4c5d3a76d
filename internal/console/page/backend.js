// The backend as the console reaches it: Firebase as Hosting configures it, and
// the functions on this page's own origin.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth } from "firebase/auth";
import { getFunctions, httpsCallableFromURL } from "firebase/functions";

const json = async (path, otherwise) => {
  const response = await fetch(path);
  return response.ok ? response.json() : otherwise;
};

/**
 * `functionsUrl` is where functions can stream, past Hosting, which buffers.
 * `emulators` are believed on this machine only.
 */
const config = await json("/config.json", {});
export const local = ["localhost", "127.0.0.1"].includes(location.hostname) && Boolean(config.emulators);

const app = initializeApp(await json("/__/firebase/init.json", config.firebase));
export const auth = getAuth(app);
if (local) connectAuthEmulator(auth, `http://${config.emulators.auth}`, { disableWarnings: true });
const functions = getFunctions(app);

const callable = (base, name) => httpsCallableFromURL(functions, `${base}/${name}`, { timeout: 600_000 });

/** Calls a function, and returns its result. */
export const call = async (name, data) => (await callable(location.origin, name)(data)).data;

/** Calls a function, hears its messages, and returns its result. */
export async function stream(name, data, onMessage, signal) {
  if (!config.functionsUrl) return call(name, data);
  const { stream, data: result } = await callable(config.functionsUrl, name).stream(data, { signal });
  result.catch(() => {}); // it is awaited below
  for await (const message of stream) onMessage(message);
  return result;
}
