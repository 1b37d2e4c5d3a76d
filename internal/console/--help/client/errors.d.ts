/**
 * Why a model did not load:
 *
 * - `network`: the download failed too often in a row. The bytes so far are kept.
 * - `integrity`: the bytes differed from the published ones, twice.
 * - `quota`: the browser has too little room; `details.needed` and `details.free` in bytes.
 * - `denied`: the backend grants no links; `details.reason` is its reason, such as `monthly-bytes`.
 * - `manifest`: the backend's answer cannot be used.
 * - `busy`: this tab or another one downloads the model.
 * - `unsupported`: this page cannot store models. It needs https, or localhost.
 *
 * @typedef {"network" | "integrity" | "quota" | "denied" | "manifest" | "busy" | "unsupported"} ModelErrorCode
 */
export type ModelErrorCode = "network" | "integrity" | "quota" | "denied" | "manifest" | "busy" | "unsupported";
/** ModelError is the error of {@link openModels}, except when the caller's own signal ends a load. */
export declare class ModelError extends Error {
    code: ModelErrorCode;
    details: Record<string, unknown>;
    /**
     * @param {ModelErrorCode} code
     * @param {string} message for people
     * @param {{cause?: unknown, details?: Record<string, unknown>}} [more]
     */
    constructor(code: ModelErrorCode, message: string, more?: {
        cause?: unknown;
        details?: Record<string, unknown>;
    });
}
