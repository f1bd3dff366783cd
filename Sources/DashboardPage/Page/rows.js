// The rows of a view, kept up to date in bounded memory.

/// The most rows that a page keeps of one view; the oldest windows go first.
export const mostRows = 20_000;

export class ViewRows {
  constructor(view) {
    this.view = view;
    this.rows = new Map();
    /// Where the view has no key, each row is one of its own: the ids of those that are equal, by their text.
    this.equals = new Map();
    this.lastId = 0;
    this.epoch = null;
    /// Milliseconds since 1970, as all times here.
    this.watermark = null;
    /// Whether the view has rows that are not here.
    this.isCut = false;
    /// The start of the oldest window of which not all rows may be here, null if all windows are whole.
    this.floor = null;
    /// Counts changes, so that others see whether to draw again.
    this.version = 0;
    this.all = null;
  }

  /// When the row's window starts; NaN without one. Texts would not do: they may be in another zone, or have fractions.
  start(row) {
    const start = this.view.window ? row[this.view.window]?.start : null;
    return start ? Date.parse(start) : NaN;
  }

  /// Whether rows are told apart by a key; one without columns is that of a single row.
  get hasKey() {
    return Array.isArray(this.view.key);
  }

  id(row) {
    return JSON.stringify(this.view.key.map((name) => row[name]));
  }

  /// What equal rows have in common.
  text(row) {
    return JSON.stringify(this.view.columns.map(({ name }) => row[name]));
  }

  /// Begins anew with a snapshot.
  reset({ epoch, watermark, cut, rows }) {
    this.rows.clear();
    this.equals.clear();
    this.isCut = Boolean(cut);
    this.floor = null;
    for (const row of rows) this.add(row);
    if (cut && this.view.window) this.floor = this.oldest();
    this.told(epoch, watermark);
  }

  apply({ epoch, watermark, rows }) {
    for (const row of rows) {
      if (row._op === "delete") this.remove(row);
      else if (this.floor === null || this.start(row) >= this.floor) this.add(row);
    }
    this.told(epoch, watermark);
  }

  told(epoch, watermark) {
    if (this.rows.size > mostRows) this.forget();
    this.epoch = epoch;
    this.watermark = watermark ? Date.parse(watermark) : null;
    this.all = null;
    this.version += 1;
  }

  /// Takes a watermark that came without rows: it may close windows although none of their rows changes.
  passed(watermark) {
    const before = this.watermark ?? -Infinity;
    if (!(watermark > before)) return;
    this.watermark = watermark;
    const ends = this.view.window ? this.list().map((row) => Date.parse(row[this.view.window]?.end)) : [];
    if (ends.some((end) => end > before && end <= watermark)) this.version += 1;
  }

  add(row) {
    if (this.hasKey) {
      this.rows.set(this.id(row), row);
      return;
    }
    this.lastId += 1;
    const text = this.text(row);
    const ids = this.equals.get(text);
    if (ids) ids.push(this.lastId);
    else this.equals.set(text, [this.lastId]);
    this.rows.set(this.lastId, row);
  }

  /// Without a key one of the equal rows goes.
  remove(row) {
    if (this.hasKey) {
      this.rows.delete(this.id(row));
      return;
    }
    const ids = this.equals.get(this.text(row));
    if (ids) this.drop(ids.at(-1), row);
  }

  drop(id, row) {
    this.rows.delete(id);
    if (this.hasKey) return;
    const text = this.text(row);
    const ids = this.equals.get(text);
    ids.splice(ids.indexOf(id), 1);
    if (ids.length === 0) this.equals.delete(text);
  }

  oldest() {
    let oldest = null;
    for (const row of this.rows.values()) {
      const start = this.start(row);
      if (start < (oldest ?? Infinity)) oldest = start;
    }
    return oldest;
  }

  /// Lets go of a tenth: the oldest windows, or what was added first.
  forget() {
    const entries = [...this.rows].map(([id, row]) => ({ id, row, start: this.start(row) }));
    if (this.view.window) {
      // What has no window goes first.
      for (const entry of entries) if (Number.isNaN(entry.start)) entry.start = -Infinity;
      entries.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    }
    for (const { id, row } of entries.slice(0, entries.length - mostRows * 0.9)) this.drop(id, row);
    this.isCut = true;
    if (this.view.window) this.floor = this.oldest();
  }

  list() {
    this.all ??= [...this.rows.values()];
    return this.all;
  }

  isOpen(window) {
    return Boolean(window) && (this.watermark === null || Date.parse(window.end) > this.watermark);
  }
}
