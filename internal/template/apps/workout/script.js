const language = document.documentElement.lang;

{{template "element"}}
{{template "icon-button"}}
{{if has "charts"}}
{{template "shape"}}
{{end}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{if has "timer"}}
{{template "duration"}}
{{end}}
{{if has "sound"}}
{{template "sound"}}
{{end}}
{{if has "share" "export"}}
{{template "copy"}}
{{end}}
{{template "share"}}
{{template "print"}}
{{template "export"}}
const find = (id) => document.getElementById(id);
const plans = {{items}};

const written = (number) => new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 2 }).format(number);
const mass = (number) => new Intl.NumberFormat(language, { style: "unit", unit: find("unit").value, maximumFractionDigits: 1 }).format(number);
const day = (date, options) => new Intl.DateTimeFormat(language, options).format(new Date(date));

// A workout is { plan, date, exercises: [{ name, sets: [{ weight, reps, done }] }] }. Weights and reps are as they are typed.
let workouts = load("workouts", []); // those that are finished, the newest first
let workout = load("workout", null) ?? begin(plans[0].id);

/** Begins a workout of a plan: with the weights of the last one. */
function begin(plan) {
  const last = workouts.find((other) => other.plan === plan);
  const planned = plans.find(({ id }) => id === plan)?.exercises ?? [];
  const set = (weight, reps) => ({ weight: weight ? written(weight) : "", reps: written(reps), done: false });
  const exercises = last
    ? last.exercises.map(({ name, sets }) => ({ name, sets: sets.map((each) => ({ ...each, done: false })) }))
    : planned.map(({ name, sets, reps, weight }) => ({ name, sets: Array.from({ length: sets }, () => set(weight, reps)) }));
  return { plan, exercises };
}

// Counting

const read = (text) => (text.trim() ? readNumber(text) : 0);
const isWrong = ({ weight, reps }) => !(read(weight) >= 0 && read(reps) >= 0);
const doneIn = ({ sets }) => sets.filter((set) => set.done && !isWrong(set));
const volumeOf = ({ exercises }) => exercises.flatMap(doneIn).reduce((sum, { weight, reps }) => sum + read(weight) * read(reps), 0);

function keep() {
  save("workout", workout);
  showTotals();
}

function showTotals() {
  const all = workout.exercises.flatMap(({ sets }) => sets);
  const done = all.filter((set) => set.done).length;
  find("sets-done").textContent = {{text "setsDone" "done" "done" "all" "all.length"}};
  find("progress").value = done / Math.max(all.length, 1);
  const volume = volumeOf(workout);
  find("volume").textContent = volume > 0 ? {{text "volume" "weight" "mass(volume)"}} : "";
  find("error").textContent = all.some(isWrong) ? {{text "badNumbers"}} : "";
}

// The workout

function showWorkout() {
  find("plan").value = workout.plan;
  find("exercises").replaceChildren(...workout.exercises.map(item));
  find("no-exercises").hidden = workout.exercises.length > 0;
  find("names").replaceChildren(...[...new Set(plans.flatMap(({ exercises }) => exercises).map(({ name }) => name))].map((value) => element("option", { value })));
  keep();
}

function item(exercise) {
  const { name, sets } = exercise;
  const heads = [{{text "set"}}, {{text "weight"}} + ` (${find("unit").selectedOptions[0].text})`, {{text "reps"}}, {{text "done"}}];
  const add = element("button", { type: "button", className: "quiet", ariaLabel: {{text "addSetTo" "exercise" "name"}} }, {{text "addSet"}});
  add.addEventListener("click", () => changeSets(exercise, [...sets, { ...sets.at(-1), done: false }]));
  const fewer = element("button", { type: "button", className: "quiet", ariaLabel: {{text "removeSet" "exercise" "name"}}, disabled: sets.length < 2 }, "−");
  fewer.addEventListener("click", () => changeSets(exercise, sets.slice(0, -1)));
  return element("li", {},
    element("div", { className: "exercise" }, element("h3", {}, name), iconButton({{text "deleteItem" "item" "name"}}, {{template "delete-icon"}}, () => removeExercise(exercise))),
    element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...sets.map((set, i) => row(name, set, i + 1)))),
    element("div", { className: "buttons" }, add, fewer));
}

function row(exercise, set, n) {
  const labelled = (field) => {{text "inSet" "field" "field" "exercise" "exercise" "n" "n"}};
  const field = (key, label) => {
    const input = element("input", { value: set[key], inputMode: "decimal", autocomplete: "off", placeholder: "0", ariaLabel: labelled(label) });
    input.addEventListener("input", () => {
      set[key] = input.value;
      input.setAttribute("aria-invalid", !(read(input.value) >= 0));
      keep();
    });
    return element("td", {}, input);
  };
  const tick = element("input", { type: "checkbox", className: "tick", checked: set.done, ariaLabel: labelled({{text "done"}}) });
  const made = element("tr", { className: set.done ? "done" : "" }, element("th", { scope: "row" }, String(n)), field("weight", {{text "weight"}}), field("reps", {{text "reps"}}), element("td", {}, tick));
  tick.addEventListener("change", () => {
    set.done = tick.checked;
    made.classList.toggle("done", set.done);
    keep();
    {{if has "timer"}}
    if (set.done) startRest();
    {{end}}
  });
  return made;
}

