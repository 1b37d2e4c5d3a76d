// A pattern has 16 steps for each drum, as a text: "x" where it is hit, "." where it is not.
const STEPS = 16;
const drums = {
  kick: {{text "kick"}},
  snare: {{text "snare"}},
  clap: {{text "clap"}},
  hihat: {{text "hihat"}},
  open: {{text "open"}},
  tom: {{text "tom"}},
  cowbell: {{text "cowbell"}},
};
const silence = Object.fromEntries(Object.keys(drums).map((drum) => [drum, ".".repeat(STEPS)]));

const beats = {
  Rock: { tempo: 112, kick: "x.....x.x.......", snare: "....x.......x...", hihat: "x.x.x.x.x.x.x.x." },
  {{if has "presets"}}
  House: { tempo: 124, kick: "x...x...x...x...", clap: "....x.......x...", hihat: "x.x.x.x.x.x.x.x.", open: "..x...x...x...x." },
  "Hip-hop": { tempo: 88, swing: 30, kick: "x..x......xx....", snare: "....x.......x...", hihat: "x.x.x.x.x.x.x.xx" },
  Funk: { tempo: 104, swing: 10, kick: "x.x...x...x..x..", snare: "....x..x.x..x..x", hihat: "xxxxxxxxxxxxxxxx", cowbell: "x...x...x...x..." },
  Reggaeton: { tempo: 94, kick: "x...x...x...x...", snare: "...x..x....x..x.", hihat: "x.x.x.x.x.x.x.x." },
  Techno: { tempo: 132, kick: "x...x...x...x...", clap: "....x.......x...", open: "..x...x...x...x.", tom: "...x..x....x..xx" },
  {{end}}
};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{if has "share"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "shortcuts"}}
const find = (id) => document.getElementById(id);

let pattern = { ...silence, ...load("drum-pattern", beats.Rock) };
const settings = load("drum-settings", { tempo: {{if number "tempo" 0}}{{number "tempo" 0}}{{else}}beats.Rock.tempo{{end}}, swing: 0, volume: 80, muted: [] });

// Sound

let audio, loudness, noise; // browsers allow sound once something was pressed

function prepare() {
  if (!audio) {
    audio = new AudioContext();
    loudness = new GainNode(audio);
    loudness.connect(audio.destination);
    noise = new AudioBuffer({ length: audio.sampleRate / 2, sampleRate: audio.sampleRate });
    const samples = noise.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
  }
  audio.resume();
  loudness.gain.value = settings.volume / 100;
}

/** A loudness that falls from a gain to silence. */
function fading(when, gain, seconds) {
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(gain, when);
  volume.gain.exponentialRampToValueAtTime(0.001, when + seconds);
  volume.connect(loudness);
  return volume;
}

/** A tone that falls from one pitch to another, as that of a skin that is hit. */
function tone(when, from, to, gain, seconds, type = "sine") {
  const source = new OscillatorNode(audio, { type, frequency: from });
  source.frequency.setValueAtTime(from, when);
  source.frequency.exponentialRampToValueAtTime(to, when + seconds / 2);
  source.connect(fading(when, gain, seconds));
  source.start(when);
  source.stop(when + seconds);
}

/** Noise around a pitch, or above it. */
function hiss(when, filter, frequency, gain, seconds) {
  const source = new AudioBufferSourceNode(audio, { buffer: noise });
  source.connect(new BiquadFilterNode(audio, { type: filter, frequency })).connect(fading(when, gain, seconds));
  source.start(when);
  source.stop(when + seconds);
}

const sounds = {
  kick: (when) => tone(when, 150, 45, 1, 0.4),
  snare: (when) => {
    tone(when, 220, 160, 0.4, 0.15, "triangle");
    hiss(when, "highpass", 1200, 0.5, 0.2);
  },
  clap: (when) => [0, 0.012, 0.024].forEach((late) => hiss(when + late, "bandpass", 1500, 0.7, late < 0.02 ? 0.03 : 0.22)),
  hihat: (when) => hiss(when, "highpass", 8000, 0.35, 0.06),
  open: (when) => hiss(when, "highpass", 7000, 0.35, 0.35),
  tom: (when) => tone(when, 210, 90, 0.7, 0.35),
  cowbell: (when) => [540, 800].forEach((pitch) => tone(when, pitch, pitch, 0.15, 0.25, "square")),
};

