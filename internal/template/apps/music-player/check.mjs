// What a person does with the music player, and hears.

const title = (app) => app.frame.locator("#title").innerText();

async function plays(app, key) {
  await app.advance(0.1);
  const got = await title(app);
  if (got !== app.text(key)) throw new Error(`it is at ${got}, not at ${app.text(key)}`);
}

const titles = (app) => app.frame.locator("#tracks li").evaluateAll((rows) => rows.map((row) => row.querySelector("span").firstChild.data));

/** A file with a second of silence. */
function wave() {
  const data = Buffer.alloc(44 + 8000);
  data.write("RIFF", 0);
  data.writeUInt32LE(36 + 8000, 4);
  data.write("WAVEfmt ", 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20); // PCM
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(8000, 24);
  data.writeUInt32LE(8000, 28);
  data.writeUInt16LE(1, 32);
  data.writeUInt16LE(8, 34);
  data.write("data", 36);
  data.writeUInt32LE(8000, 40);
  return data.fill(128, 44);
}

const song = (name = "My song.wav") => ({ name, mimeType: "audio/wav", buffer: wave() });

export const checks = {
  "plays and pauses": async (app) => {
    await app.sees("00:36");
    await app.press(app.text("play"));
    await app.advance(5);
    await app.sees("00:05");
    await app.press(app.text("pause"));
    await app.advance(10);
    await app.sees("00:05");
    await app.press(app.text("play"));
    await app.advance(2);
    await app.sees("00:07");
  },
  "is heard": async (app) => {
    await app.listen();
    await app.press(app.text("play"));
    await app.frame.waitForFunction(() => globalThis.tones > 0, null, { polling: "raf" }).catch(() => {});
    if (await app.tones() === 0) throw new Error("there is no tone");
  },
  "goes to the next and the one before": async (app) => {
    await plays(app, "morning");
    await app.press(app.text("next"));
    await plays(app, "boats");
    await app.press(app.text("previous"));
    await app.press(app.text("previous"));
    await plays(app, "stars");
    await app.press(app.text("next"));
    await plays(app, "morning");
  },
  "goes back to the beginning first": async (app) => {
    await app.press(app.text("play"));
    await app.advance(8);
    await app.press(app.text("previous"));
    await plays(app, "morning");
    await app.sees("00:00");
  },
  "plays what is chosen": async (app) => {
    await app.press(app.text("playOne", { title: app.text("waltz") }));
    await plays(app, "waltz");
    await app.advance(3);
    await app.sees("00:03");
    if (await app.count(`#tracks [aria-current="true"]`) !== 1) throw new Error("the list does not show which");
    await app.press(app.text("pause"));
  },
  "goes on by itself, and stops at the end": async (app) => {
    await app.press(app.text("playOne", { title: app.text("waltz") }));
    await app.advance(22);
    await plays(app, "stars");
    await app.advance(60);
    await plays(app, "morning");
    await app.press(app.text("play")); // it has stopped
  },
  "repeats all, or one": async (app) => {
    await app.press(app.text("repeatOff"));
    await app.press(app.text("playOne", { title: app.text("stars") }));
    await app.advance(54);
    await plays(app, "morning");
    await app.press(app.text("repeatAll"));
    await app.advance(37);
    await plays(app, "morning");
    await app.press(app.text("pause"));
    await app.press(app.text("repeatOne"));
    await app.press(app.text("repeatOff"));
  },
  "goes to a position": async (app) => {
    await app.fill(app.text("position"), 30);
    await app.sees("00:30");
    await app.press(app.text("play"));
    await app.advance(3);
    await app.sees("00:33");
    await app.fill(app.text("position"), 10);
    await app.advance(0.3);
    await app.sees("00:10");
  },
  "is steered by keys": async (app) => {
    await app.key("Space");
    await app.advance(1);
    await app.key("ArrowRight");
    await app.advance(1);
    await app.sees("00:07");
    await app.key("ArrowLeft");
    await app.key("Space");
    await app.sees("00:02");
    await app.key("n");
    await plays(app, "boats");
    await app.key("p");
    await plays(app, "morning");
  },
  "is turned down and muted": async (app) => {
    await app.press(app.text("play"));
    const gain = () => app.frame.evaluate(() => loudness.gain.value);
    if (await gain() < 0.5) throw new Error(`the gain is ${await gain()}`);
    await app.fill(app.text("volume"), 10);
    if (Math.abs(await gain() - 0.01) > 0.001) throw new Error(`at 10 the gain is ${await gain()}`);
    await app.press(app.text("mute"));
    if (await gain() !== 0) throw new Error("it is not mute");
    await app.press(app.text("mute"));
    if (await gain() === 0) throw new Error("it stays mute");
  },
  "removes a track, and takes it back": async (app) => {
    await app.press(app.text("removeOne", { title: app.text("morning") }));
    await app.sees(app.text("tracks", { n: 5 }));
    await plays(app, "boats");
    await app.press(app.text("undo"));
    if ((await titles(app))[0] !== app.text("morning")) throw new Error(`the list is ${await titles(app)}`);
  },
  "has a state without tracks": async (app) => {
    for (const key of ["morning", "boats", "train", "rain", "waltz", "stars"]) await app.press(app.text("removeOne", { title: app.text(key) }));
    await app.sees(app.text("empty"));
    await app.press(app.text("undo"));
    await app.hides(app.text("empty"));
    await plays(app, "stars");
  },
  "plays own files": async (app) => {
    await app.frame.locator("#files").setInputFiles(song());
    await app.sees(app.text("added", { n: 1 }));
    await app.press(app.text("playOne", { title: "My song" }));
    await app.sees(app.text("ownFile"));
    await app.sees("00:01");
    await app.advance(1.5);
    await plays(app, "morning");
  },
  "says which file cannot be played": async (app) => {
    await app.frame.locator("#files").setInputFiles([song(), { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear Ana") }]);
    await app.sees(app.text("notAudio", { name: "letter.txt" }));
    await app.sees(app.text("tracks", { n: 7 }));
  },
  "remembers favorites, the volume and what was removed": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("favorOne", { title: app.text("rain") }));
    await app.fill(app.text("volume"), 30);
    await app.press(app.text("removeOne", { title: app.text("boats") }));
    await app.reload();
    await app.sees(app.text("tracks", { n: 5 }));
    if (await app.value(app.text("volume")) !== "30") throw new Error("the volume is forgotten");
    if (await app.count(`.heart[aria-pressed="true"]`) !== 1) throw new Error("the favorite is forgotten");
  } },
  "shows favorites only": { needs: ["filter"], run: async (app) => {
    await app.press(app.text("favorOne", { title: app.text("rain") }));
    await app.press(app.text("favorites"));
    if ((await titles(app)).join() !== app.text("rain")) throw new Error(`it shows ${await titles(app)}`);
    await app.press(app.text("favorOne", { title: app.text("rain") }));
    await app.sees(app.text("empty"));
    await app.press(app.text("all"));
    await app.sees(app.text("tracks", { n: 6 }));
  } },
  "shows all": { without: ["filter"], run: async (app) => {
    if (await app.count("#filter")) throw new Error("there is a filter");
  } },
  "shuffles: each track once, what is played first": { needs: ["shuffle"], run: async (app) => {
    await app.press(app.text("next"));
    await app.press(app.text("shuffle"));
    const heard = [await title(app)];
    for (let i = 0; i < 5; i++) {
      await app.press(app.text("next"));
      heard.push(await title(app));
    }
    if (new Set(heard).size !== 6 || heard[0] !== app.text("boats")) throw new Error(`it plays ${heard}`);
    const keys = ["boats", "train", "rain", "waltz", "stars", "morning"].map((key) => app.text(key));
    if (heard.join() === keys.join()) throw new Error("the order is the usual one");
    await app.press(app.text("shuffle"));
  } },
  "keeps the order": { without: ["shuffle"], run: async (app) => {
    if (await app.count("#shuffle")) throw new Error("it can be shuffled");
  } },
  "finds tracks": { needs: ["search"], run: async (app) => {
    await app.fill(app.text("search"), "WALTZ");
    if ((await titles(app)).join() !== app.text("waltz")) throw new Error(`it shows ${await titles(app)}`);
    await app.fill(app.text("search"), "xyz");
    await app.sees(app.text("empty"));
  } },
  "finds nothing": { without: ["search"], run: async (app) => {
    if (await app.count("#search")) throw new Error("there is a search");
  } },
  "falls asleep": { needs: ["timer"], run: async (app) => {
    await app.choose(app.text("sleep"), app.text("minutes", { m: 15 }));
    await app.advance(14.8 * 60);
    await app.press(app.text("play"));
    await app.advance(5);
    await app.hides(app.text("slept"));
    await app.advance(8);
    await app.sees(app.text("slept"));
    await app.press(app.text("play"));
  } },
  "stays awake": { without: ["timer"], run: async (app) => {
    if (await app.count("#sleep")) throw new Error("there is a timer");
  } },
};
