// Models in the browser: list, download, use and delete them.
//
// Every byte, wherever it came from, is verified against the published manifest
// before anything can use it. A second load needs no network.

import { bytesOf, Links } from "./download.js";
import { ModelError } from "./errors.js";
import { about, after, exhausted, pause, TRIES, verdict } from "./retry.js";
import { room, Shelf, stored, sweep } from "./shelf.js";

/** @typedef {import("./shelf.js").Manifest} Manifest */
/** @typedef {import("./download.js").ModelFile} ModelFile */

/** @typedef {import("./api.js").FunctionName} FunctionName */
/** @typedef {import("./api.js").ListedModel} ListedModel */

/**
 * How the library reaches the backend: it calls a function by its name and
 * resolves to the result. `fromFirebase` makes one of the SDK.
 *
 * @typedef {(name: FunctionName, data: any) => Promise<any>} Call
 */

/**
 * How far a load is.
 *
 * @typedef {Object} Progress
 * @property {"waiting" | "downloading" | "offline" | "ready"} phase
 *   `waiting`: another tab downloads, and the figures are those of that tab
 * @property {number} loaded bytes, including those of earlier loads
 * @property {number} total bytes
 * @property {number} bytesPerSecond over the last five seconds
 * @property {number | null} secondsLeft null: unknown
 * @property {number} filesDone
 * @property {number} files
 */

/**
 * @typedef {Object} LoadOptions
 * @property {string} [revision] none: the revision that is complete here, else the backend's current one
 * @property {(progress: Progress) => void} [onProgress]
 * @property {AbortSignal} [signal] pauses: the bytes so far are kept, and the next load continues
 */

/**
 * A model as `list` shows it: what the backend offers, and which of its revisions
 * the browser has.
 *
 * @typedef {ListedModel & {downloaded: string | null, partial: string | null}} LocalModel
 */

/**
 * A revision that the browser has.
 *
 * @typedef {Pick<Manifest, "modelId" | "revision" | "name" | "engine"> & {complete: boolean, bytes: number}} StoredModel
 */

const PARALLEL = 4;

/**
 * Opens the models of a backend.
 *
 * @param {{call: Call, mirrors?: boolean}} options mirrors: whether to try the public mirrors that a model names first; the default is true
 */
