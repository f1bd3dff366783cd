// One query: how fast, how far behind, what was late or rejected, what it holds and why.

import { bytes, count, rate, span, time, window as windowText } from "./format.js";
import { h, setAttribute, setText } from "./dom.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/// A line of the last values, as wide as its place.
class Sparkline {
  constructor() {
    this.path = document.createElementNS(svgNamespace, "polyline");
    this.element = document.createElementNS(svgNamespace, "svg");
    for (const [name, value] of Object.entries({ class: "spark", viewBox: "0 0 120 30", preserveAspectRatio: "none", "aria-hidden": "true" })) {
      this.element.setAttribute(name, value);
    }
    this.element.append(this.path);
  }

  update(values) {
    const most = Math.max(...values, 1e-9);
    const step = values.length > 1 ? 120 / (values.length - 1) : 0;
    setAttribute(this.path, "points", values.map((value, index) => `${(index * step).toFixed(1)},${(28 - (value / most) * 26).toFixed(1)}`).join(" "));
  }
}

class Fact {
  constructor(name) {
    this.value = h("dd");
    this.note = h("span", { class: "aside" });
    this.element = h("div", {}, h("dt", {}, name), this.value);
    this.value.append((this.text = document.createTextNode("–")), this.note);
  }

  update(value, note = "", mood = null) {
    if (this.text.data !== value) this.text.data = value;
    setText(this.note, note ? ` ${note}` : "");
    setAttribute(this.element, "class", mood);
  }
}

