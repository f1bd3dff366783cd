"""Writes Delta tables with deltalake, for lake.py: the same rows as tidemill-lake-bench. Prints a line of JSON for each commit.

    deltalake_peer.py append SOURCE TARGET PARTITIONS
    deltalake_peer.py update TARGET GROUPS CHANGED COMMITS
    deltalake_peer.py contents TABLE...

The last one prints what each table holds, for comparing: rows, keys, sums.
"""

import json
import sys
import time

import deltalake
import pyarrow as pa
import pyarrow.compute as compute


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


class Random:
    """That of tidemill-lake-bench, so that both write the same rows."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 64)
        return self.state >> 33


def update(target, groups, changed, commits):
    generator = Random(7)

    def batch(chosen, epoch):
        return pa.table({
            "product_id": [f"p-{group:08}" for group in chosen], "n": pa.array([epoch] * len(chosen), pa.int64()),
            "total": pa.array([generator.next() % 100_000 for _ in chosen], pa.int64())})

    def choose():
        chosen = set()
        while len(chosen) < changed:
            chosen.add(generator.next() % groups)
        return sorted(chosen)

    for epoch in range(1, commits + 2):
        rows = batch(range(groups) if epoch == 1 else choose(), epoch)
        began = time.perf_counter()
        if epoch == 1:
            deltalake.write_deltalake(target, rows, writer_properties=PROPERTIES)
        else:
            (deltalake.DeltaTable(target).merge(
                rows, predicate="t.product_id = s.product_id", source_alias="s", target_alias="t",
                writer_properties=PROPERTIES).when_matched_update_all().when_not_matched_insert_all().execute())
        say(rows.num_rows, time.perf_counter() - began, deltalake.DeltaTable(target))


def contents(*paths):
    """A line for each table: how many rows and which sums. A sum of products ties the columns of a row to each other."""
    for path in paths:
        rows = deltalake.DeltaTable(path).to_pyarrow_table()
        found = {"rows": rows.num_rows}
        numbers = []
        for name in sorted(rows.column_names):
            column = rows[name]
            if pa.types.is_struct(column.type):
                column = compute.struct_field(column, "start").cast(pa.int64())
            elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
                # p-00000017
                found[f"{name}, different"] = compute.count_distinct(column).as_py()
                column = compute.utf8_slice_codeunits(column.cast(pa.string()), 2).cast(pa.int64())
            elif not pa.types.is_integer(column.type):
                continue
            found[name] = compute.sum(compute.bit_wise_and(column, (1 << 40) - 1)).as_py()
            numbers.append(compute.bit_wise_and(column, (1 << 20) - 1))
        for name, (one, other) in enumerate(zip(numbers, numbers[1:])):
            found[f"products {name}"] = compute.sum(compute.multiply(one, other)).as_py()
        print(json.dumps(found), flush=True)


if sys.argv[1] == "append":
    append(*sys.argv[2:])
elif sys.argv[1] == "update":
    update(sys.argv[2], *map(int, sys.argv[3:]))
else:
    contents(*sys.argv[2:])
