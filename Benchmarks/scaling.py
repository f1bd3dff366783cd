"""How tidemill's cost depends on things: lanes, size, windows a row, output mode, compression; and start-up and latency.

Each function gives a `report.Table`, or `None` where this build or machine lacks what it measures.
"""

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import events
import measured
import questions
import report

DELAY = questions.DELAY_MINUTES


class Scaling:
    def __init__(self, binary, make, rows, runs, is_long, say):
        self.binary, self.make, self.rows, self.runs, self.is_long, self.say = binary, make, rows, runs, is_long, say

    def run(self, kind, files, **options):
        """One run, in which no row may be missing; the suite's questions check the answers."""
        return complete(self.binary.run(kind, files, DELAY, **options), files)

    def median(self, kind, files, **options):
        """The cost of several runs after one that is not counted."""
        return measured.median([self.run(kind, files, **options).cost for _ in range(self.runs + 1)][1:])

    def medians_in_turns(self, kind, files, variants):
        """The costs of several variants, in turns: what else the machine does slows them alike."""
        rounds = [[self.run(kind, files, **options).cost for options in variants] for _ in range(self.runs + 1)][1:]
        return [measured.median(list(costs)) for costs in zip(*rounds)]

    def lanes(self):
        """One lane has helpers: the threads that start epochs, merge and write. Kept to one core, they take their time from it."""
        pins = hasattr(os, "sched_setaffinity")
        table = report.Table(
            "lanes", "Two lanes against one",
            ["", "1 lane, 1 core, s", "1 lane, s", "2 lanes, s", "speed-up from 1 core", "speed-up", "1 lane, CPU s", "2 lanes, CPU s"])
        for question in questions.ALL[:3]:
            self.say(f"lanes: {question.key}")
            files = self.make(question.events, self.rows)
            variants = [{"lanes": 1}, {"lanes": 2}] + ([{"lanes": 1, "cores": 1}] if pins else [])
            one, two, *rest = self.medians_in_turns(question.kind, files, variants)
            alone = rest[0] if pins else None
            table.add(
                question.key, alone.seconds if pins else None, one.seconds, two.seconds, alone.seconds / two.seconds if pins else None,
                one.seconds / two.seconds, one.cpu_seconds, two.cpu_seconds)
        return table

    def sizes(self):
        table = report.Table("sizes", "Q1 by size of the input", ["events", "s", "ns/event", "CPU ns/event", "peak MB"])
        for rows in [self.rows // 10, self.rows] + ([self.rows * 10] if self.is_long else []):
            self.say(f"sizes: {rows:,} events")
            cost = self.median(questions.HOURLY, self.make(events.SALES, rows))
            table.add(
                rows, cost.seconds, cost.seconds / rows * 1e9, cost.cpu_seconds / rows * 1e9, cost.peak_bytes / 1e6)
        return table

    def windows(self):
        table = report.Table(
            "windows", "Sum over one hour, by how many windows a row falls into",
            ["windows a row", "s", "ns/event", "CPU ns/event", "result rows"])
        files = self.make(events.SALES, self.rows)
        for slide in (60, 15, 5, 1):
            self.say(f"windows: {60 // slide} a row")
            runs = [self.run(questions.SLIDING, files, slide=slide) for _ in range(self.runs + 1)]
            cost = measured.median([run.cost for run in runs[1:]])
            table.add(
                60 // slide, cost.seconds, cost.seconds / self.rows * 1e9, cost.cpu_seconds / self.rows * 1e9,
                lines_in(runs[-1].output))
        return table

    def update(self):
        """Update mode gives what changed, after every epoch or every second; append mode gives a result once."""
        rows = self.rows * 10 if self.is_long else self.rows
        files = self.make(events.SALES, rows)
        table = report.Table(
            "update", f"Q1 in append and in update mode, {rows:,} events",
            ["", "CPU s", "CPU ns/event", "result rows", "peak MB"])
        for name, run in [
            ("append", lambda: self.run(questions.HOURLY, files)),
            ("update, an epoch as soon as the last one is done",
             lambda: self.run(questions.HOURLY, files, mode="update")),
            ("update, an epoch a second",
             lambda: complete(self.binary.follow(questions.HOURLY, files, DELAY, "1 second"), files)),
        ]:
            self.say(f"update: {name}")
            done = run()
            table.add(name, done.cost.cpu_seconds, done.cost.cpu_seconds / rows * 1e9, lines_in(done.output),
                      done.cost.peak_bytes / 1e6)
        return table

    def compressed(self):
        plain = self.make(events.SALES, self.rows)
        table = report.Table(
            "compressed", "Q1 from compressed files, beside unpacking alone", ["", "MB", "tidemill, s", "unpacking, s", "CPU s"])
        for ending, pack, unpack in [("gz", ["gzip", "-1", "-c"], ["gzip", "-dc"]), ("zst", ["zstd", "-q", "-c"], ["zstd", "-q", "-dc"])]:
            if not shutil.which(pack[0]):
                self.say(f"compressed: there is no {pack[0]} here")
                continue
            if not self.reads(ending, pack):
                self.say(f"compressed: this build does not read .{ending} files")
                continue
            files = self.packed(plain, ending, pack)
            cost = self.median(questions.HOURLY, files)
            paths = sorted(str(path) for path in files.path.glob(f"*.{ending}"))
            alone = measured.median([measured.run([*unpack, *paths]) for _ in range(self.runs + 1)][1:])
            size = sum(Path(path).stat().st_size for path in paths)
            table.add(ending, size / 1e6, cost.seconds, alone.seconds, cost.cpu_seconds)
        return table if table.rows else None

    def reads(self, ending, pack):
        """Whether this build reads such files, by trying one."""
        folder = self.binary.work / "bench-probe"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        line = b'{"product_id":"p-1","sales_amount":1,"event_time":"2024-03-01T00:00:00Z"}\n'
        packed = gzip.compress(line) if ending == "gz" else subprocess.run(
            pack, input=line, stdout=subprocess.PIPE, check=True).stdout
        (folder / f"part.json.{ending}").write_bytes(packed)
        # Another build takes the file for bytes that are no JSON, or refuses it.
        try:
            return lines_in(self.binary.run(questions.HOURLY, events.Files(folder, "json", 1), DELAY).output) == 1
        except measured.Failure:
            return False

    def packed(self, plain, ending, pack):
        path = plain.beside(ending)
        if not path.is_dir():
            self.say(f"compressed: packing with {' '.join(pack)}")
            unfinished = path.with_name(path.name + ".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            for file in sorted(plain.path.glob("*.json")):
                with file.open("rb") as source, (unfinished / f"{file.name}.{ending}").open("wb") as target:
                    subprocess.run(pack, stdin=source, stdout=target, check=True)
            unfinished.rename(path)
        return events.Files(path, "json", plain.rows)

    def startup(self):
        """Medians of 20 runs, as Scripts/startup prints them."""
        script = Path(__file__).resolve().parent.parent / "Scripts" / "startup"
        self.say("startup")
        text = subprocess.run(
            [str(script), str(self.binary.path)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
        table = report.Table("startup", "From the start of the program to its end, medians of 20", ["", "ms"])
        for line in text.splitlines():
            name, _, rest = line.partition(" median ")
            table.add(name.strip(), float(rest.split()[0]))
        return table

    def latency(self):
        """What the latency benchmark says, where it was built: events arrive at a rate, and results come out."""
        program = self.binary.path.with_name("tidemill-latency")
        if not program.exists():
            self.say("latency: tidemill-latency was not built")
            return None
        table = report.Table("latency", "From an event's arrival to its result", ["measure", "value"])
        rate = 100_000
        self.say(f"latency: {rate:,} events a second")
        text = subprocess.run(
            [str(program), "--json", "--seconds", "10", "--rate", str(rate)], check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True).stdout
        for name, value in flattened(json.loads(text.splitlines()[-1])):
            table.add(name, value)
        return table


def complete(run, files):
    if run.rows != files.rows:
        raise measured.Failure(f"{run.rows:,} of {files.rows:,} rows of {files.path} were read")
    return run


def flattened(value, name=""):
    """The numbers in a JSON value, each with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flattened(inner, f"{name}.{index}")
    else:
        yield name, value


def lines_in(directory):
    total = 0
    for file in directory.glob("[!._]*.json"):
        with file.open("rb") as content:
            while block := content.read(1 << 20):
                total += block.count(b"\n")
    return total
