// Notes and stars of runs, which the server keeps beside them.

import { $, make } from "./dom.js";
import { note as tell } from "./messages.js";
import { attempt, changeNote, readAllNotes } from "./runs.js";

let notes = new Map();
let shown = null;

/** Ask for all notes. */
export async function readNotes() {
  notes = new Map((await readAllNotes()).map((each) => [each.run, each]));
}

const known = (run) => notes.get(run) ?? { run, starred: false, note: "", version: 0 };
export const isStarred = (run) => known(run).starred;
export const noteOf = (run) => known(run).note;

/** Change something of a note; return whether it went well. What others wrote meanwhile stays. */
async function change(run, part) {
  const went = await attempt(async () => notes.set(run, await changeNote({ ...known(run), ...part })));
  if (!went) await attempt(readNotes);
  return went;
}

/** A star to press; `changed` is called after that. */
export function starOf(run, changed) {
  const button = make("button", { type: "button", className: "quiet star", textContent: isStarred(run) ? "★" : "☆" });
  button.setAttribute("aria-pressed", String(isStarred(run)));
  button.setAttribute("aria-label", `Star ${run}`);
  button.dataset.focus = `star ${run}`;
  button.addEventListener("click", async () => {
    await change(run, { starred: !isStarred(run) });
    changed();
  });
  return button;
}

/** Build the note of a run's own page. */
export function buildNote() {
  $("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await change(shown, { note: $("note-text").value.trim() })) tell("The note is saved.");
  });
}

/** Show the note of a run; what is being written stays. */
export function showNote(run) {
  const redraw = () => $("run-star").replaceChildren(starOf(run, redraw));
  redraw();
  if (run !== shown) $("note-text").value = noteOf(run);
  shown = run;
}
