// What children are like, and which network looks at them.

import { $, fill, make } from "./dom.js";
import { note } from "./messages.js";
import { buildPalettes, showPalette } from "./palettes.js";
import { change, whenChanged } from "./session.js";

const FOCUS = { both: "Both", structure: "Structure", colour: "Colour" };

export function buildControls() {
  let isBuilt = false;
  whenChanged((session) => {
    if (!isBuilt) build(session.choices);
    isBuilt = true;
    show(session.settings);
    $("still-grey").hidden = !wasGrey(session);
  });
}

const set = (settings) => change("PUT", "/api/session/settings", settings);

function build({ focus, activations, models, palettes }) {
  buildPalettes(palettes, set);
  $("focus").append(...focus.map((value) => radio("focus", value, FOCUS[value] ?? value)));
  $("activations").append(...activations.map(check));
  fill($("model"), [["", "off"], ...models.map(({ name }) => [name, name])]);
  $("changes").addEventListener("change", (event) => set({ changes: Number(event.target.value) }));
  $("changes").addEventListener("input", showChanges);
  $("focus").addEventListener("change", (event) => set({ focus: event.target.value }));
  $("crossover").addEventListener("change", (event) => set({ crossover: event.target.checked }));
  $("model").addEventListener("change", (event) => set({ model: event.target.value || null }));
  $("activations").addEventListener("change", chooseActivations);
}

/** Say whether the page was grey: its networks have got colours, but so weak that it still looks grey. */
function wasGrey({ history, page }) {
  const of = (number) => history.find((each) => each.page === number);
  let here = of(page);
  while (here?.how === "palette") here = of(here.parent);
  return here?.how === "colour";
}

function radio(name, value, text) {
  return make("label", {}, make("input", { type: "radio", name, value }), text);
}

function check(value) {
  return make("label", { className: "check" }, make("input", { type: "checkbox", value }), value);
}

const boxes = () => [...$("activations").querySelectorAll("input")];

function chooseActivations(event) {
  const activations = boxes().filter((box) => box.checked).map((box) => box.value);
  if (activations.length) set({ activations });
  else {
    event.target.checked = true;
    note("At least one function must be allowed.");
  }
}

function show({ changes, focus, crossover, activations, model, ...look }) {
  $("changes").value = changes;
  showChanges();
  for (const each of $("focus").querySelectorAll("input")) each.checked = each.value === focus;
  showPalette(look);
  $("crossover").checked = crossover;
  for (const box of boxes()) box.checked = activations.includes(box.value);
  $("model").value = model ?? "";
}

function showChanges() {
  $("changes").setAttribute("aria-valuetext", `${$("changes").value} of 100`);
}
