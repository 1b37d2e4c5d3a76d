{{template "element"}}
{{if has "dark-toggle" "sound"}}
{{template "store"}}
{{end}}
{{template "theme"}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{template "shortcuts"}}
const find = (id) => document.getElementById(id);
const MOST_LABELS = 24; // with more numbers there is no room for them under the bars

// The algorithms sort a list step by step. Each yields a step before it goes on:
// ["compared", i, j], or ["moved", i, j] once the numbers at these places have changed.

const swap = (list, i, j) => ([list[i], list[j]] = [list[j], list[i]]);

function* bubble(list) {
  for (let end = list.length - 1; end > 0; end--) {
    let isSorted = true;
    for (let i = 0; i < end; i++) {
      yield ["compared", i, i + 1];
      if (list[i] <= list[i + 1]) continue;
      swap(list, i, i + 1);
      isSorted = false;
      yield ["moved", i, i + 1];
    }
    if (isSorted) return;
  }
}

function* selection(list) {
  for (let start = 0; start < list.length - 1; start++) {
    let least = start;
    for (let i = start + 1; i < list.length; i++) {
      yield ["compared", least, i];
      if (list[i] < list[least]) least = i;
    }
    if (least === start) continue;
    swap(list, start, least);
    yield ["moved", start, least];
  }
}

function* insertion(list) {
  for (let start = 1; start < list.length; start++) {
    for (let i = start; i > 0; i--) {
      yield ["compared", i - 1, i];
      if (list[i - 1] <= list[i]) break;
      swap(list, i - 1, i);
      yield ["moved", i - 1, i];
    }
  }
}

function* merge(list, start = 0, end = list.length) {
  if (end - start < 2) return;
  const middle = (start + end) >> 1;
  yield* merge(list, start, middle);
  yield* merge(list, middle, end);
  const merged = [];
  let [left, right] = [start, middle];
  while (left < middle && right < end) {
    yield ["compared", left, right];
    merged.push(list[right] < list[left] ? list[right++] : list[left++]);
  }
  merged.push(...list.slice(left, middle), ...list.slice(right, end));
  for (const [i, value] of merged.entries()) {
    if (list[start + i] === value) continue;
    list[start + i] = value;
    yield ["moved", start + i, start + i];
  }
}

function* quick(list, start = 0, end = list.length - 1) {
  if (start >= end) return;
  const pivot = list[(start + end) >> 1];
  let [left, right] = [start, end];
  while (left <= right) {
    for (; ; left++) {
      yield ["compared", left, right];
      if (list[left] >= pivot) break;
    }
    for (; ; right--) {
      yield ["compared", left, right];
      if (list[right] <= pivot) break;
    }
    if (left > right) break;
    if (left < right) {
      swap(list, left, right);
      yield ["moved", left, right];
    }
    left++;
    right--;
  }
  yield* quick(list, start, right);
  yield* quick(list, left, end);
}

function* heap(list) {
  function* sink(top, end) {
    for (let child = 2 * top + 1; child < end; child = 2 * top + 1) {
      if (child + 1 < end) {
        yield ["compared", child, child + 1];
        if (list[child + 1] > list[child]) child++;
      }
      yield ["compared", top, child];
      if (list[top] >= list[child]) return;
      swap(list, top, child);
      yield ["moved", top, child];
      top = child;
    }
  }
  for (let top = (list.length >> 1) - 1; top >= 0; top--) yield* sink(top, list.length);
  for (let end = list.length - 1; end > 0; end--) {
    swap(list, 0, end);
    yield ["moved", 0, end];
    yield* sink(0, end);
  }
}

const algorithms = {
  bubble: { name: {{text "bubble"}}, how: {{text "bubbleHow"}}, effort: "O(n²)", sort: bubble },
  selection: { name: {{text "selection"}}, how: {{text "selectionHow"}}, effort: "O(n²)", sort: selection },
  insertion: { name: {{text "insertion"}}, how: {{text "insertionHow"}}, effort: "O(n²)", sort: insertion },
  merge: { name: {{text "merge"}}, how: {{text "mergeHow"}}, effort: "O(n log n)", sort: merge },
  quick: { name: {{text "quick"}}, how: {{text "quickHow"}}, effort: "O(n log n)", sort: quick },
  heap: { name: {{text "heap"}}, how: {{text "heapHow"}}, effort: "O(n log n)", sort: heap },
};

// What is sorted

let numbers; // as they were before
let list; // as they are now
let steps; // of the algorithm
let counts; // of comparisons and moves
let state = "ready"; // or "sorting", "paused", "sorted"
let last = []; // the step that is shown
let size = 20;
let timer;

function makeNumbers() {
  const order = {{if has "presets"}}find("order").value{{else}}"random"{{end}};
  const random = (from, to) => from + Math.floor(Math.random() * (to - from + 1));
  const made = Array.from({ length: size }, () => (order === "few" ? 20 * random(1, 5) - 1 : random(5, 99)));
  if (order === "nearly" || order === "reversed") made.sort((a, b) => a - b);
  if (order === "nearly") for (let i = 0; i < size / 8; i++) swap(made, random(0, size - 1), random(0, size - 1));
  if (order === "reversed") made.reverse();
  return made;
}

