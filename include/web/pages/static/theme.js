// Before anything is drawn: the theme of Airflow around this page, or the one it was left in.
"use strict";
(() => {
  const own = document.documentElement;
  const outer = window.parent === window ? null : window.parent.document.documentElement;
  const TOKENS = {
    "--bg": "bg", "--bg-subtle": "bg-subtle", "--bg-muted": "bg-muted", "--bg-emphasized": "bg-emphasized",
    "--fg": "fg", "--fg-muted": "fg-muted", "--fg-info": "fg-info", "--border": "border",
    "--border-strong": "border-emphasized", "--brand": "brand-solid", "--brand-fg": "brand-fg",
    "--brand-muted": "brand-muted", "--brand-subtle": "brand-subtle",
  };
  function isDark() {
    if (outer) return outer.classList.contains("dark");
    const kept = localStorage.getItem("theme");
    return kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  }
  function follow() {
    own.classList.toggle("dark", isDark());
    if (!outer) return;
    const theirs = window.parent.getComputedStyle(outer);
    for (const [name, token] of Object.entries(TOKENS)) {
      const value = theirs.getPropertyValue(`--chakra-colors-${token}`);
      if (value) own.style.setProperty(name, value);
    }
  }
  follow();
  if (outer) {
    own.classList.add("framed");
    new MutationObserver(follow).observe(outer, { attributes: true, attributeFilter: ["class", "style"] });
  } else {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
    addEventListener("storage", follow);
  }
})();
