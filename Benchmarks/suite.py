"""The benchmark suite: the same questions over the same files for tidemill and its peers, in one run on one machine.

Scripts/bench starts it; README.md beside it says what is measured. Needs nothing but Python's own library.
"""

import argparse
import fcntl
import json
import os
import platform
import sys
import time
from pathlib import Path

import comparison
import events
import lake
import measured
import peers
import questions
import report
import scaling
import serve
import tidemill

QUESTIONS = [question.key for question in questions.ALL]
TABLES = ["lanes", "sizes", "windows", "update", "compressed", "startup", "latency", "lake", "serve"]
QUICK_ROWS = 1_000_000


def parse_arguments():
    parser = argparse.ArgumentParser(prog="Scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAMES", help=f"some of {','.join(QUESTIONS + TABLES)}")
    parser.add_argument("--rows", type=int, help="events of each set (10,000,000)")
    parser.add_argument("--files", type=int, default=20, help="in how many files (20)")
    parser.add_argument("--runs", type=int, help="runs that count (5)")
    parser.add_argument("--peer-runs", type=int, help="runs of each peer that count (as --runs)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each engine (2)")
    parser.add_argument("--quick", action="store_true", help="1,000,000 events and one run: shows that all works, and no more")
    parser.add_argument("--long", action="store_true", help="measure 100,000,000 events, too")
    parser.add_argument("--polars", action="store_true", help="time Polars, too; installs it")
    parser.add_argument("--spark", action="store_true", help="time Spark, too; installs it (500 MB) and needs Java 17")
    parser.add_argument("--without-duckdb", action="store_true", help="time tidemill only; nothing is checked")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--tidemill", type=Path, default=Path(".build/release/tidemill"), help="the release binary")
    parser.add_argument("--work", type=Path, default=Path(".build"), help="where data and results go")
    options = parser.parse_args()
    options.rows = options.rows or (QUICK_ROWS if options.quick else comparison.FULL_SIZE)
    options.runs = options.runs or (1 if options.quick else 5)
    options.names = options.only.split(",") if options.only else QUESTIONS + TABLES
    unknown = [name for name in options.names if name not in QUESTIONS + TABLES]
    if unknown:
        parser.error(f"--only takes some of {','.join(QUESTIONS + TABLES)}, not {','.join(unknown)}")
    if not options.tidemill.exists():
        parser.error(f"there is no {options.tidemill}; run: make build")
    options.tidemill, options.work = options.tidemill.resolve(), options.work.resolve()
    return options


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def machine(options):
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = models[0] if models else name
    return {
        "cpu": name, "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 1), "threads": options.threads, "runs": options.runs,
        "date": time.strftime("%Y-%m-%d"),
    }


def run_questions(options, binary, duckdb, make):
    chosen = [question for question in questions.ALL if question.key in options.names]
    if not duckdb:
        # Some events are only to be had from DuckDB.
        chosen = [question for question in chosen if not question.events.same_as]
    if not chosen:
        return [], []
    wanted = [peer for peer, is_wanted in [(peers.POLARS, options.polars), (peers.SPARK, options.spark)] if is_wanted]
    others = list(filter(None, [peers.install(peer, options.work, say) for peer in wanted]))
    compare = comparison.Comparison(binary, duckdb, others, say)
    outcomes = [
        compare.run(question, make(question.events, options.rows), options.runs, options.peer_runs or options.runs)
        for question in chosen]
    labels = [peer.label for peer in filter(None, [duckdb, *others])]
    tables = [report.comparison(outcomes, labels), report.facts(outcomes)]
    if duckdb and options.rows >= comparison.FULL_SIZE:
        tables.append(report.targets(outcomes, duckdb.label, questions.LONG_DELAY_MOST_MEGABYTES))
    return outcomes, tables


def lock(options):
    """Held until this process ends: two benchmarks would disturb each other, and use the same folders."""
    options.work.mkdir(parents=True, exist_ok=True)
    file = (options.work / "bench.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise measured.Failure(f"another benchmark is running in {options.work}")
    return file


def main():
    options = parse_arguments()
    held = lock(options)  # noqa: F841
    facts = machine(options)
    binary = tidemill.Binary(options.tidemill, options.work, options.threads)

    asked = any(name in QUESTIONS for name in options.names)
    duckdb = peers.install(peers.DUCKDB, options.work, say) if asked and not options.without_duckdb else None

    def make(kind, rows):
        return events.make(kind, options.tidemill, duckdb, options.work, rows, options.files, say)

    outcomes, tables = run_questions(options, binary, duckdb, make)
    # Fewer runs here: nothing is compared with another program.
    measuring = scaling.Scaling(binary, make, options.rows, min(options.runs, 3), options.long, say)
    tables += filter(None, [getattr(measuring, name)() for name in TABLES if name in options.names and name != "lake"])
    if "lake" in options.names and not options.without_duckdb:
        tables += filter(None, [lake.Lake(binary, make, options.rows, min(options.runs, 3), say).table()])

    if "serve" in options.names:
        tables += serve.Serve(binary, say, 2 if options.quick else 10).tables()

    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}, load {facts['load']} before the first run;"
          f" {facts['threads']} threads each, {facts['runs']} runs, {facts['date']}")
    for table in tables:
        print()
        print("\n".join(table.markdown() if options.markdown else table.text()))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(facts, tables, outcomes), indent=2) + "\n")
    return conclude(outcomes)


def conclude(outcomes):
    """Says whether the answers were right, and gives the exit status."""
    failures = [f"{outcome.question.key}: {failure}" for outcome in outcomes for failure in dict.fromkeys(outcome.failures)]
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    unchecked = [outcome.question.key for outcome in outcomes if not outcome.checked]
    if unchecked:
        print(f"\nThe answers of {', '.join(unchecked)} were NOT checked: there is no DuckDB.")
    elif outcomes and not failures:
        print("\nThe answers are equal, in every run.")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except measured.Failure as failure:
        sys.exit(f"error: {failure}")
