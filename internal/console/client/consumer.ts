// An app in TypeScript. tsc checks it against the package as it ships; nothing runs
// it. Each line below @ts-expect-error is a mistake that tsc has to find.

import { fromFirebase, ModelError, openBrowserModel, openModels, openPreview, openSaves, openTurns, whyNot } from "@dreambuild/client";
import type { ErrorDetails, FunctionName, Functions, GenerateCodeRequest, Reason, TurnMessage, TurnResult } from "@dreambuild/client/api";
import { type FunctionsError, type Functions as SDK, httpsCallable } from "firebase/functions";

declare const functions: SDK;
declare const pre: HTMLElement;
const uid = () => "ann";

// The stock SDK with the types of the backend.
export async function byTheSDK(): Promise<TurnResult> {
  // #region sdk
  const generateCode = httpsCallable<GenerateCodeRequest, TurnResult, TurnMessage>(functions, "generateCode");
  const { stream, data } = await generateCode.stream({ prompt: "a calculator", turnId: "t1" });
  for await (const message of stream) show(message);
  const result = await data;
  // #endregion

  // @ts-expect-error: the field is called prompt
  await generateCode({ promt: "a calculator" });
  // @ts-expect-error: a turnId is a string
  await generateCode({ prompt: "a calculator", turnId: 1 });
  // @ts-expect-error: a result has files, and no html
  pre.textContent = result.html;
  // @ts-expect-error: a turn need not have made a version
  const version: number = result.version;
  return version ? result : { ...result, version: null };
}

// A message's type says which fields it has.
function show(message: TurnMessage): string {
  switch (message.type) {
    case "text": return message.text + message.cursor;
    case "status": return `${message.phase} ${message.progress ?? 0} ${message.position ?? 0}`;
    case "file": return message.state === "done" ? message.path : "";
    case "source": return message.source === "template" ? "" : message.generatedBy;
    case "notice": return message.text;
    case "accepted":
      // @ts-expect-error: only text and notice have a text
      return message.text;
  }
}

// Reasons are a closed list.
export function say(error: FunctionsError): string {
  const { reason } = (error.details ?? {}) as ErrorDetails;
  const words: Partial<Record<Reason, string>> = { "turn-in-progress": "Wait for the answer that is being written." };
  // @ts-expect-error: no function fails with this reason
  if (reason === "turn-in-progres") return "";
  return (reason && words[reason]) ?? error.message;
}

// Every function by its name.
export const project: Functions["getProject"]["request"] = { projectId: "p", version: null }; // null is the same as absent
export const names: FunctionName[] = ["listProjects", "getUsage"];
// @ts-expect-error: no function has this name
export const wrong: FunctionName = "listProject";

// The library.
export async function byTheLibrary() {
  const backend = fromFirebase((name, options) => httpsCallable(functions, name, { timeout: 600_000, ...options }));
  const turns = openTurns({ ...backend, uid });
  const saves = openSaves({ call: backend.call, uid, onRefused: ({ refused }) => (pre.textContent = refused?.message ?? "") });
  const models = openModels({ call: async (name, data) => (await httpsCallable(functions, name)(data)).data as object });
  const browserModel = openBrowserModel({ loadModel: models.loadModel, save: saves.save, template: (prompt, options) => turns.generate(prompt, { ...options, engine: "template" }), engines: { webllm: () => null } });

  const result: TurnResult = await turns.generate("a calculator", {
    onText: (_, whole) => (pre.textContent = whole),
    onStatus: (status) => (pre.title = status.type === "status" ? status.phase : status.type),
  });
  // @ts-expect-error: a turn result has no score
  result.score;
  const { state } = await turns.cancel();
  const answer = await browserModel.generate("a clock");
  // @ts-expect-error: a template's answer is never queued
  answer.instead?.queued;
  if (answer.instead) return answer.instead.version;
  if (answer.saved && "queued" in answer.saved) return answer.saved.projectId;
  const [model] = await models.list();
  const { projects } = await backend.call("listProjects", { pageSize: 20 });
  // @ts-expect-error: the request has pageSize
  await backend.call("listProjects", { size: 20 });
  await backend.stream("publishModel", { modelId: "m", revision: "v1" }, ({ phase, progress }) => (pre.title = `${phase} ${progress}`));
  // @ts-expect-error: getUsage does not stream
  await backend.stream("getUsage", {}, () => {});
  const preview = openPreview(pre, { code: result.code, network: result.network, previewOrigin: "https://p.web.app", onError: ({ path, line, why }) => (pre.title = `${path} ${line} ${why === "frozen"}`) });
  const picked = await preview.pick();
  // @ts-expect-error: the user may pick nothing
  picked.selector;
  // @ts-expect-error: a viewport has two sides
  preview.setViewport({ width: 390 });
  // @ts-expect-error: not every browser takes pictures
  await preview.screenshot();
  preview.close();
  return [state, await whyNot(model), model.downloaded, projects[0].currentVersion, new ModelError("busy", "…").code];
}
