const usualCurrency = {{currency}};

{{template "element"}}
{{template "store"}}
{{template "theme"}}
{{template "toast"}}
{{template "number"}}
{{template "money"}}
{{if has "export" "share"}}
{{template "copy"}}
{{end}}
{{template "search"}}
{{template "export"}}
{{template "import"}}
{{template "share"}}
const find = (id) => document.getElementById(id);

// What is for sale, until somebody changes it. "art" is a drawing, 24 wide and high.
const samples = {{items}};

let products = load("shop-products", samples.map((product, i) => ({ id: i + 1, ...product })));
let nextId = Math.max(0, ...products.map(({ id }) => id)) + 1;
let editing = false; // whether the products can be changed
{{if has "cart"}}
let cart = load("shop-cart", []); // { id, quantity }
{{end}}

const categories = () => [...new Set(products.map(({ category }) => category).filter(Boolean))];

const button = (label, act, properties = {}) => {
  const made = element("button", { type: "button", ...properties }, label);
  made.addEventListener("click", act);
  return made;
};

/** Says what is wrong with a field of a form; without a message all is well. */
function complain(form, message = "", field = null) {
  for (const other of form.querySelectorAll("input, textarea")) other.ariaInvalid = other === field;
  form.querySelector(".error").textContent = message;
  field?.focus();
}

// Products

/** Draws a product into an element: one that has no drawing, by its first letter. */
function draw({ id, title, art }, tile) {
  tile.style.setProperty("--hue", (id * 67 + 10) % 360);
  if (art) tile.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${art}"/></svg>`;
  else tile.replaceChildren(element("span", { ariaHidden: "true" }, [...title][0]));
  return tile;
}

function card(product) {
  const { title, price, category, text } = product;
  const item = element("li", { className: "card product" },
    draw(product, element("div", { className: "tile" })),
    element("p", { className: "category" }, category),
    {{if has "lightbox"}}
    element("h3", {}, button(title, () => view(product), { ariaLabel: {{text "details" "item" "title"}} })),
    {{else}}
    element("h3", {}, title),
    {{end}}
    element("p", { className: "description" }, text),
    element("div", { className: "buy" },
      element("span", { className: "price" }, money(price)){{if has "cart"}},
      button({{text "addToCart"}}, () => add(product), { ariaLabel: {{text "addItem" "item" "title"}} }){{end}}));
  if (editing) {
    item.append(element("div", { className: "manage" },
      button({{text "edit"}}, () => edit(product), { ariaLabel: {{text "editItem" "item" "title"}} }),
      button({{text "delete"}}, () => remove(product), { ariaLabel: {{text "deleteItem" "item" "title"}} })));
  }
  return item;
}

function show() {
  let shown = products;
  {{if has "filter"}}
  if (!categories().includes(chosen)) chosen = "";
  showCategories();
  shown = shown.filter(({ category }) => !chosen || category === chosen);
  {{end}}
  {{if has "search"}}
  shown = shown.filter(({ title, category, text }) => fitsSearch(`${title} ${category} ${text}`));
  {{end}}
  {{if has "sort"}}
  const orders = {
    cheapest: (a, b) => a.price - b.price,
    dearest: (a, b) => b.price - a.price,
    name: (a, b) => a.title.localeCompare(b.title, document.documentElement.lang),
  };
  const order = orders[find("sort").value];
  if (order) shown = shown.toSorted(order);
  {{end}}
  find("products").replaceChildren(...shown.map(card));
  find("count").textContent = {{plural "products" "shown.length"}};
  find("empty").hidden = shown.length > 0;
}
{{if has "filter"}}

let chosen = ""; // the category that is shown; empty: all

function showCategories() {
  find("categories").replaceChildren(...["", ...categories()].map((category) => button(category || {{text "all"}}, () => {
    chosen = category;
    show();
    [...find("categories").children].find(({ ariaPressed }) => ariaPressed === "true").focus();
  }, { ariaPressed: category === chosen })));
}
{{end}}
{{if has "search"}}

search.addEventListener("input", show);
{{end}}
{{if has "sort"}}

find("sort").addEventListener("change", show);
{{end}}
{{if has "lightbox"}}

// Details

let viewed;

function view(product) {
  viewed = product;
  draw(product, find("viewer-tile"));
  find("viewer-category").textContent = product.category;
  find("viewer-title").textContent = product.title;
  find("viewer-text").textContent = product.text;
  find("viewer-price").textContent = money(product.price);
  find("viewer").showModal();
}

find("viewer-close").addEventListener("click", () => find("viewer").close());
{{if has "cart"}}
find("viewer-add").addEventListener("click", () => {
  find("viewer").close();
  add(viewed);
});
{{end}}
{{end}}
{{if has "cart"}}

// Cart

function keepCart(lines) {
  cart = lines;
  save("shop-cart", cart);
  showCart();
}

function add({ id, title }) {
  const before = cart;
  const has = cart.some((line) => line.id === id);
  keepCart(has ? cart.map((line) => (line.id === id ? { id, quantity: line.quantity + 1 } : line)) : [...cart, { id, quantity: 1 }]);
  toast({{text "added" "item" "title"}}, () => keepCart(before));
}

/** Changes how many of a product are in the cart; none takes it out. */
function change({ id, title }, by) {
  const before = cart;
  keepCart(cart.map((line) => (line.id === id ? { id, quantity: line.quantity + by } : line)).filter(({ quantity }) => quantity > 0));
  if (!cart.some((line) => line.id === id)) toast({{text "removed" "item" "title"}}, () => keepCart(before));
}

