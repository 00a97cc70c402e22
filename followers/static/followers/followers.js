// The follower pages: copy an id, paste lines into the search field.
const followers = {
  copy(button) {
    const icon = button.firstElementChild;
    const label = button.getAttribute("aria-label");
    navigator.clipboard.writeText(button.dataset.copy).then(() => {
      icon.textContent = "check";
      button.setAttribute("aria-label", button.dataset.copied);
      setTimeout(() => {
        icon.textContent = "content_copy";
        button.setAttribute("aria-label", label);
      }, 1500);
    }, () => {});
  },

  // Browsers drop line ends from what is pasted into such a field, which glues ids together.
  pasteLines(event) {
    const text = event.clipboardData.getData("text");
    if (!/[\r\n]/.test(text)) return;
    event.preventDefault();
    const field = event.target;
    const line = text.trim().replace(/\s+/g, " ");
    field.setRangeText(line, field.selectionStart, field.selectionEnd, "end");
  },
};

document.addEventListener("DOMContentLoaded", () => {
  // The clipboard is closed to pages that came over plain HTTP from another machine.
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => followers.copy(button));
    });
  }
  document.querySelectorAll("[data-paste-lines]").forEach((field) => {
    field.addEventListener("paste", (event) => followers.pasteLines(event));
  });
});
