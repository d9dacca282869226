// Saved and published pictures: search, sort, tags; branch from any.

import { $, make, plural } from "./dom.js";
import { announce } from "./messages.js";
import { change, inTurn, request } from "./session.js";

const SEARCH_AFTER = 200;
const AT_ONCE = 100; // that the server lists
let tag = "";
let all = [];
let acts = {};
let timer;

/** Build the view; `acts` opens a saved picture: `zoom`, `family`, `edit`. */
export function buildGallery(those) {
  acts = those;
  $("more").addEventListener("click", () => refresh(all.length));
  $("find").addEventListener("submit", (event) => event.preventDefault());
  $("find").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => refresh(), SEARCH_AFTER);
  });
}

/** Ask for the pictures again, if the gallery is in view. */
export function refresh(skipped = 0) {
  if ($("gallery").hidden) return;
  inTurn(async () => {
    const query = new URLSearchParams({ order: $("order").value });
    if ($("search").value) query.set("search", $("search").value);
    if (tag) query.set("tag", tag);
    if ($("whose").value) query.set($("whose").value, "true");
    query.set("skipped", skipped);
    const found = await request("GET", `/api/saved?${query}`);
    all = [...all.slice(0, skipped), ...found];
    show(found.length >= AT_ONCE);
  });
}

/** Begin a page with the children of a saved picture. */
export async function branch(saved) {
  if (!(await change("POST", "/api/session/start", { saved: saved.id }))) return;
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  location.hash = "#breed";
  announce(`A new page: “${saved.name}” and its children.`);
}

function show(isMore) {
  const focused = document.activeElement?.dataset.focus;
  $("found").textContent = `${plural(all.length, "picture")}${isMore ? ", and more" : ""}`;
  $("saved").replaceChildren(...all.map(card));
  $("more").hidden = !isMore;
  showTags();
  showNothing();
  if (focused) document.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

function showNothing() {
  const isFiltered = tag || $("search").value || $("whose").value;
  $("nothing").hidden = all.length > 0;
  $("nothing").textContent = isFiltered
    ? "No picture matches. Search for something else."
    : "Nothing is saved yet. Breed a picture that you like, then save it.";
}

function card(saved) {
  const image = make("img", { src: saved.image, alt: "", width: 128, height: 128, loading: "lazy" });
  const look = make("button", {
    type: "button",
    className: "tile",
    "aria-label": `Look closer at ${saved.name}`,
  }, image);
  look.addEventListener("click", () => acts.zoom(saved));
  const name = make("h2", { textContent: saved.name });
  const facts = make("p", { className: "soft", textContent: tell(saved) });
  const tags = make("p", { className: "soft said" });
  tags.textContent = saved.tags.map((each) => `#${each}`).join(" ");
  const buttons = make("div", { className: "row" }, button("Branch", saved, branch));
  if (saved.branches > 0 || saved.parent !== null) {
    buttons.append(button("Family", saved, acts.family));
  }
  if (saved.mine) buttons.append(button("Edit", saved, acts.edit));
  return make("li", {}, look, name, facts, tags, buttons);
}

function tell({ mine, published, branches }) {
  const whose = mine ? (published ? "yours, published" : "yours") : "published";
  return branches ? `${whose}; ${branches} ${branches === 1 ? "branch" : "branches"}` : whose;
}

function button(text, saved, act) {
  const made = make("button", { type: "button", textContent: text });
  made.setAttribute("aria-label", `${text}: ${saved.name}`);
  made.dataset.focus = `${text} ${saved.id}`;
  made.addEventListener("click", () => act(saved));
  return made;
}

function showTags() {
  const tags = new Set(all.flatMap((each) => each.tags));
  if (tag) tags.add(tag);
  $("tags").hidden = tags.size === 0;
  $("tags").replaceChildren(
    ...[...tags].sort().map((each) => {
      const chip = make("button", { type: "button", textContent: `#${each}` });
      chip.setAttribute("aria-pressed", String(each === tag));
      chip.dataset.focus = `tag ${each}`;
      chip.addEventListener("click", () => {
        tag = each === tag ? "" : each;
        refresh();
      });
      return chip;
    }),
  );
}
