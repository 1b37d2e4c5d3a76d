export type Functions = import("./api.js").Functions;
export type FunctionName = import("./api.js").FunctionName;
export type StreamingName = {
    [N in FunctionName]: Functions[N] extends {
        message: any;
    } ? N : never;
}[FunctionName];
export type TypedCall = <N extends FunctionName>(name: N, data: Functions[N]["request"]) => Promise<Functions[N]["result"]>;
export type TypedStream = <N extends StreamingName>(name: N, data: Functions[N]["request"], onMessage: (message: Functions[N]["message"]) => void, signal?: AbortSignal) => Promise<Functions[N]["result"]>;
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
export declare function fromFirebase(callable: (name: FunctionName, options: {
    limitedUseAppCheckTokens: boolean;
}) => any): {
    call: TypedCall;
    stream: TypedStream;
};
