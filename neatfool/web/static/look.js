// One elite, large: what it is, and breed from it.

import { $, allow, classText, onClick } from "./dom.js";
import { breed, count, pictureOf, share } from "./archives.js";
import { open } from "./messages.js";

let shown = null;

export function buildLook() {
  onClick($("look-breed"), () => breed(shown.run.name, shown.elite.index));
}

/** Look closer at an elite; one of the past is shown small, and cannot be bred from. */
export function look(run, elite) {
  shown = { run, elite };
  const isPast = elite.at !== null && elite.at !== undefined;
  const has = elite.confidence !== null;
  const more = isPast ? { generation: elite.at } : { size: "large" };
  const address = pictureOf(run.name, run.facts.version, elite, more);
  $("look-title").textContent = classText(elite.index, elite.name);
  $("look-image").hidden = $("look-get").hidden = !has;
  if (has) $("look-image").src = address;
  $("look-get").href = address;
  $("look-get").download = `${elite.index}${isPast ? `-generation-${elite.at}` : ""}.png`;
  const when = isPast ? ` after generation ${count(elite.at)}` : "";
  $("look-facts").textContent = has
    ? `${run.facts.model} is ${share(elite.confidence)} sure${when}. Found in generation ${count(elite.found_at)}.`
    : "There is no picture yet.";
  $("look-breed").hidden = !run.facts.can_breed || isPast;
  allow($("look-breed"), has);
  $("look-why").hidden = !$("look-breed").hidden;
  $("look-why").textContent = isPast
    ? "Go back to now to breed from this class."
    : "Only pictures of CPPN networks can be bred from.";
  open($("look"));
}
