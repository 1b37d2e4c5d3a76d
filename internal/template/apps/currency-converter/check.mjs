// What a person does with the currency converter, and sees.

async function shows(app, want) {
  const value = await app.value(app.text("result"));
  if (value !== want) throw new Error(`the result is ${value}, not ${want}`);
}

const usd = "USD – US Dollar";
const eur = "EUR – Euro";
const gbp = "GBP – British Pound";
const jpy = "JPY – Japanese Yen";
const sample = (app) => app.text("sample", { date: "March 1, 2024" });

export const checks = {
  "begins with dollars and euros": async (app) => {
    await shows(app, "€92.00");
    await app.sees("$100.00 =");
    await app.sees("1 USD = 0.92 EUR");
  },
  "says that the rates are a sample": async (app) => app.sees(sample(app)),
  "converts an amount": async (app) => {
    await app.fill(app.text("amount"), "250");
    await shows(app, "€230.00");
    await app.fill(app.text("amount"), "12.5");
    await shows(app, "€11.50");
    await app.fill(app.text("amount"), "$1,000");
    await shows(app, "€920.00");
    await app.fill(app.text("amount"), "0");
    await shows(app, "€0.00");
  },
  "converts between any currencies": async (app) => {
    await app.choose(app.text("from"), gbp);
    await app.choose(app.text("to"), jpy);
    await shows(app, "¥19,000");
    await app.sees("1 GBP = 190 JPY");
  },
  "swaps the currencies": async (app) => {
    await app.press(app.text("swap"));
    await shows(app, "$108.70");
    await app.sees("1 EUR = 1.08696 USD");
    await app.press(app.text("swap"));
    await shows(app, "€92.00");
  },
  "swaps where one currency is chosen twice": async (app) => {
    await app.choose(app.text("from"), eur);
    await shows(app, "$108.70");
    await app.choose(app.text("to"), eur);
    await shows(app, "€92.00");
  },
  "says what is no amount": async (app) => {
    for (const amount of ["much", "", "-5"]) {
      await app.fill(app.text("amount"), amount);
      await app.sees(app.text("noAmount"));
      await shows(app, "–");
    }
    await app.fill(app.text("amount"), "10");
    await app.hides(app.text("noAmount"));
    await shows(app, "€9.20");
  },
  "shows all other currencies": async (app) => {
    await app.sees(/GBP British Pound £79\.00/);
    if ((await app.count("#others li")) !== 22) throw new Error("not all currencies are shown");
  },
  "takes other rates": async (app) => {
    await app.press(app.text("rates"));
    await app.fill(app.text("rate", { code: "EUR" }), "0.95");
    await shows(app, "€95.00");
    await app.sees(app.text("own", { date: "March 1, 2024" }));
    await app.press(app.text("restore"));
    await shows(app, "€92.00");
    await app.sees(sample(app));
  },
  "says what is no rate": async (app) => {
    await app.press(app.text("rates"));
    for (const rate of ["0", "-1", "low", ""]) {
      await app.fill(app.text("rate", { code: "EUR" }), rate);
      await app.sees(app.text("noRate"));
      await shows(app, "€92.00");
    }
    await app.fill(app.text("rate", { code: "EUR" }), "0,9");
    await app.hides(app.text("noRate"));
    await shows(app, "€90.00");
  },
  "is used by the keyboard": async (app) => {
    await app.focus(app.text("amount"));
    for (const key of ["5", "0", "Enter"]) await app.key(key);
    await shows(app, "€46.00");
    await app.focus(app.text("swap"));
    await app.key("Enter");
    await shows(app, "$54.35");
  },
  "remembers currencies and rates": {
    needs: ["storage"],
    run: async (app) => {
      await app.choose(app.text("from"), gbp);
      await app.choose(app.text("to"), usd);
      await app.press(app.text("rates"));
      await app.fill(app.text("rate", { code: "GBP" }), "0.5");
      await app.reload();
      await shows(app, "$200.00");
    },
  },
  "keeps a history": {
    needs: ["history", "storage"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await app.fill(app.text("amount"), "20");
      await app.key("Tab");
      await app.press(app.text("swap"));
      await app.reload();
      await app.sees(/€20\.00 = \$21\.74 \$20\.00 = €18\.40/);
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      await app.sees("€18.40");
    },
  },
  "has no history": {
    without: ["history"],
    run: async (app) => app.hides(app.text("history")),
  },
  "copies the result": {
    needs: ["copy"],
    run: async (app) => {
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (copied !== "$100.00 = €92.00") throw new Error(`it copied ${copied}`);
    },
  },
};
