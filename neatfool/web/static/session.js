// Requests, and the session as the server last told it.

import { $ } from "./dom.js";
import { attempt, clearFailure } from "./messages.js";

const SHOW_BUSY_AFTER = 150;
const listeners = [];
let last = Promise.resolve();
let waiting = 0;

export let session = null;

/** Be told of every session that the server answers with. */
export const whenChanged = (listener) => listeners.push(listener);

export const isBusy = () => waiting > 0;

/** Ask the server; a refusal is an error whose message is for people, with its status. */
export async function request(method, path, body) {
  const headers = { "X-Neatfool": "1" };
  const isFile = body instanceof Blob;
  if (body !== undefined && !isFile) headers["Content-Type"] = "application/json";
  if (isFile) headers["Content-Type"] = "application/octet-stream";
  let response;
  try {
    response = await fetch(path, { method, headers, body: isFile ? body : JSON.stringify(body) });
  } catch {
    throw expected("The server does not answer. Nothing is lost: check that it is running, then try again.");
  }
  if (!response.ok) throw expected(await reason(response), response.status);
  const kind = response.headers.get("Content-Type") ?? "";
  if (response.status === 204) return null;
  return kind.includes("json") ? response.json() : response.blob();
}

function expected(message, status = null) {
  return Object.assign(new Error(message), { isExpected: true, status });
}

async function reason(response) {
  const answer = await response.json().catch(() => null);
  return answer?.error ?? `The server refused this (${response.status}).`;
}

/** Do something that may fail, one after the other; return whether it went well. */
export function inTurn(act) {
  waiting += 1;
  showBusy();
  const turn = last.then(() => attempt(act));
  last = turn.then((well) => {
    waiting -= 1;
    showBusy();
    if (well) clearFailure();
    else tell(); // what was changed by hand goes back to what holds
  });
  return turn;
}

/** Change the session; return whether it went well. */
export function change(method, path, body) {
  return inTurn(async () => {
    session = await request(method, path, body);
    tell();
  });
}

export const load = () => change("GET", "/api/session");

function tell() {
  if (session) for (const listener of listeners) listener(session);
}

function showBusy() {
  $("pictures").setAttribute("aria-busy", String(isBusy()));
  if (!isBusy()) $("busy").hidden = true;
  else setTimeout(() => ($("busy").hidden = !isBusy()), SHOW_BUSY_AFTER);
}
