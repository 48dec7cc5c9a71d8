"""Who looks up one key in the published full files, on the local disk and on an S3 server: ours, and three engines.

Each run is one place: the variant says which. A contender returns what opens the files; what that returns looks one key
up and may keep what it has read of the files, footers for example. No engine is told which file has a key; ours
computes it. DuckDB has no file system for S3 without a download, so that it reads through pyarrow's, which fsspec
wraps. On the disk ours maps files into memory, where nobody can count what is read: the counts on S3 tell it.
"""

import os
from collections.abc import Callable

from benchmarks.harness.contender import Contender, Job
from benchmarks.tiers.counted_s3 import s3_root
from benchmarks.tiers.lookup_timing import timed_lookups
from benchmarks.tiers.picture_rows import KEY, NAME

DISK, S3 = "disk", "S3"

Lookup = Callable[[str], int]  # returns how many rows a key has
Opener = Callable[[], Lookup]


def ours(job: Job) -> Opener:
    """Ask the debugging tier; opening forgets clients and footers that earlier lookups left."""
    from storage_tiers.debugging import DebuggingTier
    from storage_tiers.stores.opened_stores import forget_opened
    from storage_tiers.versioned.on_stores.stored_parts import forget_footers

    def opened() -> Lookup:
        forget_opened()
        forget_footers()
        reader = DebuggingTier(_root(job)).reader(NAME)
        return lambda key: 0 if reader.get(key) is None else 1

    return opened


def pyarrow_dataset(job: Job) -> Opener:
    """Filter by `pyarrow.dataset`, which keeps footers in its fragments."""
    import pyarrow.dataset as ds

    def opened() -> Lookup:
        place = _folder(job).removeprefix("s3://")
        rows = ds.dataset(place, filesystem=_arrow_s3() if job.variant == S3 else None, format="parquet")
        return lambda key: int(rows.to_table(filter=ds.field(KEY) == key).num_rows)

    return opened


def duckdb(job: Job) -> Opener:
    """Ask DuckDB with a condition on the key; it may keep footers."""
    import duckdb as engine

    def opened() -> Lookup:
        connection = engine.connect()
        connection.execute("SET parquet_metadata_cache = true")
        if job.variant == S3:
            from fsspec.implementations.arrow import ArrowFSWrapper

            connection.register_filesystem(ArrowFSWrapper(_arrow_s3()))
        sql = f"SELECT * FROM read_parquet('{_folder(job)}/part-*.parquet') WHERE {KEY} = ?"  # noqa: S608 - our names
        return lambda key: len(connection.execute(sql, [key]).fetchall())

    return opened


def polars(job: Job) -> Opener:
    """Let Polars scan with a condition on the key."""
    import polars as pl

    def opened() -> Lookup:
        options = {"aws_endpoint_url": os.environ.get("AWS_ENDPOINT_URL", ""), "aws_allow_http": "true"}
        rows = pl.scan_parquet(f"{_folder(job)}/part-*.parquet", storage_options=options if job.variant == S3 else None)
        return lambda key: rows.filter(pl.col(KEY) == key).collect().height

    return opened


def line_up(place: str) -> list[Contender]:
    """Return who is asked on the disk or on S3; ours first."""
    return [
        Contender(f"ours, {place}", ours, place, is_ours=True, timing=timed_lookups),
        Contender(f"pyarrow.dataset, {place}", pyarrow_dataset, place, is_peer=True, timing=timed_lookups),
        Contender(f"DuckDB, {place}", duckdb, place, is_peer=True, timing=timed_lookups),
        Contender(f"Polars, {place}", polars, place, is_peer=True, timing=timed_lookups),
    ]


def _root(job: Job) -> str:
    return s3_root() if job.variant == S3 else str(job.source)


def _folder(job: Job) -> str:
    """Return the folder of the parts, which are called the same in both places."""
    (found,) = (job.source / NAME / "full").glob("date=*/iteration=*")
    return f"{_root(job)}/{found.relative_to(job.source)}"


def _arrow_s3() -> object:
    from pyarrow.fs import S3FileSystem

    return S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], allow_bucket_creation=False)
