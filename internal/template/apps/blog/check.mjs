// What a person does with the blog, and sees.

const titles = async (app) => {
  await app.advance(0.1);
  return app.frame.locator("#posts h2").allInnerTexts();
};

async function lists(app, ...wanted) {
  const seen = await titles(app);
  if (seen.join("|") !== wanted.join("|")) throw new Error(`it lists ${seen.join(", ")}, not ${wanted.join(", ")}`);
}

async function write(app, title, text) {
  await app.press(app.text("newPost"));
  await app.fill(app.text("title"), title);
  await app.fill(app.text("text"), text);
  await app.press(app.text("publish"));
}

export const checks = {
  "lists its posts, the newest first": async (app) => {
    await lists(app, "The quiet hour", "Three things I stopped doing", "A table by the window", "Hello, and welcome");
    await app.sees("March 12, 2026");
    await app.sees(app.text("minutes", { n: 1 }));
  },
  "opens a post, and goes back": async (app) => {
    await app.hides("the neighbour’s cat");
    await app.press("A table by the window");
    await app.sees("the neighbour’s cat");
    await app.hides("The quiet hour");
    await app.press(app.text("allPosts"));
    await app.sees("The quiet hour");
  },
  "is read by the keyboard": async (app) => {
    await app.focus("Hello, and welcome");
    await app.key("Enter");
    await app.sees("promises little");
    await app.focus(app.text("allPosts"));
    await app.key("Enter");
    const focused = await app.frame.evaluate(() => document.activeElement.textContent);
    if (focused !== "Hello, and welcome") throw new Error(`${focused} has the focus`);
  },
  "publishes a post": async (app) => {
    await write(app, "Rain at last", "It began at noon.\n\nThe garden is glad.");
    await app.sees(app.text("published"));
    await app.sees("The garden is glad.");
    if (await app.count("#story p") !== 2) throw new Error("there are not two paragraphs");
    await app.press(app.text("allPosts"));
    if ((await titles(app))[0] !== "Rain at last") throw new Error("it is not the first");
  },
  "publishes nothing without a title or a text": async (app) => {
    await write(app, " ", "Something");
    await app.sees(app.text("noTitle"));
    await app.fill(app.text("title"), "Something");
    await app.fill(app.text("text"), "");
    await app.press(app.text("publish"));
    await app.sees(app.text("noText"));
    await app.press(app.text("cancel"));
    await app.sees("The quiet hour");
  },
  "writes text as text": async (app) => {
    await write(app, "<b>Bold</b>", "<img src=x onerror=alert(1)>");
    await app.sees("<b>Bold</b>");
    await app.sees("<img src=x");
  },
  "changes a post": async (app) => {
    await app.press("The quiet hour");
    await app.press(app.text("edit"));
    await app.fill(app.text("title"), "The loud hour");
    await app.press(app.text("save"));
    await app.press(app.text("allPosts"));
    await lists(app, "The loud hour", "Three things I stopped doing", "A table by the window", "Hello, and welcome");
  },
  "deletes a post, and brings it back": async (app) => {
    await app.press("The quiet hour");
    await app.press(app.text("delete"));
    await app.sees(app.text("deleted", { title: "The quiet hour" }));
    if ((await titles(app)).length !== 3) throw new Error("it is still there");
    await app.press(app.text("undo"));
    await app.press(app.text("allPosts"));
    if ((await titles(app))[0] !== "The quiet hour") throw new Error("it is not back");
  },
  "takes comments": async (app) => {
    await app.press("The quiet hour");
    await app.sees(app.text("comments", { n: 0 }));
    await app.press(app.text("addComment"));
    await app.sees(app.text("noComment"));
    await app.fill(app.text("yourName"), "Ana");
    await app.fill(app.text("comment"), "So true.");
    await app.press(app.text("addComment"));
    await app.sees(app.text("comments", { n: 1 }));
    await app.sees("So true.");
    await app.hides(app.text("noComment"));
  },
  "keeps what is written": { needs: ["storage"], run: async (app) => {
    await write(app, "Still here", "Tomorrow, too.");
    await app.fill(app.text("comment"), "Good.");
    await app.press(app.text("addComment"));
    await app.reload();
    await app.press("Still here");
    await app.sees("Good.");
  } },
  "searches titles and texts": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "NEIGHBOUR window");
    await lists(app, "A table by the window");
    await app.fill(app.text("search"), "zzz");
    await app.sees(app.text("noPosts"));
    await app.fill(app.text("search"), "");
    if ((await titles(app)).length < 3) throw new Error("not all are back");
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "shows the posts of a category": { needs: ["categories"], run: async (app) => {
    await app.press("Ideas");
    await lists(app, "Three things I stopped doing", "Hello, and welcome");
    await app.press(app.text("all"));
    if ((await titles(app)).length < 3) throw new Error("not all are back");
  } },
  "takes a new category": { needs: ["categories"], run: async (app) => {
    await app.press(app.text("newPost"));
    await app.fill(app.text("title"), "Ferns");
    await app.fill(app.text("category"), "Garden");
    await app.fill(app.text("text"), "They like shade.");
    await app.press(app.text("publish"));
    await app.press(app.text("allPosts"));
    await app.press("Garden");
    await lists(app, "Ferns");
  } },
  "has no categories": { without: ["categories"], run: async (app) => {
    if (await app.count("#categories, .chip")) throw new Error("there are some");
  } },
  "sorts": { needs: ["sort"], run: async (app) => {
    await app.choose(app.text("sortBy"), app.text("oldest"));
    if ((await titles(app))[0] !== "Hello, and welcome") throw new Error("the oldest is not the first");
    await app.choose(app.text("sortBy"), app.text("byTitle"));
    if ((await titles(app))[0] !== "A table by the window") throw new Error("A is not the first");
  } },
  "cannot be sorted": { without: ["sort"], run: async (app) => {
    if (await app.count("#sort")) throw new Error("it can");
  } },
  "has pages": { needs: ["pagination"], run: async (app) => {
    if ((await titles(app)).length !== 3) throw new Error("there are not three on a page");
    await app.press(app.text("next"));
    await lists(app, "Hello, and welcome");
    await app.press("1");
    if ((await titles(app))[0] !== "The quiet hour") throw new Error("it is not the first page");
  } },
  "has one page": { without: ["pagination"], run: async (app) => {
    if (await app.count("#pages") || (await titles(app)).length !== 4) throw new Error("it has more");
  } },
  "has an archive by month": { needs: ["archive"], run: async (app) => {
    await app.press("February 2026 (1)");
    await lists(app, "A table by the window");
    await app.press("February 2026 (1)");
    if ((await titles(app)).length < 3) throw new Error("not all are back");
  } },
  "has no archive": { without: ["archive"], run: async (app) => {
    if (await app.count("#archive")) throw new Error("there is one");
  } },
  "shares the post that is read": { needs: ["share"], run: async (app) => {
    await app.press("The quiet hour");
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    if (!(await app.frame.evaluate(() => globalThis.copied)).startsWith("The quiet hour\n\nBetween six")) throw new Error("it has copied something else");
  } },
  "base: copies what can be shared": { needs: ["share"], run: async (app) => {
    await app.press("The quiet hour");
    await app.press(app.text("share"));
    await app.sees(app.text("shared"));
  } },
  "prints a post": { needs: ["print"], run: async (app) => {
    await app.press("The quiet hour");
    await app.page.emulateMedia({ media: "print" });
    const [story, form] = [await app.count("#story"), await app.count("#comment-form")];
    await app.page.emulateMedia({ media: null });
    if (story !== 1 || form !== 0) throw new Error("it is not the post alone");
  } },
};