export function openModels({ call, mirrors = true }) {
  return {
    /**
     * The models that the backend offers, each with the revision that the browser
     * has: `downloaded` is complete, `partial` is not. `stored` works offline.
     *
     * @returns {Promise<LocalModel[]>}
     */
    async list() {
      const here = await shelves();
      const { models } = await call("listModels", {});
      return models.map((/** @type {ListedModel} */ model) => {
        const own = here.filter(({ shelf }) => shelf.manifest.modelId === model.modelId);
        return {
          ...model,
          downloaded: own.find((h) => h.complete)?.shelf.manifest.revision ?? null,
          partial: own.find((h) => !h.complete)?.shelf.manifest.revision ?? null,
        };
      });
    },

    /** The revisions that the browser has. It needs no network. @returns {Promise<StoredModel[]>} */
    async stored() {
      return (await shelves()).map(({ shelf: { manifest }, complete }) => ({
        modelId: manifest.modelId, revision: manifest.revision, name: manifest.name, engine: manifest.engine, complete,
        bytes: manifest.files.reduce((sum, f) => sum + f.size, 0),
      }));
    },

    /**
     * Downloads a model unless the browser has it. After an error or a reload, the
     * next load continues where the last one ended. Of each model one revision is
     * kept: the last one that was loaded completely.
     *
     * @param {string} modelId
     * @param {LoadOptions} [options]
     * @returns {Promise<Model>}
     * @throws {ModelError} or the reason that the signal was aborted with
     */
    async loadModel(modelId, options = {}) {
      if (!globalThis.caches || !globalThis.navigator?.locks) {
        throw new ModelError("unsupported", "Only pages with https, or on localhost, can store models.");
      }
      const signal = options.signal ?? new AbortController().signal;
      signal.throwIfAborted();
      const here = await shelvesOf(modelId);
      if (here.length === 1 && (await isWhole(here[0], options.revision))) return ready(here[0], options);
      const lock = lockName(modelId);
      const model = await navigator.locks.request(lock, { ifAvailable: true }, async (free) => free && (await load(modelId, options, signal)));
      if (model) return model;
      const watched = watch(lock, options);
      return navigator.locks.request(lock, { signal }, () => {
        watched.close();
        return load(modelId, options, signal);
      }).finally(() => watched.close());
    },

    /**
     * Deletes a model from the browser. It fails with `busy` while a tab downloads or
     * starts the model.
     *
     * @param {string} modelId
     */
    async deleteModel(modelId) {
      await navigator.locks.request(lockName(modelId), { ifAvailable: true }, async (free) => {
        if (!free) throw new ModelError("busy", "This model is being downloaded or started. Wait for the end, or pause the download, in every tab.");
        for (const shelf of await shelvesOf(modelId)) await shelf.remove();
        await sweep(new URL(`/models/${modelId}/resolve/`, location.origin).href); // files that engines fetched by themselves
      });
    },
  };

  /**
   * @param {string} modelId
   * @param {LoadOptions} options
   * @param {AbortSignal} signal
   */
  async function load(modelId, options, signal) {
    const here = await shelvesOf(modelId);
    for (const shelf of here.reverse()) { // the tab that we waited for may have loaded it
      if (await isWhole(shelf, options.revision)) return settle(shelf, options);
    }
    const granted = await patiently(() => call("grantModel", { modelId, revision: options.revision }), signal);
    const manifest = accept(granted, modelId);
    for (const other of here) { // nobody will continue these
      if (other.manifest.revision !== manifest.revision && !(await other.complete())) await other.remove();
    }
    const shelf = await Shelf.make(manifest);
    const report = reporter(shelf, await shelf.sizes(), options);
    const stop = new AbortController();
    const pause = () => stop.abort(signal.reason);
    signal.addEventListener("abort", pause);
    try {
      await checkRoom(report.missing());
      await navigator.storage?.persist?.().catch(() => false); // the browser may refuse
      const links = new Links(granted.files, async (path) => {
        const { files } = await patiently(() => call("grantModel", { modelId, revision: manifest.revision, paths: report.paths(path) }), stop.signal);
        return files;
      }, mirrors ? manifest.mirrors : []);
      for (const batch of shelf.order()) {
        const queue = batch.filter((f) => !report.done(f));
        await all(Array.from({ length: PARALLEL }, async () => {
          for (let file = queue.shift(); file; file = queue.shift()) await fetchFile(shelf, file, links, report, stop.signal);
        }), stop);
      }
    } finally {
      signal.removeEventListener("abort", pause);
      report.end();
    }
    if (!(await shelf.complete())) throw new ModelError("busy", "Parts of this model were deleted during the download: load it again.");
    return settle(shelf, options);
  }
}

/** Deletes the model's other revisions. @param {Shelf} shelf @param {LoadOptions} options */
async function settle(shelf, options) {
  const { modelId, revision } = shelf.manifest;
  for (const other of await shelvesOf(modelId)) {
    if (other.manifest.revision !== revision) await other.remove();
  }
  return ready(shelf, options);
}

/** @param {Shelf} shelf @param {LoadOptions} options */
function ready(shelf, options) {
  const { files } = shelf.manifest;
  const total = files.reduce((sum, f) => sum + f.size, 0);
  options.onProgress?.({ phase: "ready", loaded: total, total, bytesPerSecond: 0, secondsLeft: 0, filesDone: files.length, files: files.length });
  return modelOf(shelf);
}

/**
 * Downloads one file. If its bytes are wrong, they are dropped and fetched once more
 * from the bucket itself. Other files still come from the mirrors that did not send it.
 *
 * @param {Shelf} shelf
 * @param {ModelFile} file
 * @param {Links} links
 * @param {ReturnType<typeof reporter>} report
 * @param {AbortSignal} signal
 */
async function fetchFile(shelf, file, links, report, signal) {
  for (let again = false; ; again = true) {
    try {
      await shelf.fill(file, (from) => bytesOf(file, from, links, signal, report.online), (bytes) => report.add(file, bytes));
      return report.finish(file);
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== "integrity" || again) throw error;
      await shelf.forget(file.path);
      links.distrust(file.path);
      report.restart(file);
    }
  }
}

/**
 * Waits for all. The first failure stops the others; it is thrown when they have
 * stored the bytes that they hold.
 *
 * @param {Promise<void>[]} work
 * @param {AbortController} stop
 */
async function all(work, stop) {
  /** @type {{error: unknown} | undefined} */
  let first;
  await Promise.all(work.map((w) => w.catch((error) => {
    first ??= { error };
    stop.abort(error);
  })));
  if (first) throw first.error;
}

