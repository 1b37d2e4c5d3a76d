// Where in the project's files a position of the built document is. A document that is
// written into a page has no lines: browsers count from the begin of each script, and
// call it as its sourceURL says. So each script gets a name.

/**
 * A script within the document.
 *
 * @typedef {Object} Script
 * @property {string} name as browsers call it
 * @property {string} path its file, if the document says it or a file has its text; else ""
 * @property {number} before lines of the file before the script's first one
 * @property {((line: number) => Place | null) | null} bundle finds its lines, if it holds several modules, each below a comment that names its file
 * @property {string} map its source map as text, "" if there is none
 * @property {Segment[][] | null} segments of the map, once they are read
 * @property {string[]} files of the map
 */

/** @typedef {[column: number, file: number, line: number]} Segment */
/** @typedef {{file: string, line: number, column: number}} Position as browsers count, from 1 */
/** @typedef {{path: string, line?: number}} Place in a file of the project */

// What a bundler writes above each module: // set:src/App.tsx
const MODULE = /^\/\/ (\w+):(.+?)(:\d+)?$/;
const OWN = ["set", "page"]; // of the project's own modules

// An app may do its worst: so much is looked for, and no more.
const SCRIPTS = 300; // of a document
const LINES = 200; // of a bundle; for more, the file alone is told
const CALLS = 30; // of a stack

