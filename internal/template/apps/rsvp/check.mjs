// What a person does with the invitation, and sees. Today is 14 March 2026.

async function reply(app, name, answer, others = {}) {
  await app.fill(app.text("guest"), name);
  await app.press(app.text(answer));
  for (const [key, value] of Object.entries(others)) await (key === "meal" ? app.choose(app.text(key), app.text(value)) : app.fill(app.text(key), value));
  await app.press(app.text("send"));
}

async function counts(app, want) {
  await app.advance(0.1);
  for (const [key, value] of Object.entries(want)) {
    const got = await app.value(app.text(key));
    if (got !== String(value)) throw new Error(`${key} is ${got}, not ${value}`);
  }
}

async function guests(app, ...want) {
  await app.advance(0.1);
  const got = await app.frame.locator("#replies strong").allInnerTexts();
  if (got.join() !== want.join()) throw new Error(`there are ${got}, not ${want}`);
}

export const checks = {
  "invites to a sample event, and says so": async (app) => {
    await app.sees("Summer party");
    await app.sees("Saturday, April 11, 2026 at 6:00 PM");
    await app.sees(app.text("sampleNote"));
    await app.sees(app.text("empty"));
  },
  "takes a yes": async (app) => {
    await reply(app, "Ada", "yes", { people: "3", meal: "vegan", message: "Can I bring cake?" });
    await app.sees(app.text("thanksYes", { guest: "Ada" }));
    await app.sees("Can I bring cake?");
    await counts(app, { coming: 3, perhaps: 0, declined: 0 });
    await app.sees(app.text("meals", { list: "3 × Vegan" }));
    await app.sees(app.text("replies", { n: 1 }));
  },
  "takes a no, without asking for a meal": async (app) => {
    await app.fill(app.text("guest"), "Ada");
    await app.press(app.text("no"));
    await app.hides(app.text("people"));
    await app.press(app.text("send"));
    await app.sees(app.text("thanksNo", { guest: "Ada" }));
    await counts(app, { coming: 0, declined: 1 });
    await app.sees(app.text("people"));
  },
  "takes a maybe": async (app) => {
    await reply(app, "Ada", "maybe");
    await app.sees(app.text("thanksMaybe", { guest: "Ada" }));
    await counts(app, { perhaps: 1, coming: 0 });
  },
  "says what is missing": async (app) => {
    await app.press(app.text("send"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("guest"), "Ada");
    await app.press(app.text("send"));
    await app.sees(app.text("noAnswer"));
    await reply(app, "Ada", "yes", { people: "0" });
    await app.sees(app.text("badPeople"));
    await reply(app, "Ada", "yes", { people: "1" });
    await app.hides(app.text("badPeople"));
    await guests(app, "Ada");
  },
  "lets people change their minds": async (app) => {
    await reply(app, "Ada", "yes", { people: "2" });
    await reply(app, "Grace", "yes");
    await reply(app, "ada", "no");
    await guests(app, "ada", "Grace");
    await counts(app, { coming: 1, declined: 1 });
  },
  "fills the form with a reply": async (app) => {
    await reply(app, "Ada", "yes", { people: "2", meal: "vegan" });
    await app.press(app.text("editItem", { item: "Ada" }));
    if (await app.value(app.text("people")) !== "2" || await app.value(app.text("yes")) !== true) throw new Error("it is not filled");
    await app.fill(app.text("people"), "4");
    await app.press(app.text("send"));
    await counts(app, { coming: 4 });
  },
  "deletes a reply, and takes that back": async (app) => {
    await reply(app, "Ada", "yes");
    await reply(app, "Grace", "no");
    await app.press(app.text("deleteItem", { item: "Ada" }));
    await guests(app, "Grace");
    await app.press(app.text("undo"));
    await guests(app, "Grace", "Ada");
    await counts(app, { coming: 1 });
  },
  "changes the event": async (app) => {
    await app.press(app.text("editEvent"));
    await app.fill(app.text("eventTitle"), "");
    await app.press(app.text("save"));
    await app.sees(app.text("noEvent"));
    await app.fill(app.text("eventTitle"), "Movie night");
    await app.fill(app.text("date"), "2026-03-20");
    await app.fill(app.text("time"), "20:30");
    await app.press(app.text("save"));
    await app.sees("Movie night");
    await app.sees("Friday, March 20, 2026 at 8:30 PM");
    await app.hides(app.text("sampleNote"));
  },
  "remembers the event and the replies": { needs: ["storage"], run: async (app) => {
    await reply(app, "Ada", "yes", { people: "2" });
    await app.press(app.text("editEvent"));
    await app.fill(app.text("eventTitle"), "Movie night");
    await app.press(app.text("save"));
    await app.reload();
    await app.sees("Movie night");
    await guests(app, "Ada");
    await counts(app, { coming: 2 });
  } },
  "shows who comes": { needs: ["filter"], run: async (app) => {
    await reply(app, "Ada", "yes");
    await reply(app, "Grace", "no");
    await app.press(app.text("declined"));
    await guests(app, "Grace");
    await app.press(app.text("perhaps"));
    await app.sees(app.text("nothing"));
    await reply(app, "Zoe", "yes");
    await guests(app, "Zoe", "Grace", "Ada");
  } },
  "has no filter": { without: ["filter"], run: async (app) => {
    if (await app.count("#filters")) throw new Error("there is one");
  } },
  "finds a guest": { needs: ["search"], run: async (app) => {
    await reply(app, "Ada", "yes");
    await reply(app, "Grace", "no");
    await app.fill(app.text("search"), "ada");
    await guests(app, "Ada");
  } },
  "has no search": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is one");
  } },
  "counts the days": { needs: ["timer"], run: (app) => app.sees(app.text("daysLeft", { n: 28 })) },
  "does not count the days": { without: ["timer"], run: (app) => app.hides(app.text("daysLeft", { n: 28 })) },
  "exports the guest list": { needs: ["export"], run: async (app) => {
    await reply(app, "Ada, and Bob", "yes", { people: "2", meal: "vegan" });
    await app.press(app.text("export"));
    await app.sees('"Ada, and Bob",Coming,2,Vegan,');
  } },
  "shares the invitation": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    const copied = await app.frame.evaluate(() => globalThis.copied);
    if (!copied.startsWith("Summer party\nSaturday, April 11, 2026 at 6:00 PM\n")) throw new Error(`it is ${copied}`);
  } },
};
