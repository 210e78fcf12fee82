// What is pleasanter with JavaScript; every page works without it.
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  const form = document.querySelector("[data-search]");
  if (!form) return;
  const wide = window.matchMedia("(min-width: 62rem)");
  const filters = form.querySelector("[data-filters]");
  const fit = () => { filters.open = wide.matches; };
  fit();
  wide.addEventListener("change", fit);

  let asking = null;

  const address = () => {
    const wanted = new URLSearchParams(new FormData(form));
    if (!wanted.get("q")) wanted.delete("q");
    return form.action + "?" + wanted;
  };

  // Fetch the same page that a click on the button would open, and put its answer in place of this one's.
  const ask = async (url, remember) => {
    if (asking) asking.abort();
    asking = new AbortController();
    form.classList.add("waiting");
    try {
      const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) { window.location.assign(url); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const held = document.activeElement && document.activeElement.matches(".choice input") ? document.activeElement : null;
      form.querySelector(".results").replaceWith(page.querySelector(".results"));
      form.querySelector(".filters-body").replaceWith(page.querySelector(".filters-body"));
      form.querySelector(".filters > summary").replaceChildren(...page.querySelector(".filters > summary").childNodes);
      document.title = page.title;
      if (remember) window.history.pushState(null, "", url);
      if (held) form.querySelector(`.choice input[name="${held.name}"][value="${CSS.escape(held.value)}"]`)?.focus();
    } catch (error) {
      if (error.name !== "AbortError") window.location.assign(url);
    } finally {
      form.classList.remove("waiting");
    }
  };

  form.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox], select")) ask(address(), true);
  });
  window.addEventListener("popstate", () => window.location.reload());
})();
