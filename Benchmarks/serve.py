"""What it costs to be looked at: `tidemill serve` under subscribers, queries and pushes."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

import measured
import report
import web_clients

RATE = 500_000
SUBSCRIBERS, QUERIES, CHANGES = 1000, 2000, 10
LEAST_PUSHED, BATCH = 500_000, 1000
SLOWEST_CHANGE, SINGLE_RATE = 25, 1000

# How long whoever takes nothing is waited for, and how many do so.
PATIENCE, STUCK = 30, 100


def ticks(rows):
    """So many rows change with each epoch, an epoch is a tenth of a second."""
    return f"""
CREATE STREAM ticks USING rate OPTIONS (rowsPerSecond {RATE});
CREATE MATERIALIZED VIEW services AS
  SELECT value % {rows} AS service, COUNT(*) AS events, SUM(value) AS total FROM ticks GROUP BY value % {rows};
"""


PUSHED = """
CREATE STREAM sales (product STRING, amount INT, sold_at TIMESTAMP,
                     WATERMARK FOR sold_at AS sold_at - INTERVAL '2 hours') USING http;
CREATE MATERIALIZED VIEW hourly AS
  SELECT product, SUM(amount) AS total, COUNT(*) AS sales, window(sold_at, '1 hour') AS hour
  FROM sales GROUP BY product, window(sold_at, '1 hour');
