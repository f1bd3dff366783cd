// The charts, drawn by Chart.js. Where the page was built without it there are none, and the tables say it all.

import { clock, compact, value as text } from "./format.js";

const Chart = globalThis.Chart;
export const hasCharts = Boolean(Chart);

/// How many keys have a line of their own.
export const mostLines = 6;
const shapes = ["circle", "rect", "triangle", "rectRot", "star", "crossRot"];

const dark = matchMedia("(prefers-color-scheme: dark)");
let theme = null;
const living = new Set();

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  theme = {
    series: [1, 2, 3, 4, 5, 6].map((number) => color(`series-${number}`)),
    others: color("others"), text: color("text"), muted: color("muted"), line: color("line"), open: color("open"), card: color("card"),
  };
  if (!hasCharts) return;
  Object.assign(Chart.defaults, { color: theme.muted, borderColor: theme.line, animation: false, responsive: true, maintainAspectRatio: false });
  Chart.defaults.font.family = style.fontFamily;
  Chart.defaults.font.size = 13;
}
readTheme();
dark.addEventListener("change", () => {
  readTheme();
  for (const chart of living) chart.rebuild();
});

/// Round steps of time, in milliseconds.
const steps = [1, 2, 5, 10, 15, 30].map((n) => n * 1000)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * 60_000), [1, 2, 3, 6, 12].map((n) => n * 3_600_000), [1, 2, 7, 14, 30, 90, 365].map((n) => n * 86_400_000));

/// - window: how far two windows are apart: there is nothing to read between them.
function timeTicks(axis, window) {
  const most = Math.max(2, Math.floor(axis.width / 90));
  const step = steps.find((size) => (axis.max - axis.min) / size <= most && size >= window) ?? 3650 * 86_400_000;
  const ticks = [];
  for (let at = Math.ceil(axis.min / step) * step; at <= axis.max; at += step) ticks.push({ value: at });
  axis.ticks = ticks;
}

function timeLabel(milliseconds) {
  const iso = new Date(milliseconds).toISOString();
  if (iso.slice(11, 19) === "00:00:00") return iso.slice(5, 10);
  return iso.slice(11, iso.slice(17, 19) === "00" ? 16 : 19);
}

/// What all charts share: the canvas, its description for those who do not see it, its end.
class Drawing {
  constructor(box) {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    box.append(this.canvas);
    living.add(this);
  }

  describe(words) {
    if (this.canvas.getAttribute("aria-label") !== words) this.canvas.setAttribute("aria-label", words);
  }

  rebuild() {
    this.chart?.destroy();
    this.chart = null;
    if (this.last) this.update(this.last);
  }

  remove() {
    living.delete(this);
    this.chart?.destroy();
    this.canvas.remove();
  }
}

/// The part of the time axis where windows are open, shaded and named.
const openBand = {
  id: "openBand",
  beforeDatasetsDraw(chart) {
    const from = chart.options.plugins.openBand?.from;
    if (from === null || from === undefined) return;
    const { ctx, chartArea, scales } = chart;
    const left = Math.max(chartArea.left, scales.x.getPixelForValue(from));
    ctx.save();
    ctx.fillStyle = theme.open;
    ctx.fillRect(left, chartArea.top, chartArea.right - left, chartArea.height);
    ctx.fillStyle = theme.muted;
    ctx.font = `600 12px ${Chart.defaults.font.family}`;
    ctx.textAlign = "right";
    ctx.fillText("open", chartArea.right - 4, chartArea.top + 13);
    ctx.restore();
  },
};

export class LineChart extends Drawing {
  /// Which place, and by it which colour and sign, a key has: it keeps it as long as it is among the top ones.
  places = new Map();

  place(labels) {
    for (const label of this.places.keys()) if (!labels.includes(label)) this.places.delete(label);
    const taken = new Set(this.places.values());
    for (const label of labels) {
      if (this.places.has(label)) continue;
      let free = 0;
      while (taken.has(free)) free += 1;
      taken.add(free);
      this.places.set(label, free);
    }
  }

  color(label) {
    const place = this.places.get(label);
    return place === undefined ? theme.others : theme.series[place % theme.series.length];
  }

