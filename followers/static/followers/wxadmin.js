/* Live progress, questions before something is lost, and buttons that can be pressed once. */
(() => {
  "use strict";

  const QUICK = 1000;
  const PER_RUN = 500;
  const HIDDEN = 15000;
  const SLOWEST_RETRY = 30000;
  const FINAL_LOOK = 600;
  const MEASURED = 60000;

  let texts = {};
  let touched = false;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const figure = (value) => Number(value).toLocaleString("en");

  const length = (seconds) => {
    if (seconds < 60) return fill(texts.seconds, { number: Math.max(1, Math.round(seconds)) });
    if (seconds < 5400) return fill(texts.minutes, { number: Math.round(seconds / 60) });
    return fill(texts.hours, { number: Math.round(seconds / 3600) });
  };

  // The server writes its own local time with the offset; a browser elsewhere must not convert it.
  const clock = (iso) => {
    const offset = /([+-])(\d\d):(\d\d)$/.exec(iso);
    const minutes = offset ? Number(`${offset[1]}1`) * (offset[2] * 60 + Number(offset[3])) : 0;
    const today = new Date(Date.now() + minutes * 60000).toISOString().slice(0, 10);
    return iso.slice(0, 10) === today ? iso.slice(11, 16) : iso.slice(0, 16).replace("T", " ");
  };

  // The midnight at which the day's quotas begin anew belongs to tonight for whoever reads it.
  const goesOn = (iso) => {
    const before = new Date(Date.parse(`${iso.slice(0, 10)}T00:00Z`) - 86400000);
    const eve = before.toISOString().slice(0, 10) + iso.slice(10);
    const tonight = iso.slice(11, 16) === "00:00" && clock(eve) === "00:00";
    return tonight ? texts.midnight : clock(iso);
  };

  // Outgoing changes count apart what WeChat refused; it is dealt with as well.
  const moved = (run) => run.done + (run.failed || 0);

  // Of the whole run; `done` and `total` are those of what it does now.
  const percent = (run) => {
    if (!run.active || run.overall === null) return null;
    return Math.min(99, Math.floor(100 * run.overall));
  };

  const place = (run) =>
    run.total ? fill(texts.of, { done: figure(moved(run)), total: figure(run.total) }) : "";

  const speed = (run) =>
    run.rate ? fill(texts.rate, { number: figure(Math.round(run.rate)) }) : "";

  const remaining = (run) =>
    run.seconds_left ? fill(texts.left, { time: length(run.seconds_left) }) : "";

  const until = ({ status, resume_at: at }) =>
    status === "waiting" && at ? fill(texts.until, { time: goesOn(at) }) : "";

  const summary = (run) => {
    if (!run.active) return run.message;
    return until(run) || [run.phase, place(run), remaining(run)].filter(Boolean).join(" · ");
  };

  const drawBar = (bar, run) => {
    const value = percent(run);
    bar.setAttribute("role", "progressbar");
    bar.setAttribute("aria-valuemin", "0");
    bar.setAttribute("aria-valuemax", "100");
    bar.setAttribute("aria-label", run.status_label);
    if (value === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", value);
    bar.classList.toggle("wx-unknown", value === null && run.active && run.status !== "waiting");
    bar.classList.toggle("wx-still", run.status === "waiting");
    bar.firstElementChild.style.width = `${value ?? (run.status === "succeeded" ? 100 : 0)}%`;
  };

  const drawLog = (body, run) => {
    const rows = run.log.map((page) => {
      const row = document.createElement("tr");
      const cells = [page.number, page.ids, page.added, page.resubscribed].map(figure);
      for (const text of [page.stored_at.slice(11, 19), page.stage, ...cells]) {
        row.insertCell().textContent = text;
      }
      return row;
    });
    body.replaceChildren(...rows);
  };

  const drawStages = (list, run) => {
    for (const stage of run.stages) {
      const item = list.querySelector(`[data-stage="${stage.name}"]`);
      if (!item) continue;
      item.className = `wx-stage wx-${stage.look}`;
      item.ariaCurrent = stage.look === "running" ? "step" : null;
      item.querySelector('[data-part="lines"]').replaceChildren(...stage.lines.map(line));
      item.querySelector('[data-part="note"]').textContent = stage.note;
    }
  };

  const drawSteps = (list, run) => {
    for (const step of run.steps) {
      const item = list.querySelector(`[data-step="${step.position}"]`);
      if (item) item.textContent = step.state;
    }
  };

  const line = (words) =>
    Object.assign(document.createElement("span"), { className: "wx-sub", textContent: words });

  // Screen readers hear every tenth of the way, not every page.
  const announce = (live, run) => {
    const value = percent(run);
    const step = `${run.status} ${value === null ? "" : Math.floor(value / 10)}`;
    if (live.dataset.step === step) return;
    live.dataset.step = step;
    live.textContent = value === null ? run.status_label : `${run.status_label} ${value}%`;
  };

  const text = (words) => (node, run) => {
    node.textContent = words(run);
  };

  const write = {
    bar: drawBar,
    log: drawLog,
    stages: drawStages,
    steps: drawSteps,
    announce,
    percent: text((run) => (percent(run) === null ? "" : `${percent(run)}%`)),
    of: text(place),
    rate: text(speed),
    left: text(remaining),
    until: text(until),
    summary: text(summary),
    status: (label, run) => {
      label.className = `wx-label wx-${run.colour}`;
      label.textContent = run.status_label;
    },
    why: (box, run) => box.setAttribute("class", run.message ? `wx-why wx-${run.colour}` : "wx-why"),
    usable: (node, run) => node.toggleAttribute("hidden", !run.usable),
    retry: (form, run) => form.toggleAttribute("hidden", run.status !== "waiting"),
  };

  const draw = (element, run) => {
    for (const node of element.querySelectorAll("[data-progress]")) {
      const name = node.dataset.progress;
      if (write[name]) write[name](node, run);
      else if (typeof run[name] === "string") node.textContent = run[name];
      else if (name in run) node.textContent = figure(run[name]);
    }
    if (element.dataset.progressTitle) {
      const value = percent(run);
      const title = element.dataset.progressTitle;
      document.title = value === null ? title : `${value}% · ${title}`;
    }
  };

  const warn = (elements, text) => {
    for (const element of elements) {
      let note = element.querySelector(".wx-trouble");
      if (!note && text) {
        note = document.createElement("p");
        note.className = "wx-trouble";
        note.setAttribute("role", "alert");
        const bar = element.querySelector(".wx-bar");
        if (bar) bar.after(note);
        else element.append(note);
      }
      if (note && !text) note.remove();
      else if (note && note.textContent !== text) note.textContent = text;
    }
  };

  // What has no rate of its own, because nothing is logged for it, is measured here.
  const measure = (trail, run) => {
    const now = performance.now();
    const place = run.status === "running" ? `${run.stage} ${run.phase}` : "";
    const recent = trail.filter((at) => at.place === place && now - at.time < MEASURED);
    recent.push({ place, time: now, done: run.done });
    const seconds = (now - recent[0].time) / 1000;
    if (place && run.rate === null && run.total && seconds > 3) {
      const rate = (run.done - recent[0].done) / seconds;
      if (rate > 0) Object.assign(run, { rate, seconds_left: Math.round((run.total - run.done) / rate) });
    }
    return recent;
  };

  class LoggedOut extends Error {}

  const ask = async (url) => {
    const answer = await fetch(url, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) throw new LoggedOut();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.json();
  };

  // What ended offers other buttons; whoever is typing, ticking or being asked is left alone.
  const finish = () => {
    if (touched || document.querySelector("dialog[open], input.action-select:checked")) return;
    // A link that was clicked meanwhile is followed: reloading would call it off.
    let timer = 0;
    const look = (wait) => {
      clearTimeout(timer);
      timer = setTimeout(() => location.reload(), wait);
    };
    addEventListener("beforeunload", () => look(SLOWEST_RETRY));
    look(FINAL_LOOK);
  };

  class Watch {
    constructor(url, elements, pause) {
      this.url = url;
      this.elements = elements;
      this.pause = pause;
      this.failures = 0;
      this.trail = [];
      this.tick();
    }

    async tick() {
      clearTimeout(this.timer);
      if (this.asking) return;
      this.asking = true;
      let wait = this.pause;
      try {
        const run = await ask(this.url);
        this.trail = measure(this.trail, run);
        this.failures = 0;
        warn(this.elements, "");
        for (const element of this.elements) draw(element, run);
        if (!run.active) {
          this.over = true;
          finish();
          return;
        }
      } catch (error) {
        this.failures += 1;
        warn(this.elements, error instanceof LoggedOut ? texts.signedOut : texts.offline);
        wait = Math.min(SLOWEST_RETRY, QUICK * 2 ** this.failures);
      } finally {
        this.asking = false;
      }
      this.timer = setTimeout(() => this.tick(), document.hidden ? HIDDEN : wait);
    }
  }

  const watchRuns = () => {
    const byUrl = new Map();
    for (const element of document.querySelectorAll("[data-progress-url]")) {
      const url = element.dataset.progressUrl;
      byUrl.set(url, [...(byUrl.get(url) || []), element]);
    }
    const pause = Math.max(QUICK, PER_RUN * byUrl.size);
    const watches = [...byUrl].map(([url, elements]) => new Watch(url, elements, pause));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) for (const watch of watches) if (!watch.over) watch.tick();
    });
  };

  const confirmFirst = () => {
    const dialog = document.getElementById("wx-confirm");
    const yes = document.getElementById("wx-confirm-yes");
    let asked = null;
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!form.dataset.confirm || form === asked) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      document.getElementById("wx-confirm-text").textContent = form.dataset.confirm;
      yes.textContent = form.dataset.confirmButton || texts.confirm;
      yes.classList.toggle("wx-danger", !("confirmMild" in form.dataset));
      dialog.onclose = () => {
        if (dialog.returnValue !== "yes") return;
        asked = form;
        form.requestSubmit(event.submitter);
      };
      dialog.returnValue = "";
      dialog.showModal();
    });
  };

  // A second click finds nothing to click; coming back with the browser's button, everything.
  const pressOnce = () => {
    document.addEventListener("submit", (event) => {
      const button = event.submitter || event.target.querySelector("[data-busy]");
      if (event.defaultPrevented || !button?.matches("[data-busy]")) return;
      button.dataset.label = button.textContent;
      setTimeout(() => {
        button.disabled = true;
        button.textContent = button.dataset.busy || texts.busy;
      });
    });
    window.addEventListener("pageshow", () => {
      for (const button of document.querySelectorAll("[data-busy][data-label]")) {
        button.disabled = false;
        button.textContent = button.dataset.label;
      }
    });
  };

  // WeChat counts the bytes of UTF-8, which nobody sees in what they type.
  const countBytes = () => {
    const encoder = new TextEncoder();
    for (const field of document.querySelectorAll("[data-bytes]")) {
      const note = document.getElementById(field.getAttribute("aria-describedby"));
      const initial = field.value.trim();
      const count = () => {
        const typed = field.value.trim();
        const left = field.dataset.bytes - encoder.encode(typed).length;
        const over = left < 0;
        const words = over ? note.dataset.bytesOver : note.dataset.bytesLeft;
        note.textContent = fill(words, { left, over: -left });
        note.classList.toggle("wx-over", over);
        // What came in longer stays as it is while nobody changes it.
        field.setCustomValidity(over && typed !== initial ? note.textContent : "");
      };
      note.setAttribute("role", "status");
      field.addEventListener("input", count);
      count();
    }
  };

  // The theme's icons are words in a font of pictures; they are not meant to be read out.
  const hushIcons = () => {
    for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
      icon.setAttribute("aria-hidden", "true");
    }
  };

  // The theme writes the name of a chosen file into a field of its own widget, and breaks off where
  // a file is chosen without that. It looks for this mark before it listens.
  const spareFiles = () => {
    for (const input of document.querySelectorAll("input[type=file]")) {
      const around = input.parentNode?.parentNode?.parentNode;
      if (!around?.querySelector("input[type=text]:disabled")) input.hasChangeListener = true;
    }
  };

  // Not every browser moves the keyboard along with the page.
  const skipMenu = () => {
    const content = document.getElementById("content");
    document.querySelector(".wx-skip")?.addEventListener("click", (event) => {
      event.preventDefault();
      content.tabIndex = -1;
      content.focus();
    });
  };

  // One form of a row at a time; it hangs below the row and goes away as a menu does.
  const hangForms = () => {
    const opened = () => document.querySelectorAll(".wx-tools > details[open]");
    for (const details of document.querySelectorAll(".wx-tools > details")) {
      details.addEventListener("toggle", () => {
        if (!details.open) return;
        for (const other of opened()) if (other !== details) other.open = false;
        details.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      for (const details of opened()) {
        details.open = false;
        details.querySelector("summary").focus();
      }
    });
  };

  // The search field that select2 puts beside a select has no name; the select's label is its own.
  const nameSearchFields = () => {
    for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      const box = field.closest(".select2-container");
      const select = box?.previousElementSibling?.matches("select")
        ? box.previousElementSibling
        : document.querySelector("select.select2-hidden-accessible:has(+ .select2-container--open)");
      const label = select?.labels?.[0]?.textContent.trim();
      if (label) field.setAttribute("aria-label", label.replace(/\s*\*$/, ""));
    }
  };

  // Those of single selects are made anew each time they open.
  const watchSearchFields = () => {
    if (!document.querySelector("select.admin-autocomplete")) return;
    new MutationObserver(nameSearchFields).observe(document.body, { childList: true, subtree: true });
    nameSearchFields();
  };

  // A form of a schedule shows the fields of the chosen rhythm; without this, all.
  const chooseRhythm = () => {
    for (const form of document.querySelectorAll("form[data-schedule]")) {
      const choice = form.elements.every;
      const show = () => {
        for (const part of form.querySelectorAll("[data-rhythm]")) {
          part.hidden = !part.dataset.rhythm.split(" ").includes(choice.value);
        }
      };
      choice.addEventListener("change", show);
      show();
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    hushIcons();
    chooseRhythm();
    spareFiles();
    hangForms();
    skipMenu();
    watchSearchFields();
    const source = document.getElementById("wx-texts");
    if (!source) return;
    texts = JSON.parse(source.textContent);
    document.addEventListener("input", () => {
      touched = true;
    });
    confirmFirst();
    pressOnce();
    countBytes();
    watchRuns();
  });
})();
