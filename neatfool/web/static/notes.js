// Notes and stars of runs, which the server keeps beside them.

import { $, make } from "./dom.js";
import { fail, note as tell } from "./messages.js";
import { changeNote, readAllNotes } from "./runs.js";

const CHANGED = 409; // the status of what others changed meanwhile
let notes = new Map();
let held = { run: null, note: "" }; // the note that is shown: who writes over it has read this one

/** Ask for all notes; runs are shown without, if they cannot be read. */
export async function readNotes(failed = ({ message }) => tell(message)) {
  try {
    notes = new Map((await readAllNotes()).map((each) => [each.run, each]));
  } catch (error) {
    failed(error);
  }
}

const known = (run) => notes.get(run) ?? { run, starred: false, note: "", version: 0 };
export const isStarred = (run) => known(run).starred;
export const noteOf = (run) => known(run).note;

/** Change something of a note as it was seen; return null, or why not. What others wrote meanwhile stays. */
async function change(seen, part) {
  try {
    notes.set(seen.run, await changeNote({ ...seen, ...part }));
    return null;
  } catch (error) {
    fail(error);
    await readNotes(() => {}); // one message is enough
    return error;
  }
}

/** A star to press; `changed` is called after that. */
export function starOf(run, changed) {
  const seen = known(run);
  const button = make("button", { type: "button", className: "quiet star", textContent: seen.starred ? "★" : "☆" });
  button.setAttribute("aria-pressed", String(seen.starred));
  button.setAttribute("aria-label", `Star ${run}`);
  button.dataset.focus = `star ${run}`;
  button.addEventListener("click", async () => {
    await change(seen, { starred: !seen.starred });
    changed();
  });
  return button;
}

/** Build the note of a run's own page. */
export function buildNote() {
  $("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const seen = held;
    const failure = await change(seen, { note: $("note-text").value.trim() });
    if (held.run !== seen.run || (failure && failure.status !== CHANGED)) return;
    held = known(seen.run); // or what others wrote, which the message says
    showNote(held.run);
    if (!failure) tell("The note is saved.");
  });
}

/** Show the note of a run; what is being written stays, and does not pass for an answer to what others wrote since. */
export function showNote(run) {
  $("run-star").replaceChildren(starOf(run, () => showNote(run)));
  const now = known(run);
  if (run !== held.run || now.note !== held.note) {
    if (run === held.run && $("note-text").value !== held.note) return;
    $("note-text").value = now.note;
  }
  held = now;
}
