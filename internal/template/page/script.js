const form = document.querySelector("form");
const note = document.querySelector("#note");
const notes = document.querySelector("#notes");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = note.value.trim();
  if (text === "") return;
  const item = document.createElement("li");
  item.textContent = text;
  notes.append(item);
  note.value = "";
  note.focus();
});
