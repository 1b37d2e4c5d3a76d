export type ModelFile = import("./download.js").ModelFile;
export type Manifest = {
    modelId: string;
    revision: string;
    name: string;
    engine: "webllm" | "wllama" | "transformers.js";
    /**
     * wllama: the GGUF to load, the first of a split one
     */
    entry?: string;
    contextTokens?: number;
    webllm?: Record<string, any>;
    mirrors: string[];
    /**
     * absolute; the prefix of the files' canonical URLs
     */
    baseUrl: string;
    files: ModelFile[];
};
/** The revisions that are stored, completely or in part: `[modelId, revision]`. */
export declare function stored(): Promise<[string, string][]>;
/** One revision's files. */
export declare class Shelf {
    #private;
    own: Cache;
    manifest: Manifest;
    /**
     * @param {Cache} own
     * @param {Manifest} manifest
     */
    constructor(own: Cache, manifest: Manifest);
    /**
     * Opens a stored revision; null if nothing of it is stored.
     *
     * @param {string} modelId
     * @param {string} revision
     */
    static find(modelId: string, revision: string): Promise<Shelf | null>;
    /** Opens a revision for storing. The bytes that are stored already stay. @param {Manifest} manifest */
    static make(manifest: Manifest): Promise<Shelf>;
    get webllm(): boolean;
    /** @param {string} path */
    url(path: string): string;
    /**
     * The stored bytes of each file, by path. A file with all its bytes is verified,
     * and lies where its engine looks for it.
     */
    sizes(): Promise<Map<string, number>>;
    complete(): Promise<boolean>;
    /** A completely stored file. It stays on disk until it is read. @param {ModelFile} file */
    blob(file: ModelFile): Promise<Blob>;
    /**
     * Stores a file's missing bytes. The bytes that arrive before the download fails
     * or is aborted stay.
     *
     * @param {ModelFile} file
     * @param {(from: number) => AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>} download
     * @param {(bytes: number) => void} onBytes
     */
    fill(file: ModelFile, download: (from: number) => AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>, onBytes: (bytes: number) => void): Promise<void>;
    /** Deletes a file's parts. @param {string} path */
    forget(path: string): Promise<void>;
    /** The files in the order of storing. The list of tensors is last: WebLLM takes a model that has it for complete. */
    order(): import("./download.js").ModelFile[][];
    /** Deletes the revision, in the engines' own caches too. */
    remove(): Promise<void>;
}
/**
 * Deletes everything below a URL from the engines' caches. The caches themselves
 * stay, since other code may be about to write to them.
 *
 * @param {string} baseUrl
 */
export declare function sweep(baseUrl: string): Promise<void>;
/** How many more bytes the browser lets this site store. */
export declare function room(): Promise<{
    free: number;
}>;
