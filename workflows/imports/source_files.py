"""The files of an import's source: which they are, and their rows in batches, only the columns asked for."""

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.errors import SourceError
from joins.raw.mapped.map_rows import SourceRows
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.json_source import ReadBatch, json_batches, json_columns
from workflows.imports.parquet_source import parquet_batches, parquet_columns, parquet_lacks
from workflows.imports.source_names import hidden_records

_JSON_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
SUFFIXES = (".parquet", ".csv", ".csv.gz", *_JSON_SUFFIXES)
_MOST_LISTED = 12  # files or columns in one message
_READ_ERRORS = (pa.ArrowException, OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of one source, at least one, in the order in which they are read: by path."""

    pattern: str
    paths: tuple[Path, ...]
    form: SourceForm

    def columns(self) -> tuple[str, ...]:
        """Return the column names of the first file; for JSON, the names in its first records."""
        return _columns(self.paths[0], self.form)

    def require_columns(self, columns: Sequence[str]) -> None:
        """Raise SourceError if the first file lacks a column; a JSON file shows that only at its end."""
        if not _is_json(self.paths[0]):
            _require(columns, self.paths[0], self.form)

    def read(self, columns: Sequence[str]) -> Iterator[SourceRows]:
        """Yield the rows of all files in batches, of the columns asked for; a name that a JSON record lacks is null.

        A SourceError says that a file can't be read, or lacks a column.
        """
        n_before, found = 0, set[str]()
        for path in self.paths:
            n_in_file = 0
            for read in self._batches(path, columns):
                yield SourceRows(read.batch, path.name, n_in_file + 1, n_before + n_in_file + 1, read.n_replaced)
                n_in_file += len(read.batch)
                found |= read.found
            n_before += n_in_file
        if n_before and not found.issuperset(columns):
            self._refuse_missing(columns, found)

    def _refuse_missing(self, columns: Sequence[str], found: Collection[str]) -> None:
        """Raise SourceError about the columns that no record has, and say where they may be."""
        there = self.columns()
        place = "" if found else hidden_records(there, columns)
        missing = next(name for name in columns if name not in found)
        remedy = (
            f'say where its records lie: records = "{place}"' if place else f"columns there: {_listed(sorted(there))}"
        )
        raise SourceError(f"{self.pattern} has no column {missing!r}", remedy=remedy)

    def _batches(self, path: Path, columns: Sequence[str]) -> Iterator[ReadBatch]:
        try:
            if _is_json(path):
                yield from json_batches(path, columns, self.form)
                return
            _require(columns, path, self.form)
            is_parquet = path.suffix == ".parquet"
            for batch in parquet_batches(path, columns) if is_parquet else csv_batches(path, columns, self.form):
                yield ReadBatch(batch, frozenset(columns))
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
    strange = [path.name for path in paths if not (path.name.endswith(SUFFIXES) or _is_json(path))]
    if strange:
        raise SourceError(f"source {pattern!r} matches {strange[0]}; allowed: {', '.join(SUFFIXES)}")
    tables = [path.name for path in paths if form.records and not _is_json(path)]
    if tables:
        remedy = "drop records: every row of such a file is a record"
        raise SourceError(f"records is for JSON files, and source {pattern!r} matches {tables[0]}", remedy=remedy)
    return SourceFiles(pattern, tuple(paths), form)


def _files_below(root: Path) -> str:
    if not root.is_dir():
        return f"none, {root} is no folder"
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.name.endswith(SUFFIXES))
    return _listed(names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    return (", ".join(names[:_MOST_LISTED]) or "none") + more


def _require(columns: Sequence[str], path: Path, form: SourceForm) -> None:
    there = _columns(path, form)
    missing = (
        parquet_lacks(path, columns) if path.suffix == ".parquet" else [name for name in columns if name not in there]
    )
    if missing:
        raise SourceError(f"{path.name} has no column {missing[0]!r}", remedy=f"columns there: {_listed(there)}")


def _is_json(path: Path) -> bool:
    return path.name.lower().endswith(_JSON_SUFFIXES)


def _columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    try:
        if path.suffix == ".parquet":
            return parquet_columns(path)
        return json_columns(path, form) if _is_json(path) else csv_columns(path, form)
    except _READ_ERRORS as error:
        raise SourceError(f"{path.name} can't be read: {error}") from error
