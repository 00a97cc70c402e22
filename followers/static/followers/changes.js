/* The boxes of tags: long lists are narrowed down, what is ticked is told, and no tag is on both. */
(() => {
  "use strict";

  // Fewer are seen at a glance.
  const MANY = 8;

  const lower = (text) => text.normalize("NFKC").toLowerCase();

  const findTags = (set) => {
    const field = set.querySelector("[data-find]");
    const labels = [...set.querySelectorAll("label[data-text]")];
    if (!field) return;
    if (labels.length <= MANY) {
      // Whoever opens the form would be led to a field that nobody sees.
      field.labels[0]?.remove();
      field.remove();
      return;
    }
    field.hidden = false;
    field.addEventListener("input", () => {
      const wanted = lower(field.value.trim());
      for (const label of labels) label.hidden = !lower(label.dataset.text).includes(wanted);
      set.querySelector("[data-none]").hidden = labels.some((label) => !label.hidden);
    });
    // Enter looks for a tag; it does not send the form.
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  };

  const boxesOf = (set) => [...set.querySelectorAll("input[type=checkbox]")];

  const tellChosen = (set) => {
    const note = set.querySelector("[data-chosen]");
    const names = boxesOf(set).filter((box) => box.checked).map((box) => box.closest("label").dataset.text);
    if (note) note.textContent = names.length ? note.dataset.chosen.replace("{names}", () => names.join(" · ")) : "";
  };

  // A tag that is to be added cannot be removed by the same change.
  const keepApart = (sets) => {
    for (const set of sets) {
      const others = sets.filter((other) => other !== set).flatMap(boxesOf);
      for (const box of boxesOf(set)) {
        for (const other of others) if (other.value === box.value) other.disabled = box.checked;
      }
    }
  };

  const follow = (form) => {
    const sets = [...form.querySelectorAll("[data-tag-boxes]")];
    const told = () => {
      keepApart(sets);
      sets.forEach(tellChosen);
    };
    sets.forEach(findTags);
    form.addEventListener("change", told);
    // A page that comes back with its ticks.
    window.addEventListener("pageshow", told);
    told();
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form:has([data-tag-boxes])")) follow(form);
  });
})();
