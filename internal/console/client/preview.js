// Shows an app, and tells what becomes of it. The app runs on preview.html of another
// site: in a process of its own where the browser isolates sites, so that its endless
// loop does not stop this page; under a policy of its own; and with an origin that is
// nobody's. A frame with srcdoc would have this page's process and policy.

import { openAppStorage } from "./appstorage.js";
import { canCapture, capture } from "./capture.js";
import { openFrame } from "./frame.js";
import { tell } from "./saves.js";
import { openSources } from "./sources.js";

/** @typedef {import("./frame.js").ConsoleLevel} ConsoleLevel */
/** @typedef {import("./frame.js").StopReason} StopReason */

/**
 * What went wrong in an app.
 *
 * - `error`, `rejection`: a script threw and nobody caught it; a promise was rejected.
 * - `load`: an image, script, style sheet or request did not load.
 * - `stopped`: the preview took the app away; `why` says the reason.
 * - `left`: the app went to another page, which a preview does not show.
 * - `dropped`: there were `count` more errors than a preview tells.
 *
 * `generateCode` takes the first two kinds, and `load`, as its `errors`: path and line
 * are those of the project's files.
 *
 * @typedef {Object} AppError
 * @property {"error" | "rejection" | "load" | "stopped" | "left" | "dropped"} kind
 * @property {string} message for people
 * @property {string} [stack]
 * @property {string} [path]
 * @property {number} [line]
 * @property {StopReason} [why]
 * @property {number} [count]
 */

/**
 * A line of an app's console. `dropped`: so many more lines were written than a preview
 * tells; the text says it.
 *
 * @typedef {{level: ConsoleLevel, text: string, dropped?: number}} ConsoleLine
 */

/**
 * An element that the user picked. Selector and html are what `generateCode` takes as its
 * `target`: at most 1,000 characters, and 8 KB.
 *
 * @typedef {{selector: string, text: string, html: string}} Picked
 */

/**
 * The size of the screen that an app sees, in CSS pixels.
 *
 * @typedef {{width: number, height: number}} Viewport
 */

/**
 * @typedef {Object} PreviewOptions
 * @property {string} code the document, as a turn result or `getProject` has it
 * @property {{path: string, content: string}[]} [files] those of the project: errors name them then, also where the document does not
 * @property {string[]} [network] the origins that it may load from, as a turn result has them; none: it reaches no network
 * @property {string} previewOrigin another site that serves preview.html and preview-network.html
 * @property {string} [storage] a name for what the app stores, such as the project's id: it is kept in this browser, up to 5 MB of its localStorage, and of its cookies; none: it lasts as long as the preview
 * @property {boolean} [modals] let the app open dialogs; the third one within a second stops it
 * @property {number} [frozenAfter] an app that does not answer for so many ms is stopped; the default is 5000
 * @property {(error: AppError) => void} [onError]
 * @property {(line: ConsoleLine) => void} [onConsole]
 * @property {(picked: Picked) => void} [onPick]
 * @property {(ready: {isolated: boolean | null}) => void} [onReady] the app has loaded.
 *   isolated: it runs in a process of its own. If it is false, a frozen app freezes this
 *   page with it, and nobody can stop it; null: not known
 */

/** What a stopped app's place says. @type {Record<StopReason, string>} */
const WHY = {
  frozen: "The app was stopped: it did not answer any more.",
  dialogs: "The app was stopped: it opened three dialogs within a second.",
  flood: "The app was stopped: it sent too many messages.",
  reloads: "The app was stopped: it reloads itself over and over.",
  unreachable: "The page for previews does not answer.",
};

const REST = 1_500; // ms until the process of a frozen app has ended: an app that begins sooner gets that process
const PATIENCE = 5_000; // ms that the document before stays while a new one loads
const ORIGIN = /^(https?|wss?):\/\/[\w.-]+(:\d+)?$/;

/**
 * Opens a preview in an element.
 *
 * @param {Element} container
 * @param {PreviewOptions} options
 */
