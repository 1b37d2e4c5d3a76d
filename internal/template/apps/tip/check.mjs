// What a person does with the tip calculator, and sees.

/** Whether the results are as they should be: { total: "$115.00" }. */
async function shows(app, wanted) {
  for (const [key, want] of Object.entries(wanted)) {
    const value = await app.value(app.text(key));
    if (value !== want) throw new Error(`${app.text(key)} is ${value}, not ${want}`);
  }
}

const fill = (app, values) => Object.entries(values).reduce((done, [key, value]) => done.then(() => app.fill(app.text(key), value)), Promise.resolve());

export const checks = {
  "begins with nothing to pay": async (app) => shows(app, { tip: "$0.00", total: "$0.00" }),
  "calculates a tip of 15 percent": async (app) => {
    await fill(app, { bill: "100" });
    await shows(app, { tip: "$15.00", total: "$115.00" });
  },
  "takes any percentage": async (app) => {
    await fill(app, { bill: "80", percent: "12.5" });
    await shows(app, { tip: "$10.00", total: "$90.00" });
    await fill(app, { percent: "20 %" });
    await shows(app, { tip: "$16.00", total: "$96.00" });
    await fill(app, { percent: "0" });
    await shows(app, { tip: "$0.00", total: "$80.00" });
  },
  "reads amounts as people write them": async (app) => {
    await fill(app, { bill: "1,250.00", percent: "10" });
    await shows(app, { total: "$1,375.00" });
    await fill(app, { bill: "$48,50" });
    await shows(app, { tip: "$4.85", total: "$53.35" });
  },
  "says what is wrong": async (app) => {
    await fill(app, { bill: "much" });
    await app.sees(app.text("noBill"));
    await shows(app, { total: "–" });
    await fill(app, { bill: "50", percent: "150" });
    await app.sees(app.text("noPercent"));
    await fill(app, { percent: "-5" });
    await app.sees(app.text("noPercent"));
    await fill(app, { percent: "10" });
    await app.hides(app.text("noPercent"));
    await shows(app, { total: "$55.00" });
  },
  "asks for a bill on Enter": async (app) => {
    await app.focus(app.text("bill"));
    await app.key("Enter");
    await app.sees(app.text("noBill"));
    await fill(app, { bill: "20" });
    await app.hides(app.text("noBill"));
  },
  "rounds up the total": async (app) => {
    await fill(app, { bill: "47.30" });
    await app.press(app.text("roundUp"));
    await shows(app, { tip: "$7.70", total: "$55.00" });
    await app.press(app.text("roundUp"));
    await shows(app, { tip: "$7.10", total: "$54.40" });
  },
  "takes another currency": async (app) => {
    await fill(app, { bill: "1000" });
    await app.choose(app.text("currency"), "JPY");
    await shows(app, { tip: "¥150", total: "¥1,150" });
  },
  "begins anew": async (app) => {
    await fill(app, { bill: "50", percent: "10" });
    await app.press(app.text("reset"));
    await shows(app, { bill: "", percent: "15", total: "$0.00" });
  },
  "remembers the settings": {
    needs: ["storage"],
    run: async (app) => {
      await fill(app, { bill: "50", percent: "18" });
      await app.choose(app.text("currency"), "EUR");
      await app.reload();
      await shows(app, { bill: "", percent: "18" });
      await fill(app, { bill: "100" });
      await shows(app, { total: "€118.00" });
    },
  },
  "splits the bill": {
    needs: ["bill-split"],
    run: async (app) => {
      await fill(app, { bill: "100", people: "4" });
      await shows(app, { perPerson: "$28.75", tipPerPerson: "$3.75" });
      await app.press(app.text("more"));
      await shows(app, { people: "5", perPerson: "$23.00" });
      for (let i = 0; i < 3; i++) await app.press(app.text("fewer"));
      await shows(app, { people: "2", perPerson: "$57.50" });
    },
  },
  "has enough where shares do not divide": {
    needs: ["bill-split"],
    run: async (app) => {
      await fill(app, { bill: "100", percent: "0", people: "3" });
      await shows(app, { perPerson: "$33.34", total: "$100.00" });
    },
  },
  "wants somebody to pay": {
    needs: ["bill-split"],
    run: async (app) => {
      await fill(app, { bill: "100" });
      for (const people of ["0", "-2", "1.5", ""]) {
        await fill(app, { people });
        await app.sees(app.text("noPeople"));
      }
      await app.press(app.text("more"));
      await shows(app, { people: "2", perPerson: "$57.50" });
    },
  },
  "has nobody to split with": {
    without: ["bill-split"],
    run: async (app) => app.hides(app.text("perPerson")),
  },
  "has the usual tips": {
    needs: ["presets"],
    run: async (app) => {
      await fill(app, { bill: "50" });
      await app.press("20%");
      await shows(app, { percent: "20", tip: "$10.00", total: "$60.00" });
      await app.press("10%");
      await shows(app, { total: "$55.00" });
      if ((await app.frame.locator("[aria-pressed=true]").allInnerTexts()).filter(Boolean).join() !== "10%") throw new Error("10% is not marked");
    },
  },
  "has no usual tips": {
    without: ["presets"],
    run: async (app) => app.hides("20%"),
  },
  "copies the result": {
    needs: ["copy"],
    run: async (app) => {
      await fill(app, { bill: "100" });
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (!copied.includes("Total: $115.00")) throw new Error(`it copied ${copied}`);
    },
  },
  "keeps a history": {
    needs: ["history", "storage"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await fill(app, { bill: "100" });
      await app.press(app.text("save"));
      const item = app.text("billAndTip", { bill: "$100.00", percent: "15%" });
      await app.sees(item);
      await app.reload();
      await app.sees(item);
      await app.press(app.text("deleteItem", { item }));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      await app.sees(item);
    },
  },
  "has no history": {
    without: ["history"],
    run: async (app) => app.hides(app.text("history")),
  },
};
