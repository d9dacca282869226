// The family tree of a saved picture: what it descends from, what branched from it.

import { $, make } from "./dom.js";
import { open } from "./messages.js";
import { inTurn, request } from "./session.js";
import { branch } from "./gallery.js";

export function showFamily(saved) {
  return inTurn(async () => {
    const { nodes } = await request("GET", `/api/saved/${saved.id}/family`);
    const ids = new Set(nodes.map((each) => each.id));
    const children = Map.groupBy(nodes, ({ parent }) => (ids.has(parent) ? parent : null));
    $("family-title").textContent = `Family of ${saved.name}`;
    $("tree").replaceChildren(list(children, null, saved.id));
    open($("family"));
  });
}

function list(children, parent, here) {
  const items = (children.get(parent) ?? []).map((each) => {
    const item = make("li", {}, person(each, each.id === here));
    if (children.has(each.id)) item.append(list(children, each.id, here));
    return item;
  });
  return make("ul", {}, ...items);
}

function person(each, isHere) {
  const image = make("img", { src: each.image, alt: "", width: 64, height: 64 });
  const button = make("button", { type: "button" }, image, make("span", { textContent: each.name }));
  if (isHere) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => branch(each));
  return button;
}
