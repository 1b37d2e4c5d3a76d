// Builds what Hosting serves into dist/: the page, and the browser library as
// an npm package at dist/client. FUNCTIONS_URL is where the functions stream,
// past Hosting, which buffers: https://backend-….run.app

import { execFileSync } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "../node_modules");
const common = { bundle: true, format: "esm", target: "es2022", sourcemap: true, logLevel: "warning" };

await mkdir(dist, { recursive: true });
await Promise.all(["client", "app"].map((dir) => rm(join(dist, dir), { recursive: true, force: true })));
await Promise.all([
  build({ ...common, entryPoints: [join(here, "client/index.js")], outdir: join(dist, "client") }),
  build({ ...common, entryPoints: [join(here, "page/index.js"), join(here, "page/run.js")], outdir: join(dist, "app"), splitting: true, minify: true }),
  ...["index.html", "run.html", "style.css"].map((file) => cp(join(here, "page", file), join(dist, file))),
  cp(join(modules, "@wllama/wllama/esm/wasm/wllama.wasm"), join(dist, "wllama.wasm")),
]);
execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", here], { stdio: "inherit" });
await cp(join(here, "client/package.json"), join(dist, "client/package.json"));
await writeFile(join(dist, "config.json"), JSON.stringify({ functionsUrl: process.env.FUNCTIONS_URL }));