"""
NUMBERED = """
CREATE STREAM numbers (number BIGINT) USING http;
CREATE MATERIALIZED VIEW latest AS SELECT COUNT(*) AS events, MAX(number) AS last FROM numbers;
"""


class Server:
    """`tidemill serve` of a script, in a folder of its own, until `stop`."""

    def __init__(self, program, folder, script, *arguments):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "query.sql").write_text(script)
        self.messages = folder / "messages"
        with self.messages.open("wb") as errors:
            self.process = subprocess.Popen(
                [str(program), "serve", "query.sql", "--listen", "127.0.0.1:0", "--checkpoint", "state", "--writable", *arguments],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        end = time.monotonic() + 30
        while not (found := re.findall(r"serving http://([\d.]+):(\d+)/", self.messages.read_text())):
            if self.process.poll() is not None or time.monotonic() > end:
                raise measured.Failure(f"tidemill serve did not begin to serve:\n{self.messages.read_text()}")
            time.sleep(0.01)
        self.host, self.port = found[0][0], int(found[0][1])
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise measured.Failure(f"tidemill serve did not get ready:\n{self.messages.read_text()}")
            time.sleep(0.01)

    @property
    def subscribers(self):
        with urllib.request.urlopen(f"http://{self.host}:{self.port}/metrics", timeout=30) as answer:
            return float(re.search(r"^tidemill_sse_subscribers (\S+)", answer.read().decode(), re.MULTILINE)[1])

    def _is_ready(self):
        try:
            return self.ask("/readyz")["status"] == "ready"
        except urllib.error.HTTPError:
            return False

    def ask(self, path):
        with urllib.request.urlopen(f"http://{self.host}:{self.port}{path}", timeout=30) as answer:
            return json.load(answer)

    @property
    def rows(self):
        """How many rows have been read."""
        return self.ask("/v1/queries")["queries"][0]["ledger"]["rowsIn"]

    @property
    def cpu_seconds(self):
        # The name, in parentheses, may hold blanks.
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_bytes(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            if self.process.wait(30):
                raise measured.Failure(f"tidemill serve ended with an error:\n{self.messages.read_text()}")
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise measured.Failure("tidemill serve did not end within 30 seconds of Ctrl-C")


class Serve:
    def __init__(self, binary, say, seconds=10):
        self.binary, self.say, self.seconds = binary, say, seconds
        self.folder = binary.work / "bench-serve"

    def tables(self):
        """None where this machine does not tell what a running process costs."""
        if not os.path.exists("/proc/self/stat"):
            self.say("serve: left out, it is measured by /proc")
            return []
        return [self._looked_at(), self._stuck(), self._pushed(), self._latency()]

    def _serve(self, script, *arguments):
        return Server(self.binary.path, self.folder, script, *arguments)

    def _looked_at(self):
        table = report.Table(
            "serve", f"Serving a view at {RATE:,} events a second, {CHANGES} changes of ten rows a second",
            ["", "CPU ns/event", "CPU, cores", "peak MB", "change events/s", "snapshots", "queries/s", "query p99, ms"])
        self._look(table, "nobody looks", 0, 0)
        self._look(table, f"{SUBSCRIBERS:,} subscribers, {QUERIES:,} queries/s", SUBSCRIBERS, QUERIES)
        return table

    def _ticking(self, rows):
        server = self._serve(ticks(rows), "--trigger", "100 milliseconds")
        while server.rows == 0:
            time.sleep(0.05)
        return server

    def _look(self, table, name, subscribers, queries):
        self.say(f"serve: {name}")
        server = self._ticking(10)
        try:
            place = (server.host, server.port)
            reader = subscribers and web_clients.start(
                web_clients.subscribers, *place, "/v1/views/services/changes", subscribers, self.seconds + 2)
            # Until all are there.
            time.sleep(3 if reader else 1)
            asking = queries and web_clients.start(
                web_clients.queries, *place, [f"/v1/views/services?service={number}" for number in range(10)], queries, self.seconds)
            cpu, rows, began = server.cpu_seconds, server.rows, time.monotonic()
            time.sleep(self.seconds)
            cpu, rows, passed = server.cpu_seconds - cpu, server.rows - rows, time.monotonic() - began
            read = web_clients.finish(reader, 60) if reader else {}
            asked = web_clients.finish(asking, 60) if asking else {}
            if set(asked.get("statuses", {200})) != {200}:
                raise measured.Failure(f"queries were answered with {asked['statuses']}")
            table.add(
                name, cpu / rows * 1e9, cpu / passed, server.peak_bytes / 1e6, read and read["changes"] / read["seconds"] or None,
                read.get("snapshots"), asked and asked["answers"] / asked["seconds"] or None, asked and asked["p99"] * 1e3 or None)
        finally:
            server.stop()

    def _stuck(self):
        """Subscribers who take nothing must not be buffered for without end."""
        self.say(f"serve: {STUCK} subscribers who read nothing, for {PATIENCE + 15} s")
        table = report.Table(
            "stuck", f"{STUCK} subscribers who read nothing of a view of which 1,000 rows change ten times a second",
            ["", "peak MB", "MB of changes for each", "cut off"])
        server = self._ticking(1000)
        try:
            before = server.peak_bytes
            changes = "/v1/views/services/changes"
            one = web_clients.start(web_clients.subscribers, server.host, server.port, changes, 1, PATIENCE + 15)
            stuck = web_clients.start(web_clients.subscribers, server.host, server.port, changes, STUCK, PATIENCE + 15, False)
            time.sleep(PATIENCE + 14)
            left = server.subscribers
            read = [web_clients.finish(started, 60) for started in (one, stuck)][0]
            table.add("before", before / 1e6, None, None)
            # The one that reads is still there.
            table.add("with them", server.peak_bytes / 1e6, read["bytes"] / 1e6, STUCK + 1 - int(left))
        finally:
            server.stop()
        return table

    def _pushed(self):
        self.say("serve: pushes")
        bodies = [b"".join(
            b'{"product":"p-%05d","amount":%d,"sold_at":"2026-03-02T%02d:%02d:%02d.%03dZ"}\n' % (
                (batch * 7919 + row * 31) % 1000, row % 500, 9 + row % 2, batch % 60, row % 60, row)
            for row in range(BATCH)) for batch in range(60)]
        table = report.Table(
            "pushes", f"Pushed over HTTP in batches of {BATCH:,}, each durable before it is answered; the producer runs beside",
            ["connections", "events/s", "MB/s", "refused for the moment", "server CPU ns/event", "peak MB", f"asked: {LEAST_PUSHED:,}"])
        for connections in (1, 4):
            server = self._serve(PUSHED)
            try:
                cpu, began = server.cpu_seconds, time.monotonic()
                sent = web_clients.finish(web_clients.start(
                    web_clients.pushes, server.host, server.port, "/v1/streams/sales", bodies, self.seconds, connections), 120)
                # Taken means durable; the rate is that of rows in the view.
                while server.rows < sent["events"]:
                    time.sleep(0.01)
                passed = time.monotonic() - began
                counted = sum(row["sales"] for row in server.ask("/v1/views/hourly?limit=100000")["rows"])
                if counted != sent["events"]:
                    raise measured.Failure(f"{sent['events']:,} events were taken, the view counts {counted:,}")
                rate = sent["events"] / passed
                table.add(
                    str(connections), int(rate), rate * sum(map(len, bodies)) / len(bodies) / BATCH / 1e6, sent["refused"],
                    (server.cpu_seconds - cpu) / sent["events"] * 1e9, server.peak_bytes / 1e6,
                    "ok" if rate >= LEAST_PUSHED else "MISSED")
            finally:
                server.stop()
        return table

    def _latency(self):
        self.say("serve: from a push to the change")
        server = self._serve(NUMBERED)
        try:
            found = web_clients.finish(web_clients.start(
                web_clients.push_to_change, server.host, server.port, "numbers", "latest",
                _numbered, SINGLE_RATE, self.seconds), 120)
        finally:
            server.stop()
        table = report.Table(
            "push-latency", f"From POST to the changed value at a subscriber, {SINGLE_RATE:,} single events a second, ms",
            ["events", "p50", "p99", "p99.9", f"asked of p99: {SLOWEST_CHANGE}"])
        table.add(
            f"{found['events']:,}", found["p50"], found["p99"], found["p99.9"], "ok" if found["p99"] <= SLOWEST_CHANGE else "MISSED")
        return table


def _numbered(number):
    return b'{"number":%d}\n' % number
