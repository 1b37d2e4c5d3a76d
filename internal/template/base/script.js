{{define "element"}}
/** Makes an element: element("button", { type: "button", className: "quiet" }, "Save"). */
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

{{end}}
{{define "shape"}}
/** Makes an element of an SVG: shape("circle", { r: 5 }). */
const shape = (tag, attributes, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
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
{{define "edit-icon"}}"M4 20h4L19 9l-4-4L4 16zM13 7l4 4"{{end}}
{{define "delete-icon"}}"M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13"{{end}}
{{define "move-icon"}}"M9 6v0M9 12v0M9 18v0M15 6v0M15 12v0M15 18v0"{{end}}
{{define "icon-button"}}
/** Makes a button that shows a drawing of one stroke, and has a label for those who do not see it. */
const iconButton = (label, path, act) => {
  const made = element("button", { type: "button", className: "icon", ariaLabel: label, title: label });
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  made.addEventListener("click", act);
  return made;
};

{{end}}
{{define "reorder"}}
{{if has "drag-and-drop"}}
/** A handle by which a row is moved within its list: with a finger, the mouse or the arrow keys. move(to) takes the row's new place. */
const moveHandle = (row, title, move) => {
  const handle = iconButton({{text "moveItem" "item" "title"}}, {{template "move-icon"}});
  handle.title = {{text "moveHelp"}};
  handle.classList.add("handle");
  const rows = () => [...row.parentElement.children];
  const settle = (to) => {
    const n = rows().length;
    move(to);
    document.querySelector("#moved").textContent = {{text "movedTo" "item" "title" "place" "to + 1" "n" "n"}};
  };

  handle.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const to = rows().indexOf(row) + step;
    if (to in rows()) settle(to);
  });

  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const list = row.parentElement;
    const follow = ({ clientY }) => {
      const next = rows().find((other) => {
        const { top, height } = other.getBoundingClientRect();
        return other !== row && clientY < top + height / 2;
      });
      if (row.nextElementSibling !== (next ?? null)) list.insertBefore(row, next ?? null);
    };
    const end = () => {
      list.removeEventListener("pointermove", follow);
      list.removeEventListener("lostpointercapture", end);
      row.classList.remove("dragged");
      settle(rows().indexOf(row));
    };
    row.classList.add("dragged");
    list.setPointerCapture(event.pointerId);
    list.addEventListener("pointermove", follow);
    list.addEventListener("lostpointercapture", end); // let go, or taken away
  });
  return handle;
};

{{end}}
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
{{define "confetti"}}
/** Throws confetti, unless the person wants less motion. */
const throwConfetti = () => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (let i = 0; i < 60; i++) {
    const piece = document.createElement("span");
    piece.className = "confetti";
    piece.style.background = `oklch(0.7 0.17 ${i * 47})`;
    document.body.append(piece);
    const angle = Math.random() * 2 * Math.PI;
    const far = 8 + Math.random() * 16; // rem
    const end = `translate(${Math.cos(angle) * far}rem, ${Math.sin(angle) * far + 14}rem) rotate(${Math.random() * 900}deg)`;
    piece.animate({ transform: ["none", end], opacity: [1, 1, 0] }, { duration: 1600, easing: "cubic-bezier(0.1, 0.7, 0.4, 1)" }).onfinish = () => piece.remove();
  }
};

