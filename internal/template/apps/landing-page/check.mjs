// What a person does with a landing page, and sees.

/** Whether a section is at the top of what is seen. */
const isShown = (app, id) => app.frame.evaluate((id) => document.getElementById(id).getBoundingClientRect().top < innerHeight / 2, id);

async function join(app, address) {
  await app.fill(app.text("email"), address);
  await app.frame.locator("#join-form button").click();
  await app.advance(0.1);
}

export const checks = {
  "says what it is about": async (app) => {
    await app.sees(app.text("sampleBrand"));
    await app.sees("Made with care. Made for you.");
  },
  "gives three reasons": async (app) => {
    if ((await app.count("#cards .card")) !== 3) throw new Error("there are not three cards");
    await app.sees("People who answer");
  },
  "shows how it works, in three steps": async (app) => {
    for (const step of ["step1", "step2", "step3"]) await app.sees(app.text(step));
  },
  "goes to a section": async (app) => {
    await app.press(app.text("questions"));
    await app.frame.waitForFunction(() => document.querySelector("#questions").getBoundingClientRect().top < innerHeight / 2);
    if (!(await isShown(app, "questions"))) throw new Error("the questions are not shown");
  },
  "says that the quote is a sample": (app) => app.sees(app.text("sampleQuote")),
  "answers questions": async (app) => {
    await app.hides(app.text("answer2"));
    await app.press(app.text("question2"));
    await app.sees(app.text("answer2"));
  },
  "takes an address": async (app) => {
    await join(app, "  ana@example.com ");
    await app.sees(app.text("joined", { email: "ana@example.com" }));
  },
  "says what is wrong with an address": async (app) => {
    await join(app, "ana");
    await app.sees(app.text("emailWrong"));
    await join(app, "");
    await app.sees(app.text("emailWrong"));
    await join(app, "ana@example.com");
    await app.hides(app.text("emailWrong"));
  },
  "takes an address by Enter": async (app) => {
    await app.fill(app.text("email"), "bo@example.com");
    await app.focus(app.text("email"));
    await app.key("Enter");
    await app.sees(app.text("joined", { email: "bo@example.com" }));
  },
  "lets people leave": async (app) => {
    await join(app, "ana@example.com");
    await app.press(app.text("leave"));
    await app.hides("ana@example.com");
    await join(app, "bo@example.com");
    await app.sees(app.text("joined", { email: "bo@example.com" }));
  },
  "remembers who has joined": {
    needs: ["storage"],
    run: async (app) => {
      await join(app, "ana@example.com");
      await app.reload();
      await app.sees(app.text("joined", { email: "ana@example.com" }));
    },
  },
  "takes a message": {
    needs: ["contact-form"],
    run: async (app) => {
      await app.press(app.text("send"));
      await app.sees(app.text("fillAll"));
      await app.fill(app.text("yourName"), "Bo");
      await app.fill(app.text("yourEmail"), "bo@example.com");
      await app.fill(app.text("message"), "Hello!");
      await app.press(app.text("send"));
      await app.sees(app.text("sent", { name: "Bo" }));
    },
  },
  "has no form for messages": { without: ["contact-form"], run: (app) => app.hides(app.text("message")) },
  "copies what to tell others": {
    needs: ["share"],
    run: async (app) => {
      await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
      await app.press(app.text("share"));
      await app.sees(app.text("shared"));
      const copied = await app.frame.evaluate(() => globalThis.copied);
      if (copied !== app.text("shareText", { name: app.text("sampleBrand") })) throw new Error(`it copied ${copied}`);
    },
  },
  "shows each part once it is scrolled to": {
    needs: ["animations"],
    run: async (app) => {
      const unseen = () => app.frame.locator(".appears:not(.seen)").count();
      const before = await unseen();
      await app.press(app.text("questions"));
      await app.frame.waitForFunction(() => document.querySelector("#questions").classList.contains("seen"));
      if (!(before > (await unseen()))) throw new Error("nothing appears");
    },
  },
};
