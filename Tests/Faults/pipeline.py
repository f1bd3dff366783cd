"""The pipeline under test: the shop's script over real servers, a shop that goes on selling, and the job."""

import os
import random
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import demo
import shop
import topics
from postgres import Postgres, programs
from processes import Broker, Tidemill, wait_until

# Epochs and snapshots come often, so that faults hit all of them; a stream that waits for a fault is not idle.
NOBODY = 65534
SETTINGS = """
SET idle.timeout = off;
SET epoch.bytes = 20000;
SET snapshot.bytes = 200000;
"""
BOOKS = """
CREATE SINK books USING postgres OPTIONS (url '${env:BOOKS}', table 'hourly');
INSERT INTO books WITH (mode 'update')
  SELECT product, COUNT(*) AS sales, SUM(quantity) AS items, SUM(quantity * price) AS revenue,
         window(sold_at, '1 hour') AS hour
  FROM sales GROUP BY product, window(sold_at, '1 hour');
"""


class Failed(Exception):
    """The pipeline did what it must not do."""


class Pipeline:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.directory = Path(options.directory).resolve()
        self.directory.mkdir(parents=True)
        self.checkpoint = self.directory / "disk" / "state"
        self.database = self.directory / "shop.db"
        self.progress = self.directory / "progress"
        self._tidemill = options.tidemill.resolve()
        self.job = self.postgres = self.broker = self._producer = self._seller = None
        self.is_mounted = False
        self._as = []
        self._started = []
        self._may_sell = threading.Lock()
        self._is_closing = threading.Event()
        self._selling_failed = None
        self.shop = shop.Shop(options.seed, 10_000_000, hours=24_000, products=60)
        try:
            self._begin(options)
        except BaseException:
            self.close()
            raise

    def _begin(self, options):
        self.checkpoint.parent.mkdir()
        # A disk of its own, small, for what only the checkpoint shall meet.
        command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tidemill-faults", str(self.checkpoint.parent)]
        if os.geteuid() == 0 and not options.without_mount:
            self.is_mounted = subprocess.run(command, capture_output=True).returncode == 0
        if os.geteuid() == 0 and shutil.which("setpriv"):
            # Root may write anywhere, so that nothing could be made read-only for it.
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
            if subprocess.run([*command, str(self._tidemill), "--version"], capture_output=True).returncode == 0:
                self._as = command
                for path in (self.directory, self.checkpoint.parent):
                    os.chown(path, NOBODY, NOBODY)
        self.broker = Broker(options.broker, self.directory / "broker")
        script = SETTINGS + demo.SCRIPT.read_text().replace(
            "startingOffsets 'earliest',", "startingOffsets 'earliest', 'kafka.reconnect.backoff.max.ms' '200',")
        folder = None if options.without_postgres else programs()
        if folder:
            (self.directory / "postgres").mkdir()
            self.directory.chmod(0o755)
            self.postgres = Postgres(folder, self.directory / "postgres")
            script += BOOKS
        self.script = self.directory / "sales.sql"
        self.script.write_text(script)
        self._producer = topics.producer(self.broker.servers)
        self._producer.create("sales", shop.PARTITIONS)
        self._producer.create("hourly-sales", 1)
        self._seller = threading.Thread(target=self._sell, args=(options.rate,), daemon=True)
        self._seller.start()

    # Selling

    def _sell(self, rate):
        try:
            while not self._is_closing.is_set():
                with self._may_sell:
                    self._producer.send("sales", self.shop.messages(rate // 20))
                time.sleep(0.05)
        except Exception as error:
            self._selling_failed = error

    @contextmanager
    def no_sales(self):
        """Nothing is on its way to the broker within this."""
        with self._may_sell:
            yield

    def send_poison(self, values):
        """Sends messages that are no sales."""
        with self._may_sell:
            for number, value in enumerate(values):
                self.shop.ledger.reject()
                self._producer.send("sales", [(number % shop.PARTITIONS, b"poison", value)])

    def restart_broker(self, meanwhile):
        """SIGTERM, and a start on the same files. The shop waits.

        A broker that ends goes on to acknowledge for a moment what it then does not keep, which nobody could make good; so the job
        stands still meanwhile, wherever it was.
        """
        with self.no_sales():
            self._producer.close()
            with self.job.suspended():
                # What is on its way is taken, and kept.
                time.sleep(0.2)
                self.broker.stop()
            meanwhile()
            self.broker.start()
            self._producer = topics.producer(self.broker.servers)

    # The job

    def start(self, *arguments, **more):
        environment = {"BOOKS": self.postgres.url} if self.postgres else {}
        environment.update(more.pop("environment", {}))
        prefix = [*self._as, *more.pop("prefix", [])]
        job = Tidemill(
            self._tidemill, self.directory, self.script, self.broker.servers, "--checkpoint", str(self.checkpoint),
            "--progress", str(self.progress), *arguments, environment=environment, prefix=prefix, **more)
        self._started.append(job)
        return job

    @property
    def obeys_permissions(self):
        """Whether the job is refused what files do not permit; root is not."""
        return bool(self._as) or os.geteuid() != 0

    def go_on(self, **more):
        self.job = self.start(**more)

    def kill(self):
        """kill -9; it must have been running until then."""
        self.must_run()
        self.job.kill()

    def must_run(self):
        if not self.job.is_running:
            raise Failed(f"tidemill ended by itself, with {self.job.wait()}:\n{self.job.text}")

    def epochs(self):
        return self.progress.read_bytes().count(b"\n") if self.progress.exists() else 0

    def must_progress(self, epochs=6, seconds=60):
        """Waits until epochs are in all sinks."""
        wanted = self.epochs() + epochs
        self._wait("progress", lambda: self.epochs() >= wanted, seconds)

    def must_say(self, *texts, seconds=30):
        """Waits until the running job says one of these."""
        self._wait(f"one of {texts}", lambda: any(text in self.job.text for text in texts), seconds)

    def _wait(self, what, condition, seconds):
        try:
            wait_until(what, lambda: not self.job.is_running or condition(), seconds)
        except TimeoutError:
            raise Failed(f"waited in vain for {what}; tidemill says:\n{self.job.text}") from None
        self.must_run()

    def must_stop(self, *texts, job=None, seconds=60):
        """Waits for the job to end by itself with an error that says all of these, and what to do; what it said."""
        job = job or self.job
        status = job.wait(seconds)
        said = job.text.strip()
        if status in (0, 70) or status < 0 or not all(text in said for text in texts):
            raise Failed(f"it ended with {status} and should have said {texts}, not:\n{said}")
        lines = [line for line in said.splitlines() if line.startswith(("error: ", "hint: "))]
        if len(lines) < 2:
            raise Failed(f"it does not say what is wrong and what to do:\n{said}")
        return " ".join(lines).replace(str(self.directory), "…")

    # Comparing

    def must_agree(self, seconds=60):
        """Stops the shop for a moment, and compares what there is with its account, once everything sold has come through.

        Live totals must be those of all that was sold, final ones those of all hours that are over.
        """
        end = time.monotonic() + seconds
        with self.no_sales():
            while True:
                self.must_run()
                problems = self._problems(self.shop.ledger.closed())
                if not problems:
                    return self.shop.ledger.rows
                if time.monotonic() > end:
                    raise Failed("\n".join(["results and account do not agree:", *problems, "tidemill says:", self.job.text]))
                time.sleep(0.1)

    def _problems(self, closed):
        """What differs between the results and the shop's account.

        `closed`: the product-hours that must be in the topic of final results, and no others.
        """
        ledger = self.shop.ledger
        final = {key: total for key, total in ledger.totals.items() if key in closed}
        problems = []
        for name, (found, again) in self._results().items():
            problems += shop.differences(name, final if name == "Kafka" else ledger.totals, found, again)
        for query in ["hourly", "final"] + (["books"] if self.postgres else []):
            late = shop.late_rows(demo.ask(
                self.database, f"SELECT product, quantity, price, sold_at FROM late WHERE _query = '{query}'"))
            if late != ledger.late:
                problems.append(f"late rows of {query}: {late.total()} found, {ledger.late.total()} expected")
        [(rejected,)] = demo.ask(self.database, "SELECT count(*) FROM rejected") or [(0,)]
        if rejected != ledger.rejected:
            problems.append(f"{rejected} rows were rejected, {ledger.rejected} expected")
        return problems

    def _results(self):
        """What each sink holds, as the ledger has it, with how many rows came more than once."""
        columns = "SELECT product, sales, items, revenue, hour_start FROM hourly"
        results = {
            "SQLite": shop.of_table(demo.ask(self.database, columns)),
            "Kafka": shop.of_topic(topics.read_committed(self.broker.servers, "hourly-sales", 1)),
        }
        if self.postgres:
            hour = "to_char(hour_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')"
            rows = self.postgres.ask(f"SELECT product, sales, items, revenue, {hour} FROM hourly")
            results["PostgreSQL"] = shop.of_table([(p, int(s), int(i), r, h) for p, s, i, r, h in rows])
        return results

    # The end

    def finish(self):
        """Takes in what is left and closes every hour."""
        self._is_closing.set()
        self._seller.join()
        if self._selling_failed:
            raise self._selling_failed
        self._producer.close()
        self.must_run()
        for status, job in ((self.job.interrupt(), self.job), (self.start("--once").wait(120), None)):
            if status:
                raise Failed(f"the last run ended with {status}:\n{(job or self.job).text}")

    def compare(self):
        """What differs between the results and the shop's account; and the comparisons that were made."""
        ledger = self.shop.ledger
        there = len(topics.read_committed(self.broker.servers, "sales", shop.PARTITIONS))
        if there != ledger.rows:
            raise Failed(f"the broker itself holds {there} of {ledger.rows} messages")
        problems = self._problems(ledger.totals.keys())
        results = self._results()
        for name, (found, _) in results.items():
            # The judge is judged: a cent too much, and a row too few, must be noticed.
            some = next(iter(found))
            wrong = {**found, some: [*found[some][:2], found[some][2] + 1]}
            less = {key: total for key, total in found.items() if key != some}
            if not problems and not all(shop.differences(name, ledger.totals, bad) for bad in (wrong, less)):
                raise Failed("the comparison notices nothing")
        return problems, list(results)

    def close(self):
        self._is_closing.set()
        if self._seller:
            self._seller.join()
        if self._producer:
            # Its threads must not outlive Python.
            self._producer.close()
        for job in self._started:
            if job.is_running:
                job.kill()
        for server in (self.postgres, self.broker):
            if server:
                server.stop()
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.checkpoint.parent)], check=False)
            self.is_mounted = False
