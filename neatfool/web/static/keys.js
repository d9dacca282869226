// Single letters as shortcuts; they can be switched off in the help.

import { $ } from "./dom.js";
import { open } from "./messages.js";

const STORED = "neatfool-letters";

/** Listen for `acts`: functions by key. */
export function buildKeys(acts) {
  $("letters").checked = localStorage.getItem(STORED) !== "off";
  $("letters").addEventListener("change", (event) => {
    localStorage.setItem(STORED, event.target.checked ? "on" : "off");
  });
  $("open-help").addEventListener("click", () => open($("help")));
  addEventListener("keydown", (event) => {
    const act = acts[event.key.toLowerCase()];
    if (!act || !$("letters").checked || isTaken(event)) return;
    event.preventDefault();
    act();
  });
}

function isTaken({ altKey, ctrlKey, metaKey, repeat, target }) {
  const writes = target.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea");
  return altKey || ctrlKey || metaKey || repeat || writes || document.querySelector("dialog[open]");
}
