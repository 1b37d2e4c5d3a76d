// How the specs of a bench are run. Not the bench's own configuration: that starts a
// server for the app's files, which no user of this product has. The times are Web-Bench's.

import { launchOptions } from "../../e2e/e2etest/chromium.mjs";

const { EVAL_TESTS, EVAL_OUTPUT, EVAL_SPECS } = process.env;

export default {
  testDir: EVAL_TESTS,
  testMatch: new RegExp(`[\\\\/](${EVAL_SPECS})\\.spec\\.[cm]?[jt]s$`),
  outputDir: EVAL_OUTPUT,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  fullyParallel: true,
  workers: 2,
  maxFailures: 5, // so many errors are enough to tell the model
  use: { launchOptions: await launchOptions(), viewport: { width: 1280, height: 720 } },
};
