// The console: sign in, create an app, models, projects.

import { onAuthStateChanged, signInAnonymously, signInWithEmailAndPassword, signOut } from "firebase/auth";
import { openModels, openSaves, openTurns, whyNot } from "../client/index.js";
import { openApp } from "./app.js";
import { auth, call, local, previewOrigin, stream } from "./backend.js";
import { $, bytes, el, problem, progressText, promptPanel } from "./elements.js";

const models = openModels({ call });
const saves = openSaves({ call, uid: () => auth.currentUser?.uid, onSaved: () => showProjects(), onRefused: ({ refused }) => problem(refused) });
const turns = openTurns({ call, stream, uid: () => auth.currentUser?.uid });
let leaving = new AbortController(); // aborts when the user signs out
const downloads = new Map(); // modelId → AbortController

// Signing in.
$("#seeded").hidden = !local;
$("#sign-in form").onsubmit = (event) => {
  event.preventDefault();
  const { email, password } = event.target.elements;
  attempt(() => signInWithEmailAndPassword(auth, email.value, password.value));
};
$("#guest").onclick = () => attempt(() => signInAnonymously(auth));
$("#sign-out").onclick = () => attempt(async () => {
  for (const download of downloads.values()) download.abort();
  await signOut(auth);
});

let session = Promise.resolve(); // for engines that fetch models by themselves

onAuthStateChanged(auth, (user) => {
  $("#sign-in").hidden = Boolean(user);
  for (const id of ["#who", "#create", "#models", "#projects"]) $(id).hidden = !user;
  session = session.catch(() => {}).then(() => call(user ? "openModelSession" : "closeModelSession", null));
  if (!user) {
    leaving.abort();
    leaving = new AbortController();
    return void session.catch(() => {}); // the session expires by itself in a day
  }
  $("#name").textContent = user.email ?? "Guest";
  attempt(() => Promise.all([session, showModels(), showProjects(), saves.flush(), resumePending()]));
});

async function attempt(work) {
  problem(null);
  try {
    await work();
  } catch (error) {
    problem(error);
  }
}

// Creating: the backend's worker answers. Stop cancels the turn. Leaving the page
// does not: when the user is back, the text continues.
async function read(turnId, { onText, onNotice, signal }, generate) {
  signal.addEventListener("abort", () => attempt(() => turns.cancel(turnId)));
  const made = await generate({
    onText, signal: leaving.signal,
    onStatus: (message) => {
      if (message.type === "notice") onNotice(message.text);
      if (message.type === "status") onNotice({ queued: "Waiting …", loading: "The model is loading …", prefill: "The model is reading …", repairing: "It does not work yet; the model is mending it …", reconnecting: "The connection broke; trying again …" }[message.phase] ?? message.phase);
      if (message.type === "source") onNotice(`${message.generatedBy} is writing …`);
    },
  });
  if (made.state === "cancelled") return { note: "Stopped; nothing was saved." };
  return made.version === null ? { ...made, note: `The answer is not whole (${made.state}); nothing was saved.` } : made;
}

const show = promptPanel($("#create"), (prompt, panel) => {
  const turnId = crypto.randomUUID();
  return read(turnId, panel, (options) => turns.generate(prompt, { turnId, ...options }));
}, { onDone: () => showProjects(), fix });

// What an app throws is told to the model.
function fix(projectId, errors, onNotice) {
  const turnId = crypto.randomUUID();
  return read(turnId, { onText: () => {}, onNotice, signal: new AbortController().signal }, (options) => turns.fix(projectId, errors, { turnId, ...options }));
}

async function resumePending() {
  for (const { turnId, prompt } of turns.pending()) await show(prompt, (_, panel) => read(turnId, panel, (options) => turns.resume(turnId, options)));
}

// Models.
async function showModels() {
  const all = await models.list();
  $("#models .empty").hidden = all.length > 0;
  $("#models ul").replaceChildren(...(await Promise.all(all.map(modelCard))));
}

async function modelCard(model) {
  const why = model.available ? await whyNot(model) : `It needs the ${model.plans[0]} plan.`;
  const status = el("p", { className: "muted" });
  const bar = el("progress", { hidden: true });
  const buttons = el("div", { className: "row" });
  const card = el("li", {}, el("strong", {}, model.name),
    el("p", {}, `${bytes(model.bytes)} · ${model.licence} · ${why ?? "runs here"}`), status, bar, buttons);
  card.dataset.model = model.modelId;
  const button = (label, onclick) => el("button", { type: "button", onclick }, label);

  const download = () => attempt(async () => {
    const stop = new AbortController();
    downloads.set(model.modelId, stop);
    buttons.replaceChildren(button("Pause", () => stop.abort()));
    bar.hidden = false;
    try {
      await models.loadModel(model.modelId, {
        revision: model.revision, signal: stop.signal,
        onProgress: (p) => {
          Object.assign(bar, { max: p.total, value: p.loaded });
          status.textContent = progressText(p);
        },
      });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      downloads.delete(model.modelId);
      await showModels();
    }
  });
  const remove = button("Delete", () => attempt(async () => {
    await models.deleteModel(model.modelId);
    await showModels();
  }));

  if (model.downloaded === model.revision) {
    status.textContent = "Here, verified.";
    buttons.append(button("Run", () => (location.href = `/run.html?model=${encodeURIComponent(model.modelId)}`)), remove);
    buttons.firstChild.disabled = Boolean(why);
  } else {
    status.textContent = model.partial ? "Paused." : model.downloaded ? `A newer revision than yours, ${model.downloaded}.` : "";
    buttons.append(button(model.partial ? "Go on" : model.downloaded ? "Update" : "Download", download));
    buttons.firstChild.disabled = Boolean(why);
    if (model.partial || model.downloaded) buttons.append(remove);
  }
  return card;
}

// Projects.
async function showProjects() {
  const { projects } = await call("listProjects", { pageSize: 20 });
  $("#projects .empty").hidden = projects.length > 0;
  $("#projects ul").replaceChildren(...projects.map((project) => {
    const { name, projectId, currentVersion, generatedBy } = project;
    if (currentVersion === 0) return el("li", {}, el("strong", {}, name), el("p", { className: "muted" }, "No version yet"));
    const show = el("button", { type: "button" }, "Show");
    const tab = el("a", { className: "button", href: `/tab.html?project=${encodeURIComponent(projectId)}`, target: "_blank", rel: "noopener" }, "Open in a tab");
    const save = el("button", { type: "button", onclick: () => attempt(() => download(projectId)) }, "Download");
    const item = el("li", {}, el("strong", {}, name), el("p", { className: "muted" }, `Version ${currentVersion} · ${generatedBy}`), el("div", { className: "row" }, show, tab, save));
    show.onclick = () => attempt(async () => {
      openApp(item, { previewOrigin, fix }).show(await call("getProject", { projectId }));
      show.remove();
    });
    return item;
  }));
}

/** Saves an app as one document, which runs when it is opened. */
async function download(projectId) {
  const { name, document } = await call("exportProject", { projectId, document: true });
  // With a type that no browser shows: a page of this URL would have the console's origin.
  const href = URL.createObjectURL(new Blob([document], { type: "application/octet-stream" }));
  el("a", { href, download: `${name}.html` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // once the browser has read it
}
