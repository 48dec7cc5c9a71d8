"""An answer to a query as a Parquet file, which is there whole or not at all."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from storage_tiers.errors import DatasetError
from storage_tiers.reading import Answer
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.on_disk.open_staging import note_closed, note_open
from workflows.luigi_cfg import SettingsError

_UNWRITABLE = (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError)


def checked_file(output: Root, file: str) -> Path:
    """Return where a Parquet file may be written.

    Raises SettingsError if something is there already, the folder isn't, or it lies among what is published.
    """
    path = Path(file)
    where = f"--parquet {file}"
    if not file.strip():
        raise SettingsError("it names no file", where="--parquet", remedy="name one")
    if path.exists() or path.is_symlink():
        raise SettingsError("it is there already", where=where, remedy="name another file, or remove it first")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}", where=where, remedy="make it, or name another file")
    place = path.parent.resolve()
    is_below = not isinstance(output, StorePath) and place.is_relative_to(output.resolve())
    if is_below or any(part.startswith("date=") for part in place.parts):
        problem = f"it lies in {path.parent}, where runs or engines would read it as rows of a table"
        raise SettingsError(problem, where=where, remedy=f"name a file outside of {output} and of every date")
    return path


def write_parquet(answer: Answer, path: Path) -> int:
    """Write an answer batch after batch, let the file appear when it is whole, and return how many rows it has."""
    _check_types(answer.schema)
    n_rows = 0
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as name:
        folder = Path(name)
        note_open(folder, folder / "lock")  # an interrupted process removes it, too
        try:
            with pq.ParquetWriter(folder / path.name, answer.schema, compression="zstd") as writer:
                for batch in answer.batches:
                    writer.write_batch(batch)
                    n_rows += batch.num_rows
            (folder / path.name).rename(path)
        finally:
            note_closed(folder)
    return n_rows


def _check_types(schema: pa.Schema) -> None:
    for field in schema:
        try:
            pq.ParquetWriter(pa.BufferOutputStream(), pa.schema([field])).close()
        except _UNWRITABLE:
            remedy = f"cast it: CAST({field.name} AS VARCHAR)"
            raise DatasetError(
                f"Parquet has no type for column {field.name}, which is {field.type}", where="query", remedy=remedy
            ) from None
