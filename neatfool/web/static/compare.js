// Two runs side by side: the same class next to each other.

import { $, classText, make } from "./dom.js";
import { badge, classes, kind, pictureOf, readRun, settled, share, show, terms, thumbnail } from "./archives.js";
import { drawCurve, spreading } from "./curve.js";
import { look } from "./look.js";

let runs = [];
let pairs = [];

export function buildCompare() {
  spreading($("both-spread"), showCurve);
  $("both-find").addEventListener("submit", (event) => event.preventDefault());
  $("both-find").addEventListener("input", settled(refresh));
}

export async function loadCompare(first, second) {
  runs = await Promise.all([readRun(first), readRun(second)]);
  const key = ({ index, name }) => `${index} ${name}`;
  const others = new Map(runs[1].classes.map((each) => [key(each), each]));
  pairs = runs[0].classes.flatMap((one) => {
    const other = others.get(key(one));
    const known = other && one.confidence !== null && other.confidence !== null;
    return other ? [{ one, other, apart: known ? one.confidence - other.confidence : 0 }] : [];
  });
  show($("sides"), runs.map(side));
  showCurve();
  refresh();
  return runs;
}

function showCurve() {
  const lines = runs.map(({ name, curve }, which) => ({
    name: `${"AB"[which]}: ${name}`,
    points: curve.filter(({ median }) => median !== null).map(({ generation, median }) => [generation, median]),
  }));
  drawCurve($("both-curve"), lines, $("both-spread"));
}

function side({ name, facts }, which) {
  const link = make("a", { href: `#${new URLSearchParams({ run: name })}`, textContent: name });
  link.dataset.focus = `open ${which}`;
  const figures = make("dl", { className: "figures" });
  figures.append(...terms([["median", share(facts.median)], ["worst", share(facts.worst)]]));
  const said = make("p", { className: "soft", textContent: kind(facts) });
  const title = make("h2", {}, `${"AB"[which]}: `, link);
  return make("section", { className: "side-of" }, title, said, figures, make("p", {}, badge(facts.state)));
}

const orders = {
  apart: (one, other) => Math.abs(other.apart) - Math.abs(one.apart),
  left: (one, other) => other.apart - one.apart,
  right: (one, other) => one.apart - other.apart,
  index: () => 0, // as they come
  name: ({ one }, { one: other }) => one.name.localeCompare(other.name, "en", { numeric: true }),
};

function refresh() {
  const words = $("both-search").value.toLowerCase().split(/\s+/);
  const found = pairs.filter(({ one }) => {
    const text = `${one.index} ${one.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  found.sort(orders[$("both-order").value]);
  show($("pairs"), found.map(row));
  $("both-found").textContent = `${classes(found.length)} in both`;
  $("both-nothing").hidden = found.length > 0;
}

function row({ one, other, apart }) {
  const points = make("td", { className: "number", textContent: difference(apart) });
  if (apart > 0) points.classList.add("ahead-first");
  if (apart < 0) points.classList.add("ahead-second");
  const head = make("th", { scope: "row", textContent: classText(one.index, one.name) });
  return make("tr", {}, head, cell(runs[0], one, "A"), cell(runs[1], other, "B"), points);
}

function cell(run, elite, letter) {
  const text = make("span", { textContent: share(elite.confidence) });
  const inside = make("div", { className: "cell" });
  if (elite.confidence !== null) {
    const button = make("button", { type: "button", className: "pic" });
    button.append(thumbnail(pictureOf(run.name, run.facts.version, elite)));
    button.setAttribute("aria-label", `${letter}, ${classText(elite.index, elite.name)}: look closer`);
    button.dataset.focus = `${letter} ${elite.index}`;
    button.addEventListener("click", () => look(run, elite));
    inside.append(button);
  }
  inside.append(text);
  return make("td", {}, inside);
}

/** 0.0312 as "+3.12", in percentage points. */
function difference(apart) {
  const sign = apart > 0 ? "+" : apart < 0 ? "−" : "";
  return sign + Math.abs(apart * 100).toFixed(2);
}
