// Turns that survive a broken connection and a reload. Each turn is stored in the
// browser before it is sent. When a connection breaks, the library reads on from
// the last cursor until the backend has said how the turn ended. Its turnId makes
// the turn count once, however often it is sent.

import { about, after, exhausted, pause, TRIES, verdict } from "./retry.js";
import { tell } from "./saves.js";

/** @typedef {import("./models.js").Call} Call */
/** @typedef {import("./api.js").AppError} AppError */
/** @typedef {import("./api.js").CancelTurnResult} CancelTurnResult */
/** @typedef {import("./api.js").Target} Target */
/** @typedef {import("./api.js").TextMessage} TextMessage */
/** @typedef {import("./api.js").TurnEngine} TurnEngine */
/** @typedef {import("./api.js").TurnMessage} TurnMessage */
/** @typedef {import("./api.js").TurnResult} TurnResult */

/**
 * How the library reaches the functions that stream: it passes each message to
 * `onMessage` and resolves to the result. `fromFirebase` makes one of the SDK.
 *
 * @typedef {(name: "generateCode" | "resumeTurn", data: any, onMessage: (message: any) => void, signal: AbortSignal) => Promise<any>} Stream
 */

/**
 * A turn whose end this tab has not heard yet.
 *
 * @typedef {Object} Pending
 * @property {string} uid of its user
 * @property {string} turnId
 * @property {string | null} projectId null: a new project; `projectIdOf(uid, turnId)` is its id
 * @property {string} prompt "" of one that has only errors
 * @property {string | null} continues
 * @property {TurnEngine} [engine]
 * @property {AppError[]} [errors]
 * @property {Target} [target]
 * @property {number} startedAt in ms since 1970
 */

/**
 * Every message about a turn except its text. The library itself adds
 * `reconnecting`.
 *
 * @typedef {Exclude<TurnMessage, TextMessage> | {type: "status", phase: "reconnecting"}} Status
 */

/**
 * @typedef {Object} ReadOptions
 * @property {(text: string, whole: string) => void} [onText] receives each new piece
 *   of the text, and the whole text so far. When a server dies, its last words may
 *   be lost: then the piece is empty, and the whole is shorter than before. So
 *   `(_, whole) => (pre.textContent = whole)` is always right
 * @property {(status: Status) => void} [onStatus]
 * @property {AbortSignal} [signal] stops reading. The turn continues and stays
 *   pending; `cancel` ends it
 */

// The library replaces a connection that brings no message for so many ms: it may
// be dead although no error has reached this browser.
const QUIET = 60_000;

// A connection that lasted so many ms was no failed try.
const LASTED = 10_000;

// What a turn takes of the errors of an app, in bytes of UTF-8.
const MOST_ERRORS = 20;
const LONGEST_ERROR = 2048;

// The reasons that a turn is not there, or never arrived.
const ABSENT = ["no-such-turn", "no-such-project"];

const STALE = new Error("The connection may be dead.");

/**
 * Opens the turns of this tab.
 *
 * @param {Object} options
 * @param {Call} options.call
 * @param {Stream} options.stream
 * @param {() => string | null | undefined} options.uid of the signed-in user
 * @param {Storage} [options.storage] for pending turns; the default is the tab's sessionStorage
 */
