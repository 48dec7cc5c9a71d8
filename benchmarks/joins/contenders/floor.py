"""The floor: one process reads the columns of the raw pins and writes as many bytes back, without any grouping."""

import pyarrow.parquet as pq

from benchmarks.joins.grouping import KEY
from benchmarks.joins.job import Job
from storage_tiers.versioned.parts import parquet_writer


def run(job: Job) -> None:
    """Copy every shard, a row group at a time, with the Parquet settings of our own parts."""
    for path in job.shards:
        copied = job.output / path.name
        with pq.ParquetFile(path) as shard, parquet_writer(copied, shard.schema_arrow, KEY) as writer:
            for group in range(shard.num_row_groups):
                writer.write_table(shard.read_row_group(group))
