"""Spark's side, Structured Streaming: spark_peer.py time '{"kind": "hourly", "data": …, "format": …, "threads": 2, "output": …}'

One file a batch, with a checkpoint and its state in memory, in update mode, until the files are read. The delay is three
hours: which late rows Spark drops depends on where its batches are cut, and only an answer without drops can be checked.
What each batch changed is written as JSON; the answer is the last row of each key.
"""

import json
import os
import shutil
import sys

from pyspark.sql import SparkSession, functions as F


def session(threads):
    # State is in memory, with several versions of it: two thirds of the machine's are there to be used.
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 3 >> 30
    spark = (
        SparkSession.builder.master(f"local[{threads}]").appName("benchmark")
        .config("spark.driver.memory", f"{max(gigabytes, 1)}g").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false")
        # As many partitions of state as threads; by default there are 200, and each batch pays for every one.
        .config("spark.sql.shuffle.partitions", threads).config("spark.sql.session.timeZone", "UTC").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def query(spark, kind, data, format):
    reader = spark.readStream.schema("product_id STRING, sales_amount BIGINT, event_time TIMESTAMP, region STRING")
    reader = reader.option("maxFilesPerTrigger", 1)
    rows = reader.csv(data, header=True) if format == "csv" else reader.json(data)
    rows = rows.withWatermark("event_time", "3 hours")
    if kind == "sliding":
        return rows.groupBy("product_id", F.window("event_time", "1 hour", "5 minutes").alias("w")).agg(
            F.sum("sales_amount").alias("total"))
    return rows.groupBy("product_id", F.window("event_time", "1 hour").alias("w")).agg(
        F.sum("sales_amount").alias("total"), F.count("*").alias("sales"), F.avg("sales_amount").alias("average"))


def main():
    arguments = json.loads(sys.argv[2])
    output = arguments["output"]
    shutil.rmtree(output, ignore_errors=True)
    spark = session(arguments["threads"])
    gateway = spark.sparkContext._gateway

    def write(batch, number):
        batch.withColumn("start", F.col("w.start")).drop("w").write.json(f"{output}/batch={number}")

    stream = query(spark, arguments["kind"], arguments["data"], arguments["format"])
    (stream.writeStream.outputMode("update").option("checkpointLocation", f"{output}.checkpoint")
     .trigger(availableNow=True).foreachBatch(write).start().awaitTermination())
    spark.stop()
    # The virtual machine is a process of its own. Once it has been waited for, its cost counts as this process's.
    machine = gateway.proc
    gateway.shutdown()
    machine.stdin.close()
    machine.wait()


if __name__ == "__main__":
    shutil.rmtree(json.loads(sys.argv[2])["output"] + ".checkpoint", ignore_errors=True)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    main()
