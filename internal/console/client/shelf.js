// Where a revision's bytes lie in the browser: in Cache Storage, which every
// engine can read from and which holds files of any size.
//
// A file arrives in parts, `{url}?from={offset}` in a cache of the revision's
// own. Its last byte is stored only if all of it has the right hash, and parts
// are deleted from the last to the first, so parts that add up to its size are
// verified. WebLLM reads caches of its own, by the files' canonical URLs: there a
// verified file is put, with its hash, since WebLLM itself puts there what it has
// fetched unverified; only what has arrived of one that was interrupted is a part.

import { createSHA256 } from "hash-wasm";
import { ModelError } from "./errors.js";

/** @typedef {import("./download.js").ModelFile} ModelFile */

/**
 * What is known of a revision, as it is kept beside its files.
 *
 * @typedef {Object} Manifest
 * @property {string} modelId
 * @property {string} revision
 * @property {string} name
 * @property {"webllm" | "wllama" | "transformers.js"} engine
 * @property {string} [entry] wllama: the GGUF to load, the first of a split one
 * @property {number} [contextTokens]
 * @property {Record<string, any>} [webllm]
 * @property {string[]} mirrors
 * @property {string} baseUrl of the files' canonical URLs, absolute
 * @property {ModelFile[]} files
 */

const PREFIX = "dreambuild/models/";
const PART = 16 << 20; // what a crash can lose of a file, unless it is WebLLM's
const PIECE = 2 << 20; // what a tab holds of a file in memory
const TENSORS = "tensor-cache.json";
const HASH = "X-DreamBuild-SHA256";
const ENGINES = ["webllm/config", "webllm/wasm", "webllm/model", "transformers-cache"];

/** @param {string} modelId @param {string} revision */
const cacheName = (modelId, revision) => `${PREFIX}${modelId}@${revision}`;

/** The revisions of which something is stored: `[modelId, revision]`. */
export async function stored() {
  const names = await caches.keys();
  return names.filter((n) => n.startsWith(PREFIX)).map((n) => {
    const at = n.lastIndexOf("@");
    return /** @type {[string, string]} */ ([n.slice(PREFIX.length, at), n.slice(at + 1)]);
  });
}

/** One revision's files. */
export class Shelf {
  /**
   * @param {Cache} own
   * @param {Manifest} manifest
   */
  constructor(own, manifest) {
    this.own = own;
    this.manifest = manifest;
  }

  /**
   * Opens what is stored of a revision; null if nothing is.
   *
   * @param {string} modelId
   * @param {string} revision
   */
  static async find(modelId, revision) {
    const name = cacheName(modelId, revision);
    if (!(await caches.has(name))) return null;
    const own = await caches.open(name);
    const kept = await own.match(manifestKey(modelId, revision));
    return kept ? new Shelf(own, await kept.json()) : null;
  }

  /** Makes room for a revision, or goes on with what is stored. @param {Manifest} manifest */
  static async make(manifest) {
    const { modelId, revision } = manifest;
    const own = await caches.open(cacheName(modelId, revision));
    await own.put(manifestKey(modelId, revision), new Response(JSON.stringify(manifest), { headers: { "Content-Type": "application/json" } }));
    return new Shelf(own, manifest);
  }

  get webllm() {
    return this.manifest.engine === "webllm";
  }

  /** @param {string} path */
  url(path) {
    return this.manifest.baseUrl + path;
  }

