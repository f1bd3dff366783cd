"""Delta tables as others read them: deltalake, and DuckDB where it can."""

import glob
import os
import threading

import deltalake
import duckdb
import duckdb_extension_delta

import bank


def _connection():
    connection = duckdb.connect()
    folder = os.path.dirname(duckdb_extension_delta.__file__)
    [extension] = glob.glob(f"{folder}/extensions/*/delta.duckdb_extension")
    connection.execute(f"LOAD '{extension}'; SET TimeZone = 'UTC'")
    return connection


def open_table(path, options=None, version=None):
    """The table as deltalake sees it; None before it is made."""
    if not deltalake.DeltaTable.is_deltatable(str(path), storage_options=options):
        return None
    return deltalake.DeltaTable(str(path), version=version, storage_options=options)


def by_deltalake(path, options=None, version=None):
    """[((account, hour's start if there is one), (balance, moves))]"""
    table = open_table(path, options, version)
    return _rows(table.to_pyarrow_table()) if table else []


def _rows(found):
    return [((row["account"], *([row["w"]["start"]] if "w" in row else [])), (row["balance"], row["moves"]))
            for row in found.to_pylist()]


def by_duckdb(path, connection=None):
    connection = connection or _connection()
    # Through Arrow: DuckDB itself makes Python's times of it only where pytz is installed.
    return _rows(connection.execute(f"SELECT * FROM delta_scan('{path}')").to_arrow_table())


def broken(rows):
    """What is wrong with rows that should be those of whole epochs; None if nothing is."""
    if len({key for key, _ in rows}) != len(rows):
        return "a key is there twice"
    balance, moves = sum(total[0] for _, total in rows), sum(total[1] for _, total in rows)
    if balance or moves % bank.ROWS:
        return f"balances of {moves} moves add up to {balance}: half an epoch"
    return None


def differences(name, expected, rows):
    """What differs from the bank's account, in sentences."""
    problems = [f"{name}: a key is there twice"] if len({key for key, _ in rows}) != len(rows) else []
    found = dict(rows)
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    for key in sorted(wrong)[:3]:
        problems.append(f"{name}: {key} is {found.get(key)}, and {expected.get(key)} by the bank's account")
    if len(wrong) > 3:
        problems.append(f"{name}: and {len(wrong) - 3} more of {len(expected)}")
    return problems


class Reader:
    """Reads a table again and again while it is written. Each time it must be that of whole epochs, and never go back."""

    def __init__(self, path, options=None):
        self.reads, self.problems = 0, []
        self._path, self._options = path, options
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        connection = None if self._options else _connection()
        before = 0
        while not self._is_over.wait(0.02):
            try:
                if not open_table(self._path, self._options):
                    continue
                is_odd = self.reads % 2 and connection
                rows = by_duckdb(self._path, connection) if is_odd else by_deltalake(self._path, self._options)
            except Exception as error:  # noqa: BLE001
                self.problems.append(f"cannot be read: {error}")
                return
            moves = sum(total[1] for _, total in rows)
            problem = broken(rows) or (f"{moves} moves behind {before}" if moves < before else None)
            if problem:
                self.problems.append(problem)
                return
            before = moves
            self.reads += 1

    def stop(self):
        self._is_over.set()
        self._thread.join()
        return self.problems


def check_versions(path, options=None):
    """Problems of single versions, and how many there are."""
    table = open_table(path, options)
    problems = []
    for version in range(table.version() + 1):
        if problem := broken(by_deltalake(path, options, version)):
            problems.append(f"version {version}: {problem}")
    return problems, table.version() + 1
