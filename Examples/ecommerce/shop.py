"""A shop that sells: made-up sales by seed, and its own account of them, with which a query's results must agree."""

import bisect
import functools
import itertools
import json
import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone

PARTITIONS = 4
HOUR = 3_600_000
# What sales.sql says: how long rows are waited for.
DELAY = 5 * 60_000
START = int(datetime(2026, 3, 2, 8, tzinfo=timezone.utc).timestamp() * 1000)


@functools.cache
def _minute(number):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:")


def iso(milliseconds):
    """A time as the sales carry it."""
    minute, rest = divmod(milliseconds, 60_000)
    return f"{_minute(minute)}{rest // 1000:02}.{rest % 1000:03}Z"


class Ledger:
    """What the shop knows it sold. Money is in whole cents, times are in milliseconds."""

    def __init__(self):
        # (product, hour's start) to [sales, items, cents]
        self.totals = defaultdict(lambda: [0, 0, 0])
        self.late = Counter()
        self.rejected = 0
        self.rows = 0
        # The highest event time so far of each partition.
        self._highest = {}

    def closed(self, partitions=PARTITIONS):
        """The product-hours to which no sale can be added any more: those that have ended for all partitions."""
        if len(self._highest) < partitions:
            return set()
        watermark = min(self._highest.values()) - DELAY
        # Times as text are in the order of the times themselves.
        last = iso(watermark - HOUR)
        return {(product, hour) for product, hour in self.totals if hour <= last}

    def reject(self):
        """Counts a message that is no sale. It moves no watermark."""
        self.rows += 1
        self.rejected += 1

    def sell(self, partition, product, quantity, cents, time):
        """Counts a sale, which is late when its hour had ended for the rows before it in its own partition."""
        self.rows += 1
        highest = self._highest.get(partition)
        hour = time - time % HOUR
        if highest is not None and hour + HOUR <= highest - DELAY:
            self.late[(product, quantity, cents, iso(time))] += 1
        else:
            total = self.totals[(product, iso(hour))]
            total[0] += 1
            total[1] += quantity
            total[2] += quantity * cents
        self._highest[partition] = time if highest is None else max(highest, time)


class Shop:
    """Sales in the order in which they are sent. The same seed gives the same ones.

    They are of `hours` hours from `start` on, in milliseconds. A shop that goes on where another ended has its ledger.
    """

    def __init__(self, seed, rows, hours, products=200, start=START, ledger=None):
        self.ledger = ledger or Ledger()
        self._start = start
        self._random = random.Random(seed)
        self.rows = rows
        self._span = round(hours * HOUR)
        self._products = [f"p-{number:04}" for number in range(products)]
        # A few products make most of the sales (Zipf's law).
        self._weights = list(itertools.accumulate((rank + 1) ** -1.1 for rank in range(products)))
        self._prices = [self._random.randint(99, 99_999) for _ in range(products)]
        self._next = 0

    @property
    def is_over(self):
        return self._next >= self.rows

    def messages(self, count):
        """The next messages as (partition, key, value), with the ledger kept; fewer when there are no more."""
        end = min(self.rows, self._next + count)
        while self._next < end:
            yield self._message()
            self._next += 1

    def _message(self):
        chance = self._random.random
        customer = int(chance() * 100_000)
        partition = customer % PARTITIONS
        index = bisect.bisect_right(self._weights, chance() * self._weights[-1], hi=len(self._weights) - 1)
        quantity = 1 if chance() < 0.7 else self._random.randint(2, 12)
        # One in five is sold at a price of its own.
        cents = self._prices[index] if chance() < 0.8 else max(1, self._prices[index] - self._random.randint(1, 90))
        # Up to five minutes out of order; one in a hundred comes hours late.
        time = self._start + self._span * self._next // self.rows - int(chance() * DELAY)
        if chance() < 0.01:
            time -= int(chance() * 3 * HOUR)
        product, price = self._products[index], f"{cents // 100}.{cents % 100:02}"
        sale = f'"product":"{product}","quantity":{quantity},"price":{price},"sold_at":"{iso(time)}"'
        key = f"customer-{customer}".encode()
        kind = chance()
        if kind < 0.004:
            self.ledger.reject()
            return partition, key, self._malformed(sale)
        self.ledger.sell(partition, product, quantity, cents, time)
        return partition, key, ("{" + f'"order":{self._next},' + sale + "}").encode()

    def _malformed(self, sale):
        return self._random.choice([
            ("{" + sale).encode(),
            b'{"product":"p-0001","quantity":1,"price":"free","sold_at":"2026-03-02T10:00:00Z"}',
            b'{"product":"p-0001","quantity":1,"price":9.99}',
            b'{"product":"p-0001","quantity":"two","price":9.99,"sold_at":"2026-03-02T10:00:00Z"}',
            b"sold a teapot, will write it up later",
            b"",
        ])


def cents(text):
    """Whole cents of a decimal as text, such as 12.30."""
    whole, _, fraction = text.partition(".")
    return int(whole + (fraction + "00")[:2])


def of_topic(values):
    """Messages of final results as the ledger has them, and how many came more than once."""
    totals, again = {}, 0
    for value in values:
        row = json.loads(value, parse_float=str)
        key = (row["product"], _of_start(row["hour"]["start"]))
        again += key in totals
        totals[key] = [row["sales"], row["items"], cents(str(row["revenue"]))]
    return totals, again


def of_table(rows):
    """Rows (product, sales, items, revenue, hour_start) of a table as the ledger has them, and how many came more than once."""
    rows = list(rows)
    totals = {(row[0], _of_start(row[4])): [row[1], row[2], cents(str(row[3]))] for row in rows}
    return totals, len(rows) - len(totals)


def _of_start(text):
    """An hour's start, however finely it is written, as the ledger writes it."""
    return text[:19] + ".000Z"


def late_rows(rows):
    """Rows (product, quantity, price, sold_at) of late sales as the ledger counts them."""
    return Counter((product, quantity, cents(price), sold_at[:23] + "Z") for product, quantity, price, sold_at in rows)


def differences(name, expected, found, again=0):
    """What is wrong with totals, in sentences; nothing when they agree."""
    problems = [f"{name}: {again} rows came more than once"] if again else []
    for what, keys in (("is missing", expected.keys() - found.keys()), ("is too much", found.keys() - expected.keys()),
                       ("differs", {key for key in expected.keys() & found.keys() if expected[key] != found[key]})):
        for key in sorted(keys)[:3]:
            problems.append(f"{name}: {key} {what}: {expected.get(key)} expected, {found.get(key)} found")
        if len(keys) > 3:
            problems.append(f"{name}: and {len(keys) - 3} more that {what.replace('is ', 'are ').replace('differs', 'differ')}")
    return problems
