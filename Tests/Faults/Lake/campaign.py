"""Kills tidemill at the steps of its commits to Delta tables and spoils the store, while others read and change the tables."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Examples/ecommerce"))

import bank  # noqa: E402
import deltalake  # noqa: E402
import object_server  # noqa: E402
import pyarrow  # noqa: E402
import store_proxy  # noqa: E402
import tables  # noqa: E402
from deltalake.schema import Field, PrimitiveType  # noqa: E402
from processes import ROOT, Tidemill, ends_by_signals, wait_until  # noqa: E402

STREAM = """
SET snapshot.bytes = 100000;
SET idle.timeout = off;
SET future.limit = off;
CREATE STREAM moves (account STRING, amount INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '7 days')
  USING json OPTIONS (path '{moves}');
"""
HOURLY = """SELECT account, SUM(amount) AS balance, COUNT(*) AS moves, window(at, '1 hour') AS w
  FROM moves GROUP BY account, window(at, '1 hour')"""
# Files so small that an epoch rewrites several in each of several partitions.
SCRIPT = STREAM + """
CREATE SINK hourly USING delta OPTIONS (path '{lake}/hourly', targetFileSize '3 kB', 'delta.checkpointInterval' '4' {options});
CREATE SINK final USING delta OPTIONS (path '{lake}/final', mode 'append' {options});
CREATE SINK accounts USING delta OPTIONS (path '{lake}/accounts', targetFileSize '1 kB' {options});
INSERT INTO hourly, final """ + HOURLY + """;
INSERT INTO accounts SELECT account, SUM(amount) AS balance, COUNT(*) AS moves FROM moves GROUP BY account;
"""
ONE = STREAM + """
CREATE SINK {name} USING delta OPTIONS (path '{lake}/hourly', targetFileSize '3 kB' {options});
INSERT INTO {name} """ + HOURLY + ";\n"


class Failed(Exception):
    """Something that must not be."""


class Place:
    """A directory, or a bucket, with tables; the bank that feeds them; and the job that writes them."""

    def __init__(self, options, name, proxy=None):
        self.random = random.Random(f"{options.seed} {name}")
        # A name without spaces, at which LD_PRELOAD would be cut.
        name = name.replace(" ", "-")
        self.directory = Path(options.directory, name).resolve()
        self.bank = bank.Bank(options.seed, self.directory / "moves")
        self.proxy = proxy
        self.more = ""
        self.storage = None
        self.lake = str(self.directory / "lake")
        if proxy:
            self.lake = f"s3://tests/faults-{os.getpid()}-{options.seed}-{name}"
            self.more = (f", s3.endpoint '{proxy.endpoint}', s3.region 'us-east-1', s3.accessKey '{options.access_key}',"
                         f" s3.secretKey '{options.secret_key}', retry.limit '1 minute'")
            self.storage = {
                "AWS_ENDPOINT_URL": options.endpoint, "AWS_ACCESS_KEY_ID": options.access_key,
                "AWS_SECRET_ACCESS_KEY": options.secret_key, "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}
        self.hourly, self.final, self.accounts = (f"{self.lake}/{table}" for table in ("hourly", "final", "accounts"))
        self._tidemill = options.tidemill.resolve()
        self.jobs = []
        self.script("q.sql", SCRIPT)

    def script(self, file, text, **more):
        values = {"moves": self.directory / "moves", "lake": self.lake, "options": self.more, **more}
        self.directory.joinpath(file).write_text(text.format(**values))

    def start(self, *arguments, script="q.sql", state="state", **more):
        job = Tidemill(self._tidemill, self.directory, script, "", "--checkpoint", state, *arguments, **more)
        self.jobs.append(job)
        return job

    def close(self):
        for job in self.jobs:
            if job.is_running:
                job.kill()

    def moves(self, table=None):
        """How many moves a table knows of."""
        return sum(total[1] for _, total in tables.by_deltalake(table or self.hourly, self.storage))

    def wait_until_all_is_in(self, job, seconds=120):
        # The two queries commit one after the other.
        def is_in():
            return self.moves() == self.bank.moves and self.moves(self.accounts) == self.bank.moves
        try:
            wait_until("all moves", lambda: not job.is_running or is_in(), seconds)
        except TimeoutError as error:
            raise Failed(f"{error}; tidemill says:\n{job.text}") from None
        if not job.is_running:
            raise Failed(f"tidemill ended with {job.wait()}:\n{job.text}")

    def must_stop(self, job, *texts):
        status = job.wait()
        if status <= 0 or status == 70 or not all(text in job.text for text in ("error: ", "hint: ", *texts)):
            raise Failed(f"it ended with {status} and should have said {texts}, not:\n{job.text}")
        return next(line for line in job.text.splitlines() if line.startswith("error: ")).replace(str(self.directory), "…")

    def finish(self, without_versions=False):
        """Closes all windows; then every table must be what the bank says, to all readers."""
        last = self.start("--once")
        if status := last.wait():
            raise Failed(f"the last run ended with {status}:\n{last.text}")
        problems = []
        by_hour, by_account = self.bank.by_hour(), self.bank.by_account()
        for path, expected in ((self.hourly, by_hour), (self.final, by_hour), (self.accounts, by_account)):
            problems += tables.differences(f"{path}, deltalake", expected, tables.by_deltalake(path, self.storage))
            if not self.storage:
                problems += tables.differences(f"{path}, DuckDB", expected, tables.by_duckdb(path))
        versions = 0
        if not without_versions:
            for path in (self.hourly, self.accounts):
                wrong, count = tables.check_versions(path, self.storage)
                problems += [f"{path}: {problem}" for problem in wrong]
                versions += count
        if problems:
            raise Failed("\n".join(problems))
        # The judge is judged: a unit too much, and a row too few, must be noticed.
        rows = tables.by_deltalake(self.hourly, self.storage)
        wrong = [(rows[0][0], (rows[0][1][0] + 1, rows[0][1][1])), *rows[1:]]
        for bad in (wrong, rows[1:], [*rows, rows[0]]):
            if not tables.differences("", by_hour, bad) or not tables.broken(bad):
                raise Failed("the comparison notices nothing")
        return versions


def _lives(place, count, begin):
    """One job after the other, each of which dies; `begin(number)` starts one. Gives how many died in the middle."""
    hits = 0
    for number in range(count):
        place.bank.transfer()
        before = place.moves()
        job = begin(number)
        # One that is not hit has got through.
        try:
            wait_until("the end of a life", lambda: not job.is_running or place.moves() > before, 60)
        except TimeoutError as error:
            raise Failed(f"{error}; tidemill says:\n{job.text}") from None
        if job.is_running:
            time.sleep(place.random.uniform(0, 0.05))
            job.kill()
        elif job.wait() != -9:
            raise Failed(f"tidemill ended by itself with {job.wait()}:\n{job.text}")
        else:
            hits += 1
    return hits


def killed_at_a_step(options):
    """kill -9 before a file of the table is made, written to the half, synced, named or removed."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if sys.platform != "linux" or not compiler:
        return "left out: it needs Linux and a C compiler"
    place = Place(options, "killed at a step")
    library = place.directory / "dying.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).with_name("dying.c"), "-ldl"], check=True)
    reader = tables.Reader(place.hourly)
    try:
        def begin(number):
            # A commit is about a hundred steps; the first ones make the tables.
            at = number + 1 if options.every_step else place.random.randint(1, 160)
            return place.start(environment={"LD_PRELOAD": str(library), "DYING_IN": place.lake, "DYING_AT": str(at)})

        hits = _lives(place, options.kills, begin)
        place.wait_until_all_is_in(place.start())
    finally:
        problems = reader.stop()
        place.close()
    if problems:
        raise Failed("\n".join(problems))
    left = len(list(Path(place.lake).rglob(".tidemill-*")))
    versions = place.finish()
    if not hits:
        raise Failed("no life ended at a step: the library had no effect")
    return f"{hits} of {options.kills} killed in the middle, {left} half-written files left, {reader.reads} reads meanwhile, {versions} versions, all agree"


