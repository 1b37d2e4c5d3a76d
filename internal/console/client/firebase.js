// The Firebase SDK as this library takes it.

/** @typedef {import("./models.js").Call} Call */
/** @typedef {import("./turns.js").Stream} Stream */

/**
 * Makes `call` and `stream` of callable functions of the stock SDK, which stays
 * the app's own:
 *
 * ```js
 * const backend = fromFirebase((name) => httpsCallable(functions, name, { timeout: 600_000 }));
 * const turns = openTurns({ ...backend, uid: () => auth.currentUser?.uid });
 * ```
 *
 * Without a timeout the SDK gives up on a call after 70 s, while the backend goes
 * on; on streams it never gives up. Hosting buffers streams: where the app uses
 * it, `httpsCallableFromURL` has to name the backend's own address.
 *
 * @param {(name: string) => any} callable
 * @returns {{call: Call, stream: Stream}}
 */
export function fromFirebase(callable) {
  return {
    call: async (name, data) => (await callable(name)(data)).data,
    async stream(name, data, onMessage, signal) {
      const { stream, data: result } = await callable(name).stream(data, { signal });
      result.catch(() => {}); // it is awaited below
      for await (const message of stream) onMessage(message);
      // When a connection ends early but in good order, the SDK's result is
      // never settled. By now it is, or never will be.
      return Promise.race([result, Promise.reject(Object.assign(new Error("The answer broke off."), { code: "unavailable" }))]);
    },
  };
}
