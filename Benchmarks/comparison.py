"""One question, answered by tidemill and by its peers in turns, every answer checked."""

import json
import shutil
from dataclasses import dataclass, field
from typing import Dict, List, Optional

import measured
import questions

FULL_SIZE = 10_000_000
MINIMUM_EPOCHS = 10
MINIMUM_SNAPSHOTS = 2


@dataclass
class Outcome:
    question: questions.Question
    rows: int
    bytes: int
    ours: List[measured.Cost] = field(default_factory=list)
    peers: Dict[str, List[measured.Cost]] = field(default_factory=dict)
    epochs: int = 0
    snapshots: int = 0
    late: int = 0
    results: Optional[int] = None
    # With a delay of three hours; only for questions that are asked so.
    long_delay: Optional[measured.Cost] = None
    failures: List[str] = field(default_factory=list)

    def ratio(self, peer):
        """How many times as long as tidemill the peer takes."""
        costs = self.peers.get(peer)
        return measured.median(costs).seconds / measured.median(self.ours).seconds if costs else None

    @property
    def checked(self):
        return self.results is not None


class Comparison:
    def __init__(self, binary, duckdb, others, say):
        self.binary, self.duckdb, self.others, self.say = binary, duckdb, others, say

    def run(self, question, files, runs, peer_runs):
        outcome = Outcome(question, files.rows, files.bytes)
        expected = self.expected(question.kind, files, questions.DELAY_MINUTES)
        if question.key == "Q2":
            outcome.long_delay = self.long_delay(outcome, files)
        for number in range(runs + 1):
            # The first turn brings files into the page cache and checks row by row; it is not timed.
            is_first = number == 0
            self.say(f"{question.key}: run {number} of {runs}" if number else f"{question.key}: {question.title}")
            run = self.binary.run(question.kind, files, questions.DELAY_MINUTES, settings=question.settings)
            outcome.epochs, outcome.snapshots, outcome.late = run.epochs, run.snapshots, run.late
            self.check(outcome, run, question.kind, expected, row_by_row=is_first)
            if not is_first:
                outcome.ours.append(run.cost)
            if is_first or number <= peer_runs:
                for peer in filter(None, [self.duckdb, *self.others]):
                    # One run of an engine that takes a minute to start warms up nothing that a second one would use.
                    if is_first and peer.peer.name == "spark":
                        continue
                    cost = self.time_peer(outcome, peer, question, files)
                    if not is_first:
                        outcome.peers.setdefault(peer.label, []).append(cost)
        return outcome

    def long_delay(self, outcome, files):
        """The memory that open windows take when rows may be three hours behind."""
        self.say("Q2: with a delay of three hours")
        kind, delay = outcome.question.kind, questions.LONG_DELAY_MINUTES
        run = self.binary.run(kind, files, delay)
        self.check(outcome, run, kind, self.expected(kind, files, delay), row_by_row=False)
        return run.cost

    def expected(self, kind, files, delay):
        """What tidemill must answer, worked out by DuckDB once for each set of events and kept beside it."""
        if not self.duckdb:
            return None
        path = files.beside(f"{kind.name}-{kind.slide_minutes}-delay-{delay}.parquet")
        facts = path.with_suffix(".json")
        known = json.loads(facts.read_text()) if facts.exists() else {}
        # Hashes are those of one version.
        if known.get("duckdb") != self.duckdb.version:
            self.say("Working out the exact answer with DuckDB (once for these events)")
            counts = self.duckdb.ask(
                "expect", data=files.path, format=files.ending, delay=delay, slide=kind.slide_minutes, columns=kind.columns,
                output=path)
            digest = self.duckdb.ask("digest", result=path, columns=kind.columns)
            known = {**counts, "digest": digest, "duckdb": self.duckdb.version}
            facts.write_text(json.dumps(known))
        return {**known, "path": path}

    def check(self, outcome, run, kind, expected, row_by_row):
        failures = outcome.failures
        if outcome.rows >= FULL_SIZE:
            if run.epochs < MINIMUM_EPOCHS:
                failures.append(f"{run.epochs} epochs; at least {MINIMUM_EPOCHS} are asked for")
            if run.snapshots < MINIMUM_SNAPSHOTS:
                failures.append(f"{run.snapshots} snapshots; at least {MINIMUM_SNAPSHOTS} are asked for")
        if not expected:
            return
        for name in ("rows", "late"):
            if getattr(run, name) != expected[name]:
                failures.append(f"tidemill says {getattr(run, name):,} {name}, DuckDB {expected[name]:,}")
        digest = self.duckdb.ask("digest", result=run.output, columns=kind.columns)
        if digest != expected["digest"]:
            failures.append(f"tidemill's result is {digest}, and it should be {expected['digest']}")
        outcome.results = digest["rows"]
        if row_by_row:
            compared = self.duckdb.ask("compare", result=run.output, expected=expected["path"], columns=kind.columns)
            if compared["wrong"]:
                failures.append(f"{compared['wrong']:,} of {compared['rows']:,} rows differ from DuckDB's")

    def time_peer(self, outcome, peer, question, files):
        output = self.binary.work / f"bench-{peer.peer.name}.json"
        if output.is_dir():
            shutil.rmtree(output)
        output.unlink(missing_ok=True)
        cost = peer.time(
            **({"query": question.kind.duckdb} if peer is self.duckdb else {"kind": question.kind.name}),
            data=files.path, format=files.ending, threads=self.binary.lanes, output=output)
        if not self.duckdb:
            return cost
        # Peers count the late rows, too. They must agree with one another on everything but averages.
        digest = self.duckdb.ask("digest", result=output, columns=question.kind.columns)
        if peer is self.duckdb:
            self.all_events = digest
            if digest.get("sales", outcome.rows) != outcome.rows:
                outcome.failures.append(f"{peer.label} counts {digest['sales']:,} of {outcome.rows:,} events")
        elif digest != self.all_events:
            outcome.failures.append(f"{peer.label} answers {digest}, and DuckDB {self.all_events}")
        return cost
