// Save a picture, or change what is said of a saved one.

import { $ } from "./dom.js";
import { note, open } from "./messages.js";
import { inTurn, request } from "./session.js";

let picture = null;
let saved = null;
let changed = () => {};

/** Build the dialog; `whenKept` is called after every change of the gallery. */
export function buildKeep(whenKept) {
  changed = whenKept;
  $("keep-form").addEventListener("submit", (event) => {
    event.preventDefault();
    inTurn(saved ? edit : save);
  });
  $("delete").addEventListener("click", () => {
    if (confirm(`Delete “${saved.name}” from the gallery?`)) inTurn(remove);
  });
}

/** Ask for a name and save this picture of the session. */
export function keep(which, title = "Save this picture") {
  [picture, saved] = [which, null];
  show(title, "", [], false);
}

/** Change the name, the tags or the publication of a saved picture. */
export function change(which) {
  [picture, saved] = [which, which];
  show("Edit", which.name, which.tags, which.published);
}

function show(title, name, tags, published) {
  $("keep-title").textContent = title;
  $("keep-image").src = picture.image;
  $("name").value = name;
  $("keep-tags").value = tags.join(", ");
  $("published").checked = published;
  $("delete").hidden = saved === null;
  open($("keep"));
  $("name").focus();
}

function said() {
  const tags = $("keep-tags").value.split(",").map((tag) => tag.trim());
  return { name: $("name").value.trim(), tags: [...new Set(tags)].filter(Boolean) };
}

async function save() {
  const kept = await request("POST", "/api/saved", { picture: picture.id, ...said() });
  if ($("published").checked) await request("PATCH", `/api/saved/${kept.id}`, { published: true });
  done(`“${kept.name}” is saved: you find it in the gallery.`);
}

async function edit() {
  const body = { ...said(), published: $("published").checked };
  await request("PATCH", `/api/saved/${saved.id}`, body);
  done(`“${body.name}” is changed.`);
}

async function remove() {
  await request("DELETE", `/api/saved/${saved.id}`);
  done(`“${saved.name}” is deleted.`);
}

function done(text) {
  $("keep").close();
  note(text);
  changed();
}
