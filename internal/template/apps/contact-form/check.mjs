// What a person does with a contact form, and sees.

const ANA = { yourName: "Ana", email: "ana@example.com", subject: "Opening hours", message: "Are you open on Sunday?" };

async function write(app, values) {
  for (const [label, value] of Object.entries(values)) await app.fill(app.text(label), value);
}

async function send(app, values = ANA) {
  await write(app, values);
  await app.press(app.text("send"));
}

/** Waits until so many messages are in the list. */
async function hasSent(app, n) {
  await app.advance(0.1);
  const count = await app.count("#sent > li");
  if (count !== n) throw new Error(`${count} messages are in the list, not ${n}`);
}

async function isInvalid(app, label) {
  const invalid = await app.frame.getByLabel(app.text(label), { exact: true }).getAttribute("aria-invalid");
  if (invalid !== "true") throw new Error(`${label} is not marked`);
}

export const checks = {
  "sends a message": async (app) => {
    await app.sees(app.text("none"));
    await send(app);
    await app.sees(app.text("thanks", { name: "Ana" }));
    await hasSent(app, 1);
    await app.sees("Opening hours");
    await app.sees("Are you open on Sunday?");
    await app.hides(app.text("none"));
  },
  "is empty again after sending": async (app) => {
    await send(app);
    for (const label of Object.keys(ANA)) {
      const value = await app.value(app.text(label));
      if (value !== "") throw new Error(`${label} is still ${value}`);
    }
  },
  "says that nothing leaves the browser": (app) => app.sees(app.text("here")),
  "says what each field lacks": async (app) => {
    await app.press(app.text("send"));
    for (const text of ["nameMissing", "emailMissing", "messageMissing"]) await app.sees(app.text(text));
    for (const label of ["yourName", "email", "message"]) await isInvalid(app, label);
    await hasSent(app, 0);
  },
  "goes to the first field that is wrong": async (app) => {
    await send(app, { yourName: "Ana" });
    const focused = await app.frame.evaluate(() => document.activeElement.id);
    if (focused !== "email") throw new Error(`the focus is on ${focused}`);
  },
  "wants an address that is one": async (app) => {
    await send(app, { ...ANA, email: "ana" });
    await app.sees(app.text("emailWrong"));
    await hasSent(app, 0);
    await app.fill(app.text("email"), " ana@example.com ");
    await app.press(app.text("send"));
    await app.hides(app.text("emailWrong"));
    await hasSent(app, 1);
  },
  "takes back a complaint as soon as it is settled": async (app) => {
    await app.press(app.text("send"));
    await app.sees(app.text("nameMissing"));
    await app.fill(app.text("yourName"), "Bo");
    await app.hides(app.text("nameMissing"));
    await app.sees(app.text("messageMissing"));
  },
  "does not take spaces for a message": async (app) => {
    await send(app, { ...ANA, message: "   " });
    await app.sees(app.text("messageMissing"));
    await hasSent(app, 0);
  },
  "needs no subject": async (app) => {
    await send(app, { ...ANA, subject: "" });
    await hasSent(app, 1);
    await app.sees(app.text("noSubject"));
  },
  "sends by Enter": async (app) => {
    await write(app, ANA);
    await app.focus(app.text("email"));
    await app.key("Enter");
    await hasSent(app, 1);
  },
  "shows the latest message first, with its time": async (app) => {
    await send(app);
    await send(app, { ...ANA, yourName: "Bo", subject: "Parking" });
    await hasSent(app, 2);
    const first = await app.frame.locator("#sent > li").first().textContent();
    if (!first.includes("Parking") || !first.includes("2026")) throw new Error(`the first is ${first}`);
  },
  "deletes a message, and brings it back": async (app) => {
    await send(app);
    await app.press(app.text("deleteMessage", { name: "Ana" }));
    await hasSent(app, 0);
    await app.press(app.text("undo"));
    await hasSent(app, 1);
  },
  "writes what is typed as text": async (app) => {
    await send(app, { ...ANA, message: "<b>bold</b>" });
    await app.sees("<b>bold</b>");
  },
  "keeps the messages": { needs: ["storage"], run: async (app) => {
    await send(app);
    await app.reload();
    await app.sees("Are you open on Sunday?");
  } },
  "keeps what is not sent yet": { needs: ["storage"], run: async (app) => {
    await write(app, ANA);
    await app.reload();
    const value = await app.value(app.text("message"));
    if (value !== ANA.message) throw new Error(`the message is ${value}`);
  } },
  "shows what would be sent": { needs: ["preview"], run: async (app) => {
    await app.sees(app.text("previewEmpty"));
    await write(app, ANA);
    await app.hides(app.text("previewEmpty"));
    const preview = await app.frame.locator("#preview").textContent();
    for (const part of Object.values(ANA)) if (!preview.includes(part)) throw new Error(`the preview is ${preview}`);
  } },
  "has no preview": { without: ["preview"], run: (app) => app.hides(app.text("preview")) },
  "counts the characters that are left": { needs: ["counter"], run: async (app) => {
    await app.sees(app.text("left", { n: 1000 }));
    await app.fill(app.text("message"), "Hello");
    await app.sees(app.text("left", { n: 995 }));
  } },
  "counts no characters": { without: ["counter"], run: (app) => app.hides(app.text("left", { n: 1000 })) },
  "sends a category": { needs: ["categories"], run: async (app) => {
    await app.choose(app.text("category"), app.text("feedback"));
    await send(app);
    const category = await app.frame.locator("#sent .chip").textContent();
    if (category !== app.text("feedback")) throw new Error(`the category is ${category}`);
  } },
  "copies a message": { needs: ["copy"], run: async (app) => {
    await send(app);
    await app.frame.evaluate(() => addEventListener("copy", (event) => (document.title = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("copyMessage", { name: "Ana" }));
    await app.sees(app.text("copied"));
    const copied = await app.frame.evaluate(() => document.title);
    if (!copied.includes("Are you open on Sunday?")) throw new Error(`${copied} was copied`);
  } },
  "finds a message": { needs: ["search"], run: async (app) => {
    await send(app);
    await send(app, { ...ANA, subject: "Parking", message: "Where can I park?" });
    await app.fill(app.text("search"), "PARK");
    await hasSent(app, 1);
    await app.fill(app.text("search"), "zebra");
    await app.sees(app.text("notFound"));
  } },
  "exports what was sent": { needs: ["export"], run: async (app) => {
    await send(app);
    await hasSent(app, 1);
    await app.press(app.text("export"));
    await app.sees("Ana,ana@example.com,Opening hours,Are you open on Sunday?");
  } },
};
