// The rows of a view, kept up to date in bounded memory.

/// The most rows that a page keeps of one view; the oldest windows go first.
export const mostRows = 20_000;

export class ViewRows {
  constructor(view) {
    this.view = view;
    this.rows = new Map();
    /// How many of each there are where the view has no key.
    this.copies = new Map();
    this.epoch = null;
    this.watermark = null;
    /// Whether the view has rows that are not here.
    this.isCut = false;
    /// The start of the oldest window of which not all rows may be here, null if all windows are whole.
    this.floor = null;
    /// Counts changes, so that others see whether to draw again.
    this.version = 0;
    this.all = null;
  }

  start(row) {
    return this.view.window ? row[this.view.window]?.start : null;
  }

  id(row) {
    const { key } = this.view;
    if (key) return key.length === 1 && typeof row[key[0]] === "string" ? row[key[0]] : JSON.stringify(key.map((name) => row[name]));
    const { _op, ...cells } = row;
    return JSON.stringify(cells);
  }

  /// Begins anew with a snapshot.
  reset({ epoch, watermark, cut, rows }) {
    this.rows.clear();
    this.copies.clear();
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
    this.watermark = watermark ?? null;
    this.all = null;
    this.version += 1;
  }

  add(row) {
    let id = this.id(row);
    if (!this.view.key) {
      const copies = (this.copies.get(id) ?? 0) + 1;
      this.copies.set(id, copies);
      id = `${id}#${copies}`;
    }
    this.rows.set(id, row);
  }

  remove(row) {
    let id = this.id(row);
    if (!this.view.key) {
      const copies = this.copies.get(id) ?? 0;
      if (copies > 1) this.copies.set(id, copies - 1);
      else this.copies.delete(id);
      id = `${id}#${copies}`;
    }
    this.rows.delete(id);
  }

  oldest() {
    let oldest = null;
    for (const row of this.rows.values()) {
      const start = this.start(row);
      if (start && (oldest === null || start < oldest)) oldest = start;
    }
    return oldest;
  }

  /// Lets go of a tenth: the oldest windows, or what was added first.
  forget() {
    const entries = [...this.rows];
    if (this.view.window) entries.sort(([, a], [, b]) => (this.start(a) < this.start(b) ? -1 : this.start(a) > this.start(b) ? 1 : 0));
    for (const [id, row] of entries.slice(0, entries.length - mostRows * 0.9)) {
      this.rows.delete(id);
      if (!this.view.key) this.copies.delete(this.id(row));
    }
    this.isCut = true;
    if (this.view.window) this.floor = this.oldest();
  }

  list() {
    this.all ??= [...this.rows.values()];
    return this.all;
  }

  isOpen(window) {
    return Boolean(window) && (this.watermark === null || window.end > this.watermark);
  }
}
