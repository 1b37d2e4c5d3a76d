export { openBrowserModel, SYSTEM_PROMPT, whyNot } from "./browser.js";
export { ModelError } from "./errors.js";
export { fromFirebase } from "./firebase.js";
export { openModels } from "./models.js";
export { openPreview } from "./preview.js";
export { openSaves, projectIdOf } from "./saves.js";
export { openTurns } from "./turns.js";
