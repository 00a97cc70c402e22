// Two forms on one page: saving one, or leaving, must not silently lose what was typed elsewhere.
document.addEventListener("DOMContentLoaded", () => {
  const naming = document.querySelector("form[data-unsaved]");
  const list = document.getElementById("changelist-form");
  const forms = [naming, list].filter(Boolean);
  let sent = false;

  const changed = (form) =>
    [...form.elements].some((field) => field.type === "text" && field.value !== field.defaultValue);

  // wxadmin.js asks before it sends a form that has such a question.
  const ask = (form, other) => {
    if (changed(other)) {
      form.dataset.confirm = naming.dataset.unsaved;
      form.dataset.confirmButton = naming.dataset.unsavedButton;
    } else {
      delete form.dataset.confirm;
    }
  };

  if (naming && list) {
    document.addEventListener("submit", () => {
      ask(naming, list);
      ask(list, naming);
    }, { capture: true });
  }

  // A form that is asked about first does not get as far as the window.
  window.addEventListener("submit", (event) => {
    sent = forms.includes(event.target);
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && forms.some(changed)) event.preventDefault();
  });
});
