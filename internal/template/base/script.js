{{define "element"}}
/** Makes an element: element("button", { type: "button", className: "quiet" }, "Save"). */
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

{{end}}
{{define "store"}}
/** Reads what was saved under a key. The browser may forbid storage, or hold something unreadable. */
const load = (key, fallback) => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
};

/** Saves a value under a key. */
const save = (key, value) => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage everything works, until the page is closed.
  }
};

{{end}}
{{define "theme"}}
{{if has "dark-toggle"}}
const darkButton = document.querySelector("#dark");

const showDark = (dark) => {
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  darkButton.setAttribute("aria-pressed", dark);
};

showDark(load("dark", {{if eq theme "system"}}matchMedia("(prefers-color-scheme: dark)").matches{{else}}{{eq theme "dark"}}{{end}}));
darkButton.addEventListener("click", () => {
  const dark = darkButton.getAttribute("aria-pressed") === "false";
  showDark(dark);
  save("dark", dark);
});

{{end}}
{{end}}
{{define "toast"}}
const toasts = document.querySelector("#toasts");
let toastTimer;

/** Says what has happened, and offers to take it back. */
const toast = (message, undo) => {
  const box = element("p", { className: "toast" }, element("span", {}, message));
  if (undo) {
    const button = element("button", { type: "button" }, {{text "undo"}});
    button.addEventListener("click", () => {
      toasts.replaceChildren();
      undo();
    });
    box.append(button);
  }
  toasts.replaceChildren(box);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toasts.replaceChildren(), 8000);
};

{{end}}
{{define "copy"}}
/** Puts a text on the clipboard. Unlike navigator.clipboard, this works in a sandboxed frame. */
const copy = (text) => {
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", put, { once: true });
  document.execCommand("copy");
};

{{end}}
