"""Runs a program once and tells what it cost."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


class Failure(Exception):
    """A program that was to be measured failed."""


@dataclass
class Cost:
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command, stdout=subprocess.DEVNULL, until=None, cores=None):
    """Runs `command` to its end, a failure of which ends the benchmark with the program's own words.

    - cores: on how many of the machine's cores it may run; Linux only.
    - until: asked ten times a second whether the program has done enough; it is then told to end, as by Ctrl-C.

    The peak is the kernel's high-water mark of this one process. It counts file pages that the process has mapped,
    and is never below what this interpreter used when it started it, about 15 MB.
    """
    began = time.perf_counter()
    # Into a file, so that whatever the program says it need not wait for a reader.
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors, preexec_fn=cores and keep_to(cores))
        if until:
            wait_until(until, process)
            process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            words = errors.read().decode(errors="replace")
            raise Failure(f"{' '.join(command)} ended with status {process.returncode}:\n{words}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def keep_to(cores):
    """Keeps a process that is about to start to so many of the cores that this one may use."""
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    return lambda: os.sched_setaffinity(0, chosen)


def wait_until(is_done, process, seconds=600):
    """The process is not reaped, so its number stays its own."""
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            process.kill()
            process.wait()
            raise Failure(f"not done after {seconds} seconds: {' '.join(process.args)}")
        time.sleep(0.1)


def median(costs):
    """The medians of times, and the highest peak."""
    return Cost(
        statistics.median(cost.seconds for cost in costs), statistics.median(cost.cpu_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs))