{{end}}
{{define "money"}}
/** Reads an amount as people write it: 12.50, $1,200 or 1.200 €. What is none is NaN. */
const readMoney = (text) => Math.round(readNumber(text.replace(/[^\d.,\s'’+-]/g, "")) * 100) / 100;

/** Writes an amount for a field, as people type it. */
const typedMoney = (amount) => new Intl.NumberFormat(document.documentElement.lang, { useGrouping: false, maximumFractionDigits: 2 }).format(amount);

/** Writes an amount in the currency that is chosen. */
const money = (amount) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: currencySelect.value, currencyDisplay: "narrowSymbol" }).format(amount);

const currencySelect = document.querySelector("#currency");
const currencyNames = new Intl.DisplayNames(document.documentElement.lang, { type: "currency" });
for (const code of ["USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "MXN", "BRL", "INR"]) {
  currencySelect.append(Object.assign(new Option(code), { title: currencyNames.of(code) }));
}
currencySelect.value = load("currency", usualCurrency);
currencySelect.addEventListener("change", () => save("currency", currencySelect.value));

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
{{define "day"}}
/** Whether a text is a day as computers write it: 2026-03-14. */
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

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
{{define "history"}}
{{if has "history"}}
/** Shows the entries that are kept under a key, a row for each. What it returns adds one before the others, and returns what takes that back. */
const openHistory = (key, row) => {
  const clear = document.querySelector("#clear-history");
  let entries = load(key, []);
  const keep = (list) => {
    entries = list.slice(0, 50);
    save(key, entries);
    document.querySelector("#history").replaceChildren(...entries.map(row));
    document.querySelector("#no-history").hidden = entries.length > 0;
    clear.hidden = entries.length === 0;
  };
  clear.addEventListener("click", () => {
    const cleared = entries;
    keep([]);
    toast({{text "historyCleared"}}, () => keep(cleared));
  });
  keep(entries);
  return (entry) => {
    const before = entries;
    keep([entry, ...before]);
    return () => keep(before);
  };
};

{{end}}
{{end}}
{{define "search"}}
{{if has "search"}}
const search = document.querySelector("#search");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a text has all words that are searched for, in any order; accents and capitals do not count. */
const fitsSearch = (text) => plain(search.value).split(/\s+/).every((word) => plain(text).includes(word));

{{end}}
{{end}}
{{define "print"}}
{{if has "print"}}
document.querySelector("#print").addEventListener("click", () => {
  let printed = false;
  addEventListener("beforeprint", () => { printed = true; }, { once: true });
  print();
  setTimeout(() => printed || toast({{text "noPrint"}}), 500); // a frame may forbid it, and does not say so
});

{{end}}
{{end}}
{{define "share"}}
{{if has "share"}}
/** Lets the button copy a text that can be shared, with the address of the page if it has one. */
const offerShare = (write) => {
  document.querySelector("#share").addEventListener("click", () => {
    const address = origin.startsWith("http") ? [location.href] : [];
    copy([write(), ...address].join("\n"));
    toast({{text "shared"}});
  });
};

{{end}}
{{end}}
{{define "shortcuts"}}
{{if has "shortcuts"}}
const shortcuts = document.querySelector("#shortcuts-dialog");
shortcuts.addEventListener("keydown", (event) => event.stopPropagation()); // no key works elsewhere while it is open
document.querySelector("#shortcuts").addEventListener("click", () => shortcuts.showModal());
document.querySelector("#shortcuts-close").addEventListener("click", () => shortcuts.close());
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !event.target.closest("input, textarea, select, dialog")) shortcuts.showModal();
});

{{end}}
{{end}}
{{define "export"}}
{{if has "export"}}
/**
 * Offers what rows() returns: as a table (CSV) and as JSON.
 * columns has the names of their properties, and how each is called in the table.
 */
const offerExport = (columns, rows) => {
  const dialog = document.querySelector("#export-dialog");
  const text = document.querySelector("#export-text");
  const names = Object.keys(columns);
  const quoted = (value) => (/[",;\t\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const line = (values) => values.map((value) => quoted(String(value))).join(",");
  const entries = () => rows().map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? ""])));
  const write = {
    csv: () => [columns, ...entries()].map((entry) => line(Object.values(entry))).join("\n"),
    json: () => JSON.stringify(entries(), null, 2),
  };
  const format = () => dialog.querySelector("[name=format]:checked").value;
  const show = () => { text.value = write[format()](); };

  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // no key works elsewhere while it is open
  document.querySelector("#export").addEventListener("click", () => {
    show();
    dialog.showModal();
  });
  dialog.addEventListener("change", show);
  document.querySelector("#export-close").addEventListener("click", () => dialog.close());
  document.querySelector("#export-copy").addEventListener("click", () => {
    copy(text.value);
    dialog.close();
    toast({{text "copied"}});
  });
  document.querySelector("#export-download").addEventListener("click", () => {
    const start = format() === "csv" ? "\ufeff" : ""; // by which spreadsheets know that it is UTF-8
    const url = URL.createObjectURL(new Blob([start, text.value]));
    element("a", { href: url, download: `${document.title}.${format()}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
};

{{end}}
{{end}}
{{define "import"}}
{{if has "import"}}
/** Parts a table (CSV) into its lines. What parts their values is the sign that the first line has most of. */
const readLines = (text) => {
  const [first] = text.split("\n", 1);
  const often = (sign) => first.split(sign).length;
  const [sign] = [",", ";", "\t"].sort((a, b) => often(b) - often(a));
  const lines = [];
  let number = 1;
  let line = { number, values: [] };
  for (const [all, quoted, bare, end] of text.matchAll(new RegExp(`(?:[ ]*"((?:[^"]|"")*)"[ ]*|([^${sign}\\n]*))(${sign}|\\n|$)`, "g"))) {
    line.values.push((quoted?.replaceAll('""', '"') ?? bare).trim());
    number += all.split("\n").length - 1;
    if (end === sign) continue;
    if (line.values.some(Boolean)) lines.push(line);
    line = { number, values: [] };
  }
  return lines;
};

