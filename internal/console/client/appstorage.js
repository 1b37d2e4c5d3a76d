// What apps store while they run in a preview: their frames have no storage of their own.
// It is kept here, for each project by itself, in IndexedDB.

const LARGEST = 5 << 20; // characters of an app's keys and values
const PAUSE = 250; // ms between a change and its writing
const AREAS = ["local", "session", "cookie"];
const KEPT = ["local", "cookie"]; // `session` lasts as long as the preview

/** @typedef {Record<string, Record<string, string>>} Snapshot by area and key */

/**
 * Opens what an app has stored.
 *
 * @param {string | undefined} name whose app it is, such as a project's id; none: nothing outlasts the preview
 * @param {string} [database]
 */
export async function openAppStorage(name, database = "dreambuild-previews") {
  /** @type {Map<string, Map<string, string>>} */
  const areas = new Map(AREAS.map((area) => [area, new Map()]));
  /** @type {IDBDatabase | null} */
  let db = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let size = 0;
  if (name !== undefined) {
    try {
      db = await openDatabase(database);
      const kept = await settled(db.transaction("apps").objectStore("apps").get(name));
      for (const area of KEPT) for (const [key, value] of kept?.[area] ?? []) set(area, key, value);
    } catch (error) {
      console.warn("What the app stores will not outlast the preview.", error); // a private window, as some browsers have it
    }
  }

  /** @param {string} area @param {string} key @param {string | null} value */
  function set(area, key, value) {
    const items = /** @type {Map<string, string>} */ (areas.get(area));
    const before = items.get(key);
    const grown = (value === null ? 0 : key.length + value.length) - (before === undefined ? 0 : key.length + before.length);
    if (size + grown > LARGEST) return; // the app's own storage has refused it
    size += grown;
    if (value === null) items.delete(key);
    else items.set(key, value);
  }

  function write() {
    clearTimeout(timer);
    timer = undefined;
    if (!db || name === undefined) return;
    const record = Object.fromEntries(KEPT.map((area) => [area, [...(areas.get(area) ?? [])]]));
    db.transaction("apps", "readwrite").objectStore("apps").put(record, name);
  }

  const onHide = () => timer !== undefined && write();
  globalThis.addEventListener?.("pagehide", onHide);

  return {
    /** @returns {Snapshot} */
    snapshot: () => Object.fromEntries([...areas].map(([area, items]) => [area, Object.fromEntries(items)])),

    /**
     * @param {string[]} cleared areas
     * @param {[area: string, key: string, value: string | null][]} changes
     */
    change(cleared, changes) {
      for (const area of cleared) for (const key of [...(areas.get(area)?.keys() ?? [])]) set(area, key, null);
      for (const [area, key, value] of changes) if (areas.has(area)) set(area, key, value);
      timer ??= setTimeout(write, PAUSE);
    },

    close() {
      if (timer !== undefined) write();
      globalThis.removeEventListener?.("pagehide", onHide);
      db?.close(); // once its transactions are done
    },
  };
}

/** @param {string} name @returns {Promise<IDBDatabase>} */
function openDatabase(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("apps");
  return settled(opening);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
