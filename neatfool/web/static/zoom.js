// One picture close by: large, its network, its weights, and its files.

import { $, allow, fill, make, onClick, plural } from "./dom.js";
import { fetchFile } from "./fetch.js";
import { percent } from "./numbers.js";
import { announce, open } from "./messages.js";
import { buildPan } from "./pan.js";
import { change, inTurn, request, whenChanged } from "./session.js";
import { bentWeights, showWeights, unbend } from "./weights.js";

const [LARGE, FULL] = [768, 4096];
let picture = null;
let blob = "";
let fit = () => {};

/** Build the dialog; `keep` is called with the picture to save. */
export function buildZoom(keep) {
  onClick($("use"), use);
  onClick($("zoom-save"), () => keep(picture));
  $("unbend").addEventListener("click", () => {
    unbend();
    announce("All weights are as they were.");
  });
  for (const id of ["side", "embed"]) $(id).addEventListener("input", link);
  $("get-png").addEventListener("click", (event) => {
    if (!$("side").reportValidity()) event.preventDefault();
  });
  $("symbols").addEventListener("change", drawTopology);
  fit = buildPan($("topology-paper"), { smaller: $("smaller"), fit: $("fit"), larger: $("larger") });
  $("full").hidden = !document.fullscreenEnabled;
  $("full").addEventListener("click", showFull);
  $("film").addEventListener("submit", getFilm);
  whenChanged(({ choices }) => {
    if (!$("film-kind").options.length) fill($("film-kind"), choices.films.map((kind) => [kind, kind]));
  });
  $("topology").addEventListener("error", () => ($("topology").alt = "It could not be drawn."));
  $("zoom").addEventListener("close", forget);
}

/** Open a picture: `{id, image, labels}`, under a title. */
export function zoom(which, title) {
  picture = which;
  $("zoom-title").textContent = title;
  $("zoom-image").src = which.image;
  $("zoom-image").alt = title;
  $("zoom-facts").textContent = "";
  $("weights").replaceChildren();
  showBent(false);
  showLabels(which.labels ?? []);
  link();
  drawTopology();
  open($("zoom"));
  fit();
  inTurn(async () => {
    const facts = await request("GET", `/api/pictures/${which.id}`);
    if (picture !== which) return;
    $("zoom-facts").textContent = tell(facts);
    showWeights(facts, showBlob);
    const fine = new Image();
    fine.src = `/api/pictures/${which.id}.png?size=${LARGE}`;
    await fine.decode().catch(() => {});
    if (fine.width && picture === which && !blob) $("zoom-image").src = fine.src;
  });
}

/** Let the picture fill the screen, as finely as that shows it. */
export async function showFull() {
  const which = picture;
  await $("zoom-image").requestFullscreen();
  if (blob) return; // what is bent is as fine as it gets
  const side = Math.min(Math.ceil(Math.min(screen.width, screen.height) * devicePixelRatio), FULL);
  const fine = new Image();
  fine.src = `/api/pictures/${which.id}.png?size=${side}`;
  await fine.decode().catch(() => {});
  if (fine.width && picture === which && !blob) $("zoom-image").src = fine.src;
}

function getFilm(event) {
  event.preventDefault();
  const { id } = picture;
  const [kind, size, rate] = ["film-kind", "film-side", "film-rate"].map((each) => $(each).value);
  fetchFile($("get-film"), `picture-${id}.${kind}`, `/api/pictures/${id}/film.${kind}?size=${size}&per_second=${rate}`);
}

function tell({ nodes, edges, generation }) {
  return `${plural(nodes, "node")}, ${plural(edges, "edge")}, born in generation ${generation}.`;
}

function showLabels(labels) {
  $("zoom-labels").hidden = labels.length === 0;
  $("zoom-labels").replaceChildren(
    ...labels.map(({ name, confidence }) => {
      const bar = make("span", { className: "bar" });
      bar.style.setProperty("--share", confidence);
      const number = make("span", { className: "number", textContent: percent(confidence) });
      return make("li", {}, make("span", { className: "name", textContent: name }), number, bar);
    }),
  );
}

function drawTopology() {
  if (!picture) return;
  const nodes = $("symbols").checked ? "symbols" : "images";
  const address = `/api/pictures/${picture.id}/topology.svg?nodes=${nodes}`;
  $("topology").src = address;
  $("topology").alt = "Topology of the network: inputs, nodes and the edges between them";
  $("get-svg").href = address;
  $("get-svg").download = `picture-${picture.id}-topology.svg`;
}

function link() {
  if (!picture) return;
  const genome = $("embed").checked ? "&genome=true" : "";
  $("get-png").href = `/api/pictures/${picture.id}.png?size=${$("side").value}${genome}`;
  $("get-png").download = `picture-${picture.id}.png`;
  $("get-json").href = `/api/pictures/${picture.id}/genome.json`;
  $("get-json").download = `picture-${picture.id}.json`;
}

function showBlob(png) {
  if (!$("zoom").open) return;
  URL.revokeObjectURL(blob);
  blob = URL.createObjectURL(png);
  $("zoom-image").src = blob;
  showBent(Object.keys(bentWeights()).length > 0);
}

/** What is bent is not stored yet, so it can be used but not saved. */
function showBent(isBent) {
  $("bent").textContent = isBent ? "Bent. Use it to save or to download it." : "";
  $("downloads").disabled = isBent;
  for (const link of $("downloads").querySelectorAll("a")) link.inert = isBent;
  allow($("zoom-save"), !isBent);
}

async function use() {
  const body = { picture: picture.id, weights: bentWeights() };
  if (!(await change("POST", "/api/session/adopt", body))) return;
  $("zoom").close();
  location.hash = "#breed";
  announce("A new page: its first picture is the one you used, the others are its children.");
}

function forget() {
  URL.revokeObjectURL(blob);
  blob = "";
  picture = null;
}
