"""How fast tidemill reads Kafka, with an hourly aggregation, beside a plain C consumer that only counts bytes, and Flink.

Starts a broker (Scripts/broker) on loopback, fills a topic and runs all in turns. Each is timed as a whole process, from start to
exit, with the broker on the same machine. Needs a C compiler, librdkafka and Python's own library; with --flink also a JDK and

    pip install --no-deps --target FOLDER apache-flink apache-flink-libraries shigawire-apache-flink-libraries
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

FLINK_SCRIPT = """
CREATE TABLE sales (product_id STRING, sales_amount BIGINT, event_time TIMESTAMP_LTZ(3),
                    WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE)
  WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '{servers}', 'topic' = '{topic}',
        'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json',
        'json.timestamp-format.standard' = 'ISO-8601');
CREATE TABLE totals (product_id STRING, hour_start STRING, total BIGINT, sales BIGINT, average DOUBLE)
  WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'json');
INSERT INTO totals
SELECT product_id, DATE_FORMAT(window_start, 'yyyy-MM-dd HH:mm:ss'),
       SUM(sales_amount), COUNT(*), AVG(CAST(sales_amount AS DOUBLE))
FROM TABLE(TUMBLE(TABLE sales, DESCRIPTOR(event_time), INTERVAL '1' HOUR))
GROUP BY product_id, window_start, window_end;
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tidemill", type=Path, default=ROOT / ".build/release/tidemill", help="the release binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--flink", type=Path, metavar="FOLDER", help="also Flink, as pip put it there")
    parser.add_argument("--flink-runs", type=int, default=3)
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
        log = options.get("stderr")
        said = Path(log.name).read_text()[-2000:] if log else ""
        sys.exit(f"error: {command[0]} ended with {process.returncode}\n{said}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def answer_of(output):
    """Product and hour to what was summed and counted; and how many rows the counts add up to."""
    answer = {}
    for path in sorted(output.rglob("part-*")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            start = row["hour_start"] if "hour_start" in row else row["hour_window"]["start"]
            key = row["product_id"], start[:19].replace("T", " ")
            if key in answer:
                sys.exit(f"error: {key} came twice")
            answer[key] = row["total"], row["sales"], round(row["average"], 6)
    return answer, sum(sales for _, sales, _ in answer.values())


def flink_command(folder, script):
    """Flink in one process, with two thirds of the memory and as many threads as there are cores."""
    found = next(folder.rglob("flink-dist-*.jar"), None)
    if not found:
        sys.exit(f"error: there is no Flink in {folder}")
    # The connectors' package brings parts of another Flink along, without versions in their names.
    version = found.stem.removeprefix("flink-dist-")
    jars = [jar for pattern in (f"*-{version}.jar", "log4j-*.jar", "*kafka*.jar") for jar in found.parent.glob(pattern)]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 3 >> 30
    opened = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("lang", "net", "util", "time", "util.concurrent")]
    return ["java", f"-Xmx{max(gigabytes, 1)}g", *opened, "-cp", ":".join(map(str, jars)),
            str(HERE / "kafka/FlinkRunner.java"), str(script), str(os.cpu_count())]


def figures_of(rows, runs):
    seconds = statistics.median(run[0] for run in runs)
    return {
        "rows_per_second": round(rows / seconds), "seconds": round(seconds, 4),
        "cpu_seconds": round(statistics.median(run[1] for run in runs), 4),
        "memory_mb": round(max(run[2] for run in runs), 1),
    }


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
            answer, count = answer_of(output)
            if count != options.rows:
                sys.exit(f"error: {count} of {options.rows} rows came out")
            # The first of each fills caches.
            if run > 0:
                plain.append(first)
                own.append(second)
        sides = {"plain_consumer": plain, "tidemill": own}
        if options.flink:
            script.write_text(FLINK_SCRIPT.format(servers=broker.servers, topic="sales", output=output))
            sides["flink"] = []
            for _ in range(options.flink_runs):
                shutil.rmtree(output, ignore_errors=True)
                with (work / "flink.log").open("w") as log:
                    sides["flink"].append(timed(flink_command(options.flink.resolve(), script), stderr=log))
                if answer_of(output)[0] != answer:
                    sys.exit("error: Flink's answer is not tidemill's")
        result = {"rows": options.rows, "partitions": options.partitions, "runs": options.runs}
        for name, runs in sides.items():
            result[name] = figures_of(options.rows, runs)
        result["ratio"] = round(result["tidemill"]["rows_per_second"] / result["plain_consumer"]["rows_per_second"], 3)
        if options.json:
            print(json.dumps(result))
        else:
            for name in sides:
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