/** Hits a drum by hand. */
function hit(drum) {
  prepare();
  sounds[drum](audio.currentTime);
  const button = document.querySelector(`.drum[data-drum="${drum}"]`);
  button.classList.add("hit");
  setTimeout(() => button.classList.remove("hit"), 120);
}

// Playing. What comes within the next tenth of a second is handed to the sound card, which
// keeps time better than timers do.

let timer; // none while it is silent
let step, due; // the next step, and when it comes, as performance.now() has it

/** Milliseconds from a step to the next: with swing, those on even places are longer. */
function lengthOf(step) {
  const even = 15_000 / settings.tempo;
  return even * (1 + (step % 2 === 0 ? 1 : -1) * (settings.swing / 100));
}

function playSteps() {
  while (due < performance.now() + 100) {
    const wait = Math.max(0, due - performance.now());
    const when = audio.currentTime + wait / 1000;
    for (const drum of Object.keys(drums)) if (pattern[drum][step] === "x" && !settings.muted.includes(drum)) sounds[drum](when);
    const shown = step;
    setTimeout(() => timer && showStep(shown), wait);
    due += lengthOf(step);
    step = (step + 1) % STEPS;
  }
}

function start() {
  prepare();
  step = 0;
  due = performance.now() + 50;
  timer = setInterval(playSteps, 25);
  showPlay();
}

function stop() {
  clearInterval(timer);
  timer = undefined;
  showStep(-1);
  showPlay();
}

const toggle = () => (timer ? stop() : start());

// What is shown

function showPlay() {
  const [label, path] = timer ? [{{text "stop"}}, "M6 6h12v12H6z"] : [{{text "play"}}, "M8 5v14l11-7z"];
  find("play").innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  find("play").append(label);
}

function showStep(at) {
  for (const button of find("pattern").querySelectorAll(".now")) button.classList.remove("now");
  for (const button of find("pattern").querySelectorAll(`[data-step="${at}"]`)) button.classList.add("now");
}

function show() {
  for (const button of find("pattern").querySelectorAll(".step")) button.ariaPressed = pattern[button.dataset.drum][button.dataset.step] === "x";
  for (const button of find("pattern").querySelectorAll(".mute")) {
    const isMuted = settings.muted.includes(button.dataset.drum);
    button.ariaPressed = isMuted;
    button.closest("tr").classList.toggle("silent", isMuted);
  }
  for (const name of ["tempo", "swing", "volume"]) find(name).value = settings[name];
  find("tempo-value").value = `${settings.tempo} BPM`;
  find("swing-value").value = `${settings.swing} %`;
  find("volume-value").value = `${settings.volume} %`;
  const number = Object.values(pattern).join("").split("x").length - 1;
  find("count").value = {{plural "beats" "number"}};
  {{if has "presets"}}
  for (const button of find("presets").children) button.ariaPressed = Object.keys(drums).every((drum) => (beats[button.textContent][drum] ?? silence[drum]) === pattern[drum]);
  {{end}}
}

function keep(next) {
  pattern = next;
  save("drum-pattern", pattern);
  show();
}

/** Takes another pattern, and says so; that can be taken back, with the tempo. */
function replace(next, message, { tempo = settings.tempo, swing = settings.swing } = {}) {
  const before = { pattern, tempo: settings.tempo, swing: settings.swing };
  set({ tempo, swing });
  keep({ ...silence, ...next });
  toast(message, () => {
    set({ tempo: before.tempo, swing: before.swing });
    keep(before.pattern);
  });
}

function set(changed) {
  Object.assign(settings, changed);
  save("drum-settings", settings);
  if (loudness) loudness.gain.value = settings.volume / 100;
  show();
}

// The grid. One of its steps is in the order of the Tab key; arrow keys go on from there.

let painting; // what the steps become over which the pointer is drawn

function paint({ dataset }, sign) {
  const steps = [...pattern[dataset.drum]];
  steps[dataset.step] = sign;
  keep({ ...pattern, [dataset.drum]: steps.join("") });
}

const opposite = ({ dataset }) => (pattern[dataset.drum][dataset.step] === "x" ? "." : "x");

