// A drawing is a list of strokes { tool, color, size, points }, which are drawn one after the
// other. A point is [x, y] in pixels of the canvas. What clears the canvas is a stroke, too,
// so that it can be undone.
const canvas = document.querySelector("#canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const done = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true }); // all but the stroke that is being drawn

const colors = {
  "#1f2328": {{text "black"}},
  "#8b929c": {{text "gray"}},
  "#8a5a34": {{text "brown"}},
  "#e03131": {{text "red"}},
  "#f76707": {{text "orange"}},
  "#fcc419": {{text "yellow"}},
  "#2f9e44": {{text "green"}},
  "#1c7ed6": {{text "blue"}},
  "#7048e8": {{text "purple"}},
  "#f06595": {{text "pink"}},
};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "print"}}
{{template "shortcuts"}}
{{if has "export"}}
{{template "copy"}}
{{end}}
{{template "export"}}
{{template "import"}}
const find = (id) => document.getElementById(id);

let strokes = load("drawing", []);
let undone = [];
let stroke = null; // the one that is being drawn
let tool = "pen";
let color = "#1f2328";
let size = 8;

// Drawing

function drawStroke(pen, { tool, color, size, points }) {
  if (tool === "clear") return pen.clearRect(0, 0, canvas.width, canvas.height);
  const [[x, y]] = points;
  const [endX, endY] = points.at(-1);
  if (tool === "fill") return fill(pen, color, x, y);
  pen.globalCompositeOperation = tool === "eraser" ? "destination-out" : "source-over";
  Object.assign(pen, { strokeStyle: color, lineWidth: size, lineCap: "round", lineJoin: "round" });
  pen.beginPath();
  if (tool === "rectangle") pen.rect(x, y, endX - x, endY - y);
  else if (tool === "ellipse") pen.ellipse((x + endX) / 2, (y + endY) / 2, Math.abs(endX - x) / 2, Math.abs(endY - y) / 2, 0, 0, 2 * Math.PI);
  else {
    pen.moveTo(x, y);
    // A curve through the middles between points is smooth.
    if (tool !== "line") points.slice(1, -1).forEach(([x, y], i) => pen.quadraticCurveTo(x, y, (x + points[i + 2][0]) / 2, (y + points[i + 2][1]) / 2));
    pen.lineTo(endX + 0.01, endY); // so that a single point is a dot
  }
  pen.stroke();
  pen.globalCompositeOperation = "source-over";
}

/** Fills the area around a point that has the color of the point. */
function fill(pen, color, x, y) {
  const { width, height } = canvas;
  const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer); // alpha, blue, green, red
  const paint = new ImageData(width, height);
  const painted = new Uint32Array(paint.data.buffer);
  const [red, green, blue] = color.match(/\w\w/g).map((part) => parseInt(part, 16));
  const value = (255 << 24) | (blue << 16) | (green << 8) | red;
  const old = pixels[y * width + x];
  const isOld = (pixel) => pixel === old || [0, 8, 16, 24].every((shift) => Math.abs(((pixel >>> shift) & 255) - ((old >>> shift) & 255)) < 96);
  const seen = new Uint8Array(pixels.length);
  const open = [y * width + x];
  while (open.length > 0) {
    const at = open.pop();
    painted[at] = value; // also at the edge, which is soft
    if (seen[at] || !isOld(pixels[at])) continue;
    seen[at] = 1;
    if (at % width > 0) open.push(at - 1);
    if (at % width < width - 1) open.push(at + 1);
    if (at >= width) open.push(at - width);
    if (at < pixels.length - width) open.push(at + width);
  }
  const layer = new OffscreenCanvas(width, height);
  layer.getContext("2d").putImageData(paint, 0, 0);
  pen.globalCompositeOperation = old >>> 24 === 0 ? "destination-over" : "source-over"; // on bare paper it goes under the lines
  pen.drawImage(layer, 0, 0);
  pen.globalCompositeOperation = "source-over";
}

/** Copies what is done to the canvas, and puts the stroke that is being drawn on it. */
function show() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(done.canvas, 0, 0);
  if (stroke) drawStroke(pen, stroke);
}

/** The strokes since the canvas was last empty. */
const seen = () => strokes.slice(strokes.findLastIndex(({ tool }) => tool === "clear") + 1);

function keep(list) {
  strokes = list;
  save("drawing", seen());
  const number = seen().length;
  find("count").value = number > 0 ? {{plural "strokes" "number"}} : "";
  find("invite").hidden = number > 0;
  find("undo").disabled = strokes.length === 0;
  find("redo").disabled = undone.length === 0;
  find("clear").disabled = find("save").disabled = number === 0;
}

function redraw(list) {
  done.clearRect(0, 0, canvas.width, canvas.height);
  for (const each of list) drawStroke(done, each);
  keep(list);
  show();
}

function add(stroke) {
  drawStroke(done, stroke);
  undone = [];
  keep([...strokes, stroke]);
  show();
}

// A stroke begins, moves on and ends, by a pointer or by the keyboard

function begin(point) {
  if (tool === "fill") return add({ tool, color, size, points: [point] });
  stroke = { tool, color, size, points: [point] };
  find("invite").hidden = true;
  show();
}

function moveTo(point) {
  const last = stroke.points.at(-1);
  if (Math.hypot(point[0] - last[0], point[1] - last[1]) < 2) return;
  const isShape = tool !== "pen" && tool !== "eraser";
  stroke.points = isShape ? [stroke.points[0], point] : [...stroke.points, point];
  show();
}