/** @param {string} modelId */
const lockName = (modelId) => `dreambuild/models/${modelId}`;

/** @param {string} modelId */
async function shelvesOf(modelId) {
  const revisions = (await stored()).filter(([id]) => id === modelId);
  const found = await Promise.all(revisions.map(([id, revision]) => Shelf.find(id, revision)));
  return found.filter((s) => s !== null);
}

async function shelves() {
  const ids = new Set((await stored()).map(([id]) => id));
  const found = (await Promise.all([...ids].map(shelvesOf))).flat();
  return Promise.all(found.map(async (shelf) => ({ shelf, complete: await shelf.complete() })));
}

/** @param {Shelf} shelf @param {string} [revision] none: any */
async function isWhole(shelf, revision) {
  return (revision === undefined || shelf.manifest.revision === revision) && (await shelf.complete());
}

const SAFE_PATH = /^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$/;

/**
 * Reads a grant into a manifest. Paths become names in caches that engines read, so
 * a path that could lead elsewhere is refused.
 *
 * @param {any} granted
 * @param {string} modelId
 * @returns {Manifest}
 */
function accept(granted, modelId) {
  const { revision, engine, files } = granted;
  const baseUrl = new URL(`/models/${modelId}/resolve/${revision}/`, location.origin).href;
  const seen = new Set();
  const good = granted.modelId === modelId && new URL(granted.baseUrl, location.origin).href === baseUrl && Array.isArray(files) && files.length > 0 &&
    files.every(({ path, url, size, sha256 }) =>
      typeof path === "string" && SAFE_PATH.test(path) && path.length <= 512 && !seen.has(path) && seen.add(path) &&
      Number.isSafeInteger(size) && size > 0 && /^[0-9a-f]{64}$/.test(sha256) && /^https?:$/.test(new URL(url).protocol));
  if (!good) throw new ModelError("manifest", `The backend's file list of ${modelId} cannot be used.`);
  return {
    modelId, revision, engine, baseUrl, name: granted.name ?? modelId, entry: granted.entry, contextTokens: granted.contextTokens,
    webllm: granted.webllm, mirrors: granted.mirrors ?? [],
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
  };
}

/** @param {number} needed bytes */
async function checkRoom(needed) {
  const { free } = await room();
  if (needed > free) {
    throw new ModelError("quota", `This model needs ${megabytes(needed)} more, and the browser has room for ${megabytes(free)}.`, { details: { needed, free } });
  }
}

/** @param {number} bytes */
const megabytes = (bytes) => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Asks the backend, and tries again where retry.js says so. It rejects at once when
 * the signal aborts.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
