"""Samples of sources, read by the import's own readers: what they read here, an import reads, too.

A sample is the first rows of a few files, evenly chosen: bounded in rows and in cells, so that wide tables stay quick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from joins.raw.guessing.source_samples import SourceSample
from workflows.imports.inspecting.sampled_columns import READING_ERRORS, SampledColumns, sampled_columns
from workflows.imports.inspecting.source_forms import FormGuess
from workflows.imports.inspecting.source_groups import SourceGroup
from workflows.imports.source_files import SourceFiles

_LEAST_SHARED = 0.5  # of the columns of files that are parts of one table
_MOST_FILES = 8  # of a source that are read
_MOST_LISTED = 6  # columns in a line


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source as far as it was read: its sample, the files looked at, and what stopped the reading."""

    sample: SourceSample
    group: SourceGroup
    form: FormGuess
    read: tuple[Path, ...]
    problem: str = ""
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by column: the files without it, of those read


def read_source(group: SourceGroup, form: FormGuess) -> ReadSource:
    """Read the sample of a source; what a file holds that can't be read is told as its problem."""
    chosen = _evenly(group.paths, _MOST_FILES)
    files = [SourceFiles(group.pattern, (path,), form.form) for path in chosen]
    columns = sampled_columns(files)
    parts: list[pa.Table] = []
    is_whole, problem = len(chosen) == len(group.paths), ""
    try:
        for file, own in zip(files, columns.of_files, strict=True):
            is_end = yield_into(parts, file, own, columns.n_rows)
            is_whole = is_whole and is_end
    except READING_ERRORS as error:
        problem, is_whole = str(error), False
    sample = SourceSample(group.pattern, _together(parts), form.form, form.reasons, len(group.paths), is_whole)
    doubts = (*form.doubts, *_doubts(columns, len(chosen)))
    return ReadSource(sample, group, replace(form, doubts=doubts), chosen, problem, columns.lacking)


def _doubts(columns: SampledColumns, n_files: int) -> Iterator[str]:
    """Yield what has to be looked at: columns that no mapping can name, and those that some files lack."""
    why = "an object or a list in some records and something else in others, so no mapping can name it"
    yield from (f"{name!r} is {why}" for name in columns.unreadable)
    for lacking in dict.fromkeys(columns.lacking.values()):
        names = [repr(name) for name, files in columns.lacking.items() if files == lacking]
        more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
        where = f"{lacking[0]} ({len(lacking):,} of {n_files:,} files that were looked at)"
        yield (
            f"{', '.join(names[:_MOST_LISTED])}{more}: not in {where}; "
            "an import refuses a file that lacks a column which the mapping names"
        )


def have_like_columns(group: SourceGroup, form: FormGuess) -> bool:
    """Return whether the files of a group, those that are looked at, have most of their columns in common."""
    found = []
    for path in _evenly(group.paths, _MOST_FILES):
        try:
            found.append(set(SourceFiles(group.pattern, (path,), form.form).columns()))
        except READING_ERRORS:
            continue  # what is wrong with it is told when its rows are read
    filled = [columns for columns in found if columns]
    shared, all_ = (set.intersection(*filled), set.union(*filled)) if filled else (set(), set())
    return len(shared) >= _LEAST_SHARED * len(all_)


def yield_into(parts: list[pa.Table], files: SourceFiles, columns: Sequence[str], n_rows: int) -> bool:
    """Append the first rows of files to a list; return whether that is all of them."""
    left = n_rows
    for batch in _batches(files, columns):
        parts.append(pa.Table.from_batches([batch.slice(0, left)]))
        left -= len(batch)
        if left <= 0:
            return False
    return True


def _batches(files: SourceFiles, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    yield from (rows.batch for rows in files.read(columns) if len(rows.batch))


def _evenly(paths: Sequence[Path], most: int) -> tuple[Path, ...]:
    if len(paths) <= most:
        return tuple(paths)
    return tuple(paths[position * (len(paths) - 1) // (most - 1)] for position in range(most))


def _together(parts: list[pa.Table]) -> pa.Table:
    """Return tables as one; a column that is of several types, as in JSON, becomes text."""
    if not parts:
        return pa.table({})
    try:
        return pa.concat_tables(parts, promote_options="permissive")
    except pa.ArrowException:
        texts = [pa.table({name: _as_text(part[name]) for name in part.schema.names}) for part in parts]
        return pa.concat_tables(texts, promote_options="default")


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.string())
    except pa.ArrowException:  # lists and records: that there is one is all that is told of it
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
