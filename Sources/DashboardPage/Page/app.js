// The page: asks how the queries do once a second, follows the views, and draws at most four times a second. All of it rests
// while the page is hidden.

import { backoff, get, keepToken, post, Problem, sleep } from "./api.js";
import { hasCharts } from "./charts.js";
import { keep, h, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { bytes, clock, count, span } from "./format.js";
import { hintFor, noViews } from "./hints.js";
import { QueryCard } from "./querycard.js";
import { shapeOf } from "./shape.js";
import { ViewCard } from "./viewcard.js";

/// Milliseconds between two pictures.
const rhythm = 250;
/// Browsers open six connections to a server, for all tabs together: this many views of the overview have one of their own.
const mostStreams = 2;
/// Beyond this many queries, only those whose details are open are asked for them.
const mostInspected = 12;

const element = (id) => document.getElementById(id);
/// The view that has the page for itself: /view/NAME.
const single = /^\/view\/([^/]+)\/?$/.exec(location.pathname)?.[1];
const onlyView = single === undefined ? null : decoded(single);

/// What is no text when it is decoded is the name of no view.
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const page = {
  job: null, views: null, isOnline: false, isStarting: false, lastAnswer: null, skew: 0, refusal: null,
  feeds: new Map(), viewCards: new Map(), queryCards: new Map(), running: null, isScheduled: false, lastDrawn: 0, said: null,
};

// What the reader chose for the single view is in the address, so that it can be shared.
const choice = Object.fromEntries(new URLSearchParams(location.search));
function chosen(now) {
  const query = new URLSearchParams(Object.entries(now).filter(([, value]) => value)).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

// MARK: Following the server

function start() {
  if (page.running) return;
  page.running = new AbortController();
  followJob(page.running.signal);
  followDetails(page.running.signal);
  for (const feed of page.feeds.values()) feed.start();
}

function stop() {
  page.running?.abort();
  page.running = null;
  for (const feed of page.feeds.values()) feed.stop();
}

async function followJob(signal) {
  let tries = 0;
  let viewsAsked = 0;
  while (!signal.aborted) {
    try {
      const job = await get("/v1/queries", { signal });
      const before = page.job;
      // First of all: what has failed is to be seen, whatever can be had of the views.
      page.job = job;
      if (page.views === null || job.startedAt !== before?.startedAt || !page.isOnline || performance.now() - viewsAsked > 10_000) {
        try {
          await learnViews(signal);
          viewsAsked = performance.now();
        } catch (error) {
          if (job.state !== "failed" || !(error instanceof Problem) || error.status === 401) throw error;
        }
      }
      reopenFeeds(job, before, signal);
      page.skew = Date.parse(job.now) - Date.now();
      page.lastAnswer = performance.now();
      page.isOnline = true;
      page.refusal = null;
      tries = 0;
      draw();
      await sleep(1000, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 401) {
        await askForToken();
        continue;
      }
      page.isOnline = false;
      // A server that has just started recovers its queries first, and says so.
      page.isStarting = error instanceof Problem && error.status === 503;
      page.refusal = error instanceof Problem && !page.isStarting ? error : null;
      draw();
      await sleep(page.isStarting ? 500 : backoff(tries), signal);
      tries = Math.min(tries + 1, 5);
    }
  }
}

const hasEnded = (job) => ["stopping", "stopped", "failed"].includes(job.state);

/// Feeds that have ended go on with the next run of the queries.
function reopenFeeds(job, before, signal) {
  const isAgain = job.state === "running" && before !== null && hasEnded(before);
  for (const feed of page.feeds.values()) {
    if (isAgain || feed.startedAt !== job.startedAt) feed.reopen(job.startedAt);
    if (!signal.aborted) feed.start();
  }
}

async function learnViews(signal) {
  const { views } = await get("/v1/views", { signal });
  const shown = onlyView === null ? views : views.filter(({ name }) => name === onlyView);
  page.all = views;
  page.views = shown;
  const described = (view) => JSON.stringify([view.columns, view.key, view.window]);
  for (const [name, feed] of page.feeds) {
    const view = shown.find((view) => view.name === name);
    if (view && described(view) === described(feed.view)) continue;
    feed.stop();
    page.feeds.delete(name);
    page.viewCards.get(name)?.remove();
    page.viewCards.get(name)?.element.remove();
    page.viewCards.delete(name);
  }
  shown.forEach((view, index) => {
    if (page.feeds.has(view.name)) return;
    const { values } = shapeOf(view);
    const ranked = onlyView !== null && values.includes(choice.column) ? choice.column : values[0] ?? null;
    const feed = new Feed(view, { isStream: onlyView !== null || index < mostStreams, limit: onlyView === null ? 10_000 : 20_000, ranked, changed: draw });
    page.feeds.set(view.name, feed);
    if (!signal.aborted) feed.start();
  });
}

async function followDetails(signal) {
  for (let round = 0; !signal.aborted; round += 1) {
    const cards = [...page.queryCards].filter(([, card]) => card.isOpen || (round % 3 === 0 && page.queryCards.size <= mostInspected));
    for (const [id, card] of page.isOnline ? cards : []) {
      try {
        card.inspect(await get(`/v1/queries/${encodeURIComponent(id)}`, { signal }));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Problem)) break;
      }
    }
    await sleep(round === 0 && page.queryCards.size === 0 ? 300 : 2000, signal);
    if (page.queryCards.size === 0) round = -1;
  }
}

