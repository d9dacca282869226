// One run: its numbers and curves, and all its niches.

import { $, fill, make } from "./dom.js";
import { write, writeLevel } from "./numbers.js";
import {
  count, damages, date, duration, fileOf, generations, gridOf, hasClasses, isComparable, kind, nicheText, niches, pictureOf, portion, reached, readRun,
  settled, show, standing, terms, thumbnail,
} from "./runs.js";
import { drawCurve, spreading, titled } from "./curve.js";
import { byName, byNumber, reversed, searched, within } from "./found.js";
import { look } from "./look.js";

export let run = null;
let cards = new Map();
let frame = null; // the archive at another time, or none: now

/** Build the view; `goTo` opens a place such as {compare, with}. */
export function buildRun(goTo) {
  $("find").addEventListener("submit", (event) => event.preventDefault());
  $("find").addEventListener("input", settled(refresh));
  spreading($("spread"), showCurve);
  $("other").addEventListener("submit", (event) => {
    event.preventDefault();
    if ($("other-run").value) goTo({ compare: run.name, with: $("other-run").value });
  });
}

/** Show a run; `runs` are those that it can be compared with. */
export async function loadRun(name, runs) {
  const told = await readRun(name);
  if (run?.name !== name) {
    cards = new Map();
    frame = null;
    $("find").reset();
    $("order").value = told.facts.images ? "index" : "high";
    delete $("spread").dataset.chosen;
  }
  run = told;
  const others = runs.filter((each) => each.name !== name && isComparable(each.facts, run.facts));
  fill($("other-run"), others.map((each) => [each.name, each.name]));
  $("other").hidden = others.length === 0;
  showFacts();
  refresh();
}

/** Show the archive as it was, or, without a frame, as it is. */
export function showFrame(at) {
  frame = at;
  showCurve();
  refresh();
}

function showFacts() {
  const { facts, settings, files, name } = run;
  $("run-name").textContent = name;
  $("run-said").textContent = `${kind(facts)} · ${facts.state}${behind(facts)} · begun ${date(facts.begun)} · took ${duration(facts.seconds)}`;
  show($("numbers"), terms(numbers(facts)));
  showWords(facts);
  $("settings").textContent = settings;
  show($("files"), files.map((file) => {
    const link = make("a", { href: fileOf(name, file), textContent: file, download: file });
    link.dataset.focus = file;
    return make("li", {}, link);
  }));
  showCurve();
}

/** What pictures are of that are older than the numbers. */
function behind({ state, published, images }) {
  if (state === "finished") return "";
  const what = images ? "pictures" : "elites";
  return published ? `; ${what} are of generation ${count(published)}` : `; no ${what} yet`;
}

function numbers(facts) {
  const { unit } = facts;
  const pairs = standing(facts);
  if (facts.is_grid) {
    const known = run.niches.flatMap(({ score }) => (score === null ? [] : [score]));
    pairs.unshift(["best", write(known.length ? Math.max(...known) : null, unit)]);
  }
  const levels = facts.niches > 1 ? reached(facts).reverse() : [];
  for (const [level, part] of levels) {
    pairs.push([`≥ ${writeLevel(level, unit)}`, `${count(Math.round(part * facts.niches))} of ${count(facts.niches)}`]);
  }
  return [
    ...pairs,
    ["generations", generations(facts)],
    ["evaluations", count(facts.evaluations)],
  ];
}

/** Say whether one elite is all there is, and drawn: then it is shown large. */
const isAlone = () => run.facts.niches === 1 && !run.facts.images;

/** Name things as the task of the run does, and hide what it has no use for. */
function showWords(facts) {
  const { unit, unseen, images } = facts;
  const [one, many] = hasClasses(facts) ? ["class", "Classes"] : ["niche", "Niches"];
  $("curve-title").textContent = titled(unit.noun);
  $("niches-title").textContent = facts.niches === 1 ? "The best" : many;
  $("classes").setAttribute("aria-label", $("niches-title").textContent);
  $("classes").classList.toggle("drawn", !images);
  $("classes").classList.toggle("alone", isAlone());
  $("nothing").textContent = `No ${one} matches.`;
  $("unseen").hidden = !unseen;
  $("unseen").textContent = unseen && `${titled(unseen)}.`;
  $("find").hidden = facts.niches === 1;
  fill($("level"), levelsOf(facts));
  $("level-name").textContent = titled(unit.noun);
  $("level").closest("label").hidden = $("level").options.length === 1;
  $("order").options[0].text = one;
  $("order").options[2].text = `highest ${unit.noun}`;
  $("order").options[3].text = `lowest ${unit.noun}`;
  $("map").hidden = !facts.has_map;
  const address = gridOf(run.name, facts);
  if (facts.has_map && $("map-image").getAttribute("src") !== address) $("map-image").src = address;
}

