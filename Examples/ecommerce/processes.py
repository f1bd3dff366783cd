"""The programs that a demonstration starts. Each ends with it, however it ends."""

import ctypes
import os
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


def ends_by_signals():
    """Makes the usual signals exceptions, so that everything that was started is ended."""
    def end(number, _):
        raise SystemExit(128 + number)

    # Whoever started us may have blocked them, and our children would inherit that.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)


def dies_with_us():
    """To be called in a child: on Linux it is killed when its parent is gone, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


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
    """`tidemill run` in a directory; what it says is in the file `messages` there."""

    def __init__(self, program, directory, script, broker, *arguments, prefix=(), environment=None, before=dies_with_us):
        self.messages = Path(directory) / "messages"
        self._output = open(self.messages, "wb")
        everything = {**os.environ, "BROKER": broker, "SWIFT_BACKTRACE": "enable=no", **(environment or {})}
        self._process = subprocess.Popen(
            [*prefix, str(program), "run", str(script), *arguments], cwd=directory, env=everything,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._output, start_new_session=True,
            preexec_fn=before)

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
        """Ctrl-C."""
        self._signal(signal.SIGINT)
        return self.wait()

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
            self._signal(signal.SIGKILL)
            self._process.wait()
            raise TimeoutError("tidemill did not end; it said:\n" + self.text) from None
        finally:
            self._output.close()
