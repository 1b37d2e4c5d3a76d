// Downloads one file over a network that fails. It knows addresses, retries and
// ranges. Its caller knows the right bytes.

import { ModelError } from "./errors.js";
import { delay, exhausted, pause, TRIES } from "./retry.js";

/** @typedef {{path: string, size: number, sha256: string}} ModelFile */

const STALL = 30_000; // a connection without a byte for so many ms is broken
const BREAKS = 3; // a mirror that breaks off more files than that is dropped

/** The addresses of files: mirrors first, then signed URLs, which are renewed when they are refused. */
export class Links {
  /** @type {Map<string, string>} */
  #urls = new Map();
  /** @type {Map<string, Set<string>>} by path: the mirrors that were asked for a file */
  #asked = new Map();
  /** @type {Set<string>} the files that only the bucket itself is asked for */
  #own = new Set();
  /** @type {Map<string, number>} by mirror: the files that it broke off */
  #broken = new Map();
  /** @type {Promise<void> | null} */
  #renewal = null;
  #renew;
  #mirrors;

  /**
   * @param {{path: string, url: string}[]} granted
   * @param {(path: string) => Promise<{path: string, url: string}[]>} renew asks for fresh URLs, among them one for path
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
    const [mirror] = this.#own.has(path) ? [] : this.#mirrors;
    if (mirror === undefined) return /** @type {string} */ (this.#urls.get(path));
    this.#asked.set(path, (this.#asked.get(path) ?? new Set()).add(mirror));
    return mirror + path;
  }

  /** @param {string} address */
  isMirror(address) {
    return this.#mirrors.some((m) => address.startsWith(m));
  }

  /**
   * Renews a signed URL that was refused. The URLs of other files have probably
   * expired too, so one request renews all of them.
   *
   * @param {string} path
   * @param {string} refused
   */
  async renew(path, refused) {
    if (this.url(path) !== refused) return; // it is renewed already
    this.#renewal ??= this.#renew(path).then((granted) => this.#take(granted)).finally(() => (this.#renewal = null));
    await this.#renewal;
  }

  /** Drops the mirror that an address belongs to. It returns false if there is none. @param {string} address */
  dropMirror(address) {
    const before = this.#mirrors.length;
    this.#mirrors = this.#mirrors.filter((m) => !address.startsWith(m));
    return this.#mirrors.length < before;
  }

  /**
   * Leaves the rest of a file that a mirror broke off to the bucket: a mirror that
   * compresses can send a file, but not its end. It returns false for an address that
   * is no mirror's.
   *
   * @param {string} path
   * @param {string} address
   */
  leaveMirror(path, address) {
    const mirror = this.#mirrors.find((m) => address.startsWith(m));
    if (mirror === undefined) return false;
    this.#own.add(path);
    const broken = (this.#broken.get(mirror) ?? 0) + 1;
    this.#broken.set(mirror, broken);
    if (broken > BREAKS) this.dropMirror(mirror);
    return true;
  }

  /** Has the bucket itself send a file whose bytes were wrong, and drops the mirrors that sent it. @param {string} path */
  distrust(path) {
    this.#own.add(path);
    for (const mirror of this.#asked.get(path) ?? []) this.dropMirror(mirror);
  }
}

/**
 * A file's bytes from an offset to its end, over as many connections as that takes.
 * They are not verified. A chunk is valid until the next one is requested.
 *
 * @param {ModelFile} file
 * @param {number} from
 * @param {Links} links
 * @param {AbortSignal} signal
 * @param {(online: boolean) => void} onLine is told when the download waits for a network, and when it continues
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
        cache: "no-store", // the browser's HTTP cache would keep gigabytes a second time
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      let skip = startOf(response, file, at, links.isMirror(url));
      let received = 0;
      for await (const bytes of read(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body))) {
        clearTimeout(stalled);
        stalled = setTimeout(() => connection.abort(new Error("the connection stalled")), STALL);
        received += bytes.length;
        const chunk = skip > 0 ? bytes.subarray(skip) : bytes;
        skip = Math.max(0, skip - bytes.length);
        if (chunk.length === 0) continue;
        at += chunk.length;
        if (at > file.size) throw wrongSize(file, at);
        tries = refusals = 0;
        yield chunk;
      }
      // An early end is an error. As many bytes as were promised are a whole file, of another size.
      if (at < file.size && response.status === 200 && Number(response.headers.get("Content-Length")) === received) throw wrongSize(file, received);
      if (at < file.size) throw new Error(`the connection ended at byte ${at}`);
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
      if (at > 0 && links.leaveMirror(file.path, url)) continue;
      if (links.dropMirror(url)) continue;
      if (error instanceof Refused || exhausted(++tries, TRIES.file)) {
        throw new ModelError("network", `${file.path} cannot be downloaded. The bytes so far are kept: try again later.`, { cause: error });
      }
      await pause(delay(tries - 1), signal);
    } finally {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      connection.abort(); // also when the reader stops early
    }
  }
}

/**
 * A stream's bytes. A chunk is valid until the next one is requested: where the
 * browser can, all chunks share one buffer, since collecting many is slow.
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

/** An address was refused: it will not work later either. */
class Refused extends Error {}

/**
 * Returns how many bytes of a response precede the wanted ones. It throws if the
 * response holds something else. What the header says of the length proves nothing: a
 * mirror may compress, and of another origin a page cannot see that it does. The bytes
 * are what counts, once they are decoded.
 *
 * @param {Response} response
 * @param {ModelFile} file
 * @param {number} at
 * @param {boolean} mirror whether a mirror sent it, whose ranges may be those of compressed bytes
 */
function startOf(response, file, at, mirror) {
  const { status } = response;
  // Cloud Storage answers 400 to a signature that has expired.
  if (status === 400 || status === 401 || status === 403 || status === 404 || status === 410) throw new Refused(`status ${status}`);
  if (status === 416) throw mirror ? new Error("no such range") : wrongSize(file, at);
  if (status !== 200 && status !== 206) throw new Error(`status ${status}`);
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("Content-Range") ?? "");
    if (range && range[2] !== "*" && Number(range[2]) !== file.size) throw mirror ? new Error(`a range of ${range[2]} bytes`) : wrongSize(file, Number(range[2]));
    if (range && Number(range[1]) !== at) throw new Error(`a range that begins at ${range[1]}, not ${at}`);
    return 0;
  }
  return at;
}

/**
 * @param {ModelFile} file
 * @param {number} size
 */
function wrongSize(file, size) {
  return new ModelError("integrity", `${file.path} has ${size} bytes, and should have ${file.size}.`, { details: { path: file.path } });
}

/** Waits for a network. @param {AbortSignal} signal */
async function online(signal) {
  while (!navigator.onLine) await pause(250, signal);
}