  /// - windows: as `windowsOf` gives them; series: as `lines` does.
  update(last) {
    this.last = last;
    const { windows, series, description } = last;
    this.describe(description);
    this.place(series.filter(({ isOthers }) => !isOthers).map(({ label }) => label));
    const ordered = [...series].sort((a, b) => (a.isOthers ? 99 : this.places.get(a.label)) - (b.isOthers ? 99 : this.places.get(b.label)));
    const firstOpen = windows.findIndex(({ isOpen }) => isOpen);
    const starts = windows.map(({ start }) => start);
    const step = starts.length > 1 ? starts.at(-1) - starts.at(-2) : windows.length > 0 ? Date.parse(windows[0].window.end) - starts[0] : 1000;
    this.step = Math.max(step, 1);
    const half = this.step / 2;
    // The sum of all others is often far above each key: it then has an axis of its own, on the right, and says so.
    const highest = (isOthers) => Math.max(0, ...series.filter((one) => Boolean(one.isOthers) === isOthers).flatMap(({ points }) => points.map(({ y }) => Math.abs(y ?? 0))));
    const isApart = highest(true) > 2 * highest(false) && highest(false) > 0;
    const datasets = ordered.map(({ label, points, isOthers }) => {
      const color = isOthers ? theme.others : this.color(label);
      const sign = isOthers ? "line" : shapes[this.places.get(label) % shapes.length];
      return {
        label: isOthers && isApart ? `${label} (right axis)` : label, yAxisID: isOthers && isApart ? "right" : "y",
        data: points, borderColor: color, backgroundColor: color, borderWidth: isOthers ? 2 : 2.5, pointStyle: sign, spanGaps: false,
        pointRadius: points.map((_, index) => (isOthers ? 0 : index >= firstOpen && firstOpen >= 0 ? 5 : points.length > 40 ? 0 : 2.5)),
        pointBackgroundColor: points.map((_, index) => (firstOpen >= 0 && index >= firstOpen ? theme.card : color)),
        pointBorderWidth: 2, pointHoverRadius: 6, tension: 0,
        segment: { borderDash: (part) => (firstOpen >= 0 && part.p1DataIndex >= firstOpen ? [5, 4] : isOthers ? [2, 2] : undefined) },
      };
    });
    const x = { min: (starts[0] ?? 0) - (starts.length > 1 ? half * 0.2 : half), max: (starts.at(-1) ?? 1) + half };
    const open = firstOpen >= 0 ? { from: starts[firstOpen] - half } : { from: null };
    if (this.chart) {
      this.chart.data.datasets = datasets;
      Object.assign(this.chart.options.scales.x, x);
      this.chart.options.scales.right.display = isApart;
      this.chart.options.plugins.legend.display = series.length > 1;
      this.chart.options.plugins.openBand = open;
      this.chart.update("none");
      return;
    }
    this.chart = new Chart(this.canvas, {
      type: "line",
      data: { datasets },
      plugins: [openBand],
      options: {
        parsing: false, normalized: true, interaction: { mode: "index", intersect: false },
        scales: {
          x: {
            type: "linear", ...x, afterBuildTicks: (axis) => timeTicks(axis, this.step), grid: { display: false },
            ticks: { callback: (at) => timeLabel(at), maxRotation: 0, autoSkip: true, font: { size: 12 } },
          },
          y: { beginAtZero: true, ticks: { callback: compact, maxTicksLimit: 6 }, grid: { color: theme.line, drawBorder: false } },
          right: {
            position: "right", display: isApart, beginAtZero: true, ticks: { callback: compact, maxTicksLimit: 6, color: theme.others },
            grid: { display: false, drawBorder: false },
          },
        },
        plugins: {
          openBand: open,
          legend: { display: series.length > 1, position: "bottom", labels: { usePointStyle: true, color: theme.text, boxWidth: 8, boxHeight: 8, padding: 12 } },
          tooltip: {
            callbacks: {
              title: (items) => {
                const entry = this.last.windows[items[0].dataIndex];
                return entry ? `${text(entry.window, "WINDOW")}${entry.isOpen ? " (open)" : ""}` : "";
              },
              label: (item) => ` ${item.dataset.label}: ${text(item.parsed.y, this.last.type)}`,
            },
          },
        },
      },
    });
  }
}

