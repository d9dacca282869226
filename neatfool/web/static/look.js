// One elite, large: what it is, and breed from it.

import { $, allow, onClick } from "./dom.js";
import { write } from "./numbers.js";
import { breed, count, hasClasses, nicheText, pictureOf, posterOf } from "./runs.js";
import { film } from "./drawings.js";
import { fetchFile } from "./fetch.js";
import { titled } from "./curve.js";
import { open } from "./messages.js";

let shown = null;

export function buildLook() {
  onClick($("look-breed"), () => breed(shown.run.name, shown.elite.index));
  $("look-make").addEventListener("submit", (event) => {
    event.preventDefault();
    const { run, elite } = shown;
    const [what, size] = [event.submitter, $("look-size").value];
    if (what === $("look-film")) film(what, run.name, elite.index, $("look-kind").value, Math.min(size, 1080));
    else fetchFile(what, `${elite.index}.png`, posterOf(run.name, elite.index, size));
  });
}

/** Look closer at an elite; one of the past is shown small, and cannot be bred from. */
export function look(run, elite) {
  const { facts } = run;
  shown = { run, elite };
  const isPast = elite.at !== null && elite.at !== undefined;
  const has = elite.score !== null;
  const hasPicture = has && (isPast ? facts.images : elite.shown);
  const more = isPast ? { generation: elite.at } : { size: "large" };
  const address = pictureOf(run.name, facts.version, elite, more);
  $("look-title").textContent = nicheText(facts, elite);
  $("look-image").hidden = $("look-get").hidden = !hasPicture;
  $("look-image").classList.toggle("drawn", !facts.images);
  if (hasPicture) $("look-image").src = address;
  $("look-get").href = address;
  $("look-get").download = `${elite.index}${isPast ? `-generation-${elite.at}` : ""}.png`;
  const when = isPast ? ` after generation ${count(elite.at)}` : "";
  $("look-facts").textContent = has
    ? `${said(facts, elite)}${when}. Found in generation ${count(elite.found_at)}.`
    : "There is no elite yet.";
  $("look-breed").hidden = !facts.can_breed || isPast;
  allow($("look-breed"), has);
  $("look-make").hidden = isPast || !has || !facts.can_enlarge;
  $("look-film").closest(".row").hidden = !facts.can_replay;
  $("look-why").hidden = !$("look-breed").hidden;
  $("look-why").textContent = why(facts, isPast, hasPicture);
  open($("look"));
}

/** What the score of an elite is. */
function said({ name, unit, ...facts }, { score }) {
  const text = write(score, unit);
  return hasClasses({ unit, ...facts }) ? `${name} is ${text} sure` : `${titled(unit.noun)}: ${text}`;
}

/** Why an elite cannot be bred from, or not be seen. */
function why({ can_breed, images }, isPast, hasPicture) {
  if (isPast && can_breed) return "Go back to now to breed from this.";
  if (isPast && !images) return "Networks are drawn as they are now; of the past there are only scores.";
  if (!hasPicture && !images) return "Only the best elites are drawn.";
  return "Only pictures of CPPN networks can be bred from.";
}
