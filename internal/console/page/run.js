// Runs a model in this browser. The page is cross-origin isolated, so wllama may use
// threads. Sign-in by popup does not work here: the user has signed in on the other page.

import { Wllama } from "@wllama/wllama/esm/index.js";
import { onAuthStateChanged } from "firebase/auth";
import { openBrowserModel, openModels, openSaves, openTurns } from "../client/index.js";
import { auth, call, stream } from "./backend.js";
import { $, problem, progressText, promptPanel } from "./elements.js";

const modelId = new URLSearchParams(location.search).get("model");
const saves = openSaves({ call, uid: () => auth.currentUser?.uid });
const turns = openTurns({ call, stream, uid: () => auth.currentUser?.uid });
const browserModel = openBrowserModel({
  loadModel: openModels({ call }).loadModel,
  save: saves.save,
  template: (prompt, options) => turns.generate(prompt, { ...options, engine: "template" }),
  engines: {
    wllama: () => new Wllama({ default: new URL("/wllama.wasm", location.href).href }, { suppressNativeLog: true }),
    webllm: () => import("@mlc-ai/web-llm"),
  },
});

const signedOut = onAuthStateChanged(auth, async (user) => {
  signedOut();
  if (!user || !modelId) return void location.replace("/");
  const bar = $("#model progress");
  const start = performance.now();
  try {
    const { manifest } = await browserModel.load(modelId, {
      onProgress: (p) => {
        bar.hidden = p.phase === "ready";
        Object.assign(bar, { max: p.total, value: p.loaded });
        $("#state").textContent = p.phase === "ready" ? "Starting …" : progressText(p);
      },
    });
    const threads = globalThis.crossOriginIsolated ? "with threads" : "on one thread";
    $("#model-title").textContent = manifest.name;
    $("#state").textContent = `Ready after ${((performance.now() - start) / 1000).toFixed(1)} s, ${manifest.engine === "wllama" ? threads : "on the graphics processor"}. Nothing that you write leaves this browser until it is saved.`;
    $("#create").hidden = false;
  } catch (error) {
    $("#state").textContent = "";
    problem(error);
  }
});

promptPanel($("#create"), async (prompt, { onText, onNotice, signal }) => {
  onNotice("The model is reading …");
  const answer = await browserModel.generate(prompt, {
    signal, prefill: "```html\n<!DOCTYPE html>\n", // a small model needs the hint
    onText: (text) => {
      onNotice("The model is writing …");
      onText(text);
    },
  });
  if (answer.instead) return { ...answer.instead, note: `The model gave no app. Saved instead: ${answer.instead.name}, version ${answer.instead.version}, by ${answer.instead.generatedBy}.` };
  if (answer.finishReason !== "stop") return { note: "Stopped; nothing was saved." };
  if (answer.saved.queued) return { note: "You are offline: the answer is saved here, and sent when you are online again." };
  return answer.saved;
});
