// One frame of a preview: a page of another site that runs one document, and a channel
// to its bridge, which is in preview.html. The document is whatever a model wrote. So
// nothing here trusts what the channel brings: it is read field by field, cut to its
// length, and counted.

/**
 * What a frame tells, each in a form that can be relied on. `stopped` comes from this
 * side, when the frame has to be taken away.
 *
 * @typedef {{type: "began", isolated: boolean | null} | {type: "loaded"} | {type: "left"}
 *   | {type: "error", kind: "error" | "rejection" | "load", message: string, stack: string, file: string, line: number, column: number, within: string}
 *   | {type: "console", level: ConsoleLevel, texts: string[]}
 *   | {type: "dropped", errors: number, lines: number}
 *   | {type: "storage", cleared: string[], changes: [area: string, key: string, value: string | null][]}
 *   | {type: "picked", selector: string, text: string, html: string} | {type: "unpicked"}
 *   | {type: "stopped", why: StopReason}} Heard
 */

/** @typedef {"debug" | "log" | "info" | "warn" | "error"} ConsoleLevel */

/**
 * Why an app was stopped: it does not answer any more; three dialogs within a second; it
 * sends more than the bridge ever does; it reloads itself over and over; the preview's
 * page does not answer.
 *
 * @typedef {"frozen" | "dialogs" | "flood" | "reloads" | "unreachable"} StopReason
 */

/**
 * What a frame begins with.
 *
 * @typedef {Object} Start
 * @property {string} document
 * @property {string[]} network the origins that the document may load from
 * @property {boolean} modals
 * @property {boolean} probe find out whether the frame is in another process
 * @property {Record<string, Record<string, string>>} storage by area and key
 */

const TICK = 1_000; // ms between two questions whether the frame answers
const UNREACHABLE = 10_000; // ms until a page that has to come counts as missing
const MESSAGES = 300; // in a second; the bridge sends at most 100
const RELOADS = 30; // in 10 s; the pages of a project follow one another by reloads
const LONGEST = 4_000; // characters of a text

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
export function openFrame(around, { url, modals, frozenAfter, start, hear }) {
  const element = around.createElement("iframe");
  element.title = "App";
  element.setAttribute("sandbox", `allow-scripts allow-forms allow-downloads${modals ? " allow-modals" : ""}`);
  element.src = url;

  /** @type {MessagePort | null} */
  let port = null;
  /** @type {"loading" | "asked" | "running" | "left" | "over"} */
  let state = "loading";
  let again = false; // a document was there before
  let unsure = false; // something has loaded while the bridge was there: the app's own doing, or its successor
  let waited = 0; // ms without a word
  let dialog = false; // one is open: the frame cannot answer
  let takenAt = 0; // when the bridge's first word came
  const messages = rate(MESSAGES, 1_000);
  const loads = rate(RELOADS, 10_000);

  element.addEventListener("load", () => {
    // The app may cause this event, too. Only a document that has just come, and in which
    // nothing of the app has run, gets the port: the first one, and one that replaces
    // what the bridge has seen leave. It is preview.html or an error page, because the
    // document around lets the frame go nowhere else. Its origin is opaque, so that none
    // can be named here.
    if (state === "loading" || state === "left") return hand();
    if (state !== "running") return;
    unsure = true;
    port?.postMessage({ type: "ping" });
  });

  /** Hands the document over, with a channel. */
  function hand() {
    if (loads()) return stop("reloads");
    const channel = new MessageChannel();
    port?.close();
    port = channel.port1;
    port.onmessage = onMessage;
    again = state === "left";
    state = "asked";
    waited = 0;
    element.contentWindow?.postMessage(start(), "*", [channel.port2]);
  }

  /** @param {MessageEvent} event */
  function onMessage({ data }) {
    if (state === "over") return;
    if (messages()) return stop("flood");
    const message = read(data);
    waited = 0;
    if (!message) return;
    switch (message.type) {
      case "pong":
        unsure = false;
        return;
      case "taken":
        takenAt = wall();
        state = "running";
        return;
      case "began":
        // It was busy until then: who heard it before that is in another process.
        return hear({ type: "began", isolated: message.probed ? takenAt < message.at - 5 : null });
      case "dialog":
        dialog = message.open;
        return;
      case "dialogs":
        return stop("dialogs");
      case "left":
        state = "left";
        dialog = false;
        if (unsure) hand(); // its successor has been faster than this word
        unsure = false;
        return;
      default:
        return hear(message);
    }
  }

  /** @param {StopReason} why */
  function stop(why) {
    close();
    hear({ type: "stopped", why });
  }

  // The frame has to answer, except while nobody looks, while it shows a dialog, or if
  // this page itself was busy or asleep.
  let last = wall();
  const timer = setInterval(() => {
    const late = wall() - last > 2 * TICK;
    last = wall();
    if (late || dialog || document.hidden) {
      waited = 0;
      return;
    }
    waited += TICK;
    if (state === "running") {
      if (waited > frozenAfter) return stop("frozen");
      port?.postMessage({ type: "ping" });
    } else if (state === "asked" && again ? waited > 2 * TICK : waited > UNREACHABLE) {
      // After the app's document came another one that is not ours, or none at all.
      if (!again && state !== "left") return stop("unreachable");
      state = "over";
      clearInterval(timer);
      hear({ type: "left" });
    }
  }, TICK);

  function close() {
    state = "over";
    clearInterval(timer);
    port?.close();
    element.remove();
  }

  around.body.append(element);
  return {
    element,
    /** @param {"pick" | "unpick" | "flush"} type */
    send: (type) => port?.postMessage({ type }),
    close,
  };
}