const SOURCE_URL = /\/\/[#@] sourceURL=(\S+)\s*$/;

/**
 * Names the scripts of a document, and finds where they come from.
 *
 * @param {string} document
 * @param {{path: string, content: string}[]} files of the project
 */
export function openSources(document, files) {
  /** @type {Map<string, Script>} */
  const scripts = new Map();
  const plain = files.map(({ path, content }) => ({ path, content: unescape(content) }));
  let [code, done] = ["", 0];
  for (const { attributes, text, end } of scriptsOf(document)) {
    if (!text.trim() || !runs(attributes)) continue;
    const given = SOURCE_URL.exec(text)?.[1] ?? "";
    const bundle = /^\/\/ (set|page):/m.test(text) ? openBundle(text.split("\n"), files) : null;
    const script = { name: given || `script-${scripts.size + 1}`, ...origin(text, given, plain), bundle, segments: null, files: [] };
    scripts.set(script.name, script);
    if (!given) {
      code += `${document.slice(done, end)}\n//# sourceURL=${script.name}\n`;
      done = end;
    }
    if (scripts.size === SCRIPTS) break;
  }
  code += document.slice(done);

  /** @param {Position} position @returns {Place | null} */
  function find({ file, line, column }) {
    if (line < 1 || !file) return null;
    const script = scripts.get(file) ?? [...scripts.values()].find(({ name }) => file.endsWith(`/${name}`)); // some browsers make a URL of it
    if (script?.map) return throughMap(script, line + script.before, column);
    if (script?.bundle) return script.bundle(line);
    if (script) return script.path && line > -script.before ? { path: script.path, line: line + script.before } : null;
    return /^[a-z][\w+.-]*:|[<>\s]/i.test(file) ? null : { path: file, line }; // a name that the document gives to a script of a URL
  }

  return {
    /** The document, in which each script has a name. */
    code,

    /**
     * The place of an error, as far as it is known: the first position of the stack that
     * is in a file of the project, or where it was thrown. The stack names places in files, too.
     *
     * @param {Position & {stack: string, within: string}} error within: the end of the
     *   script that was about to run
     * @returns {{stack?: string, path?: string, line?: number}}
     */
    locate({ stack, within, ...thrown }) {
      /** @type {Place | null} */
      let place = null;
      let calls = 0;
      const told = stack.replace(/(?<![^\s(@])([^\s(@]+):(\d+):(\d+)(?=\)?$)/gm, (all, file, line, column) => {
        if (++calls > CALLS) return all;
        const found = find({ file, line: Number(line), column: Number(column) });
        place ??= found;
        return found ? found.path + (found.line ? `:${found.line}` : "") : all;
      });
      // A script that cannot be read has no name yet. It is the one that was about to run.
      const unread = SOURCE_URL.exec(within)?.[1];
      if (unread) place = find({ ...thrown, file: unread });
      return { ...(told && { stack: told }), ...(place ?? find(thrown)) };
    },
  };
}

/** The scripts of a document; `end` is where a script's text ends. A script that nothing ends is none. @param {string} document */
function* scriptsOf(document) {
  const [begins, ends] = [/<script\b/gi, /<\/script/gi];
  for (let begin = begins.exec(document); begin; begin = begins.exec(document)) {
    const from = document.indexOf(">", begins.lastIndex);
    if (from < 0) return;
    ends.lastIndex = from + 1;
    const end = ends.exec(document);
    if (!end) return;
    yield { attributes: document.slice(begins.lastIndex, from), text: document.slice(from + 1, end.index), end: end.index };
    begins.lastIndex = ends.lastIndex;
  }
}

/** Whether a browser runs what stands in a script with these attributes. @param {string} attributes */
function runs(attributes) {
  const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1].toLowerCase() ?? "";
  return !/\bsrc\s*=/i.test(attributes) && /^(|module|.*(javascript|ecmascript).*)$/.test(type);
}

/**
 * Where a script's text comes from.
 *
 * @param {string} text
 * @param {string} given the name that the document gives it
 * @param {{path: string, content: string}[]} files unescaped
 */
function origin(text, given, files) {
  const map = decodeMap(/\/\/[#@] sourceMappingURL=data:application\/json[^,\s]{0,100},(\S+)/.exec(text)?.[1] ?? "");
  // A line end after the tag is the document's, and not the file's.
  if (given || map) return { map, path: given, before: text.startsWith("\n") ? -1 : 0 };
  const [space] = /^\s*/.exec(text) ?? [""];
  const within = unescape(text.trim());
  for (const { path, content } of files) {
    const at = content.indexOf(within);
    if (at >= 0) return { map, path, before: newlines(content.slice(0, at)) - newlines(space) };
  }
  return { map, path: "", before: 0 };
}

/** A script as it is in its file: in the document, "<" may be written otherwise. @param {string} text */
const unescape = (text) => text.replaceAll("\\x3C", "<");

/** @param {string} text */
const newlines = (text) => text.split("\n").length - 1;

/** @param {string} data of a data URL: base64, or percent-encoded */
function decodeMap(data) {
  try {
    return /^(%7B|{)/i.test(data) ? decodeURIComponent(data) : new TextDecoder().decode(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
  } catch {
    return "";
  }
}

/**
 * Finds the places of a bundle's lines: the file of a line's module, and the line there
 * that is most like it, if one is.
 *
 * @param {string[]} bundle its lines
 * @param {{path: string, content: string}[]} files
 * @returns {(line: number) => Place | null} line from 1
 */
function openBundle(bundle, files) {
  const modules = bundle.flatMap((text, i) => {
    const [, kind, path] = MODULE.exec(text) ?? [];
    return path ? [{ line: i + 1, kind, path }] : [];
  });
  /** @type {Map<number, Place>} */
  const known = new Map();
  /** @type {Map<string, Set<string>[]>} the words of each line of a file */
  const texts = new Map();

  return (line) => {
    const module = modules.findLast((m) => m.line <= line);
    if (!module || !OWN.includes(module.kind)) return null;
    const place = known.get(line);
    if (place || known.size === LINES) return place ?? { path: module.path };
    const { path } = module;
    const text = texts.get(path) ?? (files.find((file) => file.path === path)?.content ?? "").split("\n").map(words);
    texts.set(path, text);
    const at = mostAlike(words(bundle[line - 1] ?? ""), text);
    known.set(line, at >= 0 ? { path, line: at + 1 } : { path });
    return known.get(line) ?? null;
  };
}

/** The index of what is most like a line; -1: nothing is, or several are. @param {Set<string>} line @param {Set<string>[]} lines */
function mostAlike(line, lines) {
  let [best, at, tied] = [0.5, -1, false]; // less than half of the words is not alike
  for (const [i, other] of lines.entries()) {
    let both = 0;
    for (const word of other) if (line.has(word)) both++;
    const alike = (2 * both) / (line.size + other.size || 1);
    if (alike > best) [best, at, tied] = [alike, i, false];
    else if (alike === best) tied = true;
  }
  return tied ? -1 : at;
}

/** @param {string} text */
const words = (text) => new Set(text.match(/[\w$]+/g));

/** @param {Script} script @param {number} line @param {number} column both from 1 */
function throughMap(script, line, column) {
  script.segments ??= readMap(script);
  const segments = script.segments[line - 1] ?? [];
  const at = segments.findLast(([begins]) => begins <= column - 1) ?? segments[0];
  const path = at && script.files[at[1]];
  return path ? { path, line: at[2] + 1 } : null;
}

/**
 * Reads a source map of version 3: lines are separated by `;`, segments by `,`, and each
 * segment is a few numbers, as differences to those before.
 *
 * @param {Script} script
 */
function readMap(script) {
  try {
    const { sources, mappings } = JSON.parse(script.map);
    script.files = sources.map((/** @type {unknown} */ s) => String(s).replace(/^[\w-]+:(\/\/\/?)?/, ""));
    let [file, line] = [0, 0];
    return String(mappings).split(";").map((text) => {
      let column = 0;
      /** @type {Segment[]} */
      const segments = [];
      for (const part of text.split(",")) {
        const numbers = vlq(part);
        if (numbers.length === 0) continue;
        column += numbers[0];
        if (numbers.length < 4) continue; // code that nobody wrote
        file += numbers[1];
        line += numbers[2];
        segments.push([column, file, line]);
      }
      return segments;
    });
  } catch {
    return [];
  }
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads numbers in base64, five bits a digit, the sign in the lowest bit. @param {string} text */
function vlq(text) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
