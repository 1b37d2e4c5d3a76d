// @dreambuild/client: asks the backend, shows apps, runs models in the browser, and
// saves what they make. The types of the backend's functions are in @dreambuild/client/api.

export { openBrowserModel, SYSTEM_PROMPT, whyNot } from "./browser.js";
export { ModelError } from "./errors.js";
export { fromFirebase } from "./firebase.js";
export { openModels } from "./models.js";
export { openPreview } from "./preview.js";
export { openSaves, projectIdOf } from "./saves.js";
export { openTurns } from "./turns.js";
