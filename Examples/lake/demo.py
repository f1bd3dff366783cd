"""Runs sales.sql while a shop sells, reads its Delta tables with other programs, kills it once, and compares with the shop's account."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import deltalake
import duckdb
from readers import load_delta

sys.path.append(str(Path(__file__).resolve().parents[1] / "ecommerce"))
import shop  # noqa: E402
from processes import ROOT, Tidemill, ends_by_signals, wait_until  # noqa: E402

SCRIPT = Path(__file__).with_name("sales.sql")
# A directory of files is one partition.
shop.PARTITIONS = 1


class Files:
    """What the shop sells, as files that appear as a whole."""

    def __init__(self, directory):
        self._directory = directory
        self._number = 0
        directory.mkdir()

    def send(self, messages):
        self._number += 1
        draft = self._directory / f".{self._number:05}"
        # An empty line is no row at all to a reader of lines.
        draft.write_bytes(b"".join(value + b"\n" for _, _, value in messages))
        draft.rename(self._directory / f"{self._number:05}.json")


def money(cents):
    return f"{cents // 100:,}.{cents % 100:02}"


def table(path):
    """A Delta table as deltalake sees it; None before it is made."""
    return deltalake.DeltaTable(str(path)) if deltalake.DeltaTable.is_deltatable(str(path)) else None


def sold(path):
    """How many sales a table knows of, asked of deltalake."""
    found = table(path)
    return sum(found.to_pyarrow_table(columns=["sales"])["sales"].to_pylist()) if found else 0


def rows(duck, query):
    """What DuckDB answers, through Arrow: DuckDB itself makes Python's times of it only where pytz is installed."""
    return duck.execute(query).to_arrow_table().to_pylist()


def show(duck, path, shown):
    """The best product of the latest hour, asked of DuckDB, and which version deltalake sees, if that is not `shown`.

    Gives the version.
    """
    found = table(path)
    if not found or not found.file_uris() or found.version() == shown:
        return shown
    [best] = rows(duck, f"""
        SELECT w, product, revenue, sales FROM delta_scan('{path}')
        WHERE w_date = (SELECT max(w_date) FROM delta_scan('{path}')) ORDER BY w."start" DESC, revenue DESC LIMIT 1""")
    count = len(found.file_uris())
    print(f"    version {found.version():2}, {count:2} file{'s: ' if count > 1 else ':  '}{best['w']['start']:%m-%d %H:%M}  "
          f"{best['product']} {best['revenue']:,} ({best['sales']} sales)", flush=True)
    return found.version()


def totals(duck, path):
    """A table's rows as the shop's ledger has them, and how many came more than once."""
    return shop.of_table(
        (row["product"], row["sales"], row["items"], row["revenue"], row["w"]["start"].strftime("%Y-%m-%dT%H:%M:%S"))
        for row in rows(duck, f"SELECT product, sales, items, revenue, w FROM delta_scan('{path}')"))


def check(name, ledger, found, again):
    problems = shop.differences(name, ledger.totals, found, again)
    ours, theirs = (sum(total[2] for total in side.values()) for side in (found, ledger.totals))
    print(f"    {name:8} {len(found):6,} product-hours, {money(ours):>17};  the shop: {len(ledger.totals):,}, {money(theirs)}")
    return problems


def check_versions(path):
    """Every version must hold whole epochs: sales only become more, and none is there twice."""
    problems, before = [], 0
    for version in range(table(path).version() + 1):
        found = deltalake.DeltaTable(str(path), version=version).to_pyarrow_table(columns=["product", "sales", "w"]).to_pylist()
        now = sum(row["sales"] for row in found)
        if now < before or len({(row["product"], row["w"]["start"]) for row in found}) != len(found):
            problems.append(f"version {version} has {now} sales in {len(found)} rows, and the one before {before}")
        before = now
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tidemill", default=ROOT / ".build/release/tidemill", type=Path)
    parser.add_argument("--directory", default=ROOT / ".build/demo-lake", type=Path)
    parser.add_argument("--seconds", default=12.0, type=float, help="how long the shop sells")
    parser.add_argument("--rows", default=100_000, type=int)
    parser.add_argument("--seed", default=7, type=int)
    options = parser.parse_args()
    ends_by_signals()

    directory = options.directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    files = Files(directory / "sales")
    hourly, final = directory / "hourly", directory / "final"
    seller = shop.Shop(options.seed, options.rows, hours=30)
    duck = load_delta(duckdb.connect())
    job = None

    def start(*arguments):
        return Tidemill(options.tidemill.resolve(), directory, SCRIPT, "", "--checkpoint", "state", *arguments,
                        environment={"LAKE": str(directory)})

    try:
        job = start()
        print(f"==> {options.rows:,} sales follow within {options.seconds:g} s; the table as DuckDB and deltalake see it")
        begin, shown, is_killed = time.monotonic(), None, False
        while not seller.is_over:
            files.send(seller.messages(max(1, options.rows // 100)))
            passed = seller.ledger.rows / options.rows * options.seconds
            time.sleep(max(0, begin + passed - time.monotonic()))
            shown = show(duck, hourly, shown)
            if not is_killed and passed > options.seconds / 2:
                print("==> kill -9, in the middle; then the same command again", flush=True)
                is_killed = True
                job.kill()
                job = start()
        counted = sum(total[0] for total in seller.ledger.totals.values())
        wait_until("the last sales", lambda: not job.is_running or sold(hourly) == counted)
        if status := job.interrupt():
            sys.exit(f"error: tidemill ended with status {status}:\n{job.text}")
        print("==> The shop closes: --once takes what is left and closes every hour", flush=True)
        job = start("--once", "--quiet")
        if status := job.wait():
            sys.exit(f"error: tidemill ended with status {status}:\n{job.text}")
    finally:
        if job and job.is_running:
            job.kill()
    print(f"==> {seller.ledger.rows:,} lines; what is in the tables, and the shop's own account:")
    problems = check("hourly", seller.ledger, *totals(duck, hourly)) + check("final", seller.ledger, *totals(duck, final))
    problems += check_versions(hourly)
    print(f"==> hourly has {table(hourly).version() + 1} versions, each of whole epochs; the last commits:")
    for commit in table(hourly).history(3):
        # The first version only makes the table.
        if not (metrics := commit.get("operationMetrics")):
            continue
        rows_in, files_in, size, files_out = (int(metrics[name]) for name in (
            "numOutputRows", "numAddedFiles", "numOutputBytes", "numRemovedFiles"))
        print(f"    {commit['operation']} of epoch {commit['operationParameters']['epochId']}: {rows_in:,} rows in {files_in} file{'s' * (files_in > 1)}, "
              f"{size:,} bytes, in place of {files_out}")
    vacuum = subprocess.run([options.tidemill.resolve(), "vacuum", str(hourly), "--dry-run"], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True, env={**os.environ})
    print(f"==> tidemill vacuum --dry-run: {vacuum.stderr.strip()}")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if problems or vacuum.returncode:
        sys.exit(1)
    print("==> They agree to the last cent.")


if __name__ == "__main__":
    main()
