// The list of runs: search, sort, filter, group by settings, choose some to compare.

import { $, fill, make, plural } from "./dom.js";
import { write, writeLevel } from "./numbers.js";
import {
  badge, count, date, duration, generations, kind, middle, pictureOf, reached, readRuns, settled, show, standing, terms, thumbnail,
} from "./runs.js";
import { sparkline } from "./curve.js";
import { byName, byNumber, reversed, searched } from "./found.js";
import { isStarred, noteOf, readNotes, starOf } from "./notes.js";

let runs = [];
let go = () => {};
let isBackwards = false; // another press of the heading that the list is sorted by
const picked = new Set();
const folded = new Set(); // groups that are not shown

/** Build the view; `goTo` opens a place such as {compare, with}. */
export function buildList(goTo) {
  go = goTo;
  $("list-find").addEventListener("submit", (event) => event.preventDefault());
  $("list-find").addEventListener("input", settled(refresh));
  $("list-order").addEventListener("input", () => (isBackwards = false));
  for (const button of $("list-head").querySelectorAll("button")) {
    button.addEventListener("click", () => {
      isBackwards = !isBackwards && $("list-order").value === button.dataset.order;
      $("list-order").value = button.dataset.order;
      refresh();
    });
  }
  $("pick").addEventListener("submit", (event) => {
    event.preventDefault();
    if (picked.size > 1) compare([...picked]);
  });
  $("unpick").addEventListener("click", () => {
    picked.clear();
    refresh();
    $("list-search").focus();
  });
}

const compare = ([first, ...others]) => go([["compare", first], ...others.map((each) => ["with", each])]);

/** Ask for the runs and show them. */
export async function loadList() {
  [runs] = await Promise.all([readRuns(), readNotes()]);
  const kinds = [...new Set(runs.flatMap(({ facts }) => (facts ? [facts.encoding] : [])))].sort();
  fill($("list-encoding"), [["", "all"], ...kinds.map((each) => [each, each])]);
  refresh();
  return runs;
}

const orders = {
  new: reversed(byNumber(({ facts }) => facts?.begun)),
  name: byName,
  median: reversed(byNumber(({ facts }) => facts?.median)),
  worst: reversed(byNumber(({ facts }) => facts?.worst)),
  generation: reversed(byNumber(({ facts }) => facts?.generation)),
  took: reversed(byNumber(({ facts }) => facts?.seconds)),
};

/** What is first in each of these orders, and turned round. */
const firsts = {
  new: ["newest", "oldest"],
  name: ["A", "Z"],
  median: ["highest", "lowest"],
  worst: ["highest", "lowest"],
  generation: ["most", "fewest"],
  took: ["longest", "shortest"],
};

function matches({ name, facts }) {
  const [state, encoding] = [$("list-state").value, $("list-encoding").value];
  return (
    searched($("list-search").value)(`${name} ${facts ? kind(facts) : ""} ${noteOf(name)}`) &&
    (!state || facts?.state === state) &&
    (!encoding || facts?.encoding === encoding) &&
    (!$("list-starred").checked || isStarred(name))
  );
}

function refresh() {
  for (const name of picked) if (!runs.some((run) => run.name === name)) picked.delete(name);
  const order = $("list-order").value;
  const found = runs.filter(matches).sort(isBackwards ? reversed(orders[order]) : orders[order]);
  show($("runs"), $("list-grouped").checked ? groups(found).map(entry) : found.map((each) => card(each)));
  for (const button of $("list-head").querySelectorAll("button")) {
    const isIt = button.dataset.order === order;
    button.setAttribute("aria-pressed", String(isIt));
    button.toggleAttribute("data-backwards", isIt && isBackwards);
    const label = `${button.textContent}, ${firsts[order][Number(isBackwards)]} first`;
    button.setAttribute("aria-label", isIt ? label : button.textContent);
  }
  $("list-head").hidden = found.length === 0;
  $("list-found").textContent = plural(found.length, "run");
  $("list-nothing").hidden = found.length > 0;
  $("list-nothing").textContent = whyNone();
  showPicked();
}

function whyNone() {
  if (!runs.length) return "There are no runs here. Start the server with a folder of runs: neatfool browse RUNS_DIR";
  const lacksStars = $("list-starred").checked && !runs.some(({ name }) => isStarred(name));
  return lacksStars ? "No run has a star. Press the one beside its name." : "No run matches all that is chosen above.";
}

/** Runs of equal settings, in the order of the best placed of them. */
function groups(found) {
  const made = new Map();
  for (const run of found) {
    const key = run.facts?.group || run.name;
    if (!made.has(key)) made.set(key, []);
    made.get(key).push(run);
  }
  return [...made.entries()];
}

