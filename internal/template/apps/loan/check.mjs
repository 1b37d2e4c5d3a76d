// What a person does with the loan calculator, and sees. It is March 2026.

async function loan(app, { amount = "10,000", rate = "6", term = "2", unit = "years", extra = "" } = {}) {
  await app.choose(app.text("unit"), app.text(unit));
  await app.fill(app.text("amount"), amount);
  await app.fill(app.text("rate"), rate);
  await app.fill(app.text("term"), term);
  await app.fill(app.text("extra"), extra);
}

async function has(app, figures) {
  await app.advance(0.1);
  for (const [key, want] of Object.entries(figures)) {
    const got = await app.value(app.text(key));
    if (got !== want) throw new Error(`${key} is ${got}, not ${want}`);
  }
}

const rows = (app) => app.frame.locator("#rows tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.innerText).join(" ")));

export const checks = {
  "says what a loan costs at first": async (app) => {
    await has(app, { payment: "$377.42", totalInterest: "$2,645.48", totalPaid: "$22,645.48", paidOff: "March 2031" });
  },
  "calculates payment, interest and total": async (app) => {
    await loan(app);
    await has(app, { payment: "$443.21", totalInterest: "$636.95", totalPaid: "$10,636.95", paidOff: "March 2028" });
  },
  "reads numbers as people write them": async (app) => {
    await loan(app, { amount: "$10 000.00", rate: "6%", term: "24", unit: "months" });
    await has(app, { payment: "$443.21" });
  },
  "shares a loan without interest evenly": async (app) => {
    await loan(app, { amount: "1000", rate: "0", term: "3", unit: "months" });
    await has(app, { payment: "$333.33", totalInterest: "$0.00", totalPaid: "$1,000.00" });
  },
  "says what is wrong": async (app) => {
    const wrong = async (label, value, message) => {
      const before = await app.value(app.text(label));
      await app.fill(app.text(label), value);
      await app.sees(app.text(message));
      await has(app, { payment: "–" });
      await app.fill(app.text(label), before);
      await app.hides(app.text(message));
    };
    await wrong("amount", "", "noAmount");
    await wrong("amount", "-5", "noAmount");
    await wrong("rate", "101", "noRate");
    await wrong("term", "51", "noTerm");
    await wrong("extra", "x", "noExtra");
    await has(app, { payment: "$377.42" });
  },
  "says what an extra payment saves": async (app) => {
    await loan(app, { amount: "20000", rate: "5", term: "20", extra: "50" });
    await has(app, { payment: "$181.99", paidOff: "July 2038" });
    await app.sees(app.text("saves", { amount: "$4,878.14", time: "7 years, 8 months" }));
    await app.fill(app.text("extra"), "");
    await has(app, { payment: "$131.99" });
  },
  "keeps the term when it is said in months": async (app) => {
    await loan(app);
    await app.choose(app.text("unit"), app.text("months"));
    if ((await app.value(app.text("term"))) !== "24") throw new Error(`the term is ${await app.value(app.text("term"))}`);
    await has(app, { payment: "$443.21" });
  },
  "lists the payments by year and by month": async (app) => {
    await loan(app);
    const years = await rows(app);
    if (years.join("|") !== "Mar 2027 $4,850.42 $468.05 $5,149.58|Mar 2028 $5,149.58 $168.89 $0.00") throw new Error(`they are ${years.join("|")}`);
    await app.press(app.text("byMonth"));
    const months = await rows(app);
    if (months.length !== 24 || months[0] !== "Apr 2026 $393.21 $50.00 $9,606.79" || !months[23].endsWith("$0.00")) throw new Error(`they are ${months.join("|")}`);
    await app.press(app.text("byYear"));
    if ((await rows(app)).length !== 2) throw new Error("they are still by month");
  },
  "changes a number with its slider": async (app) => {
    await loan(app);
    await app.frame.locator("[data-of=amount]").fill("50000");
    await has(app, { payment: "$2,216.03" });
    if ((await app.value(app.text("amount"))) !== "50000") throw new Error("the field is another one");
  },
  "starts over": async (app) => {
    await loan(app, { extra: "10" });
    await app.press(app.text("reset"));
    await has(app, { payment: "$377.42" });
    if ((await app.value(app.text("extra"))) !== "") throw new Error("there is still an extra payment");
  },
  "writes another currency": async (app) => {
    await loan(app);
    await app.choose(app.text("currency"), "GBP");
    await has(app, { payment: "£443.21" });
  },
  "remembers the loan": { needs: ["storage"], run: async (app) => {
    await loan(app, { unit: "months", term: "24" });
    await app.reload();
    await app.sees("$443.21");
    if ((await app.value(app.text("term"))) !== "24") throw new Error("the term is another one");
  } },
  "draws the payments": { needs: ["charts"], run: async (app) => {
    await loan(app, { term: "30" });
    const bars = await app.frame.locator("#chart .principal").evaluateAll((all) => all.map((bar) => Number(bar.getAttribute("height"))));
    if (bars.length !== 30 || !(bars[0] < 35 && bars[28] > 164)) throw new Error(`the bars are ${bars}`);
    await loan(app);
    if ((await app.count("#chart .principal")) !== 24) throw new Error("a short loan is not drawn by month");
  } },
  "has no chart": { without: ["charts"], run: async (app) => {
    await app.hides(app.text("chart"));
  } },
  "saves loans to compare them": { needs: ["history"], run: async (app) => {
    await app.sees(app.text("noHistory"));
    await loan(app);
    await app.press(app.text("save"));
    await loan(app, { rate: "3.5" });
    await app.press(app.text("save"));
    const first = app.text("loanAndRate", { amount: "$10,000.00", rate: "6%", time: "2 years" });
    const second = app.text("loanAndRate", { amount: "$10,000.00", rate: "3.5%", time: "2 years" });
    await app.sees(first);
    await app.press(app.text("deleteItem", { item: second }));
    await app.hides(second);
    await app.press(app.text("undo"));
    await app.sees(second);
    await app.press(new RegExp(`^${first.replace("$", "\\$")}`));
    await has(app, { payment: "$443.21" });
  } },
  "saves no loans": { without: ["history"], run: async (app) => {
    if (await app.count("#save")) throw new Error("it does");
  } },
  "copies the result": { needs: ["copy"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await loan(app);
    await app.press(app.text("copy"));
    await app.sees(app.text("copied"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Monthly payment: $443.21\nTotal interest: $636.95")) throw new Error(`it is ${copied}`);
  } },
  "exports the schedule": { needs: ["export"], run: async (app) => {
    await loan(app);
    await app.press(app.text("export"));
    await app.sees("Mar 2027,4850.42,468.05,5149.58");
  } },
  "prints the schedule": { needs: ["print"], run: async (app) => {
    await app.page.emulateMedia({ media: "print" });
    const seen = await app.count("#rows tr");
    const sliders = await app.count("[type=range]");
    await app.page.emulateMedia({ media: null });
    if (seen !== 5 || sliders) throw new Error(`there are ${seen} rows and ${sliders} sliders on paper`);
  } },
};
