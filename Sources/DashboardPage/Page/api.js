// Talking to the server: JSON, server-sent events, and the token if it asks for one.

const tokenName = "tidemill.token";

/// What the server refused, in its own words.
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

export function keepToken(token) {
  sessionStorage.setItem(tokenName, token);
}

function headers(more = {}) {
  const token = sessionStorage.getItem(tokenName);
  return token ? { Authorization: `Bearer ${token}`, ...more } : more;
}

async function refuse(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // Not ours: what stands between may answer with a page.
  }
  throw new Problem(response.status, problem.title ?? response.statusText, problem.detail ?? `HTTP status ${response.status}`);
}

/// JSON, with numbers of more digits than a number can hold as strings of just these digits, where the browser tells them.
export function parse(text) {
  if (!/\d[\d.]{15}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value, context) => {
    if (typeof value !== "number" || !context?.source || context.source.length < 16) return value;
    return String(value) === context.source || /e/i.test(context.source) ? value : context.source;
  });
}

/// The answer; null if it is still what `etags` remembers.
export async function get(path, { signal, etags } = {}) {
  const known = etags?.get(path);
  const limit = AbortSignal.timeout(15_000);
  const response = await fetch(path, {
    headers: headers(known ? { "If-None-Match": known } : {}), cache: "no-store",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  if (response.status === 304) return null;
  if (!response.ok) await refuse(response);
  const answer = parse(await response.text());
  const tag = response.headers.get("ETag");
  if (etags && tag) etags.set(path, tag);
  return answer;
}

export async function post(path) {
  const response = await fetch(path, { method: "POST", headers: headers(), signal: AbortSignal.timeout(60_000) });
  if (!response.ok) await refuse(response);
  return response.json();
}

/// The server writes at least a comment every 15 seconds: a connection that is silent for longer than this is dead.
const silence = 40_000;

/// The events of one connection, as {event, id, data}; ends when the server ends it. By `fetch`, since an `EventSource` sends no token.
export async function* events(path, { signal, lastId }) {
  const watch = new AbortController();
  let timer = setTimeout(() => watch.abort(), silence);
  try {
    const response = await fetch(path, {
      headers: headers({ Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) }), cache: "no-store",
      signal: AbortSignal.any([signal, watch.signal]),
    });
    if (!response.ok) await refuse(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    // A line may come in many pieces; they are joined once, when it is whole.
    let pieces = [];
    let event = { event: "message", id: lastId, data: [] };
    for (;;) {
      const { value: text, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => watch.abort(), silence);
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        pieces.push(text.slice(start, end));
        const line = pieces.join("").replace(/\r$/, "");
        pieces = [];
        start = end + 1;
        if (line === "") {
          if (event.data.length > 0) yield { ...event, data: event.data.join("\n") };
          event = { event: "message", id: event.id, data: [] };
          continue;
        }
        const colon = line.indexOf(":");
        if (colon === 0) continue;
        const field = colon < 0 ? line : line.slice(0, colon);
        const content = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") event.data.push(content);
        else if (field === "event") event.event = content;
        else if (field === "id") event.id = content;
      }
      if (start < text.length) pieces.push(text.slice(start));
    }
  } finally {
    clearTimeout(timer);
    watch.abort();
  }
}

/// How long to wait before the next try, in milliseconds: longer each time, and never at the same moment as all others.
export function backoff(tries) {
  return Math.min(5000, 300 * 2 ** tries) * (0.7 + 0.6 * Math.random());
}

export function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      // A signal may outlive thousands of sleeps.
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end, { once: true });
  });
}
