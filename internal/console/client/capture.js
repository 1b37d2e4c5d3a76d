// A picture of an element of this page, frames of other sites within it included. Only
// capturing the tab gives that, and only some browsers cut a part out of it:
// https://developer.mozilla.org/en-US/docs/Web/API/BrowserCaptureMediaStreamTrack/cropTo

const browser = /** @type {any} */ (globalThis);

/** Whether this browser takes such pictures, and this page may ask for them. */
export const canCapture = () => ["CropTarget", "ImageCapture"].every((name) => name in browser) && Boolean(navigator.mediaDevices?.getDisplayMedia)
  && /** @type {any} */ (document).featurePolicy?.allowsFeature("display-capture") !== false;

/**
 * The first frame of a capture, which fails for as long as there is none.
 *
 * @param {any} capture
 * @returns {Promise<ImageBitmap>}
 */
async function firstFrame(capture) {
  for (let tries = 50; ; tries--) {
    try {
      return await capture.grabFrame();
    } catch (error) {
      if (tries === 0) throw error ?? new DOMException("The browser gave no picture.", "InvalidStateError");
      await new Promise(requestAnimationFrame);
    }
  }
}

/**
 * Takes a picture, as PNG. The user is asked whether the page may see its tab, and may say no.
 *
 * @param {Element} element
 * @returns {Promise<Blob>}
 */
export async function capture(element) {
  const asked = { preferCurrentTab: true, video: { displaySurface: "browser" } };
  const [track] = (await navigator.mediaDevices.getDisplayMedia(asked)).getVideoTracks();
  try {
    await /** @type {any} */ (track).cropTo(await browser.CropTarget.fromElement(element));
    const frame = await firstFrame(new browser.ImageCapture(track));
    const canvas = new OffscreenCanvas(frame.width, frame.height);
    canvas.getContext("2d")?.drawImage(frame, 0, 0);
    return await canvas.convertToBlob();
  } finally {
    track.stop();
  }
}