export class QueryCard {
  constructor(query) {
    const id = `query-${query.id}`;
    this.rate = h("span", { class: "rate" });
    this.spark = new Sparkline();
    this.facts = Object.fromEntries(
      ["Lag", "Watermark", "Epoch", "Epoch takes", "Late", "Rejected", "Open windows", "State"].map((name) => [name, new Fact(name)]));
    this.meter = h("div", { class: "meter", role: "meter", "aria-label": `State of ${query.id} against the job's budget`, "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }, h("span"));
    this.why = h("p", { class: "why" });
    this.samples = h("div", { class: "samples" });
    this.windows = h("div");
    this.partitions = h("div");
    this.details = h("details", {}, h("summary", {}, "Windows, partitions, samples"), this.windows, this.partitions, this.samples);
    this.source = h("p", { class: "source" });
    this.element = h("article", { class: "card query", "aria-labelledby": id, "data-query": query.id },
      h("header", {}, h("h2", { id }, query.id), (this.mode = h("span", { class: "mode" }))), this.source,
      h("div", { class: "speed" }, h("p", {}, this.rate, " rows/s"), this.spark.element),
      h("dl", {}, ...Object.values(this.facts).map(({ element }) => element)), this.meter, this.why, this.details);
  }

  get isOpen() {
    return this.details.open;
  }

  /// - now: the server's clock, in milliseconds.
  update(query, { memory, now }) {
    this.query = query;
    const { facts } = this;
    const isBegun = query.recent.length > 0 || query.epoch > 0;
    setText(this.mode, `${query.mode} mode`);
    setText(this.source, query.sinks?.length > 0 && !query.view ? `${query.source} → ${query.sinks.join(", ")}` : query.source);
    setText(this.rate, rate(query.inputRowsPerSecond));
    this.spark.update(query.recent.map(({ rows }) => rows));
    // How old the newest event is; before the first one there is nothing to be behind of.
    const lag = query.maxEventTime ? (now - Date.parse(query.maxEventTime)) / 1000 : null;
    facts.Lag.update(lag === null ? "–" : span(Math.max(0, lag)), lag === null ? "no event yet" : "");
    facts.Watermark.update(query.watermark ? time(query.watermark).slice(11) : "–", query.watermark && day(query.watermark) !== day(new Date(now).toISOString()) ? day(query.watermark) : "");
    facts.Epoch.update(isBegun ? count(query.epoch) : "–", isBegun && query.timestamp ? `${span(Math.max(0, (now - Date.parse(query.timestamp)) / 1000))} ago` : "");
    facts["Epoch takes"].update(isBegun ? `${count(query.epochMilliseconds)} ms` : "–");
    const { late, rejected } = query.ledger;
    facts.Late.update(count(late), "", late > 0 ? "warn" : null);
    facts.Rejected.update(count(rejected), "", rejected > 0 ? "bad" : null);
    facts["Open windows"].update(count(query.openWindows));
    const budget = memory.budgetBytes;
    facts.State.update(bytes(query.stateBytes), budget ? `of ${bytes(budget)}` : "no budget");
    this.meter.hidden = !budget;
    if (budget) {
      const percent = Math.min(100, (query.stateBytes / budget) * 100);
      setAttribute(this.meter, "aria-valuenow", percent.toFixed(0));
      setAttribute(this.meter, "class", percent > 85 ? "meter high" : "meter");
      this.meter.firstChild.style.width = `${percent}%`;
    }
  }

  /// - detail: what /v1/queries/ID gives.
  inspect(detail) {
    const first = detail.openWindowList?.[0];
    setText(this.why, first ? `Next to close: ${time(first.start, true).slice(11)} – ${time(first.end, true).slice(11)}, when ${readable(first.closesWhen)}.` : "");
    if (!this.isOpen) return;
    const state = JSON.stringify([detail.openWindowList, detail.partitions, detail.rejectedSamples, detail.lateSamples, detail.openWindowCount]);
    if (state === this.inspected) return;
    this.inspected = state;
    this.windows.replaceChildren(...this.windowRows(detail));
    this.partitions.replaceChildren(...this.partitionRows(detail));
    this.samples.replaceChildren(...this.sampleRows(detail));
  }

  windowRows(detail) {
    if (!detail.openWindowList?.length) return [h("h3", {}, "Open windows"), h("p", {}, "None.")];
    const rows = detail.openWindowList.map((window) => h("li", {},
      h("p", {}, h("strong", {}, windowText(window)), ` ${count(window.groups)} ${window.groups === 1 ? "group" : "groups"}`),
      h("p", { class: "aside" }, `closes when ${readable(window.closesWhen)}`)));
    const more = detail.openWindowCount - detail.openWindowList.length;
    return [h("h3", {}, `Open windows${detail.delay ? `, rows may be ${detail.delay} late` : ""}`), h("ul", { class: "waiting" }, ...rows),
      more > 0 ? h("p", {}, `${count(more)} more`) : ""];
  }

  partitionRows(detail) {
    const rows = (detail.partitions ?? []).map((part) => h("tr", {},
      h("td", {}, String(part.partition)), h("td", {}, part.watermark ? time(part.watermark).slice(5) : "–"),
      h("td", {}, part.idle ? "idle" : detail.heldBy?.partition === part.partition ? "holds the windows" : ""),
      h("td", { class: "number" }, count(part.ledger?.rowsIn ?? 0)), h("td", { class: "number" }, count(part.ledger?.late ?? 0))));
    return rows.length === 0 ? [] : [h("h3", {}, "Partitions"), small(["partition", "watermark", "", "rows", "late"], rows)];
  }

  sampleRows(detail) {
    const rejected = (detail.rejectedSamples ?? []).map((sample) => h("li", {},
      h("p", {}, h("strong", {}, sample.reason), sample.detail ? `: ${sample.detail}` : ""), h("pre", { tabindex: "0" }, sample.text),
      h("p", { class: "aside" }, [sample.origin, sample.line ? `line ${count(sample.line)}` : null, `epoch ${count(sample.epoch)}`].filter(Boolean).join(", "))));
    const late = (detail.lateSamples ?? []).map((sample) => h("li", {}, h("pre", { tabindex: "0" }, JSON.stringify(sample.row)),
      h("p", { class: "aside" }, `event time ${time(sample.eventTime)}, the watermark was at ${time(sample.watermark)}; epoch ${count(sample.epoch)}`)));
    return [h("h3", {}, "Rejected rows"), rejected.length > 0 ? h("ul", {}, ...rejected) : h("p", {}, "None since the start."),
      h("h3", {}, "Late rows"), late.length > 0 ? h("ul", {}, ...late) : h("p", {}, "None since the start.")];
  }
}

const day = (iso) => iso.slice(0, 10);
const readable = (words) => words.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => time(iso));

const small = (names, rows) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": names.filter(Boolean).join(", ") },
  h("table", {}, h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, ...rows)));
