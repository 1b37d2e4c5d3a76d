// What a person does with the unit converter, and sees.

async function converts(app, value, from, to, want) {
  await app.fill(app.text("value"), value);
  await app.choose(app.text("from"), from);
  await app.choose(app.text("to"), to);
  await has(app, "result", want);
}

/** Whether a field has a value. */
async function has(app, key, want) {
  const value = await app.value(app.text(key));
  if (value !== want) throw new Error(`${app.text(key)} is ${value}, not ${want}`);
}

const km = "Kilometers (km)";
const mi = "Miles (mi)";

export const checks = {
  "begins with kilometers and miles": async (app) => {
    await has(app, "value", "1");
    await has(app, "result", "0.62137119");
    await app.sees("1 km = 0.62137119 mi");
  },
  "converts lengths": async (app) => {
    await converts(app, "10", mi, km, "16.09344");
    await converts(app, "5", "Feet (ft)", "Meters (m)", "1.524");
    await converts(app, "1", "Inches (in)", "Centimeters (cm)", "2.54");
  },
  "converts weights": async (app) => {
    await app.press(app.text("weight"));
    await converts(app, "70", "Kilograms (kg)", "Pounds (lb)", "154.32358");
    await converts(app, "1000", "Grams (g)", "Tonnes (t)", "0.001");
  },
  "converts temperatures": async (app) => {
    await app.press(app.text("temperature"));
    await converts(app, "100", "Degrees Celsius (°C)", "Degrees Fahrenheit (°F)", "212");
    await converts(app, "-40", "Degrees Celsius (°C)", "Degrees Fahrenheit (°F)", "-40");
    await converts(app, "32", "Degrees Fahrenheit (°F)", "Degrees Celsius (°C)", "0");
    await converts(app, "0", "Kelvin (K)", "Degrees Celsius (°C)", "-273.15");
  },
  "converts volumes, areas, speeds, times and data": async (app) => {
    await app.press(app.text("volume"));
    await converts(app, "2", "Cups (cup)", "Milliliters (mL)", "473.17647");
    await app.press(app.text("area"));
    await converts(app, "1", "Hectares (ha)", "Square meters (m²)", "10000");
    await app.press(app.text("speed"));
    await converts(app, "100", "Kilometers per hour (km/h)", "Miles per hour (mph)", "62.137119");
    await app.press(app.text("time"));
    await converts(app, "2", "Days", "Hours (hr)", "48");
    await app.press(app.text("data"));
    await converts(app, "1", "Gigabytes (GB)", "Megabytes (MB)", "1000");
  },
  "converts the other way as well": async (app) => {
    await app.fill(app.text("result"), "100");
    await has(app, "value", "160.9344");
    await app.choose(app.text("to"), "Meters (m)");
    await has(app, "value", "0.1");
  },
  "swaps the units": async (app) => {
    await app.fill(app.text("value"), "10");
    await app.press(app.text("swap"));
    await app.sees("10 mi = 16.09344 km");
    await app.choose(app.text("to"), mi);
    await app.sees("10 km = 6.2137119 mi");
  },
  "reads a comma as well": async (app) => {
    await converts(app, "2,5", km, "Meters (m)", "2500");
    await converts(app, "1,500", "Meters (m)", km, "1.5");
  },
  "says what is no number": async (app) => {
    await app.fill(app.text("value"), "ten");
    await app.sees(app.text("noNumber"));
    await has(app, "result", "");
    await app.fill(app.text("value"), "-1");
    await app.sees(app.text("negative"));
    await app.fill(app.text("value"), "1");
    await app.hides(app.text("negative"));
    await app.press(app.text("temperature"));
    await app.fill(app.text("value"), "-300");
    await app.sees(app.text("tooLow"));
  },
  "shows all other units": async (app) => {
    await app.fill(app.text("value"), "1");
    await app.sees(/meters 1,000 m .*feet 3,280\.8399 ft/);
    if ((await app.count("dd")) !== 7) throw new Error("not all units are shown");
  },
  "is used by the keyboard": async (app) => {
    await app.focus(app.text("length"));
    await app.key("ArrowRight");
    await app.key("ArrowRight");
    await app.sees("1 °C = 33.8 °F");
    await app.key("Home");
    await app.sees("1 km");
    await app.key("ArrowLeft");
    await app.sees("1 GB = 1,000 MB");
  },
  "writes very small and very large numbers": async (app) => {
    await app.press(app.text("data"));
    await converts(app, "1", "Bits (bit)", "Terabytes (TB)", "1.25E-13");
    await converts(app, "500000", "Terabytes (TB)", "Bits (bit)", "4E18");
  },
  "remembers the units": {
    needs: ["storage"],
    run: async (app) => {
      await app.press(app.text("weight"));
      await app.choose(app.text("to"), "Ounces (oz)");
      await app.reload();
      await app.sees("1 kg = 35.273962 oz");
    },
  },
  "keeps a history": {
    needs: ["history"],
    run: async (app) => {
      await app.sees(app.text("noHistory"));
      await app.fill(app.text("value"), "10");
      await app.key("Tab");
      await app.hides(app.text("noHistory"));
      if ((await app.frame.locator("#history").innerText()).trim() !== "10 km = 6.2137119 mi") throw new Error("it is not in the history");
      await app.press(app.text("clearHistory"));
      await app.sees(app.text("noHistory"));
      await app.press(app.text("undo"));
      await app.hides(app.text("noHistory"));
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
      if (copied !== "1 km = 0.62137119 mi") throw new Error(`it copied ${copied}`);
    },
  },
};
