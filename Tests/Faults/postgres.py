"""A PostgreSQL server of one's own."""

import glob
import os
import pwd
import shutil
import subprocess

from processes import free_port


def programs():
    """Where initdb and pg_ctl are; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda folder: float(folder.split("/")[4]))
    return os.path.dirname(found) if found else folders[-1] if folders else None


class Postgres:
    """A server on loopback, in a directory, that can be stopped as a power failure would."""

    def __init__(self, folder, directory):
        self._folder, self._data = folder, f"{directory}/data"
        self.port = free_port()
        self.url = f"postgresql://books@127.0.0.1:{self.port}/postgres"
        self._runs = False
        os.makedirs(self._data)
        # It refuses to run as root.
        self._as = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (directory, self._data):
                os.chown(path, user.pw_uid, user.pw_gid)
        self._directory = str(directory)
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "books", "--no-sync")
        self.start()

    def _run(self, program, *arguments):
        path = f"{self._folder}/{program}"
        result = subprocess.run(
            [path if os.path.exists(path) else program, *arguments], cwd=self._directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **self._as)
        if result.returncode:
            raise ChildProcessError(f"{program} failed:\n{result.stdout}")
        return result.stdout

    def start(self):
        self._run("pg_ctl", "-D", self._data, "-w", "-l", f"{self._directory}/log", "-o",
                  f"-p {self.port} -h 127.0.0.1 -k {self._directory}", "start")
        self._runs = True

    def stop(self):
        """Ends it at once, in the middle of whatever it does; it recovers when it starts."""
        if self._runs:
            self._runs = False
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def ask(self, query):
        """The rows of a query, as text."""
        text = self._run("psql", "-X", "-A", "-t", "-F", "\t", "-d", self.url, "-c", query)
        return [line.split("\t") for line in text.splitlines()]
