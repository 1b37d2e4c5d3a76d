// One turn as make eval asks for it, and what its messages tell.

/**
 * Asks for a turn and waits for its end. It never rejects: a turn that fails is a row with
 * the reason in its notes. `row` has `state`, `source`, `by`, `answered` (by the worker,
 * also with a change that does not fit), `seconds`, `tokens`, `repaired` (undefined: no
 * repair was tried; else whether it helped), `diagnostics` and `notes`; `result` is absent
 * for a failed turn. `reply` is what the model said before it was asked once more.
 */
export async function ask(user, request) {
  const row = { state: "failed", source: "", seconds: 0, tokens: 0, diagnostics: [], notes: [] };
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const messages = [];
  let answer;
  try {
    answer = await user.stream("generateCode", request, messages);
  } catch (error) {
    const reason = error.details?.reason ?? error.code;
    return { row: { ...row, answered: reason === "edit-refused", seconds: seconds(), notes: [`${reason}: ${error.message}`] }, text: "", reply: first(messages) };
  }
  const { result, text } = answer;
  const answered = result.source === (request.engine ?? "worker");
  const diagnostics = result.diagnostics ?? [];
  const broken = diagnostics.some((d) => d.severity === "error");
  const tried = messages.some((m) => m.type === "status" && m.phase === "repairing");
  const notes = answered ? [] : messages.filter((m) => m.type === "notice").map((m) => m.text);
  return { result, text, reply: first(messages), row: { ...row, state: result.state, source: result.source, by: result.generatedBy, answered, seconds: seconds(), tokens: result.usage.outputTokens, repaired: tried ? !broken : undefined, diagnostics, notes } };
}

/** The text up to where the model is asked once more: for a change that fits, or for a repair. */
function first(messages) {
  let text = "";
  for (const m of messages) {
    if (m.type === "text") text += m.text;
    if (text !== "" && m.type === "status" && ["retrying", "repairing"].includes(m.phase)) break;
  }
  return text;
}

/** The kinds of diagnostics, each once, with its number: `missing-file ×2`. */
export function kinds(diagnostics) {
  const count = new Map();
  for (const { kind } of diagnostics) count.set(kind, (count.get(kind) ?? 0) + 1);
  return [...count].map(([kind, n]) => (n > 1 ? `${kind} ×${n}` : kind)).join(", ");
}

export const mark = (value) => (value === undefined ? "–" : value ? "yes" : "no");

/** Prints a line of a table whose columns are `[title, width, cell(row)]`; a width of 0 is any. */
export const line = (columns, cell) => console.log(columns.map((c) => (c[1] ? String(cell(c)).slice(0, c[1] - 1).padEnd(c[1]) : String(cell(c)))).join("").trimEnd());

export const oneLine = (notes) => notes.join("; ").replace(/\s+/g, " ").slice(0, 100);
