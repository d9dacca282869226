// Elements: find them, make them, put what may not be done out of reach.

export const $ = (id) => document.getElementById(id);

/** Make an element; what it has no property for becomes an attribute. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Say that a button does nothing now. Unlike a disabled one it keeps the focus. */
export function allow(button, allowed) {
  button.setAttribute("aria-disabled", String(!allowed));
}

export const isAllowed = (button) => button.getAttribute("aria-disabled") !== "true";

/** Call at a click, unless the button does nothing now. */
export function onClick(button, act) {
  button.addEventListener("click", () => isAllowed(button) && act());
}

/** Fill a select with [value, text] pairs, keeping what is chosen if it is still there. */
export function fill(select, pairs, chosen = select.value) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/** One tab stop for many buttons: the arrow keys move among them, `next` says where to. */
export function roving(holder, buttons, next) {
  holder.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = buttons();
    const from = all.indexOf(event.target);
    const to = from < 0 ? undefined : next(event.key, from, all.length);
    if (to === undefined) return;
    event.preventDefault();
    all[Math.min(Math.max(to, 0), all.length - 1)].focus();
  });
}

/** A class by index and name, once where they are the same. */
export const classText = (index, name) => (name === String(index) ? name : `${index} ${name}`);

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
