"""DuckDB, which answers the same questions, and says what tidemill must answer.

Runs in the interpreter that has DuckDB, one action a process; its arguments are a JSON object:

    duckdb_peer.py version {}
    duckdb_peer.py time    {query, data, format, threads, output}           the timed query: every event counts
    duckdb_peer.py convert {data, output}                                   files of JSON as files of Parquet
    duckdb_peer.py expect  {data, format, delay, slide, columns, output}    the exact answer by the rule of event time
    duckdb_peer.py digest  {result, columns}                                a result's size, sums and hashes
    duckdb_peer.py compare {result, expected, columns}                      row by row
"""

import json
import sys
from pathlib import Path
from string import Template

import duckdb

# It is printed where answers go, once something takes a while.
duckdb.execute("SET enable_progress_bar = false")

TYPES = {"product_id": "VARCHAR", "sales_amount": "BIGINT", "event_time": "TIMESTAMP"}
AGGREGATES = {
    "total": "SUM(sales_amount)::BIGINT", "sales": "COUNT(*)", "average": "AVG(sales_amount)",
}
RESULT_TYPES = {"total": "BIGINT", "sales": "BIGINT", "average": "DOUBLE"}
WINDOW = 'STRUCT("start" TIMESTAMP, "end" TIMESTAMP)'


def columns_of(types):
    return "{" + ", ".join(f"{name}: '{type}'" for name, type in types.items()) + "}"


def sales(data, format):
    if format == "csv":
        # CSV's columns go by position, so all of them are named; only three are read.
        return f"read_csv('{data}/*.csv', header = true, columns = {columns_of(dict(TYPES, region='VARCHAR'))})"
    if format == "parquet":
        return f"read_parquet('{data}/*.parquet')"
    return f"read_json('{data}/*.json', format = 'newline_delimited', columns = {columns_of(TYPES)})"


def time_query(query, data, format, threads, output):
    duckdb.execute(f"SET threads = {threads}; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    text = Template(Path(query).read_text()).substitute(sales=sales(data, format))
    duckdb.execute(f"COPY ({text}) TO '{output}' (FORMAT json)")


def convert(data, output):
    """Each file with all of its columns, in the order of its lines; times in UTC, numbers of 32 bits."""
    duckdb.execute("SET TimeZone = 'UTC'; SET threads = 1")
    types = {**TYPES, "sales_amount": "INTEGER", "event_time": "TIMESTAMPTZ", "region": "VARCHAR"}
    files = sorted(Path(data).glob("*.json"))
    for file in files:
        read = f"read_json('{file}', format = 'newline_delimited', columns = {columns_of(types)})"
        duckdb.execute(f"COPY (SELECT * FROM {read}) TO '{Path(output) / file.stem}.parquet' (FORMAT parquet)")
    return {"files": len(files)}


def expect(data, format, delay, slide, columns, output):
    """A row is late for a window of an hour, and does not count there, if the window ends no later than the highest event
    time of all rows before it, in the order of files and lines, less the delay."""
    duckdb.execute("SET TimeZone = 'UTC'")
    # A table keeps the order that it is filled in (preserve_insertion_order is on), and rowid is that order.
    duckdb.execute(f"CREATE TABLE events AS SELECT * FROM {sales(data, format)}")
    duckdb.execute(f"""
        CREATE TABLE judged AS
        SELECT *, time_bucket(INTERVAL '{slide} minutes', event_time) AS last_start,
               MAX(event_time) OVER (ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                 - INTERVAL '{delay} minutes' AS watermark
        FROM events""")
    aggregates = ", ".join(f"{AGGREGATES[column]} AS {column}" for column in columns)
    duckdb.execute(f"""
        COPY (SELECT product_id, start, {aggregates}
              FROM (SELECT *, unnest([last_start - INTERVAL ({slide} * step) MINUTE for step in range({60 // slide})]) AS start
                    FROM judged)
              WHERE watermark IS NULL OR start + INTERVAL '1 hour' > watermark
              GROUP BY ALL)
        TO '{output}' (FORMAT parquet)""")
    rows, late = duckdb.execute(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE last_start + INTERVAL '1 hour' <= watermark) FROM judged").fetchone()
    return {"rows": rows, "late": late}


def result_rows(result, columns):
    """A result as a relation: tidemill's directory, whose windows are objects; a directory of batches, of which the last
    one that has a key counts; a file of a peer; or a parquet file."""
    if result.endswith(".parquet"):
        return f"read_parquet('{result}')"
    types = {"product_id": "VARCHAR", **{column: RESULT_TYPES[column] for column in columns}}
    reading = "read_json('{}', format = 'newline_delimited', columns = {})"
    if list(Path(result).glob("batch=*")):
        read = reading.format(f"{result}/batch=*/*.json", columns_of({**types, "start": "TIMESTAMP"}))
        return f"""(SELECT * FROM {read[:-1]}, hive_partitioning = true, hive_types = {{batch: BIGINT}})
                    QUALIFY ROW_NUMBER() OVER (PARTITION BY product_id, start ORDER BY batch DESC) = 1)"""
    if Path(result).is_dir():
        read = reading.format(f"{result}/[!._]*.json", columns_of({**types, "w": WINDOW}))
        return f"""(SELECT * EXCLUDE w, w."start" AS start, w."end" AS "end" FROM {read})"""
    return reading.format(result, columns_of({**types, "start": "TIMESTAMP"}))


def digest(result, columns):
    """Two hashes of each row that have nothing in common, summed, so that the order of rows does not matter."""
    exact = [column for column in columns if column != "average"]
    row = ", ".join(["product_id", "start", *exact])
    reverse = ", ".join(["'second'", *reversed(exact), "start", "product_id"])
    sums = ", ".join(f"SUM({column})::HUGEINT" for column in exact)
    values = duckdb.execute(f"""
        SELECT COUNT(*), SUM(hash({row})::HUGEINT) % 18446744073709551557, SUM(hash({reverse})::HUGEINT) % 18446744073709551557,
               {sums}
        FROM {result_rows(result, columns)}""").fetchone()
    return {"rows": values[0], "hashes": [str(value) for value in values[1:3]],
            **{column: int(value or 0) for column, value in zip(exact, values[3:])}}


def compare(result, expected, columns):
    """How many rows are on one side only or differ: exactly, but for the last bits of averages."""
    differs = [f"got.{column} IS DISTINCT FROM expected.{column}" for column in columns if column != "average"]
    differs.append("""got."end" IS DISTINCT FROM expected.start + INTERVAL '1 hour'""")
    if "average" in columns:
        differs.append("""NOT (got.average IS NULL AND expected.average IS NULL
            OR COALESCE(ABS(got.average - expected.average) <= 1e-9 * ABS(expected.average), false))""")
    rows, wrong = duckdb.execute(f"""
        SELECT COUNT(*), COUNT(*) FILTER (WHERE {" OR ".join(differs)})
        FROM {result_rows(result, columns)} AS got FULL JOIN read_parquet('{expected}') AS expected
        ON got.product_id IS NOT DISTINCT FROM expected.product_id AND got.start = expected.start""").fetchone()
    return {"rows": rows, "wrong": wrong}


if __name__ == "__main__":
    action, arguments = sys.argv[1], json.loads(sys.argv[2])
    actions = {"time": time_query, "convert": convert, "expect": expect, "digest": digest, "compare": compare,
               "version": lambda: duckdb.__version__}
    answer = actions[action](**arguments)
    if answer is not None:
        print(json.dumps(answer))