async function patiently(ask, signal) {
  let stop = () => {};
  /** @type {Promise<never>} */
  const aborted = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  aborted.catch(() => {});
  try {
    for (let tries = 0; ; tries++) {
      try {
        signal.throwIfAborted();
        return await Promise.race([ask(), aborted]);
      } catch (/** @type {any} */ error) {
        signal.throwIfAborted();
        const more = { cause: error, details: { code: about(error).code, ...error?.details } };
        if (verdict(error) !== "retry") throw new ModelError("denied", error.message, more);
        if (exhausted(tries + 1, TRIES.grant)) throw new ModelError("network", "The backend does not answer. Try again later.", more);
        await pause(after(error, tries), signal);
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Counts bytes, and reports them to the caller and to other tabs.
 *
 * @param {Shelf} shelf
 * @param {Map<string, number>} sizes the bytes that are here already, by path
 * @param {LoadOptions} options
 */
function reporter(shelf, sizes, options) {
  const { files, modelId } = shelf.manifest;
  const total = files.reduce((sum, f) => sum + f.size, 0);
  const channel = new BroadcastChannel(lockName(modelId));
  const finished = new Set(files.filter((f) => sizes.get(f.path) === f.size));
  let loaded = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let offline = false;
  /** @type {{at: number, loaded: number}[]} the last five seconds */
  const recent = [{ at: performance.now(), loaded }];
  const say = () => {
    const now = performance.now();
    recent.push({ at: now, loaded });
    while (recent.length > 2 && now - recent[0].at > 5000) recent.shift();
    const bytesPerSecond = Math.max(0, ((loaded - recent[0].loaded) / Math.max(1, now - recent[0].at)) * 1000);
    /** @type {Progress} */
    const progress = {
      phase: offline ? "offline" : "downloading", loaded, total, bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (total - loaded) / bytesPerSecond : null, filesDone: finished.size, files: files.length,
    };
    options.onProgress?.(progress);
    channel.postMessage(progress);
  };
  say();
  const timer = setInterval(say, 200);
  return {
    /** @param {ModelFile} file */
    done: (file) => finished.has(file),
    missing: () => total - loaded,
    /** The files that are not here yet, path first. @param {string} path */
    paths: (path) => [path, ...files.filter((f) => !finished.has(f) && f.path !== path).map((f) => f.path)],
    /** @param {ModelFile} file @param {number} bytes */
    add(file, bytes) {
      loaded += bytes;
      sizes.set(file.path, (sizes.get(file.path) ?? 0) + bytes);
    },
    /** @param {ModelFile} file */
    restart(file) {
      loaded -= sizes.get(file.path) ?? 0;
      sizes.set(file.path, 0);
    },
    /** @param {ModelFile} file */
    finish(file) {
      loaded += file.size - (sizes.get(file.path) ?? 0);
      sizes.set(file.path, file.size);
      finished.add(file);
    },
    /** @param {boolean} yes */
    online(yes) {
      offline = !yes;
      say();
    },
    end() {
      clearInterval(timer);
      try {
        say();
      } finally {
        channel.close();
      }
    },
  };
}

/** Passes on the progress of the tab that downloads. @param {string} lock @param {LoadOptions} options */
function watch(lock, options) {
  const channel = new BroadcastChannel(lock);
  channel.onmessage = ({ data }) => options.onProgress?.({ ...data, phase: "waiting" });
  return channel;
}

/**
 * A model that the browser has completely.
 *
 * @typedef {Object} Model
 * @property {Manifest} manifest
 * @property {(path: string) => Promise<Blob>} file one of its files; it stays on disk until it is read
 * @property {() => Promise<Blob[]>} blobs the argument of wllama's loadModel
 * @property {<T>(work: () => Promise<T>) => Promise<T>} use keeps the model from being deleted while work runs, such as an engine's start
 * @property {any} record for the model_list of WebLLM's appConfig; its default cacheBackend finds the files
 * @property {typeof globalThis.fetch} fetch for transformers.js: its env.fetch. Set env.useBrowserCache to false, or it keeps a second copy
 */

/** @param {Shelf} shelf @returns {Model} */
function modelOf(shelf) {
  const { manifest } = shelf;
  /** @param {string} path */
  const file = async (path) => {
    const found = manifest.files.find((f) => f.path === path);
    if (!found) throw new RangeError(`${manifest.modelId} has no file ${path}`);
    return shelf.blob(found);
  };
  const { modelLib, vramRequiredMB, lowResourceRequired, bufferSizeRequiredBytes, requiredFeatures, overrides } = manifest.webllm ?? {};
  return {
    manifest,
    file,
    blobs: () => Promise.all(ggufs(manifest).map(file)),
    use: (work) => navigator.locks.request(lockName(manifest.modelId), { mode: "shared" }, work),
    record: shelf.webllm
      ? {
          model: manifest.baseUrl, model_id: manifest.modelId, model_lib: shelf.url(modelLib), vram_required_MB: vramRequiredMB,
          low_resource_required: lowResourceRequired, buffer_size_required_bytes: bufferSizeRequiredBytes, required_features: requiredFeatures, overrides,
        }
      : null,
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : new URL(input, location.href).href;
      if (!url.startsWith(manifest.baseUrl)) return globalThis.fetch(input, init);
      const path = url.slice(manifest.baseUrl.length);
      if (!manifest.files.some((f) => f.path === path)) return new Response(null, { status: 404 }); // an optional file that the model lacks
      const blob = await file(path);
      const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get("Range") ?? "");
      if (!range) return new Response(blob, { headers: { "Content-Length": String(blob.size) } });
      const [from, to] = [Number(range[1]), Math.min(Number(range[2]), blob.size - 1)];
      return new Response(blob.slice(from, to + 1), {
        status: 206,
        headers: { "Content-Range": `bytes ${from}-${to}/${blob.size}`, "Content-Length": String(to + 1 - from) },
      });
    },
  };
}

/** The parts of a GGUF model, in order. @param {Manifest} manifest */
function ggufs({ entry, files }) {
  if (!entry) return [];
  const split = /^(.*)-00001-of-(\d{5})\.gguf$/.exec(entry);
  if (!split) return [entry];
  return files.map((f) => f.path).filter((p) => p.startsWith(`${split[1]}-`) && p.endsWith(`-of-${split[2]}.gguf`)).sort();
}
