"""Clients of `tidemill serve` that cost little themselves: one process each, with many connections on one event loop.

Each function runs in a process of its own and gives a dictionary of figures. They speak just as much HTTP as the server does.
"""

import asyncio
import json
import multiprocessing
import time


def percentile(values, share):
    """The value that so large a share of all did not exceed; `None` of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def start(function, *arguments):
    """Runs a client in a process of its own. What it gives comes out of the second value, a pipe."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_run, args=(there, function, arguments), daemon=True)
    process.start()
    return process, here


def _run(pipe, function, arguments):
    pipe.send(asyncio.run(function(*arguments)))


def finish(started, seconds):
    """What a client that was started gives."""
    process, pipe = started
    if not pipe.poll(seconds):
        process.kill()
        raise TimeoutError("a client of the server did not end")
    result = pipe.recv()
    process.join()
    return result


class _Events(asyncio.Protocol):
    """A subscriber that counts events, and looks at none."""

    def __init__(self, tally, request, reads):
        self.tally, self.request, self.reads = tally, request, reads

    def connection_made(self, transport):
        self.tally["connected"] += 1
        transport.write(self.request)
        if not self.reads:
            transport.pause_reading()

    def data_received(self, data):
        self.tally["changes"] += data.count(b"event: change")
        self.tally["snapshots"] += data.count(b"event: snapshot")
        self.tally["bytes"] += len(data)

    def connection_lost(self, error):
        self.tally["lost"] += 1


def _request(method, host, path, body=b"", headers=()):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def subscribers(host, port, path, count, seconds, reads=True):
    """So many subscribers of a view's changes, who read what comes, or nothing at all."""
    tally = {"connected": 0, "changes": 0, "snapshots": 0, "bytes": 0, "lost": 0}
    loop = asyncio.get_running_loop()
    request = _request("GET", f"{host}:{port}", path, headers=["Accept: text/event-stream"])
    transports = []
    for first in range(0, count, 50):
        made = await asyncio.gather(*[
            loop.create_connection(lambda: _Events(tally, request, reads), host, port) for _ in range(min(50, count - first))])
        transports += [transport for transport, _ in made]
    await asyncio.sleep(1)
    tally.update(changes=0, snapshots=0, bytes=0)
    began = time.monotonic()
    await asyncio.sleep(seconds)
    tally["seconds"] = time.monotonic() - began
    for transport in transports:
        transport.abort()
    return tally


class Connection:
    """One connection that is kept; one request at a time."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=1 << 24)
        return self

    async def ask(self, method, path, body=b"", headers=()):
        self.writer.write(_request(method, f"{self.host}:{self.port}", path, body, headers))
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
        if b"content-length" in fields:
            return status, await self.reader.readexactly(int(fields[b"content-length"]))
        body = b""
        while fields.get(b"transfer-encoding") == b"chunked":
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            body += (await self.reader.readexactly(size + 2))[:-2]
            if size == 0:
                break
        return status, body

    def close(self):
        self.writer.close()


async def queries(host, port, paths, rate, seconds, connections=8):
    """Point queries at a rate, spread over connections."""
    latencies, statuses = [], {}

    async def run(number):
        connection = await Connection(host, port).open()
        count, began = 0, time.monotonic()
        while time.monotonic() < began + seconds:
            due = began + count * connections / rate
            wait = due - time.monotonic()
            if wait > 0.001:
                await asyncio.sleep(wait)
            asked = time.monotonic()
            status, _ = await connection.ask("GET", paths[(count * connections + number) % len(paths)])
            latencies.append(time.monotonic() - asked)
            statuses[status] = statuses.get(status, 0) + 1
            count += 1
        connection.close()

    await asyncio.gather(*[run(number) for number in range(connections)])
    return {"answers": len(latencies), "seconds": seconds, "statuses": statuses, "p99": percentile(latencies, 0.99)}


async def pushes(host, port, path, bodies, seconds, connections=4):
    """Batches, one after the other on each connection, as fast as they are taken. One that is refused is sent again."""
    taken, refused = [0], [0]

    async def run(number):
        connection = await Connection(host, port).open()
        next_body = number
        while time.monotonic() < began + seconds:
            status, answer = await connection.ask(
                "POST", path, bodies[next_body % len(bodies)], ["Content-Type: application/x-ndjson"])
            if status == 429:
                refused[0] += 1
                await asyncio.sleep(0.05)
                continue
            if status != 202:
                raise RuntimeError(f"a push was answered with {status}: {answer.decode(errors='replace')}")
            taken[0] += json.loads(answer)["accepted"]
            next_body += connections
        connection.close()

    began = time.monotonic()
    await asyncio.gather(*[run(number) for number in range(connections)])
    return {"events": taken[0], "refused": refused[0], "seconds": time.monotonic() - began}


async def push_to_change(host, port, stream, view, row, rate, seconds, connections=8):
    """Single events at a rate; for each the time until a subscriber sees a value that counts it.

    `row` makes an event of its number; the view must have a column `last`, the highest number so far.
    """
    sent, latencies, seen = {}, [], [0]
    changes = await Connection(host, port).open()
    changes.writer.write(_request("GET", f"{host}:{port}", f"/v1/views/{view}/changes", headers=["Accept: text/event-stream"]))
    last = rate * seconds

    async def listen():
        while seen[0] < last:
            line = await changes.reader.readline()
            if not line:
                raise RuntimeError("the server ended the subscription")
            if not line.startswith(b"data: "):
                continue
            now = time.monotonic()
            numbers = [value["last"] for value in json.loads(line[6:])["rows"] if value.get("_op") != "delete"]
            for number in range(seen[0] + 1, max(numbers, default=0) + 1):
                latencies.append(now - sent[number])
            seen[0] = max([seen[0], *numbers])

    async def push(first):
        connection = await Connection(host, port).open()
        for number in range(first, last + 1, connections):
            wait = began + number / rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            sent[number] = time.monotonic()
            status, answer = await connection.ask(
                "POST", f"/v1/streams/{stream}", row(number), ["Content-Type: application/x-ndjson"])
            if status != 202:
                raise RuntimeError(f"a push was answered with {status}: {answer.decode(errors='replace')}")
        connection.close()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await asyncio.gather(*[push(number) for number in range(1, connections + 1)])
    await asyncio.wait_for(listening, 30)
    counted = latencies[rate:]
    return {"events": len(counted), **{name: percentile(counted, share) * 1e3 for name, share in [
        ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)]}}
