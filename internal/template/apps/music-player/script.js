{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "duration"}}
{{template "search"}}
{{template "shortcuts"}}
const find = (id) => document.getElementById(id);

// The sample tracks. A chord is notes above the key's; the melody has the steps of a scale for
// two bars, in eighths, and "." where it rests.
const samples = [
  { id: "morning", title: {{text "morning"}}, hue: 75, pace: 108, beats: 4, key: 60, chords: ["0 4 7", "9 12 16", "5 9 12", "7 11 14"], melody: "4.5.6.4.2.4.5..." },
  { id: "boats", title: {{text "boats"}}, hue: 210, pace: 84, beats: 4, key: 57, chords: ["0 3 7", "8 12 15", "3 7 10", "10 14 17"], melody: "0.2.4...5.4.2..." },
  { id: "train", title: {{text "train"}}, hue: 285, pace: 128, beats: 4, key: 52, chords: ["0 3 7", "0 3 7", "5 8 12", "7 10 14"], melody: "0020305.7.5.3.2." },
  { id: "rain", title: {{text "rain"}}, hue: 180, pace: 92, beats: 4, key: 62, chords: ["0 4 7 11", "9 12 16 19", "2 5 9 12", "7 11 14 17"], melody: "7.6.4.2.4.6.4..." },
  { id: "waltz", title: {{text "waltz"}}, hue: 345, pace: 138, beats: 3, key: 65, chords: ["0 4 7", "7 11 14", "5 9 12", "0 4 7"], melody: "4..5.67.5.4." },
  { id: "stars", title: {{text "stars"}}, hue: 255, pace: 72, beats: 4, key: 55, chords: ["0 4 7 11", "5 9 12 16", "9 12 16 19", "5 9 12 16"], melody: "0.4.7...6.4.2..." },
].map((track) => ({ ...track, artist: {{text "sampleTrack"}}, seconds: Math.round((16 * track.beats * 60) / track.pace) }));

const settings = load("music-player", { volume: 80, repeat: "off"{{if has "shuffle"}}, shuffle: false{{end}}, favorites: [], removed: [] });
const remember = () => save("music-player", settings);

let tracks = samples.filter(({ id }) => !settings.removed.includes(id));
let current = tracks[0];
let playing = false;
let began = 0; // when position 0 was played, as performance.now() has it
let ticker; // while something is played
let held = 0; // the position in seconds while nothing is played
{{if has "shuffle"}}
let order = []; // of tracks, while they are shuffled
{{end}}

// Sound

let audio, loudness, source; // browsers allow sound once something was pressed

