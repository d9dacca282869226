// The list of runs: search, sort, filter, choose two to compare.

import { $, fill, make, plural } from "./dom.js";
import { writeLevel } from "./numbers.js";
import {
  badge, count, generations, kind, pictureOf, reached, readRuns, settled, show, standing, terms, thumbnail,
} from "./runs.js";
import { byName, byNumber, reversed, searched } from "./found.js";

let runs = [];
let go = () => {};
const picked = new Set();

/** Build the view; `goTo` opens a place such as {compare, with}. */
export function buildList(goTo) {
  go = goTo;
  $("list-find").addEventListener("submit", (event) => event.preventDefault());
  $("list-find").addEventListener("input", settled(refresh));
  $("pick").addEventListener("submit", (event) => {
    event.preventDefault();
    const [first, second] = picked;
    if (second) go({ compare: first, with: second });
  });
  $("unpick").addEventListener("click", () => {
    picked.clear();
    refresh();
    $("list-search").focus();
  });
}

/** Ask for the runs and show them. */
export async function loadList() {
  runs = await readRuns();
  const kinds = [...new Set(runs.flatMap(({ facts }) => (facts ? [facts.encoding] : [])))].sort();
  fill($("list-encoding"), [["", "all"], ...kinds.map((each) => [each, each])]);
  refresh();
  return runs;
}

const orders = {
  new: () => 0, // as they come
  name: byName,
  median: reversed(byNumber(({ facts }) => facts?.median)),
  worst: reversed(byNumber(({ facts }) => facts?.worst)),
  generation: reversed(byNumber(({ facts }) => facts?.generation)),
};

function matches({ name, facts }) {
  const [state, encoding] = [$("list-state").value, $("list-encoding").value];
  return (
    searched($("list-search").value)(`${name} ${facts ? kind(facts) : ""}`) &&
    (!state || facts?.state === state) &&
    (!encoding || facts?.encoding === encoding)
  );
}

function refresh() {
  for (const name of picked) if (!runs.some((run) => run.name === name)) picked.delete(name);
  const found = runs.filter(matches).sort(orders[$("list-order").value]);
  show($("runs"), found.map(card));
  $("list-found").textContent = plural(found.length, "run");
  $("list-nothing").hidden = found.length > 0;
  $("list-nothing").textContent = runs.length
    ? "No run matches. Search for something else."
    : "There are no runs here. Start the server with a folder of runs: neatfool browse RUNS_DIR";
  showPicked();
}

function showPicked() {
  $("pick").hidden = picked.size === 0;
  $("picked").textContent = picked.size === 1 ? `${[...picked][0]}: choose another run to compare it with.` : [...picked].join(" and ");
  $("compare-picked").setAttribute("aria-disabled", String(picked.size !== 2));
}

function card({ name, facts, strip, problem }) {
  const title = make("h2", {}, facts ? make("a", { href: `#${new URLSearchParams({ run: name })}`, textContent: name }) : name);
  if (facts) title.firstChild.dataset.focus = `open ${name}`;
  const first = make("div", { className: "first" }, title, badge(facts?.state ?? "damaged"));
  if (!facts) return make("li", { className: "run" }, first, make("p", { textContent: problem }));
  const said = make("p", { className: "soft", textContent: kind(facts) });
  const pictures = make("div", { className: facts.images ? "strip" : "strip drawn" });
  pictures.append(...strip.map((each) => thumbnail(pictureOf(name, facts.version, each))));
  const figures = make("dl", { className: "figures" });
  figures.append(...terms(numbers(facts)));
  return make("li", { className: "run" }, first, said, pictures, figures, choice(name));
}

function numbers(facts) {
  const pairs = standing(facts);
  const [top] = reached(facts);
  if (top && facts.niches > 1) {
    const [level, part] = top;
    pairs.push([`≥ ${writeLevel(level, facts.unit)}`, `${count(Math.round(part * facts.niches))} of ${count(facts.niches)}`]);
  }
  return [...pairs, ["generations", generations(facts)]];
}

function choice(name) {
  const box = make("input", { type: "checkbox", checked: picked.has(name) });
  box.setAttribute("aria-label", `Compare ${name}`);
  box.dataset.focus = `pick ${name}`;
  box.addEventListener("change", () => {
    if (box.checked) picked.add(name);
    else picked.delete(name);
    if (picked.size > 2) picked.delete([...picked][0]);
    refresh();
  });
  return make("label", { className: "check" }, box, "Compare");
}
