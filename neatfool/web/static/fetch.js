// Files that take a while to be made: fetch them, and hand them over.

import { allow, isAllowed, make } from "./dom.js";
import { attempt, note } from "./messages.js";
import { request } from "./session.js";

/** Fetch a file, and hand it over; the button that asks for it does nothing meanwhile. */
export async function fetchFile(button, name, address) {
  if (!isAllowed(button)) return;
  allow(button, false);
  note("It is being made. That may take a minute.");
  await attempt(async () => {
    const link = make("a", { href: URL.createObjectURL(await request("GET", address)), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
    note(`${name} is made.`);
  });
  allow(button, true);
}