/** Writes the notes of a sample track into a buffer. */
function compose({ seconds, pace, beats, key, chords, melody }) {
  const studio = new OfflineAudioContext(1, 22050 * (seconds + 1), 22050);
  const beat = 60 / pace;
  const scale = chords[0].startsWith("0 3") ? [0, 2, 3, 5, 7, 8, 10] : [0, 2, 4, 5, 7, 9, 11];
  const play = (note, start, length, gain, type) => {
    const tone = new OscillatorNode(studio, { type, frequency: 440 * 2 ** ((note - 69) / 12) });
    const volume = new GainNode(studio, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(gain, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, start + length);
    tone.connect(volume).connect(studio.destination);
    tone.start(start);
    tone.stop(start + length);
  };
  for (let bar = 0; bar < 16; bar++) {
    const start = bar * beats * beat;
    const chord = chords[bar % chords.length].split(" ").map(Number);
    for (const note of chord) play(key + note, start, beats * beat * 1.05, 0.07, "triangle");
    for (let i = 0; i < beats; i += beats === 3 ? 3 : 2) play(key + chord[0] - 12, start + i * beat, beat * 1.8, 0.2, "sine");
    if (bar < 2) continue; // the melody comes in later
    const eighths = beats * 2;
    const steps = [...melody].slice((bar % 2) * eighths, (bar % 2) * eighths + eighths);
    steps.forEach((step, i) => {
      if (step !== ".") play(key + 12 + scale[step % 7] + 12 * Math.floor(step / 7), start + (i * beat) / 2, beat * 1.2, 0.12, "sine");
    });
  }
  return studio.startRendering();
}

async function startSound() {
  const track = current;
  audio ??= new AudioContext();
  audio.resume();
  loudness ??= new GainNode(audio);
  loudness.connect(audio.destination);
  setVolume();
  stopSound();
  track.buffer ??= compose(track);
  const buffer = await track.buffer;
  if (!playing || current !== track) return; // something else was pressed meanwhile
  stopSound();
  source = new AudioBufferSourceNode(audio, { buffer });
  source.connect(loudness);
  source.start(0, Math.min(position(), buffer.duration));
}

function stopSound() {
  source?.stop();
  source = undefined;
}

function setVolume() {
  const muted = find("mute").ariaPressed === "true";
  if (loudness) loudness.gain.value = muted ? 0 : (settings.volume / 100) ** 2; // as ears hear it
}

// Playing

const position = () => (playing ? (performance.now() - began) / 1000 : held);

function play(track = current, from = track === current ? held : 0) {
  if (!track) return;
  current = track;
  playing = true;
  began = performance.now() - from * 1000;
  ticker ??= setInterval(tick, 250);
  startSound();
  show();
}

function pause() {
  held = position();
  playing = false;
  clearInterval(ticker);
  ticker = undefined;
  stopSound();
  show();
}

function seek(to) {
  const at = Math.min(Math.max(0, to), current?.seconds ?? 0);
  if (playing) return play(current, at);
  held = at;
  showPosition();
}

/** The tracks in the order in which they are played. */
function queue() {
  {{if has "shuffle"}}
  if (settings.shuffle) {
    const fresh = tracks.filter((track) => !order.includes(track)).sort(() => Math.random() - 0.5);
    order = [...order.filter((track) => tracks.includes(track)), ...fresh];
    return order;
  }
  {{end}}
  return tracks;
}

/** Goes to the next track, or by -1 to the one before; the first comes after the last. */
function skip(by) {
  const all = queue();
  if (all.length === 0) return;
  choose(all.at((all.indexOf(current) + by) % all.length));
}

/** Goes to the beginning of a track, and plays it if one is played. */
function choose(track) {
  held = 0;
  if (playing) return play(track, 0);
  current = track;
  show();
}

function back() {
  if (position() > 3) seek(0);
  else skip(-1);
}

/** Goes on with the position, and at the end with the next track. */
function tick() {
  if (position() < current.seconds) return showPosition();
  if (settings.repeat === "one") return play(current, 0);
  const isLast = queue().at(-1) === current;
  if (isLast && settings.repeat === "off") {
    pause();
    held = 0;
  }
  skip(1);
}

// What is shown

function showPosition() {
  const all = current?.seconds ?? 0;
  const at = Math.min(Math.floor(position()), all);
  find("position").max = all;
  find("position").value = at;
  find("position").ariaValueText = {{text "positionOf" "at" "duration(at)" "all" "duration(all)"}};
  find("at").textContent = duration(at);
  find("length").textContent = duration(all);
}

function show() {
  const label = playing ? {{text "pause"}} : {{text "play"}};
  find("play").ariaLabel = find("play").title = label;
  find("play").closest("section").classList.toggle("is-playing", playing);
  find("title").textContent = current?.title ?? "—";
  find("artist").textContent = current?.artist ?? "";
  find("cover").style.setProperty("--hue", current?.hue ?? 0);
  for (const button of document.querySelectorAll(".controls button, #position")) button.disabled = !current;
  const names = { off: {{text "repeatOff"}}, all: {{text "repeatAll"}}, one: {{text "repeatOne"}} };
  find("repeat").ariaLabel = find("repeat").title = names[settings.repeat];
  find("repeat").dataset.mode = settings.repeat;
  {{if has "shuffle"}}
  find("shuffle").ariaPressed = settings.shuffle;
  {{end}}
  showPosition();
  const focused = document.activeElement.dataset.key;
  const shown = tracks{{if has "filter"}}.filter(({ id }) => find("favorites").ariaPressed === "false" || settings.favorites.includes(id)){{end}}{{if has "search"}}.filter(({ title, artist }) => fitsSearch(`${title} ${artist}`)){{end}};
  find("tracks").replaceChildren(...shown.map(row));
  find("count").textContent = {{plural "tracks" "shown.length"}};
  find("empty").hidden = shown.length > 0;
  if (focused) document.querySelector(`[data-key="${focused}"]`)?.focus();
}

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

function row(track) {
  const { id, title, artist, hue } = track;
  const cover = element("i", {});
  cover.style.setProperty("--hue", hue);
  const choose = element("button", { type: "button", className: "track", ariaLabel: {{text "playOne" "title" "title"}}, ariaCurrent: track === current }, cover, element("span", {}, title, element("small", {}, artist)));
  choose.addEventListener("click", () => play(track, 0));
  choose.dataset.key = `play-${id}`;
  const heart = element("button", { type: "button", className: "icon heart", ariaLabel: {{text "favorOne" "title" "title"}}, ariaPressed: settings.favorites.includes(id), innerHTML: icon("M12 20 4.5 12.5a4.7 4.7 0 0 1 6.7-6.6l.8.8.8-.8a4.7 4.7 0 0 1 6.7 6.6z") });
  heart.addEventListener("click", () => favor(id));
  heart.dataset.key = `heart-${id}`;
  const bin = element("button", { type: "button", className: "icon", ariaLabel: {{text "removeOne" "title" "title"}}, innerHTML: icon("m7 7 10 10M17 7 7 17") });
  bin.addEventListener("click", () => remove(track));
  return element("li", {}, choose, element("time", {}, duration(track.seconds)), heart, bin);
}

// The playlist

function favor(id) {
  const { favorites } = settings;
  settings.favorites = favorites.includes(id) ? favorites.filter((other) => other !== id) : [...favorites, id];
  remember();
  show();
}

function keep(list) {
  tracks = list;
  settings.removed = samples.filter((track) => !tracks.includes(track)).map(({ id }) => id);
  remember();
  show();
}

function remove(track) {
  const before = tracks;
  if (track === current) {
    const next = tracks[tracks.indexOf(track) + 1] ?? tracks.find((other) => other !== track);
    if (playing) pause();
    held = 0;
    current = next;
  }
  keep(tracks.filter((other) => other !== track));
  toast({{text "removed" "title" "track.title"}}, () => {
    current ??= track;
    keep(before);
  });
}

find("files").addEventListener("change", async () => {
  const added = [];
  const problems = [];
  audio ??= new AudioContext();
  for (const file of find("files").files) {
    try {
      const buffer = await audio.decodeAudioData(await file.arrayBuffer());
      const title = file.name.replace(/\.\w+$/, "");
      added.push({ id: `${file.name}-${Date.now()}`, title, artist: {{text "ownFile"}}, hue: (file.size * 7) % 360, seconds: Math.ceil(buffer.duration), buffer });
    } catch {
      problems.push({{text "notAudio" "name" "file.name"}});
    }
  }
  find("files").value = "";
  current ??= added[0];
  keep([...tracks, ...added]);
  toast(problems.length > 0 ? problems.join(" ") : {{plural "added" "added.length"}});
});
{{if has "filter"}}

for (const button of find("filter").children) {
  button.addEventListener("click", () => {
    for (const other of find("filter").children) other.ariaPressed = other === button;
    show();
  });
}
{{end}}
{{if has "search"}}

search.addEventListener("input", show);
{{end}}

// Controls

const toggle = () => (playing ? pause() : play());

function toggleMute() {
  find("mute").ariaPressed = find("mute").ariaPressed === "false";
  setVolume();
}

find("play").addEventListener("click", toggle);
find("next").addEventListener("click", () => skip(1));
find("previous").addEventListener("click", back);
find("mute").addEventListener("click", toggleMute);
find("position").addEventListener("input", () => seek(Number(find("position").value)));
find("volume").addEventListener("input", () => {
  settings.volume = Number(find("volume").value);
  find("mute").ariaPressed = false;
  remember();
  setVolume();
});
find("repeat").addEventListener("click", () => {
  settings.repeat = { off: "all", all: "one", one: "off" }[settings.repeat];
  remember();
  show();
});
{{if has "shuffle"}}
find("shuffle").addEventListener("click", () => {
  settings.shuffle = !settings.shuffle;
  order = current ? [current] : []; // what is played comes first
  remember();
  show();
});
{{end}}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog")) return;
  const act = { " ": toggle, ArrowLeft: () => seek(position() - 5), ArrowRight: () => seek(position() + 5), n: () => skip(1), p: back, m: toggleMute }[event.key];
  if (!act || (event.key === " " && event.target.closest("button, summary"))) return;
  event.preventDefault();
  act();
});
{{if has "timer"}}

// The sleep timer

let sleepTimer;
find("sleep").append(...[15, 30, 60].map((minutes) => new Option({{text "minutes" "m" "minutes"}}, minutes)));
find("sleep").addEventListener("change", () => {
  clearTimeout(sleepTimer);
  const minutes = Number(find("sleep").value);
  if (minutes === 0) return;
  sleepTimer = setTimeout(() => {
    if (playing) pause();
    find("sleep").value = 0;
    toast({{text "slept"}});
  }, minutes * 60_000);
});
{{end}}

find("volume").value = settings.volume;
show();
