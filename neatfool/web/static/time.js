// Step through time: a run is gone through again, and shown as it was.

import { $ } from "./dom.js";
import { count, readFrame, readReplay, startReplay } from "./runs.js";
import { announce, attempt } from "./messages.js";

const EVERY = 500; // milliseconds between two looks at how far it is
const STEP = 350; // milliseconds a generation is shown for
let name = null;
let frames = [];
let show = () => {};
let timer;
let playing;
let wanted = 0;
let latest = 0;

/** Build the controls; `showFrame` is called with an archive as it was, or with null. */
export function buildTime(showFrame) {
  show = showFrame;
  for (const button of ["replay", "time-again"]) {
    $(button).addEventListener("click", () => attempt(async () => follow(await startReplay(name))));
  }
  $("time-slider").addEventListener("input", () => {
    stop();
    step();
  });
  $("time-play").addEventListener("click", () => (playing ? stop() : play()));
  $("time-now").addEventListener("click", now);
}

/** Belong to a run; nothing is replayed before it is asked for. */
export function timeFor(run) {
  latest = run.facts.generation;
  $("replay").hidden = !run.facts.can_replay;
  $("time-said").textContent = toSay(run.facts);
  showAgain();
  if (run.name === name) return;
  leaveTime();
  name = run.name;
  showParts("begin");
  attempt(async () => {
    const progress = await readReplay(name);
    if (progress.phase !== "none") follow(progress);
  });
}

function toSay({ unplayed, images }) {
  if (unplayed) return `This run cannot be replayed here: ${unplayed}.`;
  const what = images ? "pictures" : "scores";
  return `Replays the run from its own records, and shows the ${what} as they were.`;
}

/** Forget the run. */
export function leaveTime() {
  clearTimeout(timer);
  stop();
  name = null;
  frames = [];
}

/** Offer to go through a run again that went on since. */
function showAgain() {
  $("time-again").hidden = !frames.length || frames.at(-1) >= latest;
  $("time-again").textContent = `Up to generation ${count(latest)}`;
}

function showParts(part) {
  $("time-begin").hidden = part !== "begin";
  $("time-progress").hidden = part !== "progress";
  $("time").hidden = part !== "time";
}

function follow({ phase, done, total, message, frames: made }) {
  clearTimeout(timer);
  if (phase === "failed") {
    showParts("begin");
    throw Object.assign(new Error(message), { isExpected: true });
  }
  if (phase === "done") {
    frames = made;
    $("time-slider").max = frames.length - 1;
    $("time-slider").value = frames.length - 1;
    label(frames.length - 1);
    showParts("time");
    showAgain();
    announce(`The run was replayed: ${frames.length} generations to look at.`);
    return;
  }
  showParts("progress");
  $("time-bar").value = total ? done / total : 0;
  $("time-done").textContent = total ? `${count(done)} of ${count(total)}` : "waiting…";
  const asked = name;
  timer = setTimeout(() => attempt(async () => {
    const progress = await readReplay(asked);
    if (asked === name) follow(progress);
  }), EVERY);
}

function label(position) {
  $("time-label").textContent = `Generation ${count(frames[position])} of ${count(frames.at(-1))}`;
  $("time-slider").setAttribute("aria-valuetext", `generation ${frames[position]}`);
}

/** Show the generation that the slider stands at; of many moves the last one counts. */
async function step() {
  const position = Number($("time-slider").value);
  const [asked, turn] = [name, ++wanted];
  label(position);
  const well = await attempt(async () => {
    const frame = await readFrame(asked, frames[position]);
    if (asked === name && turn === wanted) show(frame);
  });
  if (!well && asked === name) {
    stop();
    showParts("begin"); // it was forgotten
  }
}

function play() {
  const slider = $("time-slider");
  if (Number(slider.value) >= frames.length - 1) slider.value = 0;
  else slider.value = Number(slider.value) + 1;
  $("time-play").textContent = "Pause";
  playing = setInterval(() => {
    if (Number(slider.value) >= frames.length - 1) return stop();
    slider.value = Number(slider.value) + 1;
    step();
  }, STEP);
  step();
}

function stop() {
  clearInterval(playing);
  playing = undefined;
  $("time-play").textContent = "Play";
}

function now() {
  stop();
  wanted += 1;
  $("time-slider").value = frames.length - 1;
  label(frames.length - 1);
  show(null);
}