/** What niches can be filtered by: at least each level, and below it. */
function levelsOf(facts) {
  const levels = reached(facts).map(([level]) => [level, writeLevel(level, facts.unit)]);
  return [
    ["", "any"],
    ...levels.map(([level, text]) => [level, `at least ${text}`]),
    ...levels.reverse().map(([level, text]) => [`below ${level}`, `below ${text}`]),
  ];
}

function showCurve() {
  const { niches: all, unit } = run.facts;
  const known = run.curve.filter(({ median }) => median !== null);
  const line = (key, name = key) => ({ name, points: known.map((each) => [each.generation, each[key]]) });
  const lines = all === 1 ? [line("median", "best")] : [line("median"), line("mean"), line("worst", "lowest")];
  drawCurve($("curve"), lines, unit, $("spread"), damages(run), frame?.generation ?? null);
}

/** The niches as they are, or were at the time that is chosen; of a grid, those with an elite. */
function elites() {
  const all = run.niches.map((each, row) =>
    frame && row < frame.keys.length
      ? { ...each, score: frame.scores[row], found_at: frame.found_at[row], key: frame.keys[row], at: frame.generation }
      : { ...each, at: null },
  );
  return run.facts.is_grid ? all.filter(({ score }) => score !== null) : all;
}

const byScore = byNumber(({ score }) => score);
const orders = {
  index: () => 0, // as they come
  name: byName,
  high: reversed(byScore),
  low: byScore,
  late: reversed(byNumber((each) => each.found_at)),
};

function refresh() {
  const [isNamed, isWithin] = [searched($("search").value), within($("level").value)];
  const found = elites().filter(({ index, name, score }) => isWithin(score) && isNamed(name, index));
  found.sort(orders[$("order").value]);
  show($("classes"), found.map(card));
  $("found").textContent = `${niches(found.length, run.facts)}${frame ? `, generation ${count(frame.generation)}` : ""}`;
  $("nothing").hidden = found.length > 0;
}

/** Make or mend the card of a niche; its picture is loaded again only if it is another. */
function card(elite) {
  const made = cards.get(elite.index) ?? makeCard(elite);
  const { item, button, image, number, bar } = made;
  const hasPicture = elite.score !== null && (elite.at === null ? elite.shown : run.facts.images);
  made.elite = elite;
  const is = `${elite.at === null ? "now" : "then"} ${elite.key ?? ""} ${elite.found_at}`;
  if (made.is !== is && hasPicture) {
    const more = elite.at === null ? { size: isAlone() ? "large" : "small" } : { generation: elite.at };
    image.src = pictureOf(run.name, run.facts.version, elite, more);
    made.is = is;
  }
  image.hidden = !hasPicture;
  button.querySelector(".none").hidden = hasPicture || !run.facts.images;
  number.textContent = write(elite.score, run.facts.unit);
  const part = portion(elite.score, run.facts);
  bar.hidden = part === null;
  bar.style.setProperty("--share", part ?? 0);
  return item;
}

function makeCard(elite) {
  const { index, name } = elite;
  const image = thumbnail("");
  image.removeAttribute("src");
  const number = make("span", { className: "number" });
  const bar = make("span", { className: "bar" });
  const none = make("span", { className: "none", textContent: "none yet" });
  const text = make("span", { className: "name", textContent: nicheText(run.facts, elite), title: name });
  const button = make("button", { type: "button", className: "pic" }, image, none, text, number, bar);
  button.dataset.focus = `class ${index}`;
  const made = { item: make("li", {}, button), button, image, number, bar, is: null, elite: null };
  button.addEventListener("click", () => look(run, made.elite));
  cards.set(index, made);
  return made;
}
