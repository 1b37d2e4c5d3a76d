export type ConsoleLevel = import("./frame.js").ConsoleLevel;
export type StopReason = import("./frame.js").StopReason;
export type AppError = {
    kind: "error" | "rejection" | "load" | "stopped" | "left" | "dropped";
    /**
     * for people
     */
    message: string;
    stack?: string;
    path?: string;
    line?: number;
    why?: StopReason;
    count?: number;
};
export type ConsoleLine = {
    level: ConsoleLevel;
    text: string;
    dropped?: number;
};
export type Picked = {
    selector: string;
    text: string;
    html: string;
};
export type Viewport = {
    width: number;
    height: number;
};
export type PreviewOptions = {
    /**
     * the document, as a turn result or `getProject` has it
     */
    code: string;
    /**
     * those of the project: errors name them then, also where the document does not
     */
    files?: {
        path: string;
        content: string;
    }[];
    /**
     * the origins that it may load from, as a turn result has them; none: it reaches no network
     */
    network?: string[];
    /**
     * another site that serves preview.html and preview-network.html
     */
    previewOrigin: string;
    /**
     * a name for what the app stores, such as the project's id: it is kept in this browser, up to 5 MB of its localStorage, and of its cookies; none: it lasts as long as the preview
     */
    storage?: string;
    /**
     * let the app open dialogs; the third one within a second stops it
     */
    modals?: boolean;
    /**
     * an app that does not answer for so many ms is stopped; the default is 5000
     */
    frozenAfter?: number;
    onError?: (error: AppError) => void;
    onConsole?: (line: ConsoleLine) => void;
    onPick?: (picked: Picked) => void;
    /**
     * the app has loaded.
     * isolated: it runs in a process of its own. If it is false, a frozen app freezes this
     * page with it, and nobody can stop it; null: not known
     */
    onReady?: (ready: {
        isolated: boolean | null;
    }) => void;
};
/**
 * Opens a preview in an element.
 *
 * @param {Element} container
 * @param {PreviewOptions} options
 */
export declare function openPreview(container: Element, { code, files, network, previewOrigin, storage, modals, frozenAfter, onError, onConsole, onPick, onReady }: PreviewOptions): {
    /**
     * Shows another document, of the same app: what it has stored stays. The one before
     * is seen until the new one has loaded.
     *
     * @param {string} newCode
     * @param {Pick<PreviewOptions, "network" | "files">} [more] those of the new document; the default is those before
     */
    update(newCode: string, more?: Pick<PreviewOptions, "network" | "files">): void;
    /** Starts the document again, with what it has stored. */
    reload(): void;
    /**
     * Lets the user pick an element: what is below the pointer has an outline, a click
     * picks it, and the app does not see the click.
     *
     * @returns {Promise<Picked | null>} null: by Esc, by another `pick`, or since the document has changed
     */
    pick(): Promise<Picked | null>;
    /** Gives the app a screen of this size; null: that of the container. @param {Viewport | null} size */
    setViewport(size: Viewport | null): void;
    /**
     * Takes a picture of the preview, as PNG. Call it when the user has clicked: the
     * browser asks whether this page may see its tab. Absent where the browser takes no
     * such pictures, or this page has no permission `display-capture`.
     *
     * @type {(() => Promise<Blob>) | undefined}
     */
    screenshot: (() => Promise<Blob>) | undefined;
    /** Ends the app. */
    close(): void;
};
