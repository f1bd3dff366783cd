// What to do where there is nothing to see yet.

import { h } from "./dom.js";

function copyable(text) {
  const button = h("button", { type: "button", onclick: async () => {
    await navigator.clipboard?.writeText(text);
    button.textContent = "Copied";
  } }, "Copy");
  return h("div", { class: "code" }, h("pre", { tabindex: "0" }, text), navigator.clipboard ? button : null);
}

/// A value that a column of this type takes.
function example({ name, type }, now) {
  if (/^TIMESTAMP/i.test(type)) return now;
  if (/^DATE/i.test(type)) return now.slice(0, 10);
  if (/^(DECIMAL|DOUBLE|FLOAT|REAL)/i.test(type)) return 9.5;
  if (/INT/i.test(type)) return 1;
  if (/^BOOL/i.test(type)) return true;
  return name.replace(/_?id$/i, "") || "a";
}

export function hintFor(view, job) {
  const stream = job?.streams[0];
  if (!stream) return h("p", {}, "They appear with the first epoch that has rows for this view.");
  const now = new Date().toISOString().replace(/\.\d+Z/, "Z");
  const line = JSON.stringify(Object.fromEntries(stream.columns.map((column) => [column.name, example(column, now)])));
  const token = sessionStorage.getItem("tidemill.token") ? " -H \"Authorization: Bearer $TOKEN\"" : "";
  const command = `curl -H 'Content-Type: application/x-ndjson'${token} \\\n  --data-binary '${line.replaceAll("'", "'\\''")}' \\\n  ${location.origin}/v1/streams/${encodeURIComponent(stream.name)}`;
  return h("div", {}, h("p", {}, `Push events into the stream ${stream.name}${job.writable ? ":" : "; the server must be started with --writable:"}`), copyable(command));
}

const script = `CREATE MATERIALIZED VIEW totals AS
SELECT product_id, sum(amount) AS total
FROM sales GROUP BY product_id;`;

/// - wanted: the view that the address names, or null; all: those that there are.
export function noViews(wanted, all) {
  if (wanted !== null && all.length > 0) {
    return h("div", { class: "card empty nothing" }, h("p", {}, `There is no view ${wanted} here. There are:`),
      h("ul", {}, ...all.map(({ name }) => h("li", {}, h("a", { href: `/view/${encodeURIComponent(name)}` }, name)))));
  }
  return h("div", { class: "card empty nothing" }, h("p", {}, "The script has no views yet. One is a statement:"), copyable(script));
}
