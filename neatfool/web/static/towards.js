// Evolution by itself: generation after generation towards a class, until it is stopped.

import { $, classText, fill } from "./dom.js";
import { percent } from "./numbers.js";
import { announce } from "./messages.js";
import { change, session, whenChanged } from "./session.js";

let isStopped = true;
let filled = null;

/** Whether generations follow each other by themselves. */
export const runsByItself = () => !isStopped;

export function buildTowards() {
  whenChanged(({ settings: { model }, choices: { models } }) => {
    $("towards").hidden = model === null;
    if (model === null || model === filled) return;
    filled = model;
    const { classes } = models.find(({ name }) => name === model);
    fill($("target"), classes.map((name, index) => [index, classText(index, name)]));
  });
  $("towards").addEventListener("submit", (event) => {
    event.preventDefault();
    if (isStopped) evolve(Number($("target").value), Number($("generations").value));
  });
  $("stop").addEventListener("click", () => (isStopped = true));
}

async function evolve(target, generations) {
  const name = $("target").selectedOptions[0].text;
  show(true);
  for (let done = 0; done < generations && !isStopped; done += 1) {
    report(done, generations, target);
    if (!(await change("POST", "/api/session/towards", { class: target }))) isStopped = true;
    else report(done + 1, generations, target);
  }
  announce(`Stopped at generation ${session.generation}. Towards ${name}: ${$("progress-text").textContent}`);
  show(false);
}

function show(isRunning) {
  isStopped = !isRunning;
  const hadFocus = $("towards").contains(document.activeElement);
  $("go").hidden = isRunning;
  $("stop").hidden = !isRunning;
  $("progress").hidden = false;
  if (hadFocus) $(isRunning ? "stop" : "go").focus();
}

function report(done, generations, target) {
  $("progress-bar").max = generations;
  $("progress-bar").value = done;
  const best = Math.max(...session.pictures.map((each) => confidence(each, target)));
  const reached = best >= 0 ? `: ${percent(best)} sure` : "";
  $("progress-text").textContent = `${done} of ${generations}${reached}`;
}

/** Confidence in the class, where it is among those that the server tells; else -1. */
function confidence(picture, target) {
  const { settings, choices } = session;
  const wanted = choices.models.find(({ name }) => name === settings.model)?.classes[target];
  return picture.labels?.find(({ name }) => name === wanted)?.confidence ?? -1;
}
