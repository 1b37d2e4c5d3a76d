// client/browser.js
var SYSTEM_PROMPT = "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations.";
async function whyNot({ engine, webllm }) {
  if (engine === "wllama") return globalThis.WebAssembly ? null : "This browser has no WebAssembly.";
  if (engine !== "webllm") return "This page has no engine for it.";
  const adapter = await /** @type {any} */
  navigator.gpu?.requestAdapter();
  if (!adapter) return "It needs WebGPU, which this browser or device lacks.";
  const missing = (webllm?.requiredFeatures ?? []).filter((f) => !adapter.features.has(f));
  if (missing.length > 0) return `It needs ${missing.join(", ")}, which this device lacks.`;
  return adapter.limits.maxStorageBufferBindingSize >= (webllm?.bufferSizeRequiredBytes ?? 0) ? null : "It needs larger buffers than this device has.";
}
function openBrowserModel({ loadModel, engines, save }) {
  let running = null;
  let last = Promise.resolve();
  async function unload() {
    const before = running;
    running = null;
    await before?.unload();
  }
  function inTurn(work) {
    const done = last.then(work);
    last = done.catch(() => {
    });
    return done;
  }
  return {
    /**
     * Downloads a model unless the browser has it, and starts it. It runs until
     * another one is loaded, or until `unload`.
     *
     * @type {(modelId: string, options?: LoadOptions) => Promise<Model>}
     */
    load: (modelId, options) => inTurn(async () => {
      const model = await loadModel(modelId, options);
      await unload();
      running = { model, ...await model.use(() => start(model, engines)) };
      return model;
    }),
    /**
     * Asks the loaded model, and saves its answer. An answer that is not whole is
     * not saved: its finishReason is `length` or `cancelled`.
     *
     * @param {string} prompt
     * @param {GenerateOptions} [options]
     * @returns {Promise<Answer>}
     */
    async generate(prompt, { onText, signal, projectId, turnId = crypto.randomUUID(), prefill = "", maxTokens = 2e3, temperature = 0.7 } = {}) {
      if (!running) throw new Error("Load a model first.");
      const { model, chat } = running;
      const generatedBy = `${model.manifest.name} (in the browser)`;
      const messages = [{ role: "system", content: SYSTEM_PROMPT }, { role: "user", content: prompt }];
      if (prefill) messages.push({ role: "assistant", content: prefill });
      let reply = prefill;
      if (prefill) onText?.(prefill);
      const finishReason = await chat({ messages, max_tokens: maxTokens, temperature, stream: true }, (text2) => {
        reply += text2;
        onText?.(text2);
      }, signal);
      if (finishReason !== "stop" || !save) return { reply, finishReason, generatedBy };
      return { reply, finishReason, generatedBy, saved: await save({ projectId, turnId, prompt, reply, generatedBy, source: "browser" }) };
    },
    /** Ends the engine, and frees its memory. */
    unload: () => inTurn(unload)
  };
}
async function start(model, engines) {
  const { engine, contextTokens, name } = model.manifest;
  if (engine === "wllama" && engines.wllama) return startWllama(await engines.wllama(), model, contextTokens);
  if (engine === "webllm" && engines.webllm) return startWebLLM(await engines.webllm(), model);
  throw new Error(`This page has no engine for ${name}: it needs ${engine}.`);
}
async function startWllama(wllama, model, contextTokens) {
  const threads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1)) : 1;
  try {
    await wllama.loadModel(await model.blobs(), { n_ctx: contextTokens, n_threads: threads, n_gpu_layers: 0, prefill_assistant: true });
  } catch (error) {
    await wllama.exit().catch(() => {
    });
    throw error;
  }
  const chat = (question, onText, signal) => read(() => wllama.createChatCompletion({ ...question, abortSignal: signal }), onText, signal);
  return { chat, unload: () => wllama.exit() };
}
async function startWebLLM(webllm, model) {
  const engine = await webllm.CreateMLCEngine(model.manifest.modelId, { appConfig: { model_list: [model.record] } });
  const chat = async (question, onText, signal) => {
    const stop = () => engine.interruptGenerate();
    signal?.addEventListener("abort", stop);
    try {
      return await read(() => engine.chat.completions.create(question), onText, signal);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  };
  return { chat, unload: () => engine.unload() };
}
async function read(ask, onText, signal) {
  let reason = null;
  if (signal?.aborted) return "cancelled";
  try {
    for await (const { choices } of await ask()) {
      const [choice] = choices;
      if (choice?.delta?.content) onText(choice.delta.content);
      reason = choice?.finish_reason ?? reason;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  if (signal?.aborted) return "cancelled";
  if (reason === "stop" || reason === "length") return reason;
  throw new Error(`The model stopped before its answer was whole (${reason ?? "without a reason"}).`);
}

// client/errors.js
var ModelError = class extends Error {
  /**
   * @param {ModelErrorCode} code
   * @param {string} message for people
   * @param {{cause?: unknown, details?: Record<string, unknown>}} [more]
   */
  constructor(code, message, more = {}) {
    super(message, { cause: more.cause });
    this.name = "ModelError";
    this.code = code;
    this.details = more.details ?? {};
  }
};

// client/firebase.js
var ONCE = ["grantModel", "openModelSession"];
function fromFirebase(callable) {
  const open = (name) => callable(name, { limitedUseAppCheckTokens: ONCE.includes(name) });
  return {
    call: async (name, data) => (await open(name)(data)).data,
    async stream(name, data, onMessage, signal) {
      const { stream, data: result } = await open(name).stream(data, { signal });
      result.catch(() => {
      });
      for await (const message of stream) onMessage(message);
      return Promise.race([result, Promise.reject(Object.assign(new Error("The answer broke off."), { code: "unavailable" }))]);
    }
  };
}

// client/retry.js
var REASONS = {
  "app-check-used": "retry",
  // the next try has a token of its own
  "bucket-unavailable": "retry",
  "keys-unavailable": "retry",
  overloaded: "retry",
  "shutting-down": "retry",
  "signer-unavailable": "retry",
  "store-unavailable": "retry",
  "too-many-calls": "retry",
  "too-many-streams": "retry",
  "turn-continues": "retry",
  "concurrent-turns": "wait",
  "turns-per-minute": "wait",
  "turn-in-progress": "wait",
  "session-ended": "sign-in",
  "sign-in-required": "sign-in"
};
var CODES = {
  "": "retry",
  aborted: "retry",
  cancelled: "retry",
  "deadline-exceeded": "retry",
  internal: "retry",
  "resource-exhausted": "retry",
  unavailable: "retry",
  unknown: "retry",
  unauthenticated: "sign-in"
};
var TRIES = { turn: 12, grant: 6, file: 8 };
function about(error) {
  return { code: (
    /** @type {Code | ""} */
    String(error?.code ?? "").replace(/^functions\//, "")
  ), reason: error?.details?.reason };
}
function verdict(error) {
  const { code, reason } = about(error);
  const state = (
    /** @type {any} */
    error?.details?.state
  );
  if (state && state !== "running") return "give-up";
  return (reason ? REASONS[reason] : CODES[code]) ?? "give-up";
}
var exhausted = (tries, limit) => tries >= limit && globalThis.navigator?.onLine !== false;
var delay = (tries, longest = 1e4) => Math.min(500 * 2 ** tries, longest) * (0.5 + Math.random() / 2);
var after = (error, tries, longest) => (Number(error?.details?.retryAfter) || 0) * 1e3 + delay(tries, longest);
function pause(ms, signal) {
  return (
    /** @type {Promise<void>} */
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const end = (settle2) => {
        clearTimeout(timer);
        globalThis.removeEventListener?.("online", wake);
        signal?.removeEventListener("abort", stop);
        settle2();
      };
      const wake = () => end(resolve);
      const stop = () => end(() => reject(signal?.reason));
      const timer = setTimeout(wake, ms);
      globalThis.addEventListener?.("online", wake);
      signal?.addEventListener("abort", stop);
    })
  );
}

// client/download.js
var STALL = 3e4;
var BREAKS = 3;
var Links = class {
  /** @type {Map<string, string>} */
  #urls = /* @__PURE__ */ new Map();
  /** @type {Map<string, Set<string>>} by path: the mirrors that were asked for a file */
  #asked = /* @__PURE__ */ new Map();
  /** @type {Set<string>} the files that only the bucket itself is asked for */
  #own = /* @__PURE__ */ new Set();
  /** @type {Map<string, number>} by mirror: the files that it broke off */
  #broken = /* @__PURE__ */ new Map();
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
    if (mirror === void 0) return (
      /** @type {string} */
      this.#urls.get(path)
    );
    this.#asked.set(path, (this.#asked.get(path) ?? /* @__PURE__ */ new Set()).add(mirror));
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
    if (this.url(path) !== refused) return;
    this.#renewal ??= this.#renew(path).then((granted) => this.#take(granted)).finally(() => this.#renewal = null);
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
    if (mirror === void 0) return false;
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
};
async function* bytesOf(file, from, links, signal, onLine) {
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
        cache: "no-store",
        // the browser's HTTP cache would keep gigabytes a second time
        credentials: "omit",
        referrerPolicy: "no-referrer"
      });
      let skip = startOf(response, file, at, links.isMirror(url));
      let received = 0;
      for await (const bytes3 of read2(
        /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */
        response.body
      )) {
        clearTimeout(stalled);
        stalled = setTimeout(() => connection.abort(new Error("the connection stalled")), STALL);
        received += bytes3.length;
        const chunk = skip > 0 ? bytes3.subarray(skip) : bytes3;
        skip = Math.max(0, skip - bytes3.length);
        if (chunk.length === 0) continue;
        at += chunk.length;
        if (at > file.size) throw wrongSize(file, at);
        tries = refusals = 0;
        yield chunk;
      }
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
      connection.abort();
    }
  }
}
async function* read2(stream) {
  let reader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    const plain = stream.getReader();
    for (let r = await plain.read(); !r.done; r = await plain.read()) yield r.value;
    return;
  }
  let buffer = new ArrayBuffer(256 << 10);
  for (; ; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}
