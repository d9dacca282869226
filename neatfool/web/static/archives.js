// Runs as the server tells of them, and how their numbers and pictures are written.

import { make } from "./dom.js";
import { fail } from "./messages.js";
import { request } from "./session.js";

const query = (values) => new URLSearchParams(values).toString();

export const readRuns = () => request("GET", "/api/archives");
export const readRun = (run) => request("GET", `/api/archives/run?${query({ run })}`);
export const readReplay = (run) => request("GET", `/api/archives/replay?${query({ run })}`);
export const startReplay = (run) => request("POST", "/api/archives/replay", { run });
export const readFrame = (run, generation) => request("GET", `/api/archives/frame?${query({ run, generation })}`);
export const fileOf = (run, file) => `/api/archives/file?${query({ run, file })}`;

/** The address of a picture; it changes with what it shows, so that browsers may keep it. */
export function pictureOf(run, version, { index, found_at }, more = {}) {
  return `/api/archives/elite?${query({ run, class: index, ...more, v: `${version}.${found_at}` })}`;
}

/** Breed from an elite: the page of the breeder opens with it. */
export async function breed(run, index) {
  await attempt(async () => {
    await request("POST", "/api/session/start", { run, class: index });
    location.assign("/");
  });
}

/** Do something that may fail; return whether it went well. */
export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    fail(error);
    return false;
  }
}

/** 0.99993 as "99.99 %", never rounded up to certainty; none as a dash. */
export function share(confidence) {
  if (confidence === null) return "–";
  return `${(Math.floor(confidence * 10000 + 1e-9) / 100).toFixed(2)} %`;
}

export const count = (number) => number.toLocaleString("en");

export const classes = (number) => `${count(number)} ${number === 1 ? "class" : "classes"}`;

/** What a run evolved, in one line. */
export const kind = (facts) => `${facts.model} · ${facts.encoding} · ${facts.search} · seed ${facts.seed}`;

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
