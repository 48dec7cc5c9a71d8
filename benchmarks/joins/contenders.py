"""The grouping that every engine can do, raw pins in, one row a picture out, and who takes part in it.

Input: Parquet shards of raw pins. Output: Parquet, zstd level 1, any number of files, in each the rows sorted by
``image_signature``; a row holds the raw pins of the picture as a list of structs in ``pin_id`` order, how many pins,
different boards and different users there are, and the boards' ids, distinct and ascending. It is the PinJoin
without its features and without the small structs of its boards and users, which need the rest of the workflow.

Whole processes are measured, so every contender imports what it needs, and nothing else is imported here.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.contender import Contender, Job

KEY = "image_signature"
PIN_FIELDS = ("pin_id", "board_id", "user_id", "image", "parent_pin_id", "created_at", "description", "link")
COLUMNS = (KEY, "pins", "n_pins", "n_boards", "n_users", "board_ids")
SMALL_PINS = 200_000


def shards(job: Job) -> list[Path]:
    """Return the Parquet files of the source by name."""
    return sorted(job.source.glob("*.parquet"))


def floor(job: Job) -> None:
    """Copy every shard in one process, a row group at a time, with the Parquet settings of our own parts."""
    import pyarrow.parquet as pq

    from storage_tiers.versioned.parts import parquet_writer

    for path in shards(job):
        copied = job.output / path.name
        with pq.ParquetFile(path) as shard, parquet_writer(copied, shard.schema_arrow, KEY) as writer:
            for group in range(shard.num_row_groups):
                writer.write_table(shard.read_row_group(group))


def ours(job: Job) -> None:
    """Run the grouping as a step of ours on the local engine, with one thread a core."""
    from benchmarks.joins.grouping import grouping_step
    from joins.engine.local import LocalEngine

    LocalEngine(job.scratch, job.n_cores).run(grouping_step(job))


def ours_mrjob(job: Job) -> None:
    """Run the very same step on mrjob's runner of this machine."""
    from benchmarks.joins.grouping import grouping_step
    from joins.engine.mrjob.engine import MRJobEngine

    MRJobEngine(job.scratch, "local", n_cores=job.n_cores).run(grouping_step(job))


def ours_spark(job: Job) -> None:
    """Run the very same step in a session of Spark on this machine."""
    import pyspark  # noqa: F401 - the engine would say so later, and otherwise

    from benchmarks.joins.grouping import grouping_step
    from joins.engine.spark.spark_engine import SparkEngine

    SparkEngine(f"local[{job.n_cores}]", conf={"spark.local.dir": str(job.scratch)}).run(grouping_step(job))


def polars(job: Job) -> None:
    """Group and write with one lazy query of Polars, streaming or in memory: the variant says which."""
    import polars as pl

    groups = (
        pl.scan_parquet(shards(job))
        .group_by(KEY)
        .agg(
            pl.struct(PIN_FIELDS).sort_by("pin_id").alias("pins"),
            pl.len().cast(pl.Int64).alias("n_pins"),
            pl.col("board_id").n_unique().cast(pl.Int64).alias("n_boards"),
            pl.col("user_id").n_unique().cast(pl.Int64).alias("n_users"),
            pl.col("board_id").unique().sort().alias("board_ids"),
        )
        .sort(KEY)
    )
    path = job.output / "part-00000.parquet"
    if job.variant == "streaming":
        groups.sink_parquet(path, compression="zstd", compression_level=1, engine="streaming")
    else:
        groups.collect(engine="in-memory").write_parquet(path, compression="zstd", compression_level=1)


