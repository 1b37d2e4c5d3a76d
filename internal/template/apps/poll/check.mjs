// What a person does with the polls, and sees.

/** The results as they are shown: "Sunshine 2 67%". */
const results = (app) => app.frame.locator("#results li").evaluateAll((all) => all.map((e) => `${e.querySelector("strong").textContent} ${parseInt(e.querySelector("small:last-of-type").textContent, 10)} ${e.querySelector(".line > span").textContent}`));

async function has(app, ...wanted) {
  const shown = await results(app);
  for (const line of wanted) if (!shown.includes(line)) throw new Error(`it shows ${shown}`);
}

async function vote(app, ...answers) {
  for (const answer of answers) await app.press(answer);
  await app.press(app.text("vote"));
}

async function write(app, question, options) {
  await app.fill(app.text("question"), question);
  await app.fill(app.text("options"), options);
  await app.press(app.text("save"));
}

export const checks = {
  "asks a question with answers": async (app) => {
    await app.sees("What makes a good day?");
    if (await app.count("#answers input[type=radio]") !== 4) throw new Error("there are not four answers");
    await app.sees(app.text("chooseOne"));
  },
  "counts a vote, and shows the results": async (app) => {
    await vote(app, "Sunshine");
    await app.sees(app.text("thanks"));
    await app.sees(app.text("people", { n: 1 }));
    await has(app, "Sunshine 1 100%", "Good company 0 0%");
    await app.sees(app.text("yours"));
  },
  "wants an answer": async (app) => {
    await app.press(app.text("vote"));
    const error = await app.frame.locator("#error").innerText();
    if (error !== app.text("chooseOne")) throw new Error(`it says ${error}`);
  },
  "lets the next person vote": async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("nextPerson"));
    await vote(app, "Good company");
    await app.press(app.text("nextPerson"));
    await vote(app, "Sunshine");
    await app.sees(app.text("people", { n: 3 }));
    await has(app, "Sunshine 2 67%", "Good company 1 33%");
    const leading = await app.frame.locator(".leading").allInnerTexts();
    if (leading.length !== 1 || !leading[0].includes("Sunshine")) throw new Error(`in front is ${leading}`);
  },
  "changes a vote": async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("changeVote"));
    if (!(await app.value("Sunshine"))) throw new Error("the old answer is not marked");
    await vote(app, "Good company");
    await has(app, "Sunshine 0 0%", "Good company 1 100%");
    await app.sees(app.text("people", { n: 1 }));
  },
  "shows results without a vote": async (app) => {
    await app.press(app.text("showResults"));
    await app.sees(app.text("people", { n: 0 }));
    await has(app, "Sunshine 0 0%");
    await app.press(app.text("backToVote"));
    await app.sees(app.text("chooseOne"));
  },
  "deletes all votes, and takes it back": async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("resetVotes"));
    await app.sees(app.text("chooseOne"));
    await app.press(app.text("undo"));
    await has(app, "Sunshine 1 100%");
  },
  "is voted in by the keyboard": async (app) => {
    await app.focus("Sunshine");
    await app.key("ArrowDown");
    await app.key("Enter");
    await has(app, "Good company 1 100%");
  },
  "goes to another poll": async (app) => {
    await app.press(/^Early bird or night owl\?/);
    if (await app.frame.locator("#question").innerText() !== "Early bird or night owl?") throw new Error("it has another question");
    await vote(app, "Early bird");
    await has(app, "Early bird 1 100%");
  },
  "makes a poll": async (app) => {
    await app.press(app.text("newPoll"));
    await write(app, "Cats or dogs?", "Cats\n\nDogs\nCats");
    if (await app.frame.locator("#question").innerText() !== "Cats or dogs?") throw new Error("it is not shown");
    if (await app.count("#answers input") !== 2) throw new Error("there are not two answers");
    await vote(app, "Dogs");
    await has(app, "Dogs 1 100%");
  },
  "makes a poll with several answers": async (app) => {
    await app.press(app.text("newPoll"));
    await app.press(app.text("several"));
    await write(app, "Which pets?", "Cats\nDogs\nFish");
    await vote(app, "Cats", "Fish");
    await app.press(app.text("nextPerson"));
    await vote(app, "Fish");
    await app.sees(app.text("people", { n: 2 }));
    await has(app, "Cats 1 50%", "Fish 2 100%");
  },
  "says what a poll lacks": async (app) => {
    await app.press(app.text("newPoll"));
    await write(app, " ", "Cats\nDogs");
    await app.sees(app.text("noQuestion"));
    await write(app, "Cats or dogs?", "Cats");
    await app.sees(app.text("fewOptions"));
    await app.press(app.text("cancel"));
    if (await app.count("#polls li") !== 3) throw new Error("there is a new poll");
  },
  "keeps the votes when a poll is edited": async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("editPoll"));
    await write(app, "What makes a perfect day?", "Sunshine\nGood books");
    await app.sees("What makes a perfect day?");
    await has(app, "Sunshine 1 100%", "Good books 0 0%");
  },
  "deletes a poll, and takes it back": async (app) => {
    await app.press(app.text("deletePoll"));
    if (await app.count("#polls li") !== 2) throw new Error("it is still there");
    await app.press(app.text("undo"));
    if (await app.frame.locator("#question").innerText() !== "What makes a good day?") throw new Error("it is not back");
  },
  "has no poll when all are deleted": async (app) => {
    for (let i = 0; i < 3; i++) await app.press(app.text("deletePoll"));
    await app.sees(app.text("noPolls"));
    await app.press(app.text("newPoll"));
    await write(app, "Cats or dogs?", "Cats\nDogs");
    await vote(app, "Cats");
    await has(app, "Cats 1 100%");
  },
  "keeps the votes": { needs: ["storage"], run: async (app) => {
    await vote(app, "Sunshine");
    await app.reload();
    await has(app, "Sunshine 1 100%");
    await app.sees(app.text("yours"));
  } },
  "says that the polls are samples": (app) => app.sees(app.text("sample")),
  "draws the votes": { needs: ["charts"], run: async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("nextPerson"));
    await vote(app, "Good company");
    const parts = await app.frame.locator("#chart .part").evaluateAll((all) => all.map((e) => e.getAttribute("stroke-dasharray")));
    if (parts.join() !== "50 100,50 100") throw new Error(`it draws ${parts}`);
  } },
  "draws nothing": { without: ["charts"], run: async (app) => {
    await vote(app, "Sunshine");
    if (await app.count("#outcome svg")) throw new Error("it does");
  } },
  "ends on its day": { needs: ["due-dates"], run: async (app) => {
    await app.press(app.text("editPoll"));
    await app.fill(app.text("openUntil"), "2026-03-14");
    await app.press(app.text("save"));
    await app.sees(app.text("until", { date: "March 14, 2026" }));
    await vote(app, "Sunshine");
    await app.press(app.text("editPoll"));
    await app.fill(app.text("openUntil"), "2026-03-13");
    await app.press(app.text("save"));
    await app.sees(app.text("ended", { date: "March 13, 2026" }));
    await has(app, "Sunshine 1 100%");
    if (await app.count("#form, #next, #change")) throw new Error("one can still vote");
  } },
  "never ends": { without: ["due-dates"], run: async (app) => {
    await app.press(app.text("editPoll"));
    if (await app.count("#until")) throw new Error("it can");
  } },
  "has its answers in another order": { needs: ["shuffle"], run: async (app) => {
    const order = () => app.frame.locator("#answers label").allInnerTexts();
    const orders = new Set();
    for (let i = 0; i < 6; i++) {
      orders.add((await order()).join());
      await app.press(app.text("showResults"));
      await app.press(app.text("backToVote"));
    }
    if (orders.size < 2 || (await order()).length !== 4) throw new Error(`the orders are ${[...orders].join("; ")}`);
  } },
  "keeps the order of its answers": { without: ["shuffle"], run: async (app) => {
    await app.press(app.text("showResults"));
    await app.press(app.text("backToVote"));
    const order = (await app.frame.locator("#answers label").allInnerTexts()).join();
    if (order !== "Sunshine,Good company,Something to eat,Nothing to do at all") throw new Error(`it is ${order}`);
  } },
  "exports the results": { needs: ["export"], run: async (app) => {
    await vote(app, "Sunshine");
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes("What makes a good day?,Sunshine,1,100%")) throw new Error("the vote is not in it");
  } },
};
