export type Call = import("./models.js").Call;
export type SaveProjectRequest = import("./api.js").SaveProjectRequest;
export type TurnResult = import("./api.js").TurnResult;
export type Save = SaveProjectRequest & {
    source: "browser" | "edit";
};
export type Waiting = {
    /**
     * counts up in the order of saving
     */
    key?: number;
    /**
     * of its user
     */
    uid: string;
    turnId: string;
    request: Save;
    /**
     * the backend's error, if it refuses this save: `retry` or `discard` it
     */
    refused?: {
        code: string;
        message: string;
        details?: any;
    };
};
export type Queued = {
    queued: true;
    turnId: string;
    projectId: string;
};
export type Outcome = {
    result?: TurnResult | Queued;
    error?: any;
};
/**
 * Opens the queue of this browser.
 *
 * @param {Object} options
 * @param {Call} options.call
 * @param {() => string | null | undefined} options.uid of the signed-in user
 * @param {(waiting: Waiting, result: TurnResult) => void} [options.onSaved] is called for each save that was stored, also for those of an earlier visit
 * @param {(waiting: Waiting) => void} [options.onRefused] is called for each save that the backend refuses
 * @param {string} [options.database] the queue's name in IndexedDB
 */
export declare function openSaves({ call, uid, onSaved, onRefused, database }: {
    call: Call;
    uid: () => string | null | undefined;
    onSaved?: (waiting: Waiting, result: TurnResult) => void;
    onRefused?: (waiting: Waiting) => void;
    database?: string;
}): {
    /**
     * Saves a project. It resolves to the backend's turn result, or to a `Queued`
     * while the backend cannot be reached. It rejects if the backend refuses the
     * save, which is kept then: see `waiting`.
     *
     * @param {Save} save
     * @returns {Promise<TurnResult | Queued>}
     */
    save(save: Save): Promise<TurnResult | Queued>;
    /** Sends the saves that wait. Call it when a user has signed in. */
    flush: () => Promise<Map<string, Outcome>>;
    /** The signed-in user's saves that wait or were refused, the oldest first. */
    waiting(): Promise<Waiting[]>;
    /** Sends a refused save again. @param {string} turnId */
    retry(turnId: string): Promise<void>;
    /** Drops a save. @param {string} turnId */
    discard(turnId: string): Promise<void>;
    close(): Promise<void>;
};
/** Calls an app's listener. Its errors stop neither saves nor turns. @param {() => void} listener */
export declare function tell(listener: () => void): void;
/**
 * The id of a new project. The backend derives it from the project's first turn, so
 * an app can continue with the project before its first save is sent.
 *
 * @param {string} uid
 * @param {string} turnId
 */
export declare function projectIdOf(uid: string, turnId: string): Promise<string>;
