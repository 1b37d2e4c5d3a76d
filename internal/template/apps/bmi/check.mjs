// What a person does with the BMI calculator, and sees.

async function fill(app, values) {
  for (const [key, value] of Object.entries(values)) await app.fill(app.text(key), value);
}

async function gives(app, bmi, verdict) {
  const value = await app.value(app.text("bmi"));
  if (value !== bmi) throw new Error(`the BMI is ${value}, not ${bmi}`);
  if (verdict) await app.sees(app.text(verdict));
}

export const checks = {
  "begins empty": async (app) => {
    await gives(app, "–");
    await app.sees(app.text("waiting"));
    await app.sees(app.text("note"));
  },
  "calculates while one types": async (app) => {
    await fill(app, { height: "175", weight: "70" });
    await gives(app, "22.9", "normal");
    await app.hides(app.text("waiting"));
  },
  "calculates on Enter and by the button": async (app) => {
    await fill(app, { height: "160", weight: "50" });
    await app.key("Enter");
    await gives(app, "19.5", "normal");
    await app.press(app.text("calculate"));
    await gives(app, "19.5", "normal");
  },
  "knows all ranges": async (app) => {
    await fill(app, { height: "200", weight: "73" });
    await gives(app, "18.3", "underweight");
    for (const [weight, bmi, verdict] of [["74", "18.5", "normal"], ["99.6", "24.9", "normal"], ["100", "25.0", "overweight"], ["119.6", "29.9", "overweight"], ["120", "30.0", "obesity"], ["240", "60.0", "obesity"]]) {
      await fill(app, { weight });
      await gives(app, bmi, verdict);
    }
  },
  "says what is healthy": async (app) => {
    await fill(app, { height: "175", weight: "90" });
    await app.sees(app.text("healthy", { least: "56.7 kg", most: "76.3 kg" }));
  },
  "understands meters and commas": async (app) => {
    await fill(app, { height: "1,75", weight: "70,5" });
    await gives(app, "23.0", "normal");
  },
  "takes feet, inches and pounds": async (app) => {
    await app.press(app.text("imperial"));
    await fill(app, { feet: "5", inches: "9", pounds: "160" });
    await gives(app, "23.6", "normal");
    await app.sees(app.text("healthy", { least: "125.3 lb", most: "168.6 lb" }));
    await fill(app, { feet: "6", inches: "" });
    await gives(app, "21.7");
  },
  "converts what has been entered": async (app) => {
    await fill(app, { height: "180", weight: "80" });
    await app.press(app.text("imperial"));
    for (const [key, want] of [["feet", "5"], ["inches", "10.9"], ["pounds", "176.4"]]) {
      const value = await app.value(app.text(key));
      if (value !== want) throw new Error(`${app.text(key)} is ${value}, not ${want}`);
    }
    await app.press(app.text("metric"));
    await gives(app, "24.7", "normal");
  },
  "says what is wrong, when it is asked": async (app) => {
    await app.press(app.text("calculate"));
    await app.sees(app.text("badHeight"));
    await app.sees(app.text("badWeight"));
    await fill(app, { height: "1000", weight: "70" });
    await app.sees(app.text("badHeight"));
    await app.hides(app.text("badWeight"));
    await gives(app, "–");
    await fill(app, { height: "tall" });
    await app.sees(app.text("badHeight"));
    await fill(app, { height: "170" });
    await app.hides(app.text("badHeight"));
    await gives(app, "24.2");
  },
  "says nothing of a number that is not finished": async (app) => {
    await app.fill(app.text("weight"), "70");
    await app.focus(app.text("height"));
    await app.key("1");
    await app.key("7");
    await app.hides(app.text("badHeight"));
    await app.key("Tab");
    await app.sees(app.text("badHeight"));
  },
  "begins anew": async (app) => {
    await fill(app, { height: "175", weight: "70" });
    await app.press(app.text("reset"));
    await gives(app, "–");
    if (await app.value(app.text("height"))) throw new Error("the height is still there");
  },
  "remembers what was entered": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("imperial"));
      await fill(app, { feet: "5", inches: "9", pounds: "160" });
      await app.reload();
      await gives(app, "23.6", "normal");
    },
  },
  "shows the result on a scale": {
    needs: ["charts"],
    run: async (app) => {
      if (await app.count("#marker")) throw new Error("there is a marker without a result");
      await fill(app, { height: "200", weight: "110" });
      const left = await app.frame.locator("#marker").evaluate((marker) => marker.style.left);
      if (left !== "50%") throw new Error(`27.5 is at ${left} of the scale`);
      await fill(app, { weight: "300" });
      if ((await app.frame.locator("#marker").evaluate((marker) => marker.style.left)) !== "100%") throw new Error("the marker is off the scale");
    },
  },
  "has no scale": {
    without: ["charts"],
    run: async (app) => {
      await fill(app, { height: "175", weight: "70" });
      if (await app.count("[role=img]")) throw new Error("there is a scale");
    },
  },
  "copies the result": {
    needs: ["copy"],
    run: async (app) => {
      await fill(app, { height: "175", weight: "70" });
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("copy"));
      await app.sees(app.text("copied"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (copied !== "Your BMI: 22.9 (Normal weight)") throw new Error(`it copied ${copied}`);
    },
  },
  "keeps a history": {
    needs: ["history", "storage"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await fill(app, { height: "175", weight: "72" });
      await app.press(app.text("save"));
      await fill(app, { weight: "70" });
      await app.press(app.text("save"));
      await app.reload();
      await app.sees(/22\.9\s+70\.0 kg · Mar 14, 2026.*23\.5\s+72\.0 kg · Mar 14, 2026/);
      await app.press(app.text("deleteItem", { item: "Mar 14, 2026" }));
      await app.hides("70.0 kg ·");
      await app.press(app.text("undo"));
      await app.sees("70.0 kg ·");
    },
  },
  "has no history": {
    without: ["history"],
    run: async (app) => app.hides(app.text("history")),
  },
};
