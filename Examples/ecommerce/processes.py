"""The programs that a demonstration starts. Each ends with it, however it ends."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds=30):
    """Returns once the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)


def stacks(process):
    """Where the threads of a process are, as far as gdb, where it is installed, can tell."""
    if not shutil.which("gdb"):
        return "(gdb is not installed)"
    command = ["gdb", "-p", str(process), "-batch", "-ex", "thread apply all backtrace 40"]
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60).stdout.decode(
                errors="replace")
    except subprocess.TimeoutExpired:
        return "(gdb did not say)"


def ends_by_signals():
    """Makes the usual signals exceptions, so that everything that was started is ended."""
    def end(number, _):
        raise SystemExit(128 + number)

    # Whoever started us may have blocked them, and our children would inherit that.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)


def dying_with_us():
    """What a command begins with so that it is killed when we are gone, even by kill -9; nothing where that cannot be had.

    A program does it: Python's own code must not run in a child of a process that has threads.
    """
    found = shutil.which("setpriv") if sys.platform == "linux" else None
    return [found, "--pdeathsig", "KILL", "--"] if found else []


class Broker:
    """A Kafka-compatible broker on loopback. What it holds outlives its end."""

    def __init__(self, program, directory):
        self.port = free_port()
        self.servers = f"127.0.0.1:{self.port}"
        self._program = str(program)
        self._directory = str(directory)
        self._process = None
        self.start()

    def start(self):
        # The shell ends the broker when its input ends: with us, however we end. A group of its own keeps your Ctrl-C from it.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", '"$0" "$@" </dev/null & broker=$!; read -r _; kill -TERM $broker; wait $broker', self._program,
             "start", "--only", "kafka", "--host", "127.0.0.1", "--kafka-port", str(self.port), "--data-dir",
             self._directory],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until("the broker to listen", self._listens)

    def _listens(self):
        if self._process.poll() is not None:
            raise ChildProcessError("the broker has ended")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self._process:
            self._process.stdin.close()
            self._process.wait(30)
        self._process = None


class Tidemill:
    """`tidemill run`, or another command of it, in a directory; what it says is in a file `messages-…` there, one for each.

    `prefix` is a program that runs the rest of its arguments.
    """

    _numbers = itertools.count(1)

    def __init__(self, program, directory, script, broker, *arguments, command="run", prefix=(), environment=None):
        self.messages = Path(directory) / f"messages-{next(self._numbers)}"
        self._output = open(self.messages, "wb")
        everything = {**os.environ, "BROKER": broker, "SWIFT_BACKTRACE": "enable=no", **(environment or {})}
        self._process = subprocess.Popen(
            [*prefix, *dying_with_us(), str(program), command, str(script), *arguments], cwd=directory, env=everything,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._output, start_new_session=True)

    @property
    def is_running(self):
        return self._process.poll() is None

    @property
    def text(self):
        return self.messages.read_text(errors="replace")

    def kill(self):
        """kill -9."""
        self._signal(signal.SIGKILL)
        return self.wait()

    def interrupt(self):
        """Ctrl-C, and its end."""
        self.send_interrupt()
        return self.wait()

    def send_interrupt(self):
        """Ctrl-C."""
        self._signal(signal.SIGINT)

    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def wait(self, seconds=60):
        """Its exit code."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            threads = stacks(self._process.pid)
            self._signal(signal.SIGKILL)
            self._process.wait()
            raise TimeoutError(f"tidemill did not end; it said:\n{self.text}\nits threads:\n{threads}") from None
        finally:
            self._output.close()
