// What a person does with the survey, and sees: in English it asks how satisfied customers are.

/** Gives an answer: one of the labels within the question of a number. */
const answer = (app, n, label) => app.frame.locator("fieldset").nth(n - 1).getByLabel(label, { exact: true }).evaluate((option) => option.click());

async function answerAll(app, satisfied = "4") {
  await answer(app, 1, satisfied);
  await answer(app, 2, "5");
  await answer(app, 3, "Online search");
  await answer(app, 4, "Quality");
  await answer(app, 4, "Speed");
  await app.press(app.text("submit"));
}

const results = (app) => app.press(app.text("results"));

async function addQuestion(app, question, kind, choices) {
  await app.press(app.text("questions"));
  await app.fill(app.text("question"), question);
  await app.choose(app.text("kind"), app.text(kind));
  if (choices) await app.fill(app.text("choices"), choices);
  await app.press(app.text("addQuestion"));
}

export const checks = {
  "asks questions of four kinds": async (app) => {
    await app.sees("1. How satisfied are you overall? required");
    await app.sees(app.text("severalAnswers"));
    await app.sees(app.text("answered", { n: 0, all: 6 }));
    await answer(app, 1, "4");
    await app.fill("What could be better?", "The music");
    await app.sees(app.text("answered", { n: 2, all: 6 }));
  },
  "thanks for the answers": async (app) => {
    await answerAll(app);
    await app.sees(app.text("thanks"));
    await app.press(app.text("seeResults"));
    await app.sees(app.text("responses", { n: 1 }));
    await app.sees(app.text("average", { value: 4 }));
  },
  "asks for what is required": async (app) => {
    await answer(app, 1, "4");
    await app.press(app.text("submit"));
    await app.sees(app.text("unanswered"));
    if (await app.count("fieldset.wrong") !== 2) throw new Error("it does not mark both questions");
    const name = await app.frame.evaluate(() => document.activeElement.name);
    if (name !== "1") throw new Error(`the focus is at ${name}`);
    await answer(app, 2, "3");
    await answer(app, 3, "Other");
    await app.hides(app.text("unanswered"));
    await app.press(app.text("submit"));
    await app.sees(app.text("thanks"));
  },
  "counts several responses": async (app) => {
    await answerAll(app, "4");
    await app.press(app.text("again"));
    await app.sees(app.text("answered", { n: 0, all: 6 }));
    await answerAll(app, "1");
    await results(app);
    await app.sees(app.text("responses", { n: 2 }));
    await app.sees(app.text("average", { value: "2.5" }));
    await app.sees("Online search 2 · 100%");
    await app.sees("Friends or family 0 · 0%");
  },
  "shows what people wrote": async (app) => {
    await app.fill("What could be better?", "The music");
    await answerAll(app);
    await results(app);
    await app.sees("The music");
    await app.sees(app.text("noAnswers"));
  },
  "says that there are no responses": async (app) => {
    await results(app);
    await app.sees(app.text("noResponses"));
  },
  "deletes all responses, and takes that back": async (app) => {
    await answerAll(app);
    await results(app);
    await app.press(app.text("deleteAll"));
    await app.sees(app.text("noResponses"));
    await app.press(app.text("undo"));
    await app.sees(app.text("responses", { n: 1 }));
  },
  "adds a question": async (app) => {
    await addQuestion(app, "Tea or coffee?", "one", "Tea\nCoffee\nTea");
    await app.press(app.text("survey"));
    await app.sees("7. Tea or coffee?");
    await answer(app, 7, "Tea");
    await answerAll(app);
    await results(app);
    await app.sees("Tea 1 · 100%");
  },
  "says what a question lacks": async (app) => {
    await addQuestion(app, "", "open");
    await app.sees(app.text("noQuestion"));
    await addQuestion(app, "Tea or coffee?", "many", "Tea");
    await app.sees(app.text("fewChoices"));
    await app.fill(app.text("choices"), "Tea\nCoffee");
    await app.press(app.text("addQuestion"));
    await app.hides(app.text("fewChoices"));
  },
  "changes and deletes questions": async (app) => {
    await app.press(app.text("questions"));
    await app.press(app.text("editItem", { item: "What could be better?" }));
    await app.fill(app.text("question"), "Any ideas?");
    await app.press(app.text("save"));
    await app.press(app.text("deleteItem", { item: "Will you come back?" }));
    await app.sees(app.text("deleted"));
    await app.press(app.text("survey"));
    await app.sees("5. Any ideas?");
    await app.press(app.text("undo"));
    await app.sees("6. Any ideas?");
  },
  "is answered by the keyboard": async (app) => {
    await app.focus(app.text("survey"));
    await app.key("Tab");
    await app.key("Space");
    await app.key("ArrowRight");
    await app.sees(app.text("answered", { n: 1, all: 6 }));
    await app.focus(app.text("survey"));
    await app.key("ArrowRight");
    await app.sees(app.text("noResponses"));
  },
  "remembers questions and responses": { needs: ["storage"], run: async (app) => {
    await answerAll(app);
    await addQuestion(app, "Anything else?", "open");
    await app.reload();
    await app.sees("7. Anything else?");
    await results(app);
    await app.sees(app.text("responses", { n: 1 }));
  } },
  "draws bars": { needs: ["charts"], run: async (app) => {
    await answerAll(app);
    await results(app);
    if (await app.count(".bar") !== 18) throw new Error(`there are ${await app.count(".bar")}`);
  } },
  "draws no bars": { without: ["charts"], run: async (app) => {
    await answerAll(app);
    await results(app);
    await app.sees("Quality 1 · 100%");
    if (await app.count(".bar")) throw new Error("it does");
  } },
  "moves questions by the keyboard": { needs: ["drag-and-drop"], run: async (app) => {
    await app.press(app.text("questions"));
    await app.focus(app.text("moveItem", { item: "What could be better?" }));
    await app.key("ArrowUp");
    await app.key("ArrowUp");
    await app.press(app.text("survey"));
    await app.sees("4. What could be better?");
  } },
  "keeps the order of questions": { without: ["drag-and-drop"], run: async (app) => {
    await app.press(app.text("questions"));
    if (await app.count(".handle")) throw new Error("they can be moved");
  } },
  "exports answers": { needs: ["export"], run: async (app) => {
    await answerAll(app);
    await results(app);
    await app.press(app.text("export"));
    await app.sees(",What do you like most?,\"Quality; Speed\"");
  } },
  "shares results": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await answerAll(app);
    await results(app);
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.includes("How did you hear about us? Friends or family: 0, Online search: 1")) throw new Error(`it is ${copied}`);
  } },
};
