// One view: its charts, its table, and what to do when it has no rows.

import { BarChart, hasCharts, LineChart, mostLines, TrendChart } from "./charts.js";
import { count, value as text, window as windowText } from "./format.js";
import { h, setText } from "./dom.js";
import { bars, cellsOf, lines, shapeOf, topLabels, windowsOf } from "./shape.js";
import { RowTable } from "./table.js";

/// How many windows a chart goes back.
const mostWindows = 60;
/// How many values of a single number are remembered.
const mostPoints = 600;

export class ViewCard {
  /// - isLarge: whether it has the page for itself; choice: {column, sort, filter} from the page's address;
  ///   chosen: told when the reader chooses otherwise; hint: gives the element that says how rows come to be.
  constructor(view, { isLarge, choice = {}, chosen = () => {}, hint }) {
    this.view = view;
    this.shape = shapeOf(view);
    this.isLarge = isLarge;
    this.hint = hint;
    this.drawn = null;
    this.trend = [];
    this.column = this.shape.values.includes(choice.column) ? choice.column : this.shape.values[0] ?? null;
    this.chosen = () => chosen({ column: this.column === this.shape.values[0] ? "" : this.column,
      sort: this.table.sort === this.table.usual ? "" : this.table.sort, filter: this.table.filter });
    this.table = new RowTable(view, { first: isLarge ? 200 : 50, sort: choice.sort, filter: choice.filter ?? "", changed: () => this.chosen() });

    const heading = isLarge ? "h2" : "h3";
    const id = `view-${view.name}`;
    const title = isLarge ? h(heading, { id }, view.name)
      : h("h2", { id }, h("a", { href: `/view/${encodeURIComponent(view.name)}` }, view.name));
    this.note = h("p", { class: "note" });
    this.problem = h("p", { class: "problem", hidden: true });
    this.selector = this.makeSelector();
    this.charts = h("div", { class: `charts shape-${this.shape.kind}` });
    this.blank = h("div", { class: "empty", hidden: true });
    this.element = h("article", { class: `card view of-${this.shape.kind} ${isLarge ? "large" : ""}`, "aria-labelledby": id, "data-view": view.name },
      h("header", {}, title, this.selector, this.note), this.problem, this.blank, this.charts, this.table.element);
    this.makeCharts();
  }

  makeSelector() {
    if (this.shape.values.length < 2 || this.shape.kind === "table" || !hasCharts) return null;
    const select = h("select", { onchange: () => {
      this.column = select.value;
      this.trend = [];
      this.drawn = null;
      this.chosen();
      if (this.feed) this.update(this.feed);
    } }, ...this.shape.values.map((name) => h("option", { value: name }, name)));
    select.value = this.column;
    return h("label", { class: "selector" }, h("span", { class: "hidden" }, `Column of ${this.view.name} in the charts`), select);
  }

  makeCharts() {
    const box = (name, caption) => {
      const canvas = h("div", { class: "canvas" });
      this.charts.append(h("figure", { class: name }, caption, canvas));
      return canvas;
    };
    const { kind } = this.shape;
    if (kind === "number") {
      this.number = h("p", { class: "big" }, "–");
      this.charts.append(h("figure", { class: "value" }, this.number, (this.numberNote = h("figcaption", {}))));
      if (hasCharts) this.trendChart = new TrendChart(box("trend", null));
      return;
    }
    if (!hasCharts || kind === "table") return;
    if (kind === "series") {
      this.lineCaption = h("figcaption");
      this.lineChart = new LineChart(box("over-time", this.lineCaption));
      this.lineFigure = this.charts.lastChild;
    }
    if (kind === "series" && this.shape.labels.length === 0) {
      this.number = h("p", { class: "big" }, "–");
      this.charts.append(h("figure", { class: "value current" }, (this.numberNote = h("figcaption", {})), this.number));
      return;
    }
    this.barCaption = h("figcaption");
    this.barChart = new BarChart(box("current", this.barCaption));
  }

  /// Shows what the feed has; does nothing if that is what was shown last.
  update(feed) {
    this.feed = feed;
    this.element.dataset.epoch = feed.data.epoch ?? "";
    this.element.dataset.state = feed.state;
    this.problem.hidden = feed.state !== "refused";
    if (feed.error) setText(this.problem, `${feed.error.title}: ${feed.error.message}`);
    if (this.drawn === feed.data.version) return;
    this.drawn = feed.data.version;
    const { data } = feed;
    const isEmpty = data.epoch !== null && data.rows.size === 0;
    this.blank.hidden = !isEmpty;
    if (isEmpty && this.blank.childElementCount === 0) this.blank.append(h("p", {}, "No rows yet."), this.hint?.() ?? "");
    this.charts.hidden = data.rows.size === 0;
    this.table.element.hidden = data.rows.size === 0;
    if (data.rows.size > 0) this.drawCharts(data);
    this.table.update(data);
    const parts = [];
    if (data.isCut) {
      const first = [this.view.window && "newest", feed.ranked && `with the highest ${feed.ranked}`].filter(Boolean).join(", ");
      parts.push(`the ${count(data.rows.size)} rows ${first || "that came first"}`);
    }
    if (data.epoch !== null) parts.push(`epoch ${count(data.epoch)}`);
    if (this.view.retain) parts.push(`keeps ${this.view.retain}`);
    setText(this.note, parts.join(" · "));
  }

