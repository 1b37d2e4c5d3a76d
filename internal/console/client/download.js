// One file's bytes over a network that fails. It knows addresses, retries and
// ranges; what the bytes should be it leaves to its caller.

import { ModelError } from "./errors.js";

/** @typedef {{path: string, size: number, sha256: string}} ModelFile */

const TRIES = 7; // without a byte of progress: some 30 s
const STALL = 30_000; // ms without a byte, after which a connection counts as broken

/**
 * Where files are: mirrors first, then signed URLs, which are renewed when they
 * are refused.
 */
export class Links {
  /** @type {Map<string, string>} */
  #urls = new Map();
  /** @type {Promise<void> | null} */
  #renewal = null;
  #renew;
  #mirrors;

  /**
   * @param {{path: string, url: string}[]} granted
   * @param {(path: string) => Promise<{path: string, url: string}[]>} renew asks for fresh URLs, one of path among them
   * @param {string[]} mirrors
   */
  constructor(granted, renew, mirrors) {
    this.#take(granted);
    this.#renew = renew;
    this.#mirrors = [...mirrors];
  }

  /** @param {{path: string, url: string}[]} granted */
  #take(granted) {
    for (const { path, url } of granted) this.#urls.set(path, url);
  }

  /** @param {string} path */
  url(path) {
    const [mirror] = this.#mirrors;
    return mirror === undefined ? /** @type {string} */ (this.#urls.get(path)) : mirror + path;
  }

  /**
   * Renews a signed URL that was refused. Those of other files are most likely
   * refused too, so all are renewed, once for all who ask.
   *
   * @param {string} path
   * @param {string} refused
   */
  async renew(path, refused) {
    if (this.url(path) !== refused) return; // somebody has
    this.#renewal ??= this.#renew(path).then((granted) => this.#take(granted)).finally(() => (this.#renewal = null));
    await this.#renewal;
  }

  /** Forgets the mirror of an address, if it is one's. @param {string} address */
  dropMirror(address) {
    const before = this.#mirrors.length;
    this.#mirrors = this.#mirrors.filter((m) => !address.startsWith(m));
    return this.#mirrors.length < before;
  }

  dropMirrors() {
    this.#mirrors = [];
  }
}

/**
 * A file's bytes from an offset to its end, through whatever breaks on the way.
 * They are not verified. Each chunk is good until the next one is asked for.
 *
 * @param {ModelFile} file
 * @param {number} from
 * @param {Links} links
 * @param {AbortSignal} signal
 * @param {(online: boolean) => void} onLine hears whether there is a network, when that matters
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>}
 */
export async function* bytesOf(file, from, links, signal, onLine) {
  let at = from;
  let refusals = 0;
  for (let tries = 0; at < file.size; ) {
    const url = links.url(file.path);
    const connection = new AbortController();
    const stop = () => connection.abort(signal.reason);
    signal.addEventListener("abort", stop);
    let stalled = setTimeout(() => connection.abort(new Error("the connection stalled")), STALL);
    try {
      signal.throwIfAborted();
      const response = await fetch(url, {
        signal: connection.signal,
        headers: at > 0 ? { Range: `bytes=${at}-` } : {},
        cache: "no-store", // or the browser keeps gigabytes a second time
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      let skip = startOf(response, file, at);
      for await (const bytes of read(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body))) {
        clearTimeout(stalled);
        stalled = setTimeout(() => connection.abort(new Error("the connection stalled")), STALL);
        const chunk = skip > 0 ? bytes.subarray(skip) : bytes;
        skip = Math.max(0, skip - bytes.length);
        if (chunk.length === 0) continue;
        at += chunk.length;
        if (at > file.size) throw wrongSize(file, at);
        tries = refusals = 0;
        yield chunk;
      }
      if (at < file.size) throw new Error(`the connection ended at byte ${at}`); // a clean end is no success
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ModelError) throw error;
      if (error instanceof Refused && links.dropMirror(url)) continue;
      if (error instanceof Refused && ++refusals <= 2) {
        await links.renew(file.path, url);
        continue;
      }
      if (!navigator.onLine) {
        onLine(false);
        await online(signal);
        onLine(true);
        continue;
      }
      if (links.dropMirror(url)) continue;
      if (error instanceof Refused || ++tries >= TRIES) {
        throw new ModelError("network", `${file.path} cannot be downloaded. What has arrived is kept: try again later.`, { cause: error });
      }
      await pause(Math.min(500 * 2 ** (tries - 1), 10_000) * (0.75 + Math.random() / 2), signal);
    } finally {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      connection.abort(); // also when whoever reads has enough
    }
  }
}

/**
 * A stream's bytes. Each chunk is good until the next one is asked for: where the
 * browser can, all use the same memory, which it would be slow to take back.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>}
 */
async function* read(stream) {
  let reader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    const plain = stream.getReader();
    for (let r = await plain.read(); !r.done; r = await plain.read()) yield r.value;
    return;
  }
  let buffer = new ArrayBuffer(256 << 10);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}

/** An address that does not work, and will not. */
class Refused extends Error {}

/**
 * Says how many bytes of a response come before the wanted ones. It throws if
 * it holds something else.
 *
 * @param {Response} response
 * @param {ModelFile} file
 * @param {number} at
 */
function startOf(response, file, at) {
  const { status } = response;
  // 400 is what Cloud Storage says of a signature that has expired.
  if (status === 400 || status === 401 || status === 403 || status === 404 || status === 410) throw new Refused(`status ${status}`);
  if (status === 416) throw wrongSize(file, at);
  if (status !== 200 && status !== 206) throw new Error(`status ${status}`);
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("Content-Range") ?? "");
    if (range && range[2] !== "*" && Number(range[2]) !== file.size) throw wrongSize(file, Number(range[2]));
    if (range && Number(range[1]) !== at) throw new Error(`a range that begins at ${range[1]}, not ${at}`);
    return 0;
  }
  const length = response.headers.get("Content-Length");
  if (length !== null && !response.headers.has("Content-Encoding") && Number(length) !== file.size) throw wrongSize(file, Number(length));
  return at;
}

/**
 * @param {ModelFile} file
 * @param {number} size
 */
function wrongSize(file, size) {
  return new ModelError("integrity", `${file.path} has ${size} bytes, and should have ${file.size}.`, { details: { path: file.path } });
}

/**
 * Waits. It rejects when the signal aborts.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export function pause(ms, signal) {
  return /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  }));
}

/** Waits for a network. @param {AbortSignal} signal */
async function online(signal) {
  while (!navigator.onLine) await pause(250, signal);
}
