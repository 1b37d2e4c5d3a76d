// What a person does with the dashboard, and sees.

const cell = (app, figure, month) => app.text("cell", { figure: app.text(figure), month });

async function bars(app, want) {
  const seen = await app.count("#chart rect");
  if (seen !== want) throw new Error(`there are ${seen} bars, not ${want}`);
}

export const checks = {
  "says that its data is a sample": async (app) => {
    await app.sees(app.text("sampleNote"));
    await app.press(app.text("clear"));
    await app.hides(app.text("sampleNote"));
  },
  "sums the last six months": async (app) => {
    await app.sees(/Revenue\s*\$163,150/);
    await app.sees(/Orders\s*3,538/);
    await app.sees(/Visitors\s*82,000/);
    await app.sees("$46.11");
    await app.sees(app.text("change", { percent: "+33%" }));
  },
  "takes a shorter period, and a longer one": async (app) => {
    await app.press(app.text("months3"));
    await app.sees("$86,450");
    await app.sees(app.text("change", { percent: "+13%" }));
    if ((await app.count("#rows tr")) !== 3) throw new Error("the table has not 3 months");
    await app.press(app.text("months12"));
    await app.sees("$285,850");
    await app.sees(app.text("noChange"));
  },
  "follows what is typed into the table": async (app) => {
    await app.fill(cell(app, "revenue", "March 2026"), "38,950");
    await app.sees("$173,150");
    await app.fill(cell(app, "orders", "March 2026"), "722");
    await app.sees("3,638");
  },
  "says what is wrong with a number": async (app) => {
    for (const wrong of ["", "-3", "many"]) {
      await app.fill(cell(app, "revenue", "March 2026"), wrong);
      await app.sees(app.text("badNumber"));
      await app.sees("$163,150");
    }
    await app.fill(cell(app, "revenue", "March 2026"), "0");
    await app.hides(app.text("badNumber"));
    await app.sees("$134,200");
  },
  "adds a month": async (app) => {
    await app.press(app.text("addMonth"));
    await app.sees("April 2026");
    await app.fill(cell(app, "revenue", "April 2026"), "1000");
    await app.sees("$140,250");
  },
  "compares whole periods only": async (app) => {
    await app.press(app.text("addMonth"));
    await app.press(app.text("months12"));
    await app.sees(app.text("noChange"));
  },
  "deletes a month, and takes that back": async (app) => {
    await app.press(app.text("deleteItem", { item: "March 2026" }));
    await app.sees(app.text("deleted", { item: "March 2026" }));
    await app.sees("$156,000");
    await app.press(app.text("undo"));
    await app.sees("$163,150");
  },
  "has each month once": async (app) => {
    await app.press(app.text("deleteItem", { item: "March 2026" }));
    await app.press(app.text("addMonth"));
    await app.press(app.text("undo"));
    await app.sees("$163,150");
    const months = await app.frame.locator("#rows th").allTextContents();
    if (months.length !== 6 || new Set(months).size !== 6) throw new Error(`it lists ${months}`);
  },
  "clears the table, and takes that back": async (app) => {
    await app.press(app.text("clear"));
    await app.sees(app.text("empty"));
    await app.press(app.text("undo"));
    await app.sees("$163,150");
  },
  "begins with own figures": async (app) => {
    await app.press(app.text("clear"));
    await app.press(app.text("addMonth"));
    await app.fill(cell(app, "revenue", "March 2026"), "500");
    await app.fill(cell(app, "orders", "March 2026"), "4");
    await app.sees("$125.00");
  },
  "restores the sample": async (app) => {
    await app.press(app.text("clear"));
    await app.press(app.text("restore"));
    await app.sees(app.text("restored"));
    await app.sees("$163,150");
  },
  "remembers all": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("months3"));
      await app.fill(cell(app, "revenue", "March 2026"), "38950");
      await app.reload();
      await app.sees("$96,450");
    },
  },
  "draws bars of the period": {
    needs: ["charts"],
    run: async (app) => {
      await bars(app, 6);
      await app.press(app.text("months12"));
      await bars(app, 12);
    },
  },
  "draws the figures of the table": {
    needs: ["charts"],
    run: async (app) => {
      const height = () => app.frame.locator("#chart rect").last().evaluate((bar) => Number(bar.getAttribute("height")));
      const before = await height();
      await app.fill(cell(app, "revenue", "March 2026"), "14475");
      await app.sees("$148,675");
      if (Math.abs((await height()) - before / 2) > 1) throw new Error("the bar is not half as high");
    },
  },
  "draws a line of another figure": {
    needs: ["charts"],
    run: async (app) => {
      await app.choose(app.text("figure"), app.text("visitors"));
      await app.sees(app.text("byMonth", { figure: app.text("visitors") }));
      await app.press(app.text("line"));
      await bars(app, 0);
      const points = await app.frame.locator("#chart polyline").getAttribute("points");
      if (points.split(" ").length !== 6) throw new Error(`the line has the points ${points}`);
    },
  },
  "has no chart": {
    without: ["charts"],
    run: async (app) => {
      if (await app.count("#chart")) throw new Error("there is a chart");
    },
  },
  "exports a table": {
    needs: ["export"],
    run: async (app) => {
      await app.press(app.text("export"));
      const csv = await app.value(app.text("exportText"));
      if (!csv.startsWith("Month,Revenue,Orders,Visitors\n2025-04,18400,412,9800\n")) throw new Error(`it exports ${csv}`);
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
    },
  },
  "imports months in place of the same ones": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "Month;Revenue;Orders\n2026-03;38,950;722\nspring;1;1");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("badDay", { value: "spring" })}`);
    await app.fill(app.text("importText"), "Month;Revenue;Orders\n2026-03;38,950;722");
    await app.press(app.text("importData"));
    await app.sees("$173,150");
    await app.press(app.text("undo"));
    await app.sees("$163,150");
  } },
};
