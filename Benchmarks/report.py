"""Figures as text for a terminal, as Markdown, and as JSON."""

from dataclasses import dataclass, field
from typing import List

import measured


@dataclass
class Table:
    """Rows of figures under a title; the first column names the row."""

    key: str
    title: str
    columns: List[str]
    rows: List[list] = field(default_factory=list)

    def add(self, *values):
        self.rows.append(list(values))

    def is_number(self, place):
        """Whether a column is of figures, which stand below one another by their last digits."""
        return place > 0 and all(row[place] is None or isinstance(row[place], (int, float)) for row in self.rows)

    def text(self):
        lines = [self.columns, *[[cell(value) for value in row] for row in self.rows]]
        places = range(len(self.columns))
        widths = [max(len(line[place]) for line in lines) for place in places]
        return [self.title] + ["  ".join(
            line[place].rjust(widths[place]) if self.is_number(place) else line[place].ljust(widths[place])
            for place in places).rstrip() for line in lines]

    def markdown(self):
        rules = ["---:" if self.is_number(place) else "---" for place in range(len(self.columns))]
        lines = [self.columns, rules, *[[cell(value) for value in row] for row in self.rows]]
        return [f"**{self.title}**", "", *["| " + " | ".join(line) + " |" for line in lines]]


def cell(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def comparison(outcomes, peers):
    """Tidemill beside one or more peers: `peers` are their labels, the first one being the one that targets speak of."""
    columns = ["", "tidemill, s", "events/s", "CPU s", "peak MB"]
    for peer in peers:
        columns += [f"{peer}, s", "CPU s", "peak MB", "times as long"]
    table = Table("questions", "Whole processes from start to exit, medians", columns)
    for outcome in outcomes:
        ours = measured.median(outcome.ours)
        row = [outcome.question.key, ours.seconds, int(outcome.rows / ours.seconds), ours.cpu_seconds, ours.peak_bytes / 1e6]
        for peer in peers:
            costs = outcome.peers.get(peer)
            if costs:
                theirs = measured.median(costs)
                row += [theirs.seconds, theirs.cpu_seconds, theirs.peak_bytes / 1e6, outcome.ratio(peer)]
            else:
                row += [None] * 4
        table.add(*row)
    return table


def facts(outcomes):
    table = Table(
        "facts", "What was asked, and what tidemill did in its last run",
        ["", "question", "events", "MB", "epochs", "snapshots", "late", "result rows", "fastest–slowest, s"])
    for outcome in outcomes:
        seconds = [cost.seconds for cost in outcome.ours]
        table.add(
            outcome.question.key, outcome.question.title, outcome.rows, int(outcome.bytes / 1e6), outcome.epochs,
            outcome.snapshots, outcome.late, outcome.results, f"{min(seconds):.2f}–{max(seconds):.2f}")
    return table


def targets(outcomes, duckdb, long_delay_most):
    """Whether each promise holds: its name, what is asked, what was measured."""
    table = Table("targets", "What is promised", ["", "asked", "measured", "holds"])

    def promise(name, asked, measured_value, holds):
        table.add(name, asked, measured_value, "yes" if holds else "NO")

    for outcome in outcomes:
        question = outcome.question
        ratio = outcome.ratio(duckdb)
        if ratio is not None:
            promise(
                f"{question.key}, DuckDB's time by tidemill's", f"at least {question.least_ratio:g}", f"{ratio:.2f}",
                ratio >= question.least_ratio)
        peak = measured.median(outcome.ours).peak_bytes / 1e6
        if question.most_megabytes:
            promise(
                f"{question.key}, peak memory", f"at most {question.most_megabytes} MB", f"{peak:.0f} MB",
                peak <= question.most_megabytes)
        if outcome.long_delay:
            peak = outcome.long_delay.peak_bytes / 1e6
            promise(
                f"{question.key}, peak memory with a delay of 3 h", f"at most {long_delay_most} MB", f"{peak:.0f} MB",
                peak <= long_delay_most)
    return table


def as_json(machine, tables, outcomes):
    def cost(value):
        return {"seconds": round(value.seconds, 4), "cpuSeconds": round(value.cpu_seconds, 4), "peakBytes": value.peak_bytes}

    return {
        "machine": machine,
        "questions": {
            outcome.question.key: {
                "title": outcome.question.title, "events": outcome.rows, "bytes": outcome.bytes, "epochs": outcome.epochs,
                "snapshots": outcome.snapshots, "late": outcome.late, "results": outcome.results,
                "tidemill": [cost(value) for value in outcome.ours],
                "peers": {
                    peer: {"runs": [cost(value) for value in costs], "ratio": round(outcome.ratio(peer), 3)}
                    for peer, costs in outcome.peers.items()},
                "longDelay": cost(outcome.long_delay) if outcome.long_delay else None,
                "failures": outcome.failures,
            } for outcome in outcomes},
        "tables": {table.key: {"title": table.title, "columns": table.columns, "rows": table.rows} for table in tables},
    }