function stepButton(drum, step) {
  const button = element("button", { type: "button", className: "step", tabIndex: -1, ariaLabel: {{text "step" "drum" "drums[drum]" "n" "step + 1"}} });
  Object.assign(button.dataset, { drum, step });
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.releasePointerCapture(event.pointerId); // a finger, too, goes over other steps
    painting = opposite(button);
    paint(button, painting);
  });
  button.addEventListener("pointerenter", () => painting && paint(button, painting));
  button.addEventListener("click", (event) => event.detail === 0 && paint(button, opposite(button))); // by keyboard
  return button;
}

function row(drum) {
  const name = element("button", { type: "button", className: "drum", ariaLabel: {{text "hit" "drum" "drums[drum]"}} }, drums[drum]);
  name.dataset.drum = drum;
  name.addEventListener("click", () => hit(drum));
  const mute = element("button", { type: "button", className: "icon mute", ariaLabel: {{text "muteOne" "drum" "drums[drum]"}} });
  mute.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9.5v5h3l5 4v-13l-5 4z"/><path class="loud" d="M15.5 9a4 4 0 0 1 0 6"/><path class="off" d="m16 9.5 5 5m0-5-5 5"/></svg>';
  mute.dataset.drum = drum;
  mute.addEventListener("click", () => {
    const { muted } = settings;
    set({ muted: muted.includes(drum) ? muted.filter((other) => other !== drum) : [...muted, drum] });
  });
  const steps = Array.from({ length: STEPS }, (_, i) => element("td", {}, stepButton(drum, i)));
  return element("tr", {}, element("th", { scope: "row" }, name, mute), ...steps);
}

find("pattern").append(element("tbody", {}, ...Object.keys(drums).map(row)));
find("pattern").querySelector(".step").tabIndex = 0;
find("pattern").addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const { drum, step } = event.target.dataset;
  if (!way || step === undefined) return;
  event.preventDefault();
  const names = Object.keys(drums);
  const line = names[(names.indexOf(drum) + way[1] + names.length) % names.length];
  const column = (Number(step) + way[0] + STEPS) % STEPS;
  const next = find("pattern").querySelector(`.step[data-drum="${line}"][data-step="${column}"]`);
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
addEventListener("pointerup", () => (painting = undefined));
addEventListener("pointercancel", () => (painting = undefined));

// Controls

find("play").addEventListener("click", toggle);
for (const name of ["tempo", "swing", "volume"]) find(name).addEventListener("input", () => set({ [name]: Number(find(name).value) }));
find("clear").addEventListener("click", () => replace(silence, {{text "cleared"}}));
{{if has "presets"}}

for (const name of Object.keys(beats)) {
  const button = element("button", { type: "button" }, name);
  button.addEventListener("click", () => {
    const { tempo, swing = 0, ...next } = beats[name];
    replace(next, {{text "loaded" "name" "name"}}, { tempo, swing });
  });
  find("presets").append(button);
}
{{end}}
{{if has "shuffle"}}

find("random").addEventListener("click", () => {
  const likely = { kick: [0.9, 0.15, 0.35, 0.15], snare: [0.1, 0.1, 0.1, 0.15], clap: [0.1, 0, 0.1, 0.05], hihat: [0.9, 0.3, 0.9, 0.3], open: [0, 0.05, 0.3, 0.05], tom: [0, 0.1, 0.1, 0.15], cowbell: [0.2, 0.05, 0.1, 0.05] };
  const next = Object.fromEntries(Object.keys(drums).map((drum) => [drum, Array.from({ length: STEPS }, (_, i) => {
    const isBackbeat = drum === "snare" && i % 8 === 4;
    return isBackbeat || Math.random() < likely[drum][i % 4] ? "x" : ".";
  }).join("")]));
  replace(next, {{text "random"}});
});
{{end}}
{{if has "share"}}
offerShare(() => [`${settings.tempo} BPM`, ...Object.keys(drums).map((drum) => `${pattern[drum]} ${drums[drum]}`)].join("\n"));
{{end}}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("dialog")) return;
  const drum = Object.keys(drums)[Number(event.key) - 1];
  if (drum) hit(drum);
  if (event.key !== " " || event.target.closest("button, input")) return;
  event.preventDefault();
  toggle();
});

// After a click of the mouse the space bar still starts and stops.
document.querySelector("main").addEventListener("click", (event) => event.detail > 0 && document.activeElement.blur());

showPlay();
show();
