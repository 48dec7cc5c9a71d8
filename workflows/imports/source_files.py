"""The files of an import's source: their rows in batches, only the columns asked for."""

import logging
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.errors import SourceError
from joins.raw.file_names import folder_values
from joins.raw.mapped.map_rows import SourceRows
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.csv_text.lines_in_front import line_that_names
from workflows.imports.json_source import ReadBatch, json_batches, json_columns, json_values
from workflows.imports.parquet_source import (
    parquet_batches,
    parquet_columns,
    parquet_lacks,
    parquet_level,
    told_by_values,
)
from workflows.imports.source_names import hidden_records
from workflows.imports.source_paths import FoundFiles, Kind, find_files, kind_of, listed
from workflows.imports.unfound_names import DeepestLevel, deepest_level

_READ_ERRORS = (pa.ArrowException, OSError, EOFError, zlib.error)
_DELIMITERS = {",": ",", ";": ";", "\t": "\\t", "|": "|"}  # as a mapping spells them
_KINDS = "Parquet (.parquet, .parq, .pq), CSV (.csv, .tsv, .tab, .txt), JSON (.json, .jsonl, .ndjson)"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of one source, at least one, in the order in which they are read: by path."""

    pattern: str
    paths: tuple[Path, ...]
    form: SourceForm
    notes: tuple[str, ...] = ()  # which files were passed over, for people
    root: Path | None = None  # folders below it that are called column=value hold that column; None: no folder does

    def columns(self) -> tuple[str, ...]:
        """Return the column names of the first file that has some; for JSON, the names in its first records.

        There are none if all files are CSV without a line.
        """
        return next((names for path in self.paths if (names := _columns(path, self.form))), ())

    def any_column(self) -> tuple[str, ...]:
        """Return one column, by a name that it alone has, where rows have only to be counted."""
        names = self.columns()
        return next(((name,) for name in names if names.count(name) == 1), names[:1])

    def require_columns(self, columns: Sequence[str]) -> None:
        """Raise SourceError if the first file lacks a column; a JSON file shows that only at its end."""
        if _kind(self.paths[0]) != "JSON":
            self._require_own(columns, self.paths[0])

    def read(self, columns: Sequence[str], say: Callable[[str], None] = _log.info) -> Iterator[SourceRows]:
        """Yield the rows of all files in batches, of the columns asked for; a name that a JSON record lacks is null.

        ``say`` takes a line about what looks wrong, and is none the less read. A SourceError says that a file can't be
        read, or lacks a column.
        """
        n_before, found = 0, set[str]()
        for path in self.paths:
            n_in_file = 0
            for read in self._batches(path, columns, say):
                yield SourceRows(read.batch, path.name, n_in_file + 1, n_before + n_in_file + 1, read.n_replaced)
                n_in_file += len(read.batch)
                found |= read.found
            n_before += n_in_file
        missing = [name for name in columns if name not in found] if n_before else []
        if missing and not found:
            self._refuse_hidden(columns)
        for name in missing:
            level = self._deepest_level(name)
            if not level.is_empty:
                self._refuse_missing(name, level)
            say(f"{self.pattern}: no record has anything in {level.name!r}, so {name!r} is null everywhere")

    def _refuse_hidden(self, columns: Sequence[str]) -> None:
        """Raise SourceError if all columns lie further inside, where ``records`` would find them."""
        place = hidden_records(self.columns(), columns)
        if place:
            remedy = f'say where its records lie: records = "{place}"'
            raise SourceError(f"{self.pattern} has no column {columns[0]!r}", remedy=remedy)

    def _refuse_missing(self, name: str, level: DeepestLevel) -> None:
        near = sorted(f"{level.name}.{key}" for key in level.there)
        there = dict.fromkeys([*near, *sorted(self.columns())])
        raise SourceError(f"{self.pattern} has no column {name!r}", remedy=f"columns there: {listed([*there])}")

    def _deepest_level(self, name: str) -> DeepestLevel:
        """Return how far a name leads that no record has; the files are read once more for that."""
        deepest = DeepestLevel()
        for path in self.paths if "." in name else ():
            kind = _kind(path)
            if kind == "JSON":
                deepest = deepest.merged(deepest_level(name, json_values(path, name.partition(".")[0], self.form)))
            elif kind == "Parquet":
                deepest = deepest.merged(parquet_level(path, name))
        return deepest

    def _batches(self, path: Path, columns: Sequence[str], say: Callable[[str], None]) -> Iterator[ReadBatch]:
        try:
            kind = _kind(path)
            if kind == "JSON":
                yield from json_batches(path, columns, self.form)
                return
            of_folders = self._require_own(columns, path)
            own = [name for name in columns if name not in of_folders] or (self.any_column() if of_folders else ())
            if kind == "CSV":
                for batch in csv_batches(path, own, self.form, say):
                    yield ReadBatch(_with_values(batch, columns, of_folders), frozenset(columns))
                return
            unsure = told_by_values(path, own)
            for batch in parquet_batches(path, own):
                lacking = {name for name in unsure if batch[name].null_count == len(batch)}
                yield ReadBatch(_with_values(batch, columns, of_folders), frozenset(columns) - lacking)
        except _READ_ERRORS as error:
            raise SourceError(f"{path.name} can't be read: {error}") from error

    def _require_own(self, columns: Sequence[str], path: Path) -> dict[str, str | None]:
        """Return the columns that the folders of a file hold, as Hive and Spark write them, and it doesn't itself.

        Raises SourceError if it lacks any other.
        """
        held = dict(folder_values(path.relative_to(self.root) if self.root else Path()))
        of_folders = {name: held[name] for name in _lacking(columns, path, self.form) if name in held} if held else {}
        _require([name for name in columns if name not in of_folders], path, self.form)
        return of_folders


def find_source(root: Path, pattern: str, form: SourceForm) -> SourceFiles:
    """Find the files of a source: a path, a folder or a glob below the folder that sources lie in.

    A SourceError says that there is none, or one of a kind that can't be read or doesn't fit the form.
    """
    found = find_files(root, pattern)
    _refuse_bytes(found)
    _refuse_strange(found, pattern, form)
    kinds = {_kind(path) for path in found.paths}
    for key, fitting in _given_keys(form).items():
        if not kinds & fitting:
            kind, name = _kind(found.paths[0]), found.paths[0].name
            problem = f"{key} is for {' and '.join(sorted(fitting))} files, and source {pattern!r} is {kind} ({name})"
            raise SourceError(problem, remedy=f"drop {key} from the mapping")
    tables = [path.name for path in found.paths if form.records and _kind(path) != "JSON"]
    if tables:
        remedy = "drop records: every row of such a file is a record"
        raise SourceError(f"records is for JSON files, and source {pattern!r} matches {tables[0]}", remedy=remedy)
    return SourceFiles(pattern, found.paths, form, found.notes, root)


def _refuse_bytes(found: FoundFiles) -> None:
    """Raise SourceError if a name is no text: whoever reads it takes UTF-8 alone."""
    for path in found.paths:
        name = os.fsencode(path.name).decode(errors="backslashreplace")
        if name != path.name:
            raise SourceError("its name holds bytes that are no UTF-8", where=name, remedy="rename it")


def _refuse_strange(found: FoundFiles, pattern: str, form: SourceForm) -> None:
    """Raise SourceError if a glob matches a file of unknown kind, and no key of the mapping says that it is CSV."""
    is_csv = found.are_named or any("JSON" not in fitting for fitting in _given_keys(form).values())
    strange = [path.name for path in found.paths if not is_csv and _named_kind(path) is None]
    if strange:
        raise SourceError(
            f"source {pattern!r} matches {strange[0]}, whose name tells no kind of file; known are {_KINDS}",
            remedy='narrow the source, or say how its CSV is written, such as delimiter = "\\t"',
        )


def _given_keys(form: SourceForm) -> dict[str, set[Kind]]:
    """Return the keys that a mapping gave other values than the usual, each with the kinds of file that it is for."""
    usual = SourceForm()
    keys: dict[str, set[Kind]] = {"encoding": {"CSV", "JSON"}}
    for key in ("delimiter", "quote", "escape", "column_names", "skip_lines"):
        keys[key] = {"CSV"}
    return {key: kinds for key, kinds in keys.items() if getattr(form, key) != getattr(usual, key)}


def _with_values(batch: pa.RecordBatch, columns: Sequence[str], values: Mapping[str, str | None]) -> pa.RecordBatch:
    """Return the columns asked for, of which some hold one value throughout."""
    if not values:
        return batch
    filled = {name: pa.repeat(pa.scalar(value, pa.string()), len(batch)) for name, value in values.items()}
    arrays = [filled[name] if name in filled else batch[name] for name in columns]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _lacking(columns: Sequence[str], path: Path, form: SourceForm) -> list[str]:
    if _kind(path) != "CSV":
        return parquet_lacks(path, columns)
    there = _columns(path, form)
    return [name for name in columns if there and name not in there]  # without a line it has no rows to lack something


def _require(columns: Sequence[str], path: Path, form: SourceForm) -> None:
    missing = _lacking(columns, path, form)
    if missing:
        problem = f"{path.name} has no column {missing[0]!r}"
        there = _columns(path, form)
        raise SourceError(problem, remedy=f"columns there: {listed(there)}{_hint(missing[0], there, path, form)}")


def _hint(missing: str, there: Sequence[str], path: Path, form: SourceForm) -> str:
    """Say what may be meant by a column that isn't there."""
    alike = [name for name in there if name.strip().casefold() == missing.strip().casefold()]
    if alike:
        return f"; write {alike[0]!r} in the mapping"
    if _kind(path) == "Parquet":
        return ""
    line = None if form.column_names else line_that_names(path, form, missing)
    if line is not None:
        return f"; line {line:,} holds that text: if it is the header, say skip_lines = {line - 1} in the mapping"
    within = [said for mark, said in _DELIMITERS.items() if len(there) == 1 and mark in there[0]]
    if within:
        return f'; say delimiter = "{within[0]}" in the mapping'
    return "; if that is no header, say skip_lines, or column_names, in the mapping" if _is_like_a_title(there) else ""


def _is_like_a_title(names: Sequence[str]) -> bool:
    n_filled = sum(bool(name.strip()) for name in names)
    return n_filled < max(2, len(names)) or names[0].startswith("#")


def _kind(path: Path) -> Kind:
    return _named_kind(path) or "CSV"


def _named_kind(path: Path) -> Kind | None:
    try:
        return kind_of(path)
    except OSError as error:
        raise SourceError(f"{path.name} can't be read: {error}") from error


def _columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    try:
        kind = _kind(path)
        if kind == "Parquet":
            return parquet_columns(path)
        return json_columns(path, form) if kind == "JSON" else csv_columns(path, form)
    except _READ_ERRORS as error:
        raise SourceError(f"{path.name} can't be read: {error}") from error
