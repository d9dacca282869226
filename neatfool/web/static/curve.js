// Scores over generations, drawn as SVG. Factors have equal spaces, as most of what is found is found early.

import { make } from "./dom.js";
import { write, writeLevel } from "./numbers.js";
import { count } from "./runs.js";

const SPACE = "http://www.w3.org/2000/svg";
const [NARROWEST, HEIGHT, LEFT, LETTER, RIGHT, TOP, BOTTOM] = [240, 266, 62, 7.6, 14, 10, 46];
const APART = 70; // pixels from the last generation to the one that is marked before it
const EVEN = [0, 0.25, 0.5, 0.75, 1];
const STEPS = 4;
const NINES = [0, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const MOST = NINES.length - 1; // what has more nines lies on the axis
const drawings = new Map(); // holder → how to draw it again
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => drawings.get(target)?.()));

function draw(tag, attributes, text) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Levels of the scale of any scores: round numbers around all that is drawn. */
function around(lines) {
  const all = lines.flatMap(({ points, band = [] }) => [...points, ...band].flatMap(([, ...scores]) => scores));
  let [low, high] = [Math.min(...all), Math.max(...all)];
  const isFlat = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  if (isFlat) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const power = 10 ** Math.floor(Math.log10((high - low) / STEPS));
  const step = power * ([1, 2, 5].find((each) => each * power * STEPS >= high - low) ?? 10);
  const first = Math.floor(low / step);
  const number = Math.ceil(high / step - 1e-9) - first + 1;
  return Array.from({ length: number }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

/** The scale: its levels, and how high a score stands, from 0 to 1. */
function scaleOf(lines, unit, isSpread) {
  if (isSpread) {
    const height = (share) => Math.min(Math.max(-Math.log10(Math.max(1 - share, 1e-9)), 0), MOST) / MOST;
    return { levels: NINES, height };
  }
  const levels = unit.is_share ? EVEN : around(lines);
  const [low, high] = [levels[0], levels.at(-1)];
  const least = unit.is_share ? 0 : low; // what is refused lies on the axis
  return { levels, height: (score) => (Math.max(score, least) - low) / (high - low) };
}

/** A small line of medians over time, on a scale of its own; nothing to draw: nothing. */
export function sparkline(medians, unit) {
  const known = medians.filter((each) => each !== null);
  if (known.length < 2) return [];
  const height = unit.is_share ? (share) => -Math.log10(Math.max(1 - share, 1e-7)) : (score) => score;
  const heights = known.map(height);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const points = heights.map((each, place) => {
    const part = high > low ? (each - low) / (high - low) : 0.5;
    return `${((100 * place) / (known.length - 1)).toFixed(1)},${(26 - 24 * part).toFixed(1)}`;
  });
  const text = `From ${write(known[0], unit)} to ${write(known.at(-1), unit)}`;
  const picture = draw("svg", { viewBox: "0 0 100 28", preserveAspectRatio: "none", role: "img", "aria-label": text });
  picture.append(draw("title", {}, text), draw("path", { d: `M${points.join("L")}`, "vector-effect": "non-scaling-stroke" }));
  return [picture];
}

/** A word as titles begin. */
export const titled = (word) => word.charAt(0).toUpperCase() + word.slice(1);

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
 * Draw lines [{name, points: [[generation, score], …]}, …] into a holder, each maybe with a band
 * [[generation, lowest, highest], …] behind it.
 * `box` spreads out the top of the scale of shares; `damages` say what is not drawn and why; `mark`
 * is a generation to point out, or none.
 */
export function drawCurve(holder, lines, unit, box, damages, mark = null) {
  box.closest("label").hidden = !unit.is_share;
  if (!box.dataset.chosen) box.checked = isHigh(lines);
  const redraw = () => drawOnce(holder, lines, unit, box.checked && unit.is_share, damages, mark);
  drawings.set(holder, redraw);
  watch.observe(holder);
  redraw();
}

function drawOnce(holder, lines, unit, isSpread, damages, mark) {
  const drawn = lines.filter(({ points }) => points.length);
  const said = drawn.length || damages.length ? damages : ["No generation is recorded yet."];
  const below = said.map((textContent) => make("p", { className: "soft", textContent }));
  if (!drawn.length) {
    holder.replaceChildren(...below);
    return;
  }
  const { levels, height } = scaleOf(drawn, unit, isSpread);
  const names = levels.map((level) => `${level === NINES[MOST] ? "≥ " : ""}${writeLevel(level, unit)}`);
  const left = Math.max(LEFT, LETTER * Math.max(...names.map(({ length }) => length)) + 12);
  const width = Math.max(holder.clientWidth, NARROWEST);
  const last = Math.max(...drawn.map(({ points }) => points.at(-1)[0]), 2);
  const x = (generation) => left + (Math.log(generation) / Math.log(last)) * (width - left - RIGHT);
  const y = (score) => HEIGHT - BOTTOM - height(score) * (HEIGHT - TOP - BOTTOM);
  const ends = drawn.map(({ name, points }) => `${name} ${write(points.at(-1)[1], unit)}`).join(", ");
  const picture = draw("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    class: "curve",
    width,
    height: HEIGHT,
    role: "img",
    "aria-label": `${titled(unit.noun)} over ${count(last)} generations. At the end: ${ends}.`,
  });
  levels.forEach((level, place) => {
    picture.append(
      draw("line", { class: "grid", x1: left, x2: width - RIGHT, y1: y(level), y2: y(level) }),
      draw("text", { x: left - 8, y: y(level) + 4, "text-anchor": "end" }, names[place]),
    );
  });
  const powers = Array.from({ length: 9 }, (_, power) => 10 ** power);
  for (const generation of [...powers.filter((each) => x(each) < x(last) - APART), last]) {
    const anchor = generation === 1 ? "start" : generation === last ? "end" : "middle";
    const place = { x: x(generation), y: HEIGHT - BOTTOM + 20, "text-anchor": anchor };
    picture.append(draw("text", place, count(generation)));
  }
  picture.append(draw("text", { x: x(last), y: HEIGHT - BOTTOM + 38, "text-anchor": "end" }, "generation"));
  drawn.forEach(({ band = [] }, which) => {
    if (band.length < 2) return;
    const edge = (side) => band.map((each) => `${x(each[0]).toFixed(1)},${y(each[side]).toFixed(1)}`);
    picture.append(draw("path", { class: `band band-${which}`, d: `M${[...edge(1), ...edge(2).reverse()].join("L")}Z` }));
  });
  drawn.forEach(({ points }, which) => {
    const path = points.map(([generation, value]) => `${x(generation).toFixed(1)},${y(value).toFixed(1)}`);
    picture.append(draw("path", { class: `line-${which}`, d: `M${path.join("L")}${points.length > 1 ? "" : "h2"}` }));
  });
  if (mark !== null) {
    picture.append(draw("line", { class: "mark", x1: x(mark), x2: x(mark), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  holder.replaceChildren(picture, legend(drawn, unit), ...below);
}

function legend(lines, unit) {
  const items = lines.map(({ name, points }, which) => {
    const key = draw("svg", { width: 26, height: 8, "aria-hidden": "true" });
    key.append(draw("line", { class: `line-${which}`, x1: 0, x2: 26, y1: 4, y2: 4 }));
    return make("li", {}, key, `${name} ${write(points.at(-1)[1], unit)}`);
  });
  return make("ul", { className: "legend" }, ...items);
}
