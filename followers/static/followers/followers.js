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

// What acts on the ticked rows, where there are any, says so; "all that match" is the theme's own.
const sayWhoIsMeant = () => {
  const list = document.getElementById("changelist-form");
  const said = [...document.querySelectorAll("[data-ticked]")];
  if (!list || !said.length) return;
  const all = new Map(said.map((node) => [node, node.textContent]));
  const rows = list.querySelectorAll("input.action-select");
  const say = () => {
    const number = [...rows].filter((row) => row.checked).length;
    const everybody = list.querySelector("input[name=select_across]")?.value === "1";
    for (const node of said) {
      const words = node.dataset.ticked.replace("{ticked}", number).replace("{page}", rows.length);
      const now = number && !everybody ? words : all.get(node);
      if (node.textContent !== now) node.textContent = now;
    }
  };
  list.addEventListener("change", say);
  list.addEventListener("click", say);
  // A page that comes back with its ticks; the theme's own script counts them first.
  window.addEventListener("pageshow", () => setTimeout(say));
};

document.addEventListener("DOMContentLoaded", () => {
  sayWhoIsMeant();
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
