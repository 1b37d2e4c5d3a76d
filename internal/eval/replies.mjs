// Answers that were stored, instead of a worker: the same answers can be looked at before
// and after a change of the backend, without a model.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/**
 * Reads a file of stored answers: lines of JSON with `name` and `reply`, as
 * `make eval … SAVE=FILE` writes them, or with `id` and `answer`. An answer whose `name` is
 * one of the prompts is judged by that prompt's check, any other one only by how it renders:
 * an `id` of another collection may be a prompt's name by chance.
 */
export function storedReplies(file, prompts) {
  return readFileSync(file, "utf8").split("\n").flatMap((text, i) => {
    if (!text.trim()) return [];
    const { name, id, reply, answer } = JSON.parse(text);
    const [called, said] = [String(name ?? id ?? i + 1), reply ?? answer];
    if (typeof said !== "string") throw new Error(`line ${i + 1} of ${file} has neither reply nor answer`);
    const prompt = prompts.find((p) => p.name === name) ?? { verb: "create", name: called, prompt: `create a web app: ${called.replaceAll(/[-_]/g, " ")}` };
    return [{ ...prompt, reply: said }];
  });
}

/**
 * A worker, in the way of llama.cpp, that says what `say(reply)` has set last. Asked again,
 * for a repair, it says the same; asked to go on, what is left. `close` ends it.
 */
export async function replayer() {
  let reply = "";
  const json = (response, body) => response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
  const server = createServer(async (request, response) => {
    if (request.url === "/health") return json(response, { status: "ok" });
    if (request.url === "/props") return json(response, { total_slots: 1, default_generation_settings: { n_ctx: 1 << 20 } });
    if (request.url === "/v1/models") return json(response, { data: [{ id: "stored", object: "model", owned_by: "llamacpp", meta: { n_ctx: 1 << 20 } }] });
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    if (request.url !== "/v1/chat/completions") return response.writeHead(404).end();
    const last = JSON.parse(body).messages.at(-1);
    const begun = last.role === "assistant" ? last.content : "";
    const text = reply.startsWith(begun) ? reply.slice(begun.length) : "";
    response.setHeader("Content-Type", "text/event-stream");
    const event = (data) => response.write(`data: ${JSON.stringify({ model: "stored", ...data })}\n\n`);
    for (let at = 0; at < text.length; at += 2000) event({ choices: [{ index: 0, finish_reason: null, delta: { content: text.slice(at, at + 2000) } }] });
    event({ choices: [{ index: 0, finish_reason: "stop", delta: {} }] });
    event({ choices: [], usage: { prompt_tokens: Math.ceil(body.length / 4), completion_tokens: Math.ceil(text.length / 4) } });
    response.end("data: [DONE]\n\n");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, say: (text) => void (reply = text), close: () => server.close() };
}
