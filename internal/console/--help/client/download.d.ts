export type ModelFile = {
    path: string;
    size: number;
    sha256: string;
};
/** The addresses of files: mirrors first, then signed URLs, which are renewed when they are refused. */
export declare class Links {
    #private;
    /**
     * @param {{path: string, url: string}[]} granted
     * @param {(path: string) => Promise<{path: string, url: string}[]>} renew asks for fresh URLs, among them one for path
     * @param {string[]} mirrors
     */
    constructor(granted: {
        path: string;
        url: string;
    }[], renew: (path: string) => Promise<{
        path: string;
        url: string;
    }[]>, mirrors: string[]);
    /** @param {string} path */
    url(path: string): string;
    /** @param {string} address */
    isMirror(address: string): boolean;
    /**
     * Renews a signed URL that was refused. The URLs of other files have probably
     * expired too, so one request renews all of them.
     *
     * @param {string} path
     * @param {string} refused
     */
    renew(path: string, refused: string): Promise<void>;
    /** Drops the mirror that an address belongs to. It returns false if there is none. @param {string} address */
    dropMirror(address: string): boolean;
    /**
     * Leaves the rest of a file that a mirror broke off to the bucket: a mirror that
     * compresses can send a file, but not its end. It returns false for an address that
     * is no mirror's.
     *
     * @param {string} path
     * @param {string} address
     */
    leaveMirror(path: string, address: string): boolean;
    /** Has the bucket itself send a file whose bytes were wrong, and drops the mirrors that sent it. @param {string} path */
    distrust(path: string): void;
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
export declare function bytesOf(file: ModelFile, from: number, links: Links, signal: AbortSignal, onLine: (online: boolean) => void): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>;
