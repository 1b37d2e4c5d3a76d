// What apps store while they run in a preview: their frames have no storage of their own.
// It is kept here, for each project by itself, in IndexedDB. Each key is a record of its
// own there: two tabs of one project do not take away what the other one has stored, and
// what is stored last is written even while the page goes away, since nothing is read first.

const LARGEST = 5 << 20; // characters of the keys and values of an area
const PAUSE = 250; // ms between a change and its writing
const AREAS = ["local", "session", "cookie"];
const KEPT = ["local", "cookie"]; // `session` lasts as long as the preview

/** @typedef {Record<string, Record<string, string>>} Snapshot by area and key */

/**
 * One area, and what of it is to be written: the value of each key, null for one that was removed.
 *
 * @typedef {{items: Map<string, string>, size: number, cleared: boolean, pending: Map<string, string | null>}} Area
 */

/**
 * Opens what an app has stored.
 *
 * @param {string | undefined} name whose app it is, such as a project's id; none: nothing outlasts the preview
 * @param {string} [database]
 */
export async function openAppStorage(name, database = "dreambuild-previews") {
  /** @type {Map<string, Area>} */
  const areas = new Map(AREAS.map((area) => [area, { items: new Map(), size: 0, cleared: false, pending: new Map() }]));
  /** @type {IDBDatabase | null} */
  let db = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  if (name !== undefined) {
    try {
      db = await openDatabase(database);
      const store = db.transaction("items").objectStore("items");
      const [keys, values] = await Promise.all([settled(store.getAllKeys(below(name))), settled(store.getAll(below(name)))]);
      for (const [i, id] of keys.entries()) {
        const [, area, key] = /** @type {string[]} */ (id);
        const of = areas.get(area);
        if (of && !put(of, key, values[i])) remember(of, key, null); // two tabs have stored more than one may
      }
    } catch (error) {
      console.warn("What the app stores will not outlast the preview.", error); // a private window, as some browsers have it
    }
  }

  /** @param {Area} area @param {string} key @param {string | null} value */
  function remember(area, key, value) {
    if (db) area.pending.set(key, value);
    timer ??= setTimeout(write, PAUSE);
  }

  function write() {
    clearTimeout(timer);
    timer = undefined;
    if (!db || name === undefined) return;
    const store = db.transaction("items", "readwrite").objectStore("items");
    for (const [area, of] of areas) {
      if (KEPT.includes(area)) {
        if (of.cleared) store.delete(below(name, area));
        for (const [key, value] of of.pending) value === null ? store.delete([name, area, key]) : store.put(value, [name, area, key]);
      }
      of.cleared = false;
      of.pending.clear();
    }
  }

  const onHide = () => timer !== undefined && write();
  globalThis.addEventListener?.("pagehide", onHide);

  return {
    /** @returns {Snapshot} */
    snapshot: () => Object.fromEntries([...areas].map(([area, { items }]) => [area, Object.fromEntries(items)])),

    /**
     * @param {string[]} cleared areas
     * @param {[area: string, key: string, value: string | null][]} changes
     */
    change(cleared, changes) {
      for (const area of cleared) {
        const of = areas.get(area);
        if (!of) continue;
        of.items.clear();
        of.pending.clear();
        of.size = 0;
        of.cleared = true;
        timer ??= setTimeout(write, PAUSE);
      }
      for (const [area, key, value] of changes) {
        const of = areas.get(area);
        if (of && put(of, key, value)) remember(of, key, value);
      }
    },

    close() {
      if (timer !== undefined) write();
      globalThis.removeEventListener?.("pagehide", onHide);
      db?.close(); // once its transactions are done
    },
  };
}

/**
 * Changes an item, and reports whether it is to be written: a key that is not here another
 * tab may have. What is too large the app's own storage has refused.
 *
 * @param {Area} area @param {string} key @param {string | null} value null: it is removed
 */
function put(area, key, value) {
  const before = area.items.get(key);
  const grown = (value === null ? 0 : key.length + value.length) - (before === undefined ? 0 : key.length + before.length);
  if (area.size + grown > LARGEST) return false;
  area.size += grown;
  if (value === null) area.items.delete(key);
  else area.items.set(key, value);
  return true;
}

/** The ids of all records that begin so: in IndexedDB an array is more than any text. @param {string[]} begin */
const below = (...begin) => IDBKeyRange.bound(begin, [...begin, []]);

/** @param {string} name @returns {Promise<IDBDatabase>} */
function openDatabase(name) {
  const opening = indexedDB.open(name, 2);
  opening.onupgradeneeded = () => {
    const { result } = opening;
    for (const store of [...result.objectStoreNames]) result.deleteObjectStore(store);
    result.createObjectStore("items");
  };
  return new Promise((resolve, reject) => {
    opening.onblocked = () => reject(new Error("Another tab has an older version open."));
    void settled(opening).then(resolve, reject);
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
