"use strict";
(() => {
  const form = document.getElementById("choose");
  const list = document.getElementById("gallery");
  const status = document.getElementById("shown");
  const items = Array.from(list.children, (element, place) => {
    const name = element.querySelector("strong").textContent.toLowerCase();
    const numbers = { place };
    for (const { name: key, value } of element.attributes) {
      if (key.startsWith("data-")) numbers[key.slice(5)] = Number(value);
    }
    return { element, name, numbers };
  });
  const first = { q: "", level: "", sort: form.elements.sort.value, order: "up" };
  let arranged = "place 1";
  const language = new Intl.Collator("en", { numeric: true });

  function matches(item, words, level) {
    const score = item.numbers.score ?? -Infinity; /* none: there is no elite */
    const below = level.startsWith("below ");
    const bound = Number(below ? level.slice(6) : level);
    if (level && (below ? score >= bound : score < bound)) return false;
    const index = String(item.numbers.index);
    return words.every((word) => item.name.includes(word) || word === index);
  }

  function compare(sort) {
    if (sort === "name") return (a, b) => language.compare(a.name, b.name);
    const number = ({ numbers }) => numbers[sort] ?? -Number.MAX_VALUE;
    return (a, b) => number(a) - number(b);
  }

  function arrange(sort, sign) {
    if (arranged === `${sort} ${sign}`) return;
    arranged = `${sort} ${sign}`;
    const by = compare(sort);
    items.sort((a, b) => sign * by(a, b) || a.numbers.place - b.numbers.place);
    list.append(...items.map((item) => item.element));
  }

  function show() {
    const { q, level, sort, order } = form.elements;
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const fits = matches(item, words, level.value);
      item.element.hidden = !fits;
      count += fits;
    }
    arrange(sort.value, order.value === "down" ? -1 : 1);
    const all = items.length.toLocaleString("en");
    status.textContent = count
      ? `${count.toLocaleString("en")} of ${all} ${list.dataset.many}`
      : `Not one of ${all} ${list.dataset.many} fits: change the search or the filter.`;
  }

  function read() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const [name, usual] of Object.entries(first)) {
      const field = form.elements[name];
      field.value = given.get(name) ?? usual;
      if (field.value !== (given.get(name) ?? usual)) field.value = usual;
    }
    show();
  }

  function remember() {
    const chosen = new URLSearchParams();
    for (const [name, usual] of Object.entries(first)) {
      if (form.elements[name].value !== usual) chosen.set(name, form.elements[name].value);
    }
    history.replaceState(null, "", "#" + chosen);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); }));
  form.addEventListener("input", () => { show(); remember(); });
  window.addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