function entry([key, members]) {
  if (members.length === 1) return card(members[0]);
  const isOpen = !folded.has(key);
  const { name, encoding, search } = members[0].facts;
  const fold = make("button", { type: "button", className: "quiet fold", "aria-expanded": String(isOpen) });
  fold.append(make("span", { "aria-hidden": "true", textContent: isOpen ? "▾" : "▸" }), ` ${name} · ${encoding} · ${search}`);
  fold.dataset.focus = `fold ${key}`;
  fold.addEventListener("click", () => {
    if (isOpen) folded.add(key);
    else folded.delete(key);
    refresh();
  });
  const all = make("button", { type: "button", textContent: "Compare all", "aria-label": `Compare all ${members.length} of ${name}, ${encoding}` });
  all.addEventListener("click", () => compare(members.map((each) => each.name)));
  const head = make("div", { className: "group-head" }, fold, make("p", { className: "soft", textContent: sumUp(members) }), all);
  const list = make("ul", { className: "runs", hidden: !isOpen }, ...members.map((each) => card(each, true)));
  return make("li", { className: "group" }, head, list);
}

/** How many seeds, and where they stand. */
function sumUp(members) {
  const { unit, niches } = members[0].facts;
  const known = members.map(({ facts }) => facts.median).filter((each) => each !== null).sort((one, other) => one - other);
  const count = new Set(members.map(({ facts }) => facts.seed)).size;
  const named = plural(count, "seed");
  const seeds = count === members.length ? named : `${plural(members.length, "run")} of ${named}`;
  if (!known.length) return seeds;
  const range = `${write(known[0], unit)} to ${write(known.at(-1), unit)}`;
  return `${seeds} · ${niches === 1 ? "best" : "median"} ${write(middle(known), unit)} (${range})`;
}

function showPicked() {
  $("pick").hidden = picked.size === 0;
  const names = [...picked];
  $("picked").textContent = {
    1: `${names[0]}: choose other runs to compare it with.`,
    2: names.join(" and "),
  }[picked.size] ?? `${picked.size} runs`;
  $("compare-picked").setAttribute("aria-disabled", String(picked.size < 2));
}

/** A run; in a group, which says the rest, it is known by its seed. */
function card({ name, facts, strip, spark, damaged_line, problem }, isGrouped = false) {
  const title = make("h2", {}, facts ? make("a", { href: `#${new URLSearchParams({ run: name })}`, textContent: name }) : name);
  if (facts) title.firstChild.dataset.focus = `open ${name}`;
  if (!facts) {
    const first = make("div", { className: "first" }, title, badge("damaged"));
    return make("li", { className: "run broken" }, first, make("p", { textContent: problem }));
  }
  const first = make("div", { className: "first" }, starOf(name, refresh), title);
  const said = make("p", { className: "soft said", textContent: isGrouped ? `seed ${facts.seed}` : kind(facts) });
  const pictures = make("div", { className: facts.images ? "strip" : "strip drawn" });
  pictures.append(...strip.map((each) => thumbnail(pictureOf(name, facts.version, each))));
  const figures = make("dl", { className: "figures" });
  figures.append(...terms(numbers(facts)));
  const note = make("p", { className: "soft noted", textContent: noteOf(name), hidden: !noteOf(name) });
  const head = make("div", { className: "named-run" }, first, said, note);
  const drawn = damaged_line === null ? sparkline(spark, facts.unit) : [`damaged: line ${count(damaged_line)}`];
  const line = make("div", { className: "spark soft" }, ...drawn);
  return make("li", { className: "run" }, head, pictures, line, figures, make("div", { className: "last" }, badge(facts.state), choice(name)));
}

function numbers(facts) {
  const [first, second = ["", ""]] = standing(facts);
  const [top] = reached(facts);
  const pairs = [first, second];
  if (top && facts.niches > 1) {
    const [level, part] = top;
    pairs.push([`≥ ${writeLevel(level, facts.unit)}`, `${count(Math.round(part * facts.niches))} of ${count(facts.niches)}`]);
  } else pairs.push(standing(facts)[2] ?? ["", ""]);
  return [...pairs, ["generations", generations(facts)], ["begun", date(facts.begun)], ["took", duration(facts.seconds)]];
}

function choice(name) {
  const box = make("input", { type: "checkbox", checked: picked.has(name) });
  box.setAttribute("aria-label", `Compare ${name}`);
  box.dataset.focus = `pick ${name}`;
  box.addEventListener("change", () => {
    if (box.checked) picked.add(name);
    else picked.delete(name);
    refresh();
  });
  return make("label", { className: "check" }, box, "Compare");
}
