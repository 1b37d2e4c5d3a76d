// Shows an app. It runs on preview.html of another site: in a process of its own, so
// that its endless loop does not stop this page, and under a policy of its own. A
// frame with srcdoc would have this page's process and policy.

import { previewOrigin } from "./backend.js";

/** An app's preview. It may run scripts, and reaches neither this page nor the network. */
export function preview(code) {
  const frame = Object.assign(document.createElement("iframe"), { title: "Preview", src: `${previewOrigin}/preview.html` });
  frame.setAttribute("sandbox", "allow-scripts");
  // The frame's origin is opaque, so no origin can be named here.
  frame.addEventListener("load", () => frame.contentWindow.postMessage({ document: code }, "*"), { once: true });
  if (previewOrigin) return frame;
  return Object.assign(document.createElement("p"), { textContent: "This console has no site for previews: set PREVIEW_ORIGIN when you build it." });
}
