// The follower pages: copy an id, and keep pasted lines apart in the one-line search field.
document.addEventListener("DOMContentLoaded", () => {
  const copied = (button) => {
    const icon = button.firstElementChild;
    const label = button.getAttribute("aria-label");
    icon.textContent = "check";
    button.setAttribute("aria-label", button.dataset.copied);
    setTimeout(() => {
      icon.textContent = "content_copy";
      button.setAttribute("aria-label", label);
    }, 1500);
  };

  // The clipboard is closed to pages that came over plain HTTP from another machine.
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () =>
        navigator.clipboard.writeText(button.dataset.copy).then(() => copied(button), () => {}),
      );
    });
  }

  // Browsers drop line ends from what is pasted into such a field, which glues ids together.
  document.querySelectorAll("[data-paste-lines]").forEach((field) => {
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\r\n]/.test(text)) return;
      event.preventDefault();
      field.setRangeText(
        text.trim().replace(/\s+/g, " "), field.selectionStart, field.selectionEnd, "end",
      );
    });
  });
});
