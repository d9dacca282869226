// Start from a file or from the elite of a run.

import { $, classText, fill } from "./dom.js";
import { write } from "./numbers.js";
import { announce, fail } from "./messages.js";
import { change, request, session } from "./session.js";

const MOST_BYTES = 4 * 2 ** 20;
const OPENED = Date.now(); // browsers keep pictures, but runs of another day may have the same names
let runs = [];

export function buildFiles() {
  $("file").addEventListener("change", async (event) => {
    await start(event.target.files[0]);
    event.target.value = ""; // so that the same file can be chosen again
  });
  buildDrop();
  $("elite").addEventListener("submit", (event) => {
    event.preventDefault();
    startFromRun();
  });
  $("run").addEventListener("change", showNiches);
  $("elite-class").addEventListener("change", showElite);
  return loadRuns().catch(fail);
}

function buildDrop() {
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  const show = (isOver) => ($("drop").hidden = !isOver);
  addEventListener("dragover", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    show(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  addEventListener("drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    show(false);
    start(event.dataTransfer.files[0]);
  });
}

async function start(file) {
  if (!file) return;
  // A large picture carries its genome before the pixels: its beginning is enough.
  const content = file.type === "image/png" ? file.slice(0, MOST_BYTES) : file;
  if (content.size > MOST_BYTES) {
    fail(new RangeError(`“${file.name}” is larger than 4 MiB, too large for a genome: choose another file.`));
    return;
  }
  if (!(await change("POST", "/api/session/import", content))) return;
  if (session.history.at(-1).how === "storage") allArrived(`“${file.name}”`);
  else arrived(`“${file.name}”`);
}

async function startFromRun() {
  const body = { run: $("run").value, class: Number($("elite-class").value) };
  const name = $("elite-class").selectedOptions[0].text;
  if (await change("POST", "/api/session/start", body)) arrived(name);
}

function allArrived(file) {
  show();
  announce(`All pictures of ${file} are on pages of their own, and in the gallery.`);
}

function arrived(what) {
  show();
  announce(`A new page: the first picture is ${what}, the others are its children.`);
}

function show() {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  location.hash = "#breed";
  scrollTo(0, 0);
}

async function loadRuns() {
  runs = await request("GET", "/api/runs/breedable");
  $("elite").hidden = runs.length === 0;
  fill($("run"), runs.map(({ name }) => [name, name]));
  showNiches();
}

function showNiches() {
  const { niches, is_share } = runs.find(({ name }) => name === $("run").value) ?? { niches: [] };
  fill(
    $("elite-class"),
    niches.map(({ index, name, score }) => [index, `${classText(index, name)}, ${write(score, { is_share })}`]),
  );
  showElite();
}

/** Show what one would start from. */
function showElite() {
  const asked = new URLSearchParams({ run: $("run").value, niche: $("elite-class").value, v: OPENED });
  if ($("elite-class").value) $("elite-image").src = `/api/runs/elite?${asked}`;
}
