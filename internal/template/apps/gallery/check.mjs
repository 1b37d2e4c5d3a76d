// What a person does in the gallery, and sees.

const titles = (app) => app.frame.locator("#pictures h2").allInnerTexts();

async function isList(app, want) {
  await app.advance(0.05);
  const got = (await titles(app)).join();
  if (got !== want) throw new Error(`it shows ${got}`);
}

/** A red picture of one pixel. */
const red = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==", "base64");
const photo = (name = "Holiday.png") => ({ name, mimeType: "image/png", buffer: red });

async function addPhoto(app) {
  await app.frame.locator("#files").setInputFiles(photo());
  await app.sees(app.text("added", { n: 1 }));
}

export const checks = {
  "shows nine pictures, each another one": async (app) => {
    await app.sees(app.text("pictures", { n: 9 }));
    await app.sees("Blue bay");
    const pictures = await app.frame.locator("#pictures img").evaluateAll((all) => all.map((e) => e.src));
    if (new Set(pictures).size !== 9) throw new Error("two look the same");
  },
  "describes each picture": async (app) => {
    const texts = await app.frame.locator("#pictures img").evaluateAll((all) => all.map((e) => e.alt));
    if (texts[0] !== "First light" || texts.some((text) => !text)) throw new Error(`they are ${texts}`);
  },
  "says that they are samples": async (app) => {
    await app.sees(app.text("sample"));
  },
  "draws what can be seen": async (app) => {
    const colors = await app.frame.evaluate(async () => {
      const image = document.querySelector("#pictures img");
      await image.decode();
      const pen = new OffscreenCanvas(80, 60).getContext("2d");
      pen.drawImage(image, 0, 0, 80, 60);
      return [2, 56].map((y) => [...pen.getImageData(40, y, 1, 1).data].join());
    });
    if (colors[0] === colors[1] || colors[1] !== "91,74,114,255") throw new Error(`top and bottom are ${colors.join(" and ")}`);
  },
  "takes pictures of the device, the newest first": async (app) => {
    await addPhoto(app);
    await app.sees(app.text("pictures", { n: 10 }));
    if ((await titles(app))[0] !== "Holiday") throw new Error(`the first is ${(await titles(app))[0]}`);
    await app.sees(app.text("ownAlbum"));
  },
  "says what is no picture": async (app) => {
    await app.frame.locator("#files").setInputFiles([{ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear Ana") }, photo()]);
    await app.sees(app.text("notPicture", { name: "letter.txt" }));
    await app.sees("Holiday");
  },
  "deletes a picture, and takes it back": async (app) => {
    await app.press(app.text("deleteOne", { title: "Blue bay" }));
    await app.sees(app.text("deleted", { title: "Blue bay" }));
    await app.sees(app.text("pictures", { n: 8 }));
    await app.press(app.text("undo"));
    await app.sees(app.text("pictures", { n: 9 }));
    if ((await titles(app))[1] !== "Blue bay") throw new Error("it is not in its place");
  },
  "says when nothing is left": async (app) => {
    for (const title of await titles(app)) await app.press(app.text("deleteOne", { title }));
    await app.sees(app.text("nothing"));
    await app.press(app.text("undo"));
    await app.hides(app.text("nothing"));
  },
  "edits title and album": async (app) => {
    await app.press(app.text("editOne", { title: "Blue bay" }));
    await app.fill(app.text("title"), " ");
    await app.press(app.text("save"));
    await app.sees(app.text("noTitle"));
    await app.fill(app.text("title"), "Our bay");
    await app.fill(app.text("album"), "Summer");
    await app.press(app.text("save"));
    await app.sees("Our bay");
    await app.sees("Summer");
    await app.hides("Blue bay");
  },
  "leaves a picture as it is": async (app) => {
    await app.press(app.text("editOne", { title: "Blue bay" }));
    await app.fill(app.text("title"), "Our bay");
    await app.press(app.text("cancel"));
    await app.hides("Our bay");
    await app.sees("Blue bay");
  },
  "keeps pictures": { needs: ["storage"], run: async (app) => {
    await addPhoto(app);
    await app.press(app.text("deleteOne", { title: "Blue bay" }));
    await app.reload();
    await app.sees("Holiday");
    await app.hides("Blue bay");
  } },
  "opens a picture, and turns": { needs: ["lightbox"], run: async (app) => {
    await app.press(app.text("openOne", { title: "Blue bay" }));
    await app.sees(app.text("placeOf", { at: 2, all: 9 }));
    await app.press(app.text("next"));
    await app.sees(app.text("placeOf", { at: 3, all: 9 }));
    await app.press(app.text("previous"));
    await app.press(app.text("previous"));
    await app.press(app.text("previous"));
    await app.sees(app.text("placeOf", { at: 9, all: 9 }));
    await app.press(app.text("next"));
    await app.sees(app.text("placeOf", { at: 1, all: 9 }));
    await app.press(app.text("close"));
    await app.hides(app.text("placeOf", { at: 1, all: 9 }));
  } },
  "turns by keys and by a swipe": { needs: ["lightbox"], run: async (app) => {
    await app.focus(app.text("openOne", { title: "Blue bay" }));
    await app.key("Enter");
    await app.key("ArrowRight");
    await app.sees(app.text("placeOf", { at: 3, all: 9 }));
    await app.key("ArrowLeft");
    await app.sees(app.text("placeOf", { at: 2, all: 9 }));
    const { x, y, width, height } = await app.frame.locator("#viewed").boundingBox();
    await app.page.mouse.move(x + width * 0.6, y + height * 0.7);
    await app.page.mouse.down();
    await app.page.mouse.move(x + width * 0.3, y + height * 0.7);
    await app.page.mouse.up();
    await app.sees(app.text("placeOf", { at: 3, all: 9 }));
    await app.key("Escape");
    await app.hides(app.text("placeOf", { at: 3, all: 9 }));
  } },
  "has a slideshow": { needs: ["lightbox"], run: async (app) => {
    await app.press(app.text("openOne", { title: "First light" }));
    await app.press(app.text("slideshow"));
    await app.advance(4.1);
    await app.sees(app.text("placeOf", { at: 2, all: 9 }));
    await app.advance(4);
    await app.sees(app.text("placeOf", { at: 3, all: 9 }));
    await app.press(app.text("slideshow"));
    await app.advance(9);
    await app.sees(app.text("placeOf", { at: 3, all: 9 }));
  } },
  "opens nothing": { without: ["lightbox"], run: async (app) => {
    if (await app.count("#pictures .open") || await app.frame.locator("#viewer").count()) throw new Error("pictures can be opened");
  } },
  "shows an album": { needs: ["filter"], run: async (app) => {
    await app.press("Sea");
    await isList(app, "Blue bay,Evening tide,Turquoise lagoon");
    await app.sees(app.text("pictures", { n: 3 }));
    await app.press(app.text("all"));
    await app.sees(app.text("pictures", { n: 9 }));
  } },
  "turns within an album": { needs: ["filter", "lightbox"], run: async (app) => {
    await app.press("Sea");
    await app.press(app.text("openOne", { title: "Blue bay" }));
    await app.press(app.text("next"));
    await app.sees("Evening tide");
    await app.sees(app.text("placeOf", { at: 2, all: 3 }));
  } },
  "shows all albums": { without: ["filter"], run: async (app) => {
    if (await app.count("#albums")) throw new Error("there is a choice");
  } },
  "finds pictures": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "LIGHT");
    await isList(app, "First light");
    await app.fill(app.text("search"), "sea tide");
    await isList(app, "Evening tide");
    await app.fill(app.text("search"), "xyz");
    await app.sees(app.text("nothing"));
  } },
  "finds nothing": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is a search");
  } },
  "sorts by title": { needs: ["sort"], run: async (app) => {
    await app.choose(app.text("sortBy"), app.text("byTitle"));
    await isList(app, "Blue bay,Evening tide,First light,High pass,Lavender rows,Olive hills,Poppy field,Silent peaks,Turquoise lagoon");
    await app.choose(app.text("sortBy"), app.text("newest"));
    if ((await titles(app))[0] !== "First light") throw new Error("the order is another one");
  } },
  "does not sort": { without: ["sort"], run: async (app) => {
    if (await app.count("#sort")) throw new Error("there is a choice");
  } },
};
