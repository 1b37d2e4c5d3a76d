// What a document needs where it is shown: in a frame without an origin, such as
// <iframe sandbox="allow-scripts" srcdoc>. There storage throws, #links lead to the page
// around the frame, forms submit nothing, and the other files of the set are nowhere.
//
// `go generate` makes two lines of it: prelude.min.js for a page alone, where SET is
// false, and preludeset.min.js for a page with other pages or files. One of them runs
// before all else of a document, and leaves no name and no element behind but a base. It
// changes nothing of a page that has an origin, except that it finds the files of its set.
// The short one has at most 3 KB, so brevity comes first here.

(() => {
  const script = document.currentScript;
  const { assign, defineProperty, entries, keys } = Object;
  const listen = addEventListener;
  const [here] = location.href.split(/[?#]/);
  const bare = origin == "null" && location.protocol != "file:";
  const holder = SET && script.previousElementSibling;
  const set = SET && JSON.parse(holder.text); // see preludeParts in prelude.go
  script.remove();
  if (SET) holder.remove();
  if (!SET && !bare) return;

  if (SET) {
    set.stored = {}; // the items of each area
    set.replaceState = history.replaceState.bind(history);
    set.pushState = history.pushState.bind(history);
    // The frame's name says which page of the set is shown, and which were before; and
    // from one page to the next, what they have stored.
    const mark = script.dataset.dreambuild;
    const several = keys(set.pages)[0];
    try {
      set.trail = JSON.parse(name);
    } catch {}
    if (set.trail?.mark == mark) set.moved = true;
    else set.trail = { mark, pages: [{ page: set.home, search: "", hash: "" }] };
    set.now = set.trail.pages.at(-1);
    set.kept = set.trail.stored;
    set.trail.stored = null;
    set.keep = () => (self.name = JSON.stringify(set.trail));
    if (several) set.keep();

    /** Shows the last page of the trail by a reload, so that no name of the page before is in its way. */
    set.load = () => {
      set.trail.stored = set.stored;
      set.keep();
      set.replaceState(null, "", here);
      location.reload();
    };
  }

  /** Says something on top of the page, for a while. */
  const toast = (text) => {
    const box = assign(document.createElement("div"), { textContent: text, role: "alert", popover: "manual", style: "pointer-events:none" });
    document.documentElement.append(box);
    box.showPopover?.();
    setTimeout(() => box.remove(), 5e3);
  };

  /** Acts once everybody else has seen an event, unless its default is prevented. */
  const after = (event, act) => {
    const finish = () => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      act?.(act = 0);
    };
    listen(event.type, finish, { once: 1 });
    setTimeout(finish); // if somebody has stopped the event
  };

  const elsewhere = (reference) => /^\s*([\w-]+:|\/\/)/.test(reference);

  if (SET) {
    // The files of the set lie at an address that is made up.
    const ROOT = "http://set.invalid/";
    set.resolve = (reference) => {
      try {
        const url = new URL(reference, ROOT + set.now.page);
        if (url.href.startsWith(ROOT)) return assign(url, { path: decodeURIComponent(url.pathname.slice(1)) });
      } catch {}
    };
    set.found = (reference) => set.files[set.resolve(reference)?.path] ?? reference;
    set.has = (path) => path == set.home || Object.hasOwn(set.pages, path);

    set.go = ({ path, search, hash }) => {
      const page = path ? [path, path + ".html", `${path}/index.html`.replace("//", "/")].find(set.has) : set.home;
      if (!page) return toast(path + " is not among the files of this app.");
      if (page == set.now.page && hash && search == location.search) return void (location.hash = hash);
      if (!location.hash.startsWith("#set:")) assign(set.now, { search: location.search, hash: location.hash });
      set.trail.pages.push({ page, search, hash });
      set.load();
    };
  }

  if (!SET || bare) {
    const hook = "dreambuildPreview"; // the browser library's: what was stored, and whom to tell of changes
    const bridge = self[hook];
    delete self[hook];

    const store = (area) => {
      const items = { __proto__: null, ...(SET ? bridge?.storage ?? set.kept : bridge?.storage)?.[area] };
      if (SET) set.stored[area] = items;
      const put = (key, value = null) => {
        if (entries({ ...items, [key]: value }).join().length > 5e6) throw new DOMException("", "QuotaExceededError");
        value == null ? delete items[key] : (items[key] = value);
        bridge?.change(area, key, value);
        return true;
      };
      const methods = {
        getItem: (key) => items[key] ?? null,
        setItem: (key, value) => put(key, value + ""),
        removeItem: put, // short for (key) => put(key)
        clear: () => keys(items).forEach((key) => put(key)),
        key: (i) => keys(items)[i] ?? null,
        get length() {
          return keys(items).length;
        },
      };
      return new Proxy(items, {
        get: (_, key) => (key in methods ? methods : items)[key],
        set: (_, key, value) => put(key, value + ""),
        deleteProperty: (_, key) => put(key),
      });
    };
    for (const area of ["local", "session"]) defineProperty(self, area + "Storage", { value: store(area) });
    const jar = store("cookie");
    defineProperty(Document.prototype, "cookie", {
      get: () => entries(jar).map((pair) => pair.join("=")).join("; "),
      set: (text) => {
        const [, name, value = ""] = text.match(/^ *([^=;]*?) *(?:= *([^;]*)|;|$)/);
        /max-age=[-0]/i.test(text) || Date.parse(text.split(/expires=([^;]*)/i)[1]) < Date.now() ? delete jar[name] : (jar[name] = value);
      },
    });

    // A database that cannot be opened says so by an event, as elsewhere.
    IDBFactory.prototype.open = () => {
      const request = assign(new EventTarget(), { error: Error("No database") });
      setTimeout(() => {
        const event = new Event("error");
        request.dispatchEvent(event);
        request.onerror?.(event);
      });
      return request;
    };
    delete Navigator.prototype.serviceWorker;

    // Where dialogs are not allowed the browser answers at once, as nobody can.
    let works, told;
    for (const name of ["alert", "confirm", "prompt"]) {
      const native = self[name];
      self[name] = (text, ...rest) => {
        const begun = Date.now();
        const answer = native(text, ...rest);
        works ||= answer || Date.now() - begun > 9;
        works || (name < "b" ? toast(text) : told || toast(text + " (Cancelled: this page cannot ask)", (told = 1)));
        return answer;
      };
    }

    // Forms submit nothing without allow-forms.
    let submitted; // the form whose submit event was the last one
    const form = HTMLFormElement.prototype;
    const native = form.submit;
    listen("submit", (event) => (submitted = event.target), 1);

    /** Does what follows a submit event. A page that would only load again stays. */
    const leave = (form, submitter) => {
      const of = (name) => submitter?.getAttribute("form" + name) ?? form.getAttribute(name);
      const action = of("action");
      if (of("method") == "dialog") form.closest("dialog")?.close(submitter?.value);
      else if (elsewhere(action)) native.call(form);
      else if (SET && action) set.go(assign(set.resolve(action), { search: new URLSearchParams(new FormData(form, submitter)) }));
    };
    const submit = (form, submitter) => submitted != form && (form.noValidate || submitter?.formNoValidate || form.reportValidity()) && form.dispatchEvent(new SubmitEvent("submit", { bubbles: 1, cancelable: 1, submitter })) && leave(form, submitter);
    if (SET) {
      form.submit = function () {
        leave(this);
      };
    }
    form.requestSubmit = function (submitter) {
      submitted = 0;
      submit(this, submitter);
    };
    listen("keypress", (event) => {
      const [field] = event.composedPath();
      const { form } = field;
      submitted = 0;
      // Enter in the only field of a form without a button to submit it
      if (event.key == "Enter" && form && field.tagName == "INPUT" && ![...form].some((e) => e != field && e.type != "button")) after(event, () => submit(form));
    }, 1);

    // A reference that begins with # is of the document, not of the page around it. For a
    // document that loads //host/path that page has to stay the base.
    const { base } = script.dataset;
    if (here[0] == "a" && !base) document.head.prepend(assign(document.createElement("base"), { href: here }));

    listen("click", (event) => {
      const of = (selector) => event.composedPath()[0].closest?.(selector);
      const button = of(":enabled");
      const reference = of(SET ? ":any-link:not([download])" : ":any-link")?.getAttribute("href") ?? "x:";
      submitted = 0;
      if (/submit|image/.test(button?.type) && button.form) after(event, () => submit(button.form, button));
      else if (reference[0] == "#") base && after(event, () => (location.hash = reference));
      else elsewhere(reference) || after(event, () => SET && set.go(set.resolve(reference)));
    }, 1);

    for (const name of ["pushState", "replaceState"]) {
      const native = history[name].bind(history);
      history[name] = (state, _, url) => {
        try {
          const { search, hash } = new URL(url ?? location.hash, "http://x" + location.search);
          native(state, "", here + search + hash);
        } catch {
          native(state, "");
        }
      };
    }
  }

  if (!SET) return;

  const { home, pages, files, found } = set;
  const { page, search, hash } = set.now;
  const wrap = (object, name, make) => (object[name] = make(object[name]));
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  if (keys(files)[0]) {
    wrap(self, "fetch", (native) => (url, ...rest) => native(found(url), ...rest));
    wrap(XMLHttpRequest.prototype, "open", (native) => function (method, url, ...rest) {
      return native.call(this, method, found(url), ...rest);
    });
    wrap(self, "Worker", (Native) => new Proxy(Native, { construct: (_, [url, ...rest]) => new Native(found(url), ...rest) }));
    const src = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
    defineProperty(HTMLImageElement.prototype, "src", {
      ...src,
      set(url) {
        src.set.call(this, found(url));
      },
    });
    // An image that markup makes has not loaded yet.
    listen("error", (event) => {
      const { target } = event;
      const src = target.tagName == "IMG" && target.getAttribute("src");
      if (!src || found(src) == src) return;
      stop(event);
      target.src = src;
    }, 1);
    listen("click", (event) => {
      const link = event.composedPath()[0].closest?.("a[download]");
      if (link) link.href = found(link.getAttribute("href"));
    }, 1);
  }

  if (!keys(pages)[0]) return;
  if (!bare) {
    listen("click", (event) => {
      const url = set.resolve(event.composedPath()[0].closest?.("a:not([download])")?.getAttribute("href") ?? "x:");
      if (url && set.has(url.path) && !(url.path == page && url.hash)) after(event, () => set.go(url));
    }, 1);
  }
  // Below the entry of a page that was gone to lies one that leads back.
  if (set.moved) {
    set.replaceState({ dreambuild: "back" }, "");
    set.pushState(null, "", here + search + hash);
  }
  listen("popstate", (event) => {
    if (event.state?.dreambuild != "back") return;
    stop(event);
    if (!set.trail.pages[1]) return history.back();
    set.trail.pages.pop();
    set.load();
  });

  // What is put before a page's name in scripts: see lead in prelude.go.
  listen("hashchange", (event) => {
    const [, reference] = location.hash.split("#set:");
    if (reference == null) return;
    stop(event);
    set.go(set.resolve(reference));
  });
  wrap(self, "open", (native) => (...args) => {
    const url = args[0] && set.resolve(args[0]);
    return url ? (set.go(url), self) : native(...args);
  });

  // Another page than the document's own: it stands here, and the rest is swallowed.
  if (page != home && pages[page]) {
    const root = document.documentElement;
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
    document.write(pages[page] + "<plaintext hidden>");
    listen("DOMContentLoaded", () => document.querySelector("plaintext")?.remove(), { once: 1 });
  }
})();
