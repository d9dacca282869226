// Confidence over generations, drawn as SVG.

import { make } from "./dom.js";
import { count, share } from "./archives.js";

const SPACE = "http://www.w3.org/2000/svg";
const [NARROWEST, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [240, 250, 62, 14, 10, 30];
const EVEN = [0, 0.25, 0.5, 0.75, 1];
const NINES = [0, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const drawings = new Map(); // holder → how to draw it again
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => drawings.get(target)?.()));

function draw(tag, attributes, text) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** How high a confidence stands, from 0 to 1: evenly, or each further nine as far as the last. */
const height = (confidence, isSpread) =>
  isSpread ? Math.min(-Math.log10(Math.max(1 - confidence, 1e-5)), 5) / 5 : confidence;

/** Say whether the best half of all points lies so high that an even scale shows nothing. */
const isHigh = (lines) => Math.max(...lines.map(({ points }) => points.at(-1)?.[1] ?? 0)) >= 0.99;

/** Let a box decide whether the top of the scale is spread out; until it is used, the curve does. */
export function spreading(box, redraw) {
  box.addEventListener("change", () => {
    box.dataset.chosen = "yes";
    redraw();
  });
}

/**
 * Draw lines [{name, points: [[generation, confidence], …]}, …] into a holder.
 * `box` spreads out the top of the scale; `mark` is a generation to point out, or none.
 */
export function drawCurve(holder, lines, box, mark = null) {
  if (!box.dataset.chosen) box.checked = isHigh(lines);
  const redraw = () => drawOnce(holder, lines, box.checked, mark);
  drawings.set(holder, redraw);
  watch.observe(holder);
  redraw();
}

function drawOnce(holder, lines, isSpread, mark) {
  const drawn = lines.filter(({ points }) => points.length);
  if (!drawn.length) {
    holder.replaceChildren(make("p", { className: "soft", textContent: "No generation is recorded yet." }));
    return;
  }
  const width = Math.max(holder.clientWidth, NARROWEST);
  const last = Math.max(...drawn.map(({ points }) => points.at(-1)[0]), 2);
  const x = (generation) => LEFT + ((generation - 1) / (last - 1)) * (width - LEFT - RIGHT);
  const y = (confidence) => HEIGHT - BOTTOM - height(confidence, isSpread) * (HEIGHT - TOP - BOTTOM);
  const said = drawn.map(({ name, points }) => `${name} ${share(points.at(-1)[1])}`).join(", ");
  const picture = draw("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    class: "curve",
    width,
    height: HEIGHT,
    role: "img",
    "aria-label": `Confidence over ${count(last)} generations. At the end: ${said}.`,
  });
  for (const level of isSpread ? NINES : EVEN) {
    picture.append(
      draw("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level) }),
      draw("text", { x: LEFT - 8, y: y(level) + 4, "text-anchor": "end" }, `${+(100 * level).toFixed(3)} %`),
    );
  }
  for (const generation of [1, Math.round((last + 1) / 2), last]) {
    const place = { x: x(generation), y: HEIGHT - BOTTOM + 20 };
    const anchor = generation === 1 ? "start" : generation === last ? "end" : "middle";
    const text = generation === last ? `generation ${count(generation)}` : count(generation);
    picture.append(draw("text", { ...place, "text-anchor": anchor }, text));
  }
  drawn.forEach(({ points }, which) => {
    const path = points.map(([generation, value]) => `${x(generation).toFixed(1)},${y(value).toFixed(1)}`);
    picture.append(draw("path", { class: `line-${which}`, d: `M${path.join("L")}${points.length > 1 ? "" : "h2"}` }));
  });
  if (mark !== null) {
    picture.append(draw("line", { class: "mark", x1: x(mark), x2: x(mark), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  holder.replaceChildren(picture, legend(drawn));
}

function legend(lines) {
  const items = lines.map(({ name, points }, which) => {
    const key = draw("svg", { width: 26, height: 8, "aria-hidden": "true" });
    key.append(draw("line", { class: `line-${which}`, x1: 0, x2: 26, y1: 4, y2: 4 }));
    return make("li", {}, key, `${name} ${share(points.at(-1)[1])}`);
  });
  return make("ul", { className: "legend" }, ...items);
}
