"""pandas: lists of dicts, one Python object a pin."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.joins.grouping import KEY, PIN_FIELDS
from benchmarks.joins.job import Job


def run(job: Job) -> None:
    """Group and write."""
    schema = pq.read_schema(job.shards[0])
    pins = pd.concat(pd.read_parquet(path, dtype_backend="pyarrow") for path in job.shards).sort_values([KEY, "pin_id"])
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
