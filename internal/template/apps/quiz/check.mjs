// What a person does with the quiz, and sees.

import { readFile } from "node:fs/promises";

const { banks } = JSON.parse(await readFile(new URL("app.json", import.meta.url), "utf8"));
const known = banks[0].items.en;

const asked = async (app) => {
  const text = await app.frame.locator("#question").innerText();
  return known.find(({ question }) => question === text);
};

async function answer(app, right) {
  const { answer, wrong } = await asked(app);
  await app.press(right ? answer : wrong[0]);
}

/** The key of the right answer, or of a wrong one. */
async function keyOf(app, right) {
  const { answer } = await asked(app);
  const options = await app.frame.locator("#answers button span:last-child").allInnerTexts();
  return "abcd"[options.findIndex((option) => (option === answer) === right)];
}

/** Answers all questions by the keyboard, some of them rightly. */
async function playRound(app, rights) {
  for (let n = 1; n <= 10; n++) {
    await app.key(await keyOf(app, n <= rights));
    await app.key("Enter");
  }
}

async function begin(app) {
  await app.press(app.text("startQuiz"));
  await app.sees(app.text("questionOf", { at: 1, all: 10 }));
}

export const checks = {
  "begins with the first question": async (app) => {
    await app.sees(app.text("questions", { n: 10 }));
    await begin(app);
    await app.sees(app.text("score", { n: 0 }));
    if ((await app.count("#answers button")) !== 4) throw new Error("there are not four answers");
  },
  "counts a right answer": async (app) => {
    await begin(app);
    await answer(app, true);
    await app.sees(app.text("right"));
    await app.sees(app.text("score", { n: 1 }));
  },
  "tells the right answer after a wrong one": async (app) => {
    await begin(app);
    const { answer: right } = await asked(app);
    await answer(app, false);
    await app.sees(app.text("wrong", { answer: right }));
    await app.sees(app.text("score", { n: 0 }));
  },
  "takes one answer to a question": async (app) => {
    await begin(app);
    await answer(app, false);
    for (const key of "abcd") await app.key(key);
    await app.sees(app.text("score", { n: 0 }));
  },
  "is played by the keyboard": async (app) => {
    await app.focus(app.text("startQuiz"));
    await app.key("Enter");
    await app.key(await keyOf(app, true));
    await app.sees(app.text("right"));
    await app.key("Enter");
    await app.sees(app.text("questionOf", { at: 2, all: 10 }));
  },
  "asks no question twice": async (app) => {
    await begin(app);
    const seen = new Set();
    for (let n = 1; n <= 10; n++) {
      seen.add((await asked(app)).question);
      await answer(app, true);
      await app.press(app.text(n < 10 ? "next" : "finish"));
    }
    if (seen.size !== 10) throw new Error(`there were ${seen.size} questions`);
  },
  "praises who knows all": async (app) => {
    await begin(app);
    await playRound(app, 10);
    await app.sees(app.text("great"));
    await app.sees(app.text("result", { n: 10, all: 10 }));
    await app.sees("100%");
    await app.hides(app.text("review"));
  },
  "shows what was missed": async (app) => {
    await begin(app);
    await playRound(app, 7);
    await app.sees(app.text("result", { n: 7, all: 10 }));
    await app.sees(app.text("good"));
    if ((await app.count("#missed dt")) !== 3) throw new Error("it does not show three questions");
  },
  "is played again": async (app) => {
    await begin(app);
    await playRound(app, 2);
    await app.sees(app.text("fair"));
    await app.press(app.text("again"));
    await app.sees(app.text("questionOf", { at: 1, all: 10 }));
    await app.sees(app.text("score", { n: 0 }));
  },
  "keeps the best score": {
    needs: ["high-score", "storage"],
    run: async (app) => {
      await begin(app);
      await playRound(app, 6);
      await app.sees(app.text("newBest"));
      await app.reload();
      await app.sees(app.text("best", { n: 6, all: 10 }));
    },
  },
  "tells a better score from the same again": {
    needs: ["high-score"],
    run: async (app) => {
      await begin(app);
      await playRound(app, 6);
      await app.press(app.text("again"));
      await playRound(app, 6);
      await app.sees(app.text("result", { n: 6, all: 10 }));
      await app.hides(app.text("newBest"));
    },
  },
  "has no best score": {
    without: ["high-score"],
    run: async (app) => {
      await begin(app);
      await playRound(app, 6);
      await app.hides(app.text("newBest"));
    },
  },
  "waits 20 seconds for an answer": {
    needs: ["timer"],
    run: async (app) => {
      await begin(app);
      const { answer } = await asked(app);
      await app.sees(app.text("secondsLeft", { n: 20 }));
      await app.advance(12);
      await app.sees(/ [78] s left/);
      await app.advance(9);
      await app.sees(app.text("timeUp", { answer }));
      await app.press(app.text("next"));
      await app.sees(app.text("secondsLeft", { n: 20 }));
    },
  },
  "takes two answers away": {
    needs: ["hints"],
    run: async (app) => {
      await begin(app);
      await app.press(app.text("hint", { n: 3 }));
      await app.sees(app.text("hint", { n: 2 }));
      const left = await app.frame.locator("#answers button:enabled span:last-child").allInnerTexts();
      const { answer } = await asked(app);
      if (left.length !== 2 || !left.includes(answer)) throw new Error(`${left} are left`);
    },
  },
  "counts right answers in a row": {
    needs: ["streaks"],
    run: async (app) => {
      await begin(app);
      for (let i = 0; i < 2; i++) {
        await answer(app, true);
        await app.press(app.text("next"));
      }
      await app.sees(app.text("streak", { n: 2 }));
      await answer(app, false);
      await app.hides(app.text("streak", { n: 2 }));
    },
  },
  "asks own questions": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "How many legs has a spider?;8;6;10;4\nWhat is it?");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 2 })}: ${app.text("somethingMissing")}`);
    await app.fill(app.text("importText"), "question,answer,wrong1\nHow many legs has a spider?,8,6");
    await app.press(app.text("importData"));
    await app.sees(app.text("questions", { n: 1 }));
    await app.press(app.text("startQuiz"));
    await app.sees("How many legs has a spider?");
    await app.press(/8$/);
    await app.press(app.text("finish"));
    await app.sees(app.text("result", { n: 1, all: 1 }));
  } },
  "keeps own questions": { needs: ["import", "storage"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "How many legs has a spider?;8;6");
    await app.press(app.text("importData"));
    await app.reload();
    await app.sees(app.text("questions", { n: 1 }));
  } },
  "exports its questions": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    await app.sees("Question,Answer,Wrong answer 1,Wrong answer 2,Wrong answer 3 ");
  } },
};
