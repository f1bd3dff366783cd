"""How fast tidemill reads Kafka, with an hourly aggregation, beside a plain C consumer that only counts bytes.

Starts a broker (Scripts/broker) on loopback, fills a topic and runs both in turns. Both are timed as whole processes, from start to
exit, with the broker on the same machine. Needs a C compiler, librdkafka and Python's own library.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

SCRIPT = """
SET idle.timeout = off;
CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                     WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
  USING kafka OPTIONS ('kafka.bootstrap.servers' '{servers}', subscribe '{topic}', startingOffsets 'earliest',
                       'kafka.receive.message.max.bytes' '1000000000');
CREATE SINK totals USING json OPTIONS (path '{output}', mode 'append');
INSERT INTO totals
SELECT product_id, window(event_time, '1 hour') AS hour_window,
       SUM(sales_amount) AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
FROM sales GROUP BY product_id, window(event_time, '1 hour');
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tidemill", type=Path, default=ROOT / ".build/release/tidemill", help="the release binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")
    return parser.parse_args()


def compiled(name, folder):
    """A C program of this folder, built."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "rdkafka"], capture_output=True, text=True, check=True)
    program = folder / name
    subprocess.run(
        ["cc", "-O2", str(HERE / "kafka" / f"{name}.c"), "-o", str(program), *flags.stdout.split()], check=True)
    return program


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Broker:
    """A broker in a process group of its own, gone when this is left."""

    def __init__(self, folder):
        found = subprocess.run([str(ROOT / "Scripts/broker")], capture_output=True, text=True, check=True)
        program = found.stdout.strip()
        if not program:
            sys.exit("error: there is no broker; Scripts/broker says why")
        port = free_port()
        self.servers = f"127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [program, "start", "--only", "kafka", "--host", "127.0.0.1", "--kafka-port", str(port), "--data-dir",
             str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        sys.exit("error: the broker does not listen")

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def timed(command, **options):
    """Seconds of a process from start to exit, its CPU seconds, and what it printed."""
    before = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {command[0]} ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def count_of(output):
    """How many rows the results add up to."""
    total = 0
    for name in sorted(output.iterdir()):
        if name.name.startswith("part-"):
            total += sum(json.loads(line)["sales"] for line in name.read_text().splitlines())
    return total


def main():
    options = parse_arguments()
    work = Path(tempfile.mkdtemp(prefix="tidemill-kafka-rate-"))
    broker = None
    try:
        consumer = compiled("plain_consumer", work)
        filler = compiled("fill_topic", work)
        events = work / "events"
        subprocess.run([str(options.tidemill), "generate", "sales", "--output", str(events), "--rows", str(options.rows),
                        "--files", "1", "--late", "0"], check=True, stdout=subprocess.DEVNULL)
        lines = next(path for path in events.iterdir() if path.is_file())
        broker = Broker(work / "broker")
        with lines.open() as source:
            subprocess.run([str(filler), broker.servers, "sales", str(options.partitions)], stdin=source, check=True,
                           stdout=subprocess.DEVNULL)
        script = work / "q.sql"
        output = work / "out"
        script.write_text(SCRIPT.format(servers=broker.servers, topic="sales", output=output))
        plain, own = [], []
        for run in range(options.runs + 1):
            first = timed([str(consumer), broker.servers, "sales", str(options.partitions), str(options.rows)])
            if int(first[3].split()[0]) != options.rows:
                sys.exit(f"error: the plain consumer read {first[3]}")
            shutil.rmtree(output, ignore_errors=True)
            shutil.rmtree(work / "state", ignore_errors=True)
            second = timed([str(options.tidemill), "run", str(script), "--checkpoint", str(work / "state"), "--once", "--quiet"])
            if count_of(output) != options.rows:
                sys.exit(f"error: {count_of(output)} of {options.rows} rows came out")
            # The first of each fills caches.
            if run > 0:
                plain.append(first)
                own.append(second)
        result = {"rows": options.rows, "partitions": options.partitions, "runs": options.runs}
        for name, runs in (("plain_consumer", plain), ("tidemill", own)):
            seconds = statistics.median(run[0] for run in runs)
            result[name] = {
                "rows_per_second": round(options.rows / seconds), "seconds": round(seconds, 4),
                "cpu_seconds": round(statistics.median(run[1] for run in runs), 4),
                "memory_mb": round(max(run[2] for run in runs), 1),
            }
        result["ratio"] = round(result["tidemill"]["rows_per_second"] / result["plain_consumer"]["rows_per_second"], 3)
        if options.json:
            print(json.dumps(result))
        else:
            for name in ("plain_consumer", "tidemill"):
                figures = result[name]
                print(f"{name:15} {figures['rows_per_second']:>10,} rows/s  {figures['seconds']:.2f} s  "
                      f"{figures['cpu_seconds']:.2f} s of CPU  {figures['memory_mb']:.0f} MB")
            print(f"tidemill reads and aggregates at {result['ratio']:.0%} of the rate at which a consumer counts bytes")
    finally:
        if broker:
            broker.end()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