let tokenAnswer = null;
function askForToken() {
  if (tokenAnswer) return tokenAnswer;
  const dialog = element("token-dialog");
  if (sessionStorage.getItem("tidemill.token")) setText(element("token-text"), "The server did not take that token. Please try again.");
  tokenAnswer = new Promise((resolve) => {
    element("token-form").onsubmit = () => {
      keepToken(element("token").value);
      element("token").value = "";
      resolve();
    };
    // Without a token there is nothing to show: closing it by Escape only opens it again.
    dialog.oncancel = (event) => event.preventDefault();
    dialog.showModal();
  }).finally(() => (tokenAnswer = null));
  return tokenAnswer;
}

// MARK: Drawing

function draw() {
  if (page.isScheduled) return;
  page.isScheduled = true;
  const wait = Math.max(0, page.lastDrawn + rhythm - performance.now());
  setTimeout(() => requestAnimationFrame(() => {
    page.isScheduled = false;
    page.lastDrawn = performance.now();
    drawJob();
    drawViews();
    drawQueries();
  }), wait);
}

const names = { running: "Running", paused: "Paused", stopping: "Stopping", stopped: "Stopped", failed: "Failed", connecting: "Connecting", lost: "Reconnecting", starting: "Starting" };

function drawJob() {
  const { job } = page;
  const state = page.isOnline ? job.state : page.isStarting ? "starting" : "lost";
  const badge = element("state");
  badge.dataset.state = state;
  setText(badge, names[state] ?? state);
  document.body.classList.toggle("stale", state === "lost");
  if (page.said !== null && page.said !== state) setText(element("announcements"), announcement(state));
  page.said = state;

  const failure = element("failure");
  const text = page.refusal ? `The server refuses: ${page.refusal.message}` : page.isOnline && job?.error ? job.error : "";
  failure.hidden = text === "";
  if (failure.dataset.text !== text) {
    failure.dataset.text = text;
    failure.replaceChildren(h("strong", {}, page.refusal ? "No answer. " : "The queries have failed. "), text);
  }
  drawAge();
  if (!job) return;

  const { stateBytes, budgetBytes } = job.memory;
  element("memory").hidden = job.queries.length === 0;
  setText(element("memory"), `State ${bytes(stateBytes)}${budgetBytes ? ` of ${bytes(budgetBytes)}` : ""}`);
  element("memory").classList.toggle("high", Boolean(budgetBytes) && stateBytes > budgetBytes * 0.85);

  const isControllable = job.writable && ["running", "paused"].includes(job.state) && job.queries.length > 0;
  element("controls").hidden = !isControllable;
  element("pause").hidden = job.state !== "running";
  element("resume").hidden = job.state !== "paused";
  for (const button of element("controls").children) button.disabled = !page.isOnline;
}

function announcement(state) {
  if (state === "lost") return "The connection to the server is lost; trying again.";
  if (state === "starting") return "The server is there again and recovers its queries.";
  if (state === "failed") return `The queries have failed: ${page.job.error ?? ""}`;
  return `The queries are ${(names[state] ?? state).toLowerCase()}.`;
}

/// What is true even when nothing comes: how old all of this is.
function drawAge() {
  const now = Date.now() + page.skew;
  setText(element("clock"), `${clock(now)} UTC`);
  const age = element("age");
  if (!page.isOnline) {
    setText(age, page.isStarting ? "the queries are being recovered" : page.lastAnswer === null ? "no answer yet" : `data ${span(Math.round((performance.now() - page.lastAnswer) / 1000))} old`);
    return;
  }
  const last = Math.max(...page.job.queries.map((query) => (query.recent.length > 0 ? Date.parse(query.timestamp) : NaN)).filter((at) => !Number.isNaN(at)));
  setText(age, Number.isFinite(last) ? `last epoch ${span(Math.max(0, Math.round((now - last) / 1000)))} ago` : "no epoch yet");
}

