"""Runs the shop's pipeline through kills and faults, and compares what it gives with the shop's own account."""

import argparse
import faulthandler
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Examples/ecommerce"))

import faults  # noqa: E402
from pipeline import Failed, Pipeline  # noqa: E402
from processes import ROOT, ends_by_signals  # noqa: E402
from topics import BrokerError  # noqa: E402


def run(pipeline, options):
    """Goes through the faults with kills between them; gives how many kills there were."""
    wanted = [fault for fault in faults.ALL if not options.only or fault.__name__ in options.only]
    done = 0
    pipeline.go_on()
    for number, fault in enumerate([*wanted, None]):
        until = options.kills * (number + 1) // (len(wanted) + 1)
        while done < until:
            faults.killed(pipeline)
            done += 1
        if fault:
            begin = time.monotonic()
            try:
                seen = fault(pipeline)
                seconds = time.monotonic() - begin
                rows = pipeline.must_agree()
                seen += f"; all of {rows:,} messages so far agree"
            except faults.LeftOut as reason:
                seen, seconds = f"left out: {reason}", 0
            except (Failed, TimeoutError) as problem:
                raise Failed(f"{fault.__name__}: {fault.__doc__.strip()}\n{problem}") from problem
            print(f"{fault.__name__} ({seconds:.1f} s, {done} kills so far): {seen}", flush=True)
    pipeline.must_progress()
    pipeline.finish()
    return done


def main():
    parser = argparse.ArgumentParser(prog="Scripts/faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which sales, and which moments")
    parser.add_argument("--kills", type=int, default=50, help="how often tidemill is killed by kill -9")
    parser.add_argument("--only", action="append", metavar="FAULT", help="only this fault; may be given again: "
                        + ", ".join(fault.__name__ for fault in faults.ALL))
    parser.add_argument("--rate", type=int, default=2000, help="sales a second")
    parser.add_argument("--without-postgres", action="store_true")
    parser.add_argument("--without-mount", action="store_true", help="as where nothing can be mounted")
    parser.add_argument("--keep", action="store_true", help="keep the directory")
    parser.add_argument("--tidemill", type=Path, default=ROOT / ".build/release/tidemill")
    parser.add_argument("--broker", type=Path, default=ROOT / ".build/broker/noida-db")
    options = parser.parse_args()
    unknown = set(options.only or []) - {fault.__name__ for fault in faults.ALL}
    if unknown:
        parser.error(f"there is no fault {', '.join(unknown)}")
    ends_by_signals()
    faulthandler.enable()
    parent = tempfile.mkdtemp(prefix="tidemill-faults-")
    options.directory = f"{parent}/run"
    Path(parent).chmod(0o755)
    print(f"seed {options.seed}, {options.kills} kills", flush=True)
    pipeline = None
    status = 1
    try:
        pipeline = Pipeline(options)
        kills = run(pipeline, options)
        problems, results = pipeline.compare()
        ledger = pipeline.shop.ledger
        for problem in problems:
            print(f"error: {problem}", file=sys.stderr)
        if not problems:
            status = 0
            print(f"{ledger.rows:,} messages, {ledger.late.total():,} late, {ledger.rejected:,} rejected, {kills} kills, "
                  f"{pipeline.epochs():,} epochs")
            print(f"{len(ledger.totals):,} product-hours agree to the last cent in {', '.join(results)}")
    except (Failed, BrokerError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
    finally:
        if pipeline:
            pipeline.close()
        if options.keep or status:
            print(f"its files are in {parent}", file=sys.stderr)
        else:
            shutil.rmtree(parent, ignore_errors=True)
    if status:
        print(f"again with: Scripts/faults --seed {options.seed} --kills {options.kills}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
