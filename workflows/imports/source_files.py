"""The files of an import's source: which they are, and their rows in batches, only the columns asked for."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.errors import SourceError
from joins.raw.mapped.map_rows import SourceRows
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.json_source import json_lines_batches, json_lines_columns
from workflows.imports.parquet_source import parquet_batches, parquet_columns

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz")
_MOST_LISTED = 12  # files or columns in one message
_READ_ERRORS = (pa.ArrowException, OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of one source, at least one, in the order in which they are read: by path."""

    pattern: str
    paths: tuple[Path, ...]
    form: SourceForm

    def columns(self) -> tuple[str, ...]:
        """Return the column names of the first file; for JSON Lines, the keys of its first block of rows."""
        return _columns(self.paths[0], self.form)

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
            there = _columns(path, self.form)
            _require(columns, there, path.name)
            is_parquet = path.suffix == ".parquet"
            for batch in parquet_batches(path, columns) if is_parquet else csv_batches(path, columns, self.form):
                yield batch, set(there)
        except _READ_ERRORS as error:
            raise SourceError(f"{path.name} can't be read: {error}") from error


def find_source(root: Path, pattern: str, form: SourceForm) -> SourceFiles:
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
    return SourceFiles(pattern, tuple(paths), form)


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


def _columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    try:
        if path.suffix == ".parquet":
            return parquet_columns(path)
        return json_lines_columns(path) if _is_json_lines(path) else csv_columns(path, form)
    except _READ_ERRORS as error:
        raise SourceError(f"{path.name} can't be read: {error}") from error
