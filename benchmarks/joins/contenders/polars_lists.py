"""Polars, streaming or in memory (the variant says which)."""

import polars as pl

from benchmarks.joins.grouping import KEY, PIN_FIELDS
from benchmarks.joins.job import Job


def run(job: Job) -> None:
    """Group and write with one lazy query."""
    groups = (
        pl.scan_parquet(job.shards)
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
