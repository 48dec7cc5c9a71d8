"""The floor: one process reads the columns of the raw pins and writes as many bytes back, without any grouping."""

import pyarrow.parquet as pq

from benchmarks.joins.job import Job
from storage_tiers.parts import text_columns


def run(job: Job) -> None:
    """Copy every shard, a row group at a time, with the Parquet settings of our own parts."""
    for path in job.shards:
        with pq.ParquetFile(path) as shard:
            schema = shard.schema_arrow
            with pq.ParquetWriter(
                job.output / path.name,
                schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=text_columns(schema),
            ) as writer:
                for group in range(shard.num_row_groups):
                    writer.write_table(shard.read_row_group(group))
