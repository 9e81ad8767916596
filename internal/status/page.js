"use strict";
(() => {
  const form = document.querySelector(".filters");
  const search = document.getElementById("search");
  const selects = ["state", "owner"].map((id) => document.getElementById(id)).filter(Boolean);
  const rows = [...document.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const shown = document.getElementById("shown");
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    rows.forEach((row, i) => {
      const fits = words.every((word) => texts[i].includes(word)) &&
        selects.every((select) => !select.value || row.dataset[select.id] === select.value);
      row.hidden = !fits;
      if (fits) n++;
    });
    shown.textContent = n === rows.length ? `${n} secrets` : `${n} of ${rows.length} secrets`;
    document.getElementById("none").hidden = n > 0;
  };
  const all = () => {
    search.value = "";
    selects.forEach((select) => { select.value = ""; });
    filter();
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      all();
    }
  });
  // A link to a row that is filtered out shows it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#secret-"]');
    if (link && document.getElementById(link.getAttribute("href").slice(1))?.hidden) all();
  });
})();
