"""Who brings the same three tables of a source into the raw layout: ours, and three libraries in a few lines each.

The libraries read, rename, cast and write, in the way that their manuals show, and look at nothing: not whether a file
ends inside quotes, which bytes are no UTF-8, which digits a float has lost, or which days a calendar doesn't have.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.contender import Contender, Job
from benchmarks.imports.sources import COLUMNS, DATE, KINDS, MAPPING_NAME, TABLES

_TIME = "created_at"
_TEXTS = frozenset({"image_signature", "image", "description", "link", "name", "category", "username", "country"})


def import_with_ours(job: Job) -> None:
    """Run ``interest-graph import``; the variant names the command, that of another checkout where asked for."""
    mapping = job.source / MAPPING_NAME
    command = [job.variant, "import", str(mapping), str(job.source), "--date", DATE, "--input", str(job.output)]
    own_modules = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # not those of this one
    subprocess.run(command, check=True, env=own_modules)  # noqa: S603 - our own command


def import_with_pandas(job: Job) -> None:
    """Read whole tables with pandas, on its pyarrow types."""
    import pandas as pd

    readers = {
        "csv": lambda path: pd.read_csv(path, engine="pyarrow", dtype_backend="pyarrow"),
        "jsonl": lambda path: pd.read_json(path, lines=True, dtype_backend="pyarrow", convert_dates=False),
        "parquet": lambda path: pd.read_parquet(path, dtype_backend="pyarrow"),
    }
    for table in TABLES:
        rows = readers[job.variant](job.source / f"{table}.{job.variant}")
        rows = rows.rename(columns={source: raw for raw, source in COLUMNS[table].items()})
        rows[_TIME] = pd.to_datetime(rows[_TIME], utc=True).astype("timestamp[ms, UTC][pyarrow]")
        rows.to_parquet(_part(job, table), compression="zstd", index=False)


def import_with_polars(job: Job) -> None:
    """Let Polars plan and stream each table from its file to Parquet."""
    import polars as pl

    scans = {"csv": pl.scan_csv, "jsonl": pl.scan_ndjson, "parquet": pl.scan_parquet}
    for table in TABLES:
        rows = scans[job.variant](job.source / f"{table}.{job.variant}")
        texts = rows.collect_schema()[COLUMNS[table][_TIME]] == pl.String
        time = pl.col(COLUMNS[table][_TIME])
        time = time.str.to_datetime(time_unit="ms", time_zone="UTC") if texts else time
        columns = [pl.col(source).alias(raw) for raw, source in COLUMNS[table].items() if raw != _TIME]
        rows.select(*columns, time.alias(_TIME)).sink_parquet(_part(job, table), compression="zstd", mkdir=True)


def import_with_duckdb(job: Job) -> None:
    """Let DuckDB copy each table from its file to Parquet."""
    import duckdb

    readers = {"csv": "read_csv", "jsonl": "read_json", "parquet": "read_parquet"}
    for table in TABLES:
        columns = ", ".join(
            f"{source}::{'TIMESTAMPTZ' if raw == _TIME else 'VARCHAR' if raw in _TEXTS else 'BIGINT'} AS {raw}"
            for raw, source in COLUMNS[table].items()
        )
        source = f"{readers[job.variant]}('{job.source / f'{table}.{job.variant}'}')"
        query = f"SELECT {columns} FROM {source}"  # noqa: S608 - names of our own
        duckdb.sql(f"COPY ({query}) TO '{_part(job, table)}' (FORMAT parquet, COMPRESSION zstd)")


def _part(job: Job, table: str) -> Path:
    folder = job.output / table / f"date={DATE}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "part-00000.parquet"


@dataclass(frozen=True, slots=True)
class Importer(Contender):
    """A contender that reads sources of one kind."""

    kind: str = ""  # csv, jsonl or parquet


def importers(kind: str, before: Path | None) -> list[Importer]:
    """Return the line-up for one kind of file; ours first, and beside it that of another checkout where given."""
    ours = str(Path(sys.executable).with_name("interest-graph"))
    line_up = [Importer("ours", import_with_ours, ours, is_ours=True, kind=kind)]
    if before:
        line_up.append(Importer("ours, as it was before", import_with_ours, str(before), kind=kind))
    peers = (("pandas", import_with_pandas), ("Polars", import_with_polars), ("DuckDB", import_with_duckdb))
    return [*line_up, *(Importer(label, run, kind, is_peer=True, kind=kind) for label, run in peers if kind in KINDS)]