export function openTurns({ call, stream, uid, storage }) {
  const kept = openShelf(storage);
  /** @type {Set<string>} the turns that this tab reads now */
  const reading = new Set();

  /** @param {string} owner */
  function check(owner) {
    if (uid() !== owner) throw Object.assign(new Error("Sign in as the user who started this turn."), { code: "unauthenticated" });
  }

  /**
   * Reads a turn to its end.
   *
   * @param {Pick<Pending, "uid" | "turnId"> & Partial<Pending>} turn
   * @param {"generateCode" | "resumeTurn"} name the function to call first
   * @param {ReadOptions} options
   * @returns {Promise<TurnResult>}
   */
  async function read({ uid: owner, turnId, projectId, prompt, continues, engine, errors, target }, name, { onText, onStatus, signal }) {
    const heard = listener(onText, onStatus);
    let tries = 0;

    for (;;) {
      const begun = Date.now();
      const before = heard.texts;
      try {
        signal?.throwIfAborted();
        check(owner);
        const data = name === "generateCode" ? { prompt: prompt || undefined, projectId, turnId, continues, engine, errors, target } : { turnId, projectId, cursor: heard.cursor };
        const result = await connect(stream, name, present(data), heard.message, signal);
        kept.remove(turnId);
        return result;
      } catch (/** @type {any} */ error) {
        signal?.throwIfAborted();
        const { code, reason } = about(error);
        if (name === "resumeTurn" && ABSENT.includes(reason ?? "") && !heard.accepted && prompt !== undefined) {
          name = "generateCode"; // it never arrived
          continue;
        }
        if (error !== STALE && verdict(error) !== "retry") {
          if (code !== "unauthenticated") kept.remove(turnId);
          heard.cutBack(error?.details?.length);
          throw error;
        }
        name = "resumeTurn";
        if (heard.texts > before || Date.now() - begun > LASTED) tries = 0;
        if (error === STALE) continue;
        if (reason === "turn-continues" && tries === 0) {
          tries++; // the next try waits if this one brings no text either
          continue;
        }
        tell(() => onStatus?.({ type: "status", phase: "reconnecting" }));
        await waitAfter(error, tries++, signal);
      }
    }
  }

  /**
   * @param {Parameters<typeof read>[0]} turn
   * @param {Parameters<typeof read>[1]} name
   * @param {ReadOptions} options
   */
  async function follow(turn, name, options) {
    reading.add(turn.turnId);
    try {
      return await read(turn, name, options);
    } finally {
      reading.delete(turn.turnId);
    }
  }

  /**
   * Begins a turn, and reads it to its end.
   *
   * @param {Pick<Pending, "prompt"> & Partial<Pending>} asked
   * @param {ReadOptions} options
   */
  async function begin(asked, options) {
    const owner = uid();
    if (!owner) throw new Error("Sign in first.");
    options.signal?.throwIfAborted();
    /** @type {Pending} */
    const turn = { turnId: crypto.randomUUID(), projectId: null, continues: null, ...defined(asked), uid: owner, startedAt: Date.now() };
    kept.put(turn);
    return follow(turn, "generateCode", options);
  }

  /**
   * The signed-in user's turns whose end this tab has not heard, the oldest first.
   * Resume them once the user is known.
   */
  const pending = () => kept.all().filter((turn) => turn.uid === uid());

  return {
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
    async generate(prompt, { projectId, turnId, continues, engine, target, ...options } = {}) {
      return begin({ prompt, projectId, turnId, continues, engine, target }, options);
    },

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
    async fix(projectId, errors, { prompt = "", turnId, ...options } = {}) {
      return begin({ prompt, projectId, turnId, errors: errors.slice(0, MOST_ERRORS).map(fitting) }, options);
    },

    /**
     * Reads a turn again after a reload, or after its reader has left. Its text
     * comes from the start.
     *
     * @param {string} turnId one of `pending`, or another one of the project `projectId`
     * @param {ReadOptions & {projectId?: string}} [options]
     * @returns {Promise<TurnResult>} as that of `generate`
     */
    async resume(turnId, { projectId, ...options } = {}) {
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      return follow(kept.get(turnId) ?? { uid: owner, turnId, projectId }, "resumeTurn", options);
    },

    pending,

    /**
     * Ends a turn. Its text so far is kept, and makes no version of the project.
     * Its readers get a result whose state is `cancelled`.
     *
     * @param {string} [turnId] the default is the latest pending one
     * @param {string} [projectId] of a turn that is not pending here
     * @returns {Promise<CancelTurnResult>} the turn as it is stored; it may still be `running`
     */
    async cancel(turnId = pending().at(-1)?.turnId, projectId) {
      if (!turnId) throw new Error("No turn is pending.");
      const turn = kept.get(turnId);
      const owner = turn?.uid ?? uid();
      if (!owner) throw new Error("Sign in first.");
      for (let tries = 0; ; tries++) {
        try {
          check(owner);
          const answer = await call("cancelTurn", present({ turnId, projectId: projectId ?? turn?.projectId }));
          if (!reading.has(turnId)) kept.remove(turnId);
          return answer;
        } catch (error) {
          if (verdict(error) !== "retry") throw error;
          await waitAfter(error, tries);
        }
      }
    },
  };
}

/**
 * Collects the text of a turn, and passes its messages on.
 *
 * @param {ReadOptions["onText"]} onText
 * @param {ReadOptions["onStatus"]} onStatus
 */
function listener(onText, onStatus) {
  let whole = "";
  const told = new Set();
  const heard = {
    accepted: false,
    texts: 0, // how many pieces
    /** @type {string | undefined} */
    cursor: undefined,

    /** @param {TurnMessage} message */
    message(message) {
      if (message?.type === "text") {
        whole += message.text;
        heard.cursor = message.cursor;
        heard.texts++;
        return tell(() => onText?.(message.text, whole));
      }
      if (message?.type === "accepted") heard.accepted = true;
      if (["accepted", "notice"].includes(message?.type)) {
        const key = JSON.stringify(message);
        if (told.has(key)) return; // every resumeTurn repeats these
        told.add(key);
      } else if (!["status", "source", "file"].includes(message?.type)) return; // a newer backend may send more types
      tell(() => onStatus?.(message));
    },

    /** Drops the text that the backend has lost. @param {unknown} length of the rest, in bytes */
    cutBack(length) {
      const stored = cutBack(whole, length);
      if (stored !== whole) tell(() => onText?.("", stored));
    },
  };
  return heard;
}

