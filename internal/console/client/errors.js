/**
 * Why a model is not there:
 *
 * - `network`: the download failed again and again. What has arrived is kept.
 * - `integrity`: the bytes are not what was published, twice.
 * - `quota`: the browser has not enough room; `details.needed` and `details.free` in bytes.
 * - `denied`: the backend gives no links; `details.reason` is its reason, such as `monthly-bytes`.
 * - `manifest`: the backend's answer cannot be used.
 * - `busy`: the model is being downloaded, here or in another tab.
 * - `unsupported`: this page cannot store models; it needs https, or localhost.
 *
 * @typedef {"network" | "integrity" | "quota" | "denied" | "manifest" | "busy" | "unsupported"} ModelErrorCode
 */

/** What {@link openModels} fails with, unless the caller's own signal ended it. */
export class ModelError extends Error {
  /**
   * @param {ModelErrorCode} code
   * @param {string} message for people
   * @param {{cause?: unknown, details?: Record<string, unknown>}} [more]
   */
  constructor(code, message, more = {}) {
    super(message, { cause: more.cause });
    this.name = "ModelError";
    this.code = code;
    this.details = more.details ?? {};
  }
}
