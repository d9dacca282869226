// The colours of the page: palettes, and hues of one's own.

import { $, make } from "./dom.js";

const STOPS = 8;
let palettes = [];

/** Build the swatches; `set` changes settings. */
export function buildPalettes(choices, set) {
  palettes = choices;
  $("palettes").append(...palettes.map(swatch));
  $("palettes").addEventListener("change", (event) => {
    const { hues, saturation, colour } = palettes[event.target.value];
    set(colour ? { colour, hues, saturation } : { colour });
  });
  for (const id of ["hue-first", "hue-last", "saturation"]) {
    $(id).addEventListener("input", showOwn);
    $(id).addEventListener("change", () => set({ colour: true, ...own() }));
  }
}

/** Show what the page is painted with. */
export function showPalette({ colour, hues, saturation }) {
  const isIt = (each) => (colour ? each.colour && `${each.hues}` === `${hues}` && each.saturation === saturation : !each.colour);
  const which = palettes.findIndex(isIt);
  $("palettes").querySelectorAll("input").forEach((input, place) => (input.checked = place === which));
  $("hue-first").value = 360 * hues[0];
  $("hue-last").value = 360 * hues[1];
  $("saturation").value = 100 * saturation;
  showOwn();
}

function swatch({ name, hues, saturation, colour }, value) {
  const paint = make("span", { className: "swatch" });
  paint.style.background = gradient(hues, colour ? saturation : 0, !colour);
  return make("label", {}, make("input", { type: "radio", name: "palette", value }), paint, name);
}

const own = () => ({
  hues: [Number($("hue-first").value) / 360, Number($("hue-last").value) / 360],
  saturation: Number($("saturation").value) / 100,
});

function showOwn() {
  const { hues, saturation } = own();
  $("own-shown").style.background = gradient(hues, saturation);
  for (const id of ["hue-first", "hue-last"]) $(id).setAttribute("aria-valuetext", `${$(id).value % 360} degrees`);
  $("saturation").setAttribute("aria-valuetext", `${$("saturation").value} of 100`);
}

/** From the first hue to the last; of greys, from dark to light. */
function gradient([first, last], saturation, isGrey = false) {
  const stops = Array.from({ length: STOPS + 1 }, (_, step) => {
    const part = step / STOPS;
    const lightness = isGrey ? 100 * part : 100 * (1 - saturation / 2);
    return `hsl(${360 * (first + (last - first) * part)} ${isGrey ? 0 : 100}% ${lightness}%)`;
  });
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
