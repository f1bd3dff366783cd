"""Reads a table of the lake while tidemill writes it: python3 readers.py .build/demo-lake/hourly"""

import glob
import os
import sys


def load_delta(connection):
    """DuckDB with its extension for Delta: that of the wheel duckdb-extension-delta, or else its own."""
    try:
        import duckdb_extension_delta as wheel
        [extension] = glob.glob(os.path.join(os.path.dirname(wheel.__file__), "extensions", "*", "delta.duckdb_extension"))
        connection.execute(f"LOAD '{extension}'")
    except ImportError:
        connection.execute("INSTALL delta; LOAD delta")
    return connection


def main(path):
    import deltalake
    import duckdb

    table = deltalake.DeltaTable(path)
    print(f"deltalake sees version {table.version()}, written by epoch {table.transaction_version('tidemill/hourly')}")

    connection = load_delta(duckdb.connect())
    print(connection.sql(f"""
        SELECT w_date, product, sum(sales)::BIGINT AS sales, sum(revenue) AS revenue
        FROM delta_scan('{path}') GROUP BY ALL ORDER BY revenue DESC LIMIT 5"""))


if __name__ == "__main__":
    main(sys.argv[1])
