// Shows an app. It runs on preview.html of another site: in a process of its own, so
// that its endless loop does not stop this page, and under a policy of its own. A
// frame with srcdoc would have this page's process and policy.

import { previewOrigin } from "./backend.js";

/** An app's preview. It may run scripts, and reaches neither this page nor the network. */
export function preview(code) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  if (!previewOrigin) return make("p", { textContent: "This console has no site for previews: set PREVIEW_ORIGIN when you build it." });
  const url = `${previewOrigin}/preview.html`;
  const app = make("iframe", { title: "App", src: url });
  app.setAttribute("sandbox", "allow-scripts");
  // The app's origin is opaque, so none can be named here.
  app.addEventListener("load", () => app.contentWindow.postMessage({ document: code }, "*"), { once: true });
  Object.assign(app.style, { width: "100%", height: "100%", border: 0 });

  // Where a frame may go is decided by the page around it. This one around the app, of
  // this page's own origin, lets it go nowhere.
  const fence = make("iframe", { title: "Preview", srcdoc: `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="frame-src ${url}">` });
  fence.addEventListener("load", () => {
    const { documentElement, body } = fence.contentDocument;
    for (const { style } of [documentElement, body]) Object.assign(style, { height: "100%", margin: 0, overflow: "hidden" });
    body.append(app);
  }, { once: true });
  return fence;
}
