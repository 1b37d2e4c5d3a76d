/** Whether this browser takes such pictures, and this page may ask for them. */
export declare const canCapture: () => boolean;
/**
 * Takes a picture, as PNG. The user is asked whether the page may see its tab, and may say no.
 *
 * @param {Element} element
 * @returns {Promise<Blob>}
 */
export declare function capture(element: Element): Promise<Blob>;
