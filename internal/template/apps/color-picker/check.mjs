// What a person does with the color picker, and sees.

const code = async (app, text) => {
  await app.fill(app.text("code"), text);
  await app.key("Tab");
};

/** The palette's codes. */
const palette = (app) => app.frame.locator("#palette button").allInnerTexts();

async function isPalette(app, harmony, want) {
  await app.choose(app.text("harmony"), app.text(harmony));
  const got = (await palette(app)).join();
  if (got !== want) throw new Error(`${harmony}: ${got}`);
}

/** Moves a slider, as a finger does. */
const slide = (app, label, value) => app.fill(app.text(label), value);

export const checks = {
  "writes a color in all codes": async (app) => {
    await code(app, "#3366ff");
    await app.sees("rgb(51, 102, 255)");
    await app.sees("hsl(225, 100%, 60%)");
    if (await app.value(app.text("green")) !== "102") throw new Error(`green is ${await app.value(app.text("green"))}`);
  },
  "mixes red, green and blue": async (app) => {
    await slide(app, "red", 255);
    await slide(app, "green", 165);
    await slide(app, "blue", 0);
    await app.sees("#ffa500");
    await app.sees("hsl(39, 100%, 50%)");
  },
  "reads rgb, hsl, names and short codes": async (app) => {
    for (const [text, hex] of [["rgb(255, 99, 71)", "#ff6347"], ["hsl(120, 100%, 25%)", "#008000"], ["tomato", "#ff6347"], ["0af", "#00aaff"], [" #ABCDEF ", "#abcdef"]]) {
      await code(app, text);
      if (await app.value(app.text("code")) !== hex) throw new Error(`${text} is ${await app.value(app.text("code"))}`);
    }
  },
  "says what is no color, and keeps the last one": async (app) => {
    await code(app, "#3366ff");
    for (const wrong of ["#12345", "blurple", "var(--ink)", "currentcolor", "inherit", "transparent", ""]) {
      await code(app, wrong);
      await app.sees(app.text("badCode"));
      await app.sees("rgb(51, 102, 255)");
    }
    await code(app, "#000");
    await app.hides(app.text("badCode"));
  },
  "keeps the hue of black": async (app) => {
    await code(app, "#3366ff");
    await slide(app, "red", 0);
    await slide(app, "green", 0);
    await slide(app, "blue", 0);
    await app.sees("#000000");
    if (await app.value(app.text("hue")) === "0") throw new Error("the hue is lost");
  },
  "picks from the area": async (app) => {
    await code(app, "#ff0000");
    await app.drag(app.text("area"), app.text("area"));
    await app.sees(/rgb\(12[678], 6[345], 6[345]\)/);
    await app.drag(app.text("area"), app.text("hue")); // below the area
    await app.sees("rgb(0, 0, 0)");
    await app.focus(app.text("area"));
    const before = await app.value(app.text("code"));
    await app.key("Shift+ArrowUp");
    await app.key("ArrowRight");
    if (await app.value(app.text("code")) === before) throw new Error("the arrow keys do nothing");
  },
  "turns the hue": async (app) => {
    await code(app, "#ff0000");
    await slide(app, "hue", 120);
    await app.sees("#00ff00");
  },
  "takes a color of the browser's own picker": async (app) => {
    await app.frame.locator("input[type=color]").fill("#ff6347");
    await app.sees("rgb(255, 99, 71)");
  },
  "copies a code": async (app) => {
    await code(app, "#3366ff");
    await app.press(app.text("copyOne", { code: "HSL" }));
    await app.sees(app.text("copiedOne", { code: "hsl(225, 100%, 60%)" }));
    await app.press(app.text("copyOne", { code: "HEX" }));
    await app.sees(app.text("copiedOne", { code: "#3366ff" }));
  },
  "says whether a text of the color can be read": async (app) => {
    await code(app, "#ffffff");
    await app.sees(`${app.text("onWhite")}: ${app.text("bad")}`);
    await app.sees(`${app.text("onBlack")}: ${app.text("good")}`);
    await app.sees("21");
    await code(app, "#808080");
    await app.sees(`${app.text("onWhite")}: ${app.text("large")}`);
  },
  "finds colors that go together": async (app) => {
    await code(app, "#ff0000");
    await isPalette(app, "analogous", "#ff00ff,#ff0080,#ff0000,#ff8000,#ffff00");
    await isPalette(app, "complementary", "#ff0000,#9e0000,#ff9999,#00ffff,#009e9e");
    await isPalette(app, "triadic", "#ff0000,#9e0000,#00ff00,#0000ff,#00009e");
    await isPalette(app, "square", "#ff0000,#9e0000,#80ff00,#00ffff,#8000ff");
  },
  "makes shades from light to dark": async (app) => {
    await code(app, "#ff0000");
    await app.choose(app.text("harmony"), app.text("shades"));
    const [light, ...rest] = await palette(app);
    if (light !== "#ffcccc" || rest.at(-1) !== "#590000") throw new Error(`the shades are ${[light, ...rest]}`);
  },
  "copies a palette, and a color of it": async (app) => {
    await code(app, "#ff0000");
    await app.press(app.text("copyOne", { code: "#ff8000" }));
    await app.sees(app.text("copiedOne", { code: "#ff8000" }));
    await app.press(app.text("copyPalette"));
    await app.sees(app.text("copied"));
  },
  "saves colors, picks them again, deletes them and takes that back": async (app) => {
    await app.sees(app.text("noneSaved"));
    await code(app, "#ff6347");
    await app.press(app.text("saveColor"));
    await app.hides(app.text("noneSaved"));
    await app.press(app.text("saveColor"));
    await app.sees(app.text("known", { code: "#ff6347" }));
    await code(app, "#000000");
    await app.press(app.text("use", { code: "#ff6347" }));
    await app.sees("rgb(255, 99, 71)");
    await app.press(app.text("deleteOne", { code: "#ff6347" }));
    await app.sees(app.text("noneSaved"));
    await app.press(app.text("undo"));
    if (await app.count("#saved li") !== 1) throw new Error("it is not back");
  },
  "saves a palette": async (app) => {
    await code(app, "#ff0000");
    await app.press(app.text("savePalette"));
    await app.press(app.text("savePalette"));
    if (await app.count("#saved li") !== 5) throw new Error(`there are ${await app.count("#saved li")}`);
  },
  "remembers what is saved": { needs: ["storage"], run: async (app) => {
    await code(app, "#ff6347");
    await app.press(app.text("saveColor"));
    await app.reload();
    await app.press(app.text("use", { code: "#ff6347" }));
    await app.sees("rgb(255, 99, 71)");
  } },
  "picks at random": { needs: ["shuffle"], run: async (app) => {
    const seen = new Set([await app.value(app.text("code"))]);
    for (let i = 0; i < 3; i++) {
      await app.press(app.text("random"));
      seen.add(await app.value(app.text("code")));
    }
    if (seen.size !== 4) throw new Error(`it picks ${[...seen]}`);
  } },
  "leaves nothing to chance": { without: ["shuffle"], run: async (app) => {
    if (await app.count("#random")) throw new Error("there is a button");
  } },
  "has recent colors": { needs: ["history"], run: async (app) => {
    await code(app, "#ff6347");
    await code(app, "#00aaff");
    await code(app, "#ff6347");
    const codes = await app.frame.locator("#recent li").allInnerTexts();
    if (codes.map((code) => code.trim()).join() !== "#ff6347,#00aaff") throw new Error(`they are ${codes}`);
    await app.press(app.text("use", { code: "#00aaff" }));
    await app.sees("rgb(0, 170, 255)");
  } },
  "has no recent colors": { without: ["history"], run: async (app) => {
    if (await app.count("#recent")) throw new Error("there are some");
  } },
  "exports what is saved": { needs: ["export"], run: async (app) => {
    await code(app, "#3366ff");
    await app.press(app.text("saveColor"));
    await app.press(app.text("export"));
    await app.sees('#3366ff,"rgb(51, 102, 255)","hsl(225, 100%, 60%)"');
  } },
};
