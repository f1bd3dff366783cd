"""The other engines: each in a Python environment of its own below the work folder, installed when it is first asked for."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

import measured

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Peer:
    name: str
    script: str
    packages: Tuple[str, ...]
    # Its environment, in which `imports` must be of `version` ("" for any).
    folder: str
    imports: str
    version: str = ""


DUCKDB = Peer("duckdb", "duckdb_peer.py", ("duckdb==2.0.0",), "bench-venv", "duckdb", "2.0.0")
POLARS = Peer("polars", "polars_peer.py", ("polars",), "bench-venv-polars", "polars")
SPARK = Peer("spark", "spark_peer.py", ("pyspark",), "bench-venv-spark", "pyspark")


class Installed:
    """A peer that can be run."""

    def __init__(self, peer, work):
        self.peer = peer
        self.python = work / peer.folder / "bin" / "python"
        self.version = self._version()

    def _version(self):
        try:
            return subprocess.run(
                [str(self.python), "-c", f"import {self.peer.imports} as peer; print(peer.__version__)"],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return None

    @property
    def label(self):
        return f"{self.peer.name} {self.version}"

    def command(self, action, **arguments):
        values = {name: value if isinstance(value, (int, str)) else list(value) if isinstance(value, (list, tuple)) else str(value)
                  for name, value in arguments.items()}
        return [str(self.python), str(HERE / self.peer.script), action, json.dumps(values)]

    def time(self, **arguments):
        return measured.run(self.command("time", **arguments))

    def ask(self, action, **arguments):
        command = self.command(action, **arguments)
        return json.loads(subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout)


def install(peer, work, say):
    """The peer, installed from PyPI where it is missing; `None` where that fails."""
    installed = Installed(peer, work)
    if installed.version and peer.version in ("", installed.version):
        return installed
    say(f"Installing {' '.join(peer.packages)} from PyPI into {work / peer.folder}")
    work.mkdir(parents=True, exist_ok=True)
    log = work / f"{peer.folder}.log"
    with log.open("w") as output:
        for command in ([sys.executable, "-m", "venv", "--clear", str(work / peer.folder)],
                        [str(installed.python), "-m", "pip", "install", "--quiet", *peer.packages]):
            try:
                subprocess.run(command, check=True, stdout=output, stderr=subprocess.STDOUT)
            except (OSError, subprocess.CalledProcessError):
                say(f"That failed (see {log}); it needs python3-venv on Debian and a PyPI that can be reached.")
                return None
    return Installed(peer, work)
