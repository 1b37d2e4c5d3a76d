export type Call = import("./models.js").Call;
export type AppError = import("./api.js").AppError;
export type CancelTurnResult = import("./api.js").CancelTurnResult;
export type Target = import("./api.js").Target;
export type TextMessage = import("./api.js").TextMessage;
export type TurnEngine = import("./api.js").TurnEngine;
export type TurnMessage = import("./api.js").TurnMessage;
export type TurnResult = import("./api.js").TurnResult;
export type Stream = (name: "generateCode" | "resumeTurn", data: any, onMessage: (message: any) => void, signal: AbortSignal) => Promise<any>;
export type Pending = {
    /**
     * of its user
     */
    uid: string;
    turnId: string;
    /**
     * null: a new project; `projectIdOf(uid, turnId)` is its id
     */
    projectId: string | null;
    /**
     * "" of one that has only errors
     */
    prompt: string;
    continues: string | null;
    engine?: TurnEngine;
    errors?: AppError[];
    target?: Target;
    /**
     * in ms since 1970
     */
    startedAt: number;
};
export type Status = Exclude<TurnMessage, TextMessage> | {
    type: "status";
    phase: "reconnecting";
};
export type ReadOptions = {
    /**
     * receives each new piece
     * of the text, and the whole text so far. When a server dies, its last words may
     * be lost: then the piece is empty, and the whole is shorter than before. So
     * `(_, whole) => (pre.textContent = whole)` is always right
     */
    onText?: (text: string, whole: string) => void;
    onStatus?: (status: Status) => void;
    /**
     * stops reading. The turn continues and stays
     * pending; `cancel` ends it
     */
    signal?: AbortSignal;
};
/**
 * Opens the turns of this tab.
 *
 * @param {Object} options
 * @param {Call} options.call
 * @param {Stream} options.stream
 * @param {() => string | null | undefined} options.uid of the signed-in user
 * @param {Storage} [options.storage] for pending turns; the default is the tab's sessionStorage
 */
export declare function openTurns({ call, stream, uid, storage }: {
    call: Call;
    stream: Stream;
    uid: () => string | null | undefined;
    storage?: Storage;
}): {
    /**
     * Asks the backend for an app, and resolves to its turn result, however often
     * the connection breaks. It rejects with the backend's error if the turn ended
     * in one. If the backend cannot be reached any more, it rejects with the last
     * error, and the turn stays pending.
     *
     * @param {string} prompt
     * @param {ReadOptions & {projectId?: string, turnId?: string, continues?: string, engine?: TurnEngine, target?: Target}} [options]
     *   projectId: the project to change; none: a new one. turnId: the same id again
     *   gives the same answer. continues: the turn whose cut answer to continue. engine:
     *   who is to answer, a model ("worker") or a template. target: the element of the
     *   running app that the prompt is about; it needs projectId
     * @returns {Promise<TurnResult>}
     */
    generate(prompt: string, { projectId, turnId, continues, engine, target, ...options }?: ReadOptions & {
        projectId?: string;
        turnId?: string;
        continues?: string;
        engine?: TurnEngine;
        target?: Target;
    }): Promise<TurnResult>;
    /**
     * Has the errors mended that a project's app has thrown while it ran: the first 20 of
     * them, each cut to 2 KB. The same errors three times running are answered with a
     * notice, and cost nothing.
     *
     * @param {string} projectId
     * @param {AppError[]} errors as a preview's `onError` brings them
     * @param {ReadOptions & {prompt?: string, turnId?: string}} [options] prompt: what the
     *   user says of them. turnId: as that of `generate`
     * @returns {Promise<TurnResult>} as that of `generate`
     */
    fix(projectId: string, errors: AppError[], { prompt, turnId, ...options }?: ReadOptions & {
        prompt?: string;
        turnId?: string;
    }): Promise<TurnResult>;
    /**
     * Reads a turn again after a reload, or after its reader has left. Its text
     * comes from the start.
     *
     * @param {string} turnId one of `pending`, or another one of the project `projectId`
     * @param {ReadOptions & {projectId?: string}} [options]
     * @returns {Promise<TurnResult>} as that of `generate`
     */
    resume(turnId: string, { projectId, ...options }?: ReadOptions & {
        projectId?: string;
    }): Promise<TurnResult>;
    pending: () => Pending[];
    /**
     * Ends a turn. Its text so far is kept, and makes no version of the project.
     * Its readers get a result whose state is `cancelled`.
     *
     * @param {string} [turnId] the default is the latest pending one
     * @param {string} [projectId] of a turn that is not pending here
     * @returns {Promise<CancelTurnResult>} the turn as it is stored; it may still be `running`
     */
    cancel(turnId?: string, projectId?: string): Promise<CancelTurnResult>;
};