  /** Where WebLLM looks for a file. @param {string} path */
  #scope(path) {
    if (path === "mlc-chat-config.json") return "webllm/config";
    return path === this.manifest.webllm?.modelLib ? "webllm/wasm" : "webllm/model";
  }

  /**
   * How many bytes of each file are there, by path. A file that is all there is
   * verified, and where its engine looks for it.
   */
  async sizes() {
    /** @type {Map<string, number>} */
    const sizes = new Map();
    for (const [path, parts] of await this.#parts()) {
      const size = parts.reduce((sum, p) => sum + p.size, 0);
      const whole = this.manifest.files.find((f) => f.path === path)?.size;
      sizes.set(path, this.webllm && size === whole ? size - 1 : size); // it has to be moved yet
    }
    if (this.webllm) {
      await Promise.all(this.manifest.files.map(async (file) => {
        if (await this.#moved(file)) sizes.set(file.path, file.size);
      }));
    }
    return sizes;
  }

  /** The response that WebLLM finds, if it is the one that was moved there. @param {ModelFile} file */
  async #moved(file) {
    const response = await caches.match(this.url(file.path), { cacheName: this.#scope(file.path) });
    return response?.headers.get(HASH) === file.sha256 ? response : null;
  }

  async complete() {
    const sizes = await this.sizes();
    return this.manifest.files.every((f) => sizes.get(f.path) === f.size);
  }

  /** The parts that are there and follow one another from byte 0, by path. */
  async #parts() {
    /** @type {Map<string, {from: number, size: number, request: Request}[]>} */
    const found = new Map();
    for (const request of await this.own.keys()) {
      const [url, from] = request.url.split("?from=");
      if (from === undefined) continue;
      const path = url.slice(this.manifest.baseUrl.length);
      const size = Number((await this.own.match(request))?.headers.get("Content-Length"));
      found.set(path, [...(found.get(path) ?? []), { from: Number(from), size, request }]);
    }
    for (const [path, parts] of found) {
      let at = 0;
      parts.sort((a, b) => a.from - b.from);
      found.set(path, parts.filter((p) => p.from === at && (at += p.size) > 0));
    }
    return found;
  }

  /** The blobs of a file's parts. @param {string} path */
  async #blobs(path) {
    const parts = (await this.#parts()).get(path) ?? [];
    return Promise.all(parts.map(async (p) => /** @type {Response} */ (await this.own.match(p.request)).blob()));
  }

  /** A file that is all there. It stays on disk until it is read. @param {ModelFile} file */
  async blob(file) {
    const blob = this.webllm ? await (await this.#moved(file))?.blob() : new Blob(await this.#blobs(file.path));
    if (blob?.size !== file.size) throw new Error(`${file.path} was deleted; load the model again.`);
    return blob;
  }

  /**
   * Stores a file's missing bytes. What has arrived when the download fails or
   * is aborted stays.
   *
   * @param {ModelFile} file
   * @param {(from: number) => AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>} download
   * @param {(bytes: number) => void} onBytes
   */
  async fill(file, download, onBytes) {
    const hash = await createSHA256();
    const blobs = await this.#blobs(file.path);
    for (const blob of blobs) await read(blob, (bytes) => hash.update(bytes));
    let at = blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (at === file.size) verify(hash, file); // it has only to be moved

    const source = download(at);
    /** @type {Uint8Array<ArrayBuffer> | null} what was read and belongs to the next part */
    let rest = null;
    try {
      while (at < file.size) {
        const from = at;
        const end = this.webllm ? file.size : Math.min(from + PART, file.size);
        const part = new Pieces();
        /** @type {{error: unknown} | null} */
        let failed = null;
        while (at < end && !failed) {
          try {
            const chunk = /** @type {Uint8Array<ArrayBuffer>} */ (rest ?? (await source.next()).value);
            const taken = chunk.subarray(0, end - at);
            rest = taken.length < chunk.length ? chunk.subarray(taken.length) : null;
            hash.update(taken);
            part.add(taken);
            at += taken.length;
            onBytes(taken.length);
          } catch (error) {
            failed = { error };
          }
        }
        if (at === file.size) verify(hash, file);
        if (this.webllm && at === file.size) blobs.push(part.blob());
        else if (at > from) await put(this.own, `${this.url(file.path)}?from=${from}`, part.blob());
        if (failed) throw failed.error;
      }
    } finally {
      await source.return();
    }
    if (!this.webllm) return;
    const type = file.path.endsWith(".json") ? "application/json" : file.path.endsWith(".wasm") ? "application/wasm" : undefined;
    await put(await caches.open(this.#scope(file.path)), this.url(file.path), new Blob(blobs, { type }), { [HASH]: file.sha256 });
    await this.forget(file.path);
  }

  /** Deletes what has arrived of a file. @param {string} path */
  async forget(path) {
    const from = `${this.url(path)}?from=`;
    const parts = (await this.own.keys()).map((r) => r.url).filter((url) => url.startsWith(from));
    parts.sort((a, b) => Number(b.slice(from.length)) - Number(a.slice(from.length)));
    for (const url of parts) await this.own.delete(url);
  }

  /** In which order files are stored: WebLLM takes a model for whole that has its list of tensors. */
  order() {
    return [this.manifest.files.filter((f) => f.path !== TENSORS), this.manifest.files.filter((f) => f.path === TENSORS)];
  }

  /** Deletes all of it, in the engines' own caches too. */
  async remove() {
    const { modelId, revision, baseUrl } = this.manifest;
    await sweep(baseUrl);
    await caches.delete(cacheName(modelId, revision)); // last: until then it can be found again
  }
}

/**
 * Deletes what the engines' caches have below a URL. The caches stay, since
 * others may be about to write to them.
 *
 * @param {string} baseUrl
 */
export async function sweep(baseUrl) {
  for (const scope of ENGINES) {
    if (!(await caches.has(scope))) continue;
    const cache = await caches.open(scope);
    for (const request of await cache.keys()) {
      if (request.url.startsWith(baseUrl)) await cache.delete(request);
    }
  }
}

/** Bytes on their way to a blob, which the browser keeps outside of the tab. */
class Pieces {
  /** @type {Blob[]} */
  #blobs = [];
  #buffer = new Uint8Array(PIECE);
  #size = 0;

  /** Takes a copy. @param {Uint8Array} bytes */
  add(bytes) {
    while (bytes.length > 0) {
      const taken = bytes.subarray(0, PIECE - this.#size);
      this.#buffer.set(taken, this.#size);
      this.#size += taken.length;
      bytes = bytes.subarray(taken.length);
      if (this.#size === PIECE) this.#hand();
    }
  }

  #hand() {
    this.#blobs.push(new Blob([this.#buffer.subarray(0, this.#size)]));
    this.#size = 0;
  }

  blob() {
    this.#hand();
    return new Blob(this.#blobs);
  }
}

/** @param {Blob} blob @param {(bytes: Uint8Array) => void} onBytes */
async function read(blob, onBytes) {
  const reader = blob.stream().getReader();
  for (let r = await reader.read(); !r.done; r = await reader.read()) onBytes(r.value);
}

/** @param {{digest(): string}} hash @param {ModelFile} file */
function verify(hash, file) {
  if (hash.digest() !== file.sha256) {
    throw new ModelError("integrity", `${file.path} is not what was published.`, { details: { path: file.path } });
  }
}

/** @param {string} modelId @param {string} revision */
const manifestKey = (modelId, revision) => `/models/${modelId}/resolve/${revision}/?manifest`;

/**
 * @param {Cache} cache
 * @param {string} url
 * @param {Blob} blob
 * @param {Record<string, string>} [headers]
 */
async function put(cache, url, blob, headers) {
  try {
    // A response of our own: that of a signed URL would keep it.
    await cache.put(url, new Response(blob, { headers: { "Content-Length": String(blob.size), "Content-Type": blob.type || "application/octet-stream", ...headers } }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") {
      throw new ModelError("quota", "The browser has no room left for this model.", { cause: error });
    }
    throw error;
  }
}

/** How many bytes the browser lets this site store yet. */
export async function room() {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { free: quota > 0 ? Math.max(0, quota - usage) : Infinity };
}
