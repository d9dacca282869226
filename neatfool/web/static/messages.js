// What the page says: to screen readers only, for a moment, or until it is dismissed.

import { $ } from "./dom.js";

const NOTE_FOR = 5000;
let timer;

/** Tell screen readers. */
export function announce(text) {
  $("status").textContent = text;
}

/** Show for a moment. */
export function note(text) {
  clearTimeout(timer);
  $("failure").hidden = true;
  $("note").textContent = text;
  $("note").hidden = false;
  timer = setTimeout(() => ($("note").hidden = true), NOTE_FOR);
}

/** Show what went wrong until it is dismissed or something else goes well. */
export function fail(error) {
  if (!(error instanceof Error && error.isExpected)) console.error(error);
  $("note").hidden = true;
  $("failure").hidden = false;
  $("failure-text").textContent = error.message;
}

/** Do something that may fail; return whether it went well. */
export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    fail(error);
    return false;
  }
}

export function clearFailure() {
  $("failure").hidden = true;
}

/** What lies under an open dialog cannot be reached, so the messages move into it. */
function place() {
  const open = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if ($("messages").parentElement !== open) open.append($("messages"));
}

export function watchDialogs() {
  $("dismiss").addEventListener("click", clearFailure);
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("close", place);
    for (const button of dialog.querySelectorAll(".close")) {
      button.addEventListener("click", () => dialog.close());
    }
  }
}

export function open(dialog) {
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  place();
}
