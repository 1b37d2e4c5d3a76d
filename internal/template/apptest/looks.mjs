// What holds for every app however it looks: in each theme, width and language.

import { readFile } from "node:fs/promises";

const axeSource = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const rules = { runOnly: ["wcag2a", "wcag2aa"], resultTypes: ["violations"] };

/** The least width and height of what is pressed, and of the cells of a grid. */
const TARGET = 40;
const CELL = 24;

/**
 * What is wrong with how an app looks, a sentence each.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("playwright-core").Frame} frame
 * @param {{language: string, title: string, width: number, axe: boolean, english: string[]}} look `english` has the texts that must not be seen
 */
export async function faultsOf(stage, frame, { language, title, width, axe, english }) {
  const faults = await frame.evaluate(head, { language, title });
  faults.push(...await frame.evaluate(targets, { TARGET, CELL }));
  const seen = new Set(await frame.evaluate(texts));
  for (const text of english) if (seen.has(text)) faults.push(`it says ${JSON.stringify(text)}, which is English`);

  if (axe) faults.push(...await violations(frame));

  await stage.page.keyboard.press("Tab"); // from now on focus is that of a keyboard
  faults.push(...await frame.evaluate(focusRings));

  for (const other of [width, width < 600 ? 320 : 2560]) {
    const { height } = stage.page.viewportSize();
    await stage.page.setViewportSize({ width: other, height });
    const over = await frame.evaluate(wider);
    if (over) faults.push(`at a width of ${other} px it scrolls sideways: ${over}`);
  }
  return faults;
}

/** What axe finds. */
async function violations(frame) {
  await frame.evaluate(`${axeSource}; undefined`);
  const found = await frame.evaluate(async (rules) => (await globalThis.axe.run(document, rules)).violations, rules);
  return found.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ target, any, all, none }) => {
    const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
    return `axe ${id} at ${target.join(" ")}: ${why || help}`;
  }));
}

/** The texts that a frame shows: those between tags, and those of attributes. */
export function texts() {
  const all = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) if (node.parentElement.checkVisibility() && !node.parentElement.closest("script, style")) all.push(node.data);
  for (const element of document.body.querySelectorAll("*")) {
    if (element.checkVisibility()) for (const name of ["aria-label", "placeholder", "title", "alt", "label"]) all.push(element.getAttribute(name) ?? "");
  }
  return all.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}

function head({ language, title }) {
  const faults = [];
  if (document.documentElement.lang !== language) faults.push(`<html lang> is ${JSON.stringify(document.documentElement.lang)}, not ${language}`);
  if (!document.title.includes(title)) faults.push(`the title is ${JSON.stringify(document.title)}, not ${JSON.stringify(title)}`);
  if (!document.querySelector("meta[name=viewport]")?.content.includes("width=device-width")) faults.push("there is no <meta name=viewport> with width=device-width");
  if (document.querySelectorAll("h1").length !== 1) faults.push(`there are ${document.querySelectorAll("h1").length} <h1>`);
  if (document.querySelectorAll("main").length !== 1) faults.push(`there are ${document.querySelectorAll("main").length} <main>`);
  return faults;
}

/** What is smaller than a finger. A link within a text is as high as the text. */
function targets({ TARGET, CELL }) {
  const faults = [];
  for (const element of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, a[href], [role=button], [role=tab], [role=switch], [role=checkbox], [role=radio], [role=slider]")) {
    if (!element.checkVisibility() || (element.localName === "a" && element.closest("p, li, td"))) continue;
    const boxes = [element, ...(element.labels ?? [])].map((e) => e.getBoundingClientRect());
    const width = Math.max(...boxes.map((b) => b.width)) + 0.5;
    const height = Math.max(...boxes.map((b) => b.height)) + 0.5;
    const least = element.closest("[role=grid], table") ? CELL : TARGET;
    if (width < least || height < least) faults.push(`${element.outerHTML.slice(0, 100)} is ${Math.floor(width)} × ${Math.floor(height)} px, less than ${least} × ${least}`);
  }
  return faults.slice(0, 5);
}

/** Which controls look the same with the focus of a keyboard: they, or what is around or next to them, have to change. */
function focusRings() {
  const look = (element) => {
    const around = [element, element.parentElement, element.nextElementSibling, element.closest("label"), ...(element.labels ?? [])].filter(Boolean);
    return around.map((e) => {
      const s = getComputedStyle(e);
      return [s.outlineStyle === "none" ? "" : `${s.outlineWidth} ${s.outlineColor}`, s.boxShadow].join();
    }).join("|");
  };
  const faults = [];
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(":disabled") || element.tabIndex < 0 || element.closest("[inert]")) continue;
    document.activeElement?.blur();
    const before = look(element);
    element.focus();
    if (document.activeElement !== element) faults.push(`${element.outerHTML.slice(0, 100)} takes no focus`);
    else if (look(element) === before) faults.push(`${element.outerHTML.slice(0, 100)} does not show that it has the focus`);
  }
  return faults.slice(0, 5);
}

/** What is wider than the page, or nothing. */
function wider() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (Math.max(scrollWidth, document.body.scrollWidth) <= clientWidth) return "";
  const over = (e) => e.getBoundingClientRect().right > clientWidth + 0.5;
  const inner = [...document.body.querySelectorAll("*")].find((e) => over(e) && ![...e.children].some(over));
  return `${scrollWidth} px are needed, by ${inner?.outerHTML.slice(0, 100)}`;
}
