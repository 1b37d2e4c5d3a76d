// What a person does with the portfolio, and sees.

/** The works that are shown, by their titles. */
async function works(app) {
  return app.frame.locator("#works h3").allInnerTexts();
}

/** Presses a link of the page, which shows its section: at once where people want no motion. */
async function goesTo(app, link, section) {
  await app.page.emulateMedia({ reducedMotion: "reduce" });
  await app.press(link);
  const top = await app.frame.locator(section).evaluate((e) => e.getBoundingClientRect().top);
  if (top < -10 || top > 500) throw new Error(`${section} is at ${top} px`);
}

async function write(app, name, email, message) {
  await app.fill(app.text("yourName"), name);
  await app.fill(app.text("yourEmail"), email);
  await app.fill(app.text("message"), message);
  await app.press(app.text("send"));
}

export const checks = {
  "says whose it is, and what they do": async (app) => {
    await app.sees("Alex Morgan");
    await app.sees("I design brands and pages that are easy to love.");
  },
  "shows six works, each with a picture of its own": async (app) => {
    if ((await works(app)).join() !== "Alba,Eco,Mosaik,Marea,Plaza,Flora") throw new Error(`it shows ${await works(app)}`);
    const pictures = await app.frame.locator("#works .picture").evaluateAll((all) => all.map((e) => e.innerHTML));
    if (new Set(pictures).size !== 6) throw new Error("two works look the same");
  },
  "says what kind a work is, and of which year": async (app) => {
    await app.sees("Identity · 2025");
    await app.sees("Web · 2023");
  },
  "goes to the works": async (app) => {
    await goesTo(app, app.text("seeWork"), "#work");
  },
  "goes to the sections": async (app) => {
    await goesTo(app, app.text("about"), "#about");
    await goesTo(app, app.text("contact"), "#contact");
  },
  "goes to the contact from the top": async (app) => {
    await goesTo(app, app.text("getInTouch"), "#contact");
  },
  "tells about the person": async (app) => {
    await app.sees("ten years");
    await app.sees(app.text("skills"));
    await app.sees("Typography");
  },
  "copies the address": async (app) => {
    await app.sees("hello@example.com");
    await app.press(app.text("copyAddress"));
    await app.sees(app.text("copied"));
  },
  "says that all of it is a sample": async (app) => {
    await app.sees(app.text("sample"));
  },
  "filters the works by kind": { needs: ["filter"], run: async (app) => {
    await app.press("Print");
    if ((await works(app)).join() !== "Mosaik,Marea") throw new Error(`it shows ${await works(app)}`);
    await app.sees(app.text("works", { n: 2 }));
    await app.press(app.text("all"));
    if ((await works(app)).length !== 6) throw new Error("not all are back");
  } },
  "has no filter": { without: ["filter"], run: async (app) => {
    if (await app.count(".segments")) throw new Error("there is one");
  } },
  "enlarges a work": { needs: ["lightbox"], run: async (app) => {
    await app.hides("drawn petal by petal");
    await app.press("Flora");
    await app.sees("drawn petal by petal");
    await app.press(app.text("next"));
    await app.sees("A new face for a mountain hotel");
    await app.press(app.text("previous"));
    await app.sees("drawn petal by petal");
    await app.press(app.text("close"));
    await app.hides("drawn petal by petal");
  } },
  "turns the works by the keyboard": { needs: ["lightbox"], run: async (app) => {
    await app.focus("Alba");
    await app.key("Enter");
    await app.sees("A new face for a mountain hotel");
    await app.key("ArrowRight");
    await app.sees("for a small record label");
    await app.key("ArrowLeft");
    await app.key("ArrowLeft");
    await app.sees("drawn petal by petal");
    await app.key("Escape");
    await app.hides("drawn petal by petal");
  } },
  "describes the works at once": { without: ["lightbox"], run: async (app) => {
    await app.sees("drawn petal by petal");
    if (await app.count("#works button")) throw new Error("a work can be pressed");
  } },
  "takes a message": { needs: ["contact-form"], run: async (app) => {
    await write(app, "Ana", "ana@example.com", "Hello!");
    await app.sees(app.text("thanks", { name: "Ana" }));
    if (await app.value(app.text("message"))) throw new Error("the form is not empty");
  } },
  "says what a message lacks": { needs: ["contact-form"], run: async (app) => {
    await write(app, " ", "ana@example.com", "Hello!");
    await app.sees(app.text("noName"));
    await write(app, "Ana", "ana.example", "Hello!");
    await app.sees(app.text("noEmail"));
    await write(app, "Ana", "ana@example.com", "");
    await app.sees(app.text("noMessage"));
    await write(app, "Ana", "ana@example.com", "Hello!");
    await app.hides(app.text("noMessage"));
  } },
  "has an address and no form": { without: ["contact-form"], run: async (app) => {
    if (await app.count("form")) throw new Error("there is one");
    await app.sees("hello@example.com");
  } },
  "is shared": { needs: ["share"], run: async (app) => {
    await app.press(app.text("share"));
    await app.sees(app.text("shared"));
  } },
  "lets its sections appear": { needs: ["animations"], run: async (app) => {
    if (await app.count("#contact.arrived")) throw new Error("what is not seen has arrived");
    await goesTo(app, app.text("getInTouch"), "#contact");
    await app.frame.locator("#contact.arrived").waitFor({ timeout: 2000 });
  } },
  "stands still": { without: ["animations"], run: async (app) => {
    if (await app.count(".arriving")) throw new Error("something moves");
  } },
};
