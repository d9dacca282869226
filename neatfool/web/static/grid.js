// The pictures of the page: made once, changed in place.

import { $, make, plural, roving } from "./dom.js";
import { percent } from "./numbers.js";
import { session, whenChanged } from "./session.js";

const SHARPEN_AFTER = 500;
const tiles = [];
const listeners = [];
const STARTS = {
  towards: "best so far",
  saved: "the saved one",
  run: "the elite",
  import: "from the file",
  bend: "the one you used",
};
let selected = new Set();
let shown = "";
let current = 0;
let timer;

/** Ids of the selected pictures, in the order of the page. */
export const selection = () => session.pictures.map((each) => each.id).filter((id) => selected.has(id));

/** Be told when other pictures are selected. */
export const whenSelected = (listener) => listeners.push(listener);

/** The picture that the keyboard stands on. */
export const currentPicture = () => session.pictures[current];

export function describe(picture, position, count) {
  const label = picture.labels?.[0];
  const sees = label ? `; ${label.name} ${percent(label.confidence)}` : "";
  return `Picture ${position + 1} of ${count}, ${plural(picture.nodes, "node")}${sees}`;
}

/** Build the grid; `zoom` is called with the picture to look at. */
export function buildGrid(zoom) {
  whenChanged((session) => {
    while (tiles.length < session.pictures.length) addTile(zoom);
    while (tiles.length > session.pictures.length) tiles.pop().item.remove();
    const ids = session.pictures.map((each) => each.id).join();
    if (ids !== shown) {
      selected = new Set(session.pictures.filter((each) => each.selected).map((each) => each.id));
      shown = ids;
    }
    moveTo(Math.min(current, tiles.length - 1));
    $("pictures").classList.toggle("named", session.settings.model !== null);
    session.pictures.forEach((picture, position) => update(tiles[position], picture, position));
    const { how } = session.history.find(({ page }) => page === session.page) ?? {};
    tiles.forEach(({ start }, position) => {
      start.hidden = position > 0 || !(how in STARTS);
      start.textContent = STARTS[how] ?? "";
    });
    showSelection();
    clearTimeout(timer);
    timer = setTimeout(sharpen, SHARPEN_AFTER);
  });
  roving($("pictures"), () => tiles.map((tile) => tile.button), step);
}

function addTile(zoom) {
  const position = tiles.length;
  const image = make("img", { width: 128, height: 128, alt: "", draggable: false });
  const button = make("button", { type: "button", className: "tile" }, image);
  const look = make("button", { type: "button", className: "look", textContent: "⤢" });
  const start = make("p", { className: "start", hidden: true });
  const name = make("span", { className: "name" });
  const number = make("span", { className: "number" });
  const bar = make("span", { className: "bar" });
  const label = make("p", { className: "label", "aria-hidden": "true" }, name, number, bar);
  const item = make("li", {}, button, look, start, label);
  button.addEventListener("click", () => toggle(session.pictures[position].id));
  look.addEventListener("click", () => zoom(session.pictures[position]));
  item.addEventListener("focusin", () => moveTo(position));
  tiles.push({ item, button, image, look, start, name, number, bar });
  $("pictures").append(item);
}

function update({ button, image, look, name, number, bar }, picture, position) {
  if (image.dataset.id !== String(picture.id)) {
    image.src = picture.image;
    image.dataset.id = picture.id;
  }
  image.alt = describe(picture, position, tiles.length);
  button.dataset.id = picture.id;
  look.setAttribute("aria-label", `Look closer at picture ${position + 1}`);
  const label = picture.labels?.[0];
  name.textContent = label?.name ?? "";
  name.title = label?.name ?? "";
  number.textContent = label ? percent(label.confidence) : "";
  bar.style.setProperty("--share", label?.confidence ?? 0);
}

function toggle(id) {
  if (!selected.delete(id)) selected.add(id);
  showSelection();
}

function showSelection() {
  session.pictures.forEach((picture, position) =>
    tiles[position].button.setAttribute("aria-pressed", String(selected.has(picture.id))),
  );
  for (const listener of listeners) listener(selection());
}

function moveTo(position) {
  current = position;
  tiles.forEach((tile, each) => {
    tile.button.tabIndex = tile.look.tabIndex = each === position ? 0 : -1;
  });
}

function step(key, from, count) {
  const columns = getComputedStyle($("pictures")).gridTemplateColumns.split(" ").length;
  const to = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    Home: 0,
    End: count - 1,
  }[key];
  return to < 0 || to >= count ? from : to;
}

/** Once nothing happens, paint each picture as finely as the screen shows it. */
function sharpen() {
  const side = Math.ceil(tiles[0].image.clientWidth * devicePixelRatio);
  if (side <= session.size || document.hidden) return;
  for (const { image } of tiles) {
    const id = image.dataset.id;
    const fine = new Image();
    fine.src = `/api/pictures/${id}.png?size=${Math.min(side, 512)}`;
    fine.decode().then(
      () => image.dataset.id === id && (image.src = fine.src),
      () => {}, // the coarse picture stays
    );
  }
}
