// An app with what it throws, and the way to have that fixed.

import { openPreview } from "../client/preview.js";

const TOLD = ["error", "rejection", "load"]; // what a model can do something about
const MOST = 20; // errors of one request
const PAUSE = 1_000; // ms after an error: what follows belongs to it

const AUTO = "dreambuild/fix"; // the user wants errors fixed without being asked
const TRIED = "dreambuild/fixed"; // what was fixed so, so that it is never tried again

/**
 * Opens a place for an app.
 *
 * @param {Element} place
 * @param {Object} options
 * @param {string | null} options.previewOrigin
 * @param {(projectId: string, errors: object[], onNotice: (text: string) => void) => Promise<any>} [options.fix] asks for a repair, and resolves to what was made
 */
export function openApp(place, { previewOrigin, fix }) {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const words = make("p", { className: "throws" });
  words.setAttribute("role", "status");
  const button = make("button", { type: "button", textContent: "Fix it", onclick: () => repair() });
  const auto = make("input", { type: "checkbox", checked: localStorage.getItem(AUTO) === "1", onchange: () => localStorage.setItem(AUTO, auto.checked ? "1" : "") });
  const report = make("div", { className: "row", hidden: true }, words, button, make("label", { className: "inline" }, auto, " Fix errors without asking, once"));
  const note = make("p", { className: "muted", hidden: true });
  const frame = make("div", { className: "app" });
  place.append(frame, report, note);
  button.hidden = auto.parentElement.hidden = !fix;

  let preview = null;
  let projectId = null;
  let errors = [];
  let timer;
  let fixing = false;
  let automatic = false; // one repair without asking, of what the user has shown: not of what repairs have made

  function onError(error) {
    if (!TOLD.includes(error.kind)) return say(error.message);
    if (errors.some((e) => keyOf(e) === keyOf(error))) return;
    errors = [...errors, error].slice(0, MOST);
    report.hidden = false;
    button.disabled = fixing;
    const [{ kind, message, path, line }] = errors;
    words.textContent = (kind === "load" ? message : `It throws ${message}`) + (path ? ` (${path}${line ? `, line ${line}` : ""})` : "") + (errors.length > 1 ? `, and ${errors.length - 1} more` : "");
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!fix || !auto.checked || fixing || !automatic || errors.every((e) => tried().includes(`${projectId} ${keyOf(e)}`))) return;
      automatic = false;
      repair();
    }, PAUSE);
  }

  function say(text) {
    note.textContent = text;
    note.hidden = !text;
  }

  async function repair() {
    const project = projectId;
    localStorage.setItem(TRIED, JSON.stringify([...new Set([...tried(), ...errors.map((e) => `${project} ${keyOf(e)}`)])].slice(-200)));
    fixing = button.disabled = true;
    say("Asking …");
    try {
      const made = await fix(project, errors.map(({ message, stack, path, line }) => ({ message, stack, path, line })), say);
      say(made.note ?? "");
      if (made.code && projectId === project) put(made);
    } catch (error) {
      say(error.message);
    } finally {
      fixing = button.disabled = false;
    }
  }

  /** Shows an app that the user wants to see. */
  function show(made) {
    automatic = true;
    put(made);
  }

  /** Puts an app in its place: what the project had stored stays. */
  function put(made) {
    if (!previewOrigin) return say("This console has no site for previews: set PREVIEW_ORIGIN when you build it.");
    errors = [];
    clearTimeout(timer);
    report.hidden = true;
    if (preview && made.projectId === projectId) return preview.update(made.code, { network: made.network, files: made.files });
    preview?.close();
    projectId = made.projectId;
    preview = openPreview(frame, {
      code: made.code, network: made.network, files: made.files, previewOrigin, storage: projectId, modals: true, onError,
      onReady: ({ isolated }) => {
        if (isolated === false) say("This browser runs the app in this page's process: if the app freezes, so does this page.");
      },
    });
  }

  return {
    show,
    close() {
      clearTimeout(timer);
      preview?.close();
      preview = projectId = null;
      report.hidden = true;
      say("");
    },
  };
}

/** What is the same in one error that happens twice. */
const keyOf = ({ message, path = "" }) => `${path} ${message.replace(/\d+/g, "0")}`;

function tried() {
  try {
    return JSON.parse(localStorage.getItem(TRIED) ?? "[]");
  } catch {
    return [];
  }
}
