// The follower list: who is meant by the bar, and what drops down.
(() => {
  "use strict";

  // The ticks count without any script; here they are put into words, and all that match can be chosen.
  const sayWhoIsMeant = () => {
    const list = document.getElementById("changelist-form");
    const counter = list?.querySelector(".action-counter");
    if (!counter) return;
    const rows = [...list.querySelectorAll("input.action-select")];
    const across = list.querySelector("input.select-across");
    const wholeButton = list.querySelector("[data-across]");
    const untick = list.querySelector("[data-untick]");
    const said = list.querySelector("[data-said]");
    const everybody = list.querySelector(".wx-meant-all").textContent;
    let spoken = everybody;

    const say = () => {
      const number = rows.filter((row) => row.checked).length;
      const whole = across.value === "1" && number > 0;
      const words = counter.dataset.ticked.replace("{ticked}", number);
      if (counter.textContent !== words) counter.textContent = words;
      list.classList.toggle("wx-across", whole);
      untick.hidden = !number;
      if (wholeButton) wholeButton.hidden = whole || number < rows.length;
      const now = number && !whole ? words : everybody;
      if (now !== spoken) said.textContent = now;
      spoken = now;
    };
    const toggle = document.getElementById("action-toggle");
    wholeButton?.addEventListener("click", () => {
      across.value = "1";
      toggle.focus();
      say();
    });
    untick.addEventListener("click", () => {
      for (const row of rows) row.checked = false;
      toggle.checked = false;
      across.value = "0";
      toggle.focus();
      say();
    });
    // The theme's own script counts and ticks first.
    list.addEventListener("change", () => setTimeout(say));
    list.addEventListener("click", () => setTimeout(say));
    window.addEventListener("pageshow", () => setTimeout(say));
  };

  // One at a time; Escape closes it and leaves the keyboard where it was opened.
  const dropDown = () => {
    const all = [...document.querySelectorAll("details.wx-drop")];
    const closeBut = (kept) => {
      for (const each of all) if (each.open && each !== kept) each.open = false;
    };
    for (const each of all) {
      each.addEventListener("toggle", () => {
        if (!each.open) return;
        closeBut(each);
        each.querySelector("[data-focus]")?.focus();
      });
      each.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !each.open) return;
        event.stopPropagation();
        each.open = false;
        each.querySelector("summary").focus();
      });
      each.addEventListener("focusout", (event) => {
        if (event.relatedTarget && !each.contains(event.relatedTarget)) each.open = false;
      });
    }
    document.addEventListener("click", (event) => closeBut(event.target.closest("details.wx-drop")));
  };

  document.addEventListener("DOMContentLoaded", () => {
    sayWhoIsMeant();
    dropDown();
  });
})();
