// Sliders that bend single weights, the picture following at once.

import { $, make, plural } from "./dom.js";
import { announce, fail } from "./messages.js";
import { request } from "./session.js";

const AT_ONCE = 60;
const WIDTH = 3;
const COLOURS = { h: "hue", s: "saturation", v: "brightness", l: "lightness" };

let bent = {};
let paint = () => {};
let nameOf = String;

/** Weights that differ from the genome's, by innovation number. */
export const bentWeights = () => bent;

/** Show a slider for every enabled weight of a picture, the strongest first. */
export function showWeights(picture, changed) {
  const { id, weights } = picture;
  bent = {};
  nameOf = namer(picture);
  paint = latest(async () => changed(await request("POST", `/api/pictures/${id}/bend`, {
    weights: bent,
    size: 512,
  })));
  const enabled = weights.filter((each) => each.enabled);
  enabled.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
  $("weights").replaceChildren();
  more(enabled);
}

/** Put all sliders back. */
export function unbend() {
  for (const input of $("weights").querySelectorAll("input")) {
    input.value = input.defaultValue;
    input.nextElementSibling.textContent = shown(input.value);
  }
  bent = {};
  paint();
}

function more(weights) {
  $("weights").append(...weights.slice(0, AT_ONCE).map(slider));
  const rest = weights.slice(AT_ONCE);
  if (!rest.length) return;
  const button = make("button", { type: "button", textContent: `Show ${rest.length} more` });
  button.addEventListener("click", () => {
    const next = button.previousElementSibling;
    button.remove();
    more(rest);
    next.nextElementSibling.querySelector("input").focus();
    announce(`${plural(Math.min(rest.length, AT_ONCE), "weight")} more.`);
  });
  $("weights").append(button);
}

function slider({ innovation, source, target, weight }) {
  const most = Math.max(WIDTH, Math.ceil(Math.abs(weight) * 1.5));
  const input = make("input", { type: "range", min: -most, max: most, step: "any" });
  input.defaultValue = weight;
  const output = make("output", { textContent: shown(weight) });
  input.addEventListener("input", () => {
    output.textContent = shown(input.value);
    bent[innovation] = Number(input.value);
    paint();
  });
  const name = make("span", { className: "name", textContent: `${nameOf(source)} → ${nameOf(target)}` });
  return make("label", {}, name, input, output);
}

/** Inputs and outputs have names; other nodes their function and, as in drawings, their place. */
function namer({ inputs, outputs, activations }) {
  const named = [...inputs, ...outputs.map((letter) => COLOURS[letter] ?? letter)];
  const hidden = Object.keys(activations).map(Number).filter((id) => id >= named.length);
  hidden.sort((one, other) => one - other);
  return (id) => named[id] ?? `${activations[id]} ${1 + hidden.indexOf(id)}`;
}

const shown = (weight) => Number(weight).toFixed(2);

/** Run one at a time, and after it once more if it was asked for meanwhile. */
function latest(act) {
  let isRunning = false;
  let isAsked = false;
  return async () => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      await act().catch(fail);
    }
    isRunning = false;
  };
}
