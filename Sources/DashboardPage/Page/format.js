// Values as text. Times are UTC, as the server gives them; a number may also be a string of digits, where it has more of
// them than a number of JavaScript can hold.

const whole = new Intl.NumberFormat("en");
const compactFormat = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const decimals = new Map();

function withDecimals(least, most) {
  const name = `${least}.${most}`;
  let format = decimals.get(name);
  if (!format) {
    format = new Intl.NumberFormat("en", { minimumFractionDigits: least, maximumFractionDigits: most });
    decimals.set(name, format);
  }
  return format;
}

export const count = (number) => whole.format(number);

/// Short, for axes: 12.5K.
export const compact = (number) => (Math.abs(number) < 1000 ? withDecimals(0, 2).format(number) : compactFormat.format(number));

export function rate(number) {
  if (number >= 100_000) return compactFormat.format(number);
  return number >= 100 || Number.isInteger(number) ? whole.format(Math.round(number)) : withDecimals(1, 1).format(number);
}

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    unit += 1;
  }
  return `${withDecimals(0, number < 10 && unit > 0 ? 1 : 0).format(number)} ${units[unit]}`;
}

/// A length of time in its two largest units: 3 min 20 s.
export function span(seconds) {
  const sign = seconds < 0 ? "−" : "";
  seconds = Math.abs(seconds);
  if (seconds < 1) return seconds < 0.0005 ? "0 s" : `${sign}${Math.round(seconds * 1000)} ms`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${sign}${seconds.toFixed(1)} s`;
  const units = [["y", 31_557_600], ["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
  let rest = Math.round(seconds);
  const first = units.findIndex(([, size]) => rest >= size);
  const parts = [];
  for (const [name, size] of units.slice(first, first + 2)) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number > 0) parts.push(`${number} ${name}`);
  }
  return sign + parts.join(" ");
}

const isoTime = /^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?Z$/;

/// 2026-11-22 10:02:35, without seconds where they are zero if `short`.
export function time(iso, short = false) {
  const parts = isoTime.exec(iso);
  if (!parts) return iso;
  const [, day, minutes, seconds = ":00", fraction = ""] = parts;
  return `${day} ${minutes}${short && seconds === ":00" && !fraction ? "" : seconds + fraction}`;
}

export const clock = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 19);

/// From its start up to its end, which does not belong to it. The day stands once if it is the same.
export function window(value) {
  const start = time(value.start, true);
  const end = time(value.end, true);
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/// The same without the year, for narrow screens: 11-22 10:02 – 10:03.
export const shortWindow = (value) => window(value).replace(/\b\d{4}-(\d\d-\d\d)/g, "$1");

export const isNumeric = (type) => /^(TINYINT|SMALLINT|INT|INTEGER|BIGINT|LONG|FLOAT|REAL|DOUBLE|DECIMAL)/i.test(type);
export const isWindow = (type) => /^(WINDOW|STRUCT)/i.test(type);
const scaleOf = (type) => Number(/^DECIMAL\(\d+,\s*(\d+)\)/i.exec(type)?.[1] ?? NaN);

function exactDigits(text, scale) {
  const [, sign, digits, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const grouped = sign + digits.replace(/\B(?=(\d{3})+$)/g, ",");
  const tail = Number.isNaN(scale) ? fraction : fraction.padEnd(scale, "0");
  return tail ? `${grouped}.${tail}` : grouped;
}

/// A cell of a view.
export function value(cell, type) {
  if (cell === null || cell === undefined) return "null";
  if (isNumeric(type)) {
    const scale = scaleOf(type);
    if (typeof cell === "string") return exactDigits(cell, scale);
    if (Number.isNaN(scale)) {
      const size = Math.abs(cell);
      return size !== 0 && (size < 1e-6 || size >= 1e15) && !Number.isInteger(cell) ? String(cell) : withDecimals(0, 6).format(cell);
    }
    return withDecimals(scale, scale).format(cell);
  }
  if (typeof cell === "object" && "start" in cell && "end" in cell) return window(cell);
  if (/^TIMESTAMP/i.test(type)) return time(cell);
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}
