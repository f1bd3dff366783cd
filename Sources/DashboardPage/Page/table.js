// A view's rows as a table that sorts and filters what is loaded and shows as much of it as a page can hold.

import { count, isNumeric, isWindow, shortWindow, value as text } from "./format.js";
import { h, setAttribute, setText } from "./dom.js";

const stepOfRows = 200;
const narrow = matchMedia("(max-width: 699px)");

/// Numbers as cells have them: those with more digits than a number of JavaScript holds are text. NaN is above all others.
export function compareNumbers(x, y) {
  const [a, b] = [Number(x), Number(y)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
  if (a !== b) return a < b ? -1 : 1;
  return typeof x === "string" && typeof y === "string" ? compareDigits(x, y) : 0;
}

/// Two numbers with the same sign that are so close that JavaScript's are the same.
function compareDigits(x, y) {
  if (x === y || /[eE]/.test(x + y)) return 0;
  const sign = x.startsWith("-") ? -1 : 1;
  const whole = (text) => text.split(".")[0].length;
  if (whole(x) !== whole(y)) return Math.sign(whole(x) - whole(y)) * sign;
  const length = Math.max(x.length, y.length) + 1;
  const padded = (text) => (text.includes(".") ? text : `${text}.`).padEnd(length, "0");
  return padded(x) < padded(y) ? -sign : padded(x) > padded(y) ? sign : 0;
}

export class RowTable {
  /// - first: how many rows to show at first; sort: a column with "-" before it for the greatest first, null for the usual order;
  ///   changed: told when the reader sorts or filters.
  constructor(view, { first = stepOfRows, sort = null, filter = "", changed = () => {} } = {}) {
    this.view = view;
    this.shown = first;
    this.filter = filter;
    this.changed = changed;
    this.searched = new WeakMap();
    this.lines = [];
    this.usual = this.usualSort();
    this.sort = view.columns.some(({ name }) => name === sort?.replace(/^-/, "")) ? sort : this.usual;

    const id = `filter-${view.name}`;
    this.input = h("input", { id, type: "search", placeholder: "Filter rows", autocomplete: "off", "aria-label": `Filter the rows of ${view.name}`,
      oninput: () => this.setFilter(this.input.value) });
    this.input.value = filter;
    this.tally = h("span", { class: "tally" });
    this.more = h("button", { type: "button", class: "more", onclick: () => this.showMore() });
    this.headers = view.columns.map(({ name, type }) => {
      const button = h("button", { type: "button", onclick: () => this.sortBy(name) }, name, h("span", { class: "arrow", "aria-hidden": "true" }));
      return { name, type, button, cell: h("th", { scope: "col", class: isNumeric(type) ? "number" : null, title: type }, button) };
    });
    this.body = h("tbody");
    const table = h("table", {}, h("caption", { class: "hidden" }, `Rows of ${view.name}`),
      h("thead", {}, h("tr", {}, ...this.headers.map(({ cell }) => cell))), this.body);
    this.empty = h("p", { class: "none", hidden: true });
    this.element = h("div", { class: "table" }, h("div", { class: "tools" }, this.input, this.tally),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table of ${view.name}` }, table, this.empty, this.more));
  }

  /// Newest windows first, in them the greatest values; else the greatest values.
  usualSort() {
    if (this.view.window) return `-${this.view.window}`;
    const key = this.view.key ?? [];
    const value = this.view.columns.find(({ name, type }) => isNumeric(type) && !key.includes(name));
    return value ? `-${value.name}` : this.view.columns[0]?.name ?? "";
  }

  sortBy(name) {
    const isNumber = this.headers.find((header) => header.name === name).type;
    const first = isNumeric(isNumber) || name === this.view.window ? `-${name}` : name;
    const second = first === name ? `-${name}` : name;
    this.sort = this.sort === first ? second : first;
    this.changed();
    this.draw();
  }

  setFilter(words) {
    this.filter = words;
    this.changed();
    this.draw();
  }

  showMore() {
    this.shown += stepOfRows;
    this.draw();
  }

  update(data) {
    this.data = data;
    this.draw();
  }

  searchText(row) {
    let found = this.searched.get(row);
    if (found === undefined) {
      found = this.view.columns.map(({ name, type }) => text(row[name], type)).join("\n").toLowerCase();
      this.searched.set(row, found);
    }
    return found;
  }

  compare() {
    const isDown = this.sort.startsWith("-");
    const name = this.sort.replace(/^-/, "");
    const type = this.view.columns.find((column) => column.name === name)?.type ?? "";
    const factor = isDown ? -1 : 1;
    const by = (read) => (a, b) => {
      const x = read(a);
      const y = read(b);
      // NULL comes last, whichever way.
      if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
      return x < y ? -factor : x > y ? factor : 0;
    };
    const plain = (column) => (row) => row[column] ?? null;
    const window = (column) => (row) => (row[column] ? Date.parse(row[column].start) : null);
    if (isNumeric(type)) {
      return (a, b) => {
        const [x, y] = [a[name] ?? null, b[name] ?? null];
        if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
        return factor * compareNumbers(x, y);
      };
    }
    if (!isWindow(type)) return by(plain(name));
    const first = by(window(name));
    const value = this.view.columns.find((column) => isNumeric(column.type) && !(this.view.key ?? []).includes(column.name))?.name;
    if (!value) return first;
    return (a, b) => first(a, b) || (Number(b[value]) || 0) - (Number(a[value]) || 0);
  }

  draw() {
    if (!this.data) return;
    const words = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const all = this.data.list();
    const rows = words.length === 0 ? all : all.filter((row) => words.every((word) => this.searchText(row).includes(word)));
    const page = foremost(rows, this.shown, this.compare());
    this.drawHeaders();
    this.drawLines(page);
    const of = this.data.isCut ? `the ${count(all.length)} loaded` : count(all.length);
    const matching = words.length > 0 ? `${count(rows.length)} match, of ${of}` : `${of} ${all.length === 1 && !this.data.isCut ? "row" : "rows"}`;
    setText(this.tally, page.length < rows.length ? `${count(page.length)} shown, ${matching}` : matching);
    this.more.hidden = page.length >= rows.length;
    setText(this.more, `Show ${count(Math.min(stepOfRows, rows.length - page.length))} more`);
    this.empty.hidden = page.length > 0;
    setText(this.empty, words.length > 0 ? "No row matches the filter." : "No rows yet.");
  }

  drawHeaders() {
    const name = this.sort.replace(/^-/, "");
    const isDown = this.sort.startsWith("-");
    for (const header of this.headers) {
      const isSorted = header.name === name;
      setAttribute(header.cell, "aria-sort", isSorted ? (isDown ? "descending" : "ascending") : null);
      setText(header.button.lastChild, isSorted ? (isDown ? "▼" : "▲") : "");
    }
  }

  /// Lines stay where they are and only change their text.
  drawLines(rows) {
    const { columns, window } = this.view;
    while (this.lines.length > rows.length) this.lines.pop().line.remove();
    while (this.lines.length < rows.length) {
      const cells = columns.map(({ type }) => h("td", { class: isNumeric(type) ? "number" : null }, h("span")));
      const line = h("tr", {}, ...cells);
      this.lines.push({ line, texts: cells.map((cell) => cell.firstChild), isOpen: false, row: null });
      this.body.append(line);
    }
    rows.forEach((row, index) => {
      const place = this.lines[index];
      const isOpen = window ? this.data.isOpen(row[window]) : false;
      if (place.row === row && place.isOpen === isOpen) return;
      place.row = row;
      columns.forEach(({ name, type }, column) => setText(place.texts[column], cellText(row[name], type)));
      if (place.isOpen === isOpen) return;
      place.isOpen = isOpen;
      place.line.classList.toggle("open", isOpen);
      const cell = place.texts[columns.findIndex(({ name }) => name === window)].parentElement;
      if (isOpen) cell.append(h("span", { class: "chip" }, "open"));
      else cell.querySelector(".chip")?.remove();
    });
  }
}

const cellText = (value, type) => (narrow.matches && isWindow(type) && value ? shortWindow(value) : text(value, type));

/// The first rows of an order. Of many rows only those that may be among them are sorted.
function foremost(rows, number, compare) {
  let found = rows.slice(0, number * 2).sort(compare);
  if (rows.length <= number * 2) return found.slice(0, number);
  found.length = number;
  let last = found[number - 1];
  for (let index = number * 2; index < rows.length; index += 1) {
    if (compare(rows[index], last) >= 0) continue;
    found.push(rows[index]);
    if (found.length < number * 2) continue;
    found.sort(compare);
    found.length = number;
    last = found[number - 1];
  }
  return found.sort(compare).slice(0, number);
}
