const dialog = document.getElementById("look");
const gallery = document.getElementById("gallery");
dialog?.classList.toggle("pixels", gallery.classList.contains("pixels"));

function look(item) {
  const image = item.querySelector("img").cloneNode();
  const caption = item.querySelector("figcaption").cloneNode(true);
  dialog.querySelector("h2").replaceChildren(caption.querySelector("strong").textContent);
  caption.querySelector("strong").remove();
  dialog.querySelector("figure").replaceChildren(image, caption);
  const behind = item.querySelector("template").content.cloneNode(true);
  document.getElementById("look-real").replaceChildren(...behind.querySelectorAll(".real"));
  document.getElementById("look-behind").replaceChildren(behind);
  dialog.showModal();
  dialog.scrollTop = 0;
}

for (const item of dialog ? gallery.children : []) {
  if (!item.querySelector("template")) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "shot";
  button.setAttribute("aria-haspopup", "dialog");
  const image = item.querySelector("img");
  image.replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => look(item));
}
dialog?.addEventListener("click", (event) => event.target === dialog && dialog.close());
