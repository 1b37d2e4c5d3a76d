// What a person does with the form, and sees.

async function logIn(app, email, password) {
  await app.fill(app.text("email"), email);
  await app.fill(app.text("password"), password);
  await app.press(app.text("logIn"));
}

async function signUp(app, name, email, password) {
  await app.press(app.text("signUp"));
  await app.fill(app.text("name"), name);
  await app.fill(app.text("email"), email);
  await app.fill(app.text("password"), password);
  await app.press(app.text("signUp"));
}

export const checks = {
  "logs in, and out": async (app) => {
    await logIn(app, "ana@example.com", "anything");
    await app.sees(app.text("welcome", { name: "ana" }));
    await app.sees(app.text("loggedIn", { email: "ana@example.com" }));
    await app.press(app.text("logOut"));
    await app.sees(app.text("loggedOut"));
    await app.sees(app.text("welcomeBack"));
    if (await app.value(app.text("password"))) throw new Error("the password is still there");
  },
  "logs in by the keyboard": async (app) => {
    await app.fill(app.text("email"), "ana@example.com");
    await app.fill(app.text("password"), "anything");
    await app.key("Enter");
    await app.sees(app.text("welcome", { name: "ana" }));
  },
  "says what is missing": async (app) => {
    await app.press(app.text("logIn"));
    await app.sees(app.text("noEmail"));
    await app.sees(app.text("noPassword"));
    const focus = await app.frame.evaluate(() => document.activeElement.id);
    if (focus !== "email") throw new Error(`the focus is on ${focus}`);
  },
  "says when an email is none, until it is one": async (app) => {
    await logIn(app, "ana.example", "anything");
    await app.sees(app.text("badEmail"));
    await app.fill(app.text("email"), "ana@example.com");
    await app.hides(app.text("badEmail"));
  },
  "hides the password": async (app) => {
    if (await app.frame.locator("#password").getAttribute("type") !== "password") throw new Error("it can be read");
  },
  "makes an account, and wants its password": async (app) => {
    await signUp(app, "Ana Lima", "Ana@Example.com", "correct horse");
    await app.sees(app.text("welcome", { name: "Ana Lima" }));
    await app.press(app.text("logOut"));
    await logIn(app, "ana@example.com", "wrong horse");
    await app.sees(app.text("wrongPassword"));
    await logIn(app, "ana@example.com", "correct horse");
    await app.sees(app.text("welcome", { name: "Ana Lima" }));
  },
  "says what a new account lacks": async (app) => {
    await signUp(app, "", "ana@example.com", "short");
    await app.sees(app.text("noName"));
    await app.sees(app.text("shortPassword", { n: 8 }));
  },
  "makes no account twice": async (app) => {
    await signUp(app, "Ana", "ana@example.com", "correct horse");
    await app.press(app.text("logOut"));
    await signUp(app, "Ana", "ana@example.com", "another horse");
    await app.sees(app.text("taken"));
  },
  "tells how strong a new password is": async (app) => {
    await app.fill(app.text("password"), "abc");
    await app.hides(app.text("weak"));
    await app.press(app.text("signUp"));
    await app.fill(app.text("password"), "abc");
    await app.sees(app.text("weak"));
    await app.fill(app.text("password"), "sunflower");
    await app.sees(app.text("fair"));
    await app.fill(app.text("password"), "Sunflower-1984");
    await app.sees(app.text("strong"));
  },
  "waits after five wrong passwords": async (app) => {
    await signUp(app, "Ana", "ana@example.com", "correct horse");
    await app.press(app.text("logOut"));
    for (let i = 0; i < 5; i++) {
      await logIn(app, "ana@example.com", `wrong ${i}`);
      await app.sees(app.text("wrongPassword"));
    }
    await logIn(app, "ana@example.com", "correct horse");
    await app.sees(/Too many tries\. Wait [23]\d seconds/);
    await app.advance(31);
    await logIn(app, "ana@example.com", "correct horse");
    await app.sees(app.text("welcome", { name: "Ana" }));
  },
  "sends a link to who has forgotten the password": async (app) => {
    await app.press(app.text("forgot"));
    await app.press(app.text("sendLink"));
    await app.sees(app.text("noEmail"));
    await app.fill(app.text("email"), "ana@example.com");
    await app.press(app.text("sendLink"));
    await app.sees(app.text("linkSent", { email: "ana@example.com" }));
    await app.press(app.text("back"));
    await app.sees(app.text("welcomeBack"));
  },
  "says that Caps Lock is on": async (app) => {
    await app.focus(app.text("password"));
    await app.frame.locator("#password").evaluate((e) => e.dispatchEvent(new KeyboardEvent("keydown", { key: "A", modifierCapsLock: true, bubbles: true })));
    await app.sees(app.text("capsLock"));
    await app.key("a");
    await app.hides(app.text("capsLock"));
  },
  "stores no password": { needs: ["storage"], run: async (app) => {
    await signUp(app, "Ana", "ana@example.com", "correct horse");
    await app.sees(app.text("welcome", { name: "Ana" }));
    const stored = await app.frame.evaluate(() => JSON.stringify({ ...localStorage }));
    if (stored.includes("correct horse")) throw new Error(`it stores ${stored}`);
  } },
  "shows the password": { needs: ["show-password"], run: async (app) => {
    await app.fill(app.text("password"), "anything");
    await app.press(app.text("showPassword"));
    if (await app.frame.locator("#password").getAttribute("type") !== "text") throw new Error("it is still hidden");
    await app.press(app.text("showPassword"));
    if (await app.frame.locator("#password").getAttribute("type") !== "password") throw new Error("it is still shown");
  } },
  "cannot show the password": { without: ["show-password"], run: async (app) => {
    if (await app.count("#show-password")) throw new Error("it can");
  } },
  "remembers who is logged in": { needs: ["remember-me", "storage"], run: async (app) => {
    await app.press(app.text("rememberMe"));
    await logIn(app, "ana@example.com", "anything");
    await app.sees(app.text("welcome", { name: "ana" }));
    await app.reload();
    await app.sees(app.text("welcome", { name: "ana" }));
    await app.press(app.text("logOut"));
    await app.reload();
    await app.sees(app.text("welcomeBack"));
  } },
  "forgets who does not want to be remembered": { needs: ["remember-me", "storage"], run: async (app) => {
    await logIn(app, "ana@example.com", "anything");
    await app.reload();
    await app.sees(app.text("welcomeBack"));
  } },
  "remembers nobody": { without: ["remember-me"], run: async (app) => {
    if (await app.count("#remember")) throw new Error("it offers to");
  } },
  "shakes its head": { needs: ["animations"], run: async (app) => {
    await app.press(app.text("logIn"));
    if (await app.frame.evaluate(() => getComputedStyle(document.querySelector("#form")).animationName) !== "shake") throw new Error("it stands still");
  } },
  "stands still": { without: ["animations"], run: async (app) => {
    await app.press(app.text("logIn"));
    if (await app.frame.evaluate(() => getComputedStyle(document.querySelector("#form")).animationName) !== "none") throw new Error("it moves");
  } },
};
