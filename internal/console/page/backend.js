// Connects the console to the backend: Firebase as Hosting configures it, and the
// functions on this page's own origin.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth } from "firebase/auth";
import { getFunctions, httpsCallableFromURL } from "firebase/functions";
import { fromFirebase } from "../client/index.js";

const json = async (path) => {
  const response = await fetch(path);
  return response.ok ? response.json() : null;
};

// The local suite writes its addresses to local.json. Only pages of this machine
// look for that file and trust it.
const suite = ["localhost", "127.0.0.1"].includes(location.hostname) ? await json("/local.json") : null;
export const local = Boolean(suite);

// Functions stream from this address. Hosting would buffer.
const { functionsUrl } = suite ?? (await json("/config.json")) ?? {};

const app = initializeApp(suite?.firebase ?? (await json("/__/firebase/init.json")));
export const auth = getAuth(app);
if (suite) connectAuthEmulator(auth, `http://${suite.auth}`, { disableWarnings: true });
const functions = getFunctions(app);

const at = (base) => fromFirebase((name, options) => httpsCallableFromURL(functions, `${base}/${name}`, { timeout: 600_000, ...options }));

/** Calls a function, and returns its result. */
export const { call } = at(location.origin);

/** Calls a function, passes its messages on, and returns its result. */
export const stream = functionsUrl ? at(functionsUrl).stream : call;
