// The frame in which a web app shows an answer: sandboxed, so without an origin. What
// works in make eval works there.

/** The address of the page around the frame. Whoever opens it answers the request with `host`. */
export const address = "http://host.test/";

// Dialogs need allow-modals: without it confirm and prompt answer nothing, and no check
// could press their buttons.
const rights = "allow-scripts allow-forms allow-modals";

/** The page around the frame, with a document in it. */
export function host(code = "") {
  const srcdoc = code.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><title>host</title><style>html, body, iframe { display: block; width: 100%; height: 100%; margin: 0; border: 0; overflow: hidden }</style><iframe sandbox="${rights}" srcdoc="${srcdoc}"></iframe>`;
}

/**
 * Lets a page or context reach `host(code)` at its address and nothing else. `blocked` is
 * called for each request that is turned away, unless the page asks for it by itself.
 */
export async function closeOff(routed, code, blocked = () => {}) {
  await routed.route("**/*", (route) => {
    const request = route.request();
    const own = request.url() === address && request.isNavigationRequest() && request.frame().parentFrame() === null;
    if (own) return route.fulfill({ contentType: "text/html; charset=utf-8", body: host(code) });
    if (!request.url().endsWith("/favicon.ico")) blocked(request);
    return route.abort();
  });
}

/** The frame in an open host page. It stays the same one when it is loaded again. */
export const frameOf = (page) => page.mainFrame().childFrames()[0];
