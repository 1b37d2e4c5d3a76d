export type Manifest = import("./shelf.js").Manifest;
export type ModelFile = import("./download.js").ModelFile;
export type FunctionName = import("./api.js").FunctionName;
export type ListedModel = import("./api.js").ListedModel;
export type Call = (name: FunctionName, data: any) => Promise<any>;
export type Progress = {
    /**
     *   `waiting`: another tab downloads, and the figures are those of that tab
     */
    phase: "waiting" | "downloading" | "offline" | "ready";
    /**
     * bytes, including those of earlier loads
     */
    loaded: number;
    /**
     * bytes
     */
    total: number;
    /**
     * over the last five seconds
     */
    bytesPerSecond: number;
    /**
     * null: unknown
     */
    secondsLeft: number | null;
    filesDone: number;
    files: number;
};
export type LoadOptions = {
    /**
     * none: the revision that is complete here, else the backend's current one
     */
    revision?: string;
    onProgress?: (progress: Progress) => void;
    /**
     * pauses: the bytes so far are kept, and the next load continues
     */
    signal?: AbortSignal;
};
export type LocalModel = ListedModel & {
    downloaded: string | null;
    partial: string | null;
};
export type StoredModel = Pick<Manifest, "modelId" | "revision" | "name" | "engine"> & {
    complete: boolean;
    bytes: number;
};
/**
 * Opens the models of a backend.
 *
 * @param {{call: Call, mirrors?: boolean}} options mirrors: whether to try the public mirrors that a model names first; the default is true
 */
export declare function openModels({ call, mirrors }: {
    call: Call;
    mirrors?: boolean;
}): {
    /**
     * The models that the backend offers, each with the revision that the browser
     * has: `downloaded` is complete, `partial` is not. `stored` works offline.
     *
     * @returns {Promise<LocalModel[]>}
     */
    list(): Promise<LocalModel[]>;
    /** The revisions that the browser has. It needs no network. @returns {Promise<StoredModel[]>} */
    stored(): Promise<StoredModel[]>;
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
    loadModel(modelId: string, options?: LoadOptions): Promise<Model>;
    /**
     * Deletes a model from the browser. It fails with `busy` while a tab downloads or
     * starts the model.
     *
     * @param {string} modelId
     */
    deleteModel(modelId: string): Promise<void>;
};
export type Model = {
    manifest: Manifest;
    /**
     * one of its files; it stays on disk until it is read
     */
    file: (path: string) => Promise<Blob>;
    /**
     * the argument of wllama's loadModel
     */
    blobs: () => Promise<Blob[]>;
    /**
     * keeps the model from being deleted while work runs, such as an engine's start
     */
    use: <T>(work: () => Promise<T>) => Promise<T>;
    /**
     * for the model_list of WebLLM's appConfig; its default cacheBackend finds the files
     */
    record: any;
    /**
     * for transformers.js: its env.fetch. Set env.useBrowserCache to false, or it keeps a second copy
     */
    fetch: typeof globalThis.fetch;
};
