// A drawing that can be made larger and moved about, by mouse, wheel and keyboard.

const [MOST, STEP] = [16, 1.4];

/** Let `paper`, which scrolls, show its image larger; `buttons` are {smaller, fit, larger}. */
export function buildPan(paper, buttons) {
  let scale = 1;

  /** Scale about a point of the window, by default the middle of the paper. */
  function to(wanted, at) {
    const frame = paper.getBoundingClientRect();
    const [x, y] = [(at?.clientX ?? frame.x + frame.width / 2) - frame.x, (at?.clientY ?? frame.y + frame.height / 2) - frame.y];
    const next = Math.min(Math.max(wanted, 1), MOST);
    const [left, top] = [(paper.scrollLeft + x) * (next / scale), (paper.scrollTop + y) * (next / scale)];
    scale = next;
    paper.style.setProperty("--scale", scale);
    paper.classList.toggle("moves", scale > 1);
    paper.scrollTo(left - x, top - y);
  }

  const acts = { "+": () => to(scale * STEP), "=": () => to(scale * STEP), "-": () => to(scale / STEP), 0: () => to(1) };
  buttons.larger.addEventListener("click", acts["+"]);
  buttons.smaller.addEventListener("click", acts["-"]);
  buttons.fit.addEventListener("click", acts[0]);
  paper.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  paper.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls, as anywhere
    event.preventDefault();
    to(scale * Math.exp(-event.deltaY / 300), event);
  }, { passive: false });
  paper.addEventListener("dblclick", (event) => to(scale * STEP * STEP, event));
  paper.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target === paper) return; // fingers scroll
    paper.setPointerCapture(event.pointerId);
    const move = ({ movementX, movementY }) => paper.scrollBy(-movementX, -movementY);
    paper.addEventListener("pointermove", move);
    paper.addEventListener("lostpointercapture", () => paper.removeEventListener("pointermove", move), { once: true });
  });
  return () => to(1);
}
