"""Serves live.sql while a shop sells: six hours of sales at once, then sales as they happen, until Ctrl-C."""

import argparse
import json
import re
import shutil
import signal
import sys
import time
import urllib.request
from pathlib import Path

import shop
import topics
from processes import ROOT, Broker, Tidemill, ends_by_signals, wait_until

SCRIPT = Path(__file__).with_name("live.sql")
PAST_HOURS = 6


def url_of(job):
    """Where it says that it serves; waits until it does."""
    found = []

    def has_said():
        if not job.is_running:
            raise SystemExit(f"error: tidemill has ended:\n{job.text}")
        found[:] = re.findall(r"serving (\S+)", job.text)
        return bool(found)

    wait_until("tidemill to serve", has_said)
    return found[0]


def total(url):
    """How many sales and cents the view `total` has, as any program would ask."""
    with urllib.request.urlopen(f"{url}v1/views/total", timeout=10) as answer:
        rows = json.load(answer, parse_float=str)["rows"]
    return (rows[0]["sales"], shop.cents(str(rows[0]["revenue"]))) if rows else (0, 0)


def sell(producer, seller, seconds):
    """Sends what a shop sells, evenly over so many seconds; with 0, as fast as it goes."""
    begin, steps = time.monotonic(), max(1, round(seconds * 10))
    sold, rows = seller.ledger.rows, seller.rows
    while not seller.is_over:
        producer.send("sales", seller.messages(max(1, rows // steps) if seconds else 5000))
        passed = (seller.ledger.rows - sold) / rows * seconds
        time.sleep(max(0, begin + passed - time.monotonic()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tidemill", default=ROOT / ".build/release/tidemill", type=Path)
    parser.add_argument("--broker", default=ROOT / ".build/broker/noida-db", type=Path)
    parser.add_argument("--directory", default=ROOT / ".build/demo-live", type=Path)
    parser.add_argument("--listen", default="127.0.0.1:8080", help="port 0: any that is free (127.0.0.1:8080)")
    parser.add_argument("--seconds", type=float, help="end by itself after so long; without it, at Ctrl-C")
    parser.add_argument("--rate", default=300, type=int, help="sales a second (300)")
    parser.add_argument("--past", default=100_000, type=int, help="sales of the six hours before (100,000)")
    parser.add_argument("--seed", default=7, type=int)
    options = parser.parse_args()
    ends_by_signals()

    directory = options.directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    broker = job = None
    ledger = shop.Ledger()
    try:
        broker = Broker(options.broker, directory / "broker")
        with topics.producer(broker.servers) as producer:
            producer.create("sales", shop.PARTITIONS)
            job = Tidemill(
                options.tidemill.resolve(), directory, SCRIPT, broker.servers, "--checkpoint", "state", "--listen",
                options.listen, "--writable", command="serve")
            url = url_of(job)
            print(f"==> The dashboard is at {url}", flush=True)
            now = round(time.time() * 1000)
            sell(producer, shop.Shop(
                options.seed, options.past, PAST_HOURS, start=now - PAST_HOURS * shop.HOUR, ledger=ledger), 0)
            print(f"==> {options.past:,} sales of the last {PAST_HOURS} hours are in; now {options.rate:,} more each second,"
                  + (f" for {options.seconds:g} s" if options.seconds else " until Ctrl-C"), flush=True)
            end = options.seconds and time.monotonic() + options.seconds
            seed = options.seed
            try:
                while not end or time.monotonic() < end:
                    if not job.is_running:
                        sys.exit(f"error: tidemill has ended:\n{job.text}")
                    seed += 1
                    start = round(time.time() * 1000)
                    sell(producer, shop.Shop(seed, options.rate, 1 / 3600, start=start, ledger=ledger), 1)
            except SystemExit as ending:
                if ending.code != 130:
                    raise
                # Once is enough, however many tell us: make passes it on as well.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                print(flush=True)
        # Late for an hour is not late for all sales, so what is late counts in the total, too.
        expected = (ledger.rows - ledger.rejected,
                    sum(sums[2] for sums in ledger.totals.values())
                    + sum(quantity * cents * count for (_, quantity, cents, _), count in ledger.late.items()))
        try:
            wait_until("the last sales", lambda: total(url) == expected)
        except TimeoutError:
            sys.exit(f"error: sales and cents: {expected} expected, {total(url)} found")
        print(f"==> {expected[0]:,} sales, {expected[1] // 100:,}.{expected[1] % 100:02}: the view `total` and the shop agree")
        status = job.interrupt()
        if status:
            sys.exit(f"error: tidemill ended with status {status}:\n{job.text}")
    finally:
        if job and job.is_running:
            job.kill()
        if broker:
            broker.stop()


if __name__ == "__main__":
    main()