function changeSets(exercise, sets) {
  const place = workout.exercises.indexOf(exercise);
  exercise.sets = sets;
  showWorkout();
  find("exercises").children[place].querySelector(".buttons button").focus();
}

/** Puts another workout in place of this one, and offers this one again. */
function replace(other, message) {
  const before = workout;
  workout = other;
  showWorkout();
  toast(message, () => {
    workout = before;
    showWorkout();
  });
}

function removeExercise(exercise) {
  replace({ ...workout, exercises: workout.exercises.filter((other) => other !== exercise) }, {{text "exerciseDeleted"}});
}

find("plan").addEventListener("change", () => replace(begin(find("plan").value), {{text "planChanged"}}));

find("finish").addEventListener("click", () => {
  if (!workout.exercises.some((exercise) => doneIn(exercise).length > 0)) {
    find("error").textContent = {{text "nothingDone"}};
    return;
  }
  const before = [workouts, workout];
  workouts = [{ ...workout, date: Date.now() }, ...workouts];
  workout = begin(workout.plan);
  {{if has "timer"}}
  stopRest();
  {{end}}
  showAll();
  toast({{text "finished"}}, () => {
    [workouts, workout] = before;
    showAll();
  });
});

// A new exercise

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("name").value.trim();
  const [sets, reps, weight] = ["sets", "reps", "weight"].map((id) => read(find(id).value));
  const taken = workout.exercises.some((other) => other.name.toLowerCase() === name.toLowerCase());
  const mistake = !name || taken ? {{text "noName"}} : !(Number.isInteger(sets) && sets >= 1 && sets <= 20 && reps >= 1) ? {{text "noSets"}} : weight >= 0 ? "" : {{text "badNumbers"}};
  find("form-error").textContent = mistake;
  if (mistake) return find(!name || taken ? "name" : "sets").focus();
  const set = { weight: weight ? written(weight) : "", reps: written(reps), done: false };
  workout.exercises.push({ name, sets: Array.from({ length: sets }, () => ({ ...set })) });
  find("name").value = find("weight").value = "";
  showWorkout();
  find("name").focus();
});
{{if has "timer"}}

// Resting between sets

let restEnds = 0;
let restTimer;

function startRest() {
  const seconds = Number(find("rest").value);
  if (seconds === 0) return;
  {{if has "sound"}}
  prepareSound();
  {{end}}
  clearInterval(restTimer);
  restEnds = Date.now() + seconds * 1000;
  restTimer = setInterval(showRest, 250);
  find("resting").hidden = false;
  showRest();
}

function showRest() {
  const left = Math.ceil((restEnds - Date.now()) / 1000);
  find("left").textContent = duration(Math.max(left, 0));
  if (left > 0) return;
  stopRest();
  {{if has "sound"}}
  chime();
  {{end}}
  toast({{text "restOver"}});
}

function stopRest() {
  clearInterval(restTimer);
  find("resting").hidden = true;
}

find("more").addEventListener("click", () => {
  restEnds += 15_000;
  showRest();
});
find("skip").addEventListener("click", stopRest);
const usualRest = {{number "rest" 90}};
find("rest").append(...[...new Set([0, 30, 60, 90, 120, 180, usualRest])].sort((a, b) => a - b).map((n) => new Option({{text "seconds" "n" "n"}}, n)));
find("rest").value = load("workout-rest", usualRest);
find("rest").addEventListener("change", () => save("workout-rest", find("rest").value));
{{end}}

// What was done

const planName = (plan) => plans.find(({ id }) => id === plan)?.name ?? {{text "ownPlan"}};

function showHistory() {
  save("workouts", workouts);
  const monday = new Date().setHours(0, 0, 0, 0) - ((new Date().getDay() + 6) % 7) * 86_400_000;
  const week = workouts.filter(({ date }) => date >= monday).length;
  find("week").textContent = {{plural "thisWeek" "week"}};
  find("history").replaceChildren(...workouts.map((each) => {
    const n = each.exercises.flatMap(doneIn).length;
    const facts = [day(each.date, { weekday: "short", day: "numeric", month: "short" }), {{plural "setCount" "n"}}, volumeOf(each) > 0 && mass(volumeOf(each))];
    const item = `${planName(each.plan)}, ${day(each.date, { dateStyle: "medium" })}`;
    return element("li", {},
      element("div", {}, element("strong", {}, planName(each.plan)), element("small", {}, facts.filter(Boolean).join(" · "))),
      iconButton({{text "deleteItem" "item" "item"}}, {{template "delete-icon"}}, () => {
        const before = workouts;
        workouts = workouts.filter((other) => other !== each);
        showAll();
        toast({{text "deleted"}}, () => {
          workouts = before;
          showAll();
        });
      }));
  }));
  find("no-history").hidden = workouts.length > 0;
}
{{if has "charts"}}

