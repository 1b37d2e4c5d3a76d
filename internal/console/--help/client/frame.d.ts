export type Heard = {
    type: "began";
    isolated: boolean | null;
} | {
    type: "loaded";
} | {
    type: "left";
} | {
    type: "error";
    kind: "error" | "rejection" | "load";
    message: string;
    stack: string;
    file: string;
    line: number;
    column: number;
    within: string;
} | {
    type: "console";
    level: ConsoleLevel;
    texts: string[];
} | {
    type: "dropped";
    errors: number;
    lines: number;
} | {
    type: "storage";
    cleared: string[];
    changes: [area: string, key: string, value: string | null][];
} | {
    type: "picked";
    selector: string;
    text: string;
    html: string;
} | {
    type: "unpicked";
} | {
    type: "stopped";
    why: StopReason;
};
export type ConsoleLevel = "debug" | "log" | "info" | "warn" | "error";
export type StopReason = "frozen" | "dialogs" | "flood" | "reloads" | "unreachable";
export type Start = {
    document: string;
    /**
     * the origins that the document may load from
     */
    network: string[];
    modals: boolean;
    /**
     * find out whether the frame is in another process
     */
    probe: boolean;
    /**
     * by area and key
     */
    storage: Record<string, Record<string, string>>;
};
/**
 * Adds a frame to a document, hands it the start once it is there, and hears it.
 *
 * @param {Document} around the document that gets the frame
 * @param {Object} options
 * @param {string} options.url of preview.html
 * @param {boolean} options.modals
 * @param {number} options.frozenAfter ms without an answer
 * @param {() => Start} options.start is asked once for each load
 * @param {(message: Heard) => void} options.hear
 */
export declare function openFrame(around: Document, { url, modals, frozenAfter, start, hear }: {
    url: string;
    modals: boolean;
    frozenAfter: number;
    start: () => Start;
    hear: (message: Heard) => void;
}): {
    element: HTMLIFrameElement;
    /** @param {"pick" | "unpick" | "flush"} type */
    send: (type: "pick" | "unpick" | "flush") => void | undefined;
    close: () => void;
};
