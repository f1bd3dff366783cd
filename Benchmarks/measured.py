"""Runs a program once and tells what it cost."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass
class Cost:
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command, stdout=subprocess.DEVNULL):
    """Runs `command` to its end, a failure of which ends the benchmark with the program's own words.

    The peak is the kernel's high-water mark of this one process. It counts file pages that the process has mapped,
    and is never below what this interpreter used when it started it, about 15 MB.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        sys.stderr.write(errors.decode(errors="replace"))
        sys.exit(f"error: {command[0]} ended with status {process.returncode}: {' '.join(command)}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)