/**
 * Reads one connection to its end. It rejects early when the reader leaves, and
 * with STALE when the connection has to be replaced: after a long silence, and
 * when the network has changed.
 *
 * @param {Stream} stream
 * @param {"generateCode" | "resumeTurn"} name
 * @param {any} data
 * @param {(message: any) => void} hear
 * @param {AbortSignal} [signal]
 * @returns {Promise<TurnResult>}
 */
async function connect(stream, name, data, hear, signal) {
  const connection = new AbortController();
  const renew = () => connection.abort(STALE);
  const leave = () => connection.abort(signal?.reason);
  let timer = setTimeout(renew, QUIET);
  globalThis.addEventListener?.("online", renew);
  signal?.addEventListener("abort", leave);
  /** @type {Promise<never>} */
  const closed = new Promise((_, reject) => connection.signal.addEventListener("abort", () => reject(connection.signal.reason)));
  try {
    return await Promise.race([closed, stream(name, data, (message) => {
      if (connection.signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(renew, QUIET);
      hear(message);
    }, connection.signal)]);
  } finally {
    clearTimeout(timer);
    globalThis.removeEventListener?.("online", renew);
    signal?.removeEventListener("abort", leave);
  }
}

/**
 * Waits before the next try. It throws the error if enough tries have failed.
 *
 * @param {unknown} error
 * @param {number} tries
 * @param {AbortSignal} [signal]
 */
async function waitAfter(error, tries, signal) {
  if (exhausted(tries, TRIES.turn)) throw error;
  await pause(after(error, tries), signal);
}

/**
 * The beginning of a text that has at most so many bytes in UTF-8, in whole
 * characters.
 *
 * @param {string} text
 * @param {unknown} length in bytes; if it is no number, nothing is cut
 */
function cutBack(text, length) {
  const bytes = new TextEncoder().encode(text);
  if (typeof length !== "number" || length >= bytes.length) return text;
  // The option stream leaves out half a character at the end.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length), { stream: true });
}

/**
 * An error as a turn takes it. Of a long one the message comes before the stack.
 *
 * @param {AppError} error
 * @returns {AppError}
 */
function fitting({ message, stack, path, line }) {
  const file = cutBack(path || "", 200);
  const text = cutBack(String(message || "").trim() || "An error without a message.", LONGEST_ERROR - bytes(file));
  const rest = cutBack(stack || "", LONGEST_ERROR - bytes(file) - bytes(text));
  return { message: text, ...(rest && { stack: rest }), ...(file && { path: file }), ...(line && line > 0 && { line: Math.trunc(line) }) };
}

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text).length;

/**
 * The fields that are there.
 *
 * @template {object} T
 * @param {T} data
 * @returns {T}
 */
const defined = (data) => /** @type {T} */ (Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)));

/** The fields that have a value. Null would mean the same to the backend. @param {Record<string, unknown>} data */
const present = (data) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined && value !== null));

/**
 * Keeps pending turns in a storage. If the browser has none, or no room in it, they
 * last as long as the page.
 *
 * @param {Storage} [storage]
 */
function openShelf(storage) {
  const prefix = "dreambuild/turns/";
  /** @type {Map<string, Pending>} */
  const turns = new Map();
  /** @param {(storage: Storage) => void} use */
  const attempt = (use) => {
    try {
      use(storage ?? sessionStorage);
    } catch {
      // It throws when it is full, or forbidden.
    }
  };
  attempt((storage) => {
    for (const key of Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")) {
      if (key.startsWith(prefix)) attempt(() => turns.set(key.slice(prefix.length), JSON.parse(storage.getItem(key) ?? "")));
    }
  });
  return {
    all: () => [...turns.values()].sort((a, b) => a.startedAt - b.startedAt),
    /** @param {string} turnId */
    get: (turnId) => turns.get(turnId),
    /** @param {Pending} turn */
    put(turn) {
      turns.set(turn.turnId, turn);
      attempt((storage) => storage.setItem(prefix + turn.turnId, JSON.stringify(turn)));
    },
    /** @param {string} turnId */
    remove(turnId) {
      turns.delete(turnId);
      attempt((storage) => storage.removeItem(prefix + turnId));
    },
  };
}
