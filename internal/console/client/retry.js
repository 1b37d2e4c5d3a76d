// When a failed call is worth another try, how often and after how long. Nothing
// else in this library decides that.

/** @typedef {import("./api.js").Code} Code */
/** @typedef {import("./api.js").Reason} Reason */

/**
 * What a failed call leaves to do:
 *
 * - `retry`: the backend was not reached, or cannot answer just now
 * - `wait`: something else of the same user has to end first, or a minute
 * - `sign-in`: the same call succeeds once the user has signed in
 * - `give-up`: the backend has decided; the same call fails again
 *
 * @typedef {"retry" | "wait" | "sign-in" | "give-up"} Verdict
 */

// The backend says why. A reason that is not listed is final, and so is one that
// this version of the library does not know.
/** @type {Partial<Record<Reason, Verdict>>} */
const REASONS = {
  "app-check-used": "retry", // the next try has a token of its own
  "bucket-unavailable": "retry",
  "keys-unavailable": "retry",
  overloaded: "retry",
  "shutting-down": "retry",
  "signer-unavailable": "retry",
  "store-unavailable": "retry",
  "too-many-calls": "retry",
  "too-many-streams": "retry",
  "turn-continues": "retry",
  "concurrent-turns": "wait",
  "turns-per-minute": "wait",
  "turn-in-progress": "wait",
  "session-ended": "sign-in",
  "sign-in-required": "sign-in",
};

// Without a reason the network, the platform or the SDK speaks, not the backend.
// The SDK says "internal" when there is no network, and a platform without a free
// instance "resource-exhausted".
/** @type {Partial<Record<Code | "", Verdict>>} */
const CODES = {
  "": "retry",
  aborted: "retry",
  cancelled: "retry",
  "deadline-exceeded": "retry",
  internal: "retry",
  "resource-exhausted": "retry",
  unavailable: "retry",
  unknown: "retry",
  unauthenticated: "sign-in",
};

/** How many tries in a row may fail while the browser is online: about 65, 12 and 27 seconds of waiting. */
export const TRIES = { turn: 12, grant: 6, file: 8 };

/**
 * The code and the reason of a failed call, as the backend spells them.
 *
 * @param {any} error
 * @returns {{code: Code | "", reason: Reason | undefined}} code: "" if the error has none
 */
export function about(error) {
  return { code: /** @type {Code | ""} */ (String(error?.code ?? "").replace(/^functions\//, "")), reason: error?.details?.reason };
}

/**
 * What a failed call leaves to do.
 *
 * @param {unknown} error
 * @returns {Verdict}
 */
export function verdict(error) {
  const { code, reason } = about(error);
  const state = /** @type {any} */ (error)?.details?.state;
  if (state && state !== "running") return "give-up"; // its turn has ended, and gives the same error for ever
  return (reason ? REASONS[reason] : CODES[code]) ?? "give-up";
}

/** Whether so many failed tries are enough. While the browser is offline they never are. @param {number} tries @param {number} limit */
export const exhausted = (tries, limit) => tries >= limit && globalThis.navigator?.onLine !== false;

/**
 * How long to wait before the next try, in ms. The time doubles with each try, and
 * is random within its upper half, so that many clients do not return at once.
 *
 * @param {number} tries that have failed before the last one, from 0
 * @param {number} [longest] in ms
 */
export const delay = (tries, longest = 10_000) => Math.min(500 * 2 ** tries, longest) * (0.5 + Math.random() / 2);

/**
 * How long to wait after a failed try, in ms: as long as the backend says, and then as
 * `delay` says.
 *
 * @param {any} error
 * @param {number} tries that have failed before, from 0
 * @param {number} [longest] of the delay, in ms
 */
export const after = (error, tries, longest) => (Number(error?.details?.retryAfter) || 0) * 1000 + delay(tries, longest);

/**
 * Waits, at most until the browser is online again.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal] its abort rejects the promise
 */
export function pause(ms, signal) {
  return /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    /** @param {() => void} settle */
    const end = (settle) => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", wake);
      signal?.removeEventListener("abort", stop);
      settle();
    };
    const wake = () => end(resolve);
    const stop = () => end(() => reject(signal?.reason));
    const timer = setTimeout(wake, ms);
    globalThis.addEventListener?.("online", wake);
    signal?.addEventListener("abort", stop);
  }));
}
