// The sheet of filters: focus, the live number, short addresses, channels by a part of their names.
const filterSheet = (() => {
  "use strict";

  const PAUSE = 250;
  const LISTS = ["tags_any", "tags_all", "tags_none"];
  const OF_AN_ACCOUNT = [...LISTS, "scene", "channel_contains", "channel_group", "channel_group_contains"];
  let opener = null;
  let form = null;

  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // Calls it once its arguments have not changed for a moment.
  const later = (callback) => {
    let timer = 0;
    return (...args) => {
      clearTimeout(timer);
      timer = setTimeout(() => callback(...args), PAUSE);
    };
  };

  // Only the newest question is answered; null for one that was given up.
  const newest = () => {
    let asking = null;
    return async (url) => {
      asking?.abort();
      const mine = (asking = new AbortController());
      try {
        const answer = await fetch(url, { credentials: "same-origin", redirect: "error", signal: mine.signal });
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        return await answer.json();
      } catch (error) {
        if (mine.signal.aborted) return null;
        throw error;
      }
    };
  };

  // --- What is chosen, as an address -----------------------------------------------------------

  const account = () => form.querySelector("[name=account__id__exact]")?.value ?? form.dataset.account;

  const params = () => {
    const found = new URLSearchParams();
    const other = account() !== form.dataset.account;
    for (const [name, value] of new FormData(form)) {
      const usual = !value || name === "p" || (name === "subscribed__exact" && value === "1");
      if (usual || (other && OF_AN_ACCOUNT.includes(name))) continue;
      if (LISTS.includes(name) && found.has(name)) found.set(name, `${found.get(name)},${value}`);
      else found.append(name, value);
    }
    return found.toString().replaceAll("%2C", ",");
  };

  // --- The number of those who match -----------------------------------------------------------

  const ask = newest();

  const show = (found) => {
    const button = form.querySelector("[data-submit]");
    const counted = found.count !== null && !found.problems.length;
    let words = counted ? fill(form.dataset.view, { count: found.text }) : form.dataset.plain;
    if (counted && !found.count) words = form.dataset.viewNobody;
    form.querySelector("[data-view-text]").textContent = words;
    button.classList.toggle("wx-busy", false);
    const note = found.problems.length ? found.problems.join(" ") : found.count === null ? found.text : "";
    tell(note || (counted ? words : ""), !note);
    form.querySelector("[data-note]").classList.toggle("wx-wrong", found.problems.length > 0);
  };

  // A number that the button shows is only read out.
  const tell = (words, quietly = false) => {
    const note = form.querySelector("[data-note]");
    note.classList.toggle("wx-hidden", quietly);
    note.textContent = words;
  };

  const count = async () => {
    form.querySelector("[data-submit]").classList.add("wx-busy");
    try {
      const found = await ask(`${form.dataset.countUrl}?${params()}`);
      if (found) show(found);
    } catch {
      show({ count: null, text: form.dataset.failed, problems: [] });
    }
  };
  const countLater = later(count);

  // --- Tags ------------------------------------------------------------------------------------

  // A tag is one of any, one of all, or one of none.
  const chooseTag = (box) => {
    if (!box.checked) return;
    for (const other of all("input", box.closest("[data-tag]"))) if (other !== box) other.checked = false;
  };

  const narrowTags = (field) => {
    const part = field.value.trim().toLowerCase();
    let shown = 0;
    for (const row of all("[data-tag]")) {
      row.hidden = !row.dataset.tag.toLowerCase().includes(part);
      shown += !row.hidden;
    }
    const note = form.querySelector("[data-narrow-note]");
    note.textContent = shown ? "" : note.dataset.none;
  };

  // --- Days ------------------------------------------------------------------------------------

  const dates = (days) => all("input[type=date]", days);

  const chooseDays = (days, input) => {
    const own = days.querySelector("[data-own]");
    if (input.type === "radio") {
      if (!own.checked) for (const date of dates(days)) date.value = "";
      showDays(days);
      if (own.checked) dates(days)[0].focus();
    }
    const chosen = new FormData(form);
    const some = all("input", days).some((it) => chosen.getAll(it.name).some(Boolean));
    if (some && days.dataset.days === "unsubscribed_at") chooseThoseWhoLeft();
  };

  const showDays = (days) => {
    days.querySelector(".wx-own-days").hidden =
      !days.querySelector("[data-own]").checked && !dates(days).some((date) => date.value);
  };

  const chooseThoseWhoLeft = () => {
    const left = form.querySelector("[name=subscribed__exact][value='0']");
    if (!form.querySelector("[name=subscribed__exact][value='1']").checked) return;
    left.checked = true;
    const note = document.createElement("p");
    note.className = "wx-sub";
    note.setAttribute("role", "status");
    form.querySelector("[data-days=unsubscribed_at]").append(note);
    note.textContent = form.dataset.switched;
  };

  // --- Channels and groups by a part of their names ---------------------------------------------

  const choice = (name, value, text, detail = "") => {
    const label = document.createElement("label");
    label.className = "wx-choice-row";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name, value });
    const words = Object.assign(document.createElement("bdi"), { textContent: text });
    label.append(box, words);
    if (detail) label.append(Object.assign(document.createElement("span"), { className: "wx-size", textContent: detail }));
    return label;
  };

  class Picker {
    constructor(picker) {
      this.picker = picker;
      this.field = picker.querySelector("[data-part]");
      // What is typed looks for names; it is no value of its own.
      this.field.removeAttribute("name");
      this.ask = newest();
      const look = later(() => this.look());
      this.field.addEventListener("input", (event) => {
        event.stopPropagation();
        look();
      });
      this.field.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
      });
      picker.closest("details")?.addEventListener("toggle", () => this.looked || this.look());
      picker.addEventListener("change", (event) => this.keep(event.target));
    }

    async look() {
      this.looked = true;
      const { picker: url } = this.picker.dataset;
      const part = this.field.value.trim();
      const query = new URLSearchParams({ part, account__id__exact: account() });
      try {
        const found = await this.ask(`${url}?${query}`);
        if (found) this.offer(part, found);
      } catch {
        this.note(form.dataset.failed);
      }
    }

    offer(part, { results, more }) {
      const { name, contains } = this.picker.dataset;
      const offered = results.map((it) => choice(name, it.value, it.text, it.detail));
      if (part && name === "scene" && !results.some((it) => it.value === part)) {
        offered.push(choice(name, part, fill(form.dataset.scene, { text: part })));
      }
      if (part && results.length) {
        offered.unshift(choice(contains, part, fill(form.dataset.or, { text: part })));
      }
      const chosen = new Set(this.boxes("[data-chosen]").map((box) => `${box.name} ${box.value}`));
      const box = (row) => row.querySelector("input");
      const rows = offered.filter((row) => !chosen.has(`${box(row).name} ${box(row).value}`));
      this.picker.querySelector("[data-found]").replaceChildren(...rows);
      this.note(more ? form.dataset.more : part && !results.length ? form.dataset.none : "");
    }

    boxes(where) {
      return all("input[type=checkbox]", this.picker.querySelector(where));
    }

    // What is chosen stays when something else is looked for.
    keep(box) {
      if (!box.checked || !box.closest("[data-found]")) return;
      this.picker.querySelector("[data-chosen]").append(box.closest("label"));
      box.focus();
    }

    note(words) {
      this.picker.querySelector("[data-found-note]").textContent = words;
    }
  }

  // --- The dialog ------------------------------------------------------------------------------

  const controls = () =>
    all("a[href], button, select, summary, input:not([type=hidden])").filter((it) => it.checkVisibility());

  // Tab stays within the open sheet.
  const keepFocus = (event) => {
    if (event.key !== "Tab") return;
    const [first, last] = [controls()[0], controls().at(-1)];
    if (document.activeElement === (event.shiftKey ? first : last)) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  };

  // Called by filters.html whenever the sheet opens or closes.
  const toggled = (open) => {
    if (open) {
      // Safari does not focus a button that is clicked.
      opener = document.querySelector("[aria-controls=changelist-filter]") ?? document.activeElement;
      requestAnimationFrame(() => (form.querySelector("input[type=radio]:checked") ?? controls()[0]).focus());
      count();
      for (const details of all("details[open]")) details.dispatchEvent(new Event("toggle"));
    } else if (opener) {
      opener.focus();
      opener = null;
    }
  };

  const changed = ({ target }) => {
    const days = target.closest("[data-days]");
    if (days) chooseDays(days, target);
    if (target.closest("[data-tag]")) chooseTag(target);
    if (target.name === "account__id__exact") chooseAccount();
    countLater();
  };

  const chooseAccount = () => {
    const other = account() !== form.dataset.account;
    for (const part of all("[data-tags], [data-picker]")) part.hidden = other;
    let note = form.querySelector("[data-account-note]");
    if (!note) {
      note = Object.assign(document.createElement("p"), { className: "wx-sub" });
      note.dataset.accountNote = "";
      note.setAttribute("role", "status");
      form.querySelector("[name=account__id__exact]").closest("label").after(note);
    }
    note.textContent = other ? form.dataset.otherAccount : "";
  };

  document.addEventListener("DOMContentLoaded", () => {
    form = document.getElementById("filter-form");
    if (!form) return;
    form.dataset.plain = form.querySelector("[data-view-text]").textContent;
    for (const picker of all("[data-picker]")) new Picker(picker);
    for (const days of all("[data-days]")) {
      const own = days.querySelector("[data-own]");
      const within = days.querySelector("input[type=radio]:checked");
      if (!within?.value && dates(days).some((date) => date.value)) own.checked = true;
      showDays(days);
    }
    form.addEventListener("keydown", keepFocus);
    form.addEventListener("change", changed);
    form.addEventListener("input", ({ target }) => {
      if (target.matches("[data-narrow]")) narrowTags(target);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.assign(`?${params()}`);
    });
  });

  return { toggled };
})();
