// Adapts the Firebase SDK to this library.

/** @typedef {import("./api.js").Functions} Functions */
/** @typedef {import("./api.js").FunctionName} FunctionName */

/** @typedef {{[N in FunctionName]: Functions[N] extends {message: any} ? N : never}[FunctionName]} StreamingName */

/**
 * Calls a function by its name.
 *
 * @typedef {<N extends FunctionName>(name: N, data: Functions[N]["request"]) => Promise<Functions[N]["result"]>} TypedCall
 */

/**
 * Calls a function that streams, and passes each message to `onMessage`.
 *
 * @typedef {<N extends StreamingName>(name: N, data: Functions[N]["request"], onMessage: (message: Functions[N]["message"]) => void, signal?: AbortSignal) => Promise<Functions[N]["result"]>} TypedStream
 */

// An App Check token is good for one of these: a backend that enforces App Check
// refuses a used one. So each call takes a token of its own.
/** @type {FunctionName[]} */
const ONCE = ["grantModel", "openModelSession"];

/**
 * Makes `call` and `stream` of the app's own Firebase SDK:
 *
 * ```js
 * const backend = fromFirebase((name, options) => httpsCallable(functions, name, { timeout: 600_000, ...options }));
 * const turns = openTurns({ ...backend, uid: () => auth.currentUser?.uid });
 * ```
 *
 * Without a timeout the SDK gives up on a call after 70 s, while the backend
 * continues; it never gives up on a stream. Firebase Hosting buffers streams. An
 * app behind it names the backend's own address with `httpsCallableFromURL`.
 *
 * @param {(name: FunctionName, options: {limitedUseAppCheckTokens: boolean}) => any} callable makes an HttpsCallable of the SDK
 * @returns {{call: TypedCall, stream: TypedStream}}
 */
export function fromFirebase(callable) {
  /** @param {FunctionName} name */
  const open = (name) => callable(name, { limitedUseAppCheckTokens: ONCE.includes(name) });
  return {
    call: async (name, data) => (await open(name)(data)).data,
    async stream(name, data, onMessage, signal) {
      const { stream, data: result } = await open(name).stream(data, { signal });
      result.catch(() => {}); // it is awaited below
      for await (const message of stream) onMessage(message);
      // The SDK never settles the result of a connection that ends early but in
      // good order. When the stream has ended, it is settled or never will be.
      return Promise.race([result, Promise.reject(Object.assign(new Error("The answer broke off."), { code: "unavailable" }))]);
    },
  };
}
