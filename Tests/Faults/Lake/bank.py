"""Transfers between accounts: what one loses another gains, so that the balances of whole epochs add up to nothing."""

import random
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

HOURS, ACCOUNTS = 30, 12
# So many rows a file, which appears as a whole and so is within one epoch.
ROWS = HOURS * ACCOUNTS
START = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


class Bank:
    """Writes files of transfers, and keeps the balance of each account and hour for itself."""

    def __init__(self, seed, folder, prefix="a"):
        self._random = random.Random(seed)
        self._folder = Path(folder)
        self._folder.mkdir(parents=True)
        self._prefix = prefix
        self.files = 0
        # (account, hour) to [balance, moves]
        self.totals = defaultdict(lambda: [0, 0])

    @property
    def moves(self):
        return self.files * ROWS

    def transfer(self):
        """A file with one row for each account and hour: every row of the tables changes, wherever it lies."""
        keys = [(f"{self._prefix}-{account:02}", hour) for account in range(ACCOUNTS) for hour in range(HOURS)]
        self._random.shuffle(keys)
        lines = []
        for giver, taker in zip(keys[::2], keys[1::2]):
            amount = self._random.randint(1, 9999)
            for (account, hour), change in ((giver, -amount), (taker, amount)):
                total = self.totals[account, hour]
                total[0] += change
                total[1] += 1
                time = START + timedelta(hours=hour, seconds=self._random.randrange(3600))
                lines.append(f'{{"account":"{account}","amount":{change},"at":"{time:%Y-%m-%dT%H:%M:%SZ}"}}\n')
        self.files += 1
        draft = self._folder / f".{self.files:05}"
        draft.write_text("".join(lines))
        draft.rename(self._folder / f"{self.files:05}.json")

    def by_hour(self):
        """(account, hour) to (balance, moves)."""
        return {(account, START + timedelta(hours=hour)): tuple(total) for (account, hour), total in self.totals.items()}

    def by_account(self):
        sums = defaultdict(lambda: [0, 0])
        for (account, _), total in self.totals.items():
            sums[account][0] += total[0]
            sums[account][1] += total[1]
        return {(account,): tuple(total) for account, total in sums.items()}