var Refused = class extends Error {
};
function startOf(response, file, at, mirror) {
  const { status } = response;
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
function wrongSize(file, size) {
  return new ModelError("integrity", `${file.path} has ${size} bytes, and should have ${file.size}.`, { details: { path: file.path } });
}
async function online(signal) {
  while (!navigator.onLine) await pause(250, signal);
}

// ../node_modules/hash-wasm/dist/index.esm.js
function __awaiter(thisArg, _arguments, P, generator) {
  function adopt(value) {
    return value instanceof P ? value : new P(function(resolve) {
      resolve(value);
    });
  }
  return new (P || (P = Promise))(function(resolve, reject) {
    function fulfilled(value) {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    }
    function rejected(value) {
      try {
        step(generator["throw"](value));
      } catch (e) {
        reject(e);
      }
    }
    function step(result) {
      result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
  });
}
var Mutex = class {
  constructor() {
    this.mutex = Promise.resolve();
  }
  lock() {
    let begin = () => {
    };
    this.mutex = this.mutex.then(() => new Promise(begin));
    return new Promise((res) => {
      begin = res;
    });
  }
  dispatch(fn) {
    return __awaiter(this, void 0, void 0, function* () {
      const unlock = yield this.lock();
      try {
        return yield Promise.resolve(fn());
      } finally {
        unlock();
      }
    });
  }
};
var _a;
function getGlobal() {
  if (typeof globalThis !== "undefined")
    return globalThis;
  if (typeof self !== "undefined")
    return self;
  if (typeof window !== "undefined")
    return window;
  return global;
}
var globalObject = getGlobal();
var nodeBuffer = (_a = globalObject.Buffer) !== null && _a !== void 0 ? _a : null;
var textEncoder = globalObject.TextEncoder ? new globalObject.TextEncoder() : null;
function hexCharCodesToInt(a, b) {
  return (a & 15) + (a >> 6 | a >> 3 & 8) << 4 | (b & 15) + (b >> 6 | b >> 3 & 8);
}
function writeHexToUInt8(buf, str) {
  const size = str.length >> 1;
  for (let i = 0; i < size; i++) {
    const index = i << 1;
    buf[i] = hexCharCodesToInt(str.charCodeAt(index), str.charCodeAt(index + 1));
  }
}
function hexStringEqualsUInt8(str, buf) {
  if (str.length !== buf.length * 2) {
    return false;
  }
  for (let i = 0; i < buf.length; i++) {
    const strIndex = i << 1;
    if (buf[i] !== hexCharCodesToInt(str.charCodeAt(strIndex), str.charCodeAt(strIndex + 1))) {
      return false;
    }
  }
  return true;
}
var alpha = "a".charCodeAt(0) - 10;
var digit = "0".charCodeAt(0);
function getDigestHex(tmpBuffer, input, hashLength) {
  let p = 0;
  for (let i = 0; i < hashLength; i++) {
    let nibble = input[i] >>> 4;
    tmpBuffer[p++] = nibble > 9 ? nibble + alpha : nibble + digit;
    nibble = input[i] & 15;
    tmpBuffer[p++] = nibble > 9 ? nibble + alpha : nibble + digit;
  }
  return String.fromCharCode.apply(null, tmpBuffer);
}
var getUInt8Buffer = nodeBuffer !== null ? (data) => {
  if (typeof data === "string") {
    const buf = nodeBuffer.from(data, "utf8");
    return new Uint8Array(buf.buffer, buf.byteOffset, buf.length);
  }
  if (nodeBuffer.isBuffer(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new Error("Invalid data type!");
} : (data) => {
  if (typeof data === "string") {
    return textEncoder.encode(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new Error("Invalid data type!");
};
var base64Chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
var base64Lookup = new Uint8Array(256);
for (let i = 0; i < base64Chars.length; i++) {
  base64Lookup[base64Chars.charCodeAt(i)] = i;
}
function getDecodeBase64Length(data) {
  let bufferLength = Math.floor(data.length * 0.75);
  const len = data.length;
  if (data[len - 1] === "=") {
    bufferLength -= 1;
    if (data[len - 2] === "=") {
      bufferLength -= 1;
    }
  }
  return bufferLength;
}
function decodeBase64(data) {
  const bufferLength = getDecodeBase64Length(data);
  const len = data.length;
  const bytes3 = new Uint8Array(bufferLength);
  let p = 0;
  for (let i = 0; i < len; i += 4) {
    const encoded1 = base64Lookup[data.charCodeAt(i)];
    const encoded2 = base64Lookup[data.charCodeAt(i + 1)];
    const encoded3 = base64Lookup[data.charCodeAt(i + 2)];
    const encoded4 = base64Lookup[data.charCodeAt(i + 3)];
    bytes3[p] = encoded1 << 2 | encoded2 >> 4;
    p += 1;
    bytes3[p] = (encoded2 & 15) << 4 | encoded3 >> 2;
    p += 1;
    bytes3[p] = (encoded3 & 3) << 6 | encoded4 & 63;
    p += 1;
  }
  return bytes3;
}
var MAX_HEAP = 16 * 1024;
var WASM_FUNC_HASH_LENGTH = 4;
var wasmMutex = new Mutex();
var wasmModuleCache = /* @__PURE__ */ new Map();
function WASMInterface(binary, hashLength) {
  return __awaiter(this, void 0, void 0, function* () {
    let wasmInstance = null;
    let memoryView = null;
    let initialized = false;
    if (typeof WebAssembly === "undefined") {
      throw new Error("WebAssembly is not supported in this environment!");
    }
    const writeMemory = (data, offset = 0) => {
      memoryView.set(data, offset);
    };
    const getMemory = () => memoryView;
    const getExports = () => wasmInstance.exports;
    const setMemorySize = (totalSize) => {
      wasmInstance.exports.Hash_SetMemorySize(totalSize);
      const arrayOffset = wasmInstance.exports.Hash_GetBuffer();
      const memoryBuffer = wasmInstance.exports.memory.buffer;
      memoryView = new Uint8Array(memoryBuffer, arrayOffset, totalSize);
    };
    const getStateSize = () => {
      const view = new DataView(wasmInstance.exports.memory.buffer);
      const stateSize = view.getUint32(wasmInstance.exports.STATE_SIZE, true);
      return stateSize;
    };
    const loadWASMPromise = wasmMutex.dispatch(() => __awaiter(this, void 0, void 0, function* () {
      if (!wasmModuleCache.has(binary.name)) {
        const asm = decodeBase64(binary.data);
        const promise = WebAssembly.compile(asm.buffer);
        wasmModuleCache.set(binary.name, promise);
      }
      const module = yield wasmModuleCache.get(binary.name);
      wasmInstance = yield WebAssembly.instantiate(module, {
        // env: {
        //   emscripten_memcpy_big: (dest, src, num) => {
        //     const memoryBuffer = wasmInstance.exports.memory.buffer;
        //     const memView = new Uint8Array(memoryBuffer, 0);
        //     memView.set(memView.subarray(src, src + num), dest);
        //   },
        //   print_memory: (offset, len) => {
        //     const memoryBuffer = wasmInstance.exports.memory.buffer;
        //     const memView = new Uint8Array(memoryBuffer, 0);
        //     console.log('print_int32', memView.subarray(offset, offset + len));
        //   },
        // },
      });
    }));
    const setupInterface = () => __awaiter(this, void 0, void 0, function* () {
      if (!wasmInstance) {
        yield loadWASMPromise;
      }
      const arrayOffset = wasmInstance.exports.Hash_GetBuffer();
      const memoryBuffer = wasmInstance.exports.memory.buffer;
      memoryView = new Uint8Array(memoryBuffer, arrayOffset, MAX_HEAP);
    });
    const init = (bits = null) => {
      initialized = true;
      wasmInstance.exports.Hash_Init(bits);
    };
    const updateUInt8Array = (data) => {
      let read5 = 0;
      while (read5 < data.length) {
        const chunk = data.subarray(read5, read5 + MAX_HEAP);
        read5 += chunk.length;
        memoryView.set(chunk);
        wasmInstance.exports.Hash_Update(chunk.length);
      }
    };
    const update = (data) => {
      if (!initialized) {
        throw new Error("update() called before init()");
      }
      const Uint8Buffer = getUInt8Buffer(data);
      updateUInt8Array(Uint8Buffer);
    };
    const digestChars = new Uint8Array(hashLength * 2);
    const digest = (outputType, padding = null) => {
      if (!initialized) {
        throw new Error("digest() called before init()");
      }
      initialized = false;
      wasmInstance.exports.Hash_Final(padding);
      if (outputType === "binary") {
        return memoryView.slice(0, hashLength);
      }
      return getDigestHex(digestChars, memoryView, hashLength);
    };
    const save = () => {
      if (!initialized) {
        throw new Error("save() can only be called after init() and before digest()");
      }
      const stateOffset = wasmInstance.exports.Hash_GetState();
      const stateLength = getStateSize();
      const memoryBuffer = wasmInstance.exports.memory.buffer;
      const internalState = new Uint8Array(memoryBuffer, stateOffset, stateLength);
      const prefixedState = new Uint8Array(WASM_FUNC_HASH_LENGTH + stateLength);
      writeHexToUInt8(prefixedState, binary.hash);
      prefixedState.set(internalState, WASM_FUNC_HASH_LENGTH);
      return prefixedState;
    };
    const load = (state) => {
      if (!(state instanceof Uint8Array)) {
        throw new Error("load() expects an Uint8Array generated by save()");
      }
      const stateOffset = wasmInstance.exports.Hash_GetState();
      const stateLength = getStateSize();
      const overallLength = WASM_FUNC_HASH_LENGTH + stateLength;
      const memoryBuffer = wasmInstance.exports.memory.buffer;
      if (state.length !== overallLength) {
        throw new Error(`Bad state length (expected ${overallLength} bytes, got ${state.length})`);
      }
      if (!hexStringEqualsUInt8(binary.hash, state.subarray(0, WASM_FUNC_HASH_LENGTH))) {
        throw new Error("This state was written by an incompatible hash implementation");
      }
      const internalState = state.subarray(WASM_FUNC_HASH_LENGTH);
      new Uint8Array(memoryBuffer, stateOffset, stateLength).set(internalState);
      initialized = true;
    };
    const isDataShort = (data) => {
      if (typeof data === "string") {
        return data.length < MAX_HEAP / 4;
      }
      return data.byteLength < MAX_HEAP;
    };
    let canSimplify = isDataShort;
    switch (binary.name) {
      case "argon2":
      case "scrypt":
        canSimplify = () => true;
        break;
      case "blake2b":
      case "blake2s":
        canSimplify = (data, initParam) => initParam <= 512 && isDataShort(data);
        break;
      case "blake3":
        canSimplify = (data, initParam) => initParam === 0 && isDataShort(data);
        break;
      case "xxhash64":
      // cannot simplify
      case "xxhash3":
      case "xxhash128":
      case "crc64":
        canSimplify = () => false;
        break;
    }
    const calculate = (data, initParam = null, digestParam = null) => {
      if (!canSimplify(data, initParam)) {
        init(initParam);
        update(data);
        return digest("hex", digestParam);
      }
      const buffer = getUInt8Buffer(data);
      memoryView.set(buffer);
      wasmInstance.exports.Hash_Calculate(buffer.length, initParam, digestParam);
      return getDigestHex(digestChars, memoryView, hashLength);
    };
    yield setupInterface();
    return {
      getMemory,
      writeMemory,
      getExports,
      setMemorySize,
      init,
      update,
      digest,
      save,
      load,
      calculate,
      hashLength
    };
  });
}
var mutex$l = new Mutex();
var mutex$k = new Mutex();
var uint32View = new DataView(new ArrayBuffer(4));
var mutex$j = new Mutex();
var mutex$i = new Mutex();
var mutex$h = new Mutex();
var mutex$g = new Mutex();
var polyBuffer = new Uint8Array(8);
var mutex$f = new Mutex();
var mutex$e = new Mutex();
var mutex$d = new Mutex();
var mutex$c = new Mutex();
var mutex$b = new Mutex();
var name$a = "sha256";
var data$a = "AGFzbQEAAAABEQRgAAF/YAF/AGAAAGACf38AAwgHAAEBAQIAAwUEAQECAgYPAn8BQYCABAt/AEGAgAQLB4IBCQZtZW1vcnkCAA9fX3N0YWNrX3BvaW50ZXIDAA5IYXNoX0dldEJ1ZmZlcgAACUhhc2hfSW5pdAABC0hhc2hfVXBkYXRlAAIKSGFzaF9GaW5hbAAEDUhhc2hfR2V0U3RhdGUABQ5IYXNoX0NhbGN1bGF0ZQAGClNUQVRFX1NJWkUDAQqGSQcGAEGAgQQLnQEAQQBCADcDwIEFQQBBHEEgIABB4AFGIgAbNgLogQVBAEKnn+anxvST/b5/Qquzj/yRo7Pw2wAgABs3A+CBBUEAQrGWgP6fooWs6ABC/6S5iMWR2oKbfyAAGzcD2IEFQQBCl7rDg5Onlod3QvLmu+Ojp/2npX8gABs3A9CBBUEAQti9loj8oLW+NkLnzKfQ1tDrs7t/IAAbNwPIgQUL9wICAX4Hf0EAQQApA8CBBSIBIACtfDcDwIEFAkACQAJAIAGnQT9xIgINAEGAgQQhAwwBCyAAQcAAIAJrIgRJIQUCQCAARQ0AIAAgBCAFGyIDQQNxIQYgAkGAgQVqIQdBACECAkAgA0EESQ0AIANB/ABxIQhBACECA0AgByACaiIDIAJBgIEEai0AADoAACADQQFqIAJBgYEEai0AADoAACADQQJqIAJBgoEEai0AADoAACADQQNqIAJBg4EEai0AADoAACAIIAJBBGoiAkcNAAsgBkUNAQsDQCAHIAJqIAJBgIEEai0AADoAACACQQFqIQIgBkF/aiIGDQALCyAFDQFBgIEFEAMgACAEayEAIARBgIEEaiEDCwJAIABBwABJDQADQCADEAMgA0HAAGohAyAAQUBqIgBBP0sNAAsLIABFDQBBACEGQQAhAgNAIAJBgIEFaiADIAJqLQAAOgAAIAJBAWohAiAAIAZBAWoiBkH/AXFLDQALCwuDPQFFf0EAIAAoAjwiAUH/gfwHcUEIeCABQRh4Qf+B/AdxciIBQRl3IAFBDndzIAFBA3ZzIAAoAjgiAkH/gfwHcUEIeCACQRh4Qf+B/AdxciICaiAAKAIgIgNB/4H8B3FBCHggA0EYeEH/gfwHcXIiBEEZdyAEQQ53cyAEQQN2cyAAKAIcIgNB/4H8B3FBCHggA0EYeEH/gfwHcXIiBWogACgCBCIDQf+B/AdxQQh4IANBGHhB/4H8B3FyIgZBGXcgBkEOd3MgBkEDdnMgACgCACIDQf+B/AdxQQh4IANBGHhB/4H8B3FyIgdqIAAoAiQiA0H/gfwHcUEIeCADQRh4Qf+B/AdxciIIaiACQQ93IAJBDXdzIAJBCnZzaiIDaiAAKAIYIglB/4H8B3FBCHggCUEYeEH/gfwHcXIiCkEZdyAKQQ53cyAKQQN2cyAAKAIUIglB/4H8B3FBCHggCUEYeEH/gfwHcXIiC2ogAmogACgCECIJQf+B/AdxQQh4IAlBGHhB/4H8B3FyIgxBGXcgDEEOd3MgDEEDdnMgACgCDCIJQf+B/AdxQQh4IAlBGHhB/4H8B3FyIg1qIAAoAjAiCUH/gfwHcUEIeCAJQRh4Qf+B/AdxciIOaiAAKAIIIglB/4H8B3FBCHggCUEYeEH/gfwHcXIiD0EZdyAPQQ53cyAPQQN2cyAGaiAAKAIoIglB/4H8B3FBCHggCUEYeEH/gfwHcXIiEGogAUEPdyABQQ13cyABQQp2c2oiCUEPdyAJQQ13cyAJQQp2c2oiEUEPdyARQQ13cyARQQp2c2oiEkEPdyASQQ13cyASQQp2c2oiE2ogACgCNCIUQf+B/AdxQQh4IBRBGHhB/4H8B3FyIhVBGXcgFUEOd3MgFUEDdnMgDmogEmogACgCLCIAQf+B/AdxQQh4IABBGHhB/4H8B3FyIhZBGXcgFkEOd3MgFkEDdnMgEGogEWogCEEZdyAIQQ53cyAIQQN2cyAEaiAJaiAFQRl3IAVBDndzIAVBA3ZzIApqIAFqIAtBGXcgC0EOd3MgC0EDdnMgDGogFWogDUEZdyANQQ53cyANQQN2cyAPaiAWaiADQQ93IANBDXdzIANBCnZzaiIUQQ93IBRBDXdzIBRBCnZzaiIXQQ93IBdBDXdzIBdBCnZzaiIYQQ93IBhBDXdzIBhBCnZzaiIZQQ93IBlBDXdzIBlBCnZzaiIaQQ93IBpBDXdzIBpBCnZzaiIbQQ93IBtBDXdzIBtBCnZzaiIcQRl3IBxBDndzIBxBA3ZzIAJBGXcgAkEOd3MgAkEDdnMgFWogGGogDkEZdyAOQQ53cyAOQQN2cyAWaiAXaiAQQRl3IBBBDndzIBBBA3ZzIAhqIBRqIBNBD3cgE0ENd3MgE0EKdnNqIh1BD3cgHUENd3MgHUEKdnNqIh5BD3cgHkENd3MgHkEKdnNqIh9qIBNBGXcgE0EOd3MgE0EDdnMgGGogA0EZdyADQQ53cyADQQN2cyABaiAZaiAfQQ93IB9BDXdzIB9BCnZzaiIgaiASQRl3IBJBDndzIBJBA3ZzIBdqIB9qIBFBGXcgEUEOd3MgEUEDdnMgFGogHmogCUEZdyAJQQ53cyAJQQN2cyADaiAdaiAcQQ93IBxBDXdzIBxBCnZzaiIhQQ93ICFBDXdzICFBCnZzaiIiQQ93ICJBDXdzICJBCnZzaiIjQQ93ICNBDXdzICNBCnZzaiIkaiAbQRl3IBtBDndzIBtBA3ZzIB5qICNqIBpBGXcgGkEOd3MgGkEDdnMgHWogImogGUEZdyAZQQ53cyAZQQN2cyATaiAhaiAYQRl3IBhBDndzIBhBA3ZzIBJqIBxqIBdBGXcgF0EOd3MgF0EDdnMgEWogG2ogFEEZdyAUQQ53cyAUQQN2cyAJaiAaaiAgQQ93ICBBDXdzICBBCnZzaiIlQQ93ICVBDXdzICVBCnZzaiImQQ93ICZBDXdzICZBCnZzaiInQQ93ICdBDXdzICdBCnZzaiIoQQ93IChBDXdzIChBCnZzaiIpQQ93IClBDXdzIClBCnZzaiIqQQ93ICpBDXdzICpBCnZzaiIrQRl3ICtBDndzICtBA3ZzIB9BGXcgH0EOd3MgH0EDdnMgG2ogJ2ogHkEZdyAeQQ53cyAeQQN2cyAaaiAmaiAdQRl3IB1BDndzIB1BA3ZzIBlqICVqICRBD3cgJEENd3MgJEEKdnNqIixBD3cgLEENd3MgLEEKdnNqIi1BD3cgLUENd3MgLUEKdnNqIi5qICRBGXcgJEEOd3MgJEEDdnMgJ2ogIEEZdyAgQQ53cyAgQQN2cyAcaiAoaiAuQQ93IC5BDXdzIC5BCnZzaiIvaiAjQRl3ICNBDndzICNBA3ZzICZqIC5qICJBGXcgIkEOd3MgIkEDdnMgJWogLWogIUEZdyAhQQ53cyAhQQN2cyAgaiAsaiArQQ93ICtBDXdzICtBCnZzaiIwQQ93IDBBDXdzIDBBCnZzaiIxQQ93IDFBDXdzIDFBCnZzaiIyQQ93IDJBDXdzIDJBCnZzaiIzaiAqQRl3ICpBDndzICpBA3ZzIC1qIDJqIClBGXcgKUEOd3MgKUEDdnMgLGogMWogKEEZdyAoQQ53cyAoQQN2cyAkaiAwaiAnQRl3ICdBDndzICdBA3ZzICNqICtqICZBGXcgJkEOd3MgJkEDdnMgImogKmogJUEZdyAlQQ53cyAlQQN2cyAhaiApaiAvQQ93IC9BDXdzIC9BCnZzaiI0QQ93IDRBDXdzIDRBCnZzaiI1QQ93IDVBDXdzIDVBCnZzaiI2QQ93IDZBDXdzIDZBCnZzaiI3QQ93IDdBDXdzIDdBCnZzaiI4QQ93IDhBDXdzIDhBCnZzaiI5QQ93IDlBDXdzIDlBCnZzaiI6IDggNCAuICwgISAbIBkgAyAOIARBACgC2IEFIjtBGncgO0EVd3MgO0EHd3NBACgC5IEFIjxqQQAoAuCBBSI9QQAoAtyBBSI+cyA7cSA9c2ogB2pBmN+olARqIgdBACgC1IEFIj9qIgAgDGogOyANaiA+IA9qID0gBmogACA+IDtzcSA+c2ogAEEadyAAQRV3cyAAQQd3c2pBkYndiQdqIkBBACgC0IEFIkFqIgwgACA7c3EgO3NqIAxBGncgDEEVd3MgDEEHd3NqQc/3g657aiJCQQAoAsyBBSJDaiINIAwgAHNxIABzaiANQRp3IA1BFXdzIA1BB3dzakGlt9fNfmoiREEAKALIgQUiAGoiDyANIAxzcSAMc2ogD0EadyAPQRV3cyAPQQd3c2pB24TbygNqIkUgQSBDIABzcSBDIABxcyAAQR53IABBE3dzIABBCndzaiAHaiIGaiIHaiAFIA9qIAogDWogCyAMaiAHIA8gDXNxIA1zaiAHQRp3IAdBFXdzIAdBB3dzakHxo8TPBWoiCiAGIABzIENxIAYgAHFzIAZBHncgBkETd3MgBkEKd3NqIEBqIgxqIgQgByAPc3EgD3NqIARBGncgBEEVd3MgBEEHd3NqQaSF/pF5aiILIAwgBnMgAHEgDCAGcXMgDEEedyAMQRN3cyAMQQp3c2ogQmoiDWoiDyAEIAdzcSAHc2ogD0EadyAPQRV3cyAPQQd3c2pB1b3x2HpqIkAgDSAMcyAGcSANIAxxcyANQR53IA1BE3dzIA1BCndzaiBEaiIGaiIHIA8gBHNxIARzaiAHQRp3IAdBFXdzIAdBB3dzakGY1Z7AfWoiQiAGIA1zIAxxIAYgDXFzIAZBHncgBkETd3MgBkEKd3NqIEVqIgxqIgVqIBYgB2ogECAPaiAIIARqIAUgByAPc3EgD3NqIAVBGncgBUEVd3MgBUEHd3NqQYG2jZQBaiIIIAwgBnMgDXEgDCAGcXMgDEEedyAMQRN3cyAMQQp3c2ogCmoiDWoiDyAFIAdzcSAHc2ogD0EadyAPQRV3cyAPQQd3c2pBvovGoQJqIg4gDSAMcyAGcSANIAxxcyANQR53IA1BE3dzIA1BCndzaiALaiIGaiIHIA8gBXNxIAVzaiAHQRp3IAdBFXdzIAdBB3dzakHD+7GoBWoiECAGIA1zIAxxIAYgDXFzIAZBHncgBkETd3MgBkEKd3NqIEBqIgxqIgQgByAPc3EgD3NqIARBGncgBEEVd3MgBEEHd3NqQfS6+ZUHaiIWIAwgBnMgDXEgDCAGcXMgDEEedyAMQRN3cyAMQQp3c2ogQmoiDWoiBWogASAEaiACIAdqIBUgD2ogBSAEIAdzcSAHc2ogBUEadyAFQRV3cyAFQQd3c2pB/uP6hnhqIgcgDSAMcyAGcSANIAxxcyANQR53IA1BE3dzIA1BCndzaiAIaiIBaiIGIAUgBHNxIARzaiAGQRp3IAZBFXdzIAZBB3dzakGnjfDeeWoiBCABIA1zIAxxIAEgDXFzIAFBHncgAUETd3MgAUEKd3NqIA5qIgJqIgwgBiAFc3EgBXNqIAxBGncgDEEVd3MgDEEHd3NqQfTi74x8aiIFIAIgAXMgDXEgAiABcXMgAkEedyACQRN3cyACQQp3c2ogEGoiA2oiDSAMIAZzcSAGc2ogDUEadyANQRV3cyANQQd3c2pBwdPtpH5qIgggAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAWaiIBaiIPIBdqIBEgDWogFCAMaiAJIAZqIA8gDSAMc3EgDHNqIA9BGncgD0EVd3MgD0EHd3NqQYaP+f1+aiIGIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogB2oiAmoiCSAPIA1zcSANc2ogCUEadyAJQRV3cyAJQQd3c2pBxruG/gBqIgwgAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAEaiIDaiIRIAkgD3NxIA9zaiARQRp3IBFBFXdzIBFBB3dzakHMw7KgAmoiDSADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIAVqIgFqIhQgESAJc3EgCXNqIBRBGncgFEEVd3MgFEEHd3NqQe/YpO8CaiIPIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogCGoiAmoiF2ogEyAUaiAYIBFqIBIgCWogFyAUIBFzcSARc2ogF0EadyAXQRV3cyAXQQd3c2pBqonS0wRqIhggAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAGaiIDaiIJIBcgFHNxIBRzaiAJQRp3IAlBFXdzIAlBB3dzakHc08LlBWoiFCADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIAxqIgFqIhEgCSAXc3EgF3NqIBFBGncgEUEVd3MgEUEHd3NqQdqR5rcHaiIXIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogDWoiAmoiEiARIAlzcSAJc2ogEkEadyASQRV3cyASQQd3c2pB0qL5wXlqIhkgAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAPaiIDaiITaiAeIBJqIBogEWogHSAJaiATIBIgEXNxIBFzaiATQRp3IBNBFXdzIBNBB3dzakHtjMfBemoiGiADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIBhqIgFqIgkgEyASc3EgEnNqIAlBGncgCUEVd3MgCUEHd3NqQcjPjIB7aiIYIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogFGoiAmoiESAJIBNzcSATc2ogEUEadyARQRV3cyARQQd3c2pBx//l+ntqIhQgAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAXaiIDaiISIBEgCXNxIAlzaiASQRp3IBJBFXdzIBJBB3dzakHzl4C3fGoiFyADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIBlqIgFqIhNqICAgEmogHCARaiAfIAlqIBMgEiARc3EgEXNqIBNBGncgE0EVd3MgE0EHd3NqQceinq19aiIZIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogGmoiAmoiCSATIBJzcSASc2ogCUEadyAJQRV3cyAJQQd3c2pB0capNmoiGiACIAFzIANxIAIgAXFzIAJBHncgAkETd3MgAkEKd3NqIBhqIgNqIhEgCSATc3EgE3NqIBFBGncgEUEVd3MgEUEHd3NqQefSpKEBaiIYIAMgAnMgAXEgAyACcXMgA0EedyADQRN3cyADQQp3c2ogFGoiAWoiEiARIAlzcSAJc2ogEkEadyASQRV3cyASQQd3c2pBhZXcvQJqIhQgASADcyACcSABIANxcyABQR53IAFBE3dzIAFBCndzaiAXaiICaiITICNqICYgEmogIiARaiAlIAlqIBMgEiARc3EgEXNqIBNBGncgE0EVd3MgE0EHd3NqQbjC7PACaiIXIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogGWoiA2oiCSATIBJzcSASc2ogCUEadyAJQRV3cyAJQQd3c2pB/Nux6QRqIhkgAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAaaiIBaiIRIAkgE3NxIBNzaiARQRp3IBFBFXdzIBFBB3dzakGTmuCZBWoiGiABIANzIAJxIAEgA3FzIAFBHncgAUETd3MgAUEKd3NqIBhqIgJqIhIgESAJc3EgCXNqIBJBGncgEkEVd3MgEkEHd3NqQdTmqagGaiIYIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogFGoiA2oiE2ogKCASaiAkIBFqICcgCWogEyASIBFzcSARc2ogE0EadyATQRV3cyATQQd3c2pBu5WoswdqIhQgAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAXaiIBaiIJIBMgEnNxIBJzaiAJQRp3IAlBFXdzIAlBB3dzakGukouOeGoiFyABIANzIAJxIAEgA3FzIAFBHncgAUETd3MgAUEKd3NqIBlqIgJqIhEgCSATc3EgE3NqIBFBGncgEUEVd3MgEUEHd3NqQYXZyJN5aiIZIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogGmoiA2oiEiARIAlzcSAJc2ogEkEadyASQRV3cyASQQd3c2pBodH/lXpqIhogAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAYaiIBaiITaiAqIBJqIC0gEWogKSAJaiATIBIgEXNxIBFzaiATQRp3IBNBFXdzIBNBB3dzakHLzOnAemoiGCABIANzIAJxIAEgA3FzIAFBHncgAUETd3MgAUEKd3NqIBRqIgJqIgkgEyASc3EgEnNqIAlBGncgCUEVd3MgCUEHd3NqQfCWrpJ8aiIUIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogF2oiA2oiESAJIBNzcSATc2ogEUEadyARQRV3cyARQQd3c2pBo6Oxu3xqIhcgAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAZaiIBaiISIBEgCXNxIAlzaiASQRp3IBJBFXdzIBJBB3dzakGZ0MuMfWoiGSABIANzIAJxIAEgA3FzIAFBHncgAUETd3MgAUEKd3NqIBpqIgJqIhNqIDAgEmogLyARaiArIAlqIBMgEiARc3EgEXNqIBNBGncgE0EVd3MgE0EHd3NqQaSM5LR9aiIaIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogGGoiA2oiCSATIBJzcSASc2ogCUEadyAJQRV3cyAJQQd3c2pBheu4oH9qIhggAyACcyABcSADIAJxcyADQR53IANBE3dzIANBCndzaiAUaiIBaiIRIAkgE3NxIBNzaiARQRp3IBFBFXdzIBFBB3dzakHwwKqDAWoiFCABIANzIAJxIAEgA3FzIAFBHncgAUETd3MgAUEKd3NqIBdqIgJqIhIgESAJc3EgCXNqIBJBGncgEkEVd3MgEkEHd3NqQZaCk80BaiIXIAIgAXMgA3EgAiABcXMgAkEedyACQRN3cyACQQp3c2ogGWoiA2oiEyA2aiAyIBJqIDUgEWogMSAJaiATIBIgEXNxIBFzaiATQRp3IBNBFXdzIBNBB3dzakGI2N3xAWoiGSADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIBpqIgFqIgkgEyASc3EgEnNqIAlBGncgCUEVd3MgCUEHd3NqQczuoboCaiIaIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogGGoiAmoiESAJIBNzcSATc2ogEUEadyARQRV3cyARQQd3c2pBtfnCpQNqIhggAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAUaiIDaiISIBEgCXNxIAlzaiASQRp3IBJBFXdzIBJBB3dzakGzmfDIA2oiFCADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIBdqIgFqIhNqICxBGXcgLEEOd3MgLEEDdnMgKGogNGogM0EPdyAzQQ13cyAzQQp2c2oiFyASaiA3IBFqIDMgCWogEyASIBFzcSARc2ogE0EadyATQRV3cyATQQd3c2pBytTi9gRqIhsgASADcyACcSABIANxcyABQR53IAFBE3dzIAFBCndzaiAZaiICaiIJIBMgEnNxIBJzaiAJQRp3IAlBFXdzIAlBB3dzakHPlPPcBWoiGSACIAFzIANxIAIgAXFzIAJBHncgAkETd3MgAkEKd3NqIBpqIgNqIhEgCSATc3EgE3NqIBFBGncgEUEVd3MgEUEHd3NqQfPfucEGaiIaIAMgAnMgAXEgAyACcXMgA0EedyADQRN3cyADQQp3c2ogGGoiAWoiEiARIAlzcSAJc2ogEkEadyASQRV3cyASQQd3c2pB7oW+pAdqIhwgASADcyACcSABIANxcyABQR53IAFBE3dzIAFBCndzaiAUaiICaiITaiAuQRl3IC5BDndzIC5BA3ZzICpqIDZqIC1BGXcgLUEOd3MgLUEDdnMgKWogNWogF0EPdyAXQQ13cyAXQQp2c2oiFEEPdyAUQQ13cyAUQQp2c2oiGCASaiA5IBFqIBQgCWogEyASIBFzcSARc2ogE0EadyATQRV3cyATQQd3c2pB78aVxQdqIgkgAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAbaiIDaiIRIBMgEnNxIBJzaiARQRp3IBFBFXdzIBFBB3dzakGU8KGmeGoiGyADIAJzIAFxIAMgAnFzIANBHncgA0ETd3MgA0EKd3NqIBlqIgFqIhIgESATc3EgE3NqIBJBGncgEkEVd3MgEkEHd3NqQYiEnOZ4aiIZIAEgA3MgAnEgASADcXMgAUEedyABQRN3cyABQQp3c2ogGmoiAmoiEyASIBFzcSARc2ogE0EadyATQRV3cyATQQd3c2pB+v/7hXlqIhogAiABcyADcSACIAFxcyACQR53IAJBE3dzIAJBCndzaiAcaiIDaiIUIDxqNgLkgQVBACA/IAMgAnMgAXEgAyACcXMgA0EedyADQRN3cyADQQp3c2ogCWoiASADcyACcSABIANxcyABQR53IAFBE3dzIAFBCndzaiAbaiICIAFzIANxIAIgAXFzIAJBHncgAkETd3MgAkEKd3NqIBlqIgMgAnMgAXEgAyACcXMgA0EedyADQRN3cyADQQp3c2ogGmoiCWo2AtSBBUEAID0gL0EZdyAvQQ53cyAvQQN2cyAraiA3aiAYQQ93IBhBDXdzIBhBCnZzaiIYIBFqIBQgEyASc3EgEnNqIBRBGncgFEEVd3MgFEEHd3NqQevZwaJ6aiIZIAFqIhFqNgLggQVBACBBIAkgA3MgAnEgCSADcXMgCUEedyAJQRN3cyAJQQp3c2ogGWoiAWo2AtCBBUEAID4gMEEZdyAwQQ53cyAwQQN2cyAvaiAXaiA6QQ93IDpBDXdzIDpBCnZzaiASaiARIBQgE3NxIBNzaiARQRp3IBFBFXdzIBFBB3dzakH3x+b3e2oiFyACaiISajYC3IEFQQAgQyABIAlzIANxIAEgCXFzIAFBHncgAUETd3MgAUEKd3NqIBdqIgJqNgLMgQVBACA7IDRBGXcgNEEOd3MgNEEDdnMgMGogOGogGEEPdyAYQQ13cyAYQQp2c2ogE2ogEiARIBRzcSAUc2ogEkEadyASQRV3cyASQQd3c2pB8vHFs3xqIhEgA2pqNgLYgQVBACAAIAIgAXMgCXEgAiABcXMgAkEedyACQRN3cyACQQp3c2ogEWpqNgLIgQULswYCBH8BfkEAKALAgQUiAEECdkEPcSIBQQJ0IgIgAigCgIEFQX8gAEEDdCIAdEF/c3FBgAEgAHRzNgKAgQUCQAJAAkAgAUEOSQ0AAkAgAUEORw0AQQBBADYCvIEFC0GAgQUQA0EAIQIMAQsgAUENRg0BIAFBAWohAgsgAiEDAkBBBiACa0EHcSIARQ0AIAIgAGohAyACQQJ0QYCBBWohAQNAIAFBADYCACABQQRqIQEgAEF/aiIADQALCyACQXlqQQdJDQACQEEGIANrIgBBCHENACADQQJ0IgFCADcCmIEFIAFCADcCkIEFIAFCADcCiIEFIAFCADcCgIEFIABBCEkNASADQQhqIQMLIANBAnRBgIEFaiEBA0AgAUIANwIAIAFBOGpCADcCACABQTBqQgA3AgAgAUEoakIANwIAIAFBIGpCADcCACABQRhqQgA3AgAgAUEQakIANwIAIAFBCGpCADcCACABQcAAaiEBDAALC0EAIQBBAEEAKQPAgQUiBKdBA3QiAUH4gfwHcUEIeCABQRh4Qf+B/AdxcjYCvIEFQQAgBEIdiKciAUH/gfwHcUEIeCABQRh4Qf+B/AdxcjYCuIEFQYCBBRADQQBBACgC5IEFIgFB/4H8B3FBCHggAUEYeEH/gfwHcXI2AuSBBUEAQQAoAuCBBSIBQf+B/AdxQQh4IAFBGHhB/4H8B3FyNgLggQVBAEEAKALcgQUiAUH/gfwHcUEIeCABQRh4Qf+B/AdxcjYC3IEFQQBBACgC2IEFIgFB/4H8B3FBCHggAUEYeEH/gfwHcXI2AtiBBUEAQQAoAtSBBSIBQf+B/AdxQQh4IAFBGHhB/4H8B3FyNgLUgQVBAEEAKALQgQUiAUH/gfwHcUEIeCABQRh4Qf+B/AdxcjYC0IEFQQBBACgCzIEFIgFB/4H8B3FBCHggAUEYeEH/gfwHcXI2AsyBBUEAQQAoAsiBBSIBQf+B/AdxQQh4IAFBGHhB/4H8B3FyNgLIgQUCQEEAKALogQUiAkUNAEEAIQEDQCABQYCBBGogAUHIgQVqLQAAOgAAIAFBAWohASACIABBAWoiAEH/AXFLDQALCwsGAEGAgQULowEAQQBCADcDwIEFQQBBHEEgIAFB4AFGIgEbNgLogQVBAEKnn+anxvST/b5/Qquzj/yRo7Pw2wAgARs3A+CBBUEAQrGWgP6fooWs6ABC/6S5iMWR2oKbfyABGzcD2IEFQQBCl7rDg5Onlod3QvLmu+Ojp/2npX8gARs3A9CBBUEAQti9loj8oLW+NkLnzKfQ1tDrs7t/IAEbNwPIgQUgABACEAQLCwwBAEGAgAQLBHAAAAA=";
var hash$a = "8ed695a3";
var wasmJson$a = {
  name: name$a,
  data: data$a,
  hash: hash$a
};
var mutex$a = new Mutex();
var mutex$9 = new Mutex();
function createSHA256() {
  return WASMInterface(wasmJson$a, 32).then((wasm) => {
    wasm.init(256);
    const obj = {
      init: () => {
        wasm.init(256);
        return obj;
      },
      update: (data) => {
        wasm.update(data);
        return obj;
      },
      // biome-ignore lint/suspicious/noExplicitAny: Conflict with IHasher type
      digest: (outputType) => wasm.digest(outputType),
      save: () => wasm.save(),
      load: (data) => {
        wasm.load(data);
        return obj;
      },
      blockSize: 64,
      digestSize: 32
    };
    return obj;
  });
}
var mutex$8 = new Mutex();
var mutex$7 = new Mutex();
var mutex$6 = new Mutex();
var mutex$5 = new Mutex();
var seedBuffer$2 = new Uint8Array(8);
var mutex$4 = new Mutex();
var seedBuffer$1 = new Uint8Array(8);
var mutex$3 = new Mutex();
var seedBuffer = new Uint8Array(8);
var mutex$2 = new Mutex();
var mutex$1 = new Mutex();
var mutex = new Mutex();

// client/shelf.js
var PREFIX = "dreambuild/models/";
var PART = 16 << 20;
var PIECE = 2 << 20;
var TENSORS = "tensor-cache.json";
var HASH = "X-DreamBuild-SHA256";
var ENGINES = ["webllm/config", "webllm/wasm", "webllm/model", "transformers-cache"];
var cacheName = (modelId, revision) => `${PREFIX}${modelId}@${revision}`;
async function stored() {
  const names = await caches.keys();
  return names.filter((n) => n.startsWith(PREFIX)).map((n) => {
    const at = n.lastIndexOf("@");
    return (
      /** @type {[string, string]} */
      [n.slice(PREFIX.length, at), n.slice(at + 1)]
    );
  });
}
var Shelf = class _Shelf {
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
    if (!await caches.has(name)) return null;
    const own = await caches.open(name);
    const kept = await own.match(manifestKey(modelId, revision));
    return kept ? new _Shelf(own, await kept.json()) : null;
  }
  /** Opens a revision for storing. The bytes that are stored already stay. @param {Manifest} manifest */
  static async make(manifest) {
    const { modelId, revision } = manifest;
    const own = await caches.open(cacheName(modelId, revision));
    await own.put(manifestKey(modelId, revision), new Response(JSON.stringify(manifest), { headers: { "Content-Type": "application/json" } }));
    return new _Shelf(own, manifest);
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
    const sizes = /* @__PURE__ */ new Map();
    for (const [path, parts] of await this.#parts()) {
      const size = parts.reduce((sum, p) => sum + p.size, 0);
      const whole = this.manifest.files.find((f) => f.path === path)?.size;
      sizes.set(path, this.webllm && size === whole ? size - 1 : size);
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
    const found = /* @__PURE__ */ new Map();
    for (const request of await this.own.keys()) {
      const [url, from] = request.url.split("?from=");
      if (from === void 0) continue;
      const path = url.slice(this.manifest.baseUrl.length);
      const size = Number((await this.own.match(request))?.headers.get("Content-Length"));
      found.set(path, [...found.get(path) ?? [], { from: Number(from), size, request }]);
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
    return Promise.all(parts.map(async (p) => (
      /** @type {Response} */
      (await this.own.match(p.request)).blob()
    )));
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
    for (const blob of blobs) await read3(blob, (bytes3) => hash.update(bytes3));
    let at = blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (at === file.size) verify(hash, file);
    const source = download(at);
    let rest = null;
    try {
      while (at < file.size) {
        const from = at;
        const end = this.webllm ? file.size : Math.min(from + PART, file.size);
        const part = new Pieces();
        let failed = null;
        while (at < end && !failed) {
          try {
            const chunk = (
              /** @type {Uint8Array<ArrayBuffer>} */
              rest ?? (await source.next()).value
            );
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
    const type = file.path.endsWith(".json") ? "application/json" : file.path.endsWith(".wasm") ? "application/wasm" : void 0;
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
    await caches.delete(cacheName(modelId, revision));
  }
};
async function sweep(baseUrl) {
  for (const scope of ENGINES) {
    if (!await caches.has(scope)) continue;
    const cache = await caches.open(scope);
    for (const request of await cache.keys()) {
      if (request.url.startsWith(baseUrl)) await cache.delete(request);
    }
  }
}
var Pieces = class {
  /** @type {Blob[]} */
  #blobs = [];
  #buffer = new Uint8Array(PIECE);
  #size = 0;
  /** Copies the bytes. @param {Uint8Array} bytes */
  add(bytes3) {
    while (bytes3.length > 0) {
      const taken = bytes3.subarray(0, PIECE - this.#size);
      this.#buffer.set(taken, this.#size);
      this.#size += taken.length;
      bytes3 = bytes3.subarray(taken.length);
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
};
async function read3(blob, onBytes) {
  const reader = blob.stream().getReader();
  for (let r = await reader.read(); !r.done; r = await reader.read()) onBytes(r.value);
}
function verify(hash, file) {
  if (hash.digest() !== file.sha256) {
    throw new ModelError("integrity", `${file.path} differs from what was published.`, { details: { path: file.path } });
  }
}
var manifestKey = (modelId, revision) => `/models/${modelId}/resolve/${revision}/?manifest`;
async function put(cache, url, blob, headers) {
  try {
    await cache.put(url, new Response(blob, { headers: { "Content-Length": String(blob.size), "Content-Type": blob.type || "application/octet-stream", ...headers } }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") {
      throw new ModelError("quota", "The browser has no room left for this model.", { cause: error });
    }
    throw error;
  }
}
async function room() {
  const { quota = 0, usage = 0 } = await navigator.storage?.estimate?.() ?? {};
  return { free: quota > 0 ? Math.max(0, quota - usage) : Infinity };
}

// client/models.js
var PARALLEL = 4;
function openModels({ call, mirrors = true }) {
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
      return models.map((model) => {
        const own = here.filter(({ shelf }) => shelf.manifest.modelId === model.modelId);
        return {
          ...model,
          downloaded: own.find((h) => h.complete)?.shelf.manifest.revision ?? null,
          partial: own.find((h) => !h.complete)?.shelf.manifest.revision ?? null
        };
      });
    },
    /** The revisions that the browser has. It needs no network. @returns {Promise<StoredModel[]>} */
    async stored() {
      return (await shelves()).map(({ shelf: { manifest }, complete }) => ({
        modelId: manifest.modelId,
        revision: manifest.revision,
        name: manifest.name,
        engine: manifest.engine,
        complete,
        bytes: manifest.files.reduce((sum, f) => sum + f.size, 0)
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
      if (here.length === 1 && await isWhole(here[0], options.revision)) return ready(here[0], options);
      const lock = lockName(modelId);
      const model = await navigator.locks.request(lock, { ifAvailable: true }, async (free) => free && await load(modelId, options, signal));
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
        await sweep(new URL(`/models/${modelId}/resolve/`, location.origin).href);
      });
    }
  };
  async function load(modelId, options, signal) {
    const here = await shelvesOf(modelId);
    for (const shelf2 of here.reverse()) {
      if (await isWhole(shelf2, options.revision)) return settle(shelf2, options);
    }
    const granted = await patiently(() => call("grantModel", { modelId, revision: options.revision }), signal);
    const manifest = accept(granted, modelId);
    for (const other of here) {
      if (other.manifest.revision !== manifest.revision && !await other.complete()) await other.remove();
    }
    const shelf = await Shelf.make(manifest);
    const report = reporter(shelf, await shelf.sizes(), options);
    const stop = new AbortController();
    const pause2 = () => stop.abort(signal.reason);
    signal.addEventListener("abort", pause2);
    try {
      await checkRoom(report.missing());
      await navigator.storage?.persist?.().catch(() => false);
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
      signal.removeEventListener("abort", pause2);
      report.end();
    }
    if (!await shelf.complete()) throw new ModelError("busy", "Parts of this model were deleted during the download: load it again.");
    return settle(shelf, options);
  }
}
async function settle(shelf, options) {
  const { modelId, revision } = shelf.manifest;
  for (const other of await shelvesOf(modelId)) {
    if (other.manifest.revision !== revision) await other.remove();
  }
  return ready(shelf, options);
}
function ready(shelf, options) {
  const { files } = shelf.manifest;
  const total = files.reduce((sum, f) => sum + f.size, 0);
  options.onProgress?.({ phase: "ready", loaded: total, total, bytesPerSecond: 0, secondsLeft: 0, filesDone: files.length, files: files.length });
  return modelOf(shelf);
}
async function fetchFile(shelf, file, links, report, signal) {
  for (let again = false; ; again = true) {
    try {
      await shelf.fill(file, (from) => bytesOf(file, from, links, signal, report.online), (bytes3) => report.add(file, bytes3));
      return report.finish(file);
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== "integrity" || again) throw error;
      await shelf.forget(file.path);
      links.distrust(file.path);
      report.restart(file);
    }
  }
}
async function all(work, stop) {
  let first;
  await Promise.all(work.map((w) => w.catch((error) => {
    first ??= { error };
    stop.abort(error);
  })));
  if (first) throw first.error;
}
var lockName = (modelId) => `dreambuild/models/${modelId}`;
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
async function isWhole(shelf, revision) {
  return (revision === void 0 || shelf.manifest.revision === revision) && await shelf.complete();
}
var SAFE_PATH = /^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$/;
function accept(granted, modelId) {
  const { revision, engine, files } = granted;
  const baseUrl = new URL(`/models/${modelId}/resolve/${revision}/`, location.origin).href;
  const seen = /* @__PURE__ */ new Set();
  const good = granted.modelId === modelId && new URL(granted.baseUrl, location.origin).href === baseUrl && Array.isArray(files) && files.length > 0 && files.every(({ path, url, size, sha256 }) => typeof path === "string" && SAFE_PATH.test(path) && path.length <= 512 && !seen.has(path) && seen.add(path) && Number.isSafeInteger(size) && size > 0 && /^[0-9a-f]{64}$/.test(sha256) && /^https?:$/.test(new URL(url).protocol));
  if (!good) throw new ModelError("manifest", `The backend's file list of ${modelId} cannot be used.`);
  return {
    modelId,
    revision,
    engine,
    baseUrl,
    name: granted.name ?? modelId,
    entry: granted.entry,
    contextTokens: granted.contextTokens,
    webllm: granted.webllm,
    mirrors: granted.mirrors ?? [],
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 }))
  };
}
async function checkRoom(needed) {
  const { free } = await room();
  if (needed > free) {
    throw new ModelError("quota", `This model needs ${megabytes(needed)} more, and the browser has room for ${megabytes(free)}.`, { details: { needed, free } });
  }
}
var megabytes = (bytes3) => `${Math.ceil(bytes3 / 1e6)} MB`;
async function patiently(ask, signal) {
  let stop = () => {
  };
  const aborted = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  aborted.catch(() => {
  });
  try {
    for (let tries = 0; ; tries++) {
      try {
        signal.throwIfAborted();
        return await Promise.race([ask(), aborted]);
      } catch (error) {
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
function reporter(shelf, sizes, options) {
  const { files, modelId } = shelf.manifest;
  const total = files.reduce((sum, f) => sum + f.size, 0);
  const channel = new BroadcastChannel(lockName(modelId));
  const finished = new Set(files.filter((f) => sizes.get(f.path) === f.size));
  let loaded = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let offline = false;
  const recent = [{ at: performance.now(), loaded }];
  const say = () => {
    const now = performance.now();
    recent.push({ at: now, loaded });
    while (recent.length > 2 && now - recent[0].at > 5e3) recent.shift();
    const bytesPerSecond = Math.max(0, (loaded - recent[0].loaded) / Math.max(1, now - recent[0].at) * 1e3);
    const progress = {
      phase: offline ? "offline" : "downloading",
      loaded,
      total,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (total - loaded) / bytesPerSecond : null,
      filesDone: finished.size,
      files: files.length
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
    add(file, bytes3) {
      loaded += bytes3;
      sizes.set(file.path, (sizes.get(file.path) ?? 0) + bytes3);
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
    }
  };
}
function watch(lock, options) {
  const channel = new BroadcastChannel(lock);
  channel.onmessage = ({ data }) => options.onProgress?.({ ...data, phase: "waiting" });
  return channel;
}
function modelOf(shelf) {
  const { manifest } = shelf;
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
    record: shelf.webllm ? {
      model: manifest.baseUrl,
      model_id: manifest.modelId,
      model_lib: shelf.url(modelLib),
      vram_required_MB: vramRequiredMB,
      low_resource_required: lowResourceRequired,
      buffer_size_required_bytes: bufferSizeRequiredBytes,
      required_features: requiredFeatures,
      overrides
    } : null,
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : new URL(input, location.href).href;
      if (!url.startsWith(manifest.baseUrl)) return globalThis.fetch(input, init);
      const path = url.slice(manifest.baseUrl.length);
      if (!manifest.files.some((f) => f.path === path)) return new Response(null, { status: 404 });
      const blob = await file(path);
      const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get("Range") ?? "");
      if (!range) return new Response(blob, { headers: { "Content-Length": String(blob.size) } });
      const [from, to] = [Number(range[1]), Math.min(Number(range[2]), blob.size - 1)];
      return new Response(blob.slice(from, to + 1), {
        status: 206,
        headers: { "Content-Range": `bytes ${from}-${to}/${blob.size}`, "Content-Length": String(to + 1 - from) }
      });
    }
  };
}
function ggufs({ entry, files }) {
  if (!entry) return [];
  const split = /^(.*)-00001-of-(\d{5})\.gguf$/.exec(entry);
  if (!split) return [entry];
  return files.map((f) => f.path).filter((p) => p.startsWith(`${split[1]}-`) && p.endsWith(`-of-${split[2]}.gguf`)).sort();
}

// client/appstorage.js
var LARGEST = 5 << 20;
var PAUSE = 250;
var AREAS = ["local", "session", "cookie"];
var KEPT = ["local", "cookie"];
async function openAppStorage(name, database = "dreambuild-previews") {
  const areas = new Map(AREAS.map((area) => [area, { items: /* @__PURE__ */ new Map(), size: 0, cleared: false, pending: /* @__PURE__ */ new Map() }]));
  let db = null;
  let timer;
  if (name !== void 0) {
    try {
      db = await openDatabase(database);
      const store = db.transaction("items").objectStore("items");
      const [keys, values] = await Promise.all([settled(store.getAllKeys(below(name))), settled(store.getAll(below(name)))]);
      for (const [i, id] of keys.entries()) {
        const [, area, key] = (
          /** @type {string[]} */
          id
        );
        const of = areas.get(area);
        if (of && !put2(of, key, values[i])) remember(of, key, null);
      }
    } catch (error) {
      console.warn("What the app stores will not outlast the preview.", error);
    }
  }
  function remember(area, key, value) {
    if (db) area.pending.set(key, value);
    timer ??= setTimeout(write, PAUSE);
  }
  function write() {
    clearTimeout(timer);
    timer = void 0;
    if (!db || name === void 0) return;
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
  const onHide = () => timer !== void 0 && write();
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
        if (of && put2(of, key, value)) remember(of, key, value);
      }
    },
    close() {
      if (timer !== void 0) write();
      globalThis.removeEventListener?.("pagehide", onHide);
      db?.close();
    }
  };
}
function put2(area, key, value) {
  const before = area.items.get(key);
  const grown = (value === null ? 0 : key.length + value.length) - (before === void 0 ? 0 : key.length + before.length);
  if (area.size + grown > LARGEST) return false;
  area.size += grown;
  if (value === null) area.items.delete(key);
  else area.items.set(key, value);
  return true;
}
var below = (...begin) => IDBKeyRange.bound(begin, [...begin, []]);
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
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// client/capture.js
var browser = (
  /** @type {any} */
  globalThis
);
var canCapture = () => ["CropTarget", "ImageCapture"].every((name) => name in browser) && Boolean(navigator.mediaDevices?.getDisplayMedia) && /** @type {any} */
document.featurePolicy?.allowsFeature("display-capture") !== false;
async function firstFrame(capture2) {
  for (let tries = 50; ; tries--) {
    try {
      return await capture2.grabFrame();
    } catch (error) {
      if (tries === 0) throw error ?? new DOMException("The browser gave no picture.", "InvalidStateError");
      await new Promise(requestAnimationFrame);
    }
  }
}
async function capture(element) {
  const asked = { preferCurrentTab: true, video: { displaySurface: "browser" } };
  const [track] = (await navigator.mediaDevices.getDisplayMedia(asked)).getVideoTracks();
  try {
    await /** @type {any} */
    track.cropTo(await browser.CropTarget.fromElement(element));
    const frame = await firstFrame(new browser.ImageCapture(track));
    const canvas = new OffscreenCanvas(frame.width, frame.height);
    canvas.getContext("2d")?.drawImage(frame, 0, 0);
    return await canvas.convertToBlob();
  } finally {
    track.stop();
  }
}

// client/frame.js
var TICK = 1e3;
var UNREACHABLE = 1e4;
var MESSAGES = 300;
var RELOADS = 30;
var LONGEST = 4e3;
function openFrame(around, { url, modals, frozenAfter, start: start2, hear }) {
  const element = around.createElement("iframe");
  element.title = "App";
  element.setAttribute("sandbox", `allow-scripts allow-forms allow-downloads${modals ? " allow-modals" : ""}`);
  element.src = url;
  let port = null;
  let state = "loading";
  let again = false;
  let unsure = false;
  let waited = 0;
  let dialog = false;
  let takenAt = 0;
  const messages = rate(MESSAGES, 1e3);
  const loads = rate(RELOADS, 1e4);
  element.addEventListener("load", () => {
    if (state === "loading" || state === "left") return hand();
    if (state !== "running") return;
    unsure = true;
    port?.postMessage({ type: "ping" });
  });
  function hand() {
    if (loads()) return stop("reloads");
    const channel = new MessageChannel();
    port?.close();
    port = channel.port1;
    port.onmessage = onMessage;
    again = state === "left";
    state = "asked";
    waited = 0;
    element.contentWindow?.postMessage(start2(), "*", [channel.port2]);
  }
  function onMessage({ data }) {
    if (state === "over") return;
    if (messages()) return stop("flood");
    const message = read4(data);
    waited = 0;
    if (!message) return;
    switch (message.type) {
      case "pong":
        unsure = false;
        return;
      case "taken":
        takenAt = wall();
        state = "running";
        return;
      case "began":
        return hear({ type: "began", isolated: message.probed ? takenAt < message.at - 5 : null });
      case "dialog":
        dialog = message.open;
        return;
      case "dialogs":
        return stop("dialogs");
      case "left":
        state = "left";
        dialog = false;
        if (unsure) hand();
        unsure = false;
        return;
      default:
        return hear(message);
    }
  }
  function stop(why) {
    close();
    hear({ type: "stopped", why });
  }
  let last = wall();
  const timer = setInterval(() => {
    const late = wall() - last > 2 * TICK;
    last = wall();
    if (late || dialog || document.hidden) {
      waited = 0;
      return;
    }
    waited += TICK;
    if (state === "running") {
      if (waited > frozenAfter) return stop("frozen");
      port?.postMessage({ type: "ping" });
    } else if (state === "asked" && again ? waited > 2 * TICK : waited > UNREACHABLE) {
      if (!again && state !== "left") return stop("unreachable");
      state = "over";
      clearInterval(timer);
      hear({ type: "left" });
    }
  }, TICK);
  function close() {
    state = "over";
    clearInterval(timer);
    port?.close();
    element.remove();
  }
  around.body.append(element);
  return {
    element,
    /** @param {"pick" | "unpick" | "flush"} type */
    send: (type) => port?.postMessage({ type }),
    close
  };
}
var wall = () => performance.timeOrigin + performance.now();
function rate(most, span) {
  let [count, since] = [0, 0];
  return () => {
    if (wall() - since > span) [count, since] = [0, wall()];
    return ++count > most;
  };
}
function read4(data) {
  switch (data?.type) {
    case "taken":
    case "pong":
    case "loaded":
    case "left":
    case "unpicked":
    case "dialogs":
      return { type: data.type };
    case "began":
      return { type: "began", at: number(data.at), probed: data.probed === true };
    case "dialog":
      return { type: "dialog", open: data.open === true };
    case "error":
      if (!["error", "rejection", "load"].includes(data.kind)) return null;
      return { type: "error", kind: data.kind, message: text(data.message), stack: text(data.stack), file: text(data.file), line: number(data.line), column: number(data.column), within: text(data.within) };
    case "console":
      if (!["debug", "log", "info", "warn", "error"].includes(data.level) || !Array.isArray(data.texts)) return null;
      return { type: "console", level: data.level, texts: data.texts.slice(0, 20).map((t) => text(t)) };
    case "dropped":
      return { type: "dropped", errors: number(data.error), lines: number(data.console) };
    case "storage": {
      if (!isRecord(data.cleared) || !isRecord(data.changes)) return null;
      const changes = [];
      for (const [name, value] of Object.entries(data.changes)) {
        const end = name.indexOf("\n");
        if (end > 0 && (value === null || typeof value === "string")) changes.push([name.slice(0, end), name.slice(end + 1), value]);
      }
      return { type: "storage", cleared: Object.keys(data.cleared), changes };
    }
    case "picked":
      return { type: "picked", selector: text(data.selector, 1e3), text: text(data.text, 500), html: bytes(text(data.html, 8192), 8192) };
  }
  return null;
}
var text = (value, longest = LONGEST) => typeof value === "string" ? value.slice(0, longest) : "";
var number = (value) => typeof value === "number" && value >= 0 && value < 1e15 ? value : 0;
var isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
function bytes(whole, most) {
  return whole.slice(0, new TextEncoder().encodeInto(whole, new Uint8Array(most)).read);
}

// client/saves.js
var LONGEST2 = 6e4;
function openSaves({ call, uid, onSaved, onRefused, database = "dreambuild" }) {
  const db = openDatabase2(database);
  let tries = 0;
  let failure;
  let timer;
  const flushNow = () => void flush().catch(() => {
  });
  globalThis.addEventListener?.("online", flushNow);
  function flush() {
    clearTimeout(timer);
    failure = void 0;
    return navigator.locks.request(`dreambuild/saves/${database}`, async () => {
      const outcomes = /* @__PURE__ */ new Map();
      const held = /* @__PURE__ */ new Set();
      let reached = true;
      try {
        for (const waiting of await all2(await db)) {
          if (waiting.refused || waiting.uid !== uid()) continue;
          const { turnId } = waiting;
          const projectId = waiting.request.projectId ?? await projectIdOf(waiting.uid, turnId);
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
        if (held.size > 0) timer = setTimeout(flushNow, after(failure, tries++, LONGEST2));
        else tries = 0;
      }
      return outcomes;
    });
  }
  async function send(waiting) {
    if (waiting.uid !== uid()) return { reached: false };
    let result;
    try {
      result = await call("saveProject", waiting.request);
    } catch (error) {
      const what = verdict(error);
      failure = error;
      if (what === "retry" || what === "sign-in") return { reached: false };
      if (what === "wait") return {};
      waiting.refused = { code: about(error).code, message: error.message, details: error.details };
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
     * Saves a project. It resolves to the backend's turn result, or to a `Queued`
     * while the backend cannot be reached. It rejects if the backend refuses the
     * save, which is kept then: see `waiting`.
     *
     * @param {Save} save
     * @returns {Promise<TurnResult | Queued>}
     */
    async save(save) {
      const turnId = save.turnId ?? crypto.randomUUID();
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      const body = JSON.parse(JSON.stringify({ ...save, turnId }));
      await keep(await db, { uid: owner, turnId, request: body });
      const outcome = (await flush()).get(turnId);
      if (outcome?.error) throw outcome.error;
      if (outcome?.result) return outcome.result;
      if (uid() === owner) return call("saveProject", body);
      return { queued: true, turnId, projectId: body.projectId ?? await projectIdOf(owner, turnId) };
    },
    /** Sends the saves that wait. Call it when a user has signed in. */
    flush,
    /** The signed-in user's saves that wait or were refused, the oldest first. */
    async waiting() {
      return (await all2(await db)).filter((w) => w.uid === uid());
    },
    /** Sends a refused save again. @param {string} turnId */
    async retry(turnId) {
      for (const waiting of await all2(await db)) {
        if (waiting.turnId === turnId) await keep(await db, { ...waiting, refused: void 0 });
      }
      await flush();
    },
    /** Drops a save. @param {string} turnId */
    async discard(turnId) {
      for (const waiting of await all2(await db)) {
        if (waiting.turnId === turnId) await forget(await db, waiting);
      }
    },
    async close() {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", flushNow);
      (await db).close();
    }
  };
}
function tell(listener2) {
  try {
    listener2();
  } catch (error) {
    console.error(error);
  }
}
async function projectIdOf(uid, turnId) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${uid}\0${turnId}`)));
  let [id, bits, value] = ["", 0, 0];
  for (const byte of hash) {
    value = value << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) id += "abcdefghijklmnopqrstuvwxyz234567"[value >>> bits - 5 & 31];
    value &= (1 << bits) - 1;
  }
  return id.slice(0, 20);
}
function openDatabase2(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("saves", { keyPath: "key", autoIncrement: true });
  return settled2(opening);
}
var all2 = (db) => settled2(db.transaction("saves").objectStore("saves").getAll());
var keep = (db, waiting) => committed(db, (store) => store.put(waiting));
var forget = (db, waiting) => committed(db, (store) => store.delete(
  /** @type {number} */
  waiting.key
));
function committed(db, change) {
  return (
    /** @type {Promise<void>} */
    new Promise((resolve, reject) => {
      const transaction = db.transaction("saves", "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore("saves"));
    })
  );
}
function settled2(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// client/sources.js
var MODULE = /^\/\/ (\w+):(.+?)(:\d+)?$/;
var OWN = ["set", "page"];
var SCRIPTS = 300;
var LINES = 200;
var CALLS = 30;
var SOURCE_URL = /\/\/[#@] sourceURL=(\S+)\s*$/;
function openSources(document2, files) {
  const scripts = /* @__PURE__ */ new Map();
  const plain = files.map(({ path, content }) => ({ path, content: unescape(content) }));
  let [code, done] = ["", 0];
  for (const { attributes, text: text2, end } of scriptsOf(document2)) {
    if (!text2.trim() || !runs(attributes)) continue;
    const given = SOURCE_URL.exec(text2)?.[1] ?? "";
    const bundle = /^\/\/ (set|page):/m.test(text2) ? openBundle(text2.split("\n"), files) : null;
    const script = { name: given || `script-${scripts.size + 1}`, ...origin(text2, given, plain), bundle, segments: null, files: [] };
    scripts.set(script.name, script);
    if (!given) {
      code += `${document2.slice(done, end)}
//# sourceURL=${script.name}
`;
      done = end;
    }
    if (scripts.size === SCRIPTS) break;
  }
  code += document2.slice(done);
  function find({ file, line, column }) {
    if (line < 1 || !file) return null;
    const script = scripts.get(file) ?? [...scripts.values()].find(({ name }) => file.endsWith(`/${name}`));
    if (script?.map) return throughMap(script, line + script.before, column);
    if (script?.bundle) return script.bundle(line);
    if (script) return script.path && line > -script.before ? { path: script.path, line: line + script.before } : null;
    return /^[a-z][\w+.-]*:|[<>\s]/i.test(file) ? null : { path: file, line };
  }
  return {
    /** The document, in which each script has a name. */
    code,
    /**
     * The place of an error, as far as it is known: the first position of the stack that
     * is in a file of the project, or where it was thrown. The stack names places in files, too.
     *
     * @param {Position & {stack: string, within: string}} error within: the end of the
     *   script that was about to run
     * @returns {{stack?: string, path?: string, line?: number}}
     */
    locate({ stack, within, ...thrown }) {
      let place = null;
      let calls = 0;
      const told = stack.replace(/(?<![^\s(@])([^\s(@]+):(\d+):(\d+)(?=\)?$)/gm, (all3, file, line, column) => {
        if (++calls > CALLS) return all3;
        const found = find({ file, line: Number(line), column: Number(column) });
        place ??= found;
        return found ? found.path + (found.line ? `:${found.line}` : "") : all3;
      });
      const unread = SOURCE_URL.exec(within)?.[1];
      if (unread) place = find({ ...thrown, file: unread });
      return { ...told && { stack: told }, ...place ?? find(thrown) };
    }
  };
}
function* scriptsOf(document2) {
  const [begins, ends] = [/<script\b/gi, /<\/script/gi];
  for (let begin = begins.exec(document2); begin; begin = begins.exec(document2)) {
    const from = document2.indexOf(">", begins.lastIndex);
    if (from < 0) return;
    ends.lastIndex = from + 1;
    const end = ends.exec(document2);
    if (!end) return;
    yield { attributes: document2.slice(begins.lastIndex, from), text: document2.slice(from + 1, end.index), end: end.index };
    begins.lastIndex = ends.lastIndex;
  }
}
function runs(attributes) {
  const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1].toLowerCase() ?? "";
  return !/\bsrc\s*=/i.test(attributes) && /^(|module|.*(javascript|ecmascript).*)$/.test(type);
}
function origin(text2, given, files) {
  const map = decodeMap(/\/\/[#@] sourceMappingURL=data:application\/json[^,\s]{0,100},(\S+)/.exec(text2)?.[1] ?? "");
  if (given || map) return { map, path: given, before: text2.startsWith("\n") ? -1 : 0 };
  const [space] = /^\s*/.exec(text2) ?? [""];
  const within = unescape(text2.trim());
  for (const { path, content } of files) {
    const at = content.indexOf(within);
    if (at >= 0) return { map, path, before: newlines(content.slice(0, at)) - newlines(space) };
  }
  return { map, path: "", before: 0 };
}
var unescape = (text2) => text2.replaceAll("\\x3C", "<");
var newlines = (text2) => text2.split("\n").length - 1;
function decodeMap(data) {
  try {
    return /^(%7B|{)/i.test(data) ? decodeURIComponent(data) : new TextDecoder().decode(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
  } catch {
    return "";
  }
}
function openBundle(bundle, files) {
  const modules = bundle.flatMap((text2, i) => {
    const [, kind, path] = MODULE.exec(text2) ?? [];
    return path ? [{ line: i + 1, kind, path }] : [];
  });
  const known = /* @__PURE__ */ new Map();
  const texts = /* @__PURE__ */ new Map();
  return (line) => {
    const module = modules.findLast((m) => m.line <= line);
    if (!module || !OWN.includes(module.kind)) return null;
    const place = known.get(line);
    if (place || known.size === LINES) return place ?? { path: module.path };
    const { path } = module;
    const text2 = texts.get(path) ?? (files.find((file) => file.path === path)?.content ?? "").split("\n").map(words);
    texts.set(path, text2);
    const at = mostAlike(words(bundle[line - 1] ?? ""), text2);
    known.set(line, at >= 0 ? { path, line: at + 1 } : { path });
    return known.get(line) ?? null;
  };
}
function mostAlike(line, lines) {
  let [best, at, tied] = [0.5, -1, false];
  for (const [i, other] of lines.entries()) {
    let both = 0;
    for (const word of other) if (line.has(word)) both++;
    const alike = 2 * both / (line.size + other.size || 1);
    if (alike > best) [best, at, tied] = [alike, i, false];
    else if (alike === best) tied = true;
  }
  return tied ? -1 : at;
}
var words = (text2) => new Set(text2.match(/[\w$]+/g));
function throughMap(script, line, column) {
  script.segments ??= readMap(script);
  const segments = script.segments[line - 1] ?? [];
  const at = segments.findLast(([begins]) => begins <= column - 1) ?? segments[0];
  const path = at && script.files[at[1]];
  return path ? { path, line: at[2] + 1 } : null;
}
function readMap(script) {
  try {
    const { sources, mappings } = JSON.parse(script.map);
    script.files = sources.map((s) => String(s).replace(/^[\w-]+:(\/\/\/?)?/, ""));
    let [file, line] = [0, 0];
    return String(mappings).split(";").map((text2) => {
      let column = 0;
      const segments = [];
      for (const part of text2.split(",")) {
        const numbers = vlq(part);
        if (numbers.length === 0) continue;
        column += numbers[0];
        if (numbers.length < 4) continue;
        file += numbers[1];
        line += numbers[2];
        segments.push([column, file, line]);
      }
      return segments;
    });
  } catch {
    return [];
  }
}
var DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
function vlq(text2) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit2 of text2) {
    const bits = DIGITS.indexOf(digit2);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

// client/preview.js
var WHY = {
  frozen: "The app was stopped: it did not answer any more.",
  dialogs: "The app was stopped: it opened three dialogs within a second.",
  flood: "The app was stopped: it sent too many messages.",
  reloads: "The app was stopped: it reloads itself over and over.",
  unreachable: "The page for previews does not answer."
};
var REST = 1500;
var PATIENCE = 5e3;
var ORIGIN = /^(https?|wss?):\/\/[\w.-]+(:\d+)?$/;
function openPreview(container, { code, files = [], network = [], previewOrigin, storage, modals = false, frozenAfter = 5e3, onError, onConsole, onPick, onReady }) {
  const site = new URL(previewOrigin);
  if (site.origin === location.origin) throw new Error("previewOrigin is this page's own origin. An app needs another site.");
  const page = (name) => `${site.origin}/${name}.html`;
  let shown = null;
  let newest = null;
  let stored2 = null;
  let writer = null;
  let isolated = null;
  let viewport = null;
  let picking = null;
  let sources = openSources("", []);
  let missing = /* @__PURE__ */ new Set();
  let patience;
  let resting;
  let closed = false;
  const fence = document.createElement("iframe");
  fence.title = "Preview";
  fence.srcdoc = `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="frame-src ${page("preview")} ${page("preview-network")}">`;
  const opened = new Promise((resolve) => fence.addEventListener("load", resolve, { once: true }));
  container.append(fence);
  const resized = new ResizeObserver(fit);
  void Promise.all([openAppStorage(storage), opened]).then(([kept]) => {
    if (closed) return kept.close();
    stored2 = kept;
    const { documentElement, body } = inside();
    for (const element of [documentElement, body]) style(element, { height: "100%", margin: "0", overflow: "hidden" });
    style(body, { position: "relative", background: "white" });
    resized.observe(body);
    begin();
  });
  const inside = () => (
    /** @type {Document} */
    fence.contentDocument
  );
  function begin() {
    if (resting) {
      clearTimeout(resting);
      return rest(true);
    }
    if (newest !== shown) newest?.close();
    clearTimeout(patience);
    finishPick(null);
    inside().querySelector("p")?.remove();
    sources = openSources(code, files);
    missing = /* @__PURE__ */ new Set();
    shown?.send("flush");
    const origins = network.filter((origin2) => ORIGIN.test(origin2));
    const frame = openFrame(inside(), {
      url: page(origins.length > 0 ? "preview-network" : "preview"),
      modals,
      frozenAfter,
      start: () => {
        writer = frame;
        return { document: sources.code, network: origins, modals, probe: isolated !== true, storage: stored2?.snapshot() ?? {} };
      },
      hear: (message) => {
        if (message.type === "storage") {
          if (frame === writer) stored2?.change(message.cleared, message.changes);
        } else if (frame === newest) hear(message);
        else if (frame === shown && message.type === "stopped") {
          newest?.close();
          shown = newest = null;
          rest(true);
        }
      }
    });
    newest = frame;
    style(frame.element, { position: "absolute", left: "0", top: "0", border: "0", background: "white", transformOrigin: "0 0", zIndex: "0" });
    if (shown) style(shown.element, { zIndex: "1" });
    shown ??= frame;
    fit();
  }
  function rest(again) {
    resting = setTimeout(() => {
      resting = void 0;
      if (again) begin();
    }, REST);
  }
  function reveal() {
    clearTimeout(patience);
    if (shown !== newest) shown?.close();
    shown = newest;
  }
  function hear(message) {
    switch (message.type) {
      case "began":
        isolated = message.isolated ?? isolated;
        patience = setTimeout(reveal, PATIENCE);
        return;
      case "loaded":
        reveal();
        return tell(() => onReady?.({ isolated }));
      case "error": {
        const { kind, message: said, stack, ...position } = message;
        const what = kind === "load" ? `It could not load ${said.startsWith(`${site.origin}/`) ? said.slice(site.origin.length + 1) : said}` : said.replace(/^(Uncaught )?(\w+: )?(Failed to execute 'write' on 'Document': )?/, "$2");
        if (kind === "load") {
          if (isPicture(said)) return;
          if (missing.has(what)) return;
          if (missing.size < 1e3) missing.add(what);
        }
        const own = stack.split("\n").filter((line) => !line.includes(`${site.origin}/preview`) || !line.includes("become")).join("\n");
        return tell(() => onError?.({ kind, message: what, ...sources.locate({ ...position, stack: own }) }));
      }
      case "dropped":
        if (message.errors > 0) tell(() => onError?.({ kind: "dropped", message: `${message.errors} more errors were left out.`, count: message.errors }));
        if (message.lines > 0) tell(() => onConsole?.({ level: "warn", text: `${message.lines} more lines were left out.`, dropped: message.lines }));
        return;
      case "console":
        return tell(() => onConsole?.({ level: message.level, text: format(message.texts) }));
      case "picked":
        return finishPick({ selector: message.selector, text: message.text.trim(), html: message.html });
      case "unpicked":
        return finishPick(null);
      case "left":
        reveal();
        return tell(() => onError?.({ kind: "left", message: "The app went to another page, which a preview does not show." }));
      case "stopped":
        clearTimeout(patience);
        shown?.close();
        shown = newest = null;
        finishPick(null);
        sayStopped(WHY[message.why]);
        rest(false);
        return tell(() => onError?.({ kind: "stopped", why: message.why, message: WHY[message.why] }));
    }
  }
  function isPicture(address) {
    try {
      const { origin: origin2, pathname } = new URL(address, `${site.origin}/`);
      const name = decodeURIComponent(pathname);
      return origin2 === site.origin && /\.svg$/i.test(name) && files.some(({ path }) => `/${path}`.endsWith(name));
    } catch {
      return false;
    }
  }
  function sayStopped(text2) {
    const again = inside().createElement("button");
    again.textContent = "Start again";
    again.onclick = begin;
    const place = inside().createElement("p");
    style(place, { font: "1rem system-ui, sans-serif", textAlign: "center", margin: "2rem", color: "#333" });
    place.append(text2, " ", again);
    inside().body.append(place);
  }
  function fit() {
    const { clientWidth, clientHeight } = inside().body;
    const { width, height } = viewport ?? { width: clientWidth, height: clientHeight };
    const scale = viewport ? Math.min(1, clientWidth / width, clientHeight / height) : 1;
    for (const frame of /* @__PURE__ */ new Set([shown, newest])) {
      if (!frame) continue;
      style(frame.element, viewport ? { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})`, left: `${Math.max(0, (clientWidth - width * scale) / 2)}px` } : { width: "100%", height: "100%", transform: "none", left: "0" });
    }
  }
  function onKey(event) {
    if (event.key === "Escape") finishPick(null);
  }
  function finishPick(picked) {
    const settle2 = picking;
    if (!settle2) return;
    picking = null;
    removeEventListener("keydown", onKey, true);
    if (!picked) newest?.send("unpick");
    settle2(picked);
    if (picked) tell(() => onPick?.(picked));
  }
  return {
    /**
     * Shows another document, of the same app: what it has stored stays. The one before
     * is seen until the new one has loaded.
     *
     * @param {string} newCode
     * @param {Pick<PreviewOptions, "network" | "files">} [more] those of the new document; the default is those before
     */
    update(newCode, more = {}) {
      code = newCode;
      ({ network, files } = { network, files, ...more });
      if (stored2 && !closed) begin();
    },
    /** Starts the document again, with what it has stored. */
    reload() {
      if (stored2 && !closed) begin();
    },
    /**
     * Lets the user pick an element: what is below the pointer has an outline, a click
     * picks it, and the app does not see the click.
     *
     * @returns {Promise<Picked | null>} null: by Esc, by another `pick`, or since the document has changed
     */
    pick() {
      finishPick(null);
      return new Promise((resolve) => {
        if (!newest) return resolve(null);
        picking = resolve;
        addEventListener("keydown", onKey, true);
        newest.element.focus();
        newest.send("pick");
      });
    },
    /** Gives the app a screen of this size; null: that of the container. @param {Viewport | null} size */
    setViewport(size) {
      viewport = size;
      if (stored2 && !closed) fit();
    },
    /**
     * Takes a picture of the preview, as PNG. Call it when the user has clicked: the
     * browser asks whether this page may see its tab. Absent where the browser takes no
     * such pictures, or this page has no permission `display-capture`.
     *
     * @type {(() => Promise<Blob>) | undefined}
     */
    screenshot: canCapture() ? () => capture(fence) : void 0,
    /** Ends the app. */
    close() {
      closed = true;
      finishPick(null);
      clearTimeout(patience);
      clearTimeout(resting);
      resized.disconnect();
      newest?.close();
      shown?.close();
      newest = shown = null;
      stored2?.close();
      fence.remove();
    }
  };
}
var style = (element, properties) => Object.assign(element.style, properties);
function format([first = "", ...rest]) {
  const text2 = first.replace(/%([sdifoOc%])/g, (all3, kind) => {
    if (kind === "%") return "%";
    const value = rest.shift();
    return value === void 0 ? all3 : kind === "c" ? "" : value;
  });
  return [text2, ...rest].join(" ");
}

// client/turns.js
var QUIET = 6e4;
var LASTED = 1e4;
var MOST_ERRORS = 20;
var LONGEST_ERROR = 2048;
var ABSENT = ["no-such-turn", "no-such-project"];
var STALE = new Error("The connection may be dead.");
function openTurns({ call, stream, uid, storage }) {
  const kept = openShelf(storage);
  const reading = /* @__PURE__ */ new Set();
  function check(owner) {
    if (uid() !== owner) throw Object.assign(new Error("Sign in as the user who started this turn."), { code: "unauthenticated" });
  }
  async function read5({ uid: owner, turnId, projectId, prompt, continues, engine, errors, target }, name, { onText, onStatus, signal }) {
    const heard = listener(onText, onStatus);
    let tries = 0;
    for (; ; ) {
      const begun = Date.now();
      const before = heard.texts;
      try {
        signal?.throwIfAborted();
        check(owner);
        const data = name === "generateCode" ? { prompt: prompt || void 0, projectId, turnId, continues, engine, errors, target } : { turnId, projectId, cursor: heard.cursor };
        const result = await connect(stream, name, present(data), heard.message, signal);
        kept.remove(turnId);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        const { code, reason } = about(error);
        if (name === "resumeTurn" && ABSENT.includes(reason ?? "") && !heard.accepted && prompt !== void 0) {
          name = "generateCode";
          continue;
        }
        if (error !== STALE && verdict(error) !== "retry") {
          if (code !== "unauthenticated") kept.remove(turnId);
          heard.cutBack(error?.details?.length);
          throw error;
        }
        name = "resumeTurn";
        if (heard.texts > before || Date.now() - begun > LASTED) tries = 0;
        if (error === STALE) continue;
        if (reason === "turn-continues" && tries === 0) {
          tries++;
          continue;
        }
        tell(() => onStatus?.({ type: "status", phase: "reconnecting" }));
        await waitAfter(error, tries++, signal);
      }
    }
  }
  async function follow(turn, name, options) {
    reading.add(turn.turnId);
    try {
      return await read5(turn, name, options);
    } finally {
      reading.delete(turn.turnId);
    }
  }
  async function begin(asked, options) {
    const owner = uid();
    if (!owner) throw new Error("Sign in first.");
    options.signal?.throwIfAborted();
    const turn = { turnId: crypto.randomUUID(), projectId: null, continues: null, ...defined(asked), uid: owner, startedAt: Date.now() };
    kept.put(turn);
    return follow(turn, "generateCode", options);
  }
  const pending = () => kept.all().filter((turn) => turn.uid === uid());
  return {
    /**
     * Asks the backend for an app, and resolves to its turn result, however often
     * the connection breaks. It rejects with the backend's error if the turn ended
     * in one. If the backend cannot be reached any more, it rejects with the last
     * error, and the turn stays pending.
     *
     * @param {string} prompt
     * @param {ReadOptions & {projectId?: string, turnId?: string, continues?: string, engine?: TurnEngine, target?: Target}} [options]
     *   projectId: the project to change; none: a new one. turnId: the same id again
     *   gives the same answer. continues: the turn whose cut answer to continue. engine:
     *   who is to answer, a model ("worker") or a template. target: the element of the
     *   running app that the prompt is about; it needs projectId
     * @returns {Promise<TurnResult>}
     */
    async generate(prompt, { projectId, turnId, continues, engine, target, ...options } = {}) {
      return begin({ prompt, projectId, turnId, continues, engine, target }, options);
    },
    /**
     * Has the errors mended that a project's app has thrown while it ran: the first 20 of
     * them, each cut to 2 KB. The same errors three times running are answered with a
     * notice, and cost nothing.
     *
     * @param {string} projectId
     * @param {AppError[]} errors as a preview's `onError` brings them
     * @param {ReadOptions & {prompt?: string, turnId?: string}} [options] prompt: what the
     *   user says of them. turnId: as that of `generate`
     * @returns {Promise<TurnResult>} as that of `generate`
     */
    async fix(projectId, errors, { prompt = "", turnId, ...options } = {}) {
      return begin({ prompt, projectId, turnId, errors: errors.slice(0, MOST_ERRORS).map(fitting) }, options);
    },
    /**
     * Reads a turn again after a reload, or after its reader has left. Its text
     * comes from the start.
     *
     * @param {string} turnId one of `pending`, or another one of the project `projectId`
     * @param {ReadOptions & {projectId?: string}} [options]
     * @returns {Promise<TurnResult>} as that of `generate`
     */
    async resume(turnId, { projectId, ...options } = {}) {
      const owner = uid();
      if (!owner) throw new Error("Sign in first.");
      return follow(kept.get(turnId) ?? { uid: owner, turnId, projectId }, "resumeTurn", options);
    },
    pending,
    /**
     * Ends a turn. Its text so far is kept, and makes no version of the project.
     * Its readers get a result whose state is `cancelled`.
     *
     * @param {string} [turnId] the default is the latest pending one
     * @param {string} [projectId] of a turn that is not pending here
     * @returns {Promise<CancelTurnResult>} the turn as it is stored; it may still be `running`
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
          if (verdict(error) !== "retry") throw error;
          await waitAfter(error, tries);
        }
      }
    }
  };
}
function listener(onText, onStatus) {
  let whole = "";
  const told = /* @__PURE__ */ new Set();
  const heard = {
    accepted: false,
    texts: 0,
    // how many pieces
    /** @type {string | undefined} */
    cursor: void 0,
    /** @param {TurnMessage} message */
    message(message) {
      if (message?.type === "text") {
        whole += message.text;
        heard.cursor = message.cursor;
        heard.texts++;
        return tell(() => onText?.(message.text, whole));
      }
      if (message?.type === "accepted") heard.accepted = true;
      if (["accepted", "notice"].includes(message?.type)) {
        const key = JSON.stringify(message);
        if (told.has(key)) return;
        told.add(key);
      } else if (!["status", "source", "file"].includes(message?.type)) return;
      tell(() => onStatus?.(message));
    },
    /** Drops the text that the backend has lost. @param {unknown} length of the rest, in bytes */
    cutBack(length) {
      const stored2 = cutBack(whole, length);
      if (stored2 !== whole) tell(() => onText?.("", stored2));
    }
  };
  return heard;
}
async function connect(stream, name, data, hear, signal) {
  const connection = new AbortController();
  const renew = () => connection.abort(STALE);
  const leave = () => connection.abort(signal?.reason);
  let timer = setTimeout(renew, QUIET);
  globalThis.addEventListener?.("online", renew);
  signal?.addEventListener("abort", leave);
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
async function waitAfter(error, tries, signal) {
  if (exhausted(tries, TRIES.turn)) throw error;
  await pause(after(error, tries), signal);
}
function cutBack(text2, length) {
  const bytes3 = new TextEncoder().encode(text2);
  if (typeof length !== "number" || length >= bytes3.length) return text2;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes3.subarray(0, length), { stream: true });
}
function fitting({ message, stack, path, line }) {
  const file = cutBack(path || "", 200);
  const text2 = cutBack(String(message || "").trim() || "An error without a message.", LONGEST_ERROR - bytes2(file));
  const rest = cutBack(stack || "", LONGEST_ERROR - bytes2(file) - bytes2(text2));
  return { message: text2, ...rest && { stack: rest }, ...file && { path: file }, ...line && line > 0 && { line: Math.trunc(line) } };
}
var bytes2 = (text2) => new TextEncoder().encode(text2).length;
var defined = (data) => (
  /** @type {T} */
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== void 0))
);
var present = (data) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== void 0 && value !== null));
function openShelf(storage) {
  const prefix = "dreambuild/turns/";
  const turns = /* @__PURE__ */ new Map();
  const attempt = (use) => {
    try {
      use(storage ?? sessionStorage);
    } catch {
    }
  };
  attempt((storage2) => {
    for (const key of Array.from({ length: storage2.length }, (_, i) => storage2.key(i) ?? "")) {
      if (key.startsWith(prefix)) attempt(() => turns.set(key.slice(prefix.length), JSON.parse(storage2.getItem(key) ?? "")));
    }
  });
  return {
    all: () => [...turns.values()].sort((a, b) => a.startedAt - b.startedAt),
    /** @param {string} turnId */
    get: (turnId) => turns.get(turnId),
    /** @param {Pending} turn */
    put(turn) {
      turns.set(turn.turnId, turn);
      attempt((storage2) => storage2.setItem(prefix + turn.turnId, JSON.stringify(turn)));
    },
    /** @param {string} turnId */
    remove(turnId) {
      turns.delete(turnId);
      attempt((storage2) => storage2.removeItem(prefix + turnId));
    }
  };
}
export {
  ModelError,
  SYSTEM_PROMPT,
  fromFirebase,
  openBrowserModel,
  openModels,
  openPreview,
  openSaves,
  openTurns,
  projectIdOf,
  whyNot
};
/*! Bundled license information:

hash-wasm/dist/index.esm.js:
  (*!
   * hash-wasm (https://www.npmjs.com/package/hash-wasm)
   * (c) Dani Biro
   * @license MIT
   *)
*/
//# sourceMappingURL=index.js.map
