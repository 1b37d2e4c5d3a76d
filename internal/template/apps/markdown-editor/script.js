const source = document.querySelector("#source");
{{if has "preview" "print"}}
const preview = document.querySelector("#preview");
{{end}}

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "copy" "export" "share"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "print"}}
{{template "shortcuts"}}
{{if has "preview" "print" "export"}}
// From Markdown to HTML

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

/** Only such addresses become links: a page that somebody pastes must not run anything. */
const isAddress = (text) => /^(https?:|mailto:|tel:|#|\/|\.)/i.test(text);

/** Writes what stands within a paragraph. */
function inline(text) {
  const kept = []; // pieces that are finished, which no other rule may change
  const keep = (html) => `\u0001${kept.push(html) - 1}\u0001`;
  const link = (all, label, address) => (isAddress(address) ? `${keep(`<a href="${address}" target="_blank" rel="noopener">`)}${label}</a>` : all);
  const image = (all, label, address) => (/^(https?:|data:image\/)/i.test(address) ? keep(`<img src="${address}" alt="${label}">`) : all);
  return escaped(text)
    .replace(/(`+)(.+?)\1(?!`)/g, (all, ticks, code) => keep(`<code>${code.trim()}</code>`))
    .replace(/\\([!-/:-@[-`{-~])/g, (all, sign) => keep(sign))
    .replace(/!\[([^\]]*)\]\((\S+?)(?: &quot;.*?&quot;)?\)/g, image)
    .replace(/\[([^\]]+)\]\((\S+?)(?: &quot;.*?&quot;)?\)/g, link)
    .replace(/&lt;(https?:[^\s&]+)&gt;/g, (all, address) => link(all, address, address))
    .replace(/(^|[\s(])(https?:\/\/[^\s<]*[^\s<.,:;!?)])/g, (all, before, address) => before + link(address, address, address))
    .replace(/\*\*(?=\S)(.+?\S?)\*\*|(?<!\w)__(?=\S)(.+?)__(?!\w)/gs, (all, a, b) => `<strong>${a ?? b}</strong>`)
    .replace(/\*(?=\S)(.+?)\*|(?<!\w)_(?=\S)(.+?)_(?!\w)/gs, (all, a, b) => `<em>${a ?? b}</em>`)
    .replace(/~~(?=\S)(.+?)~~/gs, "<del>$1</del>")
    .replace(/(?: {2,}|\\)\n/g, "<br>\n")
    .replace(/\u0001(\d+)\u0001/g, (all, i) => kept[i]);
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const FENCE = /^\s*(`{3,}|~{3,})\s*([\w-]*)/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const indent = (line) => line.match(/^\s*/)[0].length;
const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));

/** Writes lines as blocks: headings, paragraphs, lists and so on. */
function blocks(lines) {
  const html = [];
  let at = 0;

  /** Takes the next lines as long as they fit. */
  const take = (fits) => {
    const from = at;
    while (at < lines.length && fits(lines[at], lines[at + 1] ?? "")) at++;
    return lines.slice(from, at);
  };

  const beginsBlock = (line, next) => /^\s*(#{1,6}\s|>)/.test(line) || ITEM.test(line) || FENCE.test(line) || RULE.test(line) || isTable(line, next);
  const isTable = (line, next) => line.includes("|") && next.includes("-") && DIVIDER.test(next);

  while (at < lines.length) {
    const line = lines[at];
    const heading = line.match(/^\s*(#{1,6})\s+(.*?)\s*#*$/);
    const fence = line.match(FENCE);
    if (line.trim() === "") {
      at++;
    } else if (heading) {
      at++;
      html.push(`<h${heading[1].length}>${inline(heading[2])}</h${heading[1].length}>`);
    } else if (fence) {
      at++;
      const code = take((other) => !other.trim().startsWith(fence[1]));
      at++;
      html.push(`<pre><code>${escaped(code.join("\n"))}</code></pre>`);
    } else if (RULE.test(line)) {
      at++;
      html.push("<hr>");
    } else if (/^\s*>/.test(line)) {
      const quoted = take((other) => other.trim() !== "");
      html.push(`<blockquote>\n${blocks(quoted.map((other) => other.replace(/^\s*> ?/, "")))}\n</blockquote>`);
    } else if (ITEM.test(line)) {
      html.push(list());
    } else if (isTable(line, lines[at + 1] ?? "")) {
      html.push(table(take((other) => other.includes("|"))));
    } else {
      const first = at;
      const text = take((other, next) => other.trim() !== "" && (at === first || !beginsBlock(other, next)));
      html.push(`<p>${inline(text.map((other) => other.trimStart()).join("\n").trimEnd())}</p>`);
    }
  }
  return html.join("\n");

  /** Takes a list: what is further in than an item belongs to it. */
  function list() {
    const [, , first] = lines[at].match(ITEM);
    const tag = /\d/.test(first) ? "ol" : "ul";
    const depth = indent(lines[at]);
    const items = [];
    while (at < lines.length) {
      const item = lines[at].match(ITEM);
      if (!item || indent(lines[at]) > depth + 1 || indent(lines[at]) < depth || /\d/.test(item[2]) !== (tag === "ol")) break;
      at++;
      const inner = take((line, next) => (line.trim() === "" ? indent(next) > depth && next.trim() !== "" : indent(line) > depth + 1 || !(beginsBlock(line, next) || lines[at - 1].trim() === "")));
      const least = Math.min(...inner.filter((line) => line.trim() !== "").map(indent), item[0].length);
      items.push(entry(item[3], inner.map((line) => line.slice(least))));
      if ((lines[at] ?? "").trim() === "" && ITEM.test(lines[at + 1] ?? "") && indent(lines[at + 1]) === depth) at++;
    }
    const start = parseInt(first, 10);
    return `<${tag}${start > 1 ? ` start="${start}"` : ""}>\n${items.join("\n")}\n</${tag}>`;
  }
}

function entry(text, inner) {
  const [, box, task] = text.match(/^\[([ xX])\]\s+(.*)$/) ?? [];
  const isLoose = inner.some((line) => line.trim() === "");
  const body = blocks([task ?? text, ...inner]).replace(/^<p>(.*?)<\/p>/s, isLoose ? "<p>$1</p>" : "$1");
  if (task === undefined) return `<li>${body}</li>`;
  const [own, ...nested] = body.split(/\n(?=<[uo]l)/);
  return `<li class="task"><label><input type="checkbox"${box === " " ? "" : " checked"}> <span>${own}</span></label>${nested.join("\n")}</li>`;
}

function table([head, divider, ...rows]) {
  const aligns = cells(divider).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : ""));
  const row = (line, tag) => `<tr>${cells(head).map((_, i) => `<${tag}${aligns[i] ? ` style="text-align: ${aligns[i]}"` : ""}>${inline(cells(line)[i] ?? "")}</${tag}>`).join("")}</tr>`;
  return `<table>\n<thead>\n${row(head, "th")}\n</thead>\n<tbody>\n${rows.map((line) => row(line, "td")).join("\n")}\n</tbody>\n</table>`;
}

const toHtml = () => blocks(source.value.replace(/\u0001/g, "").replace(/\t/g, "    ").split("\n"));

{{end}}
// What is written

let saveTimer;

function show() {
  {{if has "preview" "print"}}
  preview.innerHTML = source.value.trim() ? toHtml() : "";
  preview.dataset.empty = {{text "nothing"}};
  {{end}}
  {{if has "counter"}}
  const words = source.value.match(/[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  const characters = [...source.value].length;
  const minutes = Math.max(1, Math.round(words / 200));
  document.querySelector("#counts").textContent = [{{plural "words" "words"}}, {{plural "characters" "characters"}}, {{text "minutes" "n" "minutes"}}].join(" · ");
  {{end}}
}

function changed() {
  show();
  document.querySelector("#state").textContent = {{text "saving"}};
  clearTimeout(saveTimer);
  saveTimer = setTimeout(keep, 300);
}

function keep() {
  clearTimeout(saveTimer);
  save("markdown", source.value);
  document.querySelector("#state").textContent = {{text "saved"}};
}

/** Takes another text in the place of the one that is there, and says so. */
function replaceAll(text, message) {
  const before = source.value;
  const put = (value) => {
    source.value = value;
    source.scrollTop = 0;
    show();
    keep();
    source.focus();
  };
  put(text);
  toast(message, () => put(before));
}

source.addEventListener("input", changed);
addEventListener("pagehide", keep);
document.querySelector("#new").addEventListener("click", () => replaceAll("", {{text "emptied"}}));

// The tools

/** Replaces a part of the text, as typing does: the browser's own undo takes it back. */
function type(from, to, text, selectFrom = from + text.length, selectTo = selectFrom) {
  source.focus();
  source.setSelectionRange(from, to);
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    source.setRangeText(text, from, to);
    changed();
  }
  source.setSelectionRange(selectFrom, selectTo);
}

/** Puts signs around what is selected, or takes them away. */
function wrap(sign) {
  const { selectionStart: from, selectionEnd: to, value } = source;
  const inner = value.slice(from, to) || {{text "sampleText"}};
  const size = sign.length;
  if (value.slice(from - size, from) === sign && value.slice(to, to + size) === sign) return type(from - size, to + size, inner, from - size, to - size);
  type(from, to, sign + inner + sign, from + size, from + size + inner.length);
}

/** Begins the lines that are selected with a sign, or takes it away. */
function mark(sign) {
  const { value } = source;
  const from = value.lastIndexOf("\n", source.selectionStart - 1) + 1;
  const end = value.indexOf("\n", Math.max(from, source.selectionEnd));
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split("\n");
  const isMarked = lines.every((line) => line.startsWith(sign));
  const text = lines.map((line, i) => (isMarked ? line.slice(sign.length) : sign.replace("1", i + 1) + line)).join("\n");
  type(from, to, text);
}

/** Adds a block of its own below the line of the cursor. */
function addBlock(text, selectFrom, length) {
  const line = source.value.indexOf("\n", source.selectionEnd);
  const at = line < 0 ? source.value.length : line;
  const gap = at === 0 ? "" : source.value.slice(0, at).endsWith("\n") ? "\n" : "\n\n";
  type(at, at, `${gap}${text}\n`, at + gap.length + selectFrom, at + gap.length + selectFrom + length);
}

const add = {
  link() {
    const { selectionStart: from, selectionEnd: to } = source;
    const label = source.value.slice(from, to) || {{text "sampleText"}};
    const address = "https://";
    type(from, to, `[${label}](${address})`, from + label.length + 3, from + label.length + 3 + address.length);
  },
  code() {
    const selected = source.value.slice(source.selectionStart, source.selectionEnd);
    if (!selected.includes("\n")) return wrap("`");
    type(source.selectionStart, source.selectionEnd, `\`\`\`\n${selected}\n\`\`\``);
  },
  table() {
    const name = {{text "column"}};
    addBlock(`| ${name} 1 | ${name} 2 |\n|---|---|\n|  |  |`, 2, name.length + 2);
  },
};

document.querySelector(".tools").addEventListener("click", (event) => {
  const tool = event.target.closest("button")?.dataset;
  if (tool?.wrap) wrap(tool.wrap);
  if (tool?.line) mark(tool.line);
  if (tool?.add) add[tool.add]();
});

source.addEventListener("keydown", (event) => {
  const shortcuts = { b: () => wrap("**"), i: () => wrap("*"), k: add.link };
  if ((event.ctrlKey || event.metaKey) && !event.altKey && shortcuts[event.key]) {
    event.preventDefault();
    shortcuts[event.key]();
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) goOnWithList(event);
});

/** Begins the next item of a list; in an empty item, ends the list. */
function goOnWithList(event) {
  const at = source.selectionStart;
  const from = source.value.lastIndexOf("\n", at - 1) + 1;
  const [all, space, sign, box = "", text] = source.value.slice(from, at).match(/^(\s*)([-*+]|\d+[.)])\s(\[[ xX]\]\s)?(.*)$/) ?? [];
  if (all === undefined) return;
  event.preventDefault();
  if (text.trim() === "") return type(from, at, "");
  const next = sign.replace(/\d+/, (number) => Number(number) + 1);
  type(at, source.selectionEnd, `\n${space}${next} ${box && "[ ] "}`);
}
{{if has "preview" "print"}}

// A task that is ticked in the preview is ticked in the text.
preview.addEventListener("change", (event) => {
  let left = [...preview.querySelectorAll(".task input")].indexOf(event.target);
  let fence = false;
  const lines = source.value.split("\n").map((line) => {
    if (FENCE.test(line)) fence = !fence;
    const isTask = !fence && /^[\s>]*([-*+]|\d+[.)])\s+\[[ xX]\]\s/.test(line);
    return isTask && left-- === 0 ? line.replace(/\[[ xX]\]/, event.target.checked ? "[x]" : "[ ]") : line;
  });
  source.value = lines.join("\n");
  changed();
});
{{end}}
{{if has "preview"}}

// The views

const desk = document.querySelector("#desk");

function setView(view) {
  desk.dataset.view = view;
  for (const button of document.querySelectorAll("#views button")) button.ariaPressed = button.dataset.view === view;
}

document.querySelector("#views").addEventListener("click", ({ target }) => {
  const { view } = target.dataset;
  if (!view) return;
  setView(view);
  save("view", view);
});
setView(load("view", "both"));

// Both sides scroll together.
source.addEventListener("scroll", () => {
  const share = source.scrollTop / Math.max(1, source.scrollHeight - source.clientHeight);
  preview.scrollTop = share * (preview.scrollHeight - preview.clientHeight);
});
{{end}}
{{if has "copy"}}

document.querySelector("#copy").addEventListener("click", () => {
  copy(source.value);
  toast({{text "copied"}});
});
{{end}}
{{if has "share"}}

offerShare(() => source.value);
{{end}}
{{if has "import"}}

// A file takes the place of the text.

const file = document.querySelector("#import-file");

async function open(chosen) {
  if (chosen) replaceAll((await chosen.text()).replace(/\r\n?/g, "\n").replace(/^\ufeff/, ""), {{text "opened" "name" "chosen.name"}});
}

document.querySelector("#import").addEventListener("click", () => file.click());
file.addEventListener("change", () => {
  open(file.files[0]);
  file.value = "";
});
source.addEventListener("drop", (event) => {
  if (event.dataTransfer.files.length === 0) return;
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});
{{end}}
{{if has "export"}}

// The text as a file

const dialog = document.querySelector("#export-dialog");
const exported = document.querySelector("#export-text");
const format = () => dialog.querySelector("[name=format]:checked").value;
const title = () => source.value.match(/^#+\s+(.+)$/m)?.[1].replace(/[*_`~[\]]/g, "").trim() || document.title;

function showExport() {
  const { lang } = document.documentElement;
  const page = () => `<!DOCTYPE html>\n<html lang="${lang}">\n<meta charset="utf-8">\n<title>${escaped(title())}</title>\n<body>\n${toHtml()}\n</body>\n</html>\n`;
  exported.value = format() === "md" ? source.value : page();
}

document.querySelector("#export").addEventListener("click", () => {
  showExport();
  dialog.showModal();
});
dialog.addEventListener("change", showExport);
document.querySelector("#export-close").addEventListener("click", () => dialog.close());
document.querySelector("#export-copy").addEventListener("click", () => {
  copy(exported.value);
  dialog.close();
  toast({{text "copied"}});
});
document.querySelector("#export-download").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([exported.value]));
  element("a", { href: url, download: `${title().replace(/[\\/:*?"<>|]/g, "")}.${format()}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
});
{{end}}

source.value = load("markdown", {{text "sample"}});
show();
