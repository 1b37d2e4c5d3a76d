// What a person does with the questions, and sees.

const listed = async (app) => {
  await app.advance(0.1);
  return app.frame.locator("summary").allInnerTexts();
};

async function change(app) {
  await app.press(app.text("change"));
}

async function add(app, question, answer) {
  await app.press(app.text("addQuestion"));
  await app.fill(app.text("question"), question);
  await app.fill(app.text("answer"), answer);
  await app.press(app.text("save"));
}

const tool = (app, key, question) => `${app.text(key)}: ${question}`;

export const checks = {
  "lists its questions, and no answer at first": async (app) => {
    if ((await listed(app)).length !== 6) throw new Error(`there are ${(await listed(app)).length}`);
    await app.sees("When are you open?");
    await app.hides("From Monday to Friday");
  },
  "opens an answer, and closes it": async (app) => {
    await app.press("When are you open?");
    await app.sees("From Monday to Friday");
    await app.press("When are you open?");
    await app.hides("From Monday to Friday");
  },
  "opens an answer by the keyboard": async (app) => {
    await app.frame.locator("summary").first().focus();
    await app.key("Enter");
    await app.sees("From Monday to Friday");
  },
  "opens and closes all": async (app) => {
    await app.press(app.text("openAll"));
    if (await app.count("details[open]") !== 6) throw new Error("not all are open");
    await app.press(app.text("closeAll"));
    if (await app.count("details[open]") !== 0) throw new Error("some are still open");
    await app.sees(app.text("openAll"));
  },
  "takes a vote on an answer": async (app) => {
    await app.press("When are you open?");
    await app.press(app.text("yes"));
    await app.sees(app.text("thanks"));
  },
  "remembers a vote": { needs: ["storage"], run: async (app) => {
    await app.press("When are you open?");
    await app.press(app.text("no"));
    await app.reload();
    await app.press("When are you open?");
    if (await app.count(".votes [aria-pressed=true]") !== 1) throw new Error("it has forgotten");
  } },
  "adds a question": async (app) => {
    await app.hides(app.text("addQuestion"));
    await change(app);
    await add(app, "Why?", "Because.\nReally.");
    await app.sees("Why?");
    await app.sees("Because.");
    await app.press(app.text("done"));
    await app.hides(app.text("addQuestion"));
    if ((await listed(app)).length !== 7) throw new Error("it is not there");
  },
  "needs a question and an answer": async (app) => {
    await change(app);
    await add(app, "Why?", " ");
    await app.sees(app.text("bothNeeded"));
    await app.press(app.text("cancel"));
    if ((await listed(app)).length !== 6) throw new Error("it is there");
  },
  "changes a question": async (app) => {
    await change(app);
    await app.press(tool(app, "edit", "When are you open?"));
    await app.fill(app.text("answer"), "Always.");
    await app.press(app.text("save"));
    await app.sees("Always.");
    if ((await listed(app)).length !== 6) throw new Error("there is one more or less");
  },
  "deletes a question, and brings it back": async (app) => {
    await change(app);
    await app.press(tool(app, "delete", "When are you open?"));
    await app.hides("When are you open?");
    await app.press(app.text("undo"));
    await app.sees("When are you open?");
  },
  "moves a question up": async (app) => {
    await change(app);
    const [first, second] = await listed(app);
    await app.press(tool(app, "moveUp", second));
    const [now, then] = await listed(app);
    if (now !== second || then !== first) throw new Error(`the first are ${now} and ${then}`);
    if (!await app.frame.locator(".changes button").first().isDisabled()) throw new Error("the first one can go up");
  },
  "keeps what is changed": { needs: ["storage"], run: async (app) => {
    await change(app);
    await add(app, "Why?", "Because.");
    await app.reload();
    await app.sees("Why?");
  } },
  "searches questions and answers, and marks what is found": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "HOLIDAYS");
    await app.sees(app.text("found", { n: 1 }));
    await app.press("When are you open?");
    const marked = await app.frame.locator("mark").allInnerTexts();
    if (marked.join() !== "holidays") throw new Error(`${marked} is marked`);
    await app.fill(app.text("search"), "zzz");
    await app.sees(app.text("none"));
    await app.fill(app.text("search"), "");
    if ((await listed(app)).length !== 6) throw new Error("not all are back");
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "shows a category": { needs: ["categories"], run: async (app) => {
    await app.press("Payment");
    if ((await listed(app)).join("|") !== "How can I pay?|What does it cost?") throw new Error(`it lists ${await listed(app)}`);
    await app.press(app.text("allOfThem"));
    if ((await listed(app)).length !== 6) throw new Error("not all are back");
  } },
  "has no categories": { without: ["categories"], run: (app) => app.hides("Payment") },
  "takes a question that has no answer yet": { needs: ["contact-form"], run: async (app) => {
    await app.fill(app.text("email"), "ana");
    await app.press(app.text("send"));
    await app.sees(app.text("badEmail"));
    await app.fill(app.text("email"), "ana@example.com");
    await app.press(app.text("send"));
    await app.sees(app.text("noMessage"));
    await app.fill(app.text("yourQuestion"), "May I bring a friend?");
    await app.press(app.text("send"));
    await app.sees(app.text("sent", { email: "ana@example.com" }));
  } },
  "takes no messages": { without: ["contact-form"], run: (app) => app.hides(app.text("notFound")) },
  "prints all answers": { needs: ["print"], run: async (app) => {
    await app.frame.evaluate(() => { globalThis.print = () => dispatchEvent(new Event("beforeprint")); });
    await app.press(app.text("print"));
    await app.sees("From Monday to Friday");
  } },
  "shares questions and answers": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    if (!(await app.frame.evaluate(() => globalThis.copied)).startsWith("When are you open?\nFrom Monday")) throw new Error("it has copied something else");
  } },
  "exports questions": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes("How can I pay?,")) throw new Error("they are not in it");
  } },
  "imports questions, and says which one is wrong": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "question,answer\nWhy?,Because.\nHow?,");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("bothNeeded")}`);
    await app.fill(app.text("importText"), "question,answer\nWhy?,Because.");
    await app.press(app.text("importData"));
    await app.sees("Why?");
  } },
};
