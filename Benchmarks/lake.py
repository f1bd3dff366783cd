"""The Delta sink beside deltalake: the same rows into a table, written or merged by the one and by the other, in turns."""

import json
import shutil
import statistics
import string
import tempfile
from pathlib import Path

import comparison
import events
import measured
import peers
import questions
import report

DELTALAKE = peers.Peer(
    "deltalake", "deltalake_peer.py", ("deltalake==1.6.6", "pyarrow==26.0.1"), "bench-venv-deltalake", "deltalake", "1.6.6")
# Append mode must write so many times as many rows a second.
LEAST_RATIO = 1.5
GROUPS, SHARE, COMMITS = 1_000_000, 0.01, 10


class Lake:
    def __init__(self, binary, make, rows, runs, say):
        self.binary, self.make, self.rows, self.runs, self.say = binary, make, rows, runs, say
        self.bench = binary.path.with_name("tidemill-lake-bench")
        self.folder = binary.work / "bench-lake"

    def table(self):
        """`None` where the program or the peer is missing."""
        if not self.bench.exists():
            self.say(f"lake: there is no {self.bench}")
            return None
        peer = peers.install(DELTALAKE, self.binary.work, self.say)
        if not peer:
            return None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        table = report.Table(
            "lake", "Into a Delta table on the disk: tidemill's sink alone, and deltalake",
            ["", "rows", "tidemill, s", "rows/s", "MB", "peak MB", "deltalake, s", "rows/s", "MB", "peak MB", "times as fast"])
        self._append(table, peer)
        self._update(table, peer)
        shutil.rmtree(self.folder, ignore_errors=True)
        return table

    def _commits(self, command):
        """What each commit of a writer cost; its memory is that of the whole run."""
        with tempfile.TemporaryFile() as output:
            cost = measured.run(command, stdout=output)
            output.seek(0)
            return [{**json.loads(line), "peak": cost.peak_bytes} for line in output.read().splitlines()]

    def _both(self, peer, *arguments):
        """Runs of both writers into new tables, in turns: [(ours, theirs)]. Both tables must hold the same in the end."""
        both = []
        for _ in range(self.runs):
            commits, targets = [], []
            for writer in ([str(self.bench)], [str(peer.python), str(peers.HERE / peer.peer.script)]):
                targets.append(self.folder / f"target-{len(targets)}")
                shutil.rmtree(targets[-1], ignore_errors=True)
                commits.append(self._commits(
                    [*writer, *(str(targets[-1]) if word == "TARGET" else str(word) for word in arguments)]))
            self._compare(peer, targets)
            both.append(commits)
        return both

    def _compare(self, peer, tables):
        command = [str(peer.python), str(peers.HERE / peer.peer.script), "contents", *map(str, tables)]
        with tempfile.TemporaryFile() as output:
            measured.run(command, stdout=output)
            output.seek(0)
            first, *others = output.read().decode().splitlines()
        for other in others:
            if first != other:
                raise measured.Failure(f"the tables differ:\n{first}\n{other}")
        self.say(f"lake: both tables hold {json.loads(first)['rows']:,} rows, and the same sums")

    def _add(self, table, name, ours, theirs):
        """`ours` and `theirs`: (rows, seconds, bytes, peak)."""
        row = [name, ours[0]]
        for rows, seconds, size, peak in (ours, theirs):
            row += [seconds, int(rows / seconds), size / 1e6, peak / 1e6]
        table.add(*row, theirs[1] / ours[1])

    def _append(self, table, peer):
        files = self.make(events.UNIFORM, self.rows)
        source = self.folder / "source"
        script = self.folder / "query.sql"
        text = (Path(__file__).with_name("queries") / "hourly.delta.sql").read_text()
        script.write_text(string.Template(text).substitute(data=files.path, delay=questions.DELAY_MINUTES, output=source))
        self.say("lake: the rows of Q2")
        measured.run([str(self.binary.path), "run", str(script), "--once", "--quiet"])
        for name, partitions in (("append, one commit", ""), ("append, by day", "w_date")):
            self.say(f"lake: {name}")
            both = self._both(peer, "append", source, "TARGET", partitions)
            self._add(table, name, *(self._median([commits[0] for commits in side]) for side in zip(*both)))
            if self.rows >= comparison.FULL_SIZE and table.rows[-1][-1] < LEAST_RATIO:
                self.say(f"lake: {name} should be {LEAST_RATIO} times as fast")

    def _update(self, table, peer):
        changed = int(GROUPS * SHARE)
        self.say(f"lake: update, {GROUPS:,} groups, {changed:,} of them change with each commit")
        both = self._both(peer, "update", "TARGET", GROUPS, changed, COMMITS)
        for name, pick in (("update, all groups are new", slice(0, 1)), ("update, 1 % of the groups change", slice(1, None))):
            self._add(table, name, *(
                self._median([commit for commits in side for commit in commits[pick]]) for side in zip(*both)))

    @staticmethod
    def _median(commits):
        return (commits[0]["rows"], statistics.median(commit["seconds"] for commit in commits),
                statistics.median(commit["bytes"] for commit in commits), max(commit["peak"] for commit in commits))
