// Saves that survive being offline. Each save is stored in the browser before it is
// sent, and is sent until the backend has answered. Its turnId makes it count once,
// however often it is sent.

import { about, after, verdict } from "./retry.js";

/** @typedef {import("./models.js").Call} Call */
/** @typedef {import("./api.js").SaveProjectRequest} SaveProjectRequest */
/** @typedef {import("./api.js").TurnResult} TurnResult */

/**
 * A request of saveProject. Without a turnId it gets a new one.
 *
 * @typedef {SaveProjectRequest & {source: "browser" | "edit"}} Save
 */

/**
 * @typedef {Object} SaveOptions
 * @property {(error: any) => boolean} [keeps] whether a save that the backend refuses is
 *   kept. If not, it is forgotten without a word to `onRefused`, and `save` rejects. One
 *   that is queued and refused later is kept
 */

/**
 * A save that the backend has not stored yet.
 *
 * @typedef {Object} Waiting
 * @property {number} [key] counts up in the order of saving
 * @property {string} uid of its user
 * @property {string} turnId
 * @property {Save} request
 * @property {{code: string, message: string, details?: any}} [refused] the backend's error, if it refuses this save: `retry` or `discard` it
 */

/**
 * The answer while the backend cannot be reached.
 *
 * @typedef {{queued: true, turnId: string, projectId: string}} Queued
 */

/** @typedef {{result?: TurnResult | Queued, error?: any}} Outcome */

const LONGEST = 60_000; // ms between two tries

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
export function openSaves({ call, uid, onSaved, onRefused, database = "dreambuild" }) {
  const db = openDatabase(database);
  let tries = 0; // in a row that left something waiting
  /** @type {Map<string, NonNullable<SaveOptions["keeps"]>>} of the saves that somebody awaits, by turnId */
  const awaited = new Map();
  /** @type {unknown} */
  let failure; // of the last save that has to wait
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const flushNow = () => void flush().catch(() => {}); // the timer, or the next save, tries again
  globalThis.addEventListener?.("online", flushNow);

  /**
   * Sends the saves that wait: one tab at a time, and those of a project in their
   * order, since one may build on another.
   *
   * @returns {Promise<Map<string, Outcome>>} each one's outcome, by turnId
   */
  function flush() {
    clearTimeout(timer);
    failure = undefined;
    return navigator.locks.request(`dreambuild/saves/${database}`, async () => {
      /** @type {Map<string, Outcome>} */
      const outcomes = new Map();
      const held = new Set(); // projects with a save that has to wait
      let reached = true;
      try {
        for (const waiting of await all(await db)) {
          if (waiting.refused || waiting.uid !== uid()) continue;
          const { turnId } = waiting;
          const projectId = waiting.request.projectId ?? (await projectIdOf(waiting.uid, turnId));
          /** @type {Outcome & {reached?: boolean}} */
          const outcome = reached && !held.has(projectId) ? await send(waiting) : {};
          reached &&= outcome.reached !== false;
          if (!outcome.result && !outcome.error) {
            held.add(projectId);
            outcome.result = { queued: true, turnId, projectId };
          }
          outcomes.set(turnId, outcome);
        }
      } catch (error) {
        held.add(error);
        throw error;
      } finally {
        if (held.size > 0) timer = setTimeout(flushNow, after(failure, tries++, LONGEST));
        else tries = 0;
      }
      return outcomes;
    });
  }

  /**
   * Sends one save. An outcome without result and error: it has to wait.
   *
   * @param {Waiting} waiting
   * @returns {Promise<Outcome & {reached?: boolean}>}
   */
  async function send(waiting) {
    if (waiting.uid !== uid()) return { reached: false };
    let result;
    try {
      result = await call("saveProject", waiting.request);
    } catch (/** @type {any} */ error) {
      const what = verdict(error);
      failure = error;
      if (what === "retry" || what === "sign-in") return { reached: false };
      if (what === "wait") return {}; // other projects' saves need not
      if (awaited.get(waiting.turnId)?.(error) === false) {
        await forget(await db, waiting);
        return { error };
      }
      waiting.refused = { code: about(error).code, message: error.message, details: error.details };
      await keep(await db, waiting);
      tell(() => onRefused?.(waiting));
      return { error };
    }
    await forget(await db, waiting);
    tell(() => onSaved?.(waiting, result));
    return { result };
  }

  /** Drops a save. @param {string} turnId */
  async function discard(turnId) {
    for (const waiting of await all(await db)) {
      if (waiting.turnId === turnId) await forget(await db, waiting);
    }
  }

  return {
    /**
     * Saves a project. It resolves to the backend's turn result, or to a `Queued`
     * while the backend cannot be reached. It rejects if the backend refuses the
     * save, which is kept then, unless `keeps` says no: see `waiting`.
     *
     * @param {Save} save
     * @param {SaveOptions} [options]
     * @returns {Promise<TurnResult | Queued>}
     */
    async save(save, { keeps = () => true } = {}) {
      const turnId = save.turnId ?? crypto.randomUUID();
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      const body = JSON.parse(JSON.stringify({ ...save, turnId })); // without undefined fields
      awaited.set(turnId, keeps);
      try {
        await keep(await db, { uid: owner, turnId, request: body });
        const outcome = (await flush()).get(turnId);
        if (outcome?.error) throw outcome.error;
        if (outcome?.result) return outcome.result;
      } finally {
        awaited.delete(turnId);
      }
      // Another tab has sent it: the same turn gives the same answer again. Or
      // another user has signed in meanwhile, and the save waits for its owner.
      if (uid() !== owner) return { queued: true, turnId, projectId: body.projectId ?? (await projectIdOf(owner, turnId)) };
      try {
        return await call("saveProject", body);
      } catch (error) {
        if (verdict(error) === "give-up" && !keeps(error)) await discard(turnId); // the other tab has kept it
        throw error;
      }
    },

    /** Sends the saves that wait. Call it when a user has signed in. */
    flush,

    /** The signed-in user's saves that wait or were refused, the oldest first. */
    async waiting() {
      return (await all(await db)).filter((w) => w.uid === uid());
    },

    /** Sends a refused save again. @param {string} turnId */
    async retry(turnId) {
      for (const waiting of await all(await db)) {
        if (waiting.turnId === turnId) await keep(await db, { ...waiting, refused: undefined });
      }
      await flush();
    },

    discard,

    async close() {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", flushNow);
      (await db).close();
    },
  };
}