/** Takes numbers to sort, or the same ones again. */
function take(next) {
  clearTimeout(timer);
  numbers = next;
  list = [...numbers];
  steps = algorithms[find("algorithm").value].sort(list);
  counts = { compared: 0, moved: 0 };
  state = "ready";
  last = [];
  compareAll();
  show();
}

/** Takes one step of the algorithm. */
function advance() {
  const { value, done } = steps.next();
  if (done) {
    state = "sorted";
    last = [];
    return;
  }
  last = value;
  counts[value[0]]++;
  {{if has "sound"}}
  beep(list[value[2]]);
  {{end}}
}

/** Steps a second: from 2 to 500, in equal ratios. */
const rate = () => Math.round(2 * 250 ** ((find("speed").value - 1) / 99));

function run() {
  // Timers cannot be called more than some sixty times a second; then several steps are taken at once.
  const pause = Math.max(16, 1000 / rate());
  for (let n = Math.round((pause * rate()) / 1000); n > 0 && state === "sorting"; n--) advance();
  show();
  if (state === "sorting") timer = setTimeout(run, pause);
}

function toggle() {
  clearTimeout(timer);
  if (state === "sorting") {
    state = "paused";
    return show();
  }
  if (state === "sorted") take(numbers);
  {{if has "sound"}}
  prepareSound();
  {{end}}
  state = "sorting";
  show();
  timer = setTimeout(run, 1000 / rate());
}

function stepOnce() {
  clearTimeout(timer);
  if (state === "sorted") return;
  state = "paused";
  advance();
  show();
}

// What is shown

function show() {
  const most = Math.max(...list, 1);
  const hasLabels = list.length <= MOST_LABELS;
  find("bars").ariaLabel = {{text "bars" "values" "list.join(\", \")"}};
  find("bars").replaceChildren(...list.map((value, i) => {
    const bar = element("i", {});
    bar.style.setProperty("--part", value / most);
    const kind = state === "sorted" ? "sorted" : last.slice(1).includes(i) ? last[0] : "";
    return element("span", { className: kind }, bar, hasLabels ? `${value}` : "");
  }));
  find("comparisons").value = counts.compared;
  find("moves").value = counts.moved;
  find("status").textContent = { ready: {{text "ready"}}, sorting: {{text "sorting"}}, paused: {{text "paused"}}, sorted: {{text "sorted"}} }[state];
  find("start").textContent = { ready: {{text "start"}}, sorting: {{text "pause"}}, paused: {{text "resume"}}, sorted: {{text "start"}} }[state];
  find("step").disabled = state === "sorted";
  find("how").textContent = algorithms[find("algorithm").value].how;
  find("size").value = find("size-value").value = list.length;
  const each = rate();
  find("speed-value").value = {{plural "stepsASecond" "each"}};
}

/** Sorts the numbers with each algorithm, and lists what it takes. */
function compareAll() {
  find("all").replaceChildren(...Object.entries(algorithms).map(([id, { name, effort, sort }]) => {
    const needed = { compared: 0, moved: 0 };
    for (const [kind] of sort([...numbers])) needed[kind]++;
    const number = (n) => element("td", { className: "number" }, n.toLocaleString(document.documentElement.lang));
    return element("tr", { ariaCurrent: id === find("algorithm").value }, element("th", { scope: "row" }, name), number(needed.compared), number(needed.moved), element("td", {}, effort));
  }));
}
{{if has "sound"}}

/** Plays a short tone: the larger the number, the higher. */
function beep(value) {
  if (!audio || !hasSound()) return;
  const tone = new OscillatorNode(audio, { type: "triangle", frequency: 200 + (800 * value) / Math.max(...list, 1) });
  const volume = new GainNode(audio, { gain: 0.08 });
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.08);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.08);
}
{{end}}

// Controls

find("algorithm").append(...Object.entries(algorithms).map(([id, { name }]) => new Option(name, id)));
find("algorithm").addEventListener("change", () => take(numbers));
{{if has "presets"}}
find("order").addEventListener("change", () => take(makeNumbers()));
{{end}}
find("size").addEventListener("input", () => {
  size = Number(find("size").value);
  take(makeNumbers());
});
find("speed").addEventListener("input", show);
find("start").addEventListener("click", toggle);
find("step").addEventListener("click", {{if has "sound"}}() => {
  prepareSound();
  stepOnce();
}{{else}}stepOnce{{end}});
find("reset").addEventListener("click", () => take(numbers));
find("new").addEventListener("click", () => take(makeNumbers()));
find("own").addEventListener("submit", (event) => {
  event.preventDefault();
  const own = find("numbers").value.split(/[\s,;]+/).filter(Boolean).map(Number);
  const isGood = own.length >= 2 && own.length <= 80 && own.every((n) => n >= 0 && n <= 999);
  find("numbers").ariaInvalid = !isGood;
  find("problem").textContent = isGood ? "" : {{text "badNumbers"}};
  if (isGood) take(own);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog")) return;
  const act = { " ": toggle, ArrowRight: stepOnce, r: () => take(numbers), n: () => take(makeNumbers()) }[event.key];
  if (!act || (event.key === " " && event.target.closest("button"))) return;
  event.preventDefault();
  act();
});

find("speed").value = 50;
take(makeNumbers());
