// Keeps a view's rows up to date: by the server's events, or by asking again where a page has many views, since browsers
// open only a few connections to one server.

import { backoff, events, get, parse, Problem, sleep } from "./api.js";
import { ViewRows } from "./rows.js";

export class Feed {
  /// - limit: the most rows to ask for; ranked: the column whose highest values come first, if there are more, behind the newest window.
  constructor(view, { isStream, limit, ranked, changed }) {
    this.view = view;
    this.ranked = ranked;
    this.data = new ViewRows(view);
    this.isStream = isStream;
    const order = [...(view.window ? [`-${view.window}.start`] : []), ...(ranked ? [`-${ranked}`] : [])].join(",");
    this.query = new URLSearchParams({ limit: String(limit), ...(order ? { order } : {}) }).toString();
    this.changed = changed;
    this.lastId = null;
    /// connecting, live, lost, refused, ended
    this.state = "connecting";
    this.error = null;
    this.controller = null;
    this.etags = new Map();
    /// When the queries started that it was opened for again, after an end; null if it never was.
    this.startedAt = null;
  }

  /// Does nothing once the server has ended the view's changes: asked again it would only end them again.
  start() {
    if (this.controller || this.state === "ended") return;
    this.controller = new AbortController();
    this.run(this.controller.signal);
  }

  /// Ends the connection; the rows stay, and `start` goes on where it was.
  stop() {
    this.controller?.abort();
    this.controller = null;
  }

  /// What has ended may be started again, for the queries run anew.
  reopen(startedAt) {
    if (this.state !== "ended") return;
    this.startedAt = startedAt;
    this.stop();
    this.tell("connecting");
  }

  tell(state, error = null) {
    this.state = state;
    this.error = error;
    this.changed(this);
  }

  async run(signal) {
    let tries = 0;
    while (!signal.aborted) {
      try {
        if (this.isStream) await this.listen(signal, () => (tries = 0));
        else await this.ask(signal, () => (tries = 0));
        if (signal.aborted || this.state === "ended") return;
        this.tell("lost");
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Problem && error.status !== 503) this.tell("refused", error);
        else this.tell("lost");
      }
      await sleep(backoff(tries), signal);
      tries = Math.min(tries + 1, 5);
    }
  }

  async listen(signal, heard) {
    const path = `/v1/views/${encodeURIComponent(this.view.name)}/changes?${this.query}`;
    for await (const { event, id, data } of events(path, { signal, lastId: this.lastId })) {
      if (signal.aborted) return;
      heard();
      if (event === "snapshot") this.data.reset(parse(data));
      else if (event === "change") this.data.apply(parse(data));
      else if (event === "end") return this.tell("ended");
      else continue;
      this.lastId = id;
      this.tell("live");
    }
  }

  async ask(signal, heard) {
    const path = `/v1/views/${encodeURIComponent(this.view.name)}?${this.query}`;
    while (!signal.aborted) {
      const answer = await get(path, { signal, etags: this.etags });
      if (signal.aborted) return;
      heard();
      if (answer) this.data.reset(answer);
      if (answer || this.state !== "live") this.tell("live");
      await sleep(2000, signal);
    }
  }
}
