"""A PostgreSQL server of one's own."""

import glob
import os
import pwd
import shutil
import subprocess

from processes import free_port, wait_until


def programs():
    """Where initdb and postgres are; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda folder: float(folder.split("/")[4]))
    return os.path.dirname(found) if found else folders[-1] if folders else None


class Postgres:
    """A server on loopback, in a directory, that can be stopped as a power failure would."""

    def __init__(self, folder, directory):
        self._folder, self._data = folder, f"{directory}/data"
        self.port = free_port()
        self.url = f"postgresql://books@127.0.0.1:{self.port}/postgres"
        self._process = None
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

    def _program(self, name):
        path = f"{self._folder}/{name}"
        return path if os.path.exists(path) else name

    def _run(self, program, *arguments):
        result = subprocess.run(
            [self._program(program), *arguments], cwd=self._directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **self._as)
        if result.returncode:
            raise ChildProcessError(f"{program} failed:\n{result.stdout}")
        return result.stdout

    def start(self):
        # The shell ends the server when its input ends: with us, however we end.
        script = '"$@" </dev/null >>log 2>&1 & server=$!; read -r _; kill -QUIT $server; wait $server'
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", self._program("postgres"), "-D", self._data, "-p", str(self.port), "-h",
             "127.0.0.1", "-k", self._directory], cwd=self._directory, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, **self._as)
        wait_until(f"PostgreSQL to start: {self._directory}/log", self._answers)

    def _answers(self):
        command = [self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0

    def stop(self):
        """Ends it at once, in the middle of whatever it does; it recovers when it starts."""
        if self._process:
            self._process.stdin.close()
            self._process.wait(60)
        self._process = None

    def ask(self, query):
        """The rows of a query, as text."""
        text = self._run("psql", "-X", "-A", "-t", "-F", "\t", "-d", self.url, "-c", query)
        return [line.split("\t") for line in text.splitlines()]
