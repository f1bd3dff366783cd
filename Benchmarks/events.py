"""The sets of events: made by `tidemill generate`, once for each size, and kept."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

# When the first file was last written, as far as its time says: the first second of 2024-03-02.
MODIFIED = 1_709_337_600


@dataclass(frozen=True)
class Events:
    name: str
    options: Tuple[str, ...] = ()
    ending: str = "json"
    # Other events that these are, in files that DuckDB writes.
    same_as: Optional["Events"] = None

    def directory(self, work, rows, files):
        return work / "bench-data" / f"{self.name}-{rows}-in-{files}"


SALES = Events("zipf")
UNIFORM = Events("uniform", ("--products", "1000000", "--uniform"))
CSV = Events("csv", ("--format", "csv"), "csv")
VARIED = Events("varied", ("--varied",))
PARQUET = Events("parquet", ending="parquet", same_as=SALES)


@dataclass(frozen=True)
class Files:
    """A directory of events that is there."""

    path: Path
    ending: str
    rows: int

    @property
    def bytes(self):
        return sum(file.stat().st_size for file in self.path.glob(f"*.{self.ending}"))

    def beside(self, name):
        """The path of something that belongs to these events, such as the answer to a question about them."""
        return self.path.with_name(f"{self.path.name}.{name}")


def make(events, tidemill, duckdb, work, rows, files, say):
    """The directory of these events, only ever complete."""
    path = events.directory(work, rows, files)
    if not path.is_dir():
        source = events.same_as and make(events.same_as, tidemill, duckdb, work, rows, files, say)
        say(f"Making {rows:,} events ({events.name}) in {files} files")
        unfinished = path.with_name(path.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        if source:
            unfinished.mkdir()
            duckdb.ask("convert", data=source.path, output=unfinished)
        else:
            subprocess.run(
                [str(tidemill), "generate", "sales", "--output", str(unfinished), "--rows", str(rows), "--files", str(files),
                 "--hours", "24", "--late", "0.001", "--seed", "1", *events.options],
                check=True, stdin=subprocess.DEVNULL)
        # Spark reads files by their times, which must differ by more than the moments in which they were written.
        for number, file in enumerate(sorted(unfinished.iterdir())):
            os.utime(file, (MODIFIED + number, MODIFIED + number))
        unfinished.rename(path)
    return Files(path, events.ending, rows)
