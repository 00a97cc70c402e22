/* While a file is uploaded and read: how far it is. Without this the page waits all the same. */
(() => {
  "use strict";

  const POLL = 700;

  const show = (box, form, share) => {
    const bar = box.querySelector(".wx-bar");
    const percent = Math.floor(share * 100);
    bar.classList.remove("wx-unknown");
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = `${percent}%`;
    box.querySelector("[data-reading-words]").textContent =
      form.dataset.readingText.replace("{percent}", percent);
  };

  const watch = (form) => {
    const box = form.querySelector(".wx-reading");
    box.hidden = false;
    const ask = async () => {
      try {
        const answer = await fetch(form.dataset.reading, { credentials: "same-origin" });
        const { share } = await answer.json();
        if (share !== null) show(box, form, share);
      } catch {
        // The next answer may come; the page itself says what went wrong.
      }
      setTimeout(ask, POLL);
    };
    setTimeout(ask, POLL);
  };

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.matches("[data-reading]")) watch(event.target);
  });
  window.addEventListener("pageshow", () => {
    for (const box of document.querySelectorAll(".wx-reading")) box.hidden = true;
  });
})();