/** ms since 1970, on a clock that all processes share, and that never goes back. */
const wall = () => performance.timeOrigin + performance.now();

/**
 * Counts, and tells whether it is more than `most` in `span` ms.
 *
 * @param {number} most
 * @param {number} span
 */
function rate(most, span) {
  let [count, since] = [0, 0];
  return () => {
    if (wall() - since > span) [count, since] = [0, wall()];
    return ++count > most;
  };
}

/**
 * Reads what came over the channel; null: it is nothing that the bridge says.
 *
 * @param {any} data
 * @returns {Exclude<Heard, {type: "began" | "stopped"}> | {type: "taken" | "pong" | "dialogs"} | {type: "began", at: number, probed: boolean} | {type: "dialog", open: boolean} | null}
 */
function read(data) {
  switch (data?.type) {
    case "taken": case "pong": case "loaded": case "left": case "unpicked": case "dialogs":
      return { type: data.type };
    case "began":
      return { type: "began", at: number(data.at), probed: data.probed === true };
    case "dialog":
      return { type: "dialog", open: data.open === true };
    case "error":
      if (!["error", "rejection", "load"].includes(data.kind)) return null;
      return { type: "error", kind: data.kind, message: text(data.message), stack: text(data.stack), file: text(data.file), line: number(data.line), column: number(data.column), within: text(data.within) };
    case "console":
      if (!["debug", "log", "info", "warn", "error"].includes(data.level) || !Array.isArray(data.texts)) return null;
      return { type: "console", level: data.level, texts: data.texts.slice(0, 20).map((/** @type {unknown} */ t) => text(t)) };
    case "dropped":
      return { type: "dropped", errors: number(data.error), lines: number(data.console) };
    case "storage": {
      if (!isRecord(data.cleared) || !isRecord(data.changes)) return null;
      /** @type {[string, string, string | null][]} */
      const changes = [];
      for (const [name, value] of Object.entries(data.changes)) {
        const end = name.indexOf("\n");
        if (end > 0 && (value === null || typeof value === "string")) changes.push([name.slice(0, end), name.slice(end + 1), value]);
      }
      return { type: "storage", cleared: Object.keys(data.cleared), changes };
    }
    case "picked":
      return { type: "picked", selector: text(data.selector, 1_000), text: text(data.text, 500), html: bytes(text(data.html, 8_192), 8_192) };
  }
  return null;
}

/** @param {unknown} value @param {number} [longest] */
const text = (value, longest = LONGEST) => (typeof value === "string" ? value.slice(0, longest) : "");

/** @param {unknown} value */
const number = (value) => (typeof value === "number" && value >= 0 && value < 1e15 ? value : 0);

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The beginning of a text, of at most so many bytes in UTF-8. @param {string} whole @param {number} most */
function bytes(whole, most) {
  return whole.slice(0, new TextEncoder().encodeInto(whole, new Uint8Array(most)).read);
}
