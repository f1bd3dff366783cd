"""Hourly sum, count and average per product, by tidemill with a checkpoint and by DuckDB, run in turns.

Scripts/bench starts it; README.md beside it says what is measured. Needs nothing but Python's own library.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import measured

HERE = Path(__file__).resolve().parent
DELAY_MINUTES = 10
FULL_SIZE = 10_000_000
MINIMUM_EPOCHS = 10
MINIMUM_SNAPSHOTS = 2

SCRIPT = """
CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                     WATERMARK FOR event_time AS event_time - INTERVAL '{delay} minutes')
  USING json OPTIONS (path '{data}');

CREATE SINK totals USING json OPTIONS (path '{output}', mode 'append');

INSERT INTO totals
SELECT product_id, window(event_time, '1 hour') AS hour_window,
       SUM(sales_amount) AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
FROM sales GROUP BY product_id, window(event_time, '1 hour');
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tidemill", type=Path, required=True, help="the release binary")
    parser.add_argument("--duckdb-python", type=Path, help="an interpreter that has DuckDB")
    parser.add_argument("--without-duckdb", action="store_true", help="time tidemill only; nothing is checked")
    parser.add_argument("--work", type=Path, default=Path(".build"), help="where data and results go")
    parser.add_argument("--rows", type=int, default=FULL_SIZE)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a directory of sales to use instead of making one")
    return parser.parse_args()


def make_data(options):
    """The directory of events: made once for each size, and only ever complete."""
    if options.data:
        return options.data
    data = options.work / "bench-data" / f"sales-{options.rows}-in-{options.files}"
    if not data.is_dir():
        print(f"==> Making {options.rows:,} events in {options.files} files", flush=True)
        unfinished = data.with_name(data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        measured.run([
            str(options.tidemill), "generate", "sales", "--output", str(unfinished), "--rows", str(options.rows),
            "--files", str(options.files), "--products", "1000", "--hours", "24", "--late", "0.001", "--seed", "1"])
        unfinished.rename(data)
    return data


def run_tidemill(options, data):
    """One run from nothing, with a checkpoint: its cost, and its own records of epochs, snapshots and late rows."""
    work = options.work / "bench-run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    script, progress = work / "hourly.sql", work / "progress.jsonl"
    script.write_text(SCRIPT.format(delay=DELAY_MINUTES, data=data, output=work / "totals"))
    cost = measured.run([
        str(options.tidemill), "run", str(script), "--once", "--checkpoint", str(work / "checkpoint"),
        "--progress", str(progress)])
    records = [json.loads(line) for line in progress.read_text().splitlines()]
    if not records:
        sys.exit(f"error: {progress} has no record")
    ledger = records[-1]["totalLedger"]
    facts = {
        "epochs": len({record["batchId"] for record in records}),
        "snapshots": max(record["snapshots"] for record in records),
        "rows": ledger["rowsIn"], "late": ledger["late"], "counted": ledger["aggregated"],
    }
    return cost, facts, work / "totals"


def duckdb(options, *arguments):
    return [str(options.duckdb_python), str(HERE / "duckdb_hourly.py"), *map(str, arguments)]


def answer_of(command):
    return json.loads(subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout)


def expected_answer(options, data):
    """What the result must be, worked out by DuckDB once for each set of data and kept beside it."""
    path = data.with_name(f"{data.name}.expected-{DELAY_MINUTES}-minutes.parquet")
    facts = path.with_suffix(".json")
    if not facts.exists():
        print("==> Working out the exact answer with DuckDB (once for these events)", flush=True)
        facts.write_text(json.dumps(answer_of(duckdb(options, "expect", data, DELAY_MINUTES, path))))
    return path, json.loads(facts.read_text())


def median_cost(costs):
    return measured.Cost(
        statistics.median(cost.seconds for cost in costs), statistics.median(cost.cpu_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs))


def print_row(name, rows, costs):
    cost = median_cost(costs)
    spread = f"{min(cost.seconds for cost in costs):.2f}–{max(cost.seconds for cost in costs):.2f}"
    print(f"{name:<14} {rows / cost.seconds:>12,.0f} {cost.seconds:>8.2f} {spread:>12} {cost.cpu_seconds:>8.2f}"
          f" {cost.peak_bytes / 1e6:>10.0f} MB")


def check_run(options, facts, expected, failures):
    if options.rows >= FULL_SIZE:
        if facts["epochs"] < MINIMUM_EPOCHS:
            failures.append(f"{facts['epochs']} epochs; at least {MINIMUM_EPOCHS} are asked for")
        if facts["snapshots"] < MINIMUM_SNAPSHOTS:
            failures.append(f"{facts['snapshots']} snapshots; at least {MINIMUM_SNAPSHOTS} are asked for")
    if expected:
        for name in ("rows", "late"):
            if facts[name] != expected[name]:
                failures.append(f"tidemill says {facts[name]:,} {name}, DuckDB {expected[name]:,}")


def main():
    options = parse_arguments()
    with_duckdb = not options.without_duckdb and options.duckdb_python is not None
    data = make_data(options)
    size = sum(file.stat().st_size for file in data.glob("*.json"))
    expected_path, expected = expected_answer(options, data) if with_duckdb else (None, None)
    output = options.work / "bench-duckdb.json"
    threads = os.cpu_count() or 1

    failures, ours, theirs, compared = [], [], [], None
    print(f"==> {options.runs} runs in turns, after one that is not counted", flush=True)
    for number in range(options.runs + 1):
        cost, facts, totals = run_tidemill(options, data)
        check_run(options, facts, expected, failures)
        if with_duckdb:
            compared = answer_of(duckdb(options, "compare", expected_path, totals))
            if compared["wrong"]:
                failures.append(f"{compared['wrong']:,} of {compared['groups']:,} product-hours differ from DuckDB's")
            their_cost = measured.run(duckdb(options, "time", data, threads, output))
        if number > 0:
            ours.append(cost)
            if with_duckdb:
                theirs.append(their_cost)

    rows = facts["rows"]
    load = os.getloadavg()[0]
    print(f"\nHourly sum, count and average per product: {rows:,} events, {size / 1e6:,.0f} MB, {threads} cores, load {load:.1f}")
    print(f"{'':<14} {'events/s':>12} {'seconds':>8} {'from–to':>12} {'CPU s':>8} {'peak memory':>13}")
    print_row("tidemill", rows, ours)
    if with_duckdb:
        version = subprocess.run(duckdb(options, "version"), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        print_row(f"duckdb {version}", rows, theirs)
        wall = median_cost(theirs).seconds / median_cost(ours).seconds
        cpu = median_cost(theirs).cpu_seconds / median_cost(ours).cpu_seconds
        print(f"\ntidemill does {wall:.2f} times DuckDB's events a second, and {cpu:.2f} times as many a CPU second.")
    print(f"tidemill's last run: {facts['epochs']} epochs, {facts['snapshots']} snapshots; {facts['counted']:,} events"
          f" counted, {facts['late']:,} late.")
    if failures:
        for failure in dict.fromkeys(failures):
            print(f"error: {failure}", file=sys.stderr)
        sys.exit(1)
    if with_duckdb:
        print(f"The answers are equal: {compared['groups']:,} product-hours, {compared['sales']:,} sales, sum"
              f" {compared['total']:,}, and the same rows late.")
    else:
        print("The answer was NOT checked: there is no DuckDB.")


if __name__ == "__main__":
    main()