def _storm(options, name, weights, kills, on_probe=()):
    proxy = store_proxy.StoreProxy(options.endpoint)
    place = Place(options, name, proxy)
    reader = tables.Reader(place.hourly, place.storage)
    faults = [fault for fault, weight in weights for _ in range(weight)]
    try:
        def begin(number):
            job = None
            death = place.random.randint(3, 60) if kills else 0
            after = place.random.random() < 0.5
            dice = random.Random(place.random.random())
            probes = []

            def decide(count, method, path):
                # By which it finds out whether the store refuses to overwrite.
                if "_tidemill-probe" in path and number < len(on_probe):
                    probes.append(count)
                    return on_probe[number] if len(probes) == 1 else None
                if count == death:
                    return store_proxy.KILL_AFTER if after else store_proxy.KILL_BEFORE
                return dice.choice(faults) if faults and dice.random() < 0.15 else None

            # Before it starts, lest a request slips through.
            proxy.reset(decide, lambda: wait_until("the job", lambda: job is not None) or job.kill())
            job = place.start()
            return job

        _lives(place, options.kills // 2 + 1, begin)
        proxy.reset(lambda *_: None)
        place.wait_until_all_is_in(place.start())
    finally:
        problems = reader.stop()
        place.close()
    if problems:
        raise Failed("\n".join(problems))
    versions = place.finish()
    proxy.close()
    seen = ", ".join(f"{count} {fault}" for fault, count in sorted(proxy.done.items()))
    return f"{seen}; {reader.reads} reads meanwhile, {versions} versions, all agree"


def killed_at_a_request(options):
    """kill -9 before or after a request to an object store."""
    return _storm(options, "killed at a request", [], True)


def store_in_trouble(options):
    """An object store that answers slowly, with errors or not at all, and takes requests twice or the half of them."""
    weights = [(store_proxy.SLOW, 1), (store_proxy.REFUSED, 2), (store_proxy.TOO_MANY, 1), (store_proxy.LOST, 2),
               (store_proxy.TWICE, 3), (store_proxy.CUT, 1)]
    return _storm(options, "store in trouble", weights, False, [store_proxy.TWICE, store_proxy.TOO_MANY])


def two_jobs_of_one_name(options):
    """The same query twice on one table, each with a checkpoint of its own."""
    place = Place(options, "two jobs of one name")
    try:
        place.script("one.sql", ONE, name="hourly")
        place.bank.transfer()
        first = place.start(script="one.sql", state="one")
        wait_until("the first", lambda: not first.is_running or place.moves() == place.bank.moves)
        # It begins anew, as one that finds the table empty does: the rows of the other are in the way.
        said = place.must_stop(place.start(script="one.sql", state="two"), "rows of another job")
        place.bank.transfer()
        wait_until("the other to go on", lambda: not first.is_running or place.moves() == place.bank.moves)
        # Both from the same state: as after a copy of the checkpoint to another machine.
        first.kill()
        shutil.copytree(place.directory / "one", place.directory / "two", dirs_exist_ok=True)
        jobs = [place.start(script="one.sql", state=state) for state in ("one", "two")]
        while all(job.is_running for job in jobs):
            place.bank.transfer()
            time.sleep(0.05)
        ended = next(job for job in jobs if not job.is_running)
        why = place.must_stop(ended, "another job")
        [left] = [job for job in jobs if job is not ended]
        wait_until("the other to go on", lambda: not left.is_running or place.moves() == place.bank.moves)
        if not left.is_running:
            raise Failed(f"both have ended:\n{left.text}")
        problems = tables.differences("hourly", place.bank.by_hour(), tables.by_duckdb(place.hourly))
        if problems:
            raise Failed("\n".join(problems))
        return f"the second refuses: `{said}`; of two from one checkpoint one ends: `{why}`; the other goes on"
    finally:
        place.close()


def two_jobs_of_two_names(options):
    """Two queries on one table, both killed now and then."""
    place = Place(options, "two jobs of two names")
    place.more = ", shared 'true'"
    banks = [place.bank, bank.Bank(options.seed + 1, place.directory / "others", "b")]
    try:
        place.script("0.sql", ONE, name="ours")
        place.script("1.sql", ONE, name="theirs", moves=place.directory / "others")

        def start(number):
            return place.start(script=f"{number}.sql", state=f"state-{number}")

        jobs = [start(0), start(1)]
        for round in range(options.kills // 2 + 2):
            for each in banks:
                each.transfer()
            number = place.random.randint(0, 1)
            time.sleep(place.random.uniform(0, 0.3))
            if not jobs[number].is_running:
                raise Failed(f"one has ended:\n{jobs[number].text}")
            jobs[number].kill()
            jobs[number] = start(number)
        try:
            wait_until("both", lambda: place.moves() == sum(each.moves for each in banks), 60)
        except TimeoutError as error:
            raise Failed(f"{error}: {place.moves()} moves; they say:\n" + "\n".join(job.text for job in jobs)) from None
        for job in jobs:
            if not job.is_running:
                raise Failed(f"one has ended with {job.wait()}:\n{job.text}")
            job.kill()
        expected = banks[0].by_hour() | banks[1].by_hour()
        problems = tables.differences("hourly", expected, tables.by_duckdb(place.hourly))
        if problems:
            raise Failed("\n".join(problems))
        return f"{round + 1} kills; both are there, {sum(each.moves for each in banks):,} moves"
    finally:
        place.close()


def changed_by_others(options):
    """Others set properties, delete rows, compact files, add rows and add a column, while the job runs."""
    place = Place(options, "changed by others")
    try:
        def open_hourly():
            return deltalake.DeltaTable(place.hourly)

        place.bank.transfer()
        job = place.start()
        place.wait_until_all_is_in(job)
        open_hourly().alter.set_table_properties({"delta.checkpointInterval": "3", "delta.appendOnly": "false"})
        place.bank.transfer()
        place.wait_until_all_is_in(job)
        # Every transfer changes all rows: what others have deleted comes back with the next one, whole.
        open_hourly().delete("account < 'a-05'")
        place.bank.transfer()
        place.wait_until_all_is_in(job)
        open_hourly().optimize.compact()
        open_hourly().create_checkpoint()
        place.bank.transfer()
        place.wait_until_all_is_in(job)
        # A row of theirs with a key of ours is replaced by ours; `z` stays.
        time = bank.START
        rows = [{"account": account, "balance": 7, "moves": 0, "w": {"start": time, "end": time}, "w_date": time.date()}
                for account in ("z",)]
        schema = pyarrow.schema(open_hourly().schema())
        deltalake.write_deltalake(place.hourly, pyarrow.Table.from_pylist(rows, schema=schema), mode="append")
        place.bank.transfer()
        place.wait_until_all_is_in(job)
        if dict(tables.by_duckdb(place.hourly)).get(("z", time)) != (7, 0):
            raise Failed("the row of another program is gone")
        open_hourly().delete("account = 'z'")
        open_hourly().alter.add_columns([Field("note", PrimitiveType("string"), nullable=True)])
        place.bank.transfer()
        said = place.must_stop(job, "has changed the columns")
        place.wait_until_all_is_in(place.start())
        place.close()
        place.finish(without_versions=True)
        return f"goes on; a new column stops it: `{said}`; started again it goes on"
    finally:
        place.close()


ALL = [killed_at_a_step, two_jobs_of_one_name, two_jobs_of_two_names, changed_by_others, killed_at_a_request, store_in_trouble]
ON_A_STORE = [killed_at_a_request, store_in_trouble]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which moves, and which moments")
    parser.add_argument("--kills", type=int, default=40, help="how often tidemill is killed within a fault")
    parser.add_argument("--every-step", action="store_true", help="the first life dies at the first step, the next at the second, …")
    parser.add_argument("--only", action="append", metavar="FAULT", choices=[fault.__name__ for fault in ALL])
    parser.add_argument("--tidemill", type=Path, default=ROOT / ".build/release/tidemill")
    parser.add_argument("--endpoint", help="an S3 server with a bucket `tests`, if one is there")
    parser.add_argument("--access-key", default=object_server.ACCESS_KEY)
    parser.add_argument("--secret-key", default=object_server.SECRET_KEY)
    parser.add_argument("--weed", type=Path, default=Path(sys.executable).with_name("weed"), help="else this one is started")
    options = parser.parse_args()
    ends_by_signals()
    parent = tempfile.mkdtemp(prefix="tidemill-faults-")
    options.directory = parent
    server = None
    wanted = [fault for fault in ALL if not options.only or fault.__name__ in options.only]
    try:
        if not options.endpoint and any(fault in ON_A_STORE for fault in wanted):
            server = object_server.ObjectServer(options.weed, Path(parent) / "server")
            options.endpoint = server.endpoint
        for fault in wanted:
            begin = time.monotonic()
            try:
                seen = fault(options)
            except (Failed, TimeoutError) as problem:
                print(f"error: {fault.__name__}: {fault.__doc__}\n{problem}\nits files are in {parent}", file=sys.stderr)
                sys.exit(1)
            print(f"{fault.__name__} ({time.monotonic() - begin:.1f} s): {seen}", flush=True)
    finally:
        if server:
            server.stop()
    shutil.rmtree(parent, ignore_errors=True)


if __name__ == "__main__":
    main()
