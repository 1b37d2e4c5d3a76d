// An app in a tab of its own. The tab is a page of the console around a preview, so that
// the app has an origin that is nobody's here, too: a tab that shows the document itself,
// by a blob: URL of this page, would give the app the console's origin.

import { onAuthStateChanged } from "firebase/auth";
import { openApp } from "./app.js";
import { auth, call, previewOrigin } from "./backend.js";
import { $, problem } from "./elements.js";

const projectId = new URLSearchParams(location.search).get("project");

const signedOut = onAuthStateChanged(auth, async (user) => {
  signedOut();
  if (!user || !projectId) return void location.replace("/");
  try {
    const made = await call("getProject", { projectId });
    document.title = made.name;
    openApp($("main"), { previewOrigin }).show(made);
  } catch (error) {
    problem(error);
  }
});
