// The backend that answers are asked of, as it is deployed.

import { spawn } from "node:child_process";

/**
 * Starts the server at a port, with more environment variables, and waits until it is
 * ready. It ends with this process; `onExit(code, log)` hears if it ends before.
 */
export async function serve(binary, port, env, onExit) {
  const much = { dailyTurns: 1e6, dailyTokens: 1e12, dailyInputTokens: 1e12, concurrentTurns: 100, turnsPerMinute: 1e6, promptsPerMinute: 1e6, writesPerMinute: 1e6, storedBytes: 1e12, projects: 1e6, savesPerDay: 1e6 };
  let log = "";
  const server = spawn(binary, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { TURN_LIMIT: "1h", WORKER_WAIT: "10m", ...process.env, ...env, PORT: port, GOOGLE_CLOUD_PROJECT: "demo-dreambuild", PLANS: JSON.stringify({ free: much }) },
  });
  for (const out of [server.stdout, server.stderr]) out.on("data", (text) => (log = (log + text).slice(-4000)));
  server.on("exit", (code) => onExit(code, log));
  process.on("exit", () => server.kill());
  for (let tries = 0; ; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/__/health`).then(() => true, () => false);
    if (up) return;
    if (tries === 200) throw new Error(`the server does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
