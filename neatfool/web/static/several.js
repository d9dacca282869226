// Many runs as a few lines: the medians of those of equal settings, between the lowest and the highest.

import { $, make } from "./dom.js";
import { write } from "./numbers.js";
import { count, duration, generations, middle, show } from "./runs.js";

/** Runs of equal settings, each with a name for them: that of the only one, or what they are. */
export function families(runs) {
  const found = new Map();
  for (const run of runs) {
    const key = run.facts.group || run.name;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(run);
  }
  return [...found.values()].map((members) => {
    const { name, encoding, search } = members[0].facts;
    const text = members.length > 1 ? `${name} · ${encoding} · ${search}, ${members.length} seeds` : members[0].name;
    return { text, members };
  });
}

/** Lines with bands, for `drawCurve`. */
export function bands(runs) {
  return families(runs).map(({ text, members }) => {
    const curves = members.map(({ curve }) => curve.filter(({ median }) => median !== null)).filter(({ length }) => length);
    const first = Math.max(...curves.map(([begin]) => begin.generation));
    const all = [...new Set(curves.flatMap((curve) => curve.map(({ generation }) => generation)))];
    const rows = all.filter((each) => each >= first).sort((one, other) => one - other).map((generation) => {
      const scores = curves.map((curve) => at(curve, generation)).sort((one, other) => one - other);
      return { generation, scores };
    });
    return {
      name: text,
      points: rows.map(({ generation, scores }) => [generation, middle(scores)]),
      band: members.length > 1 ? rows.map(({ generation, scores }) => [generation, scores[0], scores.at(-1)]) : [],
    };
  });
}

/** The score after a generation: of the last that is known by then. */
const at = (curve, generation) => curve.findLast((each) => each.generation <= generation).median;

/** Show the runs in a table, those of equal settings together. */
export function showSeveral(runs) {
  const { facts } = runs[0];
  const scores = facts.niches === 1 ? ["Best"] : ["Median", "Lowest"];
  const heads = ["Run", "Seed", ...scores, "Generations", "Took"];
  $("several-head").replaceChildren(
    ...heads.map((text, place) => make("th", { scope: "col", textContent: text, className: place ? "number" : "" })),
  );
  show($("several"), families(runs).flatMap(({ text, members }, which) => members.map((run) => row(run, which, text))));
}

function row({ name, facts }, which, family) {
  const link = make("a", { href: `#${new URLSearchParams({ run: name })}`, textContent: name });
  link.dataset.focus = `open ${name}`;
  const key = make("span", { className: `key key-${which}`, title: family });
  const scores = facts.niches === 1 ? [facts.median] : [facts.median, facts.worst];
  const written = scores.map((score) => write(score, facts.unit));
  const numbers = [count(facts.seed), ...written, generations(facts), duration(facts.seconds)];
  return make(
    "tr", {}, make("th", { scope: "row" }, key, link),
    ...numbers.map((text) => make("td", { className: "number", textContent: text })),
  );
}
