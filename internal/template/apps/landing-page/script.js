// What the page says: its first words, three reasons, and what a customer says.
const [hero, ...rest] = {{items}};
const reasons = rest.slice(0, 3);
const voice = rest.at(-1);

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{if has "share"}}
{{template "toast"}}
{{template "copy"}}
{{template "share"}}
{{end}}
document.querySelector("#headline").textContent = hero.headline;
document.querySelector("#lead").textContent = hero.lead;
document.querySelector("#art").setAttribute("d", hero.art);
document.querySelector("#cards").append(...reasons.map(({ title, text }) => element("article", { className: "card" }, element("h3", {}, title), element("p", {}, text))));
document.querySelector("#quote").textContent = voice.quote;
document.querySelector("#by").textContent = voice.by;

// Links within the page work in a frame too, where the address of the page is another one.
for (const link of document.querySelectorAll('a[href^="#"]')) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const section = document.querySelector(link.hash);
    section.scrollIntoView();
    (section.querySelector("input") ?? section).focus({ preventScroll: true });
  });
}

// The list

const joinForm = document.querySelector("#join-form");
const email = document.querySelector("#email");
const joinStatus = document.querySelector("#join-status");
const leave = document.querySelector("#leave");

function showJoined(address) {
  joinForm.hidden = Boolean(address);
  leave.hidden = !address;
  joinStatus.className = "";
  joinStatus.textContent = address ? {{text "joined" "email" "address"}} : "";
}

joinForm.addEventListener("submit", (event) => {
  event.preventDefault();
  email.value = email.value.trim();
  const fine = email.checkValidity();
  email.setAttribute("aria-invalid", !fine);
  if (!fine) {
    joinStatus.className = "mistake";
    joinStatus.textContent = {{text "emailWrong"}};
    email.focus();
    return;
  }
  save("joined", email.value);
  showJoined(email.value);
  joinForm.reset();
});

leave.addEventListener("click", () => {
  save("joined", "");
  showJoined("");
  email.focus();
});

showJoined(load("joined", ""));
{{if has "contact-form"}}

// Messages

const contactForm = document.querySelector("#contact-form");
const contactStatus = document.querySelector("#contact-status");

contactForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const [name, from, message] = ["#name", "#from", "#message"].map((id) => document.querySelector(id));
  let wrong;
  for (const field of [message, from, name]) {
    field.value = field.value.trim();
    field.setAttribute("aria-invalid", !field.checkValidity());
    if (!field.checkValidity()) wrong = field;
  }
  contactStatus.className = wrong ? "wide mistake" : "wide";
  if (wrong) {
    contactStatus.textContent = {{text "fillAll"}};
    wrong.focus();
    return;
  }
  save("messages", [...load("messages", []), { name: name.value, email: from.value, message: message.value, at: Date.now() }]);
  contactStatus.textContent = {{text "sent" "name" "name.value"}};
  contactForm.reset();
});
{{end}}
{{if has "share"}}

const brand = document.querySelector(".brand").textContent;
offerShare(() => {{text "shareText" "name" "brand"}});
{{end}}
{{if has "animations"}}

// What is further down appears when it is scrolled to.
const appears = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    target.classList.add("seen");
    appears.unobserve(target);
  }
});
for (const part of document.querySelectorAll("main > :not(.hero), .card")) {
  part.classList.add("appears");
  appears.observe(part);
}
{{end}}
