"""Writes Delta tables with deltalake, for lake.py: the same rows as tidemill-lake-bench. Prints a line of JSON for each commit.

    deltalake_peer.py append SOURCE TARGET PARTITIONS
    deltalake_peer.py update TARGET GROUPS CHANGED COMMITS
"""

import json
import random
import sys
import time

import deltalake
import pyarrow as pa


def added(table):
    """Bytes and files of the last commit, by the table's own log."""
    name = f"{table.table_uri.removeprefix('file://').rstrip('/')}/_delta_log/{table.version():020}.json"
    files = [json.loads(line)["add"] for line in open(name) if '"add":' in line]
    return sum(file["size"] for file in files), len(files)


def say(rows, seconds, table, **more):
    size, files = added(table)
    print(json.dumps({"rows": rows, "seconds": seconds, "bytes": size, "files": files, **more}), flush=True)


PROPERTIES = deltalake.WriterProperties(compression="SNAPPY", max_row_group_size=1 << 20)


def append(source, target, partitions):
    rows = deltalake.DeltaTable(source).to_pyarrow_table()
    names = [name for name in partitions.split(",") if name]
    # Of the source's own partitions, only those that are asked for.
    rows = rows.select([name for name in rows.column_names if name != "w_date" or name in names]).combine_chunks()
    began = time.perf_counter()
    deltalake.write_deltalake(target, rows, partition_by=names or None, writer_properties=PROPERTIES)
    seconds = time.perf_counter() - began
    say(rows.num_rows, seconds, deltalake.DeltaTable(target))


def update(target, groups, changed, commits):
    generator = random.Random(7)

    def batch(chosen, epoch):
        return pa.table({
            "product_id": [f"p-{group:08}" for group in chosen], "n": pa.array([epoch] * len(chosen), pa.int64()),
            "total": pa.array([generator.randrange(100_000) for _ in chosen], pa.int64())})

    for epoch in range(1, commits + 2):
        rows = batch(range(groups) if epoch == 1 else sorted(generator.sample(range(groups), changed)), epoch)
        began = time.perf_counter()
        if epoch == 1:
            deltalake.write_deltalake(target, rows, writer_properties=PROPERTIES)
        else:
            (deltalake.DeltaTable(target).merge(
                rows, predicate="t.product_id = s.product_id", source_alias="s", target_alias="t",
                writer_properties=PROPERTIES).when_matched_update_all().when_not_matched_insert_all().execute())
        say(rows.num_rows, time.perf_counter() - began, deltalake.DeltaTable(target))


if sys.argv[1] == "append":
    append(*sys.argv[2:])
else:
    update(sys.argv[2], *map(int, sys.argv[3:]))
