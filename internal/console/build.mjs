// Builds what Hosting serves into dist/, or into the folder that the first argument
// names: the page, and the browser library as an npm package at dist/client.
// FUNCTIONS_URL is the backend's own address, such as https://backend-….run.app:
// the page calls it directly, because Hosting buffers streams. RECAPTCHA_V3_KEY or
// RECAPTCHA_ENTERPRISE_KEY is the site's key at App Check. PREVIEW_ORIGIN is the site of
// previews, where the console's own domain is not one of Hosting's.

import { execFileSync } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, "dist"));
const modules = join(here, "../node_modules");
const common = { bundle: true, format: "esm", target: "es2022", sourcemap: true, logLevel: "warning" };

// One page under two names: firebase.json gives them different policies.
const previews = ["preview.html", "preview-network.html"];
const page = (file) => join(here, "page", previews.includes(file) ? "preview.html" : file);

await mkdir(dist, { recursive: true });
await Promise.all(["client", "app"].map((dir) => rm(join(dist, dir), { recursive: true, force: true })));
await Promise.all([
  build({ ...common, entryPoints: [join(here, "client/index.js")], outdir: join(dist, "client") }),
  build({ ...common, entryPoints: ["index.js", "run.js", "tab.js"].map((file) => join(here, "page", file)), outdir: join(dist, "app"), splitting: true, minify: true }),
  ...["index.html", "run.html", "tab.html", "style.css", ...previews].map((file) => cp(page(file), join(dist, file))),
  ...previews.map((file) => cp(page(file), join(dist, "client", file))),
  cp(join(modules, "@wllama/wllama/esm/wasm/wllama.wasm"), join(dist, "wllama.wasm")),
]);
execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", here, "--outDir", join(dist, "client")], { stdio: "inherit" });
await Promise.all(["package.json", "api.d.ts", "README.md"].map((file) => cp(join(here, "client", file), join(dist, "client", file))));
const { FUNCTIONS_URL, PREVIEW_ORIGIN, RECAPTCHA_V3_KEY, RECAPTCHA_ENTERPRISE_KEY } = process.env;
const appCheck = RECAPTCHA_V3_KEY || RECAPTCHA_ENTERPRISE_KEY ? { recaptchaV3: RECAPTCHA_V3_KEY, recaptchaEnterprise: RECAPTCHA_ENTERPRISE_KEY } : undefined;
await writeFile(join(dist, "config.json"), JSON.stringify({ functionsUrl: FUNCTIONS_URL, previewOrigin: PREVIEW_ORIGIN, appCheck }));
