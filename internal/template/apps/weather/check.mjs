// What a person does with the weather, and sees.

const place = (app) => app.frame.locator("#place").innerText();

async function isAt(app, name) {
  await app.sees(name);
  if ((await place(app)) !== name) throw new Error(`it shows ${await place(app)}, not ${name}`);
}

async function find(app, name) {
  await app.fill(app.text("city"), name);
  await app.press(app.text("search"));
}

/** The button of a city, which also says how warm it is there. */
const city = (name) => new RegExp(`^${name} -?\\d+°$`);

const number = async (app, selector) => Number((await app.frame.locator(selector).first().innerText()).replace("−", "-").match(/-?\d+/)[0]);

export const checks = {
  "shows the weather of a city": async (app) => {
    await isAt(app, "London");
    await app.sees(/\d+°C/);
    await app.sees(app.text("humidity"));
    await app.sees(app.text("wind"));
    await app.sees(/\d+ km\/h/);
  },
  "says that it is a sample": async (app) => {
    await app.sees(app.text("sample"));
  },
  "says the date and time there": async (app) => {
    await app.sees(/Saturday, March 14/);
    const before = await app.frame.locator("#time").innerText();
    await app.press(city("Tokyo"));
    await isAt(app, "Tokyo");
    const after = await app.frame.locator("#time").innerText();
    if (after === before) throw new Error(`it is ${after} in both`);
  },
  "forecasts seven days": async (app) => {
    if ((await app.count("#days li")) !== 7) throw new Error(`there are ${await app.count("#days li")}`);
    await app.sees(/Today.*Sun.*Mon.*Tue.*Wed.*Thu.*Fri/);
    const low = await number(app, "#days .low");
    const high = await number(app, "#days strong");
    if (low >= high) throw new Error(`low is ${low}, high is ${high}`);
  },
  "forecasts the hours of a day": async (app) => {
    if ((await app.count("#hours li")) !== 6) throw new Error("there are no six");
    await app.sees(app.text("now"));
  },
  "turns to Fahrenheit and back": async (app) => {
    const celsius = await number(app, "#degrees");
    await app.press(app.text("fahrenheit"));
    await app.sees(/\d+°F/);
    await app.sees(/\d+ mph/);
    const fahrenheit = await number(app, "#degrees");
    if (Math.abs((celsius * 9) / 5 + 32 - fahrenheit) > 1.5) throw new Error(`${celsius} °C are not ${fahrenheit} °F`);
    await app.press(app.text("celsius"));
    await app.sees(`${celsius}°C`);
  },
  "shows other cities, each with its own weather": async (app) => {
    const now = () => app.frame.locator("#now dl, #days").allInnerTexts();
    const before = await now();
    await app.press(city("New York"));
    await isAt(app, "New York");
    if ((await now()).join() === before.join()) throw new Error("the weather is the same");
  },
  "is warm where summer is": async (app) => {
    await app.press(city("São Paulo"));
    await isAt(app, "São Paulo");
    const warm = await number(app, "#days strong");
    if (warm < 18 || warm > 34) throw new Error(`${warm} °C in São Paulo in March`);
  },
  "shows the same weather again": async (app) => {
    const days = () => app.frame.locator("#days").innerText();
    const before = await days();
    await app.press(city("Paris"));
    await app.press(city("London"));
    if ((await days()) !== before) throw new Error("it has changed");
  },
  "remembers the city and the unit": { needs: ["storage"], run: async (app) => {
    await app.press(city("Paris"));
    await app.press(app.text("fahrenheit"));
    await app.reload();
    await isAt(app, "Paris");
    await app.sees(/\d+°F/);
  } },
  "finds a city": { needs: ["search"], run: async (app) => {
    await find(app, "Sydney");
    await isAt(app, "Sydney");
    await app.fill(app.text("city"), "bogota");
    await app.key("Enter");
    await isAt(app, "Bogotá");
    await find(app, "san fr");
    await isAt(app, "San Francisco");
  } },
  "says at once what was found": { needs: ["search"], run: async (app) => {
    await find(app, "Oslo");
    const said = await app.frame.getByRole("status").first().innerText();
    if (!/^Oslo: -?\d+°C, ./.test(said)) throw new Error(`it says ${said}`);
  } },
  "says that it does not know a city": { needs: ["search"], run: async (app) => {
    await find(app, "Atlantis");
    await app.sees(app.text("unknown", { city: "Atlantis" }));
    await isAt(app, "London");
    await find(app, " ");
    await app.sees(app.text("noCity"));
    await find(app, "Rome");
    await isAt(app, "Rome");
    await app.hides(app.text("noCity"));
  } },
  "keeps a city, or does not": { needs: ["search"], run: async (app) => {
    await find(app, "Oslo");
    if ((await app.count("#places li")) !== 8) throw new Error("there are no eight cities");
    await app.press(app.text("keep"));
    if ((await app.count("#places li")) !== 9) throw new Error("it was not kept");
    await app.press(city("London"));
    await app.press(city("Oslo"));
    await isAt(app, "Oslo");
    await app.press(app.text("keep"));
    if ((await app.count("#places li")) !== 8) throw new Error("it is still kept");
  } },
  "lists all cities": { without: ["search"], run: async (app) => {
    if (await app.count("form")) throw new Error("there is a search");
    await app.press(city("Sydney"));
    await isAt(app, "Sydney");
  } },
  "draws a curve": { needs: ["charts"], run: async (app) => {
    const line = () => app.frame.locator("#curve .line").getAttribute("d");
    const before = await line();
    if (!/^M0 [\d.]+(C[\d. ]+){7}$/.test(before)) throw new Error(`it is ${before}`);
    await app.press(city("New York"));
    if ((await line()) === before) throw new Error("it is the same elsewhere");
  } },
  "draws no curve": { without: ["charts"], run: async (app) => {
    if (await app.count("#curve")) throw new Error("there is one");
    await app.sees(app.text("nextHours"));
  } },
  "is shared": { needs: ["share"], run: async (app) => {
    await app.press(app.text("share"));
    await app.sees(app.text("shared"));
  } },
};
