// Shows an app. It runs on preview.html of another site: in a process of its own, so
// that its endless loop does not stop this page, and under a policy of its own. A
// frame with srcdoc would have this page's process and policy.

import { previewOrigin } from "./backend.js";
import { el } from "./elements.js";

/** An app's preview. It may run scripts, and reaches neither this page nor the network. */
export function preview(code) {
  if (!previewOrigin) return el("p", { className: "muted" }, "This console has no site for previews: PREVIEW_ORIGIN names one when it is built.");
  const frame = el("iframe", { title: "Preview", src: `${previewOrigin}/preview.html` });
  frame.setAttribute("sandbox", "allow-scripts");
  // The frame's origin is opaque, so no origin can be named here.
  frame.addEventListener("load", () => frame.contentWindow.postMessage({ document: code }, "*"), { once: true });
  return frame;
}
