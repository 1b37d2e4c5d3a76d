// What a person does with the text tools, and sees.

const write = (app, text) => app.fill(app.text("yourText"), text);

async function hasText(app, wanted) {
  const text = await app.value(app.text("yourText"));
  if (text !== wanted) throw new Error(`the text is ${JSON.stringify(text)}, not ${JSON.stringify(wanted)}`);
}

async function becomes(app, tool, text, wanted) {
  await write(app, text);
  await app.press(tool);
  await hasText(app, wanted);
}

async function counts(app, name, wanted) {
  await app.advance(0.1);
  const seen = await app.frame.locator(`[data-count=${name}]`).innerText();
  if (seen !== wanted) throw new Error(`of ${name} there are ${seen}, not ${wanted}`);
}

const listen = (app) => app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
const copied = (app) => app.frame.evaluate(() => globalThis.copied);

export const checks = {
  "counts words and characters": async (app) => {
    await write(app, "Don't stop: 1.5 well-known words");
    await counts(app, "words", "5");
    await counts(app, "characters", "32");
    await counts(app, "noSpaces", "28");
  },
  "counts sentences, paragraphs and lines": async (app) => {
    await write(app, "One. Two! Is it three?\n\nA new paragraph.");
    await counts(app, "sentences", "4");
    await counts(app, "paragraphs", "2");
    await counts(app, "lines", "3");
  },
  "counts a letter with an accent as one": async (app) => {
    await write(app, "e\u0301");
    await counts(app, "characters", "1");
  },
  "says how long it takes to read": async (app) => {
    await write(app, "word ".repeat(345));
    await counts(app, "reading", "1 min 30 sec");
  },
  "counts nothing in an empty text": async (app) => {
    await write(app, "");
    for (const name of ["words", "characters", "sentences", "paragraphs", "lines"]) await counts(app, name, "0");
  },
  "changes upper and lower case": async (app) => {
    await becomes(app, app.text("upper"), "a Warm day", "A WARM DAY");
    await becomes(app, app.text("lower"), "A WARM day", "a warm day");
    await becomes(app, app.text("titleCase"), "it's a WARM day", "It's A Warm Day");
    await becomes(app, app.text("sentenceCase"), "A WARM DAY. IS IT?\nYES", "A warm day. Is it?\nYes");
  },
  "makes names for programs": async (app) => {
    await becomes(app, "camelCase", "My first page\nÀ la carte", "myFirstPage\naLaCarte");
    await becomes(app, "snake_case", "myFirst page", "my_first_page");
    await becomes(app, "kebab-case", "My first page!", "my-first-page");
  },
  "cleans up": async (app) => {
    await becomes(app, app.text("trim"), "  a   b  \n c", "a b\nc");
    await becomes(app, app.text("emptyLines"), "a\n\n  \nb", "a\nb");
    await becomes(app, app.text("duplicates"), "b\na\nb\na", "b\na");
    await becomes(app, app.text("join"), "one\ntwo\n\nthree", "one two three");
  },
  "sorts and turns lines": async (app) => {
    await becomes(app, app.text("sort"), "item 10\nitem 9\nApple", "Apple\nitem 9\nitem 10");
    await becomes(app, app.text("reverseLines"), "a\nb", "b\na");
    await becomes(app, app.text("number"), "a\nb", "1. a\n2. b");
    await becomes(app, app.text("reverse"), "abc", "cba");
  },
  "changes only what is selected": async (app) => {
    await write(app, "a warm day");
    await app.frame.locator("#text").evaluate((field) => field.setSelectionRange(2, 6));
    await app.press(app.text("upper"));
    await hasText(app, "a WARM day");
  },
  "takes a change back": async (app) => {
    await becomes(app, app.text("upper"), "quiet", "QUIET");
    await app.press(app.text("undo"));
    await hasText(app, "quiet");
    await app.press(app.text("upper"));
    await app.press(app.text("reverse"));
    await hasText(app, "TEIUQ");
    await app.focus(app.text("yourText"));
    await app.key("Control+z");
    await app.key("Control+z");
    await hasText(app, "quiet");
  },
  "clears, and brings it back": async (app) => {
    await write(app, "keep me");
    await app.press(app.text("clear"));
    await hasText(app, "");
    await app.press(app.text("undo"));
    await hasText(app, "keep me");
  },
  "finds and replaces": async (app) => {
    await write(app, "Cat and cat. (cat)");
    await app.fill(app.text("find"), "cat");
    await app.sees(app.text("found", { n: 3 }));
    await app.press(app.text("matchCase"));
    await app.sees(app.text("found", { n: 2 }));
    await app.fill(app.text("replaceWith"), "$1 dog");
    await app.press(app.text("replaceAll"));
    await app.sees(app.text("replaced", { n: 2 }));
    await hasText(app, "Cat and $1 dog. ($1 dog)");
  },
  "finds signs to the letter": async (app) => {
    await write(app, "1.5 and 105");
    await app.fill(app.text("find"), "1.5");
    await app.sees(app.text("found", { n: 1 }));
  },
  "keeps the text": { needs: ["storage"], run: async (app) => {
    await write(app, "still here");
    await app.reload();
    await hasText(app, "still here");
  } },
  "copies the text": { needs: ["copy"], run: async (app) => {
    await write(app, "copy me");
    await listen(app);
    await app.press(app.text("copy"));
    await app.sees(app.text("copied"));
    if (await copied(app) !== "copy me") throw new Error(`it has copied ${await copied(app)}`);
  } },
  "copies nothing": { without: ["copy"], run: async (app) => {
    if (await app.count("#copy")) throw new Error("there is a button");
  } },
  "shows the most frequent words": { needs: ["charts"], run: async (app) => {
    await write(app, "Sea, sea and sky. The sea!");
    await app.advance(0.1);
    const words = await app.frame.locator("#common li").allInnerTexts();
    if (words[0].replace(/\s+/g, " ") !== "sea 3") throw new Error(`the first is ${words[0]}`);
    await write(app, "");
    await app.sees(app.text("noWords"));
  } },
  "ranks no words": { without: ["charts"], run: (app) => app.hides(app.text("common")) },
  "goes to the search by the keyboard": { needs: ["shortcuts"], run: async (app) => {
    await app.key("Control+f");
    await app.page.keyboard.type("sea");
    if (await app.value(app.text("find")) !== "sea") throw new Error("it is not in the field");
  } },
  "shares the text": { needs: ["share"], run: async (app) => {
    await write(app, "for you");
    await listen(app);
    await app.press(app.text("share"));
    if (!(await copied(app)).startsWith("for you")) throw new Error(`it has copied ${await copied(app)}`);
  } },
};
