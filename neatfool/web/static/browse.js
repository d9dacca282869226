// The page of `neatfool browse`: which view is shown, and that it follows runs that go on.

import { $ } from "./dom.js";
import { buildCompare, loadCompare } from "./compare.js";
import { buildDrawings, drawingsFor } from "./drawings.js";
import { buildList, loadList } from "./list.js";
import { buildLook } from "./look.js";
import { buildNote, readNotes, showNote } from "./notes.js";
import { attempt, clearFailure, watchDialogs } from "./messages.js";
import { buildRun, loadRun, run, showFrame } from "./run.js";
import { buildTime, leaveTime, timeFor } from "./time.js";

const AGAIN = 4000; // milliseconds between two looks at what goes on
const TITLES = { list: "Runs", compare: "Runs compared" };
let turn = 0;
let timer;
let runs = [];

const goTo = (place) => (location.hash = new URLSearchParams(place));

/** Which view the address asks for. */
function place() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.get("compare") && asked.get("with")) return ["compare", asked.get("compare"), ...asked.getAll("with")];
  return asked.get("run") ? ["run", asked.get("run")] : ["list"];
}

const goesOn = (all) => all.some(({ facts }) => facts?.state === "running");

/** Load a view; say whether something in it goes on. */
async function load([view, first, ...others]) {
  if (view === "list") return goesOn((runs = await loadList()));
  if (view === "compare") return goesOn(await loadCompare([first, ...others]));
  await loadRun(first, runs);
  timeFor(run);
  drawingsFor(run);
  showNote(first);
  return goesOn([run]);
}

async function open() {
  const mine = ++turn;
  clearTimeout(timer);
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  let [view, first, ...others] = place();
  if (view !== "run") leaveTime();
  const isFine = await attempt(async () => {
    if (!runs.length && view !== "list") runs = await loadList();
    if (view === "run") await readNotes();
    const isGoing = await load([view, first, ...others]);
    if (mine === turn) follow(isGoing, mine);
  });
  if (mine !== turn) return;
  if (isFine) clearFailure();
  else view = "list"; // with the message of what could not be shown
  for (const id of ["list", "run", "compare"]) $(id).hidden = id !== view;
  document.title = `${TITLES[view] ?? first} · neatfool`;
  if (document.body.dataset.seen) document.querySelector(`#${view} h1`).focus();
  document.body.dataset.seen = "yes";
  scrollTo(0, 0);
}

/** Look again at what goes on, while the page is looked at; and at the list now and then. */
function follow(isGoing, mine) {
  const view = place();
  if (!isGoing && view[0] !== "list") return;
  timer = setTimeout(async () => {
    let goes = isGoing;
    if (!document.hidden) {
      try {
        goes = await load(view);
      } catch (error) {
        if (mine !== turn) return;
        await attempt(() => Promise.reject(error));
        if (view[0] !== "list") return; // it is gone
      }
    }
    if (mine === turn) follow(goes, mine);
  }, isGoing ? AGAIN : 4 * AGAIN);
}

watchDialogs();
buildList(goTo);
buildRun(goTo);
buildTime(showFrame);
buildCompare();
buildDrawings();
buildNote();
buildLook();
addEventListener("hashchange", open);
await open();