/// The values at the ends of the bars: readable without pointing at them.
const barValues = {
  id: "barValues",
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    ctx.fillStyle = theme.text;
    ctx.font = `600 13px ${Chart.defaults.font.family}`;
    ctx.textBaseline = "middle";
    const { right } = chart.chartArea;
    chart.getDatasetMeta(0).data.forEach((bar, index) => {
      const number = chart.data.datasets[0].data[index];
      if (number === null) return;
      const end = Math.max(bar.x, bar.base);
      ctx.fillText(Math.abs(number) < 100_000 ? text(number, chart.options.plugins.barValues.type) : compact(number), Math.min(end, right) + 6, bar.y);
      if (end <= right) return;
      // A bar that goes on beyond the edge is broken, for all to see.
      ctx.strokeStyle = theme.card;
      ctx.lineWidth = 4;
      ctx.beginPath();
      for (const shift of [0, 9]) {
        ctx.moveTo(right - 30 + shift, bar.y + bar.height / 2 + 2);
        ctx.lineTo(right - 22 + shift, bar.y - bar.height / 2 - 2);
      }
      ctx.stroke();
    });
    ctx.restore();
  },
};

export class BarChart extends Drawing {
  /// - bars: as `bars` gives them; colorOf: a colour by label, or null.
  update(last) {
    this.last = last;
    const { bars, isOpen, description, colorOf } = last;
    this.describe(description);
    const colors = bars.map(({ label, isOthers }) => (isOthers ? theme.others : colorOf?.(label) ?? theme.series[0]));
    const dataset = {
      data: bars.map(({ value }) => value), borderColor: colors, backgroundColor: colors.map((color) => (isOpen ? `${color}59` : color)),
      borderWidth: isOpen ? 2 : 0, borderSkipped: false, maxBarThickness: 30, minBarLength: 2, categoryPercentage: 0.9, barPercentage: 0.82,
    };
    const labels = bars.map(({ label }) => label);
    // The sum of all others must not make every key a hair.
    const own = Math.max(0, ...bars.filter(({ isOthers }) => !isOthers).map(({ value }) => value));
    const most = own > 0 && bars.some(({ isOthers, value }) => isOthers && value > own * 1.6) ? own * 1.25 : undefined;
    if (this.chart) {
      this.chart.options.scales.x.max = most;
      this.chart.options.plugins.barValues.type = last.type;
      Object.assign(this.chart.data.datasets[0], dataset);
      this.chart.data.labels = labels;
      this.chart.update("none");
      return;
    }
    this.chart = new Chart(this.canvas, {
      type: "bar",
      data: { labels, datasets: [dataset] },
      plugins: [barValues],
      options: {
        indexAxis: "y", layout: { padding: { right: 72 } },
        scales: {
          x: { beginAtZero: true, display: false, max: most },
          y: {
            grid: { display: false, drawBorder: false },
            ticks: { color: theme.text, autoSkip: false, callback(index) {
              const label = this.getLabelForValue(index);
              return label.length > 22 ? `${label.slice(0, 21)}…` : label;
            } },
          },
        },
        plugins: {
          barValues: { type: last.type },
          legend: { display: false },
          tooltip: { callbacks: { label: (item) => ` ${text(item.parsed.x, this.last.type)}` } },
        },
      },
    });
  }
}

/// A line without axes: how a number moved while the page was open.
export class TrendChart extends Drawing {
  /// - points: {x: milliseconds, y}.
  update(last) {
    this.last = last;
    this.describe(last.description);
    const dataset = {
      data: last.points, borderColor: theme.series[0], backgroundColor: `${theme.series[0]}26`, fill: true, borderWidth: 2.5, pointRadius: 0, tension: 0,
    };
    if (this.chart) {
      this.chart.data.datasets[0].data = last.points;
      this.chart.update("none");
      return;
    }
    this.chart = new Chart(this.canvas, {
      type: "line",
      data: { datasets: [dataset] },
      options: {
        parsing: false, normalized: true, interaction: { mode: "index", intersect: false },
        scales: { x: { type: "linear", display: false }, y: { display: false, grace: "10%" } },
        plugins: {
          legend: { display: false },
          tooltip: { displayColors: false, callbacks: { title: (items) => clock(items[0].parsed.x), label: (item) => text(item.parsed.y, this.last.type) } },
        },
      },
    });
  }
}
