"""DuckDB's side of the hourly sales benchmark: the timed query, and the exact answer to check against.

Runs in the interpreter that has DuckDB, one action a process:

    duckdb_hourly.py time DATA THREADS OUTPUT.json     the timed query: every event counts
    duckdb_hourly.py expect DATA DELAY_MINUTES EXPECTED.parquet
    duckdb_hourly.py compare EXPECTED.parquet RESULT_DIRECTORY
"""

import json
import sys

import duckdb

SALES = "{product_id: 'VARCHAR', sales_amount: 'BIGINT', event_time: 'TIMESTAMP', region: 'VARCHAR'}"
RESULT = """{product_id: 'VARCHAR', total: 'BIGINT', sales: 'BIGINT', average: 'DOUBLE',
             hour_window: 'STRUCT("start" TIMESTAMP, "end" TIMESTAMP)'}"""
HOUR = "time_bucket(INTERVAL '1 hour', event_time)"
AGGREGATES = "SUM(sales_amount)::BIGINT AS total, COUNT(*) AS sales, AVG(sales_amount) AS average"


def sales(data):
    return f"read_json('{data}/*.json', format = 'newline_delimited', columns = {SALES})"


def time_query(data, threads, output):
    duckdb.execute(f"SET threads = {threads}; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    duckdb.execute(f"""
        COPY (SELECT product_id, {HOUR} AS hour, {AGGREGATES} FROM {sales(data)} GROUP BY ALL)
        TO '{output}' (FORMAT json)""")


def expect(data, delay_minutes, path):
    """The answer by the rule of event time: a row is late, and does not count, if its hour ends no later than the
    highest event time of all rows before it, in the order of files and lines, less the delay."""
    duckdb.execute("SET TimeZone = 'UTC'")
    # A table keeps the order that it is filled in (preserve_insertion_order is on), and rowid is that order.
    duckdb.execute(f"CREATE TABLE events AS SELECT * FROM {sales(data)}")
    duckdb.execute(f"""
        CREATE TABLE judged AS
        SELECT *, COALESCE({HOUR} + INTERVAL '1 hour' <= highest - INTERVAL '{int(delay_minutes)} minutes', false) AS late
        FROM (SELECT *, MAX(event_time) OVER (ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest
              FROM events)""")
    duckdb.execute(f"""
        COPY (SELECT product_id, {HOUR} AS hour, {AGGREGATES} FROM judged WHERE NOT late GROUP BY ALL)
        TO '{path}' (FORMAT parquet)""")
    rows, late = duckdb.execute("SELECT COUNT(*), COUNT(*) FILTER (WHERE late) FROM judged").fetchone()
    print(json.dumps({"rows": rows, "late": late}))


def compare(path, results):
    """Every product-hour on both sides, with equal counts and sums and averages within the last bits."""
    groups, sales_counted, total, wrong = duckdb.execute(f"""
        SELECT COUNT(*), SUM(got.sales), SUM(got.total), COUNT(*) FILTER (WHERE
            got.total IS DISTINCT FROM expected.total OR got.sales IS DISTINCT FROM expected.sales
            OR got.hour_window."end" IS DISTINCT FROM expected.hour + INTERVAL '1 hour'
            OR NOT COALESCE(ABS(got.average - expected.average) <= 1e-9 * ABS(expected.average), false))
        FROM read_json('{results}/[!._]*.json', format = 'newline_delimited', columns = {RESULT}) AS got
        FULL JOIN read_parquet('{path}') AS expected
        ON got.product_id = expected.product_id AND got.hour_window."start" = expected.hour""").fetchone()
    print(json.dumps({"groups": groups, "sales": int(sales_counted or 0), "total": int(total or 0), "wrong": wrong}))


if __name__ == "__main__":
    action, arguments = sys.argv[1], sys.argv[2:]
    if action == "version":
        print(duckdb.__version__)
    else:
        {"time": time_query, "expect": expect, "compare": compare}[action](*arguments)
