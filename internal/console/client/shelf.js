// Stores a revision's bytes in the browser's Cache Storage, which every engine can
// read and which holds files of any size.
//
// A file arrives in parts, `{url}?from={offset}` in the revision's own cache. Its
// last byte is stored only if the whole file has the right hash, and parts are
// deleted from the last to the first. So parts that add up to the file's size are
// verified. WebLLM reads its own caches, by the files' canonical URLs. A verified
// file is moved there together with its hash, because WebLLM stores unverified
// files in the same caches. For WebLLM only an interrupted file is kept as parts.

import { createSHA256 } from "hash-wasm";
import { ModelError } from "./errors.js";

/** @typedef {import("./download.js").ModelFile} ModelFile */

/**
 * A revision's description, stored beside its files.
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
 * @property {string} baseUrl absolute; the prefix of the files' canonical URLs
 * @property {ModelFile[]} files
 */

const PREFIX = "dreambuild/models/";
const PART = 16 << 20; // bytes of a file that a crash can lose; for WebLLM all of them
const PIECE = 2 << 20; // bytes of a file that a tab holds in memory
const TENSORS = "tensor-cache.json";
const HASH = "X-DreamBuild-SHA256";
const ENGINES = ["webllm/config", "webllm/wasm", "webllm/model", "transformers-cache"];

/** @param {string} modelId @param {string} revision */
const cacheName = (modelId, revision) => `${PREFIX}${modelId}@${revision}`;

/** The revisions that are stored, completely or in part: `[modelId, revision]`. */
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
   * Opens a stored revision; null if nothing of it is stored.
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

  /** Opens a revision for storing. The bytes that are stored already stay. @param {Manifest} manifest */
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

  /** The cache in which WebLLM looks for a file. @param {string} path */
  #scope(path) {
    if (path === "mlc-chat-config.json") return "webllm/config";
    return path === this.manifest.webllm?.modelLib ? "webllm/wasm" : "webllm/model";
  }

  /**
   * The stored bytes of each file, by path. A file with all its bytes is verified,
   * and lies where its engine looks for it.
   */
  async sizes() {
    /** @type {Map<string, number>} */
    const sizes = new Map();
    for (const [path, parts] of await this.#parts()) {
      const size = parts.reduce((sum, p) => sum + p.size, 0);
      const whole = this.manifest.files.find((f) => f.path === path)?.size;
      sizes.set(path, this.webllm && size === whole ? size - 1 : size); // it has not been moved yet
    }
    if (this.webllm) {
      await Promise.all(this.manifest.files.map(async (file) => {
        if (await this.#moved(file)) sizes.set(file.path, file.size);
      }));
    }
    return sizes;
  }

  /** The response that WebLLM finds, if we moved it there. @param {ModelFile} file */
  async #moved(file) {
    const response = await caches.match(this.url(file.path), { cacheName: this.#scope(file.path) });
    return response?.headers.get(HASH) === file.sha256 ? response : null;
  }

  async complete() {
    const sizes = await this.sizes();
    return this.manifest.files.every((f) => sizes.get(f.path) === f.size);
  }

  /** The stored parts that follow one another from byte 0, by path. */
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

  /** A completely stored file. It stays on disk until it is read. @param {ModelFile} file */
  async blob(file) {
    const blob = this.webllm ? await (await this.#moved(file))?.blob() : new Blob(await this.#blobs(file.path));
    if (blob?.size !== file.size) throw new Error(`${file.path} was deleted; load the model again.`);
    return blob;
  }

  /**
   * Stores a file's missing bytes. The bytes that arrive before the download fails
   * or is aborted stay.
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
    if (at === file.size) verify(hash, file); // only the move is missing

    const source = download(at);
    /** @type {Uint8Array<ArrayBuffer> | null} bytes that were read and belong to the next part */
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

  /** Deletes a file's parts. @param {string} path */
  async forget(path) {
    const from = `${this.url(path)}?from=`;
    const parts = (await this.own.keys()).map((r) => r.url).filter((url) => url.startsWith(from));
    parts.sort((a, b) => Number(b.slice(from.length)) - Number(a.slice(from.length)));
    for (const url of parts) await this.own.delete(url);
  }

  /** The files in the order of storing. The list of tensors is last: WebLLM takes a model that has it for complete. */
  order() {
    return [this.manifest.files.filter((f) => f.path !== TENSORS), this.manifest.files.filter((f) => f.path === TENSORS)];
  }

  /** Deletes the revision, in the engines' own caches too. */
  async remove() {
    const { modelId, revision, baseUrl } = this.manifest;
    await sweep(baseUrl);
    await caches.delete(cacheName(modelId, revision)); // last: until then the revision can be found
  }
}

/**
 * Deletes everything below a URL from the engines' caches. The caches themselves
 * stay, since other code may be about to write to them.
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

/** Collects bytes into a blob, which the browser keeps outside of the tab. */
class Pieces {
  /** @type {Blob[]} */
  #blobs = [];
  #buffer = new Uint8Array(PIECE);
  #size = 0;

  /** Copies the bytes. @param {Uint8Array} bytes */
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
    throw new ModelError("integrity", `${file.path} differs from what was published.`, { details: { path: file.path } });
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
    // The response of a signed URL would store that URL.
    await cache.put(url, new Response(blob, { headers: { "Content-Length": String(blob.size), "Content-Type": blob.type || "application/octet-stream", ...headers } }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") {
      throw new ModelError("quota", "The browser has no room left for this model.", { cause: error });
    }
    throw error;
  }
}

/** How many more bytes the browser lets this site store. */
export async function room() {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { free: quota > 0 ? Math.max(0, quota - usage) : Infinity };
}
