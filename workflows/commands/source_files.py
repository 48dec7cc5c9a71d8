"""Read the source files of an import: Parquet, CSV and JSON Lines, in batches, only the columns asked for.

CSV is read as text throughout, so that a column's type never depends on which values its first rows happen to hold.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from joins.errors import SourceError
from joins.raw.mapped.map_rows import SourceRows
from workflows.commands.json_lines import json_lines_batches, json_lines_columns

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz")
_BATCH_ROWS = 131_072
_CSV_BLOCK_BYTES = 8 * 2**20
_MOST_LISTED = 12  # files or columns in one message
_READ_ERRORS = (pa.ArrowException, OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of one source, at least one, in the order in which they are read: by path."""

    pattern: str
    paths: tuple[Path, ...]
    delimiter: str = ","

    def columns(self) -> tuple[str, ...]:
        """Return the column names of the first file; for JSON Lines, the keys of its first block of rows."""
        return _columns(self.paths[0], self.delimiter)

    def require_columns(self, columns: Sequence[str]) -> None:
        """Raise SourceError if the first file lacks a column; a JSON Lines file shows that only at its end."""
        if not _is_json_lines(self.paths[0]):
            _require(columns, self.columns(), self.paths[0].name)

    def read(self, columns: Sequence[str]) -> Iterator[SourceRows]:
        """Yield the rows of all files in batches, of the columns asked for; a key that a JSON line lacks is null.

        A SourceError says that a file can't be read, or lacks a column.
        """
        n_before, seen = 0, set[str]()
        for path in self.paths:
            n_in_file = 0
            for batch, keys in self._batches(path, columns):
                yield SourceRows(batch, path.name, n_in_file + 1, n_before + n_in_file + 1)
                n_in_file += len(batch)
                seen |= keys
            n_before += n_in_file
        if n_before:
            _require(columns, seen, self.pattern)

    def _batches(self, path: Path, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, set[str]]]:
        try:
            if _is_json_lines(path):
                yield from json_lines_batches(path, columns)
                return
            there = _columns(path, self.delimiter)
            _require(columns, there, path.name)
            read = _parquet_batches(path, columns) if path.suffix == ".parquet" else _csv(path, columns, self.delimiter)
            for batch in read:
                yield batch, set(there)
        except _READ_ERRORS as error:
            raise SourceError(f"{path.name} can't be read: {error}") from error


def find_source(root: Path, pattern: str, delimiter: str = ",") -> SourceFiles:
    """Find the files of a source: a path or glob below the folder that sources lie in.

    A SourceError says that there is none, or one of a kind that can't be read; it lists what is there.
    """
    if Path(pattern).is_absolute():
        remedy = f"write it relative to the source root, {root}"
        raise SourceError(f"source {pattern!r} is absolute", remedy=remedy)
    literal = root / pattern
    paths = [literal] if literal.is_file() else sorted(path for path in root.glob(pattern) if path.is_file())
    if not paths:
        there = f"files there: {_files_below(root)}"
        raise SourceError(f"no file matches source {pattern!r} below {root}", remedy=there)
    strange = [path.name for path in paths if not path.name.endswith(SUFFIXES)]
    if strange:
        raise SourceError(f"source {pattern!r} matches {strange[0]}; allowed: {', '.join(SUFFIXES)}")
    return SourceFiles(pattern, tuple(paths), delimiter)


def _files_below(root: Path) -> str:
    if not root.is_dir():
        return f"none, {root} is no folder"
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.name.endswith(SUFFIXES))
    return _listed(names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    return (", ".join(names[:_MOST_LISTED]) or "none") + more


def _require(columns: Sequence[str], there: Sequence[str] | set[str], where: str) -> None:
    missing = [name for name in columns if name not in there]
    if missing:
        names = sorted(there) if isinstance(there, set) else there
        raise SourceError(f"{where} has no column {missing[0]!r}", remedy=f"columns there: {_listed(names)}")


def _is_json_lines(path: Path) -> bool:
    return path.name.endswith((".jsonl", ".jsonl.gz"))


def _columns(path: Path, delimiter: str) -> tuple[str, ...]:
    try:
        if path.suffix == ".parquet":
            return tuple(pq.read_schema(path).names)
        if _is_json_lines(path):
            return json_lines_columns(path)
        names = tuple(_open_csv(path, delimiter).schema.names)
    except _READ_ERRORS as error:
        raise SourceError(f"{path.name} can't be read: {error}") from error
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SourceError(f"{path.name} has two columns {twice[0]!r}", remedy="give each its own name")
    return names


def _parquet_batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns))


def _csv(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[pa.RecordBatch]:
    convert = pa_csv.ConvertOptions(
        include_columns=list(columns),
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    yield from _open_csv(path, delimiter, convert)


def _open_csv(path: Path, delimiter: str, convert: pa_csv.ConvertOptions | None = None) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=_CSV_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=convert,
    )
