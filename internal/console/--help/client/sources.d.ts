export type Script = {
    /**
     * as browsers call it
     */
    name: string;
    /**
     * its file, if the document says it or a file has its text; else ""
     */
    path: string;
    /**
     * lines of the file before the script's first one
     */
    before: number;
    /**
     * finds its lines, if it holds several modules, each below a comment that names its file
     */
    bundle: ((line: number) => Place | null) | null;
    /**
     * its source map as text, "" if there is none
     */
    map: string;
    /**
     * of the map, once they are read
     */
    segments: Segment[][] | null;
    /**
     * of the map
     */
    files: string[];
};
export type Segment = [column: number, file: number, line: number];
export type Position = {
    file: string;
    line: number;
    column: number;
};
export type Place = {
    path: string;
    line?: number;
};
/**
 * Names the scripts of a document, and finds where they come from.
 *
 * @param {string} document
 * @param {{path: string, content: string}[]} files of the project
 */
export declare function openSources(document: string, files: {
    path: string;
    content: string;
}[]): {
    /** The document, in which each script has a name. */
    code: string;
    /**
     * The place of an error, as far as it is known: the first position of the stack that
     * is in a file of the project, or where it was thrown. The stack names places in files, too.
     *
     * @param {Position & {stack: string, within: string}} error within: the end of the
     *   script that was about to run
     * @returns {{stack?: string, path?: string, line?: number}}
     */
    locate({ stack, within, ...thrown }: Position & {
        stack: string;
        within: string;
    }): {
        stack?: string;
        path?: string;
        line?: number;
    };
};
