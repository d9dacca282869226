// One run: its numbers and curves, and all its classes.

import { $, classText, fill, make } from "./dom.js";
import { classes, count, fileOf, kind, pictureOf, readRun, settled, share, show, terms, thumbnail } from "./archives.js";
import { drawCurve, spreading } from "./curve.js";
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
    delete $("spread").dataset.chosen;
  }
  run = told;
  const others = runs.filter((each) => each.facts && each.name !== name);
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
  const behind = facts.state === "finished" ? "" : facts.published ? `; pictures are of generation ${count(facts.published)}` : "; no pictures yet";
  $("run-said").textContent = `${kind(facts)} · ${facts.state}${behind}`;
  const fooled = Object.entries(facts.coverage).map(([level, part]) => [
    `of ${facts.classes} ≥ ${Math.round(level * 1e4) / 100} %`,
    String(Math.round(part * facts.classes)),
  ]);
  const generations = facts.state === "finished" ? count(facts.generation) : `${count(facts.generation)} of ${count(facts.planned)}`;
  show($("numbers"), terms([
    ["median", share(facts.median)],
    ["worst class", share(facts.worst)],
    ...fooled,
    ["generations", generations],
    ["evaluations", count(facts.evaluations)],
  ]));
  $("settings").textContent = settings;
  show($("files"), files.map((file) => {
    const link = make("a", { href: fileOf(name, file), textContent: file, download: file });
    link.dataset.focus = file;
    return make("li", {}, link);
  }));
  showCurve();
}

function showCurve() {
  const known = run.curve.filter(({ median }) => median !== null);
  const line = (key) => ({ name: key, points: known.map((each) => [each.generation, each[key]]) });
  drawCurve($("curve"), ["median", "mean", "worst"].map(line), $("spread"), frame?.generation ?? null);
}

/** The classes as they are, or were at the time that is chosen. */
function elites() {
  return run.classes.map((each, row) =>
    frame && row < frame.keys.length
      ? { ...each, confidence: frame.confidences[row], found_at: frame.found_at[row], key: frame.keys[row], at: frame.generation }
      : { ...each, at: null },
  );
}

const sure = ({ confidence }) => confidence ?? -1;
const orders = {
  index: () => 0, // as they come
  name: (one, other) => one.name.localeCompare(other.name, "en", { numeric: true }),
  high: (one, other) => sure(other) - sure(one),
  low: (one, other) => sure(one) - sure(other),
  late: (one, other) => other.found_at - one.found_at,
};

function refresh() {
  const words = $("search").value.toLowerCase().split(/\s+/);
  const level = Number($("level").value);
  const found = elites().filter((each) => {
    const text = `${each.index} ${each.name}`.toLowerCase();
    const fits = level >= 0 ? sure(each) >= level || !level : sure(each) < -level;
    return fits && words.every((word) => text.includes(word));
  });
  found.sort(orders[$("order").value]);
  show($("classes"), found.map(card));
  $("found").textContent = `${classes(found.length)}${frame ? `, generation ${count(frame.generation)}` : ""}`;
  $("nothing").hidden = found.length > 0;
}

/** Make or mend the card of a class; its picture is loaded again only if it is another. */
function card(elite) {
  const made = cards.get(elite.index) ?? makeCard(elite);
  const { item, button, image, number, bar } = made;
  made.elite = elite;
  const is = `${elite.at === null ? "now" : "then"} ${elite.key ?? ""} ${elite.found_at}`;
  if (made.is !== is && elite.confidence !== null) {
    const more = elite.at === null ? {} : { generation: elite.at };
    image.src = pictureOf(run.name, run.facts.version, elite, more);
    made.is = is;
  }
  image.hidden = elite.confidence === null;
  button.querySelector(".none").hidden = !image.hidden;
  number.textContent = share(elite.confidence);
  bar.style.setProperty("--share", elite.confidence ?? 0);
  return item;
}

function makeCard({ index, name }) {
  const image = thumbnail("");
  image.removeAttribute("src");
  const number = make("span", { className: "number" });
  const bar = make("span", { className: "bar" });
  const none = make("span", { className: "none", textContent: "none yet" });
  const text = make("span", { className: "name", textContent: classText(index, name), title: name });
  const button = make("button", { type: "button", className: "pic" }, image, none, text, number, bar);
  button.dataset.focus = `class ${index}`;
  const made = { item: make("li", {}, button), button, image, number, bar, is: null, elite: null };
  button.addEventListener("click", () => look(run, made.elite));
  cards.set(index, made);
  return made;
}
