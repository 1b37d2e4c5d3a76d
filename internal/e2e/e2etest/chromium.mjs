// Finds a Chromium: an installed Chrome, or the one for Linux in an npm package.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

async function executable() {
  const installed = [process.env.CHROME, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/usr/bin/google-chrome", "/usr/bin/chromium"];
  const found = installed.find((path) => path && existsSync(path));
  return found ?? (await import("@sparticuz/chromium")).default.executablePath();
}

// Chromium does not start its sandbox as root.
const rootArgs = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** What Playwright needs to start it. */
export const launchOptions = async (...args) => ({ executablePath: await executable(), args: [...rootArgs, ...args] });

/** Starts a headless Chromium. */
export const launch = async (...args) => chromium.launch(await launchOptions(...args));
