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
{{define "number"}}
/** Reads a number as people write it: 1234.5, 1,234.5 or 1.234,5. What is none is NaN. */
const readNumber = (text) => {
  const digits = text.replace(/[\s'’]/g, "");
  const last = digits.match(/[.,](?=\d*$)/)?.[0]; // the decimal sign, unless it parts groups of three digits
  const groupSign = new Intl.NumberFormat(document.documentElement.lang).format(1e6)[1];
  const grouped = /^[+-]?[1-9]\d{0,2}([.,]\d{3})+$/.test(digits) && (last === groupSign || digits.split(last).length > 2);
  const at = last && !grouped ? digits.lastIndexOf(last) : digits.length;
  return digits === "" ? NaN : Number(`${digits.slice(0, at).replace(/[.,]/g, "")}.${digits.slice(at + 1)}`);
};

{{end}}
