// The follower pages: copy an id, paste lines into the search field, open and leave the filters.
const followers = {
  opener: null,

  // Called by filters.html whenever the sheet opens or closes.
  filtersAre(open) {
    if (open) {
      this.opener = document.activeElement;
      requestAnimationFrame(() => this.controls().find((it) => !it.matches("button")).focus());
    } else if (this.opener) {
      this.opener.focus();
      this.opener = null;
    }
  },

  controls() {
    return [...document.querySelectorAll("#filter-form :is(a, button, select, input:not([type=hidden]))")];
  },

  // Tab stays within the open sheet.
  keepFocus(event) {
    if (event.key !== "Tab") return;
    const controls = this.controls();
    const [first, last] = [controls[0], controls.at(-1)];
    if (document.activeElement === (event.shiftKey ? first : last)) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  },

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
  document.getElementById("filter-form")?.addEventListener("keydown", (event) => {
    followers.keepFocus(event);
  });
});