export function openPreview(container, { code, files = [], network = [], previewOrigin, storage, modals = false, frozenAfter = 5_000, onError, onConsole, onPick, onReady }) {
  const site = new URL(previewOrigin);
  if (site.origin === location.origin) throw new Error("previewOrigin is this page's own origin. An app needs another site.");
  /** @type {(page: "preview" | "preview-network") => string} */
  const page = (name) => `${site.origin}/${name}.html`;

  /** @type {ReturnType<typeof openFrame> | null} the app that the user sees */
  let shown = null;
  /** @type {ReturnType<typeof openFrame> | null} the app that loads behind it, or the one that is shown */
  let newest = null;
  /** @type {Awaited<ReturnType<typeof openAppStorage>> | null} */
  let stored = null;
  /** @type {ReturnType<typeof openFrame> | null} the app that was told last what is stored: it alone changes it */
  let writer = null;
  /** @type {boolean | null} */
  let isolated = null;
  /** @type {Viewport | null} */
  let viewport = null;
  /** @type {((picked: Picked | null) => void) | null} */
  let picking = null;
  let sources = openSources("", []);
  /** @type {Set<string>} what did not load and was told: browsers tell some of it twice */
  let missing = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} until a frozen app's process has ended */
  let resting;
  let closed = false;

  // Where a frame may go is decided by the page around it. This one around the app, of
  // this page's own origin, lets it go nowhere.
  const fence = document.createElement("iframe");
  fence.title = "Preview";
  fence.srcdoc = `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="frame-src ${page("preview")} ${page("preview-network")}">`;
  const opened = new Promise((resolve) => fence.addEventListener("load", resolve, { once: true }));
  container.append(fence);
  const resized = new ResizeObserver(fit);
  void Promise.all([openAppStorage(storage), opened]).then(([kept]) => {
    if (closed) return kept.close();
    stored = kept;
    const { documentElement, body } = inside();
    for (const element of [documentElement, body]) style(element, { height: "100%", margin: "0", overflow: "hidden" });
    style(body, { position: "relative", background: "white" });
    resized.observe(body);
    begin();
  });

  const inside = () => /** @type {Document} */ (fence.contentDocument);

  /** Loads the document. The one before stays in front of it until then. */
  function begin() {
    if (resting) {
      clearTimeout(resting);
      return rest(true);
    }
    if (newest !== shown) newest?.close();
    clearTimeout(patience);
    finishPick(null);
    inside().querySelector("p")?.remove();
    sources = openSources(code, files);
    missing = new Set();
    shown?.send("flush"); // what it has stored is the new one's
    const origins = network.filter((origin) => ORIGIN.test(origin));
    const frame = openFrame(inside(), {
      url: page(origins.length > 0 ? "preview-network" : "preview"), modals, frozenAfter,
      start: () => {
        writer = frame;
        return { document: sources.code, network: origins, modals, probe: isolated !== true, storage: stored?.snapshot() ?? {} };
      },
      hear: (message) => {
        if (message.type === "storage") {
          if (frame === writer) stored?.change(message.cleared, message.changes);
        } else if (frame === newest) hear(message);
        else if (frame === shown && message.type === "stopped") {
          // Both had one process. The new app gets another one.
          newest?.close();
          shown = newest = null;
          rest(true);
        }
      },
    });
    newest = frame;
    style(frame.element, { position: "absolute", left: "0", top: "0", border: "0", background: "white", transformOrigin: "0 0", zIndex: "0" });
    if (shown) style(shown.element, { zIndex: "1" });
    shown ??= frame;
    fit();
  }

  /** Lets a frozen app's process end before another app begins. @param {boolean} again one is waiting to begin */
  function rest(again) {
    resting = setTimeout(() => {
      resting = undefined;
      if (again) begin();
    }, REST);
  }

  /** Shows the newest document, whatever it has loaded of itself. */
  function reveal() {
    clearTimeout(patience);
    if (shown !== newest) shown?.close();
    shown = newest;
  }

  /** @param {import("./frame.js").Heard} message of the newest frame */
  function hear(message) {
    switch (message.type) {
      case "began":
        isolated = message.isolated ?? isolated;
        patience = setTimeout(reveal, PATIENCE);
        return;
      case "loaded":
        reveal();
        return tell(() => onReady?.({ isolated }));
      case "error": {
        const { kind, message: said, stack, ...position } = message;
        const what = kind === "load" ? `It could not load ${said.startsWith(`${site.origin}/`) ? said.slice(site.origin.length + 1) : said}` : said.replace(/^(Uncaught )?(\w+: )?(Failed to execute 'write' on 'Document': )?/, "$2");
        if (kind === "load") {
          if (isPicture(said)) return;
          if (missing.has(what)) return;
          if (missing.size < 1_000) missing.add(what);
        }
        const own = stack.split("\n").filter((line) => !line.includes(`${site.origin}/preview`) || !line.includes("become")).join("\n");
        return tell(() => onError?.({ kind, message: what, ...sources.locate({ ...position, stack: own }) }));
      }
      case "dropped":
        if (message.errors > 0) tell(() => onError?.({ kind: "dropped", message: `${message.errors} more errors were left out.`, count: message.errors }));
        if (message.lines > 0) tell(() => onConsole?.({ level: "warn", text: `${message.lines} more lines were left out.`, dropped: message.lines }));
        return;
      case "console":
        return tell(() => onConsole?.({ level: message.level, text: format(message.texts) }));
      case "picked":
        return finishPick({ selector: message.selector, text: message.text.trim(), html: message.html });
      case "unpicked":
        return finishPick(null);
      case "left":
        reveal();
        return tell(() => onError?.({ kind: "left", message: "The app went to another page, which a preview does not show." }));
      case "stopped":
        clearTimeout(patience);
        shown?.close();
        shown = newest = null;
        finishPick(null);
        sayStopped(WHY[message.why]);
        rest(false);
        return tell(() => onError?.({ kind: "stopped", why: message.why, message: WHY[message.why] }));
    }
  }

  /**
   * Whether an address is that of a picture of the project. Where a script has made its
   * element, it does not load, and the document's prelude puts the file in.
   *
   * @param {string} address
   */
  function isPicture(address) {
    try {
      const { origin, pathname } = new URL(address, `${site.origin}/`);
      const name = decodeURIComponent(pathname);
      // A page may lie in a folder, from which it refers to the file.
      return origin === site.origin && /\.svg$/i.test(name) && files.some(({ path }) => `/${path}`.endsWith(name));
    } catch {
      return false;
    }
  }

  /** @param {string} text */
  function sayStopped(text) {
    const again = inside().createElement("button");
    again.textContent = "Start again";
    again.onclick = begin;
    const place = inside().createElement("p");
    style(place, { font: "1rem system-ui, sans-serif", textAlign: "center", margin: "2rem", color: "#333" });
    place.append(text, " ", again);
    inside().body.append(place);
  }

  /** Gives the frames the viewport's size, made smaller where the preview is smaller. */
  function fit() {
    const { clientWidth, clientHeight } = inside().body;
    const { width, height } = viewport ?? { width: clientWidth, height: clientHeight };
    const scale = viewport ? Math.min(1, clientWidth / width, clientHeight / height) : 1;
    for (const frame of new Set([shown, newest])) {
      if (!frame) continue;
      style(frame.element, viewport
        ? { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})`, left: `${Math.max(0, (clientWidth - width * scale) / 2)}px` }
        : { width: "100%", height: "100%", transform: "none", left: "0" });
    }
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "Escape") finishPick(null);
  }

  /** @param {Picked | null} picked */
  function finishPick(picked) {
    const settle = picking;
    if (!settle) return; // the app cannot pick by itself
    picking = null;
    removeEventListener("keydown", onKey, true);
    if (!picked) newest?.send("unpick");
    settle(picked);
    if (picked) tell(() => onPick?.(picked));
  }

  return {
    /**
     * Shows another document, of the same app: what it has stored stays. The one before
     * is seen until the new one has loaded.
     *
     * @param {string} newCode
     * @param {Pick<PreviewOptions, "network" | "files">} [more] those of the new document; the default is those before
     */
    update(newCode, more = {}) {
      code = newCode;
      ({ network, files } = { network, files, ...more });
      if (stored && !closed) begin();
    },

    /** Starts the document again, with what it has stored. */
    reload() {
      if (stored && !closed) begin();
    },

    /**
     * Lets the user pick an element: what is below the pointer has an outline, a click
     * picks it, and the app does not see the click.
     *
     * @returns {Promise<Picked | null>} null: by Esc, by another `pick`, or since the document has changed
     */
    pick() {
      finishPick(null);
      return new Promise((resolve) => {
        if (!newest) return resolve(null);
        picking = resolve;
        addEventListener("keydown", onKey, true);
        newest.element.focus();
        newest.send("pick");
      });
    },

    /** Gives the app a screen of this size; null: that of the container. @param {Viewport | null} size */
    setViewport(size) {
      viewport = size;
      if (stored && !closed) fit();
    },

    /**
     * Takes a picture of the preview, as PNG. Call it when the user has clicked: the
     * browser asks whether this page may see its tab. Absent where the browser takes no
     * such pictures, or this page has no permission `display-capture`.
     *
     * @type {(() => Promise<Blob>) | undefined}
     */
    screenshot: canCapture() ? () => capture(fence) : undefined,

    /** Ends the app. */
    close() {
      closed = true;
      finishPick(null);
      clearTimeout(patience);
      clearTimeout(resting);
      resized.disconnect();
      newest?.close();
      shown?.close();
      newest = shown = null;
      stored?.close();
      fence.remove();
    },
  };
}

/** @param {HTMLElement} element @param {Partial<CSSStyleDeclaration>} properties */
const style = (element, properties) => Object.assign(element.style, properties);

/**
 * What a call of the console says, with the first text's %s and the like replaced.
 *
 * @param {string[]} texts
 */
function format([first = "", ...rest]) {
  const text = first.replace(/%([sdifoOc%])/g, (all, kind) => {
    if (kind === "%") return "%";
    const value = rest.shift();
    return value === undefined ? all : kind === "c" ? "" : value;
  });
  return [text, ...rest].join(" ");
}
