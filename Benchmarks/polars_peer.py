"""Polars' side: polars_peer.py time '{"kind": "hourly", "data": …, "format": …, "threads": 2, "output": …}'"""

import json
import os
import sys

arguments = json.loads(sys.argv[2])
# Read when polars is imported.
os.environ["POLARS_MAX_THREADS"] = str(arguments["threads"])

import polars as pl  # noqa: E402

SALES = {"product_id": pl.String, "sales_amount": pl.Int64, "event_time": pl.String}


def sales(data, format):
    if format == "csv":
        rows = pl.scan_csv(f"{data}/*.csv", schema_overrides=SALES)
    else:
        rows = pl.scan_ndjson(f"{data}/*.json", schema=SALES)
    # Parsed by a format: with a type in the schema instead it is slower.
    return rows.with_columns(pl.col("event_time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms"))


def total():
    """SQL's sum: of nothing but NULLs it is NULL, not zero."""
    return pl.when(pl.col("sales_amount").count() > 0).then(pl.col("sales_amount").sum())


def hourly(rows):
    return rows.group_by("product_id", pl.col("event_time").dt.truncate("1h").alias("start")).agg(
        total=total(), sales=pl.len(), average=pl.col("sales_amount").mean())


def sliding(rows):
    steps = [pl.col("event_time").dt.truncate("5m").dt.offset_by(f"-{5 * step}m") for step in range(12)]
    return rows.select("product_id", "sales_amount", start=pl.concat_list(steps)).explode("start").group_by(
        "product_id", "start").agg(total=total())


def main():
    query = {"hourly": hourly, "sliding": sliding}[arguments["kind"]](sales(arguments["data"], arguments["format"]))
    query.collect(engine="streaming").write_ndjson(arguments["output"])


if __name__ == "__main__":
    main()