def duckdb(job: Job) -> None:
    """Group and write with one statement of DuckDB: sorted lists of structs, whose first field is ``pin_id``.

    It is the fastest form tried; ``list(... ORDER BY ...)`` takes a fifth longer.
    """
    from duckdb import connect

    pin = ", ".join(f"'{name}': {name}" for name in PIN_FIELDS)
    paths = ", ".join(f"'{path}'" for path in shards(job))
    with connect(config={"temp_directory": str(job.scratch), "threads": job.n_cores}) as connection:
        connection.execute(f"""
            COPY (
                SELECT {KEY}, pins, len(pins) AS n_pins, len(boards) AS n_boards, len(users) AS n_users,
                    list_sort(boards) AS board_ids
                FROM (
                    SELECT {KEY}, list_sort(list({{{pin}}})) AS pins, list_distinct(list(board_id)) AS boards,
                        list_distinct(list(user_id)) AS users
                    FROM read_parquet([{paths}])
                    GROUP BY {KEY}
                )
                ORDER BY {KEY}
            ) TO '{job.output / "part-00000.parquet"}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
        """)  # noqa: S608 - our own paths and column names


def spark_frame(job: Job) -> None:
    """Group and write with a DataFrame of PySpark on this machine, one task a core, 8 GB for the driver."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as sql

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
    groups = (
        session.read.parquet(*map(str, shards(job)))
        .groupBy(KEY)
        .agg(
            sql.array_sort(sql.collect_list(sql.struct(*PIN_FIELDS))).alias("pins"),  # by the first field, pin_id
            sql.count("*").alias("n_pins"),
            sql.size(sql.collect_set("board_id")).cast("long").alias("n_boards"),
            sql.size(sql.collect_set("user_id")).cast("long").alias("n_users"),
            sql.array_sort(sql.collect_set("board_id")).alias("board_ids"),
        )
        .sortWithinPartitions(KEY)
    )
    groups.write.mode("overwrite").parquet(str(job.output))
    session.stop()


def pandas(job: Job) -> None:
    """Group and write with pandas: lists of dicts, one Python object a pin."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(shards(job)[0])
    pins = pd.concat(pd.read_parquet(path, dtype_backend="pyarrow") for path in shards(job))
    pins = pins.sort_values([KEY, "pin_id"])
    pins["pin"] = [
        {name: None if value is pd.NA else value for name, value in zip(PIN_FIELDS, pin, strict=True)}
        for pin in pins[list(PIN_FIELDS)].itertuples(index=False, name=None)
    ]
    groups = (
        pins.groupby(KEY, sort=True)
        .agg(
            pins=("pin", list),
            n_pins=("pin_id", "size"),
            n_boards=("board_id", "nunique"),
            n_users=("user_id", "nunique"),
            board_ids=("board_id", lambda ids: sorted(set(ids))),
        )
        .reset_index()
    )
    counts = [(name, pa.int64()) for name in ("n_pins", "n_boards", "n_users")]
    lists = pa.list_(pa.struct([schema.field(name) for name in PIN_FIELDS]))
    grouped = pa.schema([(KEY, pa.string()), ("pins", lists), *counts, ("board_ids", pa.list_(pa.int64()))])
    table = pa.Table.from_pandas(groups, schema=grouped, preserve_index=False)
    pq.write_table(table, job.output / "part-00000.parquet", compression="zstd", compression_level=1)


def mrjob_json(job: Job) -> None:
    """Run plain mrjob on the JSON lines of the source."""
    from benchmarks.joins.mrjob_json import group_lines

    group_lines(sorted(job.source.glob("*.jsonl")), job.output)


@dataclass(frozen=True, slots=True)
class Grouper(Contender):
    """Who groups pins."""

    most_pins: int | None = None  # where all take too long: what these take is extrapolated
    reads_json: bool = False


FLOOR = Grouper("floor: read, write, no grouping", floor)
OURS = Grouper("ours, in process", ours, is_ours=True)
GROUPERS = (
    FLOOR,
    OURS,
    Grouper("ours, mrjob local", ours_mrjob, "local"),
    Grouper("ours, Spark local", ours_spark),
    Grouper("Polars, streaming", polars, "streaming", is_peer=True),
    Grouper("Polars, in memory", polars, "memory", is_peer=True),
    Grouper("DuckDB", duckdb, is_peer=True),
    Grouper("PySpark DataFrame, local", spark_frame, is_peer=True),
    Grouper("pandas", pandas, is_peer=True, most_pins=SMALL_PINS),
    Grouper("plain mrjob local, JSON lines", mrjob_json, is_peer=True, most_pins=SMALL_PINS, reads_json=True),
)