/** The best set of an exercise in each workout, from the first to the last: by weight, or by reps where it has none. */
function bests(name) {
  const all = workouts.toReversed().flatMap(({ date, exercises }) => {
    const sets = exercises.filter((exercise) => exercise.name === name).flatMap(doneIn);
    return sets.length > 0 ? [{ date, weight: Math.max(...sets.map(({ weight }) => read(weight))), reps: Math.max(...sets.map(({ reps }) => read(reps))) }] : [];
  });
  const byWeight = all.some(({ weight }) => weight > 0);
  return { byWeight, points: all.map(({ date, weight, reps }) => ({ date, value: byWeight ? weight : reps })) };
}

function showChart() {
  const names = [...new Set(workouts.flatMap(({ exercises }) => exercises).filter((exercise) => doneIn(exercise).length > 0).map(({ name }) => name))];
  const chosen = names.includes(find("charted").value) ? find("charted").value : names[0];
  find("chart-card").hidden = names.length === 0;
  if (!chosen) return;
  find("charted").replaceChildren(...names.map((name) => new Option(name)));
  find("charted").value = chosen;
  const { byWeight, points } = bests(chosen);
  const values = points.map(({ value }) => value);
  const count = (n) => {{plural "count" "n"}};
  const told = (value) => (byWeight ? mass(value) : count(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const placed = points.map(({ date, value }, i) => ({
    date, value,
    x: points.length === 1 ? 180 : 12 + (i / (points.length - 1)) * 336,
    y: high === low ? 70 : 110 - ((value - low) / (high - low)) * 75,
  }));
  find("best").textContent = {{text "best" "best" "told(high)"}};
  const marked = placed.filter((_, i) => i === 0 || i === placed.length - 1);
  find("chart").replaceChildren(
    shape("polyline", { points: placed.map(({ x, y }) => `${x},${y}`).join(" ") }),
    ...placed.map(({ date, value, x, y }) => shape("circle", { cx: x, cy: y, r: 4 }, shape("title", {}, `${day(date, { dateStyle: "medium" })}: ${told(value)}`))),
    ...marked.flatMap(({ date, value, x, y }, i) => {
      const anchor = placed.length === 1 ? "middle" : i === 0 ? "start" : "end";
      return [
        shape("text", { x, y: y - 13, "text-anchor": anchor, class: "value" }, told(value)),
        shape("text", { x, y: 142, "text-anchor": anchor }, day(date, { day: "numeric", month: "short" })),
      ];
    }));
}

find("charted").addEventListener("change", showChart);
{{end}}

find("sample").addEventListener("click", () => {
  const before = [workouts, workout];
  const { id, exercises } = plans[0];
  workouts = [1, 3, 6, 8, 10, 13, 15, 17].map((days, i) => ({
    plan: id,
    date: Date.now() - days * 86_400_000,
    exercises: exercises.map(({ name, sets, reps, weight }) => ({ name, sets: Array.from({ length: sets }, () => ({ weight: weight ? written(weight + 15 - i * 2 - (i % 3)) : "", reps: written(reps), done: true })) })),
  }));
  workout = begin(id);
  showAll();
  toast({{text "sampleShown"}}, () => {
    [workouts, workout] = before;
    showAll();
  });
});
{{if has "share"}}

offerShare(() => workout.exercises.map(({ name, sets }) => `${name}: ${sets.map(({ weight, reps }) => (weight.trim() ? `${reps} × ${weight}` : reps)).join(", ")}`).join("\n"));
{{end}}
{{if has "export"}}

const columns = { date: {{text "date"}}, plan: {{text "plan"}}, exercise: {{text "exercise"}}, set: {{text "set"}}, weight: {{text "weight"}}, reps: {{text "reps"}} };
offerExport(columns, () => workouts.flatMap(({ date, plan, exercises }) => exercises.flatMap((exercise) => doneIn(exercise).map(({ weight, reps }, i) => ({
  date: new Date(date).toISOString().slice(0, 10), plan: planName(plan), exercise: exercise.name, set: i + 1, weight: read(weight), reps: read(reps),
})))));
{{end}}

function showAll() {
  showWorkout();
  showHistory();
  {{if has "charts"}}
  showChart();
  {{end}}
}

find("plan").append(...plans.map(({ id, name }) => new Option(name, id)), new Option({{text "ownPlan"}}, "own"));
find("unit").value = load("workout-unit", "kilogram");
find("unit").addEventListener("change", () => {
  save("workout-unit", find("unit").value);
  showAll();
});
showAll();
