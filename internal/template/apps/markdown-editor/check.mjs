// What a person does with the Markdown editor, and sees.

const write = (app, text) => app.fill(app.text("markdown"), text);

/** What the preview has, as HTML without spaces between tags. */
const html = async (app) => {
  await app.advance(0.1);
  return (await app.frame.locator("#preview").innerHTML()).replace(/\s*\n\s*/g, "");
};

async function becomes(app, text, wanted) {
  await write(app, text);
  const made = await html(app);
  if (made !== wanted) throw new Error(`${JSON.stringify(text)} became ${made}, not ${wanted}`);
}

/** Selects a part of the text by its words. */
async function select(app, words) {
  await app.focus(app.text("markdown"));
  await app.frame.locator("#source").evaluate((field, words) => {
    const at = field.value.indexOf(words);
    field.setSelectionRange(at, at + words.length);
  }, words);
}

async function hasText(app, wanted) {
  const text = await app.value(app.text("markdown"));
  if (text !== wanted) throw new Error(`the text is ${JSON.stringify(text)}, not ${JSON.stringify(wanted)}`);
}

const listen = (app) => app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
const copied = (app) => app.frame.evaluate(() => globalThis.copied);

export const checks = {
  "begins with a sample": (app) => app.sees("## A sample page"),
  "makes what is selected bold, and takes it back": async (app) => {
    await write(app, "a warm day");
    await select(app, "warm");
    await app.press(app.text("bold"));
    await hasText(app, "a **warm** day");
    await app.press(app.text("bold"));
    await hasText(app, "a warm day");
  },
  "makes text italic by the keyboard": async (app) => {
    await write(app, "a warm day");
    await select(app, "day");
    await app.key("Control+i");
    await hasText(app, "a warm *day*");
  },
  "undoes a tool as it undoes typing": async (app) => {
    await write(app, "a warm day");
    await select(app, "warm");
    await app.press(app.text("strike"));
    await hasText(app, "a ~~warm~~ day");
    await app.key("Control+z");
    await hasText(app, "a warm day");
  },
  "makes lines a numbered list": async (app) => {
    await write(app, "one\ntwo");
    await select(app, "one\ntwo");
    await app.press(app.text("numbers"));
    await hasText(app, "1. one\n2. two");
  },
  "makes a line a heading and a line again": async (app) => {
    await write(app, "Title");
    await app.press(app.text("heading"));
    await hasText(app, "## Title");
    await app.press(app.text("heading"));
    await hasText(app, "Title");
  },
  "adds a link and a table": async (app) => {
    await write(app, "");
    await app.press(app.text("link"));
    await hasText(app, "[text](https://)");
    await write(app, "Numbers");
    await app.press(app.text("table"));
    await hasText(app, "Numbers\n\n| Column 1 | Column 2 |\n|---|---|\n|  |  |\n");
  },
  "goes on with a list, and ends it": async (app) => {
    await write(app, "- one");
    await app.key("Enter");
    await hasText(app, "- one\n- ");
    await app.key("Enter");
    await hasText(app, "- one\n");
  },
  "begins a new page, and brings the old one back": async (app) => {
    await write(app, "Keep me");
    await app.press(app.text("new"));
    await hasText(app, "");
    await app.press(app.text("undo"));
    await hasText(app, "Keep me");
  },
  "saves by itself": { needs: ["storage"], run: async (app) => {
    await write(app, "Remember this");
    await app.advance(1);
    await app.sees(app.text("saved"));
    await app.reload();
    await hasText(app, "Remember this");
  } },
  "shows headings, emphasis and code": { needs: ["preview"], run: async (app) => {
    await becomes(app, "# One\n### Three", "<h1>One</h1><h3>Three</h3>");
    await becomes(app, "**b** *i* ~~s~~ `a*b*` 2\\*3\\*4 snake_case_name", "<p><strong>b</strong> <em>i</em> <del>s</del> <code>a*b*</code> 2*3*4 snake_case_name</p>");
    await becomes(app, "***both***", "<p><strong><em>both</em></strong></p>");
    await becomes(app, "```js\n<b> # no\n```", "<pre><code>&lt;b&gt; # no</code></pre>");
    await becomes(app, "one  \ntwo\n\n---\n> said", "<p>one<br>two</p><hr><blockquote><p>said</p></blockquote>");
  } },
  "shows lists within lists": { needs: ["preview"], run: async (app) => {
    await becomes(app, "- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>");
    await becomes(app, "Two:\n3. a\n4. b\n\nEnd", '<p>Two:</p><ol start="3"><li>a</li><li>b</li></ol><p>End</p>');
  } },
  "shows a table": { needs: ["preview"], run: (app) => becomes(app, "| A | B |\n|---|--:|\n| **1** | 2 |", '<table><thead><tr><th>A</th><th style="text-align: right">B</th></tr></thead><tbody><tr><td><strong>1</strong></td><td style="text-align: right">2</td></tr></tbody></table>') },
  "shows links, and none that would run something": { needs: ["preview"], run: async (app) => {
    await becomes(app, "[x](https://example.com/a_b_c)", '<p><a href="https://example.com/a_b_c" target="_blank" rel="noopener">x</a></p>');
    await write(app, '[x](javascript:alert(1)) <img src=x onerror="document.title=1"> <script>1</script>');
    if (await app.count("#preview a, #preview img, #preview script")) throw new Error("it has made an element of it");
  } },
  "ticks a task in the preview": { needs: ["preview"], run: async (app) => {
    await write(app, "- [x] read\n- [ ] write");
    await app.press("write");
    await hasText(app, "- [x] read\n- [x] write");
    if (await app.count("#preview input:checked") !== 2) throw new Error("it is not ticked");
  } },
  "shows one side or both": { needs: ["preview"], run: async (app) => {
    await app.press(app.text("preview"));
    if (await app.count("#source")) throw new Error("the text is still there");
    await app.press(app.text("write"));
    if (await app.count("#preview")) throw new Error("the preview is still there");
    await app.press(app.text("both"));
    if (await app.count("#source, #preview") !== 2) throw new Error("there are not both");
  } },
  "has no preview": { without: ["preview"], run: async (app) => {
    if (await app.count("#preview, #views")) throw new Error("there is one");
  } },
  "counts words": { needs: ["counter"], run: async (app) => {
    await write(app, "one");
    await app.sees(app.text("words", { n: 1 }));
    await write(app, "**One** don't\n- three");
    await app.sees(app.text("words", { n: 3 }));
    await app.sees(app.text("characters", { n: 21 }));
  } },
  "counts nothing": { without: ["counter"], run: async (app) => {
    if (await app.count("#counts")) throw new Error("it does");
  } },
  "copies the text": { needs: ["copy"], run: async (app) => {
    await write(app, "# Copy me");
    await listen(app);
    await app.press(app.text("copy"));
    await app.sees(app.text("copied"));
    if (await copied(app) !== "# Copy me") throw new Error(`it has copied ${await copied(app)}`);
  } },
  "copies nothing": { without: ["copy"], run: async (app) => {
    if (await app.count("#copy")) throw new Error("there is a button");
  } },
  "base: exports a table and JSON": { needs: ["export"], run: async (app) => { // here: Markdown and a page
    await write(app, "# My *page*\n\nText");
    await listen(app);
    await app.press(app.text("export"));
    if (await app.value(app.text("exportText")) !== "# My *page*\n\nText") throw new Error("it does not begin with Markdown");
    await app.press(app.text("page"));
    const page = await app.value(app.text("exportText"));
    if (!page.includes("<title>My page</title>") || !page.includes("<h1>My <em>page</em></h1>\n<p>Text</p>")) throw new Error(`the page is ${page}`);
    await app.press(app.text("copy"));
    if (await copied(app) !== page) throw new Error(`it has copied ${await copied(app)}`);
  } },
  "base: reads a file": { needs: ["import"], run: async (app) => {
    await app.frame.locator("#import-file").setInputFiles({ name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# From\r\n\r\na file") });
    await app.sees(app.text("opened", { name: "notes.md" }));
    await hasText(app, "# From\n\na file");
    await app.press(app.text("undo"));
    await app.sees("## A sample page");
  } },
  "base: says what cannot be imported, and keeps it": { needs: ["import"], run: async (app) => { // any text can be; here no file is chosen
    await app.frame.locator("#import-file").dispatchEvent("change");
    await hasText(app, app.text("sample"));
  } },
  "base: imports what it exports": { needs: ["export", "import"], run: async (app) => {
    await app.press(app.text("export"));
    const text = await app.value(app.text("exportText"));
    await app.press(app.text("close"));
    await write(app, "");
    await app.frame.locator("#import-file").setInputFiles({ name: "a.md", mimeType: "text/markdown", buffer: Buffer.from(text) });
    await app.sees(app.text("opened", { name: "a.md" }));
    await hasText(app, text);
  } },
  "prints the page, not the editor": { needs: ["print"], run: async (app) => {
    await write(app, "# On paper");
    await app.page.emulateMedia({ media: "print" });
    const shown = [await app.count("#preview h1"), await app.count("#source")].join();
    await app.page.emulateMedia({ media: null });
    if (shown !== "1,0") throw new Error(`of the page and the editor, ${shown} are printed`);
  } },
  "shares the text": { needs: ["share"], run: async (app) => {
    await write(app, "# For you");
    await listen(app);
    await app.press(app.text("share"));
    if (!(await copied(app)).startsWith("# For you")) throw new Error(`it has copied ${await copied(app)}`);
  } },
};
