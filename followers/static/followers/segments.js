// Sizes of segments, counted one after the other, and many pasted ids that become a kept list.
(() => {
  "use strict";

  // The others are counted on their own pages.
  const COUNTED = 20;
  // An address with more ids, or more characters, may be refused on its way.
  const MANY = 50;
  const LONG = 800;

  const count = async (cell) => {
    try {
      const answer = await fetch(cell.dataset.size, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const size = await answer.json();
      cell.textContent = size.text;
      if (size.problem) cell.title = size.problem;
    } catch {
      cell.textContent = cell.dataset.failed;
    }
  };

  const countAll = async () => {
    const cells = [...document.querySelectorAll("[data-size]")].slice(0, COUNTED);
    for (const cell of cells) cell.textContent = "…";
    for (const cell of cells) await count(cell);
  };

  const keepMany = () => {
    const search = document.getElementById("changelist-search");
    const paste = document.getElementById("wx-paste");
    const field = search?.querySelector("input[name=q]");
    if (!paste || !field) return;
    search.addEventListener("submit", (event) => {
      const words = field.value.split(/[\s,，、;；]+/).filter(Boolean).length;
      if (words <= MANY && field.value.length <= LONG) return;
      event.preventDefault();
      paste.elements.ids.value = field.value;
      paste.submit();
    });
  };

  const start = () => {
    keepMany();
    countAll();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
