// Runs side by side: of two the same niche next to each other, of more bands of equal settings.

import { $, make } from "./dom.js";
import { apart, figure, nines, write } from "./numbers.js";
import {
  badge, damages, hasClasses, kind, nicheText, niches, pictureOf, readCurve, readRun, settled, show, standing, terms, thumbnail,
} from "./runs.js";
import { drawCurve, spreading, titled } from "./curve.js";
import { byName, byNumber, reversed, searched } from "./found.js";
import { look } from "./look.js";
import { bands, showSeveral } from "./several.js";

const NOTHING_SHARED = "These runs have no niche in common, so there is nothing to compare. Choose two of the same task.";
const OTHER_UNITS = "Scores of these runs are not of one kind, so there is nothing to compare. Choose two of the same task.";
let runs = [];
let pairs = [];

export function buildCompare() {
  spreading($("both-spread"), showCurve);
  $("both-find").addEventListener("submit", (event) => event.preventDefault());
  $("both-find").addEventListener("input", settled(refresh));
}

/** Compare runs, by their names: all about two of them, or numbers and curves of more. */
export async function loadCompare(names) {
  const isTwo = names.length === 2;
  $("compare-title").textContent = isTwo ? "Two runs side by side" : `${names.length} runs compared`;
  for (const id of ["two", "sides"]) $(id).hidden = !isTwo;
  for (const id of ["several-table", "band-said"]) $(id).hidden = isTwo;
  return isTwo ? loadTwo(names) : loadSeveral(names);
}

async function loadSeveral(names) {
  runs = await Promise.all(names.map(readCurve));
  const alike = runs.every(({ facts }) => isAlike(facts, runs[0].facts));
  $("both").hidden = !alike;
  $("apart").hidden = alike;
  $("apart").textContent = OTHER_UNITS;
  $("both-found").textContent = "";
  if (!alike) return runs;
  showWords();
  showCurve();
  showSeveral(runs);
  return runs;
}

async function loadTwo(names) {
  runs = await Promise.all(names.map(readRun));
  const key = ({ index, name }) => `${index} ${name}`;
  const alike = isAlike(runs[0].facts, runs[1].facts);
  const others = new Map(alike ? runs[1].niches.map((each) => [key(each), each]) : []);
  pairs = runs[0].niches.flatMap((one) => {
    const other = others.get(key(one));
    const isEmpty = other?.score === null && one.score === null;
    if (!other || (isEmpty && runs[0].facts.is_grid)) return [];
    const known = one.score !== null && other.score !== null;
    return [{ one, other, size: known ? distance(one.score, other.score) : 0 }];
  });
  show($("sides"), runs.map(side));
  $("both").hidden = pairs.length === 0;
  $("apart").hidden = pairs.length > 0;
  $("apart").textContent = alike ? NOTHING_SHARED : OTHER_UNITS;
  if (pairs.length) {
    showWords();
    showCurve();
  }
  refresh();
  return runs;
}

/** Say whether scores of both runs are of one unit. */
const isAlike = ({ unit: one }, { unit: other }) => one.noun === other.noun && one.is_share === other.is_share;

function showWords() {
  const { facts } = runs[0];
  const { noun } = facts.unit;
  const one = hasClasses(facts) ? "class" : "niche";
  $("both-curve-title").textContent = facts.niches === 1 ? `Best ${noun}` : `Median ${noun}`;
  $("both-niche").textContent = titled(one);
  $("both-order").options[3].text = one;
  $("both-table").setAttribute("aria-label", hasClasses(facts) ? "Classes of both runs" : "Niches of both runs");
  $("both-table").classList.toggle("drawn", !facts.images);
  $("both-nothing").textContent = `No ${one} of both runs matches.`;
  $("both-find").hidden = pairs.length === 1;
}

function showCurve() {
  const lines = runs.length > 2 ? bands(runs) : runs.map(({ name, curve }, which) => ({
    name: `${"AB"[which]}: ${name}`,
    points: curve.filter(({ median }) => median !== null).map(({ generation, median }) => [generation, median]),
  }));
  const damaged = runs.flatMap((run) => damages(run).map((text) => `${run.name}: ${text}`));
  drawCurve($("both-curve"), lines, runs[0].facts.unit, $("both-spread"), damaged);
}

function side({ name, facts }, which) {
  const link = make("a", { href: `#${new URLSearchParams({ run: name })}`, textContent: name });
  link.dataset.focus = `open ${which}`;
  const figures = make("dl", { className: "figures" });
  figures.append(...terms(standing(facts)));
  const said = make("p", { className: "soft", textContent: kind(facts) });
  const title = make("h2", {}, `${"AB"[which]}: `, link);
  return make("section", { className: "side-of" }, title, said, figures, make("p", {}, badge(facts.state)));
}

const orders = {
  apart: reversed(byNumber(({ size }) => Math.abs(size))),
  left: reversed(byNumber(({ size }) => size)),
  right: byNumber(({ size }) => size),
  index: () => 0, // as they come
  name: ({ one }, { one: other }) => byName(one, other),
};

function refresh() {
  const isNamed = searched($("both-search").value);
  const found = pairs.filter(({ one }) => isNamed(one.name, one.index));
  found.sort(orders[$("both-order").value]);
  show($("pairs"), found.map(row));
  $("both-found").textContent = `${niches(found.length, runs[0].facts)} in both`;
  $("both-nothing").hidden = found.length > 0;
}

function row({ one, other }) {
  const text = difference(one.score, other.score);
  const apart = make("td", { className: "number", textContent: text });
  if (text.startsWith("+")) apart.classList.add("ahead-first");
  if (text.startsWith("−")) apart.classList.add("ahead-second");
  const head = make("th", { scope: "row", textContent: nicheText(runs[0].facts, one) });
  return make("tr", {}, head, cell(runs[0], one, "A"), cell(runs[1], other, "B"), apart);
}

function cell(run, elite, letter) {
  const text = make("span", { textContent: write(elite.score, run.facts.unit) });
  const inside = make("div", { className: "cell" });
  if (elite.shown) {
    const button = make("button", { type: "button", className: "pic" });
    button.append(thumbnail(pictureOf(run.name, run.facts.version, elite)));
    button.setAttribute("aria-label", `${letter}, ${nicheText(run.facts, elite)}: look closer`);
    button.dataset.focus = `${letter} ${elite.index}`;
    button.addEventListener("click", () => look(run, elite));
    inside.append(button);
  }
  inside.append(text);
  return make("td", {}, inside);
}

/** How far scores of the unit of the runs are apart; shares are compared in nines. */
const distance = (one, other) => (runs[0].facts.unit.is_share ? nines(one) - nines(other) : one - other);

/** Write it, with its sign; of a niche without an elite there is nothing to say. */
function difference(one, other) {
  if (one === null || other === null) return "–";
  if (runs[0].facts.unit.is_share) return apart(one, other);
  return (one > other ? "+" : one < other ? "−" : "") + figure(Math.abs(one - other));
}
