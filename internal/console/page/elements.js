// Elements that both pages show: figures, problems, and a prompt with its result.

import { openApp } from "./app.js";
import { previewOrigin } from "./backend.js";

export const $ = (selector, root = document) => root.querySelector(selector);

/** Makes an element: `el("p", { className: "muted" }, "text", child)`. */
export function el(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const bytes = (n) => (n >= 1e9 ? `${(n / 1e9).toFixed(2)} GB` : `${(n / 1e6).toFixed(1)} MB`);

const time = (s) => (s >= 90 ? `${Math.round(s / 60)} min` : `${Math.ceil(s)} s`);

/** Describes the progress of a load. */
export function progressText({ phase, loaded, total, bytesPerSecond, secondsLeft }) {
  const figures = [`${bytes(loaded)} of ${bytes(total)}`, `${bytes(bytesPerSecond)}/s`, secondsLeft === null ? "" : `${time(secondsLeft)} left`];
  const prefix = { waiting: "Another tab is downloading it: ", offline: "Offline; the download continues by itself: " }[phase] ?? "";
  return prefix + figures.filter(Boolean).join(" · ");
}

/** Shows an error; null hides the last one. */
export function problem(error) {
  $("#problem").hidden = !error;
  $("#problem").textContent = error ? error.message : "";
  if (error) console.error(error);
}

/**
 * Shows a form for a prompt, and its result. `ask(prompt, { onText, onNotice, signal })`
 * resolves to `{ state, code, name, version, generatedBy, note }`; Stop aborts the
 * signal. It returns `show(prompt, ask)`, which shows a prompt that was sent before.
 * `fix` is that of openApp.
 */
export function promptPanel(section, ask, { onDone, fix } = {}) {
  const input = el("textarea", { rows: 3, required: true, value: "create calculator with dark mode" });
  const create = el("button", {}, "Create");
  const stop = el("button", { type: "button", disabled: true }, "Stop");
  const status = el("p", { className: "muted" });
  status.setAttribute("role", "status");
  const text = el("pre", { hidden: true });
  const result = el("div", { className: "result" }, status, text);
  const app = openApp(result, { previewOrigin, fix });
  const form = el("form", {}, el("label", {}, "What would you like to build?", input), el("div", { className: "row" }, create, stop));
  section.append(form, result);

  let running = null;
  stop.onclick = () => running?.abort();
  form.onsubmit = (event) => {
    event.preventDefault();
    show(input.value, ask);
  };

  async function show(prompt, ask) {
    problem(null);
    running = new AbortController();
    input.value = prompt;
    create.disabled = true;
    stop.disabled = false;
    text.textContent = "";
    text.hidden = false;
    app.close();
    status.textContent = "Asking …";
    try {
      const made = await ask(prompt, {
        signal: running.signal,
        onText: (piece, whole = text.textContent + piece) => {
          text.textContent = whole;
          text.scrollTop = text.scrollHeight;
        },
        onNotice: (notice) => (status.textContent = notice),
      });
      status.textContent = made.note ?? `Saved: ${made.name}, version ${made.version}, by ${made.generatedBy}.`;
      if (made.code) app.show(made);
      onDone?.(made);
    } catch (error) {
      const stopped = running.signal.aborted || error.name === "AbortError";
      status.textContent = stopped ? "Stopped." : "";
      if (!stopped) problem(error);
    } finally {
      create.disabled = false;
      stop.disabled = true;
    }
  }
  return show;
}
