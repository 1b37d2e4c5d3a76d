{{define "element"}}
/** Makes an element: element("button", { type: "button", className: "quiet" }, "Save"). */
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

{{end}}
{{define "shuffled"}}
/** A copy of a list in a random order. */
const shuffled = (list) => {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
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
{{define "duration"}}
/** Writes seconds as a clock does: 05:00, or 1:05:00. */
const duration = (seconds) => {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${hours}:` : ""}${two(minutes % 60)}:${two(seconds % 60)}`;
};

{{end}}
{{define "beep"}}
/** Plays one short tone. */
const beep = (frequency, seconds) => {
  if (!audio || !hasSound()) return;
  const tone = new OscillatorNode(audio, { type: "triangle", frequency });
  const volume = new GainNode(audio, { gain: 0.15 });
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + seconds);
};

{{end}}
{{define "sound"}}
const soundButton = document.querySelector("#sound");
let audio;

const showSound = (on) => soundButton.setAttribute("aria-pressed", on);
const hasSound = () => soundButton.getAttribute("aria-pressed") === "true";

/** Prepares the sound. Browsers allow that only when something is pressed. */
const prepareSound = () => {
  audio ??= new AudioContext();
  audio.resume();
};

/** Plays two tones, as a small bell does. */
const chime = () => {
  if (!audio || !hasSound()) return;
  [880, 1175].forEach((frequency, i) => {
    const begin = audio.currentTime + i * 0.18;
    const tone = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.3, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.6);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + 0.6);
  });
};

showSound(load("sound", true));
soundButton.addEventListener("click", () => {
  showSound(!hasSound());
  save("sound", hasSound());
});

{{end}}
