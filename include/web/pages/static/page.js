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
    if (event.key === "Escape") hide();
  });

  // Of an operation's fields, only those of the one that is chosen are shown, and sent.
  function choose(select) {
    for (const part of document.querySelectorAll("[data-shown-for]")) {
      part.hidden = part.disabled = !part.dataset.shownFor.split(" ").includes(select.value);
    }
  }
  const chooseAll = () => document.querySelectorAll("select[data-shows]").forEach(choose);
  document.addEventListener("htmx:load", chooseAll);
  window.addEventListener("pageshow", chooseAll);

  // What was typed before the scripts were there, or kept by the browser, is looked for now.
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) return;
    for (const field of document.querySelectorAll("main input[type=search]")) {
      if (field.value !== field.defaultValue) field.dispatchEvent(new Event("typed", { bubbles: true }));
    }
  });

  // Help is drawn above everything, below its button or above it, and within the window. It stays
  // while the pointer is on either, or the button has the focus, until Escape.
  let shown = null;
  function show(button) {
    if (shown?.button === button) return;
    hide();
    const tip = document.getElementById(button.dataset.help);
    if (!tip?.showPopover) return;
    tip.showPopover();
    shown = { button, tip };
    place();
  }
  function place() {
    if (!shown) return;
    const at = shown.button.getBoundingClientRect();
    const size = shown.tip.getBoundingClientRect();
    const room = document.documentElement;
    const middle = at.left + at.width / 2 - size.width / 2;
    const below = at.bottom + 6;
    const fits = below + size.height + 8 <= room.clientHeight || at.top < size.height + 14;
    shown.tip.style.left = `${Math.max(8, Math.min(middle, room.clientWidth - size.width - 8))}px`;
    shown.tip.style.top = `${fits ? below : at.top - size.height - 6}px`;
  }
  function hide() {
    if (shown?.tip.isConnected) shown.tip.hidePopover();
    shown = null;
  }
  const helped = (event) => event.target.closest?.("[data-help]");
  document.addEventListener("mouseover", (event) => {
    const button = helped(event);
    if (button) show(button);
    else if (shown && !shown.tip.contains(event.target) && document.activeElement !== shown.button) later();
  });
  document.addEventListener("focusin", (event) => (helped(event) ? show(helped(event)) : hide()));
  document.addEventListener("focusout", (event) => helped(event) && hide());
  document.addEventListener("click", (event) => helped(event) && show(helped(event)));
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("htmx:beforeSwap", hide);
  // The pointer has a moment to get from the button onto the help.
  function later() {
    const left = shown;
    setTimeout(() => {
      const on = left.button.matches(":hover, :focus") || left.tip.matches(":hover");
      if (shown === left && !on) hide();
    }, 150);
  }

  // What went wrong is said at the top of the page: nothing may lie over it.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "message") return;
    for (const open of document.querySelectorAll(":popover-open")) open.hidePopover();
    event.detail.target.scrollIntoView({ block: "center" });
  });

  // What is offered can be put aside, where there is no page to go back to.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-dismiss]");
    const part = link && document.querySelector(link.dataset.dismiss);
    if (!part) return;
    event.preventDefault();
    part.replaceChildren();
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
    if (box.matches?.("select[data-shows]")) choose(box);
  });
})();