/** Calls an app's listener. Its errors stop neither saves nor turns. @param {() => void} listener */
export function tell(listener) {
  try {
    listener();
  } catch (error) {
    console.error(error);
  }
}

/**
 * The id of a new project. The backend derives it from the project's first turn, so
 * an app can continue with the project before its first save is sent.
 *
 * @param {string} uid
 * @param {string} turnId
 */
export async function projectIdOf(uid, turnId) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${uid}\0${turnId}`)));
  let [id, bits, value] = ["", 0, 0];
  for (const byte of hash) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) id += "abcdefghijklmnopqrstuvwxyz234567"[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return id.slice(0, 20);
}

/** @param {string} name @returns {Promise<IDBDatabase>} */
function openDatabase(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("saves", { keyPath: "key", autoIncrement: true });
  return settled(opening);
}

/** @param {IDBDatabase} db @returns {Promise<Waiting[]>} */
const all = (db) => settled(db.transaction("saves").objectStore("saves").getAll());

/** Resolves when the save is on disk. @param {IDBDatabase} db @param {Waiting} waiting */
const keep = (db, waiting) => committed(db, (store) => store.put(waiting));

/** @param {IDBDatabase} db @param {Waiting} waiting */
const forget = (db, waiting) => committed(db, (store) => store.delete(/** @type {number} */ (waiting.key)));

/** @param {IDBDatabase} db @param {(store: IDBObjectStore) => void} change */
function committed(db, change) {
  return /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    const transaction = db.transaction("saves", "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    change(transaction.objectStore("saves"));
  }));
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
