// Runs a model in this browser: loads it, asks it, and saves its answer as a
// project. The app brings the engine: wllama, which runs on every processor, or
// WebLLM, which needs WebGPU.

import { about } from "./retry.js";

/** @typedef {import("./models.js").Model} Model */
/** @typedef {import("./models.js").LoadOptions} LoadOptions */
/** @typedef {import("./api.js").TurnResult} TurnResult */
/** @typedef {import("./saves.js").Queued} Queued */
/** @typedef {import("./saves.js").Save} Save */
/** @typedef {import("./saves.js").SaveOptions} SaveOptions */
/** @typedef {{role: "system" | "user" | "assistant", content: string}} Message */

/** The system prompt of every model. The backend sends the same one to its workers. */
export const SYSTEM_PROMPT =
  "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations.";

/**
 * The engines that an app brings: `() => import("@mlc-ai/web-llm")`, and a new
 * Wllama that knows the address of its wasm: `() => new Wllama({ default: "/wllama.wasm" })`.
 *
 * @typedef {Object} Engines
 * @property {() => any} [wllama]
 * @property {() => any} [webllm]
 */

/**
 * A model's answer.
 *
 * @typedef {Object} Answer
 * @property {string} reply the model's text
 * @property {"stop" | "length" | "cancelled"} finishReason `length`: the reply was cut, and is not saved
 * @property {string} generatedBy a label for people
 * @property {TurnResult | Queued} [saved] the answer of `save`
 * @property {TurnResult} [instead] the answer of `template`: the reply made no app, and nothing of it was saved
 */

/**
 * Answers a prompt for which the model has made no app, as the backend's templates do:
 * `(prompt, options) => turns.generate(prompt, { ...options, engine: "template" })`.
 *
 * @typedef {(prompt: string, options: Pick<GenerateOptions, "projectId" | "onText" | "signal">) => Promise<TurnResult>} Template
 */

/**
 * @typedef {Object} GenerateOptions
 * @property {(text: string, whole: string) => void} [onText] receives each new piece of
 *   the reply, and the whole reply so far. Where a template answers instead, the whole
 *   begins anew, with the first piece of its text
 * @property {AbortSignal} [signal] ends the reply, whose finishReason is `cancelled` then
 * @property {string} [projectId] the project to change; none: a new one
 * @property {string} [turnId] the same id again stores the answer once
 * @property {string} [prefill] the beginning of the reply, a hint for small models
 * @property {number} [maxTokens] the default is 2000
 * @property {number} [temperature] the default is 0.7
 */

// The reasons of a backend that finds no app in a reply: no file, changes that do not
// fit, too much.
const NO_APP = ["bad-request", "edit-refused", "too-large"];

/** @param {unknown} error of a save */
const holdsNoApp = (error) => NO_APP.includes(about(error).reason ?? "");

/**
 * Says why a model does not run in this browser; null if it does.
 *
 * @param {{engine: string, webllm?: any}} model one of `list`
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
 * @param {(request: Save, options?: SaveOptions) => Promise<TurnResult | Queued>} [options.save] stores an answer: `save` of openSaves; none: nothing is saved
 * @param {Template} [options.template] answers where the model gives no app: its reply is cut, or `save` finds none in it. None: such a reply is all there is
 */
export function openBrowserModel({ loadModel, engines, save, template }) {
  /** @type {{model: Model, chat: Chat, unload: () => Promise<void>} | null} */
  let running = null;
  /** @type {Promise<unknown>} loads run one after the other: two engines may not fit into memory */
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
     * Downloads a model unless the browser has it, and starts it. It runs until
     * another one is loaded, or until `unload`.
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
     * Asks the loaded model, and saves its answer. An answer that is not whole is
     * not saved: its finishReason is `length` or `cancelled`. It rejects with the
     * error of `save`, or of `template` where that was to answer instead; what was
     * cancelled meanwhile is `cancelled`.
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
      let reply = "";
      const say = (/** @type {string} */ text) => {
        reply += text;
        onText?.(text, reply);
      };
      if (prefill) say(prefill);
      const finishReason = await chat({ messages, max_tokens: maxTokens, temperature, stream: true }, say, signal);
      /** @type {Answer} */
      const answer = { reply, finishReason, generatedBy };
      if (finishReason === "stop") {
        if (!save) return answer;
        try {
          const keeps = template && ((/** @type {unknown} */ error) => !holdsNoApp(error));
          return { ...answer, saved: await save({ projectId, turnId, prompt, reply, generatedBy, source: "browser" }, { keeps }) };
        } catch (error) {
          if (!template || !holdsNoApp(error)) throw error;
        }
      }
      if (!template) return answer;
      try {
        signal?.throwIfAborted(); // while the model wrote, or its reply was saved
        return { ...answer, instead: await template(prompt, { projectId, onText, signal }) };
      } catch (error) {
        if (!signal?.aborted) throw error;
        return { ...answer, finishReason: "cancelled" };
      }
    },

    /** Ends the engine, and frees its memory. */
    unload: () => inTurn(unload),
  };
}

/**
 * Streams one answer, and resolves to how it ended.
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
  // Threads need a cross-origin isolated page.
  const threads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1)) : 1;
  try {
    await wllama.loadModel(await model.blobs(), { n_ctx: contextTokens, n_threads: threads, n_gpu_layers: 0, prefill_assistant: true });
  } catch (error) {
    await wllama.exit().catch(() => {}); // or its web worker stays
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
 * Reads chunks in the form of OpenAI's, which both engines produce. A stream that
 * ends without a reason is an error: half an answer never counts as whole.
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
