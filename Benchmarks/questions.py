"""The questions that tidemill and its peers answer, and what is asked of tidemill."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Optional, Tuple

import events

QUERIES = Path(__file__).resolve().parent / "queries"
DELAY_MINUTES = 10


@dataclass(frozen=True)
class Kind:
    """A query: its text for tidemill is queries/NAME.sql, for DuckDB queries/NAME.duckdb.sql."""

    name: str
    slide_minutes: int
    # What it gives besides product and window; `average` is compared to 1e-9, the others exactly.
    columns: Tuple[str, ...]

    def script(self, **values):
        return Template((QUERIES / f"{self.name}.sql").read_text()).substitute(values)

    @property
    def duckdb(self):
        return QUERIES / f"{self.name}.duckdb.sql"

    @property
    def windows_a_row(self):
        return 60 // self.slide_minutes


HOURLY = Kind("hourly", 60, ("total", "sales", "average"))
SLIDING = Kind("sliding", 5, ("total",))


@dataclass(frozen=True)
class Question:
    key: str
    title: str
    events: events.Events
    kind: Kind
    # How many times as fast as DuckDB it must be, and how much memory it may take.
    least_ratio: float
    most_megabytes: Optional[int] = None
    # What tidemill is told: CSV is half as many bytes, and there are to be as many epochs and snapshots.
    settings: Tuple[str, ...] = ()


ALL = [
    Question("Q1", "hourly sum, count, average by product; 1 k products", events.SALES, HOURLY, 5, 100),
    Question("Q2", "the same, 1 M products that sell alike", events.UNIFORM, HOURLY, 3, 250),
    Question("Q3", "sum by product over 1 h every 5 min; 1 k products", events.SALES, SLIDING, 15, 100),
    Question("Q6", "Q1 from CSV", events.CSV, HOURLY, 3, settings=("epoch.bytes=32MB", "snapshot.bytes=128MB")),
    Question("Q7", "Q1 from JSON that varies from line to line", events.VARIED, HOURLY, 2),
    Question("Q8", "Q1 from Parquet", events.PARQUET, HOURLY, 0.7, settings=("epoch.bytes=6MB", "snapshot.bytes=24MB")),
]

# Q2 once more with a long delay, for its memory: every hour stays open for three more.
LONG_DELAY_MINUTES = 180
LONG_DELAY_MOST_MEGABYTES = 400
