"""One run of tidemill over files, as in production: with a checkpoint, and with its own records of what it did."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import measured


@dataclass
class Run:
    cost: measured.Cost
    output: Path
    epochs: int
    snapshots: int
    rows: int
    late: int


@dataclass(frozen=True)
class Binary:
    path: Path
    # Where runs keep their scripts, checkpoints and results; each begins with nothing.
    work: Path
    lanes: int

    def run(self, kind, files, delay, lanes=None, cores=None, mode="append", slide=None, settings=()):
        """All of the files, closing every window at the end; with settings such as `epoch.bytes=32MB`."""
        options = [word for setting in settings for word in ("--set", setting)]
        return self._run(kind, files, delay, lanes, mode, slide, ["--once", *options], cores=cores)

    def follow(self, kind, files, delay, interval):
        """All of the files in update mode, an epoch every so often, until no row is missing."""
        return self._run(kind, files, delay, None, "update", None, ["--follow", "--trigger", interval], follows=True)

    def _run(self, kind, files, delay, lanes, mode, slide, options, follows=False, cores=None):
        folder = self.work / "bench-run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        script, progress, output = folder / "query.sql", folder / "progress.jsonl", folder / "result"
        script.write_text(kind.script(
            data=files.path, format=files.ending, header=", header 'true'" if files.ending == "csv" else "", delay=delay,
            output=output, mode=mode, slide=slide or kind.slide_minutes))

        def records():
            # The last line may be half written.
            text = progress.read_text() if progress.exists() else ""
            return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

        def has_all():
            known = records()
            return bool(known) and known[-1]["totalLedger"]["rowsIn"] >= files.rows

        cost = measured.run(
            [str(self.path), "run", str(script), "--checkpoint", str(folder / "checkpoint"), "--progress", str(progress),
             "--lanes", str(lanes or self.lanes), *options],
            until=has_all if follows else None, cores=cores)
        known = records()
        if not known:
            raise measured.Failure(f"{progress} has no record")
        ledger = known[-1]["totalLedger"]
        return Run(
            cost, output, len({record["batchId"] for record in known}), max(record["snapshots"] for record in known),
            ledger["rowsIn"], ledger["late"])
