// The trees of all pages of the session: generations to the right, branches and other trees below.

import { $, make, roving } from "./dom.js";
import { whenChanged } from "./session.js";

const [WIDTH, HEIGHT, MIDDLE] = [68, 80, 32]; // of a page in the tree, and where lines meet it
const HOW = {
  scratch: "from scratch",
  evolve: "evolved",
  redo: "redone",
  towards: "evolved by itself",
  saved: "branched from a saved picture",
  run: "from a run",
  import: "from a file",
  storage: "from a file of several",
  bend: "from a picture that was used",
  grey: "in grey",
  colour: "in colour",
  palette: "in other colours",
};
/** What begins a tree of its own, wherever one was before. */
const BEGUN = ["scratch", "saved", "run", "import", "storage"];
const SVG = "http://www.w3.org/2000/svg";
const thumbnails = new Map();

/** Build the strip; `go` is called with the page to go to. */
export function buildHistory(go) {
  roving($("history"), buttons, (key, from) => {
    return { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - 1, ArrowDown: from + 1 }[key];
  });
  $("history").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) go(Number(button.dataset.page));
  });
  whenChanged(draw);
}

const buttons = () => [...$("history").querySelectorAll("button")];

function draw(session) {
  const places = layout(session.history);
  const hadFocus = $("history").contains(document.activeElement);
  const list = make("ul", { "aria-label": "Pages" });
  for (const place of places.values()) list.append(dot(place, place.page === session.page));
  $("history").replaceChildren(lines(places), list);
  const button = list.querySelector("[aria-current]");
  if (!button) return;
  if (hadFocus) button.focus({ preventScroll: true });
  const here = button.parentElement;
  const strip = $("history");
  strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2;
  strip.scrollTop = here.offsetTop - strip.clientHeight / 2;
}

function dot({ page, parent, generation, how, face, column, lane }, isHere) {
  const came = HOW[how] ?? how;
  const text = `Page ${page}, generation ${generation}, ${came}${parent ? ` after page ${parent}` : ""}`;
  const button = make("button", { type: "button", title: text, "aria-label": text, tabIndex: isHere ? 0 : -1 });
  if (face !== null) button.append(thumbnail(face));
  button.append(make("span", { textContent: generation }));
  button.dataset.page = page;
  if (isHere) button.setAttribute("aria-current", "page");
  const item = make("li", {}, button);
  item.style.left = `${column * WIDTH}px`;
  item.style.top = `${lane * HEIGHT}px`;
  return item;
}

/** Pictures stay what they are, so those that are there are not loaded again. */
function thumbnail(face) {
  if (!thumbnails.has(face)) {
    const image = make("img", { alt: "", width: 52, height: 52, loading: "lazy", draggable: false });
    image.src = `/api/pictures/${face}.png?size=104`;
    thumbnails.set(face, image);
  }
  return thumbnails.get(face);
}

function lines(places) {
  const svg = document.createElementNS(SVG, "svg");
  const all = [...places.values()];
  svg.setAttribute("width", WIDTH * (1 + Math.max(...all.map((place) => place.column))));
  svg.setAttribute("height", HEIGHT * (1 + Math.max(...all.map((place) => place.lane))));
  svg.setAttribute("aria-hidden", "true");
  for (const { parent, column, lane } of all) {
    const from = places.get(parent);
    if (!from) continue;
    const [x0, x1] = [from.column, column].map((n) => (n + 0.5) * WIDTH);
    const [y0, y1] = [from.lane, lane].map((n) => n * HEIGHT + MIDDLE);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", `M${x0} ${y0} C${x0} ${(y0 + y1) / 2} ${x0} ${y1} ${x1} ${y1}`);
    svg.append(path);
  }
  return svg;
}

/** Place every page: a first child goes on in the lane, others take the next lane that is free, and so do beginnings. */
export function layout(history) {
  const places = new Map();
  const chains = [];
  for (const entry of history) {
    const parent = BEGUN.includes(entry.how) ? undefined : places.get(entry.parent);
    const column = parent ? parent.column + 1 : 0;
    let chain = parent?.isTip ? parent.chain : undefined;
    if (parent) parent.isTip = false;
    if (!chain) chains.push((chain = { begin: column - 1, from: parent?.chain }));
    chain.end = column;
    places.set(entry.page, { ...entry, parent: parent && entry.parent, column, chain, isTip: true });
  }
  const lanes = [];
  for (const chain of chains) {
    const first = chain.from ? chain.from.lane + 1 : lanes.length;
    const isFree = (lane) =>
      (lanes[lane] ?? []).every((other) => other.end < chain.begin || other.begin > chain.end);
    for (chain.lane = first; !isFree(chain.lane); ) chain.lane += 1;
    (lanes[chain.lane] ??= []).push(chain);
  }
  for (const place of places.values()) place.lane = place.chain.lane;
  return places;
}
