/* Draws the charts of figures with the theme's Chart.js; the tables below them have the numbers. */
(() => {
  "use strict";

  const charts = [];
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (value) => Number(value).toLocaleString("en");
  const NOTHING = new Set(["before", "unknown"]);
  const DOUBTFUL = new Set(["partial", "unsynced"]);

  // Doubtful bars are told by their pattern, not by a colour alone.
  const hatched = (colour) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.globalAlpha = 0.35;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 1;
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };

  const bars = (spec, name, colour) => {
    const doubtful = hatched(colour);
    return {
      type: "bar",
      label: spec.names[name],
      data: spec[name],
      backgroundColor: spec.states.map((state) => (DOUBTFUL.has(state) ? doubtful : colour)),
      borderRadius: 2,
      maxBarThickness: 28,
      stack: "flow",
      yAxisID: "y",
      order: 2,
    };
  };

  // Grey ground where nothing is known, a mark above the days with a note.
  const ground = (spec) => ({
    id: "ground",
    beforeDatasetsDraw(chart) {
      const { ctx: pen, chartArea: area, scales } = chart;
      const width = area.width / spec.labels.length;
      pen.save();
      spec.labels.forEach((_, index) => {
        const left = scales.x.getPixelForValue(index) - width / 2;
        if (NOTHING.has(spec.states[index])) {
          pen.fillStyle = css("--wx-unknown");
          pen.fillRect(left, area.top, width, area.height);
        }
        if (spec.noted[index]) {
          pen.fillStyle = css("--wx-warning");
          pen.beginPath();
          const middle = left + width / 2;
          pen.moveTo(middle - 5, area.top);
          pen.lineTo(middle + 5, area.top);
          pen.lineTo(middle, area.top + 8);
          pen.fill();
          pen.fillRect(middle - 0.5, area.top, 1, area.height);
        }
      });
      pen.restore();
    },
  });

  const axis = (more = {}) => ({
    border: { display: false },
    grid: { color: css("--wx-line") },
    ticks: { color: css("--wx-faint"), ...more.ticks },
    ...more.axis,
  });

  const shared = (spec) => ({
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: {
          label: (item) => `${item.dataset.label}: ${number(Math.abs(item.raw))}`,
          footer: (items) => (spec.remarks && items.length ? spec.remarks[items[0].dataIndex] : ""),
        },
      },
    },
  });

  const growth = (spec) => ({
    data: {
      labels: spec.labels,
      datasets: [
        bars(spec, "joined", css("--wx-joined")),
        bars(spec, "left", css("--wx-left")),
        {
          type: "line",
          label: spec.names.total,
          data: spec.total,
          borderColor: css("--wx-totals"),
          backgroundColor: css("--wx-totals"),
          borderWidth: 2,
          pointRadius: spec.labels.length === 1 ? 3 : 0,
          pointHoverRadius: 4,
          yAxisID: "total",
          order: 1,
        },
      ],
    },
    options: {
      ...shared(spec),
      scales: {
        x: axis({
          ticks: { maxRotation: 0, autoSkipPadding: 12 },
          axis: { stacked: true, grid: { display: false } },
        }),
        y: axis({ ticks: { precision: 0, callback: (value) => number(Math.abs(value)) }, axis: { stacked: true } }),
        total: axis({
          ticks: { precision: 0, callback: number },
          // Of some people of an account no total is known.
          axis: {
            display: spec.total.some((it) => it !== null),
            position: "right",
            grid: { display: false },
            grace: "5%",
          },
        }),
      },
    },
    plugins: [ground(spec)],
  });

  const COLOURS = { joined: "--wx-joined", left: "--wx-left", gone: "--wx-gone" };
  const short = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

  const horizontal = (spec) => ({
    type: "bar",
    data: {
      labels: spec.labels,
      datasets: spec.series.map((series) => ({
        label: series.name,
        data: series.values,
        backgroundColor: css(COLOURS[series.colour]),
        borderRadius: 2,
        maxBarThickness: 18,
      })),
    },
    options: {
      ...shared(spec),
      indexAxis: "y",
      scales: {
        x: axis({ ticks: { precision: 0, callback: number, maxRotation: 0 }, axis: { stacked: spec.stacked } }),
        y: axis({
          ticks: { autoSkip: false, callback(value) { return short(this.getLabelForValue(value)); } },
          axis: { stacked: spec.stacked, grid: { display: false } },
        }),
      },
    },
  });

  // Shares in percent, or counts; where nothing can be said yet, the line ends.
  const DASHES = [[], [6, 3], [2, 3], [10, 4, 2, 4]];
  const LINES = ["--wx-totals", "--wx-joined", "--wx-warning", "--wx-left"];

  const lines = (spec) => {
    const options = shared(spec);
    options.plugins.tooltip.callbacks.label = (item) =>
      item.raw === null ? "" : `${item.dataset.label}: ${spec.unit ? item.raw : number(item.raw)}${spec.unit}`;
    return {
      type: "line",
      data: {
        labels: spec.labels,
        datasets: spec.series.map((series, place) => ({
          label: series.name,
          data: series.values,
          borderColor: css(LINES[place]),
          backgroundColor: css(LINES[place]),
          borderDash: DASHES[place],
          borderWidth: 2,
          pointRadius: 2,
        })),
      },
      options: {
        ...options,
        scales: {
          x: axis({ ticks: { maxRotation: 0, autoSkipPadding: 12 }, axis: { grid: { display: false } } }),
          y: axis({
            ticks: { precision: 0, callback: (value) => `${number(value)}${spec.unit}` },
            axis: spec.unit ? { suggestedMin: 0, max: 100 } : { beginAtZero: true },
          }),
        },
      },
    };
  };

  const CONFIGURATIONS = { growth, bars: horizontal, lines };

  const draw = () => {
    while (charts.length) charts.pop().destroy();
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      const spec = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
      charts.push(new Chart(canvas, CONFIGURATIONS[spec.kind](spec)));
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector("canvas[data-chart]")) return;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    draw();
    // Dark or light: the colours are those of the page.
    let dark = document.documentElement.classList.contains("dark");
    new MutationObserver(() => {
      const now = document.documentElement.classList.contains("dark");
      if (now !== dark) draw();
      dark = now;
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
})();
