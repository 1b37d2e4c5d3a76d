// What the parts of base do in every app that has them. An app is asked only for what its
// app.json has.

/** Clicks what may be in a part of the app that is not shown at first. */
const click = (app, selector) => app.frame.evaluate((selector) => document.querySelector(selector).click(), selector);

/** Notes what is copied, from now on. */
const listenToCopies = (app) => app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
const copied = (app) => app.frame.evaluate(() => globalThis.copied);

async function isGone(app, selector) {
  if (await app.frame.locator(selector).count()) throw new Error(`there is ${selector}`);
}

/** What the app exports, in both formats. */
const exported = (app) => app.frame.evaluate(() => {
  const textIn = (format) => {
    document.querySelector(`#export-dialog [value=${format}]`).click();
    return document.querySelector("#export-text").value;
  };
  document.querySelector("#export").click();
  const texts = { csv: textIn("csv"), json: textIn("json") };
  document.querySelector("#export-close").click();
  return texts;
});

/** Whether a dialog is open. */
const isOpen = (app, selector) => app.frame.evaluate((selector) => document.querySelector(selector).open, selector);

export const checks = {
  "base: turns dark and light": { needs: ["dark-toggle"], run: async (app) => {
    const look = () => app.frame.evaluate(() => {
      const { colorScheme, backgroundColor } = getComputedStyle(document.documentElement);
      return { colorScheme, backgroundColor };
    });
    await app.press(app.text("darkMode"));
    const one = await look();
    await app.press(app.text("darkMode"));
    const other = await look();
    if ([one.colorScheme, other.colorScheme].sort().join() !== "dark,light") throw new Error(`it was ${one.colorScheme}, then ${other.colorScheme}`);
    if (one.backgroundColor === other.backgroundColor) throw new Error(`both times it is ${one.backgroundColor}`);
  } },
  "base: remembers whether it is dark": { needs: ["dark-toggle", "storage"], run: async (app) => {
    const isDark = () => app.frame.evaluate(() => document.querySelector("#dark").getAttribute("aria-pressed"));
    const before = await isDark();
    await app.press(app.text("darkMode"));
    await app.reload();
    if (await isDark() === before) throw new Error("it has forgotten");
  } },
  "base: has no switch for light and dark": { without: ["dark-toggle"], run: (app) => isGone(app, "#dark") },

  "base: prints": { needs: ["print"], run: async (app) => {
    await app.frame.evaluate(() => { globalThis.print = () => dispatchEvent(new Event("beforeprint")); });
    await click(app, "#print");
    await app.advance(1);
    await app.hides(app.text("noPrint"));
    await app.frame.evaluate(() => { globalThis.print = () => {}; }); // as in a frame that forbids it
    await click(app, "#print");
    await app.sees(app.text("noPrint"));
  } },
  "base: prints no controls": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const left = await app.count("button:not(.on-paper)");
    await app.page.emulateMedia({ media: null });
    if (left > 0) throw new Error(`there are ${left} buttons on paper`);
  } },
  "base: does not print": { without: ["print"], run: (app) => isGone(app, "#print") },

  "base: copies what can be shared": { needs: ["share"], run: async (app) => {
    await listenToCopies(app);
    await click(app, "#share");
    await app.sees(app.text("shared"));
    if (!(await copied(app))?.trim()) throw new Error("nothing is copied");
  } },
  "base: shares nothing": { without: ["share"], run: (app) => isGone(app, "#share") },

  "base: exports a table and JSON": { needs: ["export"], run: async (app) => {
    await listenToCopies(app);
    await click(app, "#export");
    const table = await app.value(app.text("exportText"));
    await app.press("JSON");
    const entries = JSON.parse(await app.value(app.text("exportText")));
    if (!Array.isArray(entries) || table.split("\n").length < entries.length + 1) throw new Error(`there are ${entries.length} entries, and the table is ${table}`);
    await app.press(app.text("copy"));
    await app.sees(app.text("copied"));
    if (await copied(app) !== JSON.stringify(entries, null, 2)) throw new Error(`it has copied ${await copied(app)}`);
    if (await isOpen(app, "#export-dialog")) throw new Error("the dialog is still open");
  } },
  "base: exports nothing": { without: ["export"], run: (app) => isGone(app, "#export, #export-dialog") },

  "base: says what cannot be imported, and keeps it": { needs: ["import"], run: async (app) => {
    await click(app, "#import");
    await app.press(app.text("importData"));
    await app.sees(app.text("noRows"));
    await app.fill(app.text("importText"), '[{"a": 1]');
    await app.press(app.text("importData"));
    await app.sees(app.text("badJson"));
    await app.key("Escape");
    await app.hides(app.text("badJson"));
    await click(app, "#import");
    if (await app.value(app.text("importText")) !== '[{"a": 1]') throw new Error("the text is lost");
  } },
  "base: reads a file": { needs: ["import"], run: async (app) => {
    await click(app, "#import");
    await app.frame.locator("#import-file").setInputFiles({ name: "entries.json", mimeType: "application/json", buffer: Buffer.from("[]") });
    await app.sees("[]");
    await app.press(app.text("importData"));
    await app.sees(app.text("noRows"));
  } },
  "base: imports what it exports": { needs: ["export", "import"], run: async (app) => {
    const before = await exported(app);
    const lines = JSON.parse(before.json).map((entry) => JSON.stringify(entry));
    if (lines.length === 0) return; // an app that begins empty has checks of its own
    const [once, twice] = [lines, [...lines, ...lines]].map((list) => list.sort().join("\n"));
    for (const text of [before.csv, before.json]) {
      await click(app, "#import");
      await app.fill(app.text("importText"), text);
      await app.press(app.text("importData"));
      await app.sees(app.text("imported", { n: lines.length }));
      const after = JSON.parse((await exported(app)).json).map((entry) => JSON.stringify(entry)).sort().join("\n");
      if (after !== twice && after !== once) throw new Error(`after the import there are ${after}`); // once, where the same takes the place of the same
      await app.press(app.text("undo"));
      if ((await exported(app)).csv !== before.csv) throw new Error("the import is not taken back");
    }
  } },
  "base: imports nothing": { without: ["import"], run: (app) => isGone(app, "#import, #import-dialog") },

  "base: lists its shortcuts": { needs: ["shortcuts"], run: async (app) => {
    await app.press(app.text("shortcuts"));
    await app.sees(app.text("shortcutsOpen"));
    if (await app.count("#shortcuts-dialog kbd") < 2) throw new Error("there are none");
    await app.press(app.text("close"));
    await app.hides(app.text("shortcutsOpen"));
    await app.key("?");
    await app.sees(app.text("shortcutsOpen"));
    await app.key("Escape");
    await app.hides(app.text("shortcutsOpen"));
  } },
  "base: lists no shortcuts": { without: ["shortcuts"], run: (app) => isGone(app, "#shortcuts") },
};
