// What a person does with the calculator, and sees.

/** The keys that people press, by what stands on them. */
const names = { "+": "plus", "-": "minus", "*": "times", "/": "dividedBy", "^": "power", "√": "root", "±": "sign", C: "clear", "⌫": "backspace", ".": "point" };

async function press(app, keys) {
  for (const key of keys) await app.press(names[key] ? app.text(names[key]) : key);
}

const result = (app) => app.frame.locator("#result").innerText();

async function shows(app, want) {
  await app.sees(want);
  const got = await result(app);
  if (got !== want) throw new Error(`the result is ${got}, not ${want}`);
}

/** Types on the keyboard: a click into the page comes first, as for a person. */
async function type(app, keys) {
  await app.frame.locator("h1").click();
  for (const key of keys) await app.key(key);
}

const digits = (text, app) => text.replace(".", app.text("point"));

export const checks = {
  "knows sines, logarithms and factorials": { needs: ["scientific"], run: async (app) => {
    for (const [keys, want] of [[["sin", "3", "0", "="], "0.5"], [["C", "cos", "9", "0", "="], "0"], [["C", "tan", "4", "5", "="], "1"], [["C", "log", "1", "0", "0", "0", "="], "3"], [["C", "2", "π", "="], "6.28318530718"]]) {
      await press(app, keys);
      await shows(app, digits(want, app));
    }
    await press(app, ["C", "5"]);
    await app.press(app.text("factorial"));
    await press(app, ["+", "1", "="]);
    await shows(app, "121");
  } },
  "reckons in radians, too": { needs: ["scientific"], run: async (app) => {
    await app.press(app.text("degrees"));
    await press(app, ["sin", "π", "="]);
    await shows(app, "0");
  } },
  "says where there is no logarithm or tangent": { needs: ["scientific"], run: async (app) => {
    await press(app, ["ln", "0", "="]);
    await app.sees(app.text("noLogarithm"));
    await press(app, ["C", "tan", "9", "0", "="]);
    await app.sees(app.text("noTangent"));
  } },
  "takes a function back as a whole": { needs: ["scientific"], run: async (app) => {
    await press(app, ["7", "sin", "⌫", "="]);
    await shows(app, "7");
  } },
  "has no sines unless it is asked to": { without: ["scientific"], run: async (app) => {
    if (await app.count("[data-key=sin]") > 0) throw new Error("there is a key for it");
  } },
  "multiplies": async (app) => {
    await press(app, "7*8=");
    await shows(app, "56");
    await app.sees("7 × 8 =");
  },
  "knows that products come before sums": async (app) => {
    await press(app, "2+3*4=");
    await shows(app, "14");
  },
  "calculates what stands in parentheses first": async (app) => {
    await press(app, "(2+3)*4=");
    await shows(app, "20");
  },
  "closes a parenthesis that is left open": async (app) => {
    await press(app, "2*(3+4=");
    await shows(app, "14");
    await app.sees("2 × (3 + 4) =");
  },
  "adds decimals without noise": async (app) => {
    await press(app, "0.1+0.2=");
    await shows(app, digits("0.3", app));
  },
  "takes one decimal point in a number": async (app) => {
    await press(app, "1..5.2+1=");
    await shows(app, digits("2.52", app));
  },
  "takes a percentage of what stands before it": async (app) => {
    await press(app, "50+10%=");
    await shows(app, "55");
    await press(app, "C200*15%=");
    await shows(app, "30");
  },
  "changes the sign": async (app) => {
    await press(app, "8*5±=");
    await shows(app, "-40");
    await press(app, "±");
    await shows(app, "40");
  },
  "knows powers and roots": async (app) => {
    await press(app, "2^3^2=");
    await shows(app, "512");
    await press(app, "C3±^2=");
    await shows(app, "-9");
    await press(app, "^2=");
    await shows(app, "81");
    await press(app, "√=");
    await shows(app, "9");
  },
  "says that nothing is divided by zero": async (app) => {
    await press(app, "5/0=");
    await shows(app, app.text("divisionByZero"));
    await press(app, "⌫2=");
    await shows(app, digits("2.5", app));
  },
  "says what else is wrong": async (app) => {
    await press(app, "√4±=");
    await shows(app, app.text("negativeRoot"));
    await press(app, "C7+=");
    await shows(app, app.text("incomplete"));
    await press(app, "C99^999=");
    await shows(app, app.text("tooLarge"));
  },
  "replaces a sign by the next one": async (app) => {
    await press(app, "6+*2=");
    await shows(app, "12");
  },
  "goes on with a result, or starts anew": async (app) => {
    await press(app, "7*8=+4=");
    await shows(app, "60");
    await press(app, "3");
    await shows(app, "3");
  },
  "takes back a digit, and all": async (app) => {
    await press(app, "123⌫");
    await shows(app, "12");
    await press(app, "C");
    await shows(app, "0");
  },
  "is used by the keyboard": async (app) => {
    await type(app, [..."12*(3+4)", "Enter"]);
    await shows(app, "84");
    await type(app, ["Escape", ..."1,5/2", "="]);
    await shows(app, digits("0.75", app));
    await type(app, ["Escape", "4", "5", "Backspace"]);
    await shows(app, "4");
  },
  "understands Enter after a click": async (app) => {
    await press(app, "9-4");
    await app.key("Enter");
    await shows(app, "5");
  },
  "presses the key that has the focus": async (app) => {
    await app.focus("7");
    await app.key("Enter");
    await shows(app, "7");
  },
  "shortens what is too long": async (app) => {
    await press(app, "999999999*999999999*999999999=");
    await shows(app, digits("9.99999997 × 10²⁶", app));
    await press(app, "C1/3=");
    await shows(app, digits("0.333333333333", app));
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await press(app, "7*8=C2+3=");
      await app.hides(app.text("noHistory"));
      const entries = await app.frame.locator("#history li").allInnerTexts();
      const want = ["2 + 3 = 5", "7 × 8 = 56"];
      if (entries.map((entry) => entry.replace(/\s+/g, " ").trim()).join() !== want.join()) throw new Error(`the history is ${entries}`);
    },
  },
  "goes on with an earlier result": {
    needs: ["history"],
    run: async (app) => {
      await press(app, "7*8=C100+");
      await app.press(/7 × 8/);
      await press(app, "=");
      await shows(app, "156");
    },
  },
  "clears the history, and takes that back": {
    needs: ["history"],
    run: async (app) => {
      await press(app, "7*8=");
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("historyCleared"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      await app.hides(app.text("noHistory"));
      if ((await app.count("#history li")) !== 1) throw new Error("the history did not come back");
    },
  },
  "remembers the history": {
    needs: ["history", "storage"],
    run: async (app) => {
      await press(app, "7*8=");
      await app.reload();
      await app.sees("7 × 8 =");
    },
  },
  "has no history": {
    without: ["history"],
    run: async (app) => {
      await press(app, "7*8=");
      await app.hides(app.text("history"));
    },
  },
  "copies the result": {
    needs: ["copy"],
    run: async (app) => {
      await press(app, "7*8=");
      await app.frame.evaluate(() => addEventListener("copy", (event) => (document.body.dataset.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => document.body.dataset.copied);
      if (copied !== "56") throw new Error(`${copied} was copied, not 56`);
    },
  },
};
