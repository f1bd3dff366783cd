// Which chart fits a view, and what it shows.

import { isNumeric, isWindow, value as text } from "./format.js";

/// The shape of a view by its key:
/// series (a window, and a key beside it or none), bars (a key without window), number (a key of no columns: one row),
/// table (nothing to draw). Without a key several rows may have the same labels: no chart could tell them apart.
export function shapeOf(view) {
  const types = new Map(view.columns.map(({ name, type }) => [name, type]));
  const key = view.key ?? view.columns.filter(({ type }) => !isNumeric(type) && !isWindow(type)).map(({ name }) => name);
  const labels = key.filter((name) => name !== view.window);
  const values = view.columns.filter(({ name, type }) => isNumeric(type) && !key.includes(name)).map(({ name }) => name);
  let kind = "table";
  if (values.length > 0 && view.key) {
    if (view.window) kind = "series";
    else kind = labels.length > 0 ? "bars" : "number";
  }
  return { kind, labels, values, types, window: view.window };
}

export function labelOf(row, shape) {
  if (shape.labels.length === 0) return "all";
  return shape.labels.map((name) => text(row[name], shape.types.get(name))).join(" · ");
}

/// Whether values of this column add up. What a column computes is not told, only its name: where that speaks of an average or
/// an extreme, others are averaged instead.
export function addsUp(column) {
  return !/(^|_)(avg|average|mean|median|min|minimum|max|maximum|pct|percent|percentile|p\d\d+|ratio|rate|share|stddev|std|var|variance)(_|$)/i.test(column);
}

function combine(values, column) {
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return addsUp(column) ? sum : sum / values.length;
}

const valueOf = (row, column) => (row[column] === null || row[column] === undefined ? null : Number(row[column]));

/// The latest windows, oldest first: {window, isOpen, cells: Map of label to value}. `isRegular` is whether all are about equally long,
/// `isPart` whether not all rows of the only window are here.
export function windowsOf(data, shape, column, most) {
  const byStart = new Map();
  let shortest = Infinity;
  let longest = 0;
  for (const row of data.list()) {
    const window = row[shape.window];
    if (!window || (data.floor !== null && Date.parse(window.start) <= data.floor)) continue;
    let entry = byStart.get(window.start);
    if (!entry) {
      entry = { window, start: Date.parse(window.start), isOpen: data.isOpen(window), cells: new Map() };
      byStart.set(window.start, entry);
      const length = Date.parse(window.end) - entry.start;
      shortest = Math.min(shortest, length);
      longest = Math.max(longest, length);
    }
    entry.cells.set(labelOf(row, shape), valueOf(row, column));
  }
  // A window of which only some rows are here is better than none at all.
  if (byStart.size === 0 && data.floor !== null && data.rows.size > 0) {
    const part = { list: () => data.list(), floor: null, isOpen: (window) => data.isOpen(window), rows: data.rows };
    return { ...windowsOf(part, shape, column, most), isPart: true };
  }
  const windows = [...byStart.values()].sort((a, b) => a.start - b.start);
  return { windows: windows.slice(-most), isRegular: longest <= shortest * 1.25, isPart: false };
}

/// Labels by value, greatest first.
export function ranked(cells) {
  return [...cells].filter(([, value]) => value !== null).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([label]) => label);
}

/// The labels that have lines of their own: those with the greatest values in the last window; while it has few, those of the windows before it.
export function topLabels(windows, most) {
  const top = new Set();
  for (let index = windows.length - 1; index >= Math.max(0, windows.length - 3) && top.size < most; index -= 1) {
    for (const label of ranked(windows[index].cells)) {
      if (top.size >= most) break;
      top.add(label);
    }
  }
  return [...top];
}

/// Lines over time: for each of `labels` its value in each window, and the others in one.
export function lines(windows, labels, column) {
  const own = new Set(labels);
  const series = labels.map((label) => ({ label, points: windows.map(({ start, cells }) => ({ x: start, y: cells.get(label) ?? null })) }));
  let others = 0;
  const points = windows.map(({ start, cells }) => {
    const rest = [...cells].filter(([label, value]) => !own.has(label) && value !== null).map(([, value]) => value);
    others = Math.max(others, rest.length);
    return { x: start, y: combine(rest, column) };
  });
  if (others > 0) series.push({ label: othersText(others, column), points, isOthers: true });
  return series;
}

/// Bars: the greatest values, and the others in one.
export function bars(cells, column, most) {
  const labels = ranked(cells);
  const result = labels.slice(0, most).map((label) => ({ label, value: cells.get(label) }));
  const rest = labels.slice(most).map((label) => cells.get(label));
  if (rest.length > 0) result.push({ label: othersText(rest.length, column), value: combine(rest, column), isOthers: true });
  return result;
}

function othersText(number, column) {
  const many = number === 1 ? "1 other" : `${number.toLocaleString("en")} others`;
  return addsUp(column) ? many : `${many}, mean`;
}

/// All rows as cells by label, for views without windows; for sessions the latest of each key.
export function cellsOf(data, shape, column) {
  const cells = new Map();
  const starts = new Map();
  for (const row of data.list()) {
    const label = labelOf(row, shape);
    const start = shape.window ? Date.parse(row[shape.window]?.start) || -Infinity : 0;
    if (starts.has(label) && starts.get(label) > start) continue;
    starts.set(label, start);
    cells.set(label, valueOf(row, column));
  }
  return cells;
}
