// Connects the console to the backend: Firebase as Hosting configures it, and the
// functions on this page's own origin.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth } from "firebase/auth";
import { getFunctions, httpsCallableFromURL } from "firebase/functions";
import { fromFirebase } from "../client/index.js";
import { twin } from "./sites.js";

const json = async (path) => {
  const response = await fetch(path);
  return response.ok ? response.json() : null;
};

// The local suite writes its addresses to local.json. Only pages of this machine
// look for that file and trust it.
const suite = ["localhost", "127.0.0.1"].includes(location.hostname) ? await json("/local.json") : null;
export const local = Boolean(suite);

// functionsUrl: functions stream from this address, because Hosting would buffer.
const config = suite ?? (await json("/config.json")) ?? {};

/** The site that previews are on, which is never this one; null: there is none. */
export const previewOrigin = config.previewOrigin ?? twin(location);

const app = initializeApp(suite?.firebase ?? (await json("/__/firebase/init.json")));
if (config.appCheck) await openAppCheck(config.appCheck);
export const auth = getAuth(app);
if (suite) connectAuthEmulator(auth, `http://${suite.auth}`, { disableWarnings: true });
const functions = getFunctions(app);

const at = (base) => fromFirebase((name, options) => httpsCallableFromURL(functions, `${base}/${name}`, { timeout: 600_000, ...options }));

/** Calls a function, and returns its result. */
export const { call } = at(location.origin);

/** Calls a function, passes its messages on, and returns its result. */
export const stream = config.functionsUrl ? at(config.functionsUrl).stream : call;

// From here on each call carries an App Check token.
async function openAppCheck({ recaptchaV3, recaptchaEnterprise, local }) {
  const { CustomProvider, ReCaptchaEnterpriseProvider, ReCaptchaV3Provider, initializeAppCheck } = await import("firebase/app-check");
  const provider = recaptchaV3 ? new ReCaptchaV3Provider(recaptchaV3)
    : recaptchaEnterprise ? new ReCaptchaEnterpriseProvider(recaptchaEnterprise)
      : new CustomProvider({ getToken: async () => ({ token: await (await fetch(local, { method: "POST" })).text(), expireTimeMillis: Date.now() + 3_600_000 }) });
  initializeAppCheck(app, { provider, isTokenAutoRefreshEnabled: true });
}
