export type Snapshot = Record<string, Record<string, string>>;
export type Area = {
    items: Map<string, string>;
    size: number;
    cleared: boolean;
    pending: Map<string, string | null>;
};
/** @typedef {Record<string, Record<string, string>>} Snapshot by area and key */
/**
 * One area, and what of it is to be written: the value of each key, null for one that was removed.
 *
 * @typedef {{items: Map<string, string>, size: number, cleared: boolean, pending: Map<string, string | null>}} Area
 */
/**
 * Opens what an app has stored.
 *
 * @param {string | undefined} name whose app it is, such as a project's id; none: nothing outlasts the preview
 * @param {string} [database]
 */
export declare function openAppStorage(name: string | undefined, database?: string): Promise<{
    /** @returns {Snapshot} */
    snapshot: () => Snapshot;
    /**
     * @param {string[]} cleared areas
     * @param {[area: string, key: string, value: string | null][]} changes
     */
    change(cleared: string[], changes: [area: string, key: string, value: string | null][]): void;
    close(): void;
}>;