  drawCharts(data) {
    const { shape, column } = this;
    const type = shape.types.get(column) ?? "";
    if (shape.kind === "number") this.drawNumber(data, column, type);
    else if (shape.kind === "series" && hasCharts) this.drawSeries(data, column, type);
    else if (shape.kind === "bars" && hasCharts) {
      const shown = bars(cellsOf(data, shape, column), column, this.isLarge ? 20 : 10);
      setText(this.barCaption, `${column} by ${shape.labels.join(", ")}${data.isCut ? this.part(data) : ""}`);
      this.drawBars(shown, type, false, `Bars of ${column} by ${shape.labels.join(", ")}: ${brief(shown, type)}. The table has all values.`);
    }
  }

  /// Said where a chart shows, and adds up, only some of what there is.
  part(data) {
    return `, of ${count(data.rows.size)} rows only`;
  }

  drawNumber(data, column, type) {
    const row = data.list()[0];
    setText(this.number, text(row[column], type));
    setText(this.numberNote, column);
    const at = Date.now();
    this.trend.push({ x: at, y: Number(row[column]) });
    if (this.trend.length > mostPoints) this.trend.splice(0, this.trend.length - mostPoints);
    this.trendChart?.update({ points: this.trend, type, description: `How ${column} moved since this page was opened; it is ${text(row[column], type)} now.` });
  }

  drawSeries(data, column, type) {
    const { shape } = this;
    const { windows, isRegular, isPart } = windowsOf(data, shape, column, mostWindows);
    const current = windows.at(-1);
    const by = shape.labels.length > 0 ? ` by ${shape.labels.join(", ")}` : "";
    // Sessions begin whenever they like: lines over their starts would say nothing.
    const hasLines = isRegular && windows.length > 0;
    this.lineFigure.hidden = !hasLines;
    if (hasLines) {
      const series = lines(windows, topLabels(windows, mostLines), column);
      const isOpen = windows.some((entry) => entry.isOpen);
      setText(this.lineCaption, `${column}${by}, ${count(windows.length)} ${windows.length === 1 ? "window" : "windows"}${isPart ? this.part(data) : ""}`);
      this.lineChart.update({ windows, series, type,
        description: `Lines of ${column}${by} over ${windows.length} windows${isOpen ? ", the last of them still open" : ""}. The table has all values.` });
    }
    const state = current?.isOpen ? "open" : "closed";
    const mark = (caption, words) => {
      if (caption.dataset.words === words + state) return;
      caption.dataset.words = words + state;
      caption.replaceChildren(`${words} `, h("span", { class: current?.isOpen ? "chip" : "chip closed" }, state));
    };
    if (this.number) {
      const row = data.list().find((row) => current && row[shape.window].start === current.window.start);
      if (!row) return;
      setText(this.number, text(row[column], type));
      mark(this.numberNote, windowText(current.window));
      return;
    }
    const cells = isRegular && current ? current.cells : cellsOf(data, shape, column);
    const shown = bars(cells, column, this.isLarge ? 16 : 8);
    if (isRegular && current) mark(this.barCaption, `${windowText(current.window)}${isPart ? this.part(data) : ""}`);
    else setText(this.barCaption, `${column}, latest window of each ${shape.labels.join(", ")}${data.isCut ? this.part(data) : ""}`);
    this.drawBars(shown, type, isRegular && Boolean(current?.isOpen),
      `Bars of ${column}${by} in the current window, which is ${state}: ${brief(shown, type)}. The table has all values.`);
  }

  drawBars(shown, type, isOpen, description) {
    // Room for each bar, so that few look as good as many.
    this.barChart.canvas.parentElement.style.height = `${Math.max(96, shown.length * (this.isLarge ? 30 : 26) + 16)}px`;
    const colorOf = this.lineChart && !this.lineFigure.hidden ? (label) => this.lineChart.color(label) : null;
    this.barChart.update({ bars: shown, type, isOpen, description, colorOf });
  }

  remove() {
    for (const chart of [this.lineChart, this.barChart, this.trendChart]) chart?.remove();
  }
}

/// The first three, for those who hear the chart.
const brief = (bars, type) => bars.slice(0, 3).map(({ label, value }) => `${label} ${text(value, type)}`).join(", ");
