// Draws the apps of the library for people to look at: for each the light and the dark
// theme, and both on a phone; one sheet of all, and a small one for the README. CASES names the file of
// apptest_test.go that says which, and OUT the folder for the pictures.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { launch } from "../../e2e/e2etest/chromium.mjs";
import { Stage } from "./stage.mjs";

const out = process.env.OUT;
const apps = JSON.parse(await readFile(process.env.CASES, "utf8"));
await mkdir(out, { recursive: true });

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 800 };

const browser = await launch();
try {
  const sections = [];
  const small = [];
  for (const app of apps) {
    const shots = [];
    for (const [size, theme] of [[DESK, "light"], [DESK, "dark"], [PHONE, "light"], [PHONE, "dark"]]) shots.push(await draw(app[theme], size));
    const section = sectionOf(app, shots);
    await print(`${app.id}.png`, section, 1560);
    sections.push(section);
    small.push(shots[small.length % 2]);
  }
  await print("small.jpg", `<section style="gap: 8px">${small.map(({ source }) => `<img src="${source}" width="184" height="115" alt="">`).join("")}</section>`, 1000);
  await print("overview.png", sections.join(""), 1560);
  await writeFile(`${out}/index.html`, sheet(sections.join("")));
} finally {
  await browser.close();
}
console.log(`${apps.length} apps: ${out}/overview.png`);

/** A picture of a document, as a data URL. */
async function draw(code, viewport) {
  const stage = await Stage.open(browser, { viewport, clock: true, reducedMotion: "reduce" });
  await stage.begin();
  await stage.show(code);
  await stage.tick(1_000);
  const picture = await stage.page.screenshot();
  await stage.close();
  return { source: `data:image/png;base64,${picture.toString("base64")}`, ...viewport };
}

function sectionOf({ id, title }, shots) {
  const pictures = shots.map(({ source, width, height }) => `<img src="${source}" width="${width * 0.42}" height="${height * 0.42}" alt="">`);
  return `<section><h2>${title.replaceAll("<", "&lt;")} <small>${id}</small></h2>${pictures.join("")}</section>`;
}

function sheet(sections) {
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>The library</title>
<style>body { margin: 0; padding: 24px; background: #e9ebee; font: 16px system-ui, sans-serif } section { display: flex; flex-wrap: wrap; gap: 12px; margin-bottom: 28px } h2 { width: 100%; margin: 0; font-size: 20px } small { color: #667; font-weight: normal } img { border-radius: 8px; box-shadow: 0 1px 4px #0003 }</style>
${sections}</html>`;
}

/** Prints sections on one picture as long as they are. */
async function print(name, sections, width) {
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  await page.setContent(sheet(sections));
  await page.screenshot({ path: `${out}/${name}`, fullPage: true, ...(name.endsWith(".jpg") && { quality: 80 }) });
  await page.close();
}
