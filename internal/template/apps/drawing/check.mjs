// What a person does on the drawing board, and sees.

/** The color at a place of the canvas, in parts of its width and height: red, green, blue and alpha. */
const pixel = (app, x, y) => app.frame.evaluate(([x, y]) => {
  const canvas = document.querySelector("#canvas");
  return [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data].join();
}, [x, y]);

async function isColor(app, x, y, want) {
  const got = await pixel(app, x, y);
  if (got !== want) throw new Error(`at ${x}, ${y} it is ${got}, not ${want}`);
}

const NOTHING = "0,0,0,0";
const BLACK = "31,35,40,255";
const RED = "224,49,49,255";
const BLUE = "28,126,214,255";

/** Draws with the mouse through places of the canvas. */
async function draw(app, ...places) {
  const { x, y, width, height } = await app.frame.locator("#canvas").boundingBox();
  const { mouse } = app.page;
  for (const [i, [partX, partY]] of places.entries()) {
    await mouse.move(x + partX * width, y + partY * height, { steps: 4 });
    if (i === 0) await mouse.down();
  }
  await mouse.up();
  await app.advance(0.1);
}

const across = [[0.2, 0.5], [0.8, 0.5]];

export const checks = {
  "invites to draw, and draws": async (app) => {
    await app.sees(app.text("invite"));
    await isColor(app, 0.5, 0.5, NOTHING);
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, BLACK);
    await isColor(app, 0.5, 0.7, NOTHING);
    await app.hides(app.text("invite"));
    await app.sees(app.text("strokes", { n: 1 }));
  },
  "makes a dot of a click": async (app) => {
    await draw(app, [0.3, 0.3]);
    await isColor(app, 0.3, 0.3, BLACK);
  },
  "draws in a color": async (app) => {
    await app.press(app.text("red"));
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, RED);
    await app.frame.locator("input[type=color]").fill("#00aaff");
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, "0,170,255,255");
  },
  "draws thin and thick": async (app) => {
    await app.fill(app.text("size"), 2);
    await draw(app, ...across);
    await isColor(app, 0.5, 0.53, NOTHING);
    await app.fill(app.text("size"), 80);
    await draw(app, ...across);
    await isColor(app, 0.5, 0.53, BLACK);
  },
  "draws lines, rectangles and ellipses": async (app) => {
    await app.press(app.text("line"));
    await draw(app, [0.1, 0.1], [0.5, 0.9], [0.9, 0.1]); // only the ends count
    await isColor(app, 0.5, 0.1, BLACK);
    await app.press(app.text("rectangle"));
    await draw(app, [0.2, 0.3], [0.8, 0.8]);
    await isColor(app, 0.5, 0.3, BLACK);
    await isColor(app, 0.2, 0.6, BLACK);
    await isColor(app, 0.5, 0.5, NOTHING);
    await app.press(app.text("ellipse"));
    await draw(app, [0.4, 0.4], [0.6, 0.6]);
    await isColor(app, 0.4, 0.5, BLACK);
    await isColor(app, 0.41, 0.41, NOTHING);
    await app.sees(app.text("strokes", { n: 3 }));
  },
  "fills an area": async (app) => {
    await app.press(app.text("rectangle"));
    await draw(app, [0.2, 0.2], [0.8, 0.8]);
    await app.press(app.text("fill"));
    await app.press(app.text("blue"));
    await draw(app, [0.5, 0.5]);
    await isColor(app, 0.3, 0.7, BLUE);
    await isColor(app, 0.2, 0.5, BLACK);
    await isColor(app, 0.1, 0.1, NOTHING);
    await app.press(app.text("undo"));
    await isColor(app, 0.3, 0.7, NOTHING);
  },
  "erases": async (app) => {
    await draw(app, ...across);
    await app.press(app.text("eraser"));
    await draw(app, [0.5, 0.3], [0.5, 0.7]);
    await isColor(app, 0.5, 0.5, NOTHING);
    await isColor(app, 0.3, 0.5, BLACK);
    await app.press(app.text("blue")); // who chooses a color wants to draw
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, BLUE);
  },
  "undoes and redoes": async (app) => {
    await draw(app, ...across);
    await app.press(app.text("red"));
    await draw(app, ...across);
    await app.press(app.text("undo"));
    await isColor(app, 0.5, 0.5, BLACK);
    await app.key("Control+z");
    await app.sees(app.text("invite"));
    await app.press(app.text("redo"));
    await isColor(app, 0.5, 0.5, BLACK);
    await app.key("Control+y");
    await isColor(app, 0.5, 0.5, RED);
    await app.press(app.text("undo"));
    await draw(app, [0.1, 0.1]);
    if (!await app.frame.locator("#redo").isDisabled()) throw new Error("what was undone before something else can be redone");
  },
  "clears all, and takes it back": async (app) => {
    await draw(app, ...across);
    for (const name of ["undo", "undo"]) {
      await app.press(app.text("clear"));
      await app.sees(app.text("invite"));
      await isColor(app, 0.5, 0.5, NOTHING);
      await app.press(app.text(name));
      await isColor(app, 0.5, 0.5, BLACK);
    }
    await app.press(app.text("clear"));
    await app.frame.locator("#toasts button").click();
    await isColor(app, 0.5, 0.5, BLACK);
  },
  "draws by the keyboard": async (app) => {
    await app.frame.locator("#canvas").focus();
    await app.key("Shift+ArrowLeft");
    await isColor(app, 0.5, 0.5, NOTHING);
    await app.key("Space");
    for (let i = 0; i < 3; i++) await app.key("Shift+ArrowRight");
    await app.key("Space");
    await app.key("Shift+ArrowRight");
    await isColor(app, 0.5, 0.5, BLACK);
    await isColor(app, 0.64, 0.5, NOTHING);
    await app.sees(app.text("strokes", { n: 1 }));
  },
  "makes a picture of it": async (app) => {
    await draw(app, ...across);
    await app.press(app.text("savePicture"));
    await app.sees(app.text("yourDrawing"));
    const { width, corner } = await app.frame.evaluate(async () => {
      const image = document.querySelector("#image");
      await image.decode();
      const pen = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
      pen.drawImage(image, 0, 0);
      return { width: image.naturalWidth, corner: [...pen.getImageData(0, 0, 1, 1).data].join() };
    });
    if (width !== 1200 || corner !== "255,255,255,255") throw new Error(`it is ${width} px wide, and its corner ${corner}`);
    await app.press(app.text("close"));
    await app.hides(app.text("saveHelp"));
  },
  "keeps the drawing": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("red"));
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, RED);
    await app.reload();
    await app.sees(app.text("strokes", { n: 1 }));
    await isColor(app, 0.5, 0.5, RED);
  } },
  "takes tools by keys": { needs: ["shortcuts"], run: async (app) => {
    await app.key("l");
    await app.key("]");
    await app.key("]");
    if (await app.value(app.text("size")) !== "16") throw new Error(`the size is ${await app.value(app.text("size"))}`);
    await draw(app, [0.1, 0.1], [0.5, 0.9], [0.9, 0.1]);
    await isColor(app, 0.5, 0.1, BLACK);
  } },
  "takes no tool by a key": { without: ["shortcuts"], run: async (app) => {
    await app.key("e");
    await draw(app, ...across);
    await isColor(app, 0.5, 0.5, BLACK);
  } },
  "exports strokes, and draws them again": { needs: ["export", "import"], run: async (app) => {
    await draw(app, ...across);
    await app.press(app.text("export"));
    await app.press("JSON");
    const text = await app.value(app.text("exportText"));
    await app.press(app.text("close"));
    await app.press(app.text("clear"));
    await app.advance(9); // until the offer to take that back has gone, which lies over the buttons
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), text);
    await app.press(app.text("importData"));
    await isColor(app, 0.5, 0.5, BLACK);
  } },
  "imports strokes, and no others": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "line,red,8,0 0; 1199 799");
    await app.press(app.text("importData"));
    await app.sees(app.text("badStroke"));
    await app.fill(app.text("importText"), "line,#e03131,8,0 0; 1199 799");
    await app.press(app.text("importData"));
    await isColor(app, 0.5, 0.5, RED);
    await app.frame.locator("#toasts button").click();
    await isColor(app, 0.5, 0.5, NOTHING);
  } },
};
