// What a page does by itself: Airflow's address follows it, links of Airflow's open there, keys.
"use strict";
(() => {
  const framed = window.parent !== window;

  // Airflow's own address follows the frame on each load, but not what htmx puts into the history.
  function tell() {
    if (!framed) return;
    const outer = window.parent.location.pathname;
    const at = outer.indexOf("/plugin/");
    if (at < 0 || outer.includes("/dags/")) return;
    const name = outer.slice(at + 8).split("/")[0];
    const inner = location.pathname + location.search + location.hash;
    window.parent.history.replaceState(window.parent.history.state, "", `${outer.slice(0, at)}/plugin/${name}${inner}`);
  }
  document.addEventListener("htmx:pushedIntoHistory", tell);
  document.addEventListener("htmx:replacedInHistory", tell);

  // A frame may not leave itself: Airflow's router goes there instead.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-airflow]");
    if (!link || !framed || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.parent.history.pushState(null, "", link.getAttribute("href"));
    window.parent.dispatchEvent(new PopStateEvent("popstate"));
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector("main input[type=search]") ?? document.getElementById("find");
      if (field) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    }
    if (event.key === "Escape" && event.target.matches?.(".help")) event.target.blur();
  });

  // One box chooses all rows of its table; what is chosen is counted.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches?.("input[data-all]")) {
      for (const one of document.querySelectorAll(`input[name="${box.dataset.all}"]`)) one.checked = box.checked;
    }
    const form = box.form ?? box.closest?.("form");
    const chosen = form?.querySelector("[data-chosen]");
    if (chosen) chosen.textContent = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
    if (box.matches?.("select[data-shows]")) {
      for (const part of document.querySelectorAll("[data-shown-for]")) {
        const shown = part.dataset.shownFor.split(" ").includes(box.value);
        part.hidden = !shown;
        for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !shown;
      }
    }
  });
})();
