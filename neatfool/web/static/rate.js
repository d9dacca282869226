// The page of `neatfool browse --rate`: one picture after the other, and what it may be called.

import { $, allow, make, onClick, roving } from "./dom.js";
import { clearFailure, fail, watchDialogs } from "./messages.js";
import { request } from "./session.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
let asked = null;
let isBusy = false;

/** Ask the server for a question, and show it; one thing after the other. */
async function ask(method, path, body) {
  if (isBusy) return;
  isBusy = true;
  try {
    show(await request(method, path, body));
    clearFailure();
  } catch (error) {
    fail(error);
  } finally {
    isBusy = false;
  }
}

const answer = (choice) => ask("POST", "/api/rate", { card: asked.card, choice });
const areKeys = () => asked.choices.every(({ name }) => /^\S$/u.test(name));
/** Names of one character are keys themselves. */
const keyOf = ({ name }, place) => (areKeys() ? name : place < 10 ? String((place + 1) % 10) : "");

/** Find what a key chooses; case matters only where it tells names apart. */
function placeOf(key) {
  const keys = asked.choices.map(keyOf);
  const place = keys.indexOf(key);
  return place < 0 ? keys.findIndex((each) => each.toLowerCase() === key.toLowerCase()) : place;
}

function describeKeys() {
  const free = (key, does) => (placeOf(key) < 0 ? [`${key} for ${does}`] : []);
  const first = areKeys() ? "the name itself" : "the digit before a name";
  return `Keys: ${[first, ...free("N", "nothing"), ...free("B", "back")].join(", ")}`;
}

function show(question) {
  asked = question;
  const { card, total, answered, choices, given } = question;
  $("rate").hidden = false;
  $("done").hidden = card !== null;
  $("asked").hidden = card === null;
  $("where").textContent = card === null ? `${total} pictures` : `Picture ${card + 1} of ${total}, ${answered} answered`;
  if (card === null) return $("question").focus();
  $("picture").src = `/api/rate/picture?card=${card}`;
  $("choices").replaceChildren(...choices.map((choice, place) => button(choice, place, given)));
  $("keys").textContent = describeKeys();
  $("nothing").setAttribute("aria-pressed", String(given === null));
  allow($("back"), card > 0);
  $("question").focus();
}

function button(choice, place, given) {
  const { index, name } = choice;
  const key = keyOf(choice, place);
  const text = key && key !== name ? [make("kbd", {}, key), ` ${name}`] : [name];
  const element = make("button", { type: "button" }, ...text);
  element.setAttribute("aria-pressed", String(given === index));
  element.addEventListener("click", () => answer(index));
  return element;
}

const back = () => asked.card > 0 && ask("GET", `/api/rate?card=${asked.card - 1}`);

function press(event) {
  const { altKey, ctrlKey, metaKey, repeat, key } = event;
  if (!$("letters").checked || altKey || ctrlKey || metaKey || repeat || !asked || asked.card === null) return;
  const place = placeOf(key);
  const act = place < 0 ? { n: () => answer(null), b: back }[key.toLowerCase()] : () => answer(asked.choices[place].index);
  if (!act) return;
  event.preventDefault();
  act();
}

watchDialogs();
onClick($("nothing"), () => answer(null));
onClick($("back"), back);
roving($("choices"), () => [...$("choices").children], (key, from) => (key in STEPS ? from + STEPS[key] : undefined));
addEventListener("keydown", press);
await ask("GET", "/api/rate");
