// Turns that survive a broken connection and a reload: each is written down
// before it is sent, and read on from where it broke off, until the backend has
// said how it ended. Its turnId makes it count once, however often it is sent.

import { tell } from "./saves.js";

/** @typedef {import("./models.js").Call} Call */

/**
 * A function's name and data in, its messages to `onMessage`, its result out.
 * `fromFirebase` makes one of the SDK.
 *
 * @typedef {(name: string, data: any, onMessage: (message: any) => void, signal: AbortSignal) => Promise<any>} Stream
 */

/**
 * A turn whose end this tab has not heard yet.
 *
 * @typedef {Object} Pending
 * @property {string} uid whose it is
 * @property {string} turnId
 * @property {string | null} projectId null: a new project, whose id `projectIdOf(uid, turnId)` is
 * @property {string} prompt
 * @property {string | null} continues
 * @property {number} startedAt in ms since 1970
 */

/**
 * What is said of a turn besides its text.
 *
 * @typedef {{type: "accepted", turnId: string, projectId: string}
 *   | {type: "status", phase: "queued" | "loading" | "prefill" | "retrying" | "reconnecting", progress?: number, position?: number}
 *   | {type: "source", source: string, generatedBy: string}
 *   | {type: "file", path: string, state: "open" | "done"}
 *   | {type: "notice", text: string}} Status
 */

/**
 * @typedef {Object} ReadOptions
 * @property {(text: string, whole: string) => void} [onText] hears each new piece
 *   of the text, and all of it so far. When a server died, its last words may be
 *   lost: then the piece is empty, and the whole shorter than before. So
 *   `(_, whole) => (pre.textContent = whole)` is always right
 * @property {(status: Status) => void} [onStatus]
 * @property {AbortSignal} [signal] ends the reading, not the turn, which stays
 *   pending: `cancel` ends it
 */

// After this long without a message the connection is made anew: it may be dead
// without anybody having told this browser.
const QUIET = 60_000;

// Between two tries, in ms; and how many may fail in a row, unless offline.
const [FIRST, LONGEST, TRIES] = [250, 10_000, 12];

// The backend says that it could not look; the turn may go on.
const PASSING = ["turn-continues", "shutting-down", "store-unavailable", "keys-unavailable"];

// Without a reason it was not the backend that spoke, or not of the turn. The
// SDK says "internal" when there is no network.
const UNREACHED = ["unavailable", "internal", "deadline-exceeded", "unknown", "cancelled", "aborted", "resource-exhausted", ""];

// What a turn is that never arrived.
const ABSENT = ["no-such-turn", "no-such-project"];

const STALE = new Error("The connection may be dead.");

/**
 * Opens the turns of this tab.
 *
 * @param {Object} options
 * @param {Call} options.call
 * @param {Stream} options.stream
 * @param {() => string | null | undefined} options.uid of who is signed in
 * @param {Storage} [options.storage] where pending turns are kept: the tab's own
 */
