"""PySpark DataFrame on this machine: ordered lists of structs, one task a core, 8 GB for the driver."""

import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as sql

from benchmarks.joins.grouping import KEY, PIN_FIELDS
from benchmarks.joins.job import Job


def run(job: Job) -> None:
    """Group and write; a struct sorts by its first field, which is ``pin_id``."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master(f"local[{job.n_cores}]")
        .config("spark.driver.memory", "8g")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(job.scratch))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.compression.codec", "zstd")
        .config("spark.hadoop.parquet.compression.codec.zstd.level", "1")
        .getOrCreate()
    )
    boards = sql.array_sort(sql.collect_set("board_id"))
    groups = (
        session.read.parquet(*map(str, job.shards))
        .groupBy(KEY)
        .agg(
            sql.array_sort(sql.collect_list(sql.struct(*PIN_FIELDS))).alias("pins"),
            sql.count("*").alias("n_pins"),
            sql.size(sql.collect_set("board_id")).cast("long").alias("n_boards"),
            sql.size(sql.collect_set("user_id")).cast("long").alias("n_users"),
            boards.alias("board_ids"),
        )
        .sortWithinPartitions(KEY)
    )
    groups.write.mode("overwrite").parquet(str(job.output))
    session.stop()
