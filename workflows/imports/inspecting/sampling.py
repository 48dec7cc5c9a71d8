"""Samples of sources, read by the import's own readers: what they read here, an import reads, too.

A sample is the first rows of a few files, evenly chosen: bounded in rows and in cells, so that wide tables stay quick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from joins.errors import DiscoveryError
from joins.raw.guessing.source_samples import SourceSample
from workflows.imports.inspecting.sampled_columns import readable_columns, usable_columns
from workflows.imports.inspecting.source_forms import FormGuess
from workflows.imports.inspecting.source_groups import SourceGroup
from workflows.imports.source_files import SourceFiles

MOST_ROWS = 100_000
_MOST_CELLS = 2_000_000
_LEAST_SHARED = 0.5  # of the columns of files that are parts of one table
_READING_ERRORS = (DiscoveryError, OSError, EOFError, ValueError, pa.ArrowException)
_MOST_FILES = 8  # of a source that are read


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source as far as it was read: its sample, the files looked at, and what stopped the reading."""

    sample: SourceSample
    group: SourceGroup
    form: FormGuess
    read: tuple[Path, ...]
    problem: str = ""


def read_source(group: SourceGroup, form: FormGuess) -> ReadSource:
    """Read the sample of a source; what a file holds that can't be read is told as its problem."""
    chosen = _evenly(group.paths, _MOST_FILES)
    files = SourceFiles(group.pattern, chosen, form.form)
    problem = ""
    parts: list[pa.Table] = []
    is_whole = len(chosen) == len(group.paths)
    left_out = dict[str, None]()
    try:
        columns = usable_columns(files)
        n_rows = max(1, min(MOST_ROWS, _MOST_CELLS // max(1, len(columns))) // len(chosen))
        for path in chosen:
            own = replace(files, paths=(path,))
            readable = readable_columns(own, columns, n_rows)
            left_out |= dict.fromkeys(name for name in own.columns() if name in columns and name not in readable)
            is_end = yield_into(parts, own, readable, n_rows)
            is_whole = is_whole and is_end
    except _READING_ERRORS as error:
        problem, is_whole = str(error), False
    rows = _together(parts)
    sample = SourceSample(group.pattern, rows, form.form, form.reasons, len(group.paths), is_whole)
    if left_out:
        why = "an object or a list in some records and something else in others, so no mapping can name it"
        form = replace(form, doubts=(*form.doubts, *(f"{name!r} is {why}" for name in left_out)))
    return ReadSource(sample, group, form, chosen, problem)


def have_like_columns(group: SourceGroup, form: FormGuess) -> bool:
    """Return whether the files of a group, those that are looked at, have most of their columns in common."""
    found = []
    for path in _evenly(group.paths, _MOST_FILES):
        try:
            found.append(set(SourceFiles(group.pattern, (path,), form.form).columns()))
        except _READING_ERRORS:
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
