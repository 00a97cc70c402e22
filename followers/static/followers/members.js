// The page of a member: copy the link of an invitation.
document.addEventListener("DOMContentLoaded", () => {
  const say = (button) => {
    const text = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = text;
    }, 1500);
  };
  document.querySelectorAll("[data-copy-link]").forEach((button) => {
    const field = document.getElementById(button.dataset.copyLink);
    button.addEventListener("click", () => {
      field.select();
      // The clipboard is closed to pages that came over plain HTTP from another machine.
      if (!navigator.clipboard) {
        if (document.execCommand("copy")) say(button);
        return;
      }
      navigator.clipboard.writeText(field.value).then(() => say(button), () => {});
    });
  });
});