function drawViews() {
  if (page.views === null) return;
  const cards = element("view-cards");
  if (page.views.length === 0) {
    if (!cards.querySelector(".nothing")) cards.replaceChildren(noViews(onlyView, page.all));
  } else {
    cards.querySelector(".nothing")?.remove();
    keep(cards, page.viewCards, page.views, ({ name }) => name, (view) => new ViewCard(view, {
      isLarge: onlyView !== null, choice: onlyView === null ? {} : choice, chosen: onlyView === null ? undefined : chosen,
      // One command to copy is enough for a page.
      hint: () => (onlyView !== null || view === page.views[0] ? hintFor(view, page.job) : null),
    }));
  }
  cards.dataset.count = page.views.length;
  for (const [name, card] of page.viewCards) {
    const feed = page.feeds.get(name);
    const query = page.job?.queries.find(({ id }) => id === feed.view.query);
    // At the end of an input every window is closed, and there is no time to tell.
    const isOver = page.job?.state === "stopped" && query?.openWindows === 0;
    if (query) feed.data.passed(isOver ? Infinity : Date.parse(query.watermark));
    card.update(feed);
  }
}

function drawQueries() {
  if (!page.job) return;
  const { queries, memory, streams } = page.job;
  const only = onlyView === null ? null : page.all?.find(({ name }) => name === onlyView)?.query;
  const shown = onlyView === null ? queries : queries.filter(({ id }) => id === only);
  element("queries").hidden = shown.length === 0;
  keep(element("query-cards"), page.queryCards, shown, ({ id }) => id, (query) => new QueryCard(query));
  const now = Date.now() + page.skew;
  for (const query of shown) page.queryCards.get(query.id).update(query, { memory, now });
  drawStreams(onlyView === null ? streams : []);
}

function drawStreams(streams) {
  const texts = streams.map(({ name, waitingBytes, limitBytes }) => [name, `${bytes(waitingBytes)} of ${bytes(limitBytes)} waiting`]);
  const state = JSON.stringify(texts);
  if (element("streams").dataset.state === state) return;
  element("streams").dataset.state = state;
  element("streams").replaceChildren(...(texts.length === 0 ? [] : [h("h2", {}, "Streams to push into"),
    h("dl", { class: "card streams" }, ...texts.map(([name, words]) => h("div", {}, h("dt", {}, name), h("dd", {}, words))))]));
}

// MARK: Controls

async function control(action) {
  const id = page.job?.queries[0]?.id;
  if (id === undefined) return;
  try {
    const { state } = await post(`/v1/queries/${encodeURIComponent(id)}/${action}`);
    page.job.state = state;
    page.refusal = null;
    // The button that was pressed may be gone: the other one has its place.
    const next = { pause: "resume", resume: "pause" }[action];
    draw();
    setTimeout(() => next && element(next).focus(), rhythm * 2);
  } catch (error) {
    page.refusal = error instanceof Problem ? error : new Problem(0, "No answer", `it could not be asked to ${action}: ${error.message}`);
    draw();
  }
}

element("pause").onclick = () => control("pause");
element("resume").onclick = () => control("resume");
element("stop").onclick = () => {
  const number = page.job.queries.length;
  setText(element("stop-text"), `${number === 1 ? "The query stops" : `All ${count(number)} queries stop: they share their streams`}. ${
    page.job.checkpoint ? "What they have is kept in the checkpoint, and a new start goes on from there." : "Without a checkpoint what they have is lost."}`);
  element("stop-dialog").returnValue = "";
  element("stop-dialog").showModal();
};
element("stop-dialog").onclose = () => element("stop-dialog").returnValue === "stop" && control("stop");

// MARK: The page's own life

if (onlyView !== null) {
  document.title = `${onlyView} · Tidemill`;
  document.body.classList.add("single");
  element("views-title").replaceChildren(h("a", { href: "/" }, "All views"));
}
setText(element("charts-note"), hasCharts ? "" : "This build has no chart library: tables only.");
setInterval(() => document.hidden || drawAge(), 1000);
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
// What a page leaves behind in the cache of going back and forth is as good as hidden.
addEventListener("pagehide", stop);
addEventListener("pageshow", () => document.hidden || start());
if (!document.hidden) start();