/** Which of some names, by their keys, a text is: by name or by key, in any capitals. */
const keyOf = (names, text) => Object.keys(names).find((key) => [key, names[key]].some((known) => known.toLowerCase() === text.trim().toLowerCase()));

/** Reads a table (CSV) or JSON into rows { where, values }: the values are texts, by the names of the columns. */
const readRows = (text, columns) => {
  const names = Object.keys(columns);
  const nameOf = (head) => keyOf(columns, head);
  const inOrder = (values, heads = names) => Object.fromEntries(names.map((name) => [name, values[heads.indexOf(name)] ?? ""]));
  const write = (value) => (typeof value === "object" && value ? JSON.stringify(value) : String(value ?? ""));

  if (/^\s*[[{]/.test(text)) {
    const data = JSON.parse(text);
    const list = Array.isArray(data) ? data : Object.values(data).find(Array.isArray) ?? [data];
    return list.map((entry, i) => {
      const bare = Array.isArray(entry) || typeof entry !== "object";
      const values = bare ? inOrder([entry].flat().map(write)) : inOrder(Object.values(entry ?? {}).map(write), Object.keys(entry ?? {}).map(nameOf));
      return { where: {{text "entryNumber" "n" "i + 1"}}, values };
    });
  }
  const lines = readLines(text);
  const heads = lines[0]?.values.map(nameOf) ?? [];
  const headed = heads.some(Boolean);
  return lines.slice(headed ? 1 : 0).map(({ number, values }) => ({ where: {{text "lineNumber" "n" "number"}}, values: inOrder(values, headed ? heads : names) }));
};

/**
 * Offers to import a table (CSV) or JSON. columns is that of an export. read() makes an
 * entry of a row, or returns a text that says what is wrong with it. add() takes the
 * entries, and returns what takes them back. If one row is wrong, none is added.
 */
const offerImport = (columns, read, add) => {
  const dialog = document.querySelector("#import-dialog");
  const text = document.querySelector("#import-text");
  const file = document.querySelector("#import-file");
  const problem = document.querySelector("#import-problem");

  const complain = (message) => {
    problem.textContent = message;
    text.setAttribute("aria-invalid", message !== "");
    if (message) text.focus();
  };

  const readAll = () => {
    let rows;
    try {
      rows = readRows(text.value.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n"), columns);
    } catch {
      return complain({{text "badJson"}});
    }
    if (rows.length === 0) return complain({{text "noRows"}});
    const entries = [];
    for (const { where, values } of rows) {
      const entry = read(values);
      if (typeof entry === "string") return complain(`${where}: ${entry}`);
      entries.push(entry);
    }
    return entries;
  };

  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // no key works elsewhere while it is open
  document.querySelector("#import-columns").textContent = {{text "importColumns" "names" "Object.values(columns).join(\", \")"}};
  document.querySelector("#import").addEventListener("click", () => dialog.showModal());
  document.querySelector("#import-cancel").addEventListener("click", () => dialog.close());
  text.addEventListener("input", () => complain(""));
  file.addEventListener("change", async () => {
    text.value = await file.files[0]?.text() ?? text.value;
    complain("");
  });
  document.querySelector("#import-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const entries = readAll();
    if (!entries) return;
    dialog.close();
    text.value = file.value = "";
    complain("");
    toast({{plural "imported" "entries.length"}}, add(entries));
  });
};

{{end}}
{{end}}
