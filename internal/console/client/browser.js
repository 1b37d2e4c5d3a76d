// A model that runs in this browser: loaded, asked, and its answer saved as a
// project. It speaks to the engines that others keep, wllama (on the processor,
// everywhere) and WebLLM (on WebGPU), which the app brings along.

/** @typedef {import("./models.js").Model} Model */
/** @typedef {import("./models.js").LoadOptions} LoadOptions */
/** @typedef {{role: "system" | "user" | "assistant", content: string}} Message */

/**
 * What every model is told before all else, as the backend tells its workers.
 */
export const SYSTEM_PROMPT =
  "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations.";

/**
 * The engines that an app brings: `() => import("@mlc-ai/web-llm")`, and a new
 * Wllama with where its wasm is: `() => new Wllama({ default: "/wllama.wasm" })`.
 *
 * @typedef {Object} Engines
 * @property {() => any} [wllama]
 * @property {() => any} [webllm]
 */

/**
 * What a model said.
 *
 * @typedef {Object} Answer
 * @property {string} reply the model's text
 * @property {"stop" | "length" | "cancelled"} finishReason `length`: it was cut, and is not saved
 * @property {string} generatedBy for people
 * @property {any} [saved] what saveProject answered, or `{queued: true, turnId, projectId}`
 */

/**
 * @typedef {Object} GenerateOptions
 * @property {(text: string) => void} [onText] hears the reply as it grows, piece by piece
 * @property {AbortSignal} [signal] ends the reply, which is `cancelled` then
 * @property {string} [projectId] to change; none: a new project
 * @property {string} [turnId] the same one again stores the same answer once
 * @property {string} [prefill] how the reply begins, for models that are too small to know
 * @property {number} [maxTokens] 2000
 * @property {number} [temperature] 0.7
 */

/**
 * Why a model does not run in this browser; null if it does.
 *
 * @param {{engine: string, webllm?: any}} model as listModels has it
 */
export async function whyNot({ engine, webllm }) {
  if (engine === "wllama") return globalThis.WebAssembly ? null : "This browser has no WebAssembly.";
  if (engine !== "webllm") return "This page has no engine for it.";
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter();
  if (!adapter) return "It needs WebGPU, which this browser or device lacks.";
  const missing = (webllm?.requiredFeatures ?? []).filter((/** @type {string} */ f) => !adapter.features.has(f));
  if (missing.length > 0) return `It needs ${missing.join(", ")}, which this device lacks.`;
  return adapter.limits.maxStorageBufferBindingSize >= (webllm?.bufferSizeRequiredBytes ?? 0) ? null : "It needs larger buffers than this device has.";
}

/**
 * Opens a model for running.
 *
 * @param {Object} options
 * @param {(id: string, options?: LoadOptions) => Promise<Model>} options.loadModel of openModels
 * @param {Engines} options.engines
 * @param {(request: any) => Promise<any>} [options.save] stores an answer: `save` of openSaves; none: nothing is saved
 */
export function openBrowserModel({ loadModel, engines, save }) {
  /** @type {{model: Model, chat: Chat, unload: () => Promise<void>} | null} */
  let running = null;
  /** @type {Promise<unknown>} one load after the other: two engines may not fit */
  let last = Promise.resolve();

  async function unload() {
    const before = running;
    running = null;
    await before?.unload();
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  function inTurn(work) {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  }

  return {
    /**
     * Downloads a model unless it is here, and starts it. It stays until another
     * one is loaded, or `unload`.
     *
     * @type {(modelId: string, options?: LoadOptions) => Promise<Model>}
     */
    load: (modelId, options) => inTurn(async () => {
      const model = await loadModel(modelId, options);
      await unload();
      running = { model, ...(await model.use(() => start(model, engines))) };
      return model;
    }),

    /**
     * Asks the model that is loaded, and saves its answer. Half an answer is not
     * saved: it has the finishReason `length` or `cancelled`.
     *
     * @param {string} prompt
     * @param {GenerateOptions} [options]
     * @returns {Promise<Answer>}
     */
    async generate(prompt, { onText, signal, projectId, turnId = crypto.randomUUID(), prefill = "", maxTokens = 2000, temperature = 0.7 } = {}) {
      if (!running) throw new Error("Load a model first.");
      const { model, chat } = running;
      const generatedBy = `${model.manifest.name} (in the browser)`;
      /** @type {Message[]} */
      const messages = [{ role: "system", content: SYSTEM_PROMPT }, { role: "user", content: prompt }];
      if (prefill) messages.push({ role: "assistant", content: prefill });
      let reply = prefill;
      if (prefill) onText?.(prefill);
      const finishReason = await chat({ messages, max_tokens: maxTokens, temperature, stream: true }, (text) => {
        reply += text;
        onText?.(text);
      }, signal);
      if (finishReason !== "stop" || !save) return { reply, finishReason, generatedBy };
      return { reply, finishReason, generatedBy, saved: await save({ projectId, turnId, prompt, reply, generatedBy, source: "browser" }) };
    },

    /** Ends the engine, and gives its memory back. */
    unload: () => inTurn(unload),
  };
}

/**
 * Streams one answer, and says how it ended.
 *
 * @typedef {(question: {messages: Message[], max_tokens: number, temperature: number, stream: true}, onText: (text: string) => void, signal?: AbortSignal) => Promise<Answer["finishReason"]>} Chat
 */

/**
 * @param {Model} model
 * @param {Engines} engines
 * @returns {Promise<{chat: Chat, unload: () => Promise<void>}>}
 */
async function start(model, engines) {
  const { engine, contextTokens, name } = model.manifest;
  if (engine === "wllama" && engines.wllama) return startWllama(await engines.wllama(), model, contextTokens);
  if (engine === "webllm" && engines.webllm) return startWebLLM(await engines.webllm(), model);
  throw new Error(`This page has no engine for ${name}: it needs ${engine}.`);
}

/** @param {any} wllama @param {Model} model @param {number} [contextTokens] */
async function startWllama(wllama, model, contextTokens) {
  // Threads need a page that is cross-origin isolated.
  const threads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1)) : 1;
  try {
    await wllama.loadModel(await model.blobs(), { n_ctx: contextTokens, n_threads: threads, n_gpu_layers: 0, prefill_assistant: true });
  } catch (error) {
    await wllama.exit().catch(() => {}); // or its worker stays
    throw error;
  }
  /** @type {Chat} */
  const chat = (question, onText, signal) => read(() => wllama.createChatCompletion({ ...question, abortSignal: signal }), onText, signal);
  return { chat, unload: () => wllama.exit() };
}

/** @param {any} webllm @param {Model} model */
async function startWebLLM(webllm, model) {
  const engine = await webllm.CreateMLCEngine(model.manifest.modelId, { appConfig: { model_list: [model.record] } });
  /** @type {Chat} */
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

/**
 * Reads chunks in the form of OpenAI's, which both engines have. A stream that
 * ends without saying why is an error: half an answer is never taken for whole.
 *
 * @param {() => Promise<AsyncIterable<any>>} ask
 * @param {(text: string) => void} onText
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer["finishReason"]>}
 */
async function read(ask, onText, signal) {
  /** @type {string | null} */
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
