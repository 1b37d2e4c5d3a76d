// What a person does with the chat, and sees.

/** The messages that are shown, without who says them and when. */
const messages = (app) => app.frame.locator(".bubble").evaluateAll((all) => all.map((e) => [...e.childNodes].find((node) => node.nodeType === 3).textContent));

async function write(app, text) {
  await app.fill(app.text("message"), text);
  await app.press(app.text("send"));
}

async function startWith(app, name) {
  await app.press(app.text("newChat"));
  await app.fill(app.text("withWhom"), name);
  await app.press(app.text("start"));
}

export const checks = {
  "shows chats, and what was said": async (app) => {
    await app.sees("Ana");
    await app.sees("Ben");
    await app.sees("Then come to the lake at three!");
    if ((await messages(app)).length !== 3) throw new Error(`it has ${await messages(app)}`);
  },
  "sends a message": async (app) => {
    await write(app, "I bring the boat");
    await app.sees("I bring the boat");
    if (await app.value(app.text("message"))) throw new Error("the field is not empty");
    if (await app.frame.locator(".mine .bubble").last().innerText().then((text) => !text.includes("I bring the boat"))) throw new Error("it is not mine");
  },
  "sends by Enter; Shift+Enter begins a line": async (app) => {
    await app.fill(app.text("message"), "one");
    await app.focus(app.text("message"));
    await app.key("Shift+Enter");
    await app.page.keyboard.insertText("two");
    await app.key("Enter");
    if ((await messages(app)).at(-1) !== "one\ntwo") throw new Error(`it has sent ${(await messages(app)).at(-1)}`);
  },
  "sends nothing that is empty": async (app) => {
    await write(app, "   ");
    if ((await messages(app)).length !== 3) throw new Error("it has");
  },
  "shows text as it is": async (app) => {
    await write(app, "<b>1 < 2</b> & more");
    if ((await messages(app)).at(-1) !== "<b>1 < 2</b> & more") throw new Error(`it shows ${(await messages(app)).at(-1)}`);
  },
  "goes to another chat": async (app) => {
    if (await app.count(".badge") !== 1) throw new Error("no message is new");
    await app.press(/^B Ben|^Ben/);
    if ((await messages(app)).at(-1) !== "Yes. In the fridge. Do not ask.") throw new Error(`it shows ${await messages(app)}`);
    if (await app.count(".badge")) throw new Error("it is still new");
  },
  "starts a chat": async (app) => {
    await startWith(app, " ");
    await app.sees(app.text("noName"));
    await app.fill(app.text("withWhom"), "Zoe");
    await app.press(app.text("start"));
    await app.sees(app.text("empty"));
    await write(app, "Nice to meet you");
    await app.sees("Nice to meet you");
  },
  "deletes a message, and takes it back": async (app) => {
    await app.press(app.text("deleteMessage", { text: "I did. It is far too nice to sit inside." }));
    await app.hides("far too nice");
    await app.press(app.text("undo"));
    if (!(await messages(app))[1]?.includes("far too nice")) throw new Error("it is not back in its place");
  },
  "deletes a chat, and takes it back": async (app) => {
    await app.press(app.text("deleteChat"));
    await app.sees(app.text("chatDeleted", { name: "Ana" }));
    if ((await messages(app))[0] !== "Have you found your keys?") throw new Error("the next one is not shown");
    await app.press(app.text("undo"));
    if ((await messages(app)).at(-1) !== "Then come to the lake at three!") throw new Error("it is not back");
  },
  "has no chat when all are deleted": async (app) => {
    for (let i = 0; i < 3; i++) await app.press(app.text("deleteChat"));
    await app.sees(app.text("noChats"));
    await startWith(app, "Zoe");
    await app.sees(app.text("empty"));
  },
  "says that the contacts are samples": (app) => app.sees(app.text("sample")),
  "keeps what was written": { needs: ["storage"], run: async (app) => {
    await write(app, "I bring the boat");
    await app.reload();
    await app.sees("I bring the boat");
  } },
  "answers, after some typing": { without: ["two-player"], run: async (app) => {
    await write(app, "I bring the boat");
    await app.advance(0.7);
    await app.sees(app.text("typing", { name: "Ana" }));
    await app.advance(1.5);
    await app.sees("Sounds good to me.");
    await app.hides(app.text("typing", { name: "Ana" }));
  } },
  "answers what it is told": { without: ["two-player"], run: async (app) => {
    for (const [said, answer] of [["Hello!", "hello"], ["Thank you so much", "welcome"], ["bye", "bye"], ["Where is it?", "question"]]) {
      await write(app, said);
      await app.advance(2);
      if ((await messages(app)).at(-1) !== app.text(answer)) throw new Error(`it answers ${(await messages(app)).at(-1)}`);
    }
  } },
  "counts what is new elsewhere": { without: ["two-player"], run: async (app) => {
    await write(app, "I bring the boat");
    await app.press(/^B Ben|^Ben/);
    await app.advance(2);
    if (await app.count(".badge") !== 1) throw new Error("nothing is new");
    await app.sees("Sounds good to me."); // in the list
    if ((await messages(app)).length !== 2) throw new Error("it is in the wrong chat");
  } },
  "is written by two people": { needs: ["two-player"], run: async (app) => {
    await write(app, "Are you there?");
    await app.press("Ana", { exact: true });
    await write(app, "I am");
    await app.advance(3);
    const mine = await app.frame.locator(".messages > li:not(.note)").evaluateAll((all) => all.slice(-2).map((e) => e.className).join());
    if (mine !== "mine,") throw new Error(`they are ${mine}`);
    if ((await messages(app)).at(-1) !== "I am") throw new Error("somebody else has answered");
  } },
  "says when": { needs: ["timestamps"], run: async (app) => {
    await app.sees(/9:59.AM/);
    await app.sees(/today/i);
    await write(app, "I bring the boat");
    await app.sees(/10:00.AM/);
  } },
  "does not say when": { without: ["timestamps"], run: async (app) => {
    if (await app.count("time, .day")) throw new Error("it does");
  } },
  "finds a message": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "lake");
    if ((await messages(app)).join() !== "Then come to the lake at three!") throw new Error(`it shows ${await messages(app)}`);
    await app.fill(app.text("search"), "tractor");
    await app.sees(app.text("nothingFound"));
    await write(app, "A new one");
    if ((await messages(app)).length !== 4) throw new Error("the new one is not among all");
  } },
  "finds nothing": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is a search");
  } },
  "sounds when an answer comes": { needs: ["sound"], without: ["two-player"], run: async (app) => {
    await app.listen();
    await write(app, "I bring the boat");
    await app.advance(2);
    if (await app.tones() === 0) throw new Error("it is silent");
    await app.press(app.text("sound"));
    const before = await app.tones();
    await write(app, "And you?");
    await app.advance(2);
    if (await app.tones() !== before) throw new Error("it still sounds");
  } },
  "is silent": { without: ["sound"], run: async (app) => {
    if (await app.count("#sound")) throw new Error("it has a sound");
  } },
  "exports the messages": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!/Ana,Then come to the lake at three!$/.test(await app.value(app.text("exportText")))) throw new Error("the last one is missing");
  } },
};