function end() {
  if (!stroke) return;
  const finished = stroke;
  stroke = null;
  add(finished);
}

/** Where on the canvas the pointer is. */
function pointOf({ clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const within = (part, most) => Math.round(Math.min(1, Math.max(0, part)) * (most - 1));
  return [within((clientX - left) / width, canvas.width), within((clientY - top) / height, canvas.height)];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.isPrimary) return;
  end();
  canvas.setPointerCapture(event.pointerId);
  begin(pointOf(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (!stroke || !canvas.hasPointerCapture(event.pointerId)) return;
  const moves = event.getCoalescedEvents?.() ?? []; // a page that is not secure has none
  for (const move of moves.length > 0 ? moves : [event]) moveTo(pointOf(move));
});
canvas.addEventListener("pointerup", (event) => {
  if (stroke && event.isPrimary) moveTo(pointOf(event));
  end();
});
canvas.addEventListener("pointercancel", end);

let at = [canvas.width / 2, canvas.height / 2]; // where the keyboard draws

function showCursor() {
  find("cursor").style.left = `${(at[0] / canvas.width) * 100}%`;
  find("cursor").style.top = `${(at[1] / canvas.height) * 100}%`;
  find("cursor").style.setProperty("--color", color);
  find("cursor").classList.toggle("down", stroke !== null);
}

canvas.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way && event.key !== " ") return;
  event.preventDefault();
  if (way) {
    const step = event.shiftKey ? 60 : 15;
    const within = (n, most) => Math.min(most - 1, Math.max(0, n));
    at = [within(at[0] + way[0] * step, canvas.width), within(at[1] + way[1] * step, canvas.height)];
    if (stroke) moveTo(at);
  } else if (stroke) {
    end();
  } else {
    begin(at);
  }
  showCursor();
});
canvas.addEventListener("blur", () => {
  end();
  showCursor();
});

// Tools

function showTools() {
  for (const button of find("tools").children) button.ariaPressed = button.dataset.tool === tool;
  for (const button of find("colors").querySelectorAll("button")) button.ariaPressed = button.dataset.color === color;
  find("color").value = color;
  find("size").value = find("size-value").value = size;
  showCursor();
}

function take(name) {
  tool = name;
  showTools();
}

/** Chooses a color; who has the eraser in hand then wants to draw. */
function choose(other) {
  color = other;
  take(tool === "eraser" ? "pen" : tool);
}

find("color").before(...Object.entries(colors).map(([code, name]) => {
  const button = element("button", { type: "button", ariaLabel: name, title: name });
  button.dataset.color = code;
  button.style.setProperty("--color", code);
  button.addEventListener("click", () => choose(code));
  return button;
}));
find("color").addEventListener("input", () => choose(find("color").value));
for (const button of find("tools").children) button.addEventListener("click", () => take(button.dataset.tool));

function resize(to) {
  size = Math.min(80, Math.max(2, to));
  showTools();
}

find("size").addEventListener("input", () => resize(Number(find("size").value)));

// What can be done with a drawing

function undo() {
  if (strokes.length === 0) return;
  undone.push(strokes.at(-1));
  redraw(strokes.slice(0, -1));
}

function redo() {
  if (undone.length > 0) redraw([...strokes, undone.pop()]);
}

find("undo").addEventListener("click", undo);
find("redo").addEventListener("click", redo);
find("clear").addEventListener("click", () => {
  const before = strokes;
  add({ tool: "clear" });
  toast({{text "cleared"}}, () => redraw(before));
});

/** The picture on white paper, as a data URL. */
function picture() {
  const paper = element("canvas", { width: canvas.width, height: canvas.height });
  const pen = paper.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, paper.width, paper.height);
  pen.drawImage(done.canvas, 0, 0);
  return paper.toDataURL();
}

find("save").addEventListener("click", () => {
  find("image").src = picture();
  find("picture").showModal();
});
find("close").addEventListener("click", () => find("picture").close());
find("download").addEventListener("click", () => element("a", { href: find("image").src, download: `${document.title}.png` }).click());

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.target.closest("textarea")) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
  }
  {{if has "shortcuts"}}
  else if (key === "[" || key === "]") resize(size + (key === "[" ? -4 : 4));
  else {
    const name = { p: "pen", l: "line", r: "rectangle", o: "ellipse", f: "fill", e: "eraser" }[key];
    if (name) take(name);
  }
  {{end}}
});
{{if has "export" "import"}}

const columns = { tool: {{text "tool"}}, color: {{text "color"}}, size: {{text "size"}}, points: {{text "points"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => seen().map((stroke) => ({ ...stroke, points: stroke.points.map((point) => point.join(" ")).join("; ") })));
{{end}}
{{if has "import"}}
offerImport(columns,
  ({ tool, color, size, points }) => {
    const read = points.split(";").map((point) => point.trim().split(/\s+/).map(Number));
    const isPoint = (point) => point.length === 2 && point.every((n, i) => Number.isInteger(n) && n >= 0 && n < [canvas.width, canvas.height][i]);
    const isTool = ["pen", "line", "rectangle", "ellipse", "fill", "eraser"].includes(tool);
    const isStroke = isTool && /^#[\da-f]{6}$/.test(color) && Number(size) > 0 && read.every(isPoint);
    return isStroke ? { tool, color, size: Number(size), points: read } : {{text "badStroke"}};
  },
  (added) => {
    const before = strokes;
    undone = [];
    redraw([...strokes, ...added]);
    return () => redraw(before);
  });
{{end}}

showTools();
redraw(strokes);
