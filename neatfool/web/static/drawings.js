// What is drawn of a run when it is asked for: pictures as tabs, films, posters.

import { $, allow, fill, isAllowed, make, roving } from "./dom.js";
import { fetchFile } from "./fetch.js";
import { attempt, note } from "./messages.js";
import { titled } from "./curve.js";
import { askDrawing, drawingOf, posterOf } from "./runs.js";

const EVERY = 600; // milliseconds between two looks at how far it is
const NAMES = { "heat-map": "Heat map", sizes: "Sizes of networks", lineage: "Ancestors" };
let run = null;
let turn = 0;

/** Build the tabs. */
export function buildDrawings() {
  roving($("drawing-tabs"), tabs, (key, from, count) =>
    ({ ArrowLeft: (from + count - 1) % count, ArrowRight: (from + 1) % count, Home: 0, End: count - 1 })[key]);
  $("drawing-tabs").addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) draw(tab.dataset.picture);
  });
  $("drawing-class").addEventListener("change", () => {
    const tab = tabs().find((each) => each.ariaSelected === "true");
    if (tab) draw(tab.dataset.picture);
  });
  $("sheet-form").addEventListener("submit", (event) => {
    event.preventDefault();
    fetchFile($("sheet-get"), `${run.name.replaceAll("/", "-")}.png`, posterOf(run.name, null, $("sheet-size").value));
  });
}

const called = (picture) => NAMES[picture] ?? titled(picture);
const tabs = () => [...$("drawing-tabs").children];

/** Belong to a run; nothing is drawn before it is asked for. */
export function drawingsFor(told) {
  const isOther = run?.name !== told.name;
  run = told;
  $("drawings").hidden = told.pictures.length === 0;
  $("sheet-form").hidden = !told.facts.can_enlarge;
  if (!isOther) return;
  turn += 1;
  $("drawing-tabs").replaceChildren(...told.pictures.map(tab));
  $("drawing-panel").hidden = true;
  const shown = told.niches.filter(({ score }) => score !== null);
  fill($("drawing-class"), [["", "the best"], ...shown.map(({ index, name }) => [index, name])], "");
}

function tab(picture, place) {
  const made = make("button", { type: "button", role: "tab", textContent: called(picture), tabIndex: place ? -1 : 0 });
  made.setAttribute("aria-selected", "false");
  made.setAttribute("aria-controls", "drawing-panel");
  made.dataset.picture = picture;
  return made;
}

async function draw(picture) {
  const mine = ++turn;
  for (const each of tabs()) {
    const isIt = each.dataset.picture === picture;
    each.setAttribute("aria-selected", String(isIt));
    each.tabIndex = isIt ? 0 : -1;
  }
  $("drawing-panel").hidden = false;
  $("drawing-of").hidden = picture !== "lineage" || run.niches.length === 1;
  $("drawing-image").hidden = true;
  $("drawing-panel").setAttribute("aria-label", called(picture));
  const hasImages = picture === "lineage" && run.facts.images;
  const asked = { run: run.name, picture, ...(picture === "lineage" && chosen()), ...(hasImages && { ending: "svg" }) };
  const say = (text) => mine === turn && ($("drawing-said").textContent = text);
  say("Drawing …");
  if (!(await made(asked, say, () => mine !== turn))) return;
  $("drawing-image").src = drawingOf(asked);
  $("drawing-image").alt = `${called(picture)} of ${run.name}`;
  $("drawing-image").classList.toggle("drawn", !hasImages);
  $("drawing-image").hidden = false;
  say("");
}

const chosen = () => ($("drawing-class").value === "" ? {} : { niche: Number($("drawing-class").value) });

/** Wait until something is drawn; say whether it is. */
async function made(asked, say, isOver) {
  for (;;) {
    let told = null;
    const went = await attempt(async () => (told = await askDrawing(asked)));
    if (!went || isOver()) return false;
    if (told.phase === "done") return true;
    say(told.phase === "failed" ? `${told.message}.` : told.total ? `${titled(told.message)}: ${told.done} of ${told.total}.` : "Waiting …");
    if (told.phase === "failed") return false;
    await new Promise((later) => setTimeout(later, EVERY));
  }
}

/** Make the film of how an elite came about, and hand it over as a file. */
export async function film(button, name, niche, kind, size) {
  const asked = { run: name, niche, film: kind, size: Number(size) };
  if (!isAllowed(button)) return;
  allow(button, false);
  const went = await made(asked, note, () => !$("look").open);
  allow(button, true);
  if (went) await fetchFile(button, `${niche}.${kind}`, drawingOf(asked));
}
