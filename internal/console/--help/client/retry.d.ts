export type Code = import("./api.js").Code;
export type Reason = import("./api.js").Reason;
export type Verdict = "retry" | "wait" | "sign-in" | "give-up";
/** How many tries in a row may fail while the browser is online: about 65, 12 and 27 seconds of waiting. */
export declare const TRIES: {
    turn: number;
    grant: number;
    file: number;
};
/**
 * The code and the reason of a failed call, as the backend spells them.
 *
 * @param {any} error
 * @returns {{code: Code | "", reason: Reason | undefined}} code: "" if the error has none
 */
export declare function about(error: any): {
    code: Code | "";
    reason: Reason | undefined;
};
/**
 * What a failed call leaves to do.
 *
 * @param {unknown} error
 * @returns {Verdict}
 */
export declare function verdict(error: unknown): Verdict;
/** Whether so many failed tries are enough. While the browser is offline they never are. @param {number} tries @param {number} limit */
export declare const exhausted: (tries: number, limit: number) => boolean;
/**
 * How long to wait before the next try, in ms. The time doubles with each try, and
 * is random within its upper half, so that many clients do not return at once.
 *
 * @param {number} tries that have failed before the last one, from 0
 * @param {number} [longest] in ms
 */
export declare const delay: (tries: number, longest?: number) => number;
/**
 * How long to wait after a failed try, in ms: as long as the backend says, and then as
 * `delay` says.
 *
 * @param {any} error
 * @param {number} tries that have failed before, from 0
 * @param {number} [longest] of the delay, in ms
 */
export declare const after: (error: any, tries: number, longest?: number) => number;
/**
 * Waits, at most until the browser is online again.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal] its abort rejects the promise
 */
export declare function pause(ms: number, signal?: AbortSignal): Promise<void>;