export function openTurns({ call, stream, uid, storage }) {
  const kept = openShelf(storage);
  /** @type {Set<string>} the turns that are being read here */
  const reading = new Set();

  /** @param {string} owner */
  function check(owner) {
    if (uid() !== owner) throw Object.assign(new Error("Sign in as whoever has asked this."), { code: "unauthenticated" });
  }

  /**
   * Reads a turn to its end.
   *
   * @param {Pick<Pending, "uid" | "turnId"> & Partial<Pending>} turn
   * @param {"generateCode" | "resumeTurn"} name what is called first
   * @param {ReadOptions} options
   */
  async function read({ uid: owner, turnId, projectId, prompt, continues }, name, { onText, onStatus, signal }) {
    let whole = "";
    /** @type {string | undefined} */
    let cursor;
    let [accepted, heard, tries] = [false, false, 0];
    const told = new Set();

    /** @param {any} message */
    const hear = (message) => {
      if (message?.type === "text") {
        [whole, cursor, heard] = [whole + message.text, message.cursor, true];
        return tell(() => onText?.(message.text, whole));
      }
      if (message?.type === "accepted") accepted = true;
      if (["accepted", "notice"].includes(message?.type)) {
        const key = JSON.stringify(message);
        if (told.has(key)) return; // every resume says these again
        told.add(key);
      } else if (!["status", "source", "file"].includes(message?.type)) return;
      tell(() => onStatus?.(message));
    };

    for (;;) {
      const begun = Date.now();
      heard = false;
      try {
        signal?.throwIfAborted();
        check(owner);
        const data = name === "generateCode" ? { prompt, projectId, turnId, continues } : { turnId, projectId, cursor };
        const result = await connect(stream, name, present(data), hear, signal);
        kept.remove(turnId);
        return result;
      } catch (/** @type {any} */ error) {
        signal?.throwIfAborted();
        const { code, reason } = about(error);
        if (name === "resumeTurn" && ABSENT.includes(reason) && !accepted && prompt) {
          name = "generateCode";
          continue;
        }
        if (error !== STALE && !passes(error)) {
          if (code !== "unauthenticated") kept.remove(turnId);
          const stored = cutBack(whole, error?.details?.length);
          if (stored !== whole) tell(() => onText?.("", stored));
          throw error;
        }
        name = "resumeTurn";
        if (heard || Date.now() - begun > LONGEST) tries = 0;
        if (error === STALE) continue;
        if (reason === "turn-continues" && tries === 0) {
          tries++; // the next one waits, if this goes on without a word
          continue;
        }
        tell(() => onStatus?.({ type: "status", phase: "reconnecting" }));
        await again(error, tries++, signal);
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
   * The turns of whoever is signed in whose end this tab has not heard, the
   * oldest first. Resume them when the user is known.
   */
  const pending = () => kept.all().filter((turn) => turn.uid === uid());

  return {
    /**
     * Asks the backend for an app, and answers its turn result, however often
     * the connection breaks. It fails with the backend's error when the turn has
     * ended in one; if the backend could not be asked about it any more, the
     * turn stays pending, to be resumed.
     *
     * @param {string} prompt
     * @param {ReadOptions & {projectId?: string, turnId?: string, continues?: string}} [options]
     *   projectId: the project to change, or else a new one; turnId: the same one
     *   again gives the same answer; continues: a turn to go on with
     * @returns {Promise<any>}
     */
    async generate(prompt, { projectId, turnId = crypto.randomUUID(), continues, ...options } = {}) {
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      options.signal?.throwIfAborted();
      /** @type {Pending} */
      const turn = { uid: owner, turnId, projectId: projectId ?? null, prompt, continues: continues ?? null, startedAt: Date.now() };
      kept.put(turn);
      return follow(turn, "generateCode", options);
    },

    /**
     * Goes on with a turn after a reload, or after its reader has left. Its text
     * comes from the start.
     *
     * @param {string} turnId one of `pending`, or any other, by its `projectId`
     * @param {ReadOptions & {projectId?: string}} [options]
     * @returns {Promise<any>} as `generate` does
     */
    async resume(turnId, { projectId, ...options } = {}) {
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      return follow(kept.get(turnId) ?? { uid: owner, turnId, projectId }, "resumeTurn", options);
    },

    pending,

    /**
     * Ends a turn. What it has said so far is kept, and is no version of the
     * project: whoever reads it gets a result that is `cancelled`.
     *
     * @param {string} [turnId] the latest that is pending
     * @param {string} [projectId] of a turn that is not pending here
     * @returns {Promise<{state: string, cancelRequested?: boolean}>} what is stored; still `running` at times
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
          if (!passes(error)) throw error;
          await again(error, tries);
        }
      }
    },
  };
}

/**
 * Reads one connection to its end, unless the reader leaves, or it has to be
 * made anew: when it is quiet for long, and when the network is another.
 *
 * @param {Stream} stream
 * @param {string} name
 * @param {any} data
 * @param {(message: any) => void} hear
 * @param {AbortSignal} [signal]
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

/** @param {any} error */
const about = (error) => ({ code: String(error?.code ?? "").replace(/^functions\//, ""), reason: error?.details?.reason });

/** Whether an error leaves open how the turn ends. @param {unknown} error */
function passes(error) {
  const { code, reason } = about(error);
  return reason ? PASSING.includes(reason) : UNREACHED.includes(code);
}

/**
 * Waits before the next try: longer each time, not at the same time as others
 * do, and no longer than until the network is back. It fails with the error when
 * there were tries enough.
 *
 * @param {unknown} error
 * @param {number} tries
 * @param {AbortSignal} [signal]
 */
async function again(error, tries, signal) {
  if (tries >= TRIES && globalThis.navigator?.onLine !== false) throw error;
  await /** @type {Promise<void>} */ (new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", end);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(FIRST * 2 ** tries, LONGEST) * (0.5 + Math.random() / 2));
    globalThis.addEventListener?.("online", end);
    signal?.addEventListener("abort", end);
  }));
  signal?.throwIfAborted();
}

/**
 * The text that fits into so many bytes of UTF-8, in whole characters.
 *
 * @param {string} text
 * @param {unknown} length in bytes; if it is no number, nothing is cut
 */
function cutBack(text, length) {
  const bytes = new TextEncoder().encode(text);
  if (typeof length !== "number" || length >= bytes.length) return text;
  // As of a stream, so that half a character at the end is left out.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length), { stream: true });
}

/** What of it is there: the SDK sends null for undefined, which the backend refuses. @param {Record<string, unknown>} data */
const present = (data) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined && value !== null));

/**
 * Keeps pending turns in a storage. Where a browser has none, or no room in it,
 * they are kept as long as the page.
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
