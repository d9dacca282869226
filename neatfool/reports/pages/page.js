const form = document.getElementById("choose");
const list = document.getElementById("gallery");
const status = document.getElementById("shown");
const items = Array.from(list.children, (element, place) => {
  const name = element.querySelector("strong").title;
  const numbers = { place };
  for (const { name: key, value } of element.attributes) {
    if (key.startsWith("data-")) numbers[key.slice(5)] = Number(value);
  }
  return { element, name, numbers };
});
const first = { q: "", level: "", sort: form.elements.sort.value, order: "up" };
let arranged = "place up";

function arrange(sort, order) {
  if (arranged === `${sort} ${order}`) return;
  arranged = `${sort} ${order}`;
  const rising = sort === "name" ? byName : byNumber(({ numbers }) => numbers[sort]);
  const compare = order === "down" ? reversed(rising) : rising;
  items.sort((one, other) => compare(one, other) || one.numbers.place - other.numbers.place);
  list.append(...items.map((item) => item.element));
}

function show() {
  const { q, level, sort, order } = form.elements;
  const [isNamed, isWithin] = [searched(q.value), within(level.value)];
  let count = 0;
  for (const { element, name, numbers } of items) {
    const fits = isWithin(numbers.score) && isNamed(name, numbers.index);
    element.hidden = !fits;
    count += fits;
  }
  arrange(sort.value, order.value);
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
const finder = document.getElementById("finder");
finder.hidden = false;
finder.open = location.hash.length > 1;
read();
