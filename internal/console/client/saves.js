// Saves that survive being offline: each is written down before it is sent, and
// sent until the backend has answered. Its turnId makes it count once, however
// often it is sent.

/** @typedef {import("./models.js").Call} Call */

/**
 * A request of saveProject, or what of it is known before it was sent.
 *
 * @typedef {Object} Save
 * @property {string} [turnId] none: a new one
 * @property {string} [projectId] none: a new project
 * @property {string} [name]
 * @property {string} [prompt]
 * @property {string} [reply] a model's text; or else files
 * @property {{path: string, content: string}[]} [files]
 * @property {string} generatedBy
 * @property {"browser" | "edit"} source
 */

/**
 * One that waits.
 *
 * @typedef {Object} Waiting
 * @property {number} [key] in the order of saving
 * @property {string} uid whose it is
 * @property {string} turnId
 * @property {Save} request
 * @property {{code: string, message: string, details?: any}} [refused] the backend's answer, if it will not have it: `retry` or `discard` it
 */

/** @typedef {{result?: any, error?: any}} Outcome */

// What says that the backend was not reached, or not as this user. The SDK says
// "internal" when there is no network.
const UNREACHED = ["unavailable", "internal", "deadline-exceeded", "unknown", "cancelled", "unauthenticated", ""];

// What passes, for this save. Everything else the backend has refused for good.
const PASSING = ["aborted", "resource-exhausted"];

/**
 * Opens the queue of this browser.
 *
 * @param {Object} options
 * @param {Call} options.call
 * @param {() => string | null | undefined} options.uid of who is signed in
 * @param {(waiting: Waiting, result: any) => void} [options.onSaved] hears of each that was sent, also from an earlier visit
 * @param {(waiting: Waiting) => void} [options.onRefused]
 * @param {string} [options.database] its name in IndexedDB
 */
export function openSaves({ call, uid, onSaved, onRefused, database = "dreambuild" }) {
  const db = openDatabase(database);
  let delay = 1000;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const flushNow = () => void flush().catch(() => {}); // the timer, or the next save, tries again
  globalThis.addEventListener?.("online", flushNow);

  /**
   * Sends what waits, one tab at a time, and each project's saves in their
   * order, since one may build on another. Says what became of each.
   *
   * @returns {Promise<Map<string, Outcome>>} by turnId
   */
  function flush() {
    clearTimeout(timer);
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
        if (held.size > 0) timer = setTimeout(flushNow, delay);
        delay = held.size > 0 ? Math.min(delay * 2, 60_000) : 1000;
      }
      return outcomes;
    });
  }

  /**
   * Sends one. Neither result nor error: it has to wait.
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
      const code = String(error?.code ?? "").replace(/^functions\//, "");
      if (UNREACHED.includes(code)) return { reached: false };
      if (PASSING.includes(code)) return {};
      waiting.refused = { code, message: error.message, details: error.details };
      await keep(await db, waiting);
      tell(() => onRefused?.(waiting));
      return { error };
    }
    await forget(await db, waiting);
    tell(() => onSaved?.(waiting, result));
    return { result };
  }

  return {
    /**
     * Saves a project. What it answers is the backend's turn result, or, while
     * there is no way to reach it, `{queued: true, turnId, projectId}`.
     *
     * @param {Save} save
     */
    async save({ turnId = crypto.randomUUID(), ...request }) {
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      // Undefined fields would come back as null from JSON.
      const body = JSON.parse(JSON.stringify({ ...request, turnId }));
      await keep(await db, { uid: owner, turnId, request: body });
      const outcome = (await flush()).get(turnId);
      if (outcome?.error) throw outcome.error;
      if (outcome) return outcome.result;
      // Another tab has sent it: the same turn answers the same again. Or else
      // somebody else has signed in meanwhile, and it waits for its owner.
      if (uid() === owner) return call("saveProject", body);
      return { queued: true, turnId, projectId: body.projectId ?? (await projectIdOf(owner, turnId)) };
    },

    /** Sends what waits. Call it when a user has signed in. */
    flush,

    /** What waits, of whoever is signed in. */
    async waiting() {
      return (await all(await db)).filter((w) => w.uid === uid());
    },

    /** Tries one again that was refused. @param {string} turnId */
    async retry(turnId) {
      for (const waiting of await all(await db)) {
        if (waiting.turnId === turnId) await keep(await db, { ...waiting, refused: undefined });
      }
      await flush();
    },

    /** Forgets one. @param {string} turnId */
    async discard(turnId) {
      for (const waiting of await all(await db)) {
        if (waiting.turnId === turnId) await forget(await db, waiting);
      }
    },

    async close() {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", flushNow);
      (await db).close();
    },
  };
}

/** An app's listener must not keep saves from being sent, nor turns from being read. @param {() => void} listener */
export function tell(listener) {
  try {
    listener();
  } catch (error) {
    console.error(error);
  }
}

/**
 * The id that a new project gets, which the backend derives from its first turn:
 * so work can go on before the first save was sent.
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

/** Resolves when it is on disk. @param {IDBDatabase} db @param {Waiting} waiting */
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
