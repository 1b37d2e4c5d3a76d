export type Model = import("./models.js").Model;
export type LoadOptions = import("./models.js").LoadOptions;
export type TurnResult = import("./api.js").TurnResult;
export type Queued = import("./saves.js").Queued;
export type Save = import("./saves.js").Save;
export type Message = {
    role: "system" | "user" | "assistant";
    content: string;
};
/** @typedef {import("./models.js").Model} Model */
/** @typedef {import("./models.js").LoadOptions} LoadOptions */
/** @typedef {import("./api.js").TurnResult} TurnResult */
/** @typedef {import("./saves.js").Queued} Queued */
/** @typedef {import("./saves.js").Save} Save */
/** @typedef {{role: "system" | "user" | "assistant", content: string}} Message */
/** The system prompt of every model. The backend sends the same one to its workers. */
export declare const SYSTEM_PROMPT = "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations.";
export type Engines = {
    wllama?: () => any;
    webllm?: () => any;
};
export type Answer = {
    /**
     * the model's text
     */
    reply: string;
    /**
     * `length`: the reply was cut, and is not saved
     */
    finishReason: "stop" | "length" | "cancelled";
    /**
     * a label for people
     */
    generatedBy: string;
    /**
     * the answer of `save`
     */
    saved?: TurnResult | Queued;
};
export type GenerateOptions = {
    /**
     * receives the reply as it grows, piece by piece
     */
    onText?: (text: string) => void;
    /**
     * ends the reply, whose finishReason is `cancelled` then
     */
    signal?: AbortSignal;
    /**
     * the project to change; none: a new one
     */
    projectId?: string;
    /**
     * the same id again stores the answer once
     */
    turnId?: string;
    /**
     * the beginning of the reply, a hint for small models
     */
    prefill?: string;
    /**
     * the default is 2000
     */
    maxTokens?: number;
    /**
     * the default is 0.7
     */
    temperature?: number;
};
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
 */
/**
 * @typedef {Object} GenerateOptions
 * @property {(text: string) => void} [onText] receives the reply as it grows, piece by piece
 * @property {AbortSignal} [signal] ends the reply, whose finishReason is `cancelled` then
 * @property {string} [projectId] the project to change; none: a new one
 * @property {string} [turnId] the same id again stores the answer once
 * @property {string} [prefill] the beginning of the reply, a hint for small models
 * @property {number} [maxTokens] the default is 2000
 * @property {number} [temperature] the default is 0.7
 */
/**
 * Says why a model does not run in this browser; null if it does.
 *
 * @param {{engine: string, webllm?: any}} model one of `list`
 */
export declare function whyNot({ engine, webllm }: {
    engine: string;
    webllm?: any;
}): Promise<string | null>;
/**
 * Opens a model for running.
 *
 * @param {Object} options
 * @param {(id: string, options?: LoadOptions) => Promise<Model>} options.loadModel of openModels
 * @param {Engines} options.engines
 * @param {(request: Save) => Promise<TurnResult | Queued>} [options.save] stores an answer: `save` of openSaves; none: nothing is saved
 */
export declare function openBrowserModel({ loadModel, engines, save }: {
    loadModel: (id: string, options?: LoadOptions) => Promise<Model>;
    engines: Engines;
    save?: (request: Save) => Promise<TurnResult | Queued>;
}): {
    /**
     * Downloads a model unless the browser has it, and starts it. It runs until
     * another one is loaded, or until `unload`.
     *
     * @type {(modelId: string, options?: LoadOptions) => Promise<Model>}
     */
    load: (modelId: string, options?: LoadOptions) => Promise<Model>;
    /**
     * Asks the loaded model, and saves its answer. An answer that is not whole is
     * not saved: its finishReason is `length` or `cancelled`.
     *
     * @param {string} prompt
     * @param {GenerateOptions} [options]
     * @returns {Promise<Answer>}
     */
    generate(prompt: string, { onText, signal, projectId, turnId, prefill, maxTokens, temperature }?: GenerateOptions): Promise<Answer>;
    /** Ends the engine, and frees its memory. */
    unload: () => Promise<void>;
};
export type Chat = (question: {
    messages: Message[];
    max_tokens: number;
    temperature: number;
    stream: true;
}, onText: (text: string) => void, signal?: AbortSignal) => Promise<Answer["finishReason"]>;
