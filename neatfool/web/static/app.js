// The page of `neatfool breed`: puts the parts together.

import { buildControls } from "./controls.js";
import { $, allow, isAllowed, onClick, plural } from "./dom.js";
import { showFamily } from "./family.js";
import { buildFiles } from "./files.js";
import { buildGallery, refresh } from "./gallery.js";
import { buildGrid, currentPicture, describe, selection, whenSelected } from "./grid.js";
import { buildHistory } from "./history.js";
import { buildKeep, change as edit, keep } from "./keep.js";
import { buildKeys } from "./keys.js";
import { announce, note, open, watchDialogs } from "./messages.js";
import { change, isBusy, load, session, whenChanged } from "./session.js";
import { buildTowards, runsByItself } from "./towards.js";
import { buildZoom, showFull, zoom } from "./zoom.js";

const post = (path, body = {}) => change("POST", `/api/session/${path}`, body);

function look(picture) {
  const position = session.pictures.indexOf(picture);
  zoom(picture, describe(picture, position, session.pictures.length).split(/[,;]/)[0]);
}

function isFree() {
  if (runsByItself()) note("It is evolving by itself: stop that first.");
  return !isBusy() && !runsByItself();
}

async function evolve() {
  if (!isFree()) return;
  const parents = selection();
  if (!parents.length) {
    note("Select at least one picture first.");
    return;
  }
  if (await post("evolve", { selected: parents })) {
    announce(`${where()}: new pictures, children of ${parents.length}.`);
  }
}

async function redo() {
  if (!isFree() || !(await post("redo"))) return;
  const what = session.history.at(-1).how === "scratch" ? "other random pictures" : "other children of the same parents";
  announce(`${where()}: ${what}.`);
}

async function restart() {
  if (isFree() && (await post("restart"))) announce(`${where()}: a fresh start.`);
}

async function go(page) {
  if (isFree() && (await post("go", { page }))) announce(`${where()}.`);
}

function saveSelected() {
  const ids = selection();
  const selected = session.pictures.filter((each) => ids.includes(each.id));
  const title = selected.length > 1 ? `Save the first of the ${selected.length} selected` : undefined;
  keep(selected[0] ?? currentPicture(), title);
}

const where = () => `Generation ${session.generation}, page ${session.page}`;

function showView() {
  const isGallery = location.hash === "#gallery";
  const view = isGallery ? "gallery" : "breed";
  for (const id of ["breed", "gallery"]) $(id).hidden = id !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${isGallery ? "Gallery" : "Breed"} · neatfool`;
  if (isGallery) refresh();
}

function build() {
  watchDialogs();
  buildControls();
  buildGrid(look);
  buildHistory(go);
  buildTowards();
  buildZoom(keep);
  buildKeep(() => refresh());
  buildGallery({ zoom: (saved) => zoom({ ...saved, id: saved.picture }, saved.name), family: showFamily, edit });
  const acts = {
    e: evolve,
    r: redo,
    b: () => isAllowed($("back")) && go(session.back),
    f: () => isAllowed($("forward")) && go(session.forward),
    z: () => look(currentPicture()),
    x: () => (look(currentPicture()), document.fullscreenEnabled && showFull()),
    s: saveSelected,
  };
  const whileBreeding = ([key, act]) => [key, () => $("gallery").hidden && session && act()];
  buildKeys({
    ...Object.fromEntries(Object.entries(acts).map(whileBreeding)),
    g: () => (location.hash = $("gallery").hidden ? "#gallery" : "#breed"),
    "?": () => open($("help")),
  });
  $("evolve").addEventListener("click", evolve); // says what is missing
  onClick($("redo"), redo);
  onClick($("restart"), restart);
  onClick($("back"), () => go(session.back));
  onClick($("forward"), () => go(session.forward));
  onClick($("save"), saveSelected);
  whenChanged((session) => {
    allow($("back"), session.back !== null);
    allow($("forward"), session.forward !== null);
    $("where").textContent = where();
  });
  whenSelected((ids) => {
    allow($("evolve"), ids.length > 0);
    $("count").textContent = ids.length ? `${plural(ids.length, "picture")} selected` : "None selected";
  });
  addEventListener("hashchange", showView);
}

build();
await load();
showView();
await buildFiles();