/** The lines of the cart with their products; those that are no longer sold are left out. */
const lines = () => cart.map(({ id, quantity }) => ({ product: products.find((product) => product.id === id), quantity })).filter(({ product }) => product);
const total = () => lines().reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);

function showCart() {
  const label = document.activeElement?.ariaLabel; // of a button that is drawn anew
  find("lines").replaceChildren(...lines().map(({ product, quantity }) => {
    const { title, price } = product;
    return element("li", {},
      element("div", {}, element("strong", {}, title), element("small", {}, {{text "each" "price" "money(price)"}})),
      element("span", { className: "cost" }, money(price * quantity)),
      element("div", { className: "stepper" },
        button("−", () => change(product, -1), { ariaLabel: {{text "less" "item" "title"}} }),
        element("output", { ariaLabel: {{text "quantity" "item" "title"}} }, quantity),
        button("+", () => change(product, 1), { ariaLabel: {{text "more" "item" "title"}} })),
      button("✕", () => change(product, -quantity), { className: "icon", ariaLabel: {{text "removeItem" "item" "title"}} }));
  }));
  [...find("lines").querySelectorAll("button")].find(({ ariaLabel }) => ariaLabel === label)?.focus();
  const count = lines().reduce((sum, { quantity }) => sum + quantity, 0);
  find("in-cart").textContent = {{text "cartWith" "n" "count"}};
  find("cart-empty").hidden = count > 0;
  find("sums").hidden = count === 0;
  find("total").textContent = money(total());
}

find("open-cart").addEventListener("click", () => {
  find("cart").scrollIntoView({ block: "nearest" });
  find("cart").focus({ preventScroll: true });
});
{{if has "checkout"}}

// Checkout

const order = find("order-form");

find("checkout").addEventListener("click", () => {
  complain(order);
  order.hidden = false;
  find("thanks").hidden = true;
  find("order-total").textContent = money(total());
  find("order").showModal();
});
find("order-cancel").addEventListener("click", () => find("order").close());
find("order-close").addEventListener("click", () => find("order").close());

order.addEventListener("submit", (event) => {
  event.preventDefault();
  const [name, email, address] = ["name", "email", "address"].map((id) => find(id).value.trim());
  if (!name) return complain(order, {{text "noName"}}, find("name"));
  if (!/^\S+@\S+\.\S+$/.test(email)) return complain(order, {{text "noEmail"}}, find("email"));
  if (!address) return complain(order, {{text "noAddress"}}, find("address"));

  const orders = load("shop-orders", []);
  const number = 1001 + orders.length;
  const items = lines().map(({ product, quantity }) => ({ title: product.title, price: product.price, quantity }));
  save("shop-orders", [...orders, { number, name, email, address, items, total: total(), date: new Date().toISOString() }]);
  find("thanks-title").textContent = {{text "thanks" "name" "name"}};
  find("thanks-text").textContent = {{text "ordered" "number" "number" "total" "money(total())"}};
  order.hidden = true;
  find("thanks").hidden = false;
  find("order-close").focus();
  order.reset();
  keepCart([]);
});
{{end}}
{{end}}

// Changing the products

const editor = find("editor-form");
let edited; // the product in the editor; none: a new one

function keep(list) {
  products = list;
  save("shop-products", products);
  show();
  {{if has "cart"}}
  showCart();
  {{end}}
}

/** Reads a product from texts; returns a message if one of them is wrong. */
function read({ title, price, category, text }) {
  const amount = readMoney(price);
  if (!title.trim()) return {{text "noTitle"}};
  if (!(amount >= 0)) return {{text "noPrice"}};
  return { title: title.trim(), price: amount, category: category.trim(), text: text.trim() };
}

function edit(product) {
  edited = product;
  find("editor-title").textContent = product ? {{text "editProduct"}} : {{text "addProduct"}};
  for (const id of ["title", "category", "text"]) find(id).value = product?.[id] ?? "";
  find("price").value = product ? typedMoney(product.price) : "";
  find("known").replaceChildren(...categories().map((category) => new Option(category)));
  complain(editor);
  find("editor").showModal();
}

function remove(product) {
  const before = products;
  keep(products.filter((other) => other !== product));
  toast({{text "deleted" "item" "product.title"}}, () => keep(before));
}

editor.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(["title", "price", "category", "text"].map((id) => [id, find(id).value]));
  const product = read(values);
  if (typeof product === "string") return complain(editor, product, find(values.title.trim() ? "price" : "title"));
  find("editor").close();
  keep(edited ? products.map((other) => (other === edited ? { ...edited, ...product } : other)) : [...products, { id: nextId++, ...product }]);
});

find("new").addEventListener("click", () => edit());
find("editor-cancel").addEventListener("click", () => find("editor").close());
find("editing").addEventListener("click", () => {
  editing = !editing;
  find("editing").ariaPressed = editing;
  find("new").hidden = find("currency-label").hidden = !editing;
  show();
});
{{if has "export" "import"}}

const columns = { title: {{text "product"}}, price: {{text "price"}}, category: {{text "category"}}, text: {{text "description"}} };
{{end}}
{{if has "export"}}
offerExport(columns, () => products);
{{end}}
{{if has "import"}}
offerImport(columns, read, (added) => {
  const before = products;
  keep([...products, ...added.map((product) => ({ id: nextId++, ...product }))]);
  return () => keep(before);
});
{{end}}
{{if has "share"}}
offerShare(() => [document.title, ...products.map(({ title, price }) => `${title}: ${money(price)}`)].join("\n"));
{{end}}

currencySelect.addEventListener("change", () => {
  show();
  {{if has "cart"}}
  showCart();
  {{end}}
});
show();
{{if has "cart"}}
showCart();
{{end}}
