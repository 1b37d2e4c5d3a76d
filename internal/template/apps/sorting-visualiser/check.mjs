// What a person does with the sorting visualizer, and sees.

/** The numbers under the bars. */
const numbers = async (app) => (await app.frame.locator("#bars").getAttribute("aria-label")).match(/\d+(\.\d+)?/g).map(Number);

async function use(app, text) {
  await app.fill(app.text("own"), text);
  await app.press(app.text("use"));
}

async function isList(app, want) {
  await app.advance(0.05);
  const got = (await numbers(app)).join();
  if (got !== want) throw new Error(`the bars are ${got}, not ${want}`);
}

/** Sorts until it is done, at full speed. */
async function sort(app) {
  await app.fill(app.text("speed"), 100);
  await app.press(app.text("start"));
  await app.advance(10);
  await app.sees(app.text("sorted"));
}

const isSorted = (list) => list.every((n, i) => i === 0 || list[i - 1] <= n);

/** A row of the table: comparisons and moves. */
async function row(app, key) {
  const cells = app.frame.locator("tbody tr").filter({ hasText: app.text(key) }).locator("td");
  return (await cells.allInnerTexts()).slice(0, 2).join();
}

export const checks = {
  "sorts": async (app) => {
    await app.sees(app.text("ready"));
    const before = await numbers(app);
    if (before.length !== 20 || isSorted(before)) throw new Error(`it begins with ${before}`);
    await sort(app);
    const after = await numbers(app);
    if (after.join() !== before.sort((a, b) => a - b).join()) throw new Error(`it ends with ${after}`);
  },
  "has bars as high as the numbers": async (app) => {
    await use(app, "100 50 99 10");
    await app.advance(0.05);
    const heights = await app.frame.locator("#bars i").evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().height));
    const parts = heights.map((height) => Math.round((100 * height) / heights[0]));
    if (parts.join() !== "100,50,99,10") throw new Error(`they are ${parts}`);
  },
  "sorts with each algorithm": async (app) => {
    for (const key of ["bubble", "selection", "insertion", "merge", "quick", "heap"]) {
      await app.choose(app.text("algorithm"), app.text(key));
      await app.sees(app.text(`${key}How`));
      await use(app, "31 4 159 26 5 35 8 97 9 32 3 8 4 0");
      await sort(app);
      await isList(app, "0,3,4,4,5,8,8,9,26,31,32,35,97,159");
    }
  },
  "goes step by step": async (app) => {
    await use(app, "3, 1, 2");
    await app.press(app.text("step"));
    if (await app.count("#bars .compared") !== 2) throw new Error("it does not show what is compared");
    await isList(app, "3,1,2");
    await app.press(app.text("step"));
    await isList(app, "1,3,2");
    if (await app.count("#bars .moved") !== 2) throw new Error("it does not show what is moved");
    for (let i = 0; i < 3; i++) await app.press(app.text("step"));
    await isList(app, "1,2,3");
    await app.press(app.text("step"));
    await app.sees(app.text("sorted"));
  },
  "counts comparisons and moves": async (app) => {
    await use(app, "3 2 1");
    await sort(app);
    const counts = `${await app.value(app.text("comparisons"))}, ${await app.value(app.text("moves"))}`;
    if (counts !== "3, 3") throw new Error(`they are ${counts}`);
  },
  "pauses and goes on": async (app) => {
    await app.fill(app.text("speed"), 1);
    await app.press(app.text("start"));
    await app.advance(3.2);
    await app.press(app.text("pause"));
    await app.sees(app.text("paused"));
    const done = Number(await app.value(app.text("comparisons"))) + Number(await app.value(app.text("moves")));
    if (done < 5 || done > 7) throw new Error(`after 3 seconds there are ${done} steps`);
    await app.advance(5);
    const later = Number(await app.value(app.text("comparisons"))) + Number(await app.value(app.text("moves")));
    if (later !== done) throw new Error("it goes on");
    await app.fill(app.text("speed"), 100);
    await app.press(app.text("resume"));
    await app.advance(5);
    await app.sees(app.text("sorted"));
  },
  "is faster where people want it": async (app) => {
    await app.fill(app.text("speed"), 1);
    await app.sees(app.text("stepsASecond", { n: 2 }));
    await app.fill(app.text("speed"), 100);
    await app.sees(app.text("stepsASecond", { n: 500 }));
  },
  "begins again": async (app) => {
    await use(app, "3 1 2");
    await sort(app);
    await app.press(app.text("reset"));
    await isList(app, "3,1,2");
    await app.sees(app.text("ready"));
    if (await app.value(app.text("comparisons")) !== "0") throw new Error("it still counts");
    await sort(app);
    await app.press(app.text("start")); // and again
    await app.advance(5);
    await isList(app, "1,2,3");
  },
  "has new numbers, and as many as people want": async (app) => {
    const before = (await numbers(app)).join();
    await app.press(app.text("newNumbers"));
    await app.advance(0.05);
    if ((await numbers(app)).join() === before) throw new Error("they are the same");
    await app.fill(app.text("size"), 60);
    await app.advance(0.05);
    if ((await numbers(app)).length !== 60) throw new Error(`there are ${(await numbers(app)).length}`);
    await sort(app);
    if (!isSorted(await numbers(app))) throw new Error("they are not sorted");
  },
  "says which numbers cannot be used": async (app) => {
    const before = (await numbers(app)).join();
    for (const text of ["", "5", "5, x, 3", "5, -1", "5, 1000"]) {
      await use(app, text);
      await app.sees(app.text("badNumbers"));
    }
    await isList(app, before);
    await use(app, "2.5, 1");
    await app.hides(app.text("badNumbers"));
    await isList(app, "2.5,1");
  },
  "compares all algorithms": async (app) => {
    await use(app, "1 2 3 4 5 6 7 8");
    const rows = { bubble: "7,0", selection: "28,0", insertion: "7,0", merge: "12,0" };
    for (const [key, want] of Object.entries(rows)) {
      const got = await row(app, key);
      if (got !== want) throw new Error(`${key} takes ${got}, not ${want}`);
    }
    await app.sees("O(n log n)");
  },
  "is steered by keys": async (app) => {
    await app.frame.locator("h1").click();
    await app.key("Space");
    await app.sees(app.text("sorting"));
    await app.key("Space");
    await app.sees(app.text("paused"));
    await app.key("r");
    await app.key("ArrowRight");
    if (await app.value(app.text("comparisons")) !== "1") throw new Error("it did not step");
    const before = (await numbers(app)).join();
    await app.key("n");
    await app.sees(app.text("ready"));
    if ((await numbers(app)).join() === before) throw new Error("there are no new numbers");
  },
  "has numbers in several orders": { needs: ["presets"], run: async (app) => {
    await app.choose(app.text("order"), app.text("reversed"));
    await app.advance(0.05);
    if (!isSorted((await numbers(app)).reverse())) throw new Error("they are not reversed");
    await app.choose(app.text("order"), app.text("few"));
    await app.advance(0.05);
    if (new Set(await numbers(app)).size > 5) throw new Error("few are equal");
    await app.choose(app.text("order"), app.text("nearly"));
    await app.advance(0.05);
    const list = await numbers(app);
    const misplaced = list.filter((n, i) => n !== [...list].sort((a, b) => a - b)[i]).length;
    if (misplaced === 0 || misplaced > 6) throw new Error(`${misplaced} are not in their place`);
  } },
  "has numbers at random": { without: ["presets"], run: async (app) => {
    if (await app.count("#order")) throw new Error("there is a choice");
  } },
  "is heard": { needs: ["sound"], run: async (app) => {
    await app.listen();
    await app.press(app.text("step"));
    await app.press(app.text("step"));
    if (await app.tones() !== 2) throw new Error(`there are ${await app.tones()} tones`);
    await app.press(app.text("sound"));
    await app.press(app.text("step"));
    if (await app.tones() !== 2) throw new Error("it is still heard");
  } },
  "is silent": { without: ["sound"], run: async (app) => {
    if (await app.count("#sound")) throw new Error("there is a switch for sound");
  } },
};
