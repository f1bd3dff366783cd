"""Runs sales.sql while a shop sells, kills it once, and compares what it gives with the shop's own account."""

import argparse
import contextlib
import shutil
import sqlite3
import sys
import time
from pathlib import Path

import shop
import topics
from processes import ROOT, Broker, Tidemill, ends_by_signals, wait_until

SCRIPT = Path(__file__).with_name("sales.sql")
BEST = """
  SELECT hour_start, product, sales, revenue FROM hourly
  WHERE hour_start = (SELECT max(hour_start) FROM hourly WHERE sales > 20)
  ORDER BY CAST(revenue AS REAL) DESC LIMIT 3
"""


def ask(database, query):
    """The rows of a query, as any other program would ask for them while tidemill writes."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        # Before the first epoch there is no table, or not even a file.
        return []
    finally:
        connection.close()


def show_best(database):
    rows = ask(database, BEST)
    if rows:
        best = ", ".join(f"{product} {revenue} ({sales} sales)" for _, product, sales, revenue in rows)
        print(f"    {rows[0][0][:16].replace('T', ' ')}  {best}", flush=True)


def money(cents):
    return f"{cents // 100:,}.{cents % 100:02}"


def check(name, ledger, totals, again):
    """Says how totals compare with the shop's; the problems."""
    problems = shop.differences(name, ledger.totals, totals, again)
    found, expected = (sum(total[2] for total in side.values()) for side in (totals, ledger.totals))
    print(f"    {name:22} {len(totals):6,} product-hours, {money(found):>17};"
          f"  the shop: {len(ledger.totals):,}, {money(expected)}")
    return problems


def check_count(name, found, expected):
    print(f"    {name:22} {found:6,} rows;  the shop: {expected:,}")
    return [] if found == expected else [f"{name}: {expected} expected, {found} found"]


def compare(ledger, database, servers):
    """What differs between the shop's account and what sales.sql gave."""
    problems = check("SQLite, hourly", ledger, *shop.of_table(
        ask(database, "SELECT product, sales, items, revenue, hour_start FROM hourly")))
    problems += check("Kafka, hourly-sales", ledger, *shop.of_topic(topics.read_committed(servers, "hourly-sales", 1)))
    # Each of the two queries judges, so each has its late rows; a message is rejected once.
    for query in ("hourly", "final"):
        rows = ask(database, f"SELECT product, quantity, price, sold_at FROM late WHERE _query = '{query}'")
        problems += check_count(f"late, for {query}", len(rows), ledger.late.total())
        if shop.late_rows(rows) != ledger.late:
            problems.append(f"late rows of {query} are not those that the shop knows to be late")
    [(rejected,)] = ask(database, "SELECT count(*) FROM rejected") or [(0,)]
    return problems + check_count("rejected", rejected, ledger.rejected)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tidemill", default=ROOT / ".build/release/tidemill", type=Path)
    parser.add_argument("--broker", default=ROOT / ".build/broker/noida-db", type=Path)
    parser.add_argument("--directory", default=ROOT / ".build/demo-ecommerce", type=Path)
    parser.add_argument("--seconds", default=10.0, type=float, help="how long the shop sells")
    parser.add_argument("--rows", default=100_000, type=int)
    parser.add_argument("--seed", default=7, type=int)
    options = parser.parse_args()
    ends_by_signals()

    directory = options.directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    database = directory / "shop.db"
    seller = shop.Shop(options.seed, options.rows, hours=6)
    broker = job = None

    def start(*arguments):
        return Tidemill(options.tidemill.resolve(), directory, SCRIPT, broker.servers, "--checkpoint", "state", *arguments)

    try:
        broker = Broker(options.broker, directory / "broker")
        with topics.producer(broker.servers) as producer:
            producer.create("sales", shop.PARTITIONS)
            producer.create("hourly-sales", 1)
            job = start()
            print(f"==> A broker is at {broker.servers}; {options.rows:,} sales follow within {options.seconds:g} s")
            print("==> The best products of the latest hour, asked of SQLite while the query runs", flush=True)
            begin, shown, is_killed = time.monotonic(), 0, False
            while not seller.is_over:
                producer.send("sales", seller.messages(max(1, options.rows // 200)))
                passed = seller.ledger.rows / options.rows * options.seconds
                time.sleep(max(0, begin + passed - time.monotonic()))
                if passed >= shown + 1:
                    shown = int(passed)
                    show_best(database)
                if not is_killed and passed > options.seconds / 2:
                    print("==> kill -9, in the middle; then the same command again", flush=True)
                    is_killed = True
                    job.kill()
                    job = start()
            counted = [(sum(total[0] for total in seller.ledger.totals.values()),)]

            def has_them():
                return not job.is_running or ask(database, "SELECT sum(sales) FROM hourly") == counted

            with contextlib.suppress(TimeoutError):  # What is missing is said at the end.
                wait_until("the last sales", has_them)
            status = job.interrupt()
            if status:
                sys.exit(f"error: tidemill ended with status {status}:\n{job.text}")
        print("==> The shop closes: --once takes what is left and closes every hour", flush=True)
        job = start("--once", "--quiet")
        status = job.wait()
        if status:
            sys.exit(f"error: tidemill ended with status {status}:\n{job.text}")
        print(f"==> {seller.ledger.rows:,} messages; what tidemill gave, and the shop's own account:")
        problems = compare(seller.ledger, database, broker.servers)
    finally:
        if job and job.is_running:
            job.kill()
        if broker:
            broker.stop()
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print("==> They agree to the last cent.")


if __name__ == "__main__":
    main()
