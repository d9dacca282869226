// Runs as the server tells of them, and how their numbers and pictures are written.

import { classText, make } from "./dom.js";
import { figure, percent, write } from "./numbers.js";
import { attempt } from "./messages.js";
import { request } from "./session.js";

const query = (values) => new URLSearchParams(values).toString();

export const readRuns = () => request("GET", "/api/runs");
export const readRun = (run) => request("GET", `/api/runs/run?${query({ run })}`);
export const readCurve = (run) => request("GET", `/api/runs/curve?${query({ run })}`);
export const readAllNotes = () => request("GET", "/api/runs/notes");
export const changeNote = (note) => request("PUT", "/api/runs/notes", note);
export const askDrawing = (asked) => request("POST", "/api/runs/drawing", asked);
export const drawingOf = (asked) => `/api/runs/drawing?${query(asked)}`;
export const posterOf = (run, niche, size) =>
  `/api/runs/poster?${query({ run, size, ...(niche === null ? {} : { niche }) })}`;
export const readReplay = (run) => request("GET", `/api/runs/replay?${query({ run })}`);
export const startReplay = (run) => request("POST", "/api/runs/replay", { run });
export const readFrame = (run, generation) => request("GET", `/api/runs/frame?${query({ run, generation })}`);
export const gridOf = (run, { version, published }) =>
  `/api/runs/grid?${query({ run, v: `${version}.${published}` })}`;
export const fileOf = (run, file) => `/api/runs/file?${query({ run, file })}`;

/** The address of a picture; it changes with what it shows, so that browsers may keep it. */
export function pictureOf(run, version, { index, found_at }, more = {}) {
  return `/api/runs/elite?${query({ run, niche: index, ...more, v: `${version}.${found_at}` })}`;
}

/** Breed from an elite: the page of the breeder opens with it. */
export async function breed(run, index) {
  await attempt(async () => {
    await request("POST", "/api/session/start", { run, class: index });
    location.assign("/");
  });
}

/** How much of a bar a score fills; none: nobody knows how much there could be. */
export function portion(score, { unit, best }) {
  const most = unit.is_share ? 1 : best;
  return most > 0 ? Math.min(Math.max((score ?? 0) / most, 0), 1) : null;
}

export const count = (number) => number.toLocaleString("en");

/** Say whether niches are classes that a network is sure of. */
export const hasClasses = ({ unit }) => unit.is_share && unit.noun === "confidence";

/** Say whether niches of two runs may be the same; of classes, those of any network. */
export function isComparable(one, other) {
  if (!one) return false;
  return hasClasses(other) ? hasClasses(one) : one.name === other.name && one.niches === other.niches;
}

/** "3 classes", or "1 niche" where they are none. */
export function niches(number, facts) {
  const [one, many] = hasClasses(facts) ? ["class", "classes"] : ["niche", "niches"];
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** What a niche is called: a class also by its index. */
export const nicheText = (facts, { index, name }) => (hasClasses(facts) ? classText(index, name) : name);

/** Levels worth counting how many niches reach them, and which share does: the highest first. */
export const reached = ({ reached: parts }) =>
  Object.entries(parts)
    .map(([level, part]) => [Number(level), part])
    .sort(([one], [other]) => other - one);

/** Which line of a run's numbers is damaged, in words; without one, none. */
export const damages = ({ damaged_line: line }) =>
  line === null ? [] : [`metrics.jsonl is damaged: line ${count(line)}`];

/** Where a run stands, in terms and values. */
export function standing(facts) {
  const { median, worst, unit } = facts;
  if (facts.niches === 1) return [["best", write(median, unit)]];
  const middle = ["median", write(median, unit)];
  if (!facts.is_grid) return [middle, ["lowest", write(worst, unit)]];
  const score = facts.qd_score === null ? "–" : figure(facts.qd_score);
  return [middle, ["coverage", percent(facts.coverage)], ["QD-score", score]];
}

/** How many generations there are, and of how many if there may be more. */
export function generations({ state, generation, planned }) {
  return state === "finished" ? count(generation) : `${count(generation)} of ${count(planned)}`;
}

/** The middle of numbers in order; of two, between them. */
export const middle = (sorted) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

/** A time in milliseconds as a date, as clocks here show it: "30 Nov 14:05", or of other years "30 Nov 2025". */
export function date(milliseconds) {
  const [at, now] = [new Date(milliseconds), new Date()];
  const day = `${at.getDate()} ${at.toLocaleString("en", { month: "short" })}`;
  if (at.getFullYear() !== now.getFullYear()) return `${day} ${at.getFullYear()}`;
  return `${day} ${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** Seconds as people say them: "4 s", "3 min", "2 h 05". */
export function duration(seconds) {
  if (seconds === null) return "–";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

/** What a run evolved, in one line. */
export const kind = (facts) => `${facts.name} · ${facts.encoding} · ${facts.search} · seed ${facts.seed}`;

export function badge(state) {
  const made = make("span", { className: "badge", textContent: state });
  made.dataset.state = state;
  return made;
}

export function thumbnail(address) {
  return make("img", { src: address, alt: "", width: 96, height: 96, loading: "lazy", decoding: "async" });
}

/** Terms and their values. */
export function terms(pairs) {
  return pairs.map(([term, value]) =>
    make("div", {}, make("dt", { textContent: term }), make("dd", { textContent: value })),
  );
}

/** Call some time after the last of many calls. */
export function settled(act, after = 120) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, after);
  };
}

/** Replace what a holder shows, keeping the focus where it was. */
export function show(holder, elements) {
  const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  holder.replaceChildren(...elements);
  if (focused) holder.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}
